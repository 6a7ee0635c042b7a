"""Whether the service is for the person who writes (HOK-3.2, TAJ-4, WG-7), told from what they said and nothing else.

Nobody is asked for a proof, and what isn't said counts for them. The answer changes what is said, never whether
somebody is heard: who is at risk is served whoever they are (HOK-8.2, WG-16).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from handoff.domain.profile.access import Eligibility
from handoff.domain.profile.vocabulary import Role, SchoolType


class Standing(StrEnum):
    """How a writer stands to the circle that the service is for."""

    SERVED = "served"
    GUARDIAN = "guardian"
    SCHOOL_STAFF = "school_staff"
    ADULT = "adult"
    OTHER_SCHOOL = "other_school"
    ELSEWHERE = "elsewhere"  # by the place
    OUTSIDE = "outside"  # by something else that they said


#: Where a document names no limit of age, who is of age and tells of no school isn't a pupil.
_OF_AGE: Final = 20
_AFTER_SCHOOL: Final = frozenset({SchoolType.UNIVERSITY, SchoolType.VOCATIONAL})
#: Services for young people as such don't go by the type of school.
_BY_AGE: Final = frozenset({Role.CHILD})


def standing(
    eligible: Eligibility,
    *,
    role: str | None,
    age: int | None,
    grade: str | None,
    school_type: str | None,
    school_name: str | None,
) -> Standing:
    """The standing of a writer.

    Args: role: self, friend, guardian, teacher or None; the others as told, in canonical forms. With guardian and teacher
    they are the child's, who is the one served.
    """
    roles = eligible.roles or ()
    if role == "guardian" and roles and Role.GUARDIAN not in roles:
        return Standing.GUARDIAN
    if role == "teacher" and roles and Role.SCHOOL not in roles:
        return Standing.SCHOOL_STAFF
    if role in ("guardian", "teacher"):
        return Standing.SERVED
    young = age is not None and age < (eligible.age_under or _OF_AGE)
    if school_type in _AFTER_SCHOOL and not (young and _by_age(eligible)):
        return Standing.ADULT
    if role == "friend":
        age = None  # it may be the friend's
    if age is not None and age >= (eligible.age_under or _OF_AGE):
        pupil = grade is not None or school_type not in (None, SchoolType.OTHER)
        if not (pupil and (eligible.older_pupils or eligible.age_under is None)):
            return Standing.ADULT
    if _other_school(eligible, school_type, school_name):
        return Standing.OTHER_SCHOOL
    return Standing.SERVED


def _by_age(eligible: Eligibility) -> bool:
    return eligible.age_under is not None or bool(_BY_AGE & set(eligible.roles or ()))


def _other_school(eligible: Eligibility, school_type: str | None, school_name: str | None) -> bool:
    if school_name and any(school_name.startswith(f"{founder}立") for founder in eligible.excluded_founders or ()):
        return True
    if _by_age(eligible) or not eligible.schools or school_type in (None, SchoolType.OTHER):
        return False
    return school_type not in {group.school_type for group in eligible.schools}
