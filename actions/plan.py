"""What a turn says and does, before any wording: the pure result of a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actions.memory import Memory
from handoff.domain.texts import TextKey


class Computed(StrEnum):
    """Sentences that depend on the profile, the clock or the session's new state; some say nothing at times."""

    SECRECY = "secrecy"  # from the profile's disclosure
    CLOSED_NOW = "closed_now"  # only while nobody is there
    LINES_IF_CLOSED = "lines_if_closed"  # phone lines open now, only while nobody is there
    LINES = "lines"  # phone lines open now
    SUMMARY = "summary"
    OFFER = "offer"
    HANDOFF = "handoff"  # by the state that the hand-off led to
    LEFT_MESSAGE = "left_message"
    HOURS = "hours"
    MEDIA = "media"  # by the profile's media policy


class Effect(StrEnum):
    """What the service is asked to do."""

    HANDOFF = "handoff"
    LEAVE_MESSAGE = "leave_message"


@dataclass(frozen=True, slots=True)
class Cue:
    """One sentence to say; ``value`` fills the text's ``{value}``, or says which medium arrived."""

    what: TextKey | Computed
    value: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a turn: its sentences, and the quick replies below it."""

    cues: tuple[Cue, ...]
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One turn: at most three bubbles, the memory after it, and what the service shall do.

    Attributes: record: the answers changed and have to be kept.
    """

    bubbles: tuple[Bubble, ...]
    memory: Memory
    effect: Effect | None = None
    record: bool = False


def bubble(*whats: TextKey | Computed | Cue, buttons: tuple[str, ...] = ()) -> Bubble:
    """A bubble of these sentences."""
    return Bubble(tuple(what if isinstance(what, Cue) else Cue(what) for what in whats), buttons)
