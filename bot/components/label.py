"""What stands beside the intents in data/nlu, as entities: who writes (`role`), what is asked of the service (`question`).

`kernel.intake` reads a role where the words say it (「担任をしています」). Often nothing says it but the whole sentence
(「上履きがなくて泣いてました。どう声をかければ」): there a model decides, trained on the same messages as the topics, whose
label stands as `metadata: {role: …}` beside the intent. It speaks only where it is sure, and only in messages of those
intents that it has learnt from; where it doesn't, the bot asks.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_CONFIDENCE,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    INTENT,
    INTENT_NAME_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.linear import LinearModel, feature_matrix, learn
from kernel.intake.role import names_another


def label_of(message: Message, name: Text) -> Optional[Text]:
    """Give a label that stands beside a training message's intent."""
    return ((message.get("metadata") or {}).get(INTENT) or {}).get(name)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LabelClassifier(EntityExtractorMixin, GraphComponent):
    """Adds a label's entity where the parsers found none, or only the default, and the model is sure of another."""

    @classmethod
    def required_components(cls) -> List[Any]:
        """At least one featurizer has to come first."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The label's name; the default of messages without one, never added itself (None: such messages aren't learnt).

        Also from which confidence it counts: where nothing is known, against a default that the parsers gave, and for a
        friend whom no word names.
        """
        return {
            "label": "role",
            "default": None,
            "strength": 1.0,
            "folds": 4,
            "temperature_factor": 1.0,
            "sure": 0.5,
            "sure_against_default": 0.7,
            "sure_of_unnamed": 0.8,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        trained: Optional[LinearModel] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._trained = trained

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LabelClassifier:
        """Make an untrained component; it adds nothing."""
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the messages of all intents that tell the label.

        Data without any leave an untrained component, which is no fault: a small project has none.
        """
        name, default = self._config["label"], self._config["default"]
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        told = {e.get(INTENT) for e in examples if label_of(e, name)}
        pairs = [(e, label_of(e, name) or default) for e in examples if e.get(INTENT) in told]
        pairs = [(example, label) for example, label in pairs if label is not None]
        with self._model_storage.write_to(self._resource) as directory:
            if told:
                model, notes = learn([e for e, _ in pairs], [label for _, label in pairs], self._config)
                self._trained = replace(model, intents=tuple(sorted(told)))
                self._trained.save(directory, notes)
                print(f"  {name}: {json.dumps({**notes, 'temperature': self._trained.temperature})}", flush=True)
            else:
                (directory / "none").touch()
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LabelClassifier:
        """Load what training kept. Raises: RasaException: nothing usable is there."""
        try:
            with model_storage.read_from(resource) as directory:
                trained = None if (directory / "none").exists() else LinearModel.load(directory)
        except ValueError as error:
            raise RasaException("the model holds no trained labels; train it") from error
        return cls({**cls.get_default_config(), **config}, model_storage, resource, trained)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the label to each message of which the model is sure enough."""
        if self._trained is None:
            return messages
        name, default = self._config["label"], self._config["default"]
        for message in messages:
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            if intent is not None and intent not in self._trained.intents:
                continue  # whoever only says 「中1です」 or 「また来ました」 says nothing that was learnt from
            entities = message.get(ENTITIES, [])
            known = next((one[ENTITY_ATTRIBUTE_VALUE] for one in entities if one[ENTITY_ATTRIBUTE_TYPE] == name), None)
            if known not in (None, default):
                continue
            chances = self._trained.probabilities(feature_matrix([message]))[0]
            best = int(chances.argmax())
            label, chance = self._trained.labels[best], float(chances[best])
            if label == default or chance < self._needed(label, message.get(TEXT) or "", known):
                continue
            found = {
                ENTITY_ATTRIBUTE_TYPE: name,
                ENTITY_ATTRIBUTE_VALUE: label,
                ENTITY_ATTRIBUTE_START: 0,
                ENTITY_ATTRIBUTE_END: len(message.get(TEXT) or ""),
                ENTITY_ATTRIBUTE_CONFIDENCE: chance,
            }
            others = [one for one in entities if one[ENTITY_ATTRIBUTE_TYPE] != name]
            message.set(ENTITIES, others + self.add_extractor_name([found]), add_to_output=True)
        return messages

    def _needed(self, label: Text, text: Text, known: Optional[Text]) -> float:
        """Give the confidence that a label needs in a text, given what the parsers know."""
        return float(self._config["sure" if known is None else "sure_against_default"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream reads predictions for training messages."""
        return training_data


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RoleClassifier(LabelClassifier):
    """Who writes; a worry about a friend needs more where the message names no other person."""

    def _needed(self, label: Text, text: Text, known: Optional[Text]) -> float:
        needed = super()._needed(label, text, known)
        nobody_else = label == "friend" and not names_another(text)
        return max(needed, float(self._config["sure_of_unnamed"])) if nobody_else else needed
