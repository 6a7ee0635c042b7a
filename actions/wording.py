"""Turns a plan into messages: the profile's words, the clock, and the state that the service answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from actions.buttons import PERSON_TITLES, REPORT, Role, Topic
from actions.memory import Answers, Memory, Stage
from actions.plan import Bubble, Computed, Cue
from actions.report_run import summary_rows
from actions.told import summary_lines
from handoff.domain.hours import HoursStatus, spoken_moment
from handoff.domain.profile import Flow, MediaRule, Profile, ReplySource
from handoff.domain.profile.vocabulary import ChannelUse
from handoff.domain.profile.vocabulary import Role as ServedRole
from handoff.domain.texts import ON_WEB, Band, TextKey
from handoff.domain.wording_rules import in_bubbles

#: Whose problem may be chosen by a button only where the profile serves those people; told in words it always counts.
_SERVED: Final = {Role.GUARDIAN: ServedRole.GUARDIAN, Role.TEACHER: ServedRole.SCHOOL}
_NO_RULE: Final = {"location": TextKey.LOCATION_RECEIVED, "unknown": TextKey.UNKNOWN_RECEIVED}
_REFUSED: Final = {
    "sticker": TextKey.STICKER_RECEIVED,
    "audio": TextKey.AUDIO_REFUSED,
    "file": TextKey.FILE_REFUSED,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message for the student: its text and the titles of its quick replies."""

    text: str
    buttons: tuple[str, ...] = ()


def _once(texts: Sequence[str]) -> list[str]:
    """The texts without those that an earlier one of the same bubble holds already, such as the phone lines."""
    return [text for place, text in enumerate(texts) if not any(text in earlier for earlier in texts[:place])]


def _flow(memory: Memory) -> Flow:
    """Whose rules hold for a picture; those of reports also after the report, which more may belong to."""
    if memory.report is not None:
        return Flow.REPORT
    return Flow.NET_TROUBLE if memory.answers.topic is Topic.NET_TROUBLE else Flow.CONSULTATION


def _rows(*sentences: str) -> str:
    """The sentences one below the other, empty ones left out."""
    return "\n".join(filter(None, sentences))


def band_of(answers: Answers) -> Band | None:
    """For whom the texts are worded: a primary pupil, an adult who writes about a child, or anybody."""
    if answers.role in (Role.GUARDIAN, Role.TEACHER):
        return Band.ADULT
    primary = (answers.grade or "").startswith("小") or answers.school_type == "小学校"
    young = answers.grade is None and answers.school_type is None and (answers.age or OLDEST_PUPIL) < FIRST_YEAR_OUT
    return Band.ELEMENTARY if primary or young else None


#: Years: who is younger is at primary school; stands for an age that wasn't told.
FIRST_YEAR_OUT: Final = 12
OLDEST_PUPIL: Final = 18


class Wording:
    """Says things in one profile's words at one moment."""

    def __init__(
        self,
        profile: Profile,
        now: datetime,
        *,
        web: bool = False,
        congested: bool = False,
        report_url: str | None = None,
    ) -> None:
        """Take ``now`` as an aware datetime on the service's clock. web: it is read in the web chat; congested: so many wait
        that somebody who asks for a counsellor hears it.
        """
        self._congested = congested
        self._report_url = report_url
        self._closure, self._coming = profile.closure_words(now), profile.coming_closure_words(now)
        self._web = web
        self._profile = profile
        self._now = now
        self._status = profile.hours.status(now)
        self._closed = self._status is HoursStatus.CLOSED
        self._band: Band | None = None

    def messages(self, bubbles: tuple[Bubble, ...], memory: Memory, state: str | None) -> tuple[Message, ...]:
        """The plan's bubbles as messages, empty ones left out.

        Args: state: the session's state after the plan's effect, None where there was none.
        """
        self._band = band_of(memory.answers)
        said: list[Message] = []
        for part in bubbles:
            sentences = [text for cue in part.cues for text in self._sentences(cue, memory, state)]
            texts = list(in_bubbles(_once(sentences)))
            said += [Message(text) for text in texts]
            if texts:
                said[-1] = replace(said[-1], buttons=self._buttons(part.buttons))
        return tuple(said)

    def _buttons(self, titles: tuple[str, ...]) -> tuple[str, ...]:
        served = self._profile.eligible.roles or ()
        unserved = {title for title, role in PERSON_TITLES.items() if role in _SERVED and _SERVED[role] not in served}
        if self._profile.channels.report.use is not ChannelUse.OFFERED:
            unserved.add(REPORT)
        return tuple(title for title in titles if title not in unserved)

    def _sentences(self, cue: Cue, memory: Memory, state: str | None) -> tuple[str, ...]:
        said = self._cue(cue, memory, state)
        return (said,) if isinstance(said, str) else said

    def _cue(self, cue: Cue, memory: Memory, state: str | None) -> str | tuple[str, ...]:
        match cue.what:
            case TextKey():
                return self._text(cue.what, **({"value": cue.value} if cue.value else {}))
            case Computed.SECRECY:
                return self._profile.disclosure_notice()
            case Computed.CLOSED_NOW:
                return self._closed_now()
            case Computed.CLOSED_WORD:
                return self._closed_word() if self._closed else ()
            case Computed.LINES:
                return self._lines()
            case Computed.LINES_IF_CLOSED:
                return self._lines() if self._closed else ""
            case Computed.SUMMARY:
                lines = "\n".join(summary_lines(memory.answers))
                return self._text(TextKey.SUMMARY, lines=lines) if lines else ""
            case Computed.OFFER:
                return self._offer()
            case Computed.HANDOFF:
                return self._handoff(already=cue.value == "already", state=state)
            case Computed.LEFT_MESSAGE:
                return self._left_message(state)
            case Computed.HOURS:
                return self._hours()
            case Computed.MEDIA:
                return self._media(cue.value, _flow(memory))
            case Computed.REPORT_ID:
                return self._report_id()
            case Computed.REPORT_MEDIA:
                return self._media(cue.value, Flow.REPORT)
            case Computed.REPORT_SUMMARY:
                rows = () if memory.report is None else summary_rows(memory.report)
                return self._text(TextKey.SUMMARY, lines="\n".join(rows)) if rows else ""
            case Computed.REPORT_DONE:
                return self._report_done()
            case Computed.ELSEWHERE:
                texts = "" if self._profile.lines_by_text is None else self._profile.text_lines(self._now)
                lines = _rows(self._profile.phone_lines(self._now, by_text=False), texts)
                return self._text(TextKey.OUT_OF_SCOPE_LINES, lines=lines) if lines else ""
            case str():
                return cue.what

    def _text(self, key: TextKey, **fields: str) -> str:
        return self._profile.text(ON_WEB.get(key, key) if self._web else key, self._band, **fields)

    def _closed_now(self) -> tuple[str, ...]:
        if not self._closed:
            return ()
        guide = self._profile.auto_reply.after_hours is ReplySource.PHONE_LINES
        return *self._closed_word(), self._lines() if guide else ""

    def _closed_word(self) -> tuple[str, ...]:
        """The notice of closed hours; before it what the supervisor's closure says."""
        return self._closure, self._text(TextKey.NOTICE_CLOSED)

    def _lines(self) -> str:
        lines = self._profile.phone_lines(self._now)
        return self._text(TextKey.PHONE_LINES, phone_lines=lines) if lines else ""

    def _opening(self) -> str | None:
        opens = self._profile.hours.next_opening(self._now)
        return None if opens is None else spoken_moment(opens, self._now)

    def _offer(self) -> tuple[str, ...]:
        opening = self._opening() if self._closed else None
        if opening is not None:
            return self._closure, self._text(TextKey.OFFER_CLOSED, next_opening=opening)
        notice = self._closed_word() if self._closed else ()
        return *notice, self._text(TextKey.OFFER)

    def _handoff(self, *, already: bool, state: str | None) -> tuple[str, ...]:
        """By the state: nobody is promised who isn't there, whatever the calendar says."""
        if state == Stage.WAITING:
            if self._congested:
                return self._congestion()
            return (self._text(TextKey.HANDOFF_ALREADY if already else TextKey.HANDOFF_WAITING),)
        opening = self._opening()
        if opening is None:
            return self._closure, self._text(TextKey.HANDOFF_CLOSED_UNKNOWN), self._lines()
        over = self._status is HoursStatus.RECEPTION_OVER
        key = TextKey.HANDOFF_RECEPTION_OVER if over else TextKey.HANDOFF_CLOSED
        return self._closure, self._text(key, next_opening=opening), self._lines()

    def _congestion(self) -> tuple[str, ...]:
        """What a student hears while many wait: the profile's words, always with the phone lines (HOK-5.2, TAJ-N1)."""
        lines = self._profile.phone_lines(self._now)
        said = self._text(TextKey.CONGESTION, phone_lines=lines)
        return (said,) if lines in said else (said, self._lines())

    def _left_message(self, state: str | None) -> str:
        if state == Stage.WAITING:
            return self._text(TextKey.HANDOFF_ALREADY)
        return self._text(TextKey.LEAVE_MESSAGE_PROMPT)

    def _hours(self) -> tuple[str, ...]:
        opening = self._opening()
        if self._status is HoursStatus.OPEN:
            return self._text(TextKey.SERVICE_HOURS_OPEN), self._coming
        if opening is None:
            return self._closure, self._text(TextKey.SERVICE_HOURS_UNKNOWN), self._coming
        key = TextKey.SERVICE_HOURS_CLOSED if self._closed else TextKey.SERVICE_HOURS_RECEPTION_OVER
        return self._closure, self._text(key, next_opening=opening), self._coming

    def _report_id(self) -> tuple[str, ...]:
        """What LINE keeps, and where nothing of it is kept; who writes in the web chat has no id (domain: the word 匿名
        is for the pages alone).
        """
        if self._web:
            return ()
        by_form = self._text(TextKey.REPORT_BY_FORM, report_url=self._report_url) if self._report_url else ""
        return self._text(TextKey.REPORT_ID_KEPT), by_form

    def _report_done(self) -> str:
        opening = self._opening() if self._status is not HoursStatus.OPEN else None
        if opening is None:
            return self._text(TextKey.REPORT_DONE)
        return self._text(TextKey.REPORT_DONE_CLOSED, next_opening=opening)

    def _media(self, kind: str, flow: Flow) -> str:
        """What is true of a medium: only what the profile lets in is said to have been received (HOK-5.1)."""
        if kind in _NO_RULE:
            return self._text(_NO_RULE[kind])
        accepted = self._profile.media.rule(flow, kind) is not MediaRule.REJECT
        if kind in ("image", "video", "audio") and accepted:
            return self._text(TextKey.MEDIA_RECEIVED)
        return self._text(_REFUSED.get(kind, TextKey.MEDIA_REFUSED))
