"""Drills by themselves: scripts that can be played, when a line is due, and what of the expected was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.drills import load_drills
from handoff.domain.drill import Action, Drill, Facts, Script, checked_words, due_at, results
from handoff.domain.errors import ConfigurationError, InputRefused
from handoff.domain.queue import Waiting, order
from handoff.domain.session import Level
from handoff.settings import ROOT

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "id": "one",
    "title": "題",
    "aim": "ねらい",
    "steps": [{"text": "一"}, {"text": "二", "seconds": 5}, {"text": "三", "after": "reply", "seconds": 10}],
    "expected": [
        {"action": "acknowledged", "name": "受ける", "minutes": 3},
        {"action": "said", "name": "たずねる", "words": ["死にたい"]},
    ],
}
SCRIPT = Script.parse(GOOD)


def drill(**known: Any) -> Drill:
    return Drill(uuid4(), "demo", "one", uuid4(), uuid4(), START, **known)


def test_a_line_is_due_after_its_time_or_after_a_reply_and_its_time() -> None:
    now = START + timedelta(minutes=1)
    assert due_at(drill(), SCRIPT, None) == START
    assert due_at(drill(step=1, said_at=now), SCRIPT, None) == now + timedelta(seconds=5)
    assert due_at(drill(step=2, said_at=now), SCRIPT, None) is None, "it waits for a person"
    replied = now + timedelta(minutes=2)
    assert due_at(drill(step=2, said_at=now), SCRIPT, replied) == replied + timedelta(seconds=10)
    assert due_at(drill(step=3, said_at=now), SCRIPT, replied) is None, "nothing is left"
    assert due_at(drill(ended_at=now), SCRIPT, None) is None


def test_what_was_done_is_found_in_records_and_words_and_late_is_said() -> None:
    at = START + timedelta(minutes=4)
    said = [(at, "つらかったですね"), (at + timedelta(minutes=1), "死にたい気持ちがありますか")]
    taken, asked = results(drill(), SCRIPT, Facts({Action.ACKNOWLEDGED: at}, said))
    assert (taken.at, taken.late) == (at, True)
    assert (asked.at, asked.late) == (at + timedelta(minutes=1), False)
    nothing = results(drill(), SCRIPT, Facts({}, ()))
    assert [one.at for one in nothing] == [None, None] and not any(one.late for one in nothing)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../x"},
        {"title": ""},
        {"steps": []},
        {"steps": [{"text": "一", "seconds": -1}]},
        {"steps": [{"text": "一", "seconds": True}]},
        {"steps": [{"text": "一", "after": "never"}]},
        {"steps": [{"text": ""}]},
        {"expected": []},
        {"expected": [{"action": "said", "name": "言葉がない"}]},
        {"expected": [{"action": "signed", "name": "言葉はいらない", "words": ["x"]}]},
        {"expected": [{"action": "dance", "name": "ない"}]},
        {"expected": [{"action": "signed", "name": "x", "minutes": 0}]},
        {"more": "x"},
    ],
)
def test_a_script_that_cant_be_played_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="[ぁ-ん]"):
        Script.parse(GOOD | changes)


def test_the_scripts_that_come_with_the_service_can_be_played(tmp_path: Any) -> None:
    scripts = load_drills(ROOT / "data" / "drills")
    assert [script.id for script in scripts] == ["means", "night", "friend"]
    for script in scripts:
        wanted = {one.action for one in script.expected}
        assert wanted >= {Action.ACKNOWLEDGED, Action.SAID, Action.CALLED, Action.SIGNED}, script.id
    (tmp_path / "a.yml").write_text("id: x\n", "utf-8")
    with pytest.raises(ConfigurationError, match="a.yml"):
        load_drills(tmp_path)


def test_words_about_a_drill_are_needed_and_limited() -> None:
    assert checked_words(" よかった ") == "よかった"
    for wrong in ("  ", "あ" * 4001):
        with pytest.raises(InputRefused):
            checked_words(wrong)


@given(
    st.lists(st.tuples(st.sampled_from([None, *Level]), st.booleans(), st.integers(0, 600), st.booleans()), max_size=8)
)
def test_whoever_really_writes_comes_before_any_drill(found: list[tuple[Level | None, bool, int, bool]]) -> None:
    queue = [
        Waiting(uuid4(), level, unscreened, START - timedelta(minutes=minutes), drill=played)
        for level, unscreened, minutes, played in found
    ]
    taken = [one.drill for one in order(queue, START, timedelta(minutes=10))]
    assert taken == sorted(taken)
