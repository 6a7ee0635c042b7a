"""A fault's record by itself: what is kept, what is refused, and its states (KAG-8.1, TAJ-N6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused
from handoff.domain.fault import (
    HINTS,
    STANDARD_NOTICE,
    Affected,
    BoardReport,
    Effect,
    FaultState,
    FaultText,
    HintCode,
    Provider,
    ReportWay,
    check_complete,
    checked,
    checked_notice,
    checked_report,
    state_with,
)
from handoff.domain.wording_rules import faults_of_wording

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TEXT = FaultText(
    began_at=NOW - timedelta(hours=1),
    estimated=True,
    noticed_at=NOW - timedelta(minutes=30),
    noticed_by="相談員",
    what="返事が届かなくなった。",
    effects=(Effect.DELAY, Effect.REPLY),
    affected=Affected.UNKNOWN,
    sessions=None,
    provider=Provider.LINE,
)
WHOLE = replace(
    TEXT,
    affected=Affected.YES,
    sessions=3,
    measures="電話を案内",
    restored_at=NOW,
    cause="LINEの障害",
    prevention="見張る",
)


def test_what_is_written_is_kept_without_blanks_and_in_one_order() -> None:
    kept = checked(replace(TEXT, what="  返事が届かなくなった。\n "), NOW)
    assert kept.what == "返事が届かなくなった。" and kept.effects == (Effect.REPLY, Effect.DELAY)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("what", {"what": " "}),
        ("what", {"what": "あ" * 2001}),
        ("what", {"what": "U" + "0f" * 16 + "に届かない"}),
        ("noticed_by", {"noticed_by": ""}),
        ("effects", {"effects": ()}),
        ("began_at", {"began_at": NOW + timedelta(hours=1)}),
        ("began_at", {"began_at": NOW - timedelta(days=400)}),
        ("noticed_at", {"noticed_at": NOW - timedelta(hours=2)}),
        ("restored_at", {"restored_at": NOW - timedelta(hours=2)}),
        ("restored_at", {"restored_at": NOW + timedelta(hours=2)}),
        ("sessions", {"sessions": -1}),
        ("sessions", {"sessions": 3, "affected": Affected.NO}),
    ],
)
def test_what_cant_be_is_refused_by_its_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InputRefused) as refused:
        checked(replace(TEXT, **changes), NOW)
    assert refused.value.field == field


@given(
    st.text(max_size=40),
    st.text(max_size=40),
    st.lists(st.sampled_from(list(Effect)), unique=True),
    st.none() | st.integers(0, 1000),
    st.booleans(),
)
def test_a_version_is_opened_as_it_was_sealed(
    what: str, cause: str, effects: list[Effect], sessions: int | None, restored: bool
) -> None:
    text = replace(
        TEXT, what=what, cause=cause, effects=tuple(effects), sessions=sessions, restored_at=NOW if restored else None
    )
    assert FaultText.from_json(text.to_json()) == text


def test_open_restored_and_closed_follow_what_is_written() -> None:
    assert state_with(FaultState.OPEN, TEXT) is FaultState.OPEN
    assert state_with(FaultState.OPEN, WHOLE) is FaultState.RESTORED
    assert state_with(FaultState.RESTORED, TEXT) is FaultState.OPEN, "it broke again"
    assert state_with(FaultState.CLOSED, WHOLE) is FaultState.CLOSED
    with pytest.raises(InputRefused):
        state_with(FaultState.CLOSED, TEXT)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("restored_at", {"restored_at": None}),
        ("measures", {"measures": ""}),
        ("cause", {"cause": ""}),
        ("prevention", {"prevention": ""}),
        ("affected", {"affected": Affected.UNKNOWN}),
    ],
)
def test_nothing_is_done_with_while_something_is_missing(field: str, changes: dict[str, Any]) -> None:
    check_complete(WHOLE)
    with pytest.raises(InputRefused) as refused:
        check_complete(replace(WHOLE, **changes))
    assert refused.value.field == field


def test_the_board_is_told_by_somebody_at_a_time_that_was() -> None:
    report = BoardReport(uuid4(), uuid4(), ReportWay.PHONE, NOW, 1, "指導課", "止まった", "", uuid4(), NOW)
    assert checked_report(report, NOW) == report
    slips: tuple[dict[str, Any], ...] = ({"to": " "}, {"at": NOW + timedelta(hours=1)}, {"told": "U" + "1" * 32})
    for wrong in slips:
        with pytest.raises(InputRefused):
            checked_report(replace(report, **wrong), NOW)


def test_a_notice_keeps_to_the_rules_of_wording() -> None:
    """TAJ-N6."""
    assert faults_of_wording(STANDARD_NOTICE) == [] and checked_notice(STANDARD_NOTICE) == STANDARD_NOTICE
    for wrong in ("", "10分以内になおります。", "あ" * 121, "がんばってください。"):
        with pytest.raises(InputRefused):
            checked_notice(wrong)


def test_every_hint_has_its_words() -> None:
    assert set(HINTS) == set(HintCode)
