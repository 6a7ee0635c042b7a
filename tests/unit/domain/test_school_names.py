"""What a few words may mean: candidates with a reason, never one chosen (KAG-6.1キ)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.domain.school import School, offered
from handoff.domain.school_names import SHOWN, Reason, candidates
from tests.support.registers import whole


def school(code: str, name: str, kind: str = "中学校", place: str = "", reading: str = "", *aliases: str) -> School:
    return School(code, name, kind, municipality=place, readings=(reading,) if reading else (), aliases=aliases)


SCHOOLS = [
    school("a1", "みなも市立第一中学校", "中学校", "みなも市", "みなもしりつだいいちちゅうがっこう", "一中"),
    school("b1", "こだま町立第一中学校", "中学校", "こだま町", "こだまちょうりつだいいちちゅうがっこう"),
    school("b2", "こだま町立第十二中学校", "中学校", "こだま町"),
    school("a3", "みなも市立港中学校", "中学校", "みなも市", "みなもしりつみなとちゅうがっこう"),
    school("a4", "みなも市立港小学校", "小学校", "みなも市", "みなもしりつみなとしょうがっこう"),
    school("h1", "県立みなも第一高等学校", "高校", "みなも市", "けんりつみなもだいいちこうとうがっこう", "みなも一高"),
    school("h2", "若草学園高等学校", "高校", "こだま町", "わかくさがくえんこうとうがっこう", "若草学園"),
    school("e1", "こだま町立塩ヶ浜小学校", "小学校", "こだま町", "こだまちょうりつしおがはましょうがっこう"),
    school("s1", "県立みなも特別支援学校", "特別支援学校", "みなも市"),
]
CODES = [one.code for one in SCHOOLS]


def found(text: str, **told: Any) -> list[str]:
    return [one.school.code for one in candidates(text, SCHOOLS, **told).candidates]


@pytest.mark.parametrize(
    "text",
    [
        "第一中",
        "第一中学校",
        "第１中",
        "第1中学",
        "1中",
        "いっちゅう",
        "イッチュー",
        "だいいちちゅう",
        "第一中学",
        "「第一中」",
    ],
)
def test_the_ways_in_which_pupils_write_a_numbered_school(text: str) -> None:
    assert set(found(text)) == {"a1", "b1"}, "both towns have one, and neither is chosen"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("みなも市立第一中学校", ["a1"]),
        ("みなも市の第一中", ["a1"]),
        ("みなも第一中学校", ["a1"]),
        ("こだま町 1中", ["b1"]),
        ("第12中", ["b2"]),
        ("第十二中学校", ["b2"]),
        ("港中", ["a3"]),
        ("みなとちゅう", ["a3"]),
        ("ﾐﾅﾄ中学校", ["a3"]),
        ("みなと", ["a4", "a3"]),
        ("若草", ["h2"]),
        ("若草学園", ["h2"]),
        ("若草学園高校", ["h2"]),
        ("みなも一高", ["h1"]),
        ("塩が浜小", ["e1"]),
        ("塩ケ浜小学校", ["e1"]),
        ("しおがはま小", ["e1"]),
        ("みなも支援学校", ["s1"]),
        ("みなも特支", ["s1"]),
        ("わかくさがくえん", ["h2"]),
        ("わかぐさがくえん高校", ["h2"]),
        ("", []),
        ("。。。", []),
        ("ない学校", []),
        ("第二中", []),
    ],
)
def test_what_is_written_and_what_it_may_mean(text: str, codes: list[str]) -> None:
    assert sorted(found(text)) == sorted(codes)


def test_exact_names_come_first_and_say_why() -> None:
    first, second = candidates("一中", SCHOOLS).candidates
    assert (first.school.code, first.reason, second.reason) == ("a1", Reason.ALIAS, Reason.SHORT)
    (only,) = candidates("こだま町立第一中学校", SCHOOLS).candidates
    assert only.reason is Reason.OFFICIAL
    assert [one.reason for one in candidates("みなと中", SCHOOLS).candidates] == [Reason.READING]
    assert {one.reason for one in candidates("わかぐさがくえん高校", SCHOOLS).candidates} == {Reason.ALIKE}


def test_a_type_and_a_place_narrow_and_never_hide_the_only_one() -> None:
    assert found("第一中", municipality="こだま町") == ["b1"]
    assert found("第一中", municipality="こだま") == ["b1"]
    assert found("みなと", school_type="小学校") == ["a4"]
    assert found("港中", school_type="小学校") == ["a3"], "the type may be the slip"
    assert found("港中", municipality="こだま町") == ["a3"], "and so may the place"


def test_of_many_the_first_are_shown_and_all_are_counted() -> None:
    prefecture = [draft.onto(None).school for draft in whole().drafts]
    many = candidates("第一中", prefecture, school_type="中学校")
    assert (len(many.candidates), many.count) == (SHOWN, 20)
    (one,) = candidates("汐ノ浦市の第一中", prefecture).candidates
    assert one.school.municipality == "汐ノ浦市"


def test_every_school_of_the_demo_is_found_by_each_of_its_names() -> None:
    prefecture = [draft.onto(None).school for draft in whole().drafts]
    for one in prefecture[::7]:
        for name in (one.name, *one.aliases, *one.readings):
            near = candidates(name, prefecture, municipality=one.municipality)
            assert one.code in {near.school.code for near in near.candidates}, name


PREFECTURE = [draft.onto(None).school for draft in whole().drafts]
DAY = date(2026, 11, 20)
#: Pieces of names, so that what is drawn is near to schools and not noise alone.
PIECES = st.lists(
    st.sampled_from(
        [*"第一二三1２中小高立の 東西南北浜ー・", "学校", "中学校", "高等学校", "いっちゅう", "みなと", "市立", "県立"]
        + sorted({one.municipality for one in PREFECTURE} | {one.name for one in PREFECTURE[::9]})
    ),
    max_size=5,
).map("".join)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=80), PIECES), st.randoms(use_true_random=False), st.sampled_from(PREFECTURE))
def test_what_is_found_is_open_in_the_same_order_and_official_names_come_first(
    text: str, chance: random.Random, told: School
) -> None:
    """Whatever is told besides; the one told on a slip of paper may be in another town, and closed."""
    closed = {one.code for one in chance.sample(PREFECTURE, 100)}
    schools = [replace(one, retired_on=DAY) if one.code in closed else one for one in PREFECTURE]
    besides: dict[str, Any] = {"school_type": told.school_type, "municipality": told.municipality}
    found = candidates(text, offered(schools, DAY), **besides)
    assert not closed & {one.school.code for one in found.candidates}
    reasons = [one.reason for one in found.candidates]
    assert reasons == sorted(reasons)
    chance.shuffle(schools)
    assert candidates(text, offered(schools, DAY), **besides) == found
    named = candidates(PREFECTURE[len(text)].name, offered(PREFECTURE, DAY), **besides)
    assert named.candidates[0].reason is Reason.OFFICIAL and named.candidates[0].school == PREFECTURE[len(text)]


def test_an_official_name_is_never_narrowed_away() -> None:
    """Another town's school of the same short name doesn't hide the one whose whole name was written."""
    both = [
        school("x1", "みなと中学校", "中学校", "うみの市"),
        school("x2", "みなと市立第三中学校", "中学校", "みなと市", "", "みなと中学校"),
    ]
    assert [one.school.code for one in candidates("みなと中学校", both).candidates] == ["x1", "x2"]
    assert [one.school.code for one in candidates("みなと中学校", both, municipality="みなと市").candidates] == [
        "x1",
        "x2",
    ]


@given(st.text(max_size=80), st.text(max_size=20))
def test_whatever_is_written_there_are_candidates_or_none(text: str, place: str) -> None:
    told = candidates(text, SCHOOLS, municipality=place)
    assert told.count >= len(told.candidates) and {one.school.code for one in told.candidates} <= set(CODES)
