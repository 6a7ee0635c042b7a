"""The session's table of moves is the only way from state to state, and says who speaks after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import MoveRefused
from handoff.domain.session import (
    MOVES,
    TABLE,
    Change,
    HumanWanted,
    Level,
    Owner,
    SessionView,
    Speaker,
    State,
    changed,
    is_higher,
    state_for_handoff,
)

#: The design's table, word for word: "The session's states".
ALLOWED = {
    "intake": "waiting live left_message closed",
    "left_message": "waiting live closed",
    "waiting": "left_message live closed",
    "live": "waiting live wrap_up",
    "wrap_up": "live closed",
    "closed": "",
}
#: After which changes somebody else speaks, and who.
SPEAKS = {
    "claim": "person",
    "take_over": "person",
    "accept_transfer": "person",
    "switch_writer": "person",
    "release": "bot",
    "lose_presence": "bot",
}
START = datetime.fromisoformat("2026-11-20T18:00:00+09:00")
ANN, BEN = uuid4(), uuid4()
PAIRS = list(product(State, Change))
MOVING = [(state, change) for state, change in PAIRS if state in TABLE[change].sources]


def session(state: State, **more: Any) -> SessionView:
    """A session as the table leaves one in this state."""
    persons = state in (State.LIVE, State.WRAP_UP)
    plain = SessionView(
        id=uuid4(),
        contact_id=uuid4(),
        state=state,
        owner=Owner.COUNSELLOR if persons else Owner.BOT,
        epoch=7,
        level=Level.CONCERN,
        human_wanted=HumanWanted.STUDENT,
        fallback_at=None,
        counsellor_id=ANN if persons else None,
        waiting_since=START if persons or state is State.WAITING else None,
        claimed_at=START + timedelta(minutes=1) if persons else None,
        taken_at=START + timedelta(minutes=1) if persons else None,
    )
    return replace(plain, **more)


# --- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("current", "target"), list(product(State, State)))
def test_every_pair_is_allowed_or_refused_as_the_design_says(current: State, target: State) -> None:
    assert (target in MOVES[current]) is (target in ALLOWED[current].split())
    ways = [change for change in Change if TABLE[change].target is target and current in TABLE[change].sources]
    assert bool(ways) is (target in ALLOWED[current].split())
    for change in ways:
        assert changed(session(current), change, START, "test", BEN).state is target


@pytest.mark.parametrize(("current", "change"), PAIRS)
def test_every_change_moves_as_the_table_says_or_is_refused(current: State, change: Change) -> None:
    before, move = session(current), TABLE[change]
    if current in move.sources:
        assert changed(before, change, START, "test", BEN).state is move.target
    else:
        with pytest.raises(MoveRefused) as caught:
            changed(before, change, START, "test", BEN)
        refused = caught.value
        assert (refused.from_state, refused.to_state, refused.actor) == (current, move.target, "test")
        assert str(before.id) not in str(refused)


def test_each_change_has_its_row_and_each_row_can_happen() -> None:
    assert set(TABLE) == set(Change)
    assert all(move.sources and State.CLOSED not in move.sources for move in TABLE.values())


def test_a_live_session_never_closes_without_its_wrap_up() -> None:
    assert State.CLOSED not in MOVES[State.LIVE]
    assert MOVES[State.CLOSED] == frozenset()


# --- who speaks, and the epoch --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("current", "change"), MOVING)
@pytest.mark.parametrize("person", [ANN, BEN, None])
def test_the_epoch_rises_exactly_when_the_speaker_changes(current: State, change: Change, person: UUID | None) -> None:
    before = session(current)
    after = changed(before, change, START, "test", person)
    expected = SPEAKS.get(change, "same")
    assert TABLE[change].speaker == expected
    assert after.epoch == before.epoch + (expected != "same")
    match expected:
        case "same":
            assert (after.owner, after.counsellor_id) == (before.owner, before.counsellor_id)
        case "bot":
            assert (after.owner, after.counsellor_id, after.second_id) == (Owner.BOT, None, None)
        case _:
            assert after.counsellor_id == person
            assert after.owner is (Owner.ON_CALL if person is None else Owner.COUNSELLOR)


@pytest.mark.parametrize(("current", "change"), MOVING)
def test_only_a_served_session_is_live_and_a_bot_s_is_never_one(current: State, change: Change) -> None:
    after = changed(session(current), change, START, "test", BEN)
    assert after.is_served is (after.state is State.LIVE)


def test_whoever_becomes_the_writer_no_longer_sits_beside() -> None:
    pair = session(State.LIVE, second_id=BEN)
    assert changed(pair, Change.SWITCH_WRITER, START, "test", BEN).second_id is None
    assert changed(pair, Change.TAKE_OVER, START, "test", uuid4()).second_id == BEN
    assert changed(pair, Change.TAKE_OVER, START, "test").second_id == BEN


# --- what is kept and what is cleared -------------------------------------------------------------------------------


@pytest.mark.parametrize(("current", "change"), MOVING)
def test_each_change_takes_an_open_question_back(current: State, change: Change) -> None:
    assert changed(session(current, offered_to=BEN), change, START, "test", BEN).offered_to is None


@pytest.mark.parametrize(("current", "change"), MOVING)
def test_the_place_in_the_queue_is_given_once_and_kept(current: State, change: Change) -> None:
    later = START + timedelta(hours=3)
    kept = changed(session(current, waiting_since=START), change, later, "test", BEN)
    assert kept.waiting_since == START
    first = changed(session(current, waiting_since=None), change, later, "test", BEN)
    asks = first.state in (State.WAITING, State.LEFT_MESSAGE)
    assert first.waiting_since == (later if asks else None)


@given(st.lists(st.sampled_from(Change), max_size=20))
def test_no_order_of_changes_moves_the_first_wait_or_the_first_claim(changes: list[Change]) -> None:
    now, waited, claimed = session(State.INTAKE), None, None
    for minute, change in enumerate(changes):
        at = START + timedelta(minutes=minute)
        if now.state not in TABLE[change].sources:
            continue
        now = changed(now, change, at, "test", ANN)
        waited = waited or (at if now.state in (State.WAITING, State.LEFT_MESSAGE) else None)
        claimed = claimed or (at if TABLE[change].speaker is Speaker.PERSON else None)
        assert (now.waiting_since, now.claimed_at) == (waited, claimed)
        if TABLE[change].speaker is Speaker.PERSON:
            assert now.taken_at == at


@pytest.mark.parametrize(("current", "change"), MOVING)
def test_nothing_else_is_touched(current: State, change: Change) -> None:
    before = session(current, unscreened=True, returning=True, fallback_at=START, nudge_due_at=START)
    after = changed(before, change, START, "test", BEN)
    same = "id contact_id level human_wanted fallback_at unscreened returning nudge_due_at"
    assert all(getattr(after, name) == getattr(before, name) for name in same.split())


# --- levels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [None, *Level])
@pytest.mark.parametrize("unscreened", [True, False])
def test_what_is_high_critical_or_unread_is_urgent(level: Level | None, unscreened: bool) -> None:
    urgent = unscreened or level in (Level.HIGH, Level.CRITICAL)
    assert session(State.LIVE, level=level, unscreened=unscreened).is_urgent is urgent


def test_every_level_is_above_none_yet_and_they_rise_in_order() -> None:
    levels = [Level.NONE, Level.CONCERN, Level.HIGH, Level.CRITICAL]
    assert all(is_higher(level, None) for level in levels)
    for (lower, one), (upper, other) in product(enumerate(levels), repeat=2):
        assert is_higher(other, one) is (upper > lower)


def test_a_hand_off_goes_where_somebody_will_see_it() -> None:
    assert state_for_handoff(True) is State.WAITING
    assert state_for_handoff(False) is State.LEFT_MESSAGE
