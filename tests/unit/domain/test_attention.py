"""Somebody looks after every session at risk, or is called (promise 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.attention import AtRisk, Call, call_due, unattended_since
from handoff.domain.desk import EndReason
from handoff.domain.session import State

NOW = datetime.fromisoformat("2026-11-20T20:00:00+09:00")
WITHIN = timedelta(minutes=5)
LIVE = AtRisk(State.LIVE, False, None, None, None, None, None, None, None)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_a_word_that_nobody_answers_is_told_and_then_rung() -> None:
    facts = replace(LIVE, wrote_at=ago(4))
    assert call_due(facts, WITHIN, NOW) is None
    assert call_due(facts, WITHIN, NOW + timedelta(minutes=1)) is Call.TELL_DESK
    told = replace(facts, told_at=ago(-1))
    assert call_due(told, WITHIN, NOW + timedelta(minutes=3)) is None
    assert call_due(told, WITHIN, NOW + timedelta(minutes=6)) is Call.RING


def test_whoever_answers_or_takes_it_begins_the_time_anew() -> None:
    assert call_due(replace(LIVE, wrote_at=ago(30), heard_at=ago(29)), WITHIN, NOW) is None
    assert call_due(replace(LIVE, wrote_at=ago(30), attended_at=ago(1)), WITHIN, NOW) is None
    assert call_due(replace(LIVE, wrote_at=ago(30), attended_at=ago(12)), WITHIN, NOW) is Call.RING


def test_one_that_waits_is_rung_for_though_somebody_acknowledged_long_ago() -> None:
    waits = replace(LIVE, state=State.WAITING, waiting_since=ago(300), attended_at=ago(11))
    assert call_due(waits, WITHIN, NOW) is Call.RING
    assert call_due(replace(waits, ringing=True), WITHIN, NOW) is None, "the ladder calls already"


@pytest.mark.parametrize("reason", [EndReason.STUDENT, EndReason.LEFT])
def test_who_ends_or_goes_at_risk_is_looked_after_until_somebody_did(reason: EndReason) -> None:
    gone = replace(LIVE, state=State.WRAP_UP, ended_at=ago(11), ended_reason=reason, attended_at=ago(60))
    assert call_due(gone, WITHIN, NOW) is Call.RING
    assert call_due(replace(gone, attended_at=ago(1)), WITHIN, NOW) is None
    assert unattended_since(replace(gone, ended_reason=EndReason.COUNSELLOR)) is None


MOMENTS = st.none() | st.integers(0, 600).map(ago)


@given(st.sampled_from([State.WAITING, State.LEFT_MESSAGE, State.LIVE]), *[MOMENTS] * 4)
def test_nobody_at_risk_is_ever_left_alone_for_longer_than_twice_the_time(
    state: State, wrote: datetime | None, heard: datetime | None, attended: datetime | None, told: datetime | None
) -> None:
    facts = AtRisk(state, False, wrote, heard, attended, None, None, ago(700), told)
    last = max(moment for moment in (wrote, heard, attended, ago(700)) if moment is not None)
    answered = heard is not None and (wrote is None or heard >= wrote)
    due = call_due(facts, WITHIN, NOW)
    if NOW - last >= 2 * WITHIN and (state is not State.LIVE or (wrote is not None and not answered)):
        assert due is Call.RING
    if state is State.LIVE and answered:
        assert due is None
