"""A block never holds at risk, always ends, and is only decided where nothing speaks against it (TAJ-5)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.block import (
    MOST_DAYS,
    Block,
    Lifted,
    Standing,
    check_decision,
    checked_end,
    checked_why,
    last_day_of,
    last_days,
    needs_comparing,
    obstacle,
)
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.profile.supervision import Conduct
from handoff.domain.profile.vocabulary import Prohibited, Sanction
from handoff.domain.session import URGENT, Level

NOW = datetime(2026, 11, 20, 18, tzinfo=ZONE)
RULES = Conduct(prohibited=tuple(Prohibited), sanctions=(Sanction.BLOCK,))
FREE = Standing(
    on_line=True, talking=False, escalated=False, at_risk=False, unread=False, reported=False, impersonation=False
)
moments = st.datetimes(datetime(2026, 11, 1), datetime(2027, 3, 1)).map(lambda at: at.replace(tzinfo=ZONE))
levels = st.none() | st.sampled_from(Level)


def block(ends_at: datetime = NOW + timedelta(days=3)) -> Block:
    return Block(uuid4(), uuid4(), uuid4(), Prohibited.OTHER, "なんども", False, uuid4(), NOW, ends_at)


@given(at=moments, level=levels, unread=st.booleans(), days=st.integers(1, MOST_DAYS))
def test_it_never_holds_at_risk_nor_unread_nor_after_its_end(
    at: datetime, level: Level | None, unread: bool, days: int
) -> None:
    one = block(NOW + timedelta(days=days))
    holds = one.holds(at, level, unread=unread)
    assert not (holds and (level in URGENT or unread or at < NOW or at >= one.ends_at))
    assert holds == (NOW <= at < one.ends_at and level not in URGENT and not unread), "and below that it does"
    assert not one.holds(at + timedelta(days=MOST_DAYS + 1 + days), Level.NONE, unread=False)


@given(at=moments, later=st.timedeltas(timedelta(), timedelta(days=60)), why=st.sampled_from(Lifted))
def test_lifted_it_is_over_for_good(at: datetime, later: timedelta, why: Lifted) -> None:
    one = block()
    lifted = one.lifted(at, why)
    if one.runs(at):
        assert not lifted.runs(at) and not lifted.runs(at + later) and lifted.lifted_for is why
    else:
        assert lifted == one
    assert lifted.lifted(at + later, Lifted.RENEWED) == lifted or not one.runs(at)


@given(
    told=st.builds(Standing, *[st.booleans() for _ in fields(Standing)]),
    reason=st.none() | st.sampled_from(Prohibited),
    compared=st.booleans(),
)
def test_no_decision_where_anything_speaks_against_it(
    told: Standing, reason: Prohibited | None, compared: bool
) -> None:
    against = (
        not told.on_line or told.talking or told.escalated or told.at_risk or told.unread or told.reported
    )  # fmt: skip
    suspected = (told.impersonation or reason is Prohibited.IMPERSONATION) and not compared
    assert (obstacle(told, RULES) is not None) == against
    if against or reason is None or suspected:
        with pytest.raises(InputRefused):
            check_decision(told, RULES, reason, compared=compared)
    else:
        assert check_decision(told, RULES, reason, compared=compared) is reason


@given(at=moments, day=st.dates(date(2026, 10, 1), date(2027, 5, 1)))
def test_its_last_day_is_at_most_a_month_away_and_whole(at: datetime, day: date) -> None:
    first, last = last_days(at)
    if not first <= day <= last:
        with pytest.raises(InputRefused, match="last_day"):
            checked_end(day, at)
        return
    ends_at = checked_end(day, at)
    assert at < ends_at <= at + timedelta(days=MOST_DAYS)
    assert last_day_of(replace(block(), made_at=at, ends_at=ends_at)) == day


def test_the_board_s_rules_come_first() -> None:
    for rules in (
        Conduct(),
        Conduct(prohibited=(Prohibited.OTHER,), sanctions=(Sanction.DELETE_POST,)),
        Conduct(sanctions=(Sanction.BLOCK,)),
    ):
        assert "決められていません" in str(obstacle(FREE, rules))
    narrow = Conduct(prohibited=(Prohibited.ADVERTISING,), sanctions=(Sanction.BLOCK,))
    assert check_decision(FREE, narrow, Prohibited.ADVERTISING, compared=False) is Prohibited.ADVERTISING
    with pytest.raises(InputRefused, match="reason"):
        check_decision(FREE, narrow, Prohibited.OTHER, compared=True)


def test_suspected_impersonation_is_looked_at_first() -> None:
    assert needs_comparing(replace(FREE, impersonation=True), Prohibited.OTHER)
    assert needs_comparing(FREE, Prohibited.IMPERSONATION) and not needs_comparing(FREE, Prohibited.OTHER)


@pytest.mark.parametrize("why", ["", "  \n", "あ" * 1001])
def test_the_reason_is_told_in_words(why: str) -> None:
    with pytest.raises(InputRefused, match="why"):
        checked_why(why)
    assert checked_why("  宣伝が続いた \n") == "宣伝が続いた"
