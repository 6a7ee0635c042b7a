"""The classifier: trained, calibrated, and never silently untrained."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.calibration import Features, calibrate, expected_error, fit, variant_groups
from bot.components.classifier import CalibratedClassifier
from bot.components.ginza import GinzaFeaturizer, GinzaTokenizer
from bot.components.ngrams import MessageNgrams

TEXTS = {
    "rain": ["今日は雨です", "傘を忘れました", "空が暗い", "びしょぬれになった", "かみなりが鳴る", "雨がやまない"],
    "food": ["カレーが食べたい", "お腹がすいた", "給食がおいしい", "りんごを買った", "夕飯は何かな", "パンが好き"],
}


def _context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}))


def _pipeline(folder: Path) -> Any:
    storage = LocalModelStorage(folder)
    data = TrainingData([Message({"text": t, "intent": i}) for i, texts in TEXTS.items() for t in texts])
    tokenizer = GinzaTokenizer(GinzaTokenizer.get_default_config())
    dense = GinzaFeaturizer(GinzaFeaturizer.get_default_config(), "dense")
    ngrams = MessageNgrams.create({"min_messages": 1}, storage, Resource("ngrams"), _context())
    classifier = CalibratedClassifier.create({}, storage, Resource("classifier"), _context())
    tokenizer.process_training_data(data)
    dense.process_training_data(data)
    ngrams.train(data)
    ngrams.process_training_data(data)
    classifier.train(data)
    return storage, [tokenizer, dense, ngrams]


def _read(parts: List[Any], classifier: CalibratedClassifier, text: str) -> Message:
    messages = [Message({"text": text})]
    for part in parts:
        messages = part.process(messages)
    return classifier.process(messages)[0]


def test_trained_kept_and_loaded_again(tmp_path: Path) -> None:
    storage, parts = _pipeline(tmp_path)
    parts[2] = MessageNgrams.load({"min_messages": 1}, storage, Resource("ngrams"), _context())
    classifier = CalibratedClassifier.load({}, storage, Resource("classifier"), _context())
    message = _read(parts, classifier, "傘がなくて雨にぬれた")
    assert message.get("intent")["name"] == "rain"
    ranking = message.get("intent_ranking")
    assert sum(one["confidence"] for one in ranking) == pytest.approx(1.0, abs=1e-5)
    assert [one["confidence"] for one in ranking] == sorted((one["confidence"] for one in ranking), reverse=True)
    assert not list(tmp_path.rglob("*.pkl")), "a model holds no pickle"


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "😀" * 5_000])
def test_a_message_that_says_nothing_gets_no_clear_intent(tmp_path: Path, text: str) -> None:
    storage, parts = _pipeline(tmp_path)
    classifier = CalibratedClassifier.load({}, storage, Resource("classifier"), _context())
    assert _read(parts, classifier, text).get("intent")["confidence"] < 0.65


def test_untrained_or_missing_is_an_error_not_a_guess(tmp_path: Path) -> None:
    storage, parts = _pipeline(tmp_path)
    untrained = CalibratedClassifier.create({}, storage, Resource("classifier"), _context())
    with pytest.raises(RasaException, match="not trained"):
        _read(parts, untrained, "雨")
    for component in (CalibratedClassifier, MessageNgrams):
        with pytest.raises((RasaException, ValueError)):
            component.load({}, storage, Resource("nowhere"), _context())


def test_too_little_data_is_refused(tmp_path: Path) -> None:
    data = TrainingData([Message({"text": t, "intent": "rain"}) for t in TEXTS["rain"]])
    classifier = CalibratedClassifier.create({}, LocalModelStorage(tmp_path), Resource("c"), _context())
    with pytest.raises(RasaException, match="at least two intents"):
        classifier.train(data)


def test_variants_share_a_group_and_different_messages_do_not() -> None:
    groups = variant_groups(["学校に行きたくない", "学校に行きたくないです", "給食がおいしい"])
    assert groups[0] == groups[1] != groups[2]


def test_every_intent_counts_the_same_and_nothing_follows_from_nothing() -> None:
    random = np.random.default_rng(3)
    dense = random.normal(size=(300, 4)).astype(np.float32)
    labels = np.where(dense[:, 0] > 1.2, 2, (dense[:, 1] > 0).astype(int))
    features = Features(dense, scipy.sparse.csr_matrix(dense[:, 2:]))
    weights = fit(features, labels, strength=1.0)
    assert weights.shape == (6, 3)
    nothing = Features(np.zeros((1, 4), np.float32), scipy.sparse.csr_matrix((1, 2), dtype=np.float32))
    assert not nothing.scores(weights).any(), "there is no bias"
    rare = np.array([[3.0, 0, 0, 0]], np.float32)
    assert Features(rare, scipy.sparse.csr_matrix((1, 2), dtype=np.float32)).scores(weights).argmax() == 2


def test_two_intents_are_two_columns() -> None:
    dense = np.array([[1, 0], [2, 0], [0, 1], [0, 2]], np.float32)
    features = Features(dense, scipy.sparse.csr_matrix(dense))
    weights = fit(features, np.array([0, 0, 1, 1]), strength=1.0)
    assert weights.shape == (4, 2)
    assert features.scores(weights).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_confidences_of_unseen_messages_fit_how_often_they_are_right() -> None:
    random = np.random.default_rng(5)
    labels = random.integers(0, 3, size=400)
    dense = (np.eye(3)[labels] + random.normal(scale=0.9, size=(400, 3))).astype(np.float32)
    texts = ["".join(chr(0x4E00 + c) for c in random.integers(0, 5_000, size=12)) for _ in labels]
    found = calibrate(Features(dense, scipy.sparse.csr_matrix((400, 1), dtype=np.float32)), labels, texts, 50.0, 4)
    assert found.calibration_error < 0.08
    assert 0.5 < found.accuracy < 0.95


def test_expected_error() -> None:
    assert expected_error(np.array([0.95, 0.95]), np.array([True, False])) == pytest.approx(0.45)
    assert expected_error(np.array([1.0, 1.0]), np.array([True, True])) == pytest.approx(0.0)
