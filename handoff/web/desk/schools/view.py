"""What the register's pages show, made from what the service gives; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from handoff.domain.profile.vocabulary import SchoolType
from handoff.domain.school import (
    COURSE_NAMES,
    DEPARTMENT_NAMES,
    FOUNDER_NAMES,
    KIND_NAMES,
    NO_GRADE,
    Enrolment,
    SchoolEntry,
    SchoolKind,
)
from handoff.domain.school_columns import (
    AGE_FROM,
    AGE_TO,
    ALIASES,
    AS_OF,
    CODE,
    CONTACT_COLUMNS,
    COURSES,
    DEPARTMENTS,
    FOUNDER,
    GRADE_COLUMNS,
    KIND,
    MUNICIPALITY,
    NAME,
    READINGS,
    RETIRED,
    TOTAL,
    TYPE,
    CellFault,
    cells_of,
)
from handoff.domain.school_names import REASON_NAMES, Found
from handoff.domain.school_register import SHOWN_FAULTS, BadLine, Plan, further_lines
from handoff.services.schools.read_register import Register

#: Fields of the form of one school; those of its boxes are joined to cells.
FIELDS: Final = (
    CODE,
    KIND,
    NAME,
    READINGS,
    ALIASES,
    MUNICIPALITY,
    FOUNDER,
    TYPE,
    AGE_FROM,
    AGE_TO,
    *(column for columns in CONTACT_COLUMNS for column in columns),
)
BOXES: Final[Mapping[str, Sequence[str]]] = {
    COURSES: list(COURSE_NAMES.values()),
    DEPARTMENTS: list(DEPARTMENT_NAMES.values()),
}
NUMBERS: Final = (AS_OF, *GRADE_COLUMNS.values(), TOTAL)
#: Schools that a preview names of each sort.
SHOWN: Final = 20

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    KIND: list(KIND_NAMES.values()),
    FOUNDER: ["", *FOUNDER_NAMES.values()],
    TYPE: [str(one) for one in SchoolType],
}
#: What a field is for, under it.
HINTS: Final[Mapping[str, str]] = {
    CODE: "カードのアドレスになります。英小文字・数字・ハイフン。文部科学省の学校コードも使えます。あとから変えられません。",
    READINGS: "ひらがなかカタカナで。いくつかあるときは「、」で区切ります。",
    ALIASES: "子どもや保護者が書く呼び方（第一中、いっちゅう など）。「、」で区切って10個まで。",
    AGE_FROM: "学校ではない機関のときだけ。",
    AGE_TO: "学校ではない機関のときだけ。",
}


def cells_in(form: Mapping[str, str], fields: Iterable[str], boxes: Iterable[str] = ()) -> dict[str, str]:
    """The cells that a form holds."""
    cells = {field: form.get(field, "") for field in fields if field in form}
    for column in boxes:
        cells[column] = "、".join(name for name in BOXES[column] if form.get(f"{column}:{name}"))
    return cells


def faults_of(faults: Iterable[CellFault]) -> Mapping[str, str]:
    """What to mend, by column."""
    texts: dict[str, str] = {}
    for fault in faults:
        texts[fault.column] = f"{texts[fault.column]} {fault.text}" if fault.column in texts else fault.text
    return texts


def listed(entry: SchoolEntry, today: date) -> dict[str, Any]:
    """One row of the list."""
    school, enrolment = entry.school, entry.enrolled(today)
    return {
        "code": school.code,
        "name": school.name,
        "municipality": school.municipality,
        "type": KIND_NAMES[school.kind] if school.kind is SchoolKind.BODY else school.school_type,
        "founder": "" if school.founder is None else FOUNDER_NAMES[school.founder],
        "pupils": None if enrolment is None else f"{enrolment.total:,}",
        "as_of": None if enrolment is None else enrolment.as_of.isoformat(),
        "closed": not school.is_offered(today),
    }


def summary(register: Register) -> list[tuple[str, str, str]]:
    """Schools and pupils by type, and all together, as words."""
    order = {str(one): place for place, one in enumerate(SchoolType)}
    rows = sorted(register.by_type.items(), key=lambda pair: order.get(pair[0], len(order)))
    told = [(kind, f"{schools:,}", f"{pupils:,}") for kind, (schools, pupils) in rows]
    schools = sum(schools for _kind, (schools, _pupils) in rows)
    pupils = sum(pupils for _kind, (_schools, pupils) in rows)
    return [*told, ("合計", f"{schools:,}", f"{pupils:,}")]


def enrolments(entry: SchoolEntry, today: date) -> list[dict[str, Any]]:
    """The numbers by their days, the newest first."""
    counted = entry.enrolled(today)
    return [
        {
            "as_of": one.as_of.isoformat(),
            "total": f"{one.total:,}",
            "grades": [(GRADE_COLUMNS[grade], number) for grade, number in one.pupils],
            "counted": one is counted,
            "ahead": one.as_of > today,
        }
        for one in entry.enrolments
    ]


def grades_for(entry: SchoolEntry) -> list[str]:
    """The columns that a school's form has for pupils: those of its type, and those that were ever used."""
    kinds = {
        SchoolType.ELEMENTARY: "小",
        SchoolType.JUNIOR_HIGH: "中",
        SchoolType.COMPULSORY: "小中",
        SchoolType.HIGH: "高",
        SchoolType.SECONDARY: "中高",
        SchoolType.SPECIAL_NEEDS: "小中高",
        SchoolType.TECHNICAL_COLLEGE: "専",
    }
    wanted = kinds.get(SchoolType(entry.school.school_type), "")
    used = {grade for one in entry.enrolments for grade, _number in one.pupils}

    def fits(grade: str) -> bool:
        return (grade.startswith("高専") and "専" in wanted) or (not grade.startswith("高専") and grade[0] in wanted)

    return [column for grade, column in GRADE_COLUMNS.items() if grade == NO_GRADE or grade in used or fits(grade)]


def preview(plan: Plan, names: Mapping[str, str]) -> dict[str, Any]:
    """What taking a file in would do. Args: names: of the schools that are known, by code."""

    def some(told: Sequence[str]) -> dict[str, Any]:
        return {"count": len(told), "names": told[:SHOWN], "more": max(0, len(told) - SHOWN)}

    return {
        "added": some([one.school.name for one in plan.added]),
        "changed": some([one.school.name for one in plan.changed]),
        "missing": some([names.get(code, code) for code in plan.missing]),
        "same": plan.same,
        "namesakes": plan.namesakes,
        "digest": plan.digest,
        "nothing": not (plan.added or plan.changed),
    }


def bad_lines(faults: Sequence[BadLine]) -> dict[str, Any]:
    """The first of what is wrong, how much more there is, and in which lines."""
    return {
        "count": len(faults),
        "rows": [(one.line or "全体", one.column, one.text) for one in faults[:SHOWN_FAULTS]],
        "more": max(0, len(faults) - SHOWN_FAULTS),
        "further": further_lines(faults),
    }


def candidates_view(found: Found) -> list[dict[str, str]]:
    """Candidates to choose from."""
    return [
        {
            "code": one.school.code,
            "name": one.school.name,
            "place": "　".join(part for part in (one.school.municipality, one.school.school_type) if part),
            "reason": REASON_NAMES[one.reason],
        }
        for one in found.candidates
    ]


def shown_cells(entry: SchoolEntry | None, typed: Mapping[str, str]) -> Mapping[str, str]:
    """What the form's fields hold: what was typed, over what is known."""
    known = {} if entry is None else dict(cells_of(entry))
    for column in (AS_OF, TOTAL, *GRADE_COLUMNS.values(), RETIRED):
        known.pop(column, None)
    return known | dict(typed)


def newest(entry: SchoolEntry) -> Enrolment | None:
    return entry.enrolments[0] if entry.enrolments else None
