"""The register's columns: what stands in each, and how one school is read from their cells (KAG-5).

Pure. The page and the file have the same fields, so both are read here, and both hear the same words about what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from handoff.domain.coding import GRADES
from handoff.domain.profile.vocabulary import Founder, SchoolType
from handoff.domain.school import (
    COURSE_NAMES,
    DEPARTMENT_NAMES,
    FOUNDER_NAMES,
    KIND_NAMES,
    MOST_CONTACTS,
    NO_GRADE,
    ContactPerson,
    Enrolment,
    School,
    SchoolEntry,
    SchoolKind,
    folded_code,
    is_school_code,
)

CODE, KIND, NAME, READINGS, ALIASES = "コード", "区分", "正式名称", "読み", "別名"
MUNICIPALITY, FOUNDER, TYPE = "市町村", "設置者", "校種"
COURSES, DEPARTMENTS, AGE_FROM, AGE_TO = "課程", "部", "対象年齢から", "対象年齢まで"
AS_OF, OTHER_GRADES, TOTAL, RETIRED = "人数の基準日", "その他の学年", "合計", "閉校日"
#: Column of each grade's pupils, in order; NO_GRADE has one as well.
GRADE_COLUMNS: Final[Mapping[str, str]] = {**{grade: grade for grade in GRADES}, NO_GRADE: OTHER_GRADES}
_PARTS: Final = ("職名", "氏名", "電話")
CONTACT_COLUMNS: Final = tuple(
    tuple(f"連絡先{place}の{part}" for part in _PARTS) for place in range(1, MOST_CONTACTS + 1)
)
COLUMNS: Final = (
    CODE,
    KIND,
    NAME,
    READINGS,
    ALIASES,
    MUNICIPALITY,
    FOUNDER,
    TYPE,
    COURSES,
    DEPARTMENTS,
    AGE_FROM,
    AGE_TO,
    AS_OF,
    *GRADE_COLUMNS.values(),
    TOTAL,
    *(column for columns in CONTACT_COLUMNS for column in columns),
    RETIRED,
)
#: Columns of a file that are looked at: those that it may have, and some that are wrong.
WIDEST: Final = len(COLUMNS) + 20
REQUIRED: Final = (CODE, NAME, TYPE)

LONGEST_NAME: Final = 60
MOST_NAMES: Final = 10
LONGEST_DUTY: Final = 40
#: More pupils than any grade of any school has: a slip of the hand, or a telephone number in the wrong column.
MOST_OF_A_GRADE: Final = 5_000
MOST_WITHOUT_GRADE: Final = 50_000
_YEARS: Final = range(1990, 2101)
_AGES: Final = range(121)

_SEPARATORS: Final = re.compile(r"[、，,;；\n]+")
_UNSEEN: Final = re.compile(r"[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NEGATIVE: Final = re.compile(r"[-−‐–—▲△]\s*([0-9]+(?:\.[0-9]+)?)")
_NUMBER: Final = re.compile(r"([0-9]+)(?:\.0+)?[人名]?", re.ASCII)
_FRACTION: Final = re.compile(r"[0-9]*\.[0-9]+", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{4})(?:[-/.]|年)([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})日?(?: 0?0:00(?::00)?)?", re.ASCII)
_TELEPHONE: Final = re.compile(r"[0-9+()\-#* 内線,]{3,30}")
#: As boards write them; every 市立 and 町立 is one founder here.
_FOUNDERS: Final[Mapping[str, Founder]] = {
    **{name: founder for founder, name in FOUNDER_NAMES.items()},
    **dict.fromkeys(("都立", "道立", "府立", "都道府県立", "県"), Founder.PREFECTURAL),
    **dict.fromkeys(("市立", "町立", "村立", "区立", "組合立", "市", "町", "村", "市区町村立"), Founder.MUNICIPAL),
    "国": Founder.NATIONAL,
}
_TYPES: Final[Mapping[str, SchoolType]] = {
    **{str(one): one for one in SchoolType},
    "高等学校": SchoolType.HIGH,
    "高等専門学校": SchoolType.TECHNICAL_COLLEGE,
    "専修学校": SchoolType.VOCATIONAL,
}
_KINDS: Final[Mapping[str, SchoolKind]] = {
    "": SchoolKind.SCHOOL,
    **{name: kind for kind, name in KIND_NAMES.items()},
    "機関": SchoolKind.BODY,
}


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell, and what to do. column: one of COLUMNS."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One school as cells tell it; what no cell tells stays as it is known.

    Attributes: told: fields of School; enrolment: None where no number was told; contacts: None where they aren't told of.
    """

    code: str
    told: Mapping[str, Any]
    enrolment: Enrolment | None = None
    contacts: tuple[ContactPerson, ...] | None = None

    def onto(self, known: SchoolEntry | None) -> SchoolEntry:
        """The entry as it is with these cells. Numbers replace those of the same day; other days are kept."""
        if known is None:
            school = School(self.code, **self.told)
            return SchoolEntry(school, () if self.enrolment is None else (self.enrolment,), self.contacts or ())
        days = {one.as_of: one for one in known.enrolments}
        if self.enrolment is not None:
            days[self.enrolment.as_of] = self.enrolment
        return SchoolEntry(
            replace(known.school, **self.told),
            tuple(days[day] for day in sorted(days, reverse=True)),
            known.contacts if self.contacts is None else self.contacts,
        )


@dataclass(slots=True)
class _Cells:
    """Reads cells, and collects what is wrong."""

    cells: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)

    def has(self, *columns: str) -> bool:
        return any(column in self.cells for column in columns)

    def text(self, column: str) -> str:
        return clean(self.cells.get(column, ""))

    def plain(self, column: str) -> str:
        """In the letters of a keyboard: no wide digits, no half-wide kana."""
        return unicodedata.normalize("NFKC", self.text(column)).strip()

    def wrong(self, column: str, text: str) -> None:
        self.faults.append(CellFault(column, text))

    def short(self, column: str, longest: int) -> str:
        text = self.text(column)
        if len(text) > longest:
            self.wrong(column, f"長すぎます（{len(text)}文字）。{longest}文字までにしてください。")
        return text[:longest]

    def several(self, column: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(filter(None, map(clean, _SEPARATORS.split(self.cells.get(column, ""))))))
        if len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
            self.wrong(column, f"「、」で区切って{MOST_NAMES}個まで、1つ{LONGEST_NAME}文字までにしてください。")
        return names

    def coded[Code: StrEnum](self, column: str, names: Mapping[Code, str]) -> tuple[Code, ...]:
        codes = {name: code for code, name in names.items()}
        told = self.several(column)
        for name in told:
            if name not in codes:
                self.wrong(column, f"「{name[:20]}」は使えません。{'・'.join(codes)}から選んでください。")
        return tuple(code for code, name in names.items() if name in told)

    def chosen[Code](self, column: str, names: Mapping[str, Code], offered: Sequence[str]) -> Code | None:
        told = self.plain(column)
        if told not in names:
            what = f"「{told[:20]}」は使えません。" if told else "空いています。"
            self.wrong(column, f"{what}{'・'.join(offered)}から選んでください。")
        return names.get(told)

    def number(self, column: str, most: int) -> int | None:
        """A whole number, None where the cell is empty."""
        told = self.plain(column).replace(",", "")
        if not told:
            return None
        if _NEGATIVE.fullmatch(told):
            self.wrong(column, f"「{told[:20]}」は負の数です。0以上の数を入れてください。")
        elif _FRACTION.fullmatch(told) and not _NUMBER.fullmatch(told):
            self.wrong(column, f"「{told[:20]}」は小数です。整数を入れてください。")
        elif (found := _NUMBER.fullmatch(told)) is None:
            self.wrong(column, f"「{told[:20]}」は数ではありません。数字だけを入れてください。")
        elif len(found[1]) > 9 or int(found[1]) > most:
            self.wrong(column, f"「{told[:20]}」は多すぎます。{most:,}までの数を入れてください。")
        else:
            return int(found[1])
        return None

    def day(self, column: str) -> date | None:
        told = self.plain(column)
        if not told:
            return None
        found = _DAY.fullmatch(told)
        try:
            day = date(*map(int, found.groups())) if found is not None else None
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            self.wrong(column, f"「{told[:20]}」は日にちとして読めません。「2026-05-01」の形で入れてください。")
            return None
        return day


def clean(text: str) -> str:
    """A cell's text as it is kept: one line, without what no eye sees."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def read_entry(cells: Mapping[str, str]) -> tuple[Draft, tuple[CellFault, ...]]:
    """One school from its cells, by column, and what is wrong with them.

    A column that isn't there says nothing; an empty cell says that there is none. Where something is wrong the draft is
    of no use.
    """
    read = _Cells(cells)
    code = folded_code(read.text(CODE))
    if not is_school_code(code):
        what = f"「{code[:40]}」は使えません。" if code else "空いています。"
        read.wrong(CODE, f"{what}英小文字と数字とハイフンで、32文字までにしてください。")
    told = _names(read)
    if read.has(COURSES):
        told["courses"] = read.coded(COURSES, COURSE_NAMES)
    if read.has(DEPARTMENTS):
        told["departments"] = read.coded(DEPARTMENTS, DEPARTMENT_NAMES)
    for column, name in ((AGE_FROM, "age_from"), (AGE_TO, "age_to")):
        if read.has(column):
            told[name] = read.number(column, _AGES.stop - 1)
    youngest, oldest = told.get("age_from"), told.get("age_to")
    if youngest is not None and oldest is not None and oldest < youngest:
        read.wrong(AGE_TO, "「対象年齢から」より小さい数です。逆になっていないか、確かめてください。")
    if read.has(RETIRED):
        told["retired_on"] = read.day(RETIRED)
    enrolment, contacts = _enrolment(read), _contacts(read)
    return Draft(code, told, enrolment, contacts), tuple(read.faults)


def _names(read: _Cells) -> dict[str, Any]:
    told: dict[str, Any] = {"name": read.short(NAME, LONGEST_NAME)}
    if not told["name"]:
        read.wrong(NAME, "空いています。学校の正式な名前を入れてください。")
    if read.has(KIND):
        told["kind"] = read.chosen(KIND, _KINDS, list(KIND_NAMES.values())) or SchoolKind.SCHOOL
    if told.get("kind") is SchoolKind.BODY and not read.text(TYPE):
        told["school_type"] = str(SchoolType.OTHER)
    else:
        told["school_type"] = str(read.chosen(TYPE, _TYPES, list(SchoolType)))
    for column, name in ((READINGS, "readings"), (ALIASES, "aliases")):
        if read.has(column):
            told[name] = read.several(column)
    if read.has(MUNICIPALITY):
        told["municipality"] = read.short(MUNICIPALITY, LONGEST_NAME)
    if read.has(FOUNDER):
        told["founder"] = read.chosen(FOUNDER, _FOUNDERS, list(FOUNDER_NAMES.values())) if read.text(FOUNDER) else None
    return told


def _enrolment(read: _Cells) -> Enrolment | None:
    told = {
        grade: read.number(column, MOST_OF_A_GRADE if grade else MOST_WITHOUT_GRADE)
        for grade, column in GRADE_COLUMNS.items()
    }
    wrong = any(fault.column in GRADE_COLUMNS.values() for fault in read.faults)
    pupils = {grade: number for grade, number in told.items() if number is not None}
    total = read.number(TOTAL, MOST_WITHOUT_GRADE)
    if total is not None and not pupils and not wrong:
        pupils = {NO_GRADE: total}
    elif total is not None and not wrong and total != sum(pupils.values()):
        read.wrong(TOTAL, f"学年ごとの数を足すと{sum(pupils.values()):,}人です。どちらかを直してください。")
    before = len(read.faults)
    as_of = read.day(AS_OF)
    if pupils and as_of is None and len(read.faults) == before:
        read.wrong(AS_OF, "人数を入れたときは、いつの人数かを「2026-05-01」の形で入れてください。")
    if as_of is not None and not pupils and not wrong:
        read.wrong(AS_OF, "人数が入っていません。人数を入れるか、基準日を空けてください。")
    return None if as_of is None or not pupils else Enrolment.on(as_of, pupils)


def _contacts(read: _Cells) -> tuple[ContactPerson, ...] | None:
    if not read.has(*(column for columns in CONTACT_COLUMNS for column in columns)):
        return None
    found = []
    for duty, name, telephone in CONTACT_COLUMNS:
        number = read.plain(telephone)
        if number and not _TELEPHONE.fullmatch(number):
            read.wrong(telephone, "電話番号として読めません。数字とハイフンで、30文字までにしてください。")
        person = ContactPerson(read.short(duty, LONGEST_DUTY), read.short(name, LONGEST_DUTY), number)
        if person != ContactPerson():
            found.append(person)
    return tuple(found)


def cells_of(entry: SchoolEntry) -> Mapping[str, str]:
    """An entry as its cells, by column: what ``read_entry`` reads as the same. Of its numbers the newest."""
    school = entry.school
    cells = {
        CODE: school.code,
        KIND: KIND_NAMES[school.kind],
        NAME: school.name,
        READINGS: "、".join(school.readings),
        ALIASES: "、".join(school.aliases),
        MUNICIPALITY: school.municipality,
        FOUNDER: "" if school.founder is None else FOUNDER_NAMES[school.founder],
        TYPE: school.school_type,
        COURSES: "、".join(COURSE_NAMES[one] for one in school.courses),
        DEPARTMENTS: "、".join(DEPARTMENT_NAMES[one] for one in school.departments),
        AGE_FROM: "" if school.age_from is None else str(school.age_from),
        AGE_TO: "" if school.age_to is None else str(school.age_to),
        RETIRED: "" if school.retired_on is None else school.retired_on.isoformat(),
    }
    if entry.enrolments:
        newest = entry.enrolments[0]
        cells |= {AS_OF: newest.as_of.isoformat(), TOTAL: str(newest.total)}
        cells |= {GRADE_COLUMNS[grade]: str(number) for grade, number in newest.pupils}
    for columns, person in zip(CONTACT_COLUMNS, entry.contacts, strict=False):
        cells |= dict(zip(columns, (person.duty, person.name, person.telephone), strict=True))
    return cells
