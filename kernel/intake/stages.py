"""The canonical school types and grades, and how years of school, types and ages go together."""

from __future__ import annotations

ELEMENTARY = "小学校"
JUNIOR = "中学校"
HIGH = "高校"
COMPULSORY = "義務教育学校"
SECONDARY = "中等教育学校"
SPECIAL = "特別支援学校"
TECHNICAL = "高専"
VOCATIONAL = "専門学校"
UNIVERSITY = "大学"
ELSEWHERE = "その他"

# Types that hold several stages or a count of their own: they stay when a grade says 小, 中 or 高.
SPANNING = frozenset({COMPULSORY, SECONDARY, SPECIAL, TECHNICAL})

_AGE_AT_ENTRY = {"小": 6, "中": 12, "高": 15}
_YEARS = {"小": 6, "中": 3, "高": 3}
_STAGE_TYPE = {"小": ELEMENTARY, "中": JUNIOR, "高": HIGH}
_TYPE_STAGE = {school_type: stage for stage, school_type in _STAGE_TYPE.items()}
_PART_STAGE = {"小": "小", "中": "中", "高": "高", "前": "中", "後": "高"}


def stage_grade(stage: str, year: int) -> str | None:
    """Return the grade of a year of 小, 中 or 高, None where the stage has no such year."""
    return f"{stage}{year}" if 1 <= year <= _YEARS[stage] else None


def grade_of(school_type: str | None, year: int, part: str = "") -> str | None:
    """Return the canonical grade of a year of a school type (中等教育学校 4 → 高1), None where there is no such year.

    Args:
        school_type: one of the canonical types; a special-needs school has no grade without its part.
        year: 1–9.
        part: 小学部, 中学部, 高等部, 前期 or 後期, if one is named.
    """
    if school_type == COMPULSORY:
        junior = part.startswith("後")
        if year > 6:
            return stage_grade("中", year - 6)
        return stage_grade("中" if junior else "小", year)
    if school_type == SECONDARY:
        if year > 3:
            return stage_grade("高", year - 3)
        return stage_grade("高" if part.startswith("後") else "中", year)
    if school_type == TECHNICAL:
        return f"高専{year}" if 1 <= year <= 5 else None
    stage = _PART_STAGE[part[0]] if part else _TYPE_STAGE.get(school_type or "")
    return stage_grade(stage, year) if stage else None


def grade_by_age(year: int, age: int) -> str | None:
    """Return the grade that a bare year means at an age (6年, 12 → 小6); None if none fits."""
    for stage, years in _YEARS.items():
        youngest = _AGE_AT_ENTRY[stage] + year - 1
        if year <= years and youngest <= age <= youngest + 1:
            return f"{stage}{year}"
    return None


def type_of_grade(grade: str) -> str:
    """Return the school type that a grade implies."""
    return TECHNICAL if grade.startswith(TECHNICAL) else _STAGE_TYPE[grade[0]]
