"""The profile: one municipality's service as frozen data (事業設定)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, PrivateAttr, field_validator, model_validator

from handoff.domain.closures import CalendarDate
from handoff.domain.errors import ConfigurationError
from handoff.domain.hours import OpeningHours, spoken_moment
from handoff.domain.profile.access import AutoReply, Broadcast, Channels, Eligibility, Media, Staff
from handoff.domain.profile.base import Count, Part, SilentPart, Slug, Words
from handoff.domain.profile.duty import Desk, Emergency, HelpLine, OnCall, Reporting, SessionTimers
from handoff.domain.profile.privacy import Disclosure, Keeping, RetentionDays, Security, Trace
from handoff.domain.profile.procedure import Procedure
from handoff.domain.profile.supervision import Conduct, Enquiry, Patrol, Statements
from handoff.domain.profile.vocabulary import DeletionLaw, LineMedium, RecordRule, ReplySource
from handoff.domain.profile.wording import (
    PLACEHOLDER_MARK,
    check_template,
    disclosure_notice,
    lines_text,
    needs_contract,
    open_lines,
    render,
)
from handoff.domain.texts import Band, TextKey
from handoff.domain.window_closure import WindowClosure

Wordings = Mapping[TextKey, Annotated[str, Field(max_length=5000)]]
NO_BANDS: Final[Mapping[Band, Mapping[TextKey, str]]] = MappingProxyType({})


def _usable(texts: Mapping[TextKey, str]) -> Mapping[TextKey, str]:
    """The texts themselves; ValueError with one line per unusable text, so that all can be mended at once."""
    faults = []
    for key, template in texts.items():
        try:
            check_template(key, template)
        except ValueError as error:
            faults.append(f"{key}: {error}")
    if faults:
        raise ValueError("\n".join(faults))
    return texts


class Profile(Part):
    """Everything that differs from one municipality's service to the next.

    Null anywhere = the document says nothing; ``blocking_nulls`` tells which of them keep a service from going live.
    Parts are never None, so that ``profile.on_call.who`` can be read without asking first. The standard wording is
    attached by whoever loads the profile (``with_standard_texts``).
    """

    id: Slug
    service_name: Words
    owner: Words
    valid_from: CalendarDate | None = None
    valid_to: CalendarDate | None = None
    channels: Annotated[Channels, SilentPart] = Channels()
    eligible: Annotated[Eligibility, SilentPart] = Eligibility()
    hours: OpeningHours = OpeningHours()
    staff: Annotated[Staff, SilentPart] = Staff()
    media: Annotated[Media, SilentPart] = Media()
    keywords: tuple[Words, ...] | None = None
    reporting: Annotated[Reporting, SilentPart] = Reporting()
    auto_reply: Annotated[AutoReply, SilentPart] = AutoReply()
    broadcast: Annotated[Broadcast, SilentPart] = Broadcast()
    session: Annotated[SessionTimers, SilentPart] = SessionTimers()
    desk: Annotated[Desk, SilentPart] = Desk()
    on_call: Annotated[OnCall, SilentPart] = OnCall()
    emergency: Annotated[Emergency, SilentPart] = Emergency()
    disclosure: Annotated[Disclosure, SilentPart] = Disclosure()
    lines: tuple[HelpLine, ...] | None = None
    lines_by_text: tuple[HelpLine, ...] | None = None
    trace: Annotated[Trace, SilentPart] = Trace()
    retention_days: Annotated[RetentionDays, SilentPart] = RetentionDays()
    keeping: Annotated[Keeping, SilentPart] = Keeping()
    conduct: Annotated[Conduct, SilentPart] = Conduct()
    enquiry: Annotated[Enquiry, SilentPart] = Enquiry()
    statements: Annotated[Statements, SilentPart] = Statements()
    patrol: Annotated[Patrol, SilentPart] = Patrol()
    procedures: Slug | None = None
    records: RecordRule | None = None
    deletion_law: DeletionLaw | None = None
    security: Annotated[Security, SilentPart] = Security()
    cards: Count | None = None
    texts: Wordings = Field(default_factory=dict)
    texts_for: Mapping[Band, Annotated[Wordings, SilentPart]] = Field(default_factory=dict)

    _standard: Mapping[TextKey, str] = PrivateAttr(default_factory=dict)
    _bands: Mapping[Band, Mapping[TextKey, str]] = PrivateAttr(default_factory=dict)
    _procedures: tuple[Procedure, ...] = PrivateAttr(default=())

    @field_validator("texts", "texts_for", mode="before")
    @classmethod
    def _no_texts(cls, value: object) -> object:
        return {} if value is None else value

    @field_validator("texts")
    @classmethod
    def _usable_texts(cls, value: Mapping[TextKey, str]) -> Mapping[TextKey, str]:
        return _usable(value)

    @field_validator("texts_for")
    @classmethod
    def _usable_band_texts(cls, value: Mapping[Band, Mapping[TextKey, str]]) -> Mapping[Band, Mapping[TextKey, str]]:
        return {band: _usable(texts) for band, texts in value.items()}

    @field_validator("lines", "lines_by_text")
    @classmethod
    def _lines_once(cls, value: tuple[HelpLine, ...] | None) -> tuple[HelpLine, ...] | None:
        ids = [line.id for line in value or ()]
        if len(ids) != len(set(ids)):
            raise ValueError("同じ窓口が二度書かれています。一つにしてください")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        if any(line.medium is not LineMedium.PHONE for line in self.lines or ()):
            raise ValueError("lines には電話の窓口だけを書き、文字の窓口は lines_by_text に書いてください")
        if any(line.medium is not LineMedium.TEXT for line in self.lines_by_text or ()):
            raise ValueError("lines_by_text には文字の窓口だけを書き、電話の窓口は lines に書いてください")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to が valid_from より前です。順番を直してください")
        return self

    def with_standard_texts(
        self, standard: Mapping[TextKey, str], bands: Mapping[Band, Mapping[TextKey, str]] = NO_BANDS
    ) -> Profile:
        """The same profile with the standard wording at hand, and what it is for readers of a band."""
        copy = self.model_copy()
        copy._standard, copy._bands = dict(standard), dict(bands)
        return copy

    def with_procedures(self, procedures: tuple[Procedure, ...]) -> Profile:
        """The same profile with the procedures that its ``procedures`` names."""
        copy = self.model_copy()
        copy._procedures = procedures
        return copy

    def closed_in(self, closures: Iterable[WindowClosure]) -> Profile:
        """The same profile with a supervisor's closures laid over its hours; on-call people and lines keep theirs."""
        closures = tuple(sorted((one for one in closures if one.holds), key=lambda one: (one.begins_at, one.id)))
        if closures == self.hours.closures:
            return self
        return self.model_copy(update={"hours": self.hours.closed_in(closures)})

    def closure_words(self, at: datetime) -> str:
        """What students are told of the closure that holds at a moment; empty where none does."""
        closure = self.hours.closure_at(at)
        return "" if closure is None else closure.text

    def coming_closure_words(self, at: datetime) -> str:
        """When the next announced closure will be, with its words, so that nobody comes in vain; empty where none is near."""
        coming = next((one for one in self.hours.closures if one.is_near(at)), None)
        if coming is None:
            return ""
        begins, ends = spoken_moment(coming.begins_at, at), spoken_moment(coming.ends_at, at)
        return "\n".join(filter(None, (self.text(TextKey.CLOSURE_COMING, begins=begins, ends=ends), coming.text)))

    @property
    def board_procedures(self) -> tuple[Procedure, ...]:
        """The board's procedures, none where it has none (HYO-4.1②)."""
        return self._procedures

    @property
    def board_texts_missing(self) -> frozenset[TextKey]:
        """The texts that the board has to write itself and hasn't (HOK-5.2)."""
        demanded = {
            TextKey.NOTICE_CLOSED: self.auto_reply.after_hours,
            TextKey.CONGESTION: self.auto_reply.congestion,
        }
        return frozenset(
            key for key, source in demanded.items() if source is ReplySource.BOARD_TEXT and key not in self.texts
        )

    def text(self, key: TextKey, band: Band | None = None, **fields: str) -> str:
        """What is said to a student: the board's words, else the standard ones, else words that say they stand in.

        ``service_name`` is always at hand. For a reader of ``band`` the board's words for that band come first, then its
        words for everybody, then the standard ones for the band. Raises KeyError when the text needs a field that wasn't
        given, and ConfigurationError when there is no wording at all.
        """
        wanted = TextKey.PLACEHOLDER if key in self.board_texts_missing else key
        template = next(filter(None, self._wordings(wanted, band)), None)
        if template is None:
            raise ConfigurationError(f"no wording for the text {wanted.value}")
        return render(template, {"service_name": self.service_name, **fields})

    def _wordings(self, key: TextKey, band: Band | None) -> Iterator[str | None]:
        if band is not None:
            yield self.texts_for.get(band, {}).get(key)
        yield self.texts.get(key)
        if band is not None:
            yield self._bands.get(band, {}).get(key)
        yield self._standard.get(key)

    def disclosure_notice(self) -> str:
        """The secrecy notice, made from ``disclosure`` alone."""
        return disclosure_notice(self.disclosure)

    def phone_lines(self, at: datetime, *, by_text: bool = True) -> str:
        """The phone lines open at an aware moment, one a row; empty when none is.

        Where some of them can't be reached from every handset this is said, and with ``by_text`` the text services that
        are open follow, as the way for those (WG-21).
        """
        if self.lines is None:
            return f"{PLACEHOLDER_MARK}電話の窓口は、まだ決まっていません。"
        rows, (some, all_of_them) = lines_text(self.lines, at), needs_contract(open_lines(self.lines, at))
        if not some:
            return rows
        rows += "\n" + self.text(TextKey.LINES_ALL_BY_CONTRACT if all_of_them else TextKey.LINES_BY_CONTRACT)
        texts = lines_text(self.lines_by_text or (), at) if by_text else ""
        return f"{rows}\n{self.text(TextKey.LINES_BY_TEXT)}\n{texts}" if texts else rows

    def every_line(self, at: datetime) -> str:
        """All lines that are open, by phone and by text, each once; empty when none is."""
        return "\n".join(filter(None, (self.phone_lines(at, by_text=False), self.text_lines(at))))

    def text_lines(self, at: datetime) -> str:
        """The text services open at an aware moment, one a row; empty when none is."""
        if self.lines_by_text is None:
            return f"{PLACEHOLDER_MARK}文字で相談できる窓口は、まだ決まっていません。"
        return lines_text(self.lines_by_text, at)
