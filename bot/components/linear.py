"""What the classifiers share: a linear model over the sentence features, its calibration, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Text, Tuple

import numpy as np
import scipy.sparse
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.special import softmax

from bot.components.calibration import Features, calibrate, fit

_ARRAYS = "classifier.npz"
_NOTES = "classifier.json"
TRAINED_BY = 3
#: Fewer messages of a label can't be split into what is learnt and what is checked.
FEWEST = 4


@dataclass(frozen=True)
class LinearModel:
    """What training leaves behind.

    Attributes: labels: their names; weights: features × labels; temperature; intents: those whose messages it has learnt
    from, where it knows nothing of others (none: it learnt from all).
    """

    labels: Tuple[str, ...]
    weights: Any
    temperature: float
    intents: Tuple[str, ...] = ()

    def probabilities(self, features: Features) -> Any:
        """Give one row of probabilities a message (rows × labels); a message without any known feature gets even ones."""
        return softmax(features.scores(self.weights) / self.temperature, axis=1)

    def save(self, directory: Path, notes: Mapping[str, Any]) -> None:
        """Keep the model and what training found."""
        np.savez_compressed(directory / _ARRAYS, weights=self.weights)
        told = {"labels": list(self.labels), "temperature": self.temperature, "intents": list(self.intents)}
        whole = {"format": TRAINED_BY, **told, **notes}
        (directory / _NOTES).write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> LinearModel:
        """Load what was kept. Raises: RasaException: nothing usable is there."""
        try:
            notes = json.loads((directory / _NOTES).read_text(encoding="utf-8"))
            with np.load(directory / _ARRAYS, allow_pickle=False) as arrays:
                weights = arrays["weights"]
            model = cls(tuple(notes["labels"]), weights, float(notes["temperature"]), tuple(notes["intents"]))
        except (OSError, ValueError, KeyError) as error:
            raise RasaException(f"the model holds no trained classifier ({type(error).__name__}); train it") from error
        if weights.shape[1] != len(model.labels) or notes.get("format") != TRAINED_BY:
            raise RasaException("the model's classifier is of another form; train it anew")
        return model


def learn(
    messages: Sequence[Message], names: Sequence[str], config: Mapping[str, Any]
) -> Tuple[LinearModel, Dict[Text, Any]]:
    """Fit and calibrate on messages with a label each.

    Args: config: ``strength`` (scikit-learn's C), ``folds``, and ``temperature_factor``, by which the temperature is
    multiplied: the unseen groups of cross-validation are harder than what people write, because whoever writes training
    data looks for the borders. Returns: the model, and what training found on unseen groups.
    Raises: RasaException: fewer than two labels, or fewer than four messages of one.
    """
    labels = tuple(sorted(set(names)))
    numbers = np.array([labels.index(name) for name in names], dtype=np.int64)
    if len(labels) < 2 or int(np.bincount(numbers).min()) < FEWEST:
        raise RasaException("the classifier needs at least two intents and four messages of each")
    features = feature_matrix(messages)
    strength = config["strength"]
    found = calibrate(features, numbers, [one.get(TEXT) for one in messages], strength, config["folds"])
    model = LinearModel(labels, fit(features, numbers, strength), found.temperature * config["temperature_factor"])
    notes = {
        "messages": len(messages),
        "groups": found.groups,
        "unseen_accuracy": round(found.accuracy, 4),
        "unseen_log_loss": round(found.log_loss, 4),
        "unseen_calibration_error": round(found.calibration_error, 4),
    }
    return model, notes


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
