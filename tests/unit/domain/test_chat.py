"""The web chat's rules: texts, states, and when a student's own view is emptied (WG-9g)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.chat import (
    ChatState,
    Mark,
    address_of,
    checked_words,
    cleared_through,
    event_id_of,
    key_of,
    next_clearing,
    state_of,
)
from handoff.domain.errors import InputRefused
from handoff.domain.session import Owner, State

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
AFTER = timedelta(minutes=5)


def mark(sequence: int, at: int, ended: int | None = None, *, pending: bool = False) -> Mark:
    """Minutes after the start."""
    ended_at = None if ended is None else START + timedelta(minutes=ended)
    return Mark(sequence, START + timedelta(minutes=at), ended_at, pending)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_nothing_is_cleared_while_the_talk_goes_on() -> None:
    marks = [mark(1, 0), mark(2, 1)]
    assert cleared_through(marks, 0, AFTER, at(600)) == 0
    assert next_clearing(marks, 0, AFTER) is None


def test_the_view_is_emptied_so_many_minutes_after_the_end_and_later_lines_after_themselves() -> None:
    marks = [mark(1, 0, 10), mark(2, 10, 10), mark(3, 14, 10)]
    assert cleared_through(marks, 0, AFTER, at(14.99)) == 0
    assert cleared_through(marks, 0, AFTER, at(15)) == 2
    assert next_clearing(marks, 2, AFTER) == at(19), "the survey's question came later"
    assert cleared_through(marks, 2, AFTER, at(19)) == 3


def test_a_line_that_nobody_has_seen_yet_stays_and_so_does_what_follows() -> None:
    marks = [mark(1, 0, 5), mark(2, 5, 5, pending=True), mark(3, 5, 5)]
    assert cleared_through(marks, 0, AFTER, at(60)) == 1


def test_an_older_consultation_goes_while_a_new_one_runs() -> None:
    marks = [mark(1, 0, 5), mark(2, 8)]
    assert cleared_through(marks, 0, AFTER, at(11)) == 1


@given(
    st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 60), st.booleans()), max_size=20),
    st.integers(0, 90),
    st.integers(0, 90),
)
def test_time_only_ever_clears_more(lines: list[tuple[int, int | None, bool]], one: int, other: int) -> None:
    marks = [mark(number, *line[:2], pending=line[2]) for number, line in enumerate(lines, 1)]
    early, late = sorted((one, other))
    first = cleared_through(marks, 0, AFTER, at(early))
    beyond = [found for found in marks if found.sequence > first]
    assert first <= cleared_through(beyond, first, AFTER, at(late))
    assert cleared_through(beyond, first, AFTER, at(early)) == first, "asked again, nothing more"


@pytest.mark.parametrize(
    ("session", "owner", "ended", "state"),
    [
        (None, None, False, ChatState.NEW),
        (State.INTAKE, Owner.BOT, False, ChatState.BOT),
        (State.INTAKE, Owner.BOT, True, ChatState.ENDED),
        (State.WAITING, Owner.BOT, False, ChatState.WAITING),
        (State.LEFT_MESSAGE, Owner.BOT, False, ChatState.LEFT),
        (State.LIVE, Owner.COUNSELLOR, False, ChatState.LIVE),
        (State.LIVE, Owner.ON_CALL, True, ChatState.LIVE),
        (State.WRAP_UP, Owner.COUNSELLOR, False, ChatState.ENDED),
        (State.CLOSED, Owner.BOT, False, ChatState.ENDED),
    ],
)
def test_the_state_that_a_page_tells(session: State | None, owner: Owner | None, ended: bool, state: ChatState) -> None:
    assert state_of(session, owner, ended=ended) is state


@pytest.mark.parametrize("text", ["", " \n\t", "\0", "あ" * 5001, "😀" * 2501])
def test_an_empty_or_endless_text_is_refused(text: str) -> None:
    with pytest.raises(InputRefused):
        checked_words(text)


@given(st.text(st.characters(), max_size=200))
def test_what_is_kept_can_be_stored(text: str) -> None:
    try:
        kept = checked_words(text)
    except InputRefused:
        return
    kept.encode()
    assert "\0" not in kept and "\r" not in kept and checked_words(kept) == kept


def test_half_a_surrogate_is_no_letter() -> None:
    assert checked_words("a\ud800b") == "a\ufffdb"


def test_the_longest_text_is_taken_whole() -> None:
    assert len(checked_words("😀" * 2500)) == 2500


def test_a_key_comes_back_from_an_events_id_and_lines_ids_hold_none() -> None:
    contact, key = uuid4(), str(uuid4())
    assert key_of(event_id_of(contact, key)) == key
    assert key_of("01FZ74A0TDDPYRVKNK77XKC3ZR") is None and key_of(None) is None


def test_an_address_is_a_digest_that_leads_back_to_no_secret() -> None:
    assert address_of("secret").startswith("web:") and "secret" not in address_of("secret")
    assert len(address_of("x")) == len("web:") + 64
