"""A session's states and the one table of moves between them (design: "The session's states").

Whoever may speak in the service's name owns the conversation. Each change of that person raises the session's *epoch*,
and every line carries the epoch under which it was written: a line of the bot's that comes late, or one of a second
counsellor's, is refused at delivery, whatever order things happen in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import MoveRefused


class State(StrEnum):
    """Where a session stands."""

    INTAKE = "intake"
    LEFT_MESSAGE = "left_message"
    WAITING = "waiting"
    LIVE = "live"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class Owner(StrEnum):
    """Who may speak to the student in the service's name."""

    BOT = "bot"
    COUNSELLOR = "counsellor"
    ON_CALL = "on_call"  # by the alarm's page, without the desk


class HumanWanted(StrEnum):
    """Why a session asks for a person."""

    STUDENT = "student"
    RISK = "risk"
    BOT_FAILURE = "bot_failure"
    CONDUCT = "conduct"  # the service is abused: a person looks at it (TAJ-5)


class Level(StrEnum):
    """Risk level of a message or session; a session without one is unscreened."""

    NONE = "none"
    CONCERN = "concern"
    HIGH = "high"
    CRITICAL = "critical"


#: Levels at which a word, once written, is only hidden by an unsend and never removed by a timer.
URGENT = frozenset({Level.HIGH, Level.CRITICAL})
_LEVELS = tuple(Level)


def is_higher(level: Level, than: Level | None) -> bool:
    """Whether a level is above another one; above an unscreened session's, every level is."""
    return than is None or _LEVELS.index(level) > _LEVELS.index(than)


class Change(StrEnum):
    """What can happen to a session: the verbs of the audit, one row of the table each."""

    REQUEST_HANDOFF = "request_handoff"
    LEAVE_MESSAGE = "leave_message"
    OPEN_WINDOW = "open_window"  # the next opening: messages become places in the queue
    CLOSE_WINDOW = "close_window"  # the hours end before anyone could claim it
    CLAIM = "claim"
    TAKE_OVER = "take_over"  # a supervisor's, or the on-call person's
    ACCEPT_TRANSFER = "accept_transfer"
    SWITCH_WRITER = "switch_writer"  # of two people at one conversation (WG-9d)
    RELEASE = "release"
    LOSE_PRESENCE = "lose_presence"
    END = "end"
    RETURN = "return"  # the student writes again before the sheet is done
    CLOSE = "close"


class Speaker(StrEnum):
    """Who speaks after a change."""

    SAME = "same"
    BOT = "bot"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: the states it starts from, where it leads, and who speaks then."""

    sources: frozenset[State]
    target: State
    speaker: Speaker = Speaker.SAME


def _from(*sources: State) -> frozenset[State]:
    return frozenset(sources)


#: The only ways from state to state.
TABLE: Final[dict[Change, Move]] = {
    Change.REQUEST_HANDOFF: Move(_from(State.INTAKE, State.LEFT_MESSAGE), State.WAITING),
    Change.LEAVE_MESSAGE: Move(_from(State.INTAKE), State.LEFT_MESSAGE),
    Change.OPEN_WINDOW: Move(_from(State.LEFT_MESSAGE), State.WAITING),
    Change.CLOSE_WINDOW: Move(_from(State.WAITING), State.LEFT_MESSAGE),
    Change.CLAIM: Move(_from(State.WAITING), State.LIVE, Speaker.PERSON),
    Change.TAKE_OVER: Move(
        _from(State.INTAKE, State.LEFT_MESSAGE, State.WAITING, State.LIVE), State.LIVE, Speaker.PERSON
    ),
    Change.ACCEPT_TRANSFER: Move(_from(State.LIVE), State.LIVE, Speaker.PERSON),
    Change.SWITCH_WRITER: Move(_from(State.LIVE), State.LIVE, Speaker.PERSON),
    Change.RELEASE: Move(_from(State.LIVE), State.WAITING, Speaker.BOT),
    Change.LOSE_PRESENCE: Move(_from(State.LIVE), State.WAITING, Speaker.BOT),
    Change.END: Move(_from(State.LIVE), State.WRAP_UP),
    Change.RETURN: Move(_from(State.WRAP_UP), State.LIVE),
    Change.CLOSE: Move(_from(State.INTAKE, State.LEFT_MESSAGE, State.WAITING, State.WRAP_UP), State.CLOSED),
}

#: From a state to the states that may follow it, as the table has it.
MOVES: Final[dict[State, frozenset[State]]] = {
    state: frozenset(move.target for move in TABLE.values() if state in move.sources) for state in State
}


@dataclass(frozen=True, slots=True)
class SessionView:
    """What the services need to know of one session.

    Attributes: epoch: grows with each change of the one who speaks; level: None while unscreened; fallback_at: when the
    student last got the long text that the bot can't answer (service clock); unscreened: a message of it could not be
    read; returning: the person wrote in an earlier session; nudge_due_at: when the one gentle line comes (service
    clock); counsellor_id: of the one who speaks while ``owner`` is a counsellor, and of the one whose sheet it is
    afterwards; second_id: sits beside them (pair mode); offered_to: whom the counsellor has asked to go on with it;
    waiting_since: when it first asked for a person (it keeps its place in the queue); claimed_at: when a person first took
    it; taken_at: when the one who has it now did; called_back_at: when a student who had left a message was told that they
    can talk now; queued_at: when a message that was left became a place in the queue; guarded: the worker knows something
    of the student's safety, because it is or was at risk.
    """

    id: UUID
    contact_id: UUID
    state: State
    owner: Owner
    epoch: int
    level: Level | None
    human_wanted: HumanWanted | None
    fallback_at: datetime | None
    unscreened: bool = False
    returning: bool = False
    nudge_due_at: datetime | None = None
    counsellor_id: UUID | None = None
    second_id: UUID | None = None
    offered_to: UUID | None = None
    waiting_since: datetime | None = None
    claimed_at: datetime | None = None
    taken_at: datetime | None = None
    called_back_at: datetime | None = None
    queued_at: datetime | None = None
    guarded: bool = False

    @property
    def is_urgent(self) -> bool:
        """At high or critical, or unread by the screen: no timer ends it, and no machine lets it go."""
        return self.level in URGENT or self.unscreened

    @property
    def is_served(self) -> bool:
        """Whether a person speaks with the student now."""
        return self.state is State.LIVE and self.owner is not Owner.BOT


def changed(session: SessionView, change: Change, at: datetime, actor: str, person: UUID | None = None) -> SessionView:
    """The session after a change; the caller holds its row.

    Args: person: the counsellor who speaks from now on, None for the on-call person; read only where the table says
    that a person speaks.

    Raises: MoveRefused: the table doesn't know this change from here.
    """
    move = TABLE[change]
    if session.state not in move.sources:
        raise MoveRefused(session.state, move.target, actor)
    after = replace(session, state=move.target, offered_to=None)
    if move.target in (State.WAITING, State.LEFT_MESSAGE) and after.waiting_since is None:
        after = replace(after, waiting_since=at)
    if session.state is State.LEFT_MESSAGE and move.target is State.WAITING:
        after = replace(after, queued_at=at)
    match move.speaker:
        case Speaker.SAME:
            return after
        case Speaker.BOT:
            return replace(after, owner=Owner.BOT, counsellor_id=None, second_id=None, epoch=after.epoch + 1)
        case Speaker.PERSON:
            return replace(
                after,
                owner=Owner.ON_CALL if person is None else Owner.COUNSELLOR,
                counsellor_id=person,
                second_id=None if after.second_id == person else after.second_id,
                epoch=after.epoch + 1,
                claimed_at=after.claimed_at or at,
                taken_at=at,
            )


def state_for_handoff(someone_on_duty: bool) -> State:
    """Where a session goes that asks for a person: the queue, or a message for the next opening (WG-4)."""
    return State.WAITING if someone_on_duty else State.LEFT_MESSAGE
