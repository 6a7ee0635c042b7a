"""A leak's days, duty to report and states (個人情報保護法26条・68条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.leak import (
    MOVES,
    DataKind,
    Leak,
    LeakCause,
    LeakContent,
    LeakState,
    VersionKind,
    check_noticed,
    checked_content,
    not_reported,
    saved,
    sent,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = date(2026, 11, 20)
BY = uuid4()
WHOLE = LeakContent(
    "業務責任者",
    "印刷した名簿をなくしました",
    frozenset({DataKind.STAFF}),
    12,
    LeakCause.LOST,
    "持ち出し",
    harm="なし",
    measures="電話で伝えた",
    public="しない",
    prevention="持ち出さない",
)


def leak(content: LeakContent = WHOLE, state: LeakState = LeakState.NOTED) -> Leak:
    return Leak(uuid4(), "demo", DAY, content, BY, NOW, BY, NOW, state=state)


def test_the_first_report_is_due_in_three_to_five_days_and_the_final_one_in_thirty_or_sixty() -> None:
    noted = leak()
    assert noted.first_due == (date(2026, 11, 22), date(2026, 11, 24)), "the day itself is the first"
    assert noted.final_due == date(2026, 12, 19)
    assert leak(replace(WHOLE, wrongful=True)).final_due == date(2027, 1, 18)
    assert leak(replace(WHOLE, cause=LeakCause.INTRUSION)).final_due == date(2027, 1, 18)
    assert not noted.is_late(date(2026, 11, 24)) and noted.is_late(date(2026, 11, 25))
    first = replace(noted, state=LeakState.FIRST_SENT)
    assert not first.is_late(date(2026, 12, 19)) and first.is_late(date(2026, 12, 20))
    assert replace(noted, state=LeakState.FINAL_SENT).due_on is None
    with pytest.raises(InputRefused):
        check_noticed(DAY + timedelta(days=1), DAY)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_harm_that_was_meant_leaves_thirty_days_more(day: date) -> None:
    late = Leak(uuid4(), "demo", day, replace(WHOLE, wrongful=True), BY, NOW, BY, NOW)
    assert late.final_due - replace(late, content=WHOLE).final_due == timedelta(days=30)
    assert day < late.first_due[0] < late.first_due[1] < late.final_due


@pytest.mark.parametrize(
    ("changes", "reportable"),
    [
        ({}, False),
        ({"kinds": frozenset({DataKind.WORDS})}, True),
        ({"kinds": frozenset()}, True),
        ({"persons": None}, True),
        ({"persons": 100}, False),
        ({"persons": 101}, True),
        ({"wrongful": True}, True),
        ({"cause": LeakCause.STOLEN}, True),
    ],
)
def test_what_must_be_reported_and_what_isn_t_known_counts_as_that(changes: dict[str, Any], reportable: bool) -> None:
    content = replace(WHOLE, **changes)
    assert content.reportable is reportable
    if reportable:
        with pytest.raises(InputRefused):
            not_reported(leak(content), "小さいからです", "x")
    else:
        assert not_reported(leak(content), "小さいからです", "x") is LeakState.NOT_REPORTED


def test_a_report_needs_what_it_is_to_say_and_names_what_is_missing() -> None:
    little = LeakContent(what="名簿が見つかりません", kinds=frozenset({DataKind.NAME}))
    assert sent(leak(little), VersionKind.FIRST, "x") is LeakState.FIRST_SENT
    for field in ("why", "harm", "measures", "public", "prevention", "what"):
        empty: dict[str, Any] = {field: " "}
        with pytest.raises(InputRefused) as refused:
            sent(leak(replace(WHOLE, **empty)), VersionKind.FINAL, "x")
        assert refused.value.field == field
    missing: tuple[tuple[dict[str, Any], str], ...] = (
        ({"persons": None}, "persons"),
        ({"cause": None}, "cause"),
        ({"kinds": frozenset()}, "kinds"),
    )
    for changes, field in missing:
        with pytest.raises(InputRefused) as refused:
            sent(leak(replace(WHOLE, **changes)), VersionKind.FINAL, "x")
        assert refused.value.field == field
    assert sent(leak(state=LeakState.FINAL_SENT), VersionKind.FINAL, "x") is LeakState.FINAL_SENT, "mended"
    with pytest.raises(MoveRefused):
        sent(leak(state=LeakState.FINAL_SENT), VersionKind.FIRST, "x")
    assert set(MOVES) == set(LeakState)


def test_one_that_needn_t_be_reported_opens_again_when_more_is_known() -> None:
    quiet = leak(state=LeakState.NOT_REPORTED)
    assert not quiet.is_open
    assert saved(quiet, DAY, WHOLE, BY, NOW).state is LeakState.NOT_REPORTED
    more = saved(quiet, DAY, replace(WHOLE, persons=5000), BY, NOW)
    assert (more.state, more.version, more.is_open) == (LeakState.NOTED, 2, True)


def test_too_many_words_and_impossible_numbers_are_refused() -> None:
    slips: tuple[tuple[dict[str, Any], str], ...] = (
        ({"why": "あ" * 2001}, "why"),
        ({"persons": -1}, "persons"),
        ({"persons": 10**9}, "persons"),
    )
    for changes, field in slips:
        with pytest.raises(InputRefused) as refused:
            checked_content(replace(WHOLE, **changes))
        assert refused.value.field == field
