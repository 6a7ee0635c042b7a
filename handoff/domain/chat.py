"""The web chat's rules: what a student's own page shows and for how long (WG-9g), and who may still write there.

Pure. The service keeps its record for as long as the board says; what is cleared here is the student's view alone,
because the next one at a school's tablet is somebody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.incoming import Channel
from handoff.domain.outgoing import LONGEST_TEXT
from handoff.domain.session import Owner, State

#: So long a chat can be gone on with after somebody last sat at it (real time); the browser forgets it earlier.
LIFE: Final = timedelta(hours=24)
#: A page whose line was silent for so long is taken to be closed.
HERE: Final = timedelta(seconds=45)
#: What the button says that ends a consultation; the same words end one on LINE.
END_WORDS: Final = "相談を終わります"


class ChatState(StrEnum):
    """How far a chat is, as its page tells it."""

    NEW = "new"  # nobody has read the first word yet
    BOT = "bot"
    LEFT = "left"  # a message for the next opening
    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sits at a chat. address: of their contact; the secret of which it is made stands nowhere."""

    contact_id: UUID
    address: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a line stands, without its words.

    Attributes: at, ended_at: of the line and of its session's end (None while that goes on), on the service's clock;
    pending: it will be shown once it is delivered.
    """

    sequence: int
    at: datetime
    ended_at: datetime | None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class ChatLine:
    """A line as the page shows it. key: the one that the page gave its own line; sequence: None for words that are
    stored and not in the transcript yet; sender: a counsellor's alias.
    """

    id: UUID
    sequence: int | None
    author: str
    text: str
    at: datetime
    buttons: tuple[str, ...] = ()
    sender: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ChatStatus:
    """What a page has to know beside the lines.

    Attributes: over: nobody may write by this chat any more; cleared: sequence number up to which the view is empty;
    clears_at: when the next lines go (service clock).
    """

    state: ChatState
    over: bool
    cleared: int
    clears_at: datetime | None = None


def address_of(token: str) -> str:
    """The contact's address that belongs to a chat's secret."""
    return f"{Channel.WEB}:{hashlib.sha256(token.encode()).hexdigest()}"


def event_id_of(contact_id: UUID, key: str) -> str:
    """The id of a page's event, the same for a word that is sent again; LINE's ids hold no colon."""
    return f"{Channel.WEB}:{contact_id}:{key}"


def key_of(event_id: str | None) -> str | None:
    """The key that a page gave its own line, from the event's id."""
    channel, _, rest = (event_id or "").partition(":")
    return rest.partition(":")[2] or None if channel == Channel.WEB else None


def checked_words(text: str) -> str:
    """What is kept of a text from a page. Raises: InputRefused: it is empty or too long."""
    # Half of a pair of surrogates is no letter, and no database takes it.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if not text:
        raise InputRefused("text", "言葉を書いてから送ってください。")
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise InputRefused("text", "文が長すぎます。いくつかに分けて送ってください。")
    return text


def state_of(session: State | None, owner: Owner | None, *, ended: bool) -> ChatState:
    """A chat's state. Args: session, owner: of the newest session, None before there is one; ended: the student said
    so themselves.
    """
    match session:
        case None:
            return ChatState.NEW
        case State.WRAP_UP | State.CLOSED:
            return ChatState.ENDED
        case State.LIVE if owner is not Owner.BOT:
            return ChatState.LIVE
        case _ if ended:
            return ChatState.ENDED
        case State.WAITING:
            return ChatState.WAITING
        case State.LEFT_MESSAGE:
            return ChatState.LEFT
        case _:
            return ChatState.BOT


def clears_at(mark: Mark, after: timedelta) -> datetime | None:
    """When a line leaves the student's view: so long after the end, or after itself where it came later."""
    return None if mark.ended_at is None else max(mark.ended_at, mark.at) + after


def cleared_through(marks: Iterable[Mark], cleared: int, after: timedelta, now: datetime) -> int:
    """Up to which sequence number the view is empty now; it never grows past a line that nobody has seen yet.

    Args: marks: the lines beyond ``cleared``, in order; after: the profile's minutes.
    """
    for mark in marks:
        due = clears_at(mark, after)
        if mark.pending or due is None or due > now:
            break
        cleared = mark.sequence
    return cleared


def next_clearing(marks: Iterable[Mark], cleared: int, after: timedelta) -> datetime | None:
    """When the first line that is still there goes; None while nothing has ended."""
    times = (clears_at(mark, after) for mark in marks if mark.sequence > cleared)
    return min((time for time in times if time is not None), default=None)
