"""The intent classifier: linear support vectors whose confidences mean what they say.

A queue of uncertain messages, and a bot that asks back instead of guessing, need confidences that are right as often as
they claim. Two steps see to that. Training messages that are variants of one another are put into one group and a group is
never split between training and checking; otherwise cross-validation would praise the model for remembering. Then one
temperature is chosen so that the confidences for unseen messages fit how often they were right.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.linear import LinearModel, feature_matrix, learn


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedClassifier(IntentClassifier, GraphComponent):
    """Ranks intents by calibrated probability."""

    @classmethod
    def required_components(cls) -> List[Any]:
        """At least one featurizer has to come first."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Length of the ranking, and the settings of `bot.components.linear.learn`."""
        return {"ranking_length": 10, "strength": 1.0, "folds": 4, "temperature_factor": 1.0}

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
    ) -> CalibratedClassifier:
        """Make an untrained component; it classifies nothing."""
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Train on all messages that have an intent and keep the result. Raises: RasaException: too few of them."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        self._trained, notes = learn(examples, [e.get(INTENT) for e in examples], self._config)
        with self._model_storage.write_to(self._resource) as directory:
            self._trained.save(directory, notes)
        print(f"  classifier: {json.dumps({**notes, 'temperature': self._trained.temperature})}", flush=True)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CalibratedClassifier:
        """Load what training kept.

        Raises: RasaException: nothing usable is there. (Rasa's own classifiers then quietly give an untrained one.)
        """
        try:
            with model_storage.read_from(resource) as directory:
                trained = LinearModel.load(directory)
        except ValueError as error:
            raise RasaException("the model holds no trained classifier; train it") from error
        return cls({**cls.get_default_config(), **config}, model_storage, resource, trained)

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent and ranking of each message; `confidence` is a probability.

        Raises: RasaException: the component was never trained.
        """
        if self._trained is None:
            raise RasaException("the intent classifier is not trained")
        length = self._config["ranking_length"]
        for message in messages:
            chances = self._trained.probabilities(feature_matrix([message]))[0]
            order = np.argsort(-chances, kind="stable")
            ranking = [{"name": self._trained.labels[i], "confidence": float(chances[i])} for i in order[:length]]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream reads predictions for training messages, and they would only look too good."""
        return training_data
