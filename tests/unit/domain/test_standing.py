"""Whom the service is for, profile by profile (HOK-3.2, HOK-8.2, KAG-5, TAJ-4, HYO-4.1①)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.profiles import load_profile
from handoff.domain.profile.access import Eligibility
from handoff.domain.profile.standing import Standing, standing

PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles"
ELIGIBLE = {
    name: load_profile(PROFILES / f"{name}.yml").eligible
    for name in ("demo", "hokkaido", "kagoshima", "tajimi", "hyogo")
}
NOTHING: dict[str, Any] = dict.fromkeys(("role", "age", "grade", "school_type", "school_name"))


@pytest.mark.parametrize(
    ("profile", "told", "expected"),
    [
        ("hokkaido", {"role": "guardian"}, Standing.GUARDIAN),
        ("demo", {"role": "guardian"}, Standing.SERVED),
        ("tajimi", {"role": "guardian"}, Standing.SERVED),
        ("kagoshima", {"role": "guardian"}, Standing.GUARDIAN),
        ("demo", {"role": "teacher"}, Standing.SCHOOL_STAFF),
        ("hyogo", {"role": "teacher"}, Standing.SERVED),
        ("demo", {"school_type": "大学"}, Standing.ADULT),
        ("demo", {"age": 25}, Standing.ADULT),
        ("hokkaido", {"age": 25}, Standing.ADULT),
        ("tajimi", {"age": 18, "grade": "高3", "school_type": "高校"}, Standing.SERVED),
        ("tajimi", {"age": 18}, Standing.ADULT),
        ("tajimi", {"age": 19, "school_type": "その他"}, Standing.ADULT),
        ("tajimi", {"age": 17, "school_type": "その他"}, Standing.SERVED),
        ("hokkaido", {"grade": "小5", "school_type": "小学校"}, Standing.OTHER_SCHOOL),
        ("kagoshima", {"school_type": "小学校"}, Standing.OTHER_SCHOOL),
        ("demo", {"school_type": "高専"}, Standing.SERVED),
        ("hokkaido", {"school_type": "中学校", "school_name": "札幌市立中央中"}, Standing.OTHER_SCHOOL),
        ("hokkaido", {"school_type": "中学校", "school_name": "札幌中央中"}, Standing.SERVED),
        ("hokkaido", {"grade": "中2", "school_type": "中学校"}, Standing.SERVED),
        ("hokkaido", {"age": 19, "grade": "高4", "school_type": "高校"}, Standing.SERVED),
    ],
)
def test_by_profile(profile: str, told: dict[str, Any], expected: Standing) -> None:
    assert standing(ELIGIBLE[profile], **{**NOTHING, **told}) is expected


@pytest.mark.parametrize("profile", list(ELIGIBLE))
def test_what_is_not_said_counts_for_them(profile: str) -> None:
    assert standing(ELIGIBLE[profile], **NOTHING) is Standing.SERVED
    assert standing(ELIGIBLE[profile], **{**NOTHING, "role": "friend"}) is Standing.SERVED


@given(
    st.sampled_from(sorted(ELIGIBLE)),
    st.sampled_from(["self", "friend", None]),
    st.integers(12, 17),
    st.sampled_from(["中学校", "高校", None]),
)
def test_no_pupil_of_age_for_the_service_is_pointed_on(
    profile: str, role: str | None, age: int, school: str | None
) -> None:
    told = {**NOTHING, "role": role, "age": age, "school_type": school}
    assert standing(ELIGIBLE[profile], **told) is Standing.SERVED


def test_a_silent_profile_serves_everybody_but_adults() -> None:
    assert standing(Eligibility(), **{**NOTHING, "role": "guardian"}) is Standing.SERVED
    assert standing(Eligibility(), **{**NOTHING, "school_type": "小学校"}) is Standing.SERVED
    assert standing(Eligibility(), **{**NOTHING, "age": 40}) is Standing.ADULT
