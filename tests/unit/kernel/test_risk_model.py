"""The statistical model: the fast way to score a window gives what its features' numbers add up to."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.risk.features import features, spoken, windows
from kernel.risk.levels import RANK
from kernel.risk.model import OUTPUTS, RISK, Model, ModelError, ModelReading, read_model
from kernel.risk.reading import read

DATA = Path(__file__).resolve().parents[3] / "data"
MODEL = read_model(DATA / "risk" / "model.json")
STORED = json.loads((DATA / "risk" / "model.json").read_text(encoding="utf-8"))
TEXTS = st.lists(
    st.sampled_from([*"死にたいないよ母が 。\n!ア薬w", "屋上", "いま", "学校", "しにたい", "OK"]), max_size=30
).map("".join)


NOTHING = [0, 0, 0]


def added_up(text: str, output: int) -> float:
    """The score of a whole text, number by number as the file holds them."""
    view, words = read(text).unhidden_words
    found, forms = features(view.text, words), [word.form for word in spoken(words)]
    by_features = sum(STORED["features"].get(one, NOTHING)[output] for one in found) / math.sqrt(len(found) or 1)
    by_words = sum(STORED["words"].get(form, NOTHING)[output] for form in forms) / (len(forms) or 1)
    return float(STORED["bias"][output] + (by_features + by_words) / STORED["scale"])


def reading(text: str) -> tuple[ModelReading, int]:
    view, words = read(text).unhidden_words
    return ModelReading(MODEL, view.text, words), len(view.text)


@settings(deadline=None, max_examples=300)
@given(TEXTS, st.sampled_from(OUTPUTS))
def test_the_fast_sums_are_those_of_the_features(text: str, output: int) -> None:
    prepared, length = reading(text)
    assert prepared.score(output, 0, length, ()) == pytest.approx(added_up(text, output), abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(TEXTS.filter(str.strip), TEXTS)
def test_a_window_is_scored_as_if_it_stood_alone(text: str, before: str) -> None:
    """What stands around a window has no part in its score, whatever words its border cuts."""
    whole = before + "。\n" + text
    view, words = read(whole).unhidden_words
    prepared = ModelReading(MODEL, view.text, words)
    for start, end in windows(view.text):
        inside = [word for word in words if word.start >= start and word.end <= end]
        alone = ModelReading(
            MODEL, view.text[start:end], [w._replace(start=w.start - start, end=w.end - start) for w in inside]
        )
        assert prepared.score(RISK, start, end, ()) == pytest.approx(alone.score(RISK, 0, end - start, ()), abs=1e-9)


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.sampled_from(["concern", "high", "critical"]))
def test_a_rules_hit_never_lowers_a_score(text: str, level: str) -> None:
    prepared, length = reading(text)
    marks = [f"rule:{one}" for one in ("concern", "high", "critical")[: RANK[level]]]
    assert prepared.score(RISK, 0, length, marks) >= prepared.score(RISK, 0, length, marks[:-1])


@settings(deadline=None, max_examples=200)
@given(TEXTS, TEXTS)
def test_more_sentences_take_no_window_away(text: str, more: str) -> None:
    text = f"あ{text}。\n"
    before, after = windows(text), windows(text + "x" + more)
    assert set(before) <= set(after)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda content: content.pop("bias"),
        lambda content: content["bias"].pop(),
        lambda content: content["features"].update({"死に": [1, 2]}),
        lambda content: content["thresholds"].pop("doubted"),
        lambda content: content.update(unknown=1),
        lambda content: content.update(words=[]),
    ],
)
def test_a_broken_model_is_refused(tmp_path: Path, break_it: Callable[[dict[str, Any]], object]) -> None:
    small = {**STORED, "features": {"死に": [1, 2, 3]}, "words": {}, "kinds": {}}
    content: dict[str, Any] = json.loads(json.dumps(small))
    assert isinstance(read_model(_written(tmp_path, content)), Model)
    break_it(content)
    with pytest.raises(ModelError, match="model.json"):
        read_model(_written(tmp_path, content))


def _written(folder: Path, content: object) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
