"""The ladder, who is left out of it, and the table of an escalation's states (HOK-6, KAG-7.1ア, KAG-6.1ク, WG-11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import MoveRefused
from handoff.domain.escalation import (
    ACKNOWLEDGE_WITHIN,
    DESK_WHO,
    MOVES,
    Alarm,
    Cause,
    Done,
    EscalationState,
    LadderFacts,
    Ring,
    Rung,
    Suspect,
    Wait,
    acknowledge_within,
    call_order,
    check_move,
    deadline,
    is_desk,
    ladder,
    left_out,
    link_holds,
    next_alarm,
    next_rung,
    opens,
    opens_escalation,
    review_due,
    ways,
    worse,
)
from handoff.domain.hours import OpeningHours
from handoff.domain.notice import Medium, pause_after
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level

START = datetime.fromisoformat("2026-11-21T02:00:00+09:00")
TEACHER = frozenset({Suspect.TEACHER})
NOBODY = frozenset[Suspect]()


def profile(**on_call: object) -> Profile:
    return Profile.model_validate({"id": "p", "service_name": "窓口", "owner": "市", "on_call": on_call})


def step(who: str, after: int, agency: str | None = None, **more: str) -> dict[str, object]:
    return {"who": who, "after_minutes": after, "agency": agency} | more


# --- states ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("current", EscalationState)
@pytest.mark.parametrize("target", EscalationState)
def test_the_table_alone_says_what_may_follow(current: EscalationState, target: EscalationState) -> None:
    if target in MOVES[current]:
        check_move(current, target, "当番")
    else:
        with pytest.raises(MoveRefused):
            check_move(current, target, "当番")


def test_a_closed_escalation_never_opens_again_and_each_can_be_closed() -> None:
    assert MOVES[EscalationState.CLOSED] == frozenset()
    open_states = [state for state in EscalationState if state is not EscalationState.CLOSED]
    assert all(EscalationState.CLOSED in MOVES[state] for state in open_states)


# --- what opens one -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "escalate_high", "on_duty", "expected"),
    [
        (Level.CRITICAL, None, True, True),
        (Level.CRITICAL, False, True, True),
        (Level.HIGH, None, True, False),
        (Level.HIGH, False, True, False),
        (Level.HIGH, True, True, True),
        (Level.HIGH, False, False, True),  # KAG-4.2: by night nobody else would see it
        (Level.CONCERN, True, False, False),
        (Level.NONE, True, False, False),
    ],
)
def test_critical_always_raises_an_alarm_and_high_by_profile_or_when_nobody_is_there(
    level: Level, escalate_high: bool | None, on_duty: bool, expected: bool
) -> None:
    assert opens_escalation(level, profile(escalate_high=escalate_high), on_duty) is expected


@pytest.mark.parametrize("cause", [Cause.SCREEN_FAILURE, Cause.STUDENT_LEFT, Cause.CANNOT_PHONE])
def test_what_is_no_risk_found_raises_an_alarm_at_every_level(cause: Cause) -> None:
    alarm = Alarm(cause, Level.HIGH, (), NOBODY, uuid4())
    assert opens(alarm, profile(), on_duty=True)


def test_the_higher_level_wins() -> None:
    assert worse(Level.HIGH, Level.CRITICAL) is worse(Level.CRITICAL, Level.HIGH) is Level.CRITICAL
    assert worse(Level.NONE, Level.CONCERN) is Level.CONCERN


def test_the_deadline_is_the_profile_s_and_there_always_is_one() -> None:
    told = profile(acknowledge_minutes={"high": 10, "critical": 3})
    assert deadline(START, Level.CRITICAL, told) == START + timedelta(minutes=3)
    assert acknowledge_within(Level.HIGH, told) == timedelta(minutes=10)
    assert (
        acknowledge_within(Level.CONCERN, told) == acknowledge_within(Level.CRITICAL, profile()) == ACKNOWLEDGE_WITHIN
    )


# --- the ladder -----------------------------------------------------------------------------------------------------


def test_the_first_rung_is_due_at_once_and_the_others_after_their_minutes() -> None:
    rungs = ladder(profile(ladder=[step("a", 3), step("b", 5), step("c", 10, mail="c@example.jp")]), NOBODY)
    assert [(rung.who, rung.due) for rung in rungs] == [
        ("a", timedelta()),
        ("b", timedelta(minutes=5)),
        ("c", timedelta(minutes=10)),
    ]
    assert rungs[2].mail == "c@example.jp"


def test_a_suspected_teacher_s_school_is_left_out_of_the_ladder_and_the_next_one_is_called_at_once() -> None:
    told = profile(ladder=[step("学校", 0, "school"), step("教育委員会", 5, "municipal_board")])
    assert [rung.who for rung in ladder(told, frozenset({Suspect.GUARDIAN}))] == ["学校", "教育委員会"]
    (rung,) = ladder(told, TEACHER)
    assert (rung.index, rung.who, rung.due) == (1, "教育委員会", timedelta())
    assert left_out(0, told, TEACHER) and not left_out(1, told, TEACHER) and not left_out(0, told, NOBODY)


@pytest.mark.parametrize("told", [profile(), profile(ladder=[]), profile(ladder=[step("学校", 0, "school")])])
def test_where_nobody_is_left_the_desk_is_called(told: Profile) -> None:
    (rung,) = ladder(told, TEACHER)
    assert rung.who == DESK_WHO
    assert is_desk(rung, told)


def test_the_order_of_calls_leaves_out_a_suspected_teacher_s_school_and_keeps_the_rest() -> None:
    told = Profile.model_validate(
        {
            "id": "p",
            "service_name": "窓口",
            "owner": "市",
            "emergency": {"order": [{"agency": "police"}, {"agency": "school"}, {"agency": "municipal_board"}]},
        }
    ).emergency
    assert [contact.agency for contact in call_order(told, NOBODY)] == [
        Agency.POLICE,
        Agency.SCHOOL,
        Agency.MUNICIPAL_BOARD,
    ]
    assert [contact.agency for contact in call_order(told, TEACHER)] == [Agency.POLICE, Agency.MUNICIPAL_BOARD]


def test_media_need_an_address_and_a_setting() -> None:
    rung = Rung(0, "a", timedelta(), "090-0000-0001", None)
    assert list(ways(rung, frozenset())) == [Medium.DESK]
    assert list(ways(rung, frozenset(Medium))) == [Medium.DESK, Medium.WEBHOOK, Medium.VOICE]
    assert list(ways(rung, frozenset({Medium.MAIL}))) == [Medium.DESK]


# --- time -----------------------------------------------------------------------------------------------------------


@st.composite
def ladders(draw: st.DrawFn) -> LadderFacts:
    """A fresh alarm on a ladder of one to six rungs, some places of the profile's left out."""
    count = draw(st.integers(1, 6))
    indices = sorted(draw(st.sets(st.integers(0, 9), min_size=count, max_size=count)))
    dues = sorted(draw(st.lists(st.integers(0, 120), min_size=count, max_size=count)))
    rungs = tuple(
        Rung(index, f"役割{index}", timedelta(minutes=0 if number == 0 else due), None, None)
        for number, (index, due) in enumerate(zip(indices, dues, strict=True))
    )
    repeat = timedelta(minutes=draw(st.integers(1, 60)))
    return LadderFacts(EscalationState.RAISED, rungs, repeat, START, None, 0, None)


def rung_again(facts: LadderFacts, ring: Ring, now: datetime) -> LadderFacts:
    return LadderFacts(facts.state, facts.rungs, facts.repeat, facts.since, ring.rung.index, ring.round, now)


def play(facts: LadderFacts, pauses: list[timedelta]) -> list[tuple[datetime, Ring]]:
    """Look at the alarm at once and after each pause, as a worker would; give what rang and when."""
    now, rang = START, []
    for pause in [timedelta(), *pauses]:
        now += pause
        while isinstance(step := next_alarm(facts, now), Ring):
            rang.append((now, step))
            facts = rung_again(facts, step, now)
            assert len(rang) < 1_000
        assert isinstance(step, Wait), "never done before somebody acknowledges"
        assert step.until > now
    return rang


PAUSES = st.lists(st.timedeltas(timedelta(), timedelta(hours=5)), max_size=40)


@given(ladders(), PAUSES)
def test_every_rung_rings_in_order_before_the_last_repeats(facts: LadderFacts, pauses: list[timedelta]) -> None:
    rang = [ring for _, ring in play(facts, pauses)]
    first_round = [ring.rung.index for ring in rang if ring.round == 0]
    assert first_round == [rung.index for rung in facts.rungs[: len(first_round)]]
    repeats = rang[len(first_round) :]
    assert all(ring.round == 0 for ring in rang[: len(first_round)])
    assert [ring.round for ring in repeats] == list(range(1, len(repeats) + 1))
    assert all(ring.rung == facts.rungs[-1] for ring in repeats)
    if repeats:
        assert len(first_round) == len(facts.rungs)


@given(ladders(), PAUSES)
def test_nobody_is_called_too_early_and_repetitions_keep_their_pause(
    facts: LadderFacts, pauses: list[timedelta]
) -> None:
    rang = play(facts, pauses)
    assert rang[0] == (START, Ring(facts.rungs[0], 0)), "the first one at once"
    assert all(at >= facts.since + ring.rung.due for at, ring in rang if ring.round == 0)
    lasts = [at for at, ring in rang if ring.rung == facts.rungs[-1]]
    assert all(later - earlier >= facts.repeat for earlier, later in pairwise(lasts))


@given(ladders(), st.integers(1, 30))
def test_a_worker_that_comes_when_it_was_told_to_calls_everybody_and_never_stops(
    facts: LadderFacts, rounds: int
) -> None:
    now, rang = START, list[Ring]()
    for _ in range(len(facts.rungs) + rounds):
        step = next_alarm(facts, now)
        if isinstance(step, Wait):
            now = step.until
            step = next_alarm(facts, now)
        assert isinstance(step, Ring), "what was waited for happens"
        rang.append(step)
        facts = rung_again(facts, step, now)
    assert {ring.rung for ring in rang} == set(facts.rungs)
    assert rang[-1].round == rounds


@given(ladders(), PAUSES, st.timedeltas(timedelta(), timedelta(days=2)), st.timedeltas(timedelta(), timedelta(days=2)))
def test_more_time_never_means_less_alarm(
    facts: LadderFacts, pauses: list[timedelta], sooner: timedelta, later: timedelta
) -> None:
    for at, ring in play(facts, pauses):
        facts = rung_again(facts, ring, at)
    one, other = (next_alarm(facts, START + span) for span in sorted([sooner, later]))
    if isinstance(one, Ring) or isinstance(other, Wait):
        assert other == one


@given(ladders(), st.sampled_from([s for s in EscalationState if s is not EscalationState.RAISED]), PAUSES)
def test_once_somebody_has_it_nobody_else_is_called(
    facts: LadderFacts, state: EscalationState, pauses: list[timedelta]
) -> None:
    taken = LadderFacts(state, facts.rungs, facts.repeat, facts.since, None, 0, None)
    assert all(next_alarm(taken, START + pause) == Done() for pause in [timedelta(), *pauses])


@given(ladders(), PAUSES, st.data())
def test_rungs_that_fall_out_later_end_nothing(
    facts: LadderFacts, pauses: list[timedelta], data: st.DataObject
) -> None:
    """A teacher comes under suspicion after the alarm began: the ladder goes on with who is left."""
    rang = play(facts, pauses)
    for at, ring in rang:
        facts = rung_again(facts, ring, at)
    left = data.draw(
        st.lists(st.sampled_from(facts.rungs), min_size=1, unique=True).map(lambda r: sorted(r, key=lambda x: x.index))
    )
    fewer = LadderFacts(facts.state, tuple(left), facts.repeat, facts.since, facts.rung, facts.round, facts.rang_at)
    step = next_alarm(fewer, START + timedelta(days=30))
    assert isinstance(step, Ring)
    assert step.rung in left
    assert step.rung == next_rung(fewer.rungs, fewer.rung), "what people are told comes true"


# --- links, reviews, retries ----------------------------------------------------------------------------------------


def test_a_link_holds_until_a_day_after_the_end() -> None:
    assert link_holds(None, START)
    assert link_holds(START, START + timedelta(hours=23, minutes=59))
    assert not link_holds(START, START + timedelta(hours=24))


def test_a_revealed_id_is_reviewed_at_the_next_opening_else_next_morning() -> None:
    evening = [{"start": "17:00", "end": "22:00"}]
    week = dict.fromkeys(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], evening)
    hours = OpeningHours.model_validate([{"valid_from": "2020-04-01", "national_holidays": "open"} | week])
    assert review_due(START, hours) == datetime.fromisoformat("2026-11-21T17:00:00+09:00")
    assert review_due(START + timedelta(hours=16), hours) == datetime.fromisoformat("2026-11-22T17:00:00+09:00")
    assert review_due(START, OpeningHours()) == datetime.fromisoformat("2026-11-22T09:00:00+09:00")


def test_a_notice_is_tried_five_times_within_two_minutes() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, 6)]
    assert pauses[-1] is None
    waited = [pause for pause in pauses if pause is not None]
    assert len(waited) == 4
    assert sum(waited, timedelta()) <= timedelta(minutes=2)
    assert waited == sorted(waited)
