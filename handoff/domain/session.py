"""A session's states and the one table of moves between them (design: "The session's states")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


#: From a state to the states that may follow it.
MOVES: dict[State, frozenset[State]] = {
    State.INTAKE: frozenset({State.WAITING, State.LIVE, State.LEFT_MESSAGE, State.CLOSED}),
    State.LEFT_MESSAGE: frozenset({State.WAITING, State.LIVE, State.CLOSED}),
    State.WAITING: frozenset({State.LEFT_MESSAGE, State.LIVE, State.CLOSED}),
    State.LIVE: frozenset({State.WAITING, State.LIVE, State.WRAP_UP}),
    State.WRAP_UP: frozenset({State.LIVE, State.CLOSED}),
    State.CLOSED: frozenset(),
}


def check_move(current: State, target: State, actor: str) -> None:
    """Raises: MoveRefused: the table doesn't know this move."""
    if target not in MOVES[current]:
        raise MoveRefused(current, target, actor)


@dataclass(frozen=True, slots=True)
class SessionView:
    """What the services need to know of one session.

    Attributes: epoch: grows with each change of owner; level: None while unscreened; fallback_at: when the student
    last got the long text that the bot can't answer (service clock); unscreened: a message of it could not be read;
    returning: the person wrote in an earlier session; nudge_due_at: when the one gentle line comes (service clock).
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


def state_for_handoff(someone_on_duty: bool) -> State:
    """Where a session goes that asks for a person: the queue, or a message for the next opening (WG-4)."""
    return State.WAITING if someone_on_duty else State.LEFT_MESSAGE
