"""A school, or another body, of the register: what a card's link names and what statements count by (KAG-5, KAG-6.1キ).

Pure. The register holds for each its names, its kind, dated numbers of pupils and up to three contact persons; the words
of its columns and the file it comes in are in ``school_columns`` and ``school_register``, the search in ``school_names``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from handoff.domain.coding import GRADES
from handoff.domain.profile.vocabulary import Founder

#: A school's public code, short enough to be read out: small letters, digits and hyphens.
CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
#: Words that are addresses of their own below ``/report`` and ``/desk/schools`` and so no school's code.
RESERVED: Final = frozenset(
    {
        "answer",
        "mine",
        "keep",
        "send",
        "kept",
        "add",
        "withdraw",
        "evidence",
        "static",
        "away",
        "new",
        "import",
        "export",
        "empty",
    }
)
#: Stands for pupils of no grade that is counted (専攻科, 定時制の4年), or of a school that tells its total alone.
NO_GRADE: Final = ""
MOST_CONTACTS: Final = 3


class SchoolKind(StrEnum):
    """A school, or another body that belongs to the service without being one (若者総合相談センター)."""

    SCHOOL = "school"
    BODY = "body"


class Course(StrEnum):
    """課程."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    CORRESPONDENCE = "correspondence"


class Department(StrEnum):
    """部, of special-needs schools and of schools with two stages."""

    KINDERGARTEN = "kindergarten"
    ELEMENTARY = "elementary"
    JUNIOR_HIGH = "junior_high"
    HIGH = "high"
    ADVANCED = "advanced"
    FIRST_STAGE = "first_stage"
    LATTER_STAGE = "latter_stage"


KIND_NAMES: Final[Mapping[SchoolKind, str]] = {SchoolKind.SCHOOL: "学校", SchoolKind.BODY: "学校ではない機関"}
FOUNDER_NAMES: Final[Mapping[Founder, str]] = {
    Founder.PREFECTURAL: "県立",
    Founder.MUNICIPAL: "市町村立",
    Founder.PRIVATE: "私立",
    Founder.NATIONAL: "国立",
    Founder.PUBLIC: "公立",
}
COURSE_NAMES: Final[Mapping[Course, str]] = {
    Course.FULL_TIME: "全日制",
    Course.PART_TIME: "定時制",
    Course.CORRESPONDENCE: "通信制",
}
DEPARTMENT_NAMES: Final[Mapping[Department, str]] = {
    Department.KINDERGARTEN: "幼稚部",
    Department.ELEMENTARY: "小学部",
    Department.JUNIOR_HIGH: "中学部",
    Department.HIGH: "高等部",
    Department.ADVANCED: "専攻科",
    Department.FIRST_STAGE: "前期課程",
    Department.LATTER_STAGE: "後期課程",
}


@dataclass(frozen=True, slots=True)
class School:
    """One school or other body.

    Attributes: code: of the card's link, no secret; name: the official one; school_type: in the words of the register
    (中学校; その他 for a body); readings: of the official name, in kana; aliases: as people call it; municipality: with its
    市, 町 or 村, empty where unknown; founder: None where unknown; age_from, age_to: whom a body is there for, in whole
    years; retired_on: closed from this day on, kept for what was recorded and offered no more.
    """

    code: str
    name: str
    school_type: str
    kind: SchoolKind = SchoolKind.SCHOOL
    readings: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    municipality: str = ""
    founder: Founder | None = None
    courses: tuple[Course, ...] = ()
    departments: tuple[Department, ...] = ()
    age_from: int | None = None
    age_to: int | None = None
    retired_on: date | None = None

    def is_offered(self, day: date) -> bool:
        """Whether it can be chosen and has cards on this day."""
        return self.retired_on is None or day < self.retired_on


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The pupils of one day. pupils: grade (of ``coding.GRADES``, or NO_GRADE) and number, in the order of the grades."""

    as_of: date
    pupils: tuple[tuple[str, int], ...]

    @classmethod
    def on(cls, as_of: date, pupils: Mapping[str, int]) -> Enrolment:
        """Args: pupils: by grade, in any order."""
        return cls(as_of, tuple((grade, pupils[grade]) for grade in (*GRADES, NO_GRADE) if grade in pupils))

    @property
    def total(self) -> int:
        return sum(number for _grade, number in self.pupils)


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """Whom to call there. duty: what for, such as 生徒指導主事; any of the three may be empty, not all."""

    duty: str = ""
    name: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class SchoolEntry:
    """All that the register holds of one. enrolments: the newest first, one a day; contacts: at most MOST_CONTACTS."""

    school: School
    enrolments: tuple[Enrolment, ...] = ()
    contacts: tuple[ContactPerson, ...] = ()

    def enrolled(self, day: date) -> Enrolment | None:
        """The pupils as they are counted on a day: by the newest date that isn't after it."""
        return next((one for one in self.enrolments if one.as_of <= day), None)


def pupils_by_type(entries: Iterable[SchoolEntry], day: date) -> Mapping[str, tuple[int, int]]:
    """How many schools there are on a day, and how many pupils they have, by type: what usage is counted against."""
    counted: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if entry.school.kind is SchoolKind.SCHOOL and entry.school.is_offered(day):
            enrolment = entry.enrolled(day)
            schools, pupils = counted.get(entry.school.school_type, (0, 0))
            counted[entry.school.school_type] = (schools + 1, pupils + (0 if enrolment is None else enrolment.total))
    return counted


def offered(schools: Iterable[School], day: date) -> list[School]:
    """Those that can be chosen on a day."""
    return [school for school in schools if school.is_offered(day)]


def is_school_code(text: str) -> bool:
    """Whether a text can be a school's code."""
    return CODE.fullmatch(text) is not None and text not in RESERVED


def folded_code(text: str) -> str:
    """A code as it is kept, however wide or large somebody typed it."""
    return unicodedata.normalize("NFKC", text).strip().lower()
