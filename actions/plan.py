"""What a turn says and does, before any wording: the pure result of a decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actions.memory import Memory
from handoff.domain.texts import TextKey
from kernel.intake.quiet import QuietTime


class Computed(StrEnum):
    """Sentences that depend on the profile, the clock or the session's new state; some say nothing at times."""

    SECRECY = "secrecy"  # from the profile's disclosure
    CLOSED_NOW = "closed_now"  # only while nobody is there, with the phone lines where the profile wants it
    CLOSED_WORD = "closed_word"  # the same without the lines
    LINES_IF_CLOSED = "lines_if_closed"  # phone lines open now, only while nobody is there
    LINES = "lines"  # phone lines open now
    SUMMARY = "summary"
    OFFER = "offer"
    HANDOFF = "handoff"  # by the state that the hand-off led to
    LEFT_MESSAGE = "left_message"
    HOURS = "hours"
    MEDIA = "media"  # by the profile's media policy
    REPORT_ID = "report_id"  # that LINE keeps an id, and where it doesn't; nothing in the web chat
    REPORT_MEDIA = "report_media"  # by the media policy of reports
    REPORT_SUMMARY = "report_summary"
    REPORT_DONE = "report_done"  # when it is read, by the hour
    ELSEWHERE = "elsewhere"  # other services, by phone and by text, that are open now


class Effect(StrEnum):
    """What the service is asked to do."""

    HANDOFF = "handoff"
    LEAVE_MESSAGE = "leave_message"
    SHOW = "show"  # a prank or an abuse of the service: a person looks at it (TAJ-5)


class ReportWrite(StrEnum):
    """What becomes of what was told of a report."""

    KEEP = "keep"  # so far
    SEND = "send"
    SEND_HALF = "send_half"  # left half-way: it reaches people all the same


@dataclass(frozen=True, slots=True)
class Cue:
    """One sentence to say; ``value`` fills the text's ``{value}``, or says which medium arrived.

    A plain string is a sentence of the board's procedure, said as it stands.
    """

    what: TextKey | Computed | str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a turn: its sentences, and the quick replies below it."""

    cues: tuple[Cue, ...]
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One turn: its bubbles (the wording cuts long ones), the memory after it, and what the service shall do.

    Attributes: record: the answers changed and have to be kept; report: what becomes of the report that is told; quiet: when nothing may be sent unasked, as the student
    wants it. A plan without bubbles says nothing on purpose (TAJ-N3).
    """

    bubbles: tuple[Bubble, ...]
    memory: Memory
    effect: Effect | None = None
    record: bool = False
    quiet: tuple[QuietTime, ...] | None = None
    report: ReportWrite | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing is said, on purpose."""
        return not self.bubbles


def bubble(*whats: TextKey | Computed | Cue | str, buttons: tuple[str, ...] = ()) -> Bubble:
    """A bubble of these sentences."""
    return Bubble(tuple(what if isinstance(what, Cue) else Cue(what) for what in whats), buttons)
