"""The daily report counts facts and stands as it was finished (HYO-4.1⑥, KAG-8.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.coding import Outcome, SheetKind, TopicCode
from handoff.domain.fact import Fact, Hours
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.session import Level, State
from handoff.domain.shift_papers import (
    DIMENSIONS,
    NONE,
    DailyReport,
    Handover,
    OpenTalk,
    counted,
    daily_report_in,
    handover_in,
    kept,
    waits,
)

DAY, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 13, tzinfo=UTC)
FACT = Fact(
    id=uuid4(),
    version=1,
    coding_version=1,
    profile="demo",
    kind=SheetKind.CONSULTATION,
    channel=Channel.LINE,
    day=DAY,
    hour=18,
    hours=Hours.OPEN,
    user_key=b"k",
)

facts = st.lists(
    st.builds(
        lambda kind, hour, level, outcome, topic, klass, agencies, waited: replace(
            FACT,
            kind=kind,
            hour=hour,
            level=level,
            outcome=outcome,
            primary=topic,
            reporting_class=klass,
            agencies=tuple(agencies),
            waited=waited,
        ),
        st.sampled_from(SheetKind),
        st.integers(0, 23),
        st.none() | st.sampled_from(Level),
        st.sampled_from(Outcome),
        st.none() | st.sampled_from(TopicCode),
        st.none() | st.sampled_from(ReportingClass),
        st.lists(st.sampled_from(Agency), max_size=3),
        st.none() | st.integers(0, 9000),
    ),
    max_size=20,
)


@given(facts)
def test_each_side_counts_every_session_once(found: Sequence[Fact]) -> None:
    sides = counted(found)
    assert set(sides) == set(DIMENSIONS)
    for side, codes in sides.items():
        if side != "agency":
            assert sum(codes.values()) == len(found)
    for agency in Agency:
        assert sides["agency"].get(agency, 0) == sum(agency in fact.agencies for fact in found)


@given(facts)
def test_waits_are_told_by_level_of_those_who_were_taken_up(found: Sequence[Fact]) -> None:
    told = waits(found)
    assert sum(one.count for one in told) == sum(fact.waited is not None for fact in found)
    for one in told:
        mine = [f.waited for f in found if f.waited is not None and str(f.level or NONE) == one.level]
        assert (one.longest, one.median in mine, len(mine)) == (max(mine), True, one.count)


@given(facts)
def test_a_finished_report_comes_back_as_it_was(found: Sequence[Fact]) -> None:
    report = DailyReport(
        "窓口", DAY, NOW, ((NOW, NOW),), len(found), 1, counted(found), waits(found), (), (), {}, 0, 0, ()
    )
    assert daily_report_in(kept(report)) == report
    assert str(FACT.id) not in kept(report)


def test_a_finished_handover_comes_back_as_it_was() -> None:
    handover = Handover(DAY, NOW, {"high": 1}, waiting=2, at_risk=(OpenTalk(uuid4(), State.WAITING, None),))
    assert handover_in(kept(handover)) == handover


def test_what_can_t_be_read_is_none() -> None:
    assert daily_report_in(None) is daily_report_in("{}") is handover_in("x") is None
