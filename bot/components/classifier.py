"""The intent classifier: logistic regression whose confidences mean what they say.

A queue of uncertain messages, and a bot that asks back instead of guessing, need confidences that are right as often as
they claim. Two steps see to that. Training messages that are variants of one another are put into one group and a group is
never split between training and checking; otherwise cross-validation would praise the model for remembering. Then one
temperature is chosen so that the confidences for unseen messages fit how often they were right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Text, Tuple

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax

from bot.components.calibration import Features, calibrate, fit

_ARRAYS = "classifier.npz"
_NOTES = "classifier.json"
TRAINED_BY = 1


@dataclass(frozen=True)
class Trained:
    """What training leaves behind: intents, weights (features × intents), and the temperature."""

    intents: Tuple[str, ...]
    weights: Any
    temperature: float

    def probabilities(self, features: Features) -> Any:
        """Give one row of probabilities a message (rows × intents); a message without any known feature gets even ones."""
        return softmax(features.scores(self.weights) / self.temperature, axis=1)


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
        """Length of the ranking, inverse strength of regularisation, folds of the cross-validation."""
        return {"ranking_length": 10, "strength": 20.0, "folds": 4}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        trained: Optional[Trained] = None,
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
        """Train on all messages that have an intent and keep the result.

        Raises: RasaException: fewer than two intents, or fewer than four messages of one.
        """
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        intents = tuple(sorted({e.get(INTENT) for e in examples}))
        labels = np.array([intents.index(e.get(INTENT)) for e in examples], dtype=np.int64)
        if len(intents) < 2 or int(np.bincount(labels).min()) < 4:
            raise RasaException("the classifier needs at least two intents and four messages of each")
        features = feature_matrix(examples)
        strength = self._config["strength"]
        found = calibrate(features, labels, [e.get(TEXT) for e in examples], strength, self._config["folds"])
        weights = fit(features, labels, len(intents), strength)
        self._trained = Trained(intents, weights, found.temperature)
        notes = {
            "format": TRAINED_BY,
            "intents": list(intents),
            "temperature": found.temperature,
            "messages": len(examples),
            "groups": found.groups,
            "unseen_accuracy": round(found.accuracy, 4),
            "unseen_log_loss": round(found.log_loss, 4),
            "unseen_calibration_error": round(found.calibration_error, 4),
        }
        with self._model_storage.write_to(self._resource) as directory:
            np.savez_compressed(directory / _ARRAYS, weights=weights)
            (directory / _NOTES).write_text(json.dumps(notes, ensure_ascii=False, indent=1), encoding="utf-8")
        print(f"  classifier: {json.dumps({k: v for k, v in notes.items() if k != 'intents'})}", flush=True)
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
                notes = json.loads((directory / _NOTES).read_text(encoding="utf-8"))
                with np.load(directory / _ARRAYS, allow_pickle=False) as arrays:
                    weights = arrays["weights"]
            trained = Trained(tuple(notes["intents"]), weights, float(notes["temperature"]))
        except (OSError, ValueError, KeyError) as error:
            raise RasaException(f"the model holds no trained classifier ({type(error).__name__}); train it") from error
        if weights.shape[1] != len(trained.intents) or notes.get("format") != TRAINED_BY:
            raise RasaException("the model's classifier is of another form; train it anew")
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
            ranking = [{"name": self._trained.intents[i], "confidence": float(chances[i])} for i in order[:length]]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing downstream reads predictions for training messages, and they would only look too good."""
        return training_data


def feature_matrix(messages: Sequence[Message]) -> Features:
    """Give the sentence features of messages; each dense one is brought to length one.

    Raises: RasaException: a message has no dense, or no sparse, sentence features.
    """
    dense_rows: List[Any] = []
    sparse_rows: List[Any] = []
    for message in messages:
        dense: List[Any] = []
        sparse: List[Any] = []
        for feature in message.features:
            if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE:
                if feature.is_sparse():
                    sparse.append(feature.features)
                else:
                    vector = np.asarray(feature.features, dtype=np.float32)
                    dense.append(vector / (float(np.linalg.norm(vector)) or 1.0))
        if not dense or not sparse:
            raise RasaException("the classifier needs a dense and a sparse featurizer before it")
        dense_rows.append(np.hstack(dense) if len(dense) > 1 else dense[0])
        sparse_rows.append(scipy.sparse.hstack(sparse, format="csr") if len(sparse) > 1 else sparse[0])
    if len(messages) == 1:
        return Features(dense_rows[0], sparse_rows[0])
    return Features(np.vstack(dense_rows), scipy.sparse.vstack(sparse_rows, format="csr"))
