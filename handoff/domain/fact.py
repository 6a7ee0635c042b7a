"""The fact (統計記録): the de-identified row of a session that outlives the disposal of its words (KAG-6.1キ, KAG-8.4).

Nothing in it leads back to a person: no id of a session or contact, no name, no exact moment, no exact span. A session's
fact is found from the session by a keyed hash, and from a fact nothing is found. Moments are the day and the hour of the
first message; what came later is told by how long it took, on a ladder of steps, so that no span is one session's own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.coding import Outcome, SheetKind, ToldState, TopicCode, Writer
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, Founder, ReportingClass
from handoff.domain.session import Level

#: So many pupils at the least in the grade of a school, or of all schools of its type in its area, before a fact names it:
#: of fewer one could guess who it was.
FEWEST: Final = 20
#: Minutes to which spans are brought; all bounds of the statements are among them (対応時間別, KAG-6.1キ).
SPANS: Final = (0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 75, 90, 105, 120, 180, 240, 480, 720, 1440, 2880, 10080)
#: The same for exchanges.
EXCHANGES: Final = (*range(11), 15, 20, 30, 40, 50, 75, 100, 150, 200)
_APRIL: Final = 4

#: When the first message came, by the profile's hours.
Hours = HoursStatus


class Concerned(StrEnum):
    """Whom it is about, seen from who wrote."""

    SELF = "self"
    OTHER_PUPIL = "other_pupil"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """The three taps (WG-18), each None where it wasn't answered; the words stay with the session."""

    heard: str | None = None
    ease: str | None = None
    again: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody goes to school, as far as a fact says it.

    Attributes: school_type: one of ``SchoolType``, or of ``ToldState`` where it isn't known; area: municipality.
    """

    school_type: str = ToldState.NOT_ASKED
    school_code: str | None = None
    founder: Founder | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One session as it is counted.

    Attributes: id: random; version: grows with each correction, the highest counts; coding_version: of the topics;
    test: of a drill, in no count; user_key: the same for one contact within a fiscal year and unlike any key of another
    year; day, hour: of the first message, in Japan; place: see ``kept_place``; grade, gender: canonical, or one of
    ``ToldState`` where it isn't known; *_after: seconds after the first message, None where it never came; waited: seconds
    in the queue until a person took it; worked: seconds of talk from then to its last line. Spans are brought down to
    ``SPANS``, waited up to it, so that it never looks shorter than it was. exchanges: how often a person's lines followed
    the student's, brought down to ``EXCHANGES``; closed_reason: a code; survey: None where nobody was asked.
    """

    id: UUID
    version: int
    coding_version: int
    profile: str
    kind: SheetKind
    channel: Channel
    day: date
    hour: int
    hours: Hours
    user_key: bytes
    test: bool = False
    place: Place = Place()
    grade: str = ToldState.NOT_ASKED
    gender: str = ToldState.NOT_ASKED
    writer: Writer = Writer.UNKNOWN
    concerned: Concerned = Concerned.UNKNOWN
    primary: TopicCode | None = None
    secondaries: tuple[TopicCode, ...] = ()
    level: Level | None = None
    reporting_class: ReportingClass | None = None
    outcome: Outcome = Outcome.NO_RESPONSE
    accepted_after: int | None = None
    first_human_after: int | None = None
    last_human_after: int | None = None
    closed_after: int | None = None
    waited: int | None = None
    worked: int | None = None
    closed_reason: str = ""
    exchanges: int = 0
    agencies: tuple[Agency, ...] = ()
    call_transfer: bool = False
    survey: SurveyAnswers | None = None

    def says_the_same(self, other: Fact) -> bool:
        """Whether two versions differ in nothing but their ids and numbers."""
        return replace(self, id=other.id, version=other.version) == other


def stepped(span: timedelta) -> int:
    """A span brought down to the ladder, in seconds; one below nothing is nothing."""
    return SPANS[max(bisect_right(SPANS, span / timedelta(minutes=1)) - 1, 0)] * 60


def stepped_up(span: timedelta) -> int:
    """A span brought up to the ladder, in seconds; beyond its end it is its end."""
    return SPANS[min(bisect_left(SPANS, span / timedelta(minutes=1)), len(SPANS) - 1)] * 60


def stepped_count(count: int, ladder: Sequence[int] = EXCHANGES) -> int:
    """A number brought down to a ladder."""
    return ladder[max(bisect_right(ladder, count) - 1, 0)]


def fiscal_year(day: date) -> int:
    """The year (年度) of a day: it begins in April."""
    return day.year - (day.month < _APRIL)


def kept_place(place: Place, pupils: int | None, around: int | None) -> Place:
    """What of a place a fact may keep, so that school, grade and gender together don't point at one child.

    Args: pupils: in the grade of that school by its newest enrolment, in the whole school where the grade isn't known;
    around: the same in all schools of its type in its area. None: nobody counted them, and then it isn't kept.
    """
    if pupils is not None and pupils >= FEWEST:
        return place
    place = replace(place, school_code=None)
    if around is not None and around >= FEWEST:
        return place
    return Place(place.school_type)
