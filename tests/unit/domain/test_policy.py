"""The policy's texts and versions: true for every profile, short enough for a child, nothing promised (HOK-8.1, WG-10, TAJ-6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.profiles import load_profile
from handoff.domain.errors import InputRefused
from handoff.domain.furigana import unread, with_readings
from handoff.domain.policy import (
    LONGEST_NOTE,
    LONGEST_SHORT,
    LONGEST_WORDS,
    BoardWords,
    Page,
    PolicyText,
    PolicyVersion,
    Section,
    check_publication,
    differences,
    in_force,
)
from handoff.domain.policy_text import policy_text
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import NonurgentDisclosure
from handoff.domain.profile_in_words import version_for
from handoff.domain.wording_rules import must_nots
from handoff.settings import ROOT

PROFILES = ("demo", "hokkaido", "hyogo", "kagoshima", "tajimi")
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
#: Words of offices and law that no twelve-year-old reads in a minute.
HARD = [
    "利用規約",
    "免責",
    "遵守",
    "運用",
    "事業",
    "委託",
    "該当",
    "措置",
    "所定",
    "及び",
    "並びに",
    "業務",
    "個人情報",
    "情報セキュリティ",
    "開示",
    "提供",
    "関係機関",
    "匿名",
]


@cache
def profile(name: str) -> Profile:
    return load_profile(ROOT / "data" / "profiles" / f"{name}.yml")


def text_of(name: str, words: BoardWords = BoardWords()) -> PolicyText:  # noqa: B008 - frozen
    return policy_text(profile(name), words, TODAY)


def changed(name: str, **parts: Mapping[str, Any]) -> Profile:
    """A profile with some values of its parts changed."""
    base = profile(name)
    update = {
        part: type(getattr(base, part)).model_validate(getattr(base, part).model_dump() | values)
        for part, values in parts.items()
    }
    return base.model_copy(update=update)


def all_rows(text: PolicyText) -> str:
    return "\n".join(row for page in Page for row in text.rows(page))


@pytest.mark.parametrize("name", PROFILES)
def test_a_twelve_year_old_reads_the_short_page_in_a_minute(name: str) -> None:
    text = text_of(name)
    assert 150 < text.length(Page.SHORT) <= LONGEST_SHORT
    rows = "\n".join(text.rows(Page.SHORT)).replace(profile(name).service_name, "")
    assert unread(rows) == frozenset(), "every kanji of ours has its reading"
    assert [word for word in HARD if word in rows] == []
    longest = max(len(sentence) for sentence in rows.replace("。", "。\n").splitlines())
    assert longest <= 60, "no sentence that loses its reader"
    assert "110" in rows and "119" in rows and profile(name).disclosure_notice() in rows


@pytest.mark.parametrize("name", PROFILES)
def test_no_page_promises_what_nobody_can_keep(name: str) -> None:
    text, one = text_of(name), profile(name)
    assert [row for page in Page for row in text.rows(page) if must_nots(row)] == []
    rows = all_rows(text)
    for promise in ("絶対", "必ず", "匿名", "24時間いつでも返事", "全世界", "許諾"):
        assert promise not in rows, "TAJ-6(6) claims no counselling; LINE isn't anonymous"
    assert ("IDがこちらに残り" in rows) == one.channels.line.offered
    assert ("LINEでは" in rows) == one.channels.line.offered
    for said in ("緊急の窓口ではありません", "前もって知らせずに変わる", "SNSなどにのせない", "故障"):
        assert said in rows, "TAJ-N6, TAJ-N7, TAJ-6(8)"
    if one.on_call.who is None:
        assert "当番の人" not in rows, "nobody is named to read at night (KAG-4.2)"
    if any(getattr(one.retention_days, kind) is None for kind in type(one.retention_days).model_fields):
        assert "まだ決まっていません" in "\n".join(text.rows(Page.PRIVACY))
    if one.conduct.prohibited is None:
        assert "次のことは、しないでください" not in rows


CHANGES: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("session", {"soft_limit_minutes": 45}, "45分をめやす"),
    ("session", {"silence_close_minutes": 25}, "25分のあいだ"),
    ("session", {"hard_end": "none"}, ""),
    ("disclosure", {"nonurgent": "when_needed"}, "教育委員会や学校が知って対応したほうがよいとき"),
    ("disclosure", {"identify_user": None}, ""),
    ("disclosure", {"legal_duty": ["child_welfare_act"]}, ""),
    ("media", {"counsellor_window": False}, ""),
    ("media", {"consultation": {"image": "accept"}}, "文字のほかに、写真を送れます"),
    ("conduct", {"sanctions": ["block", "delete_account"]}, "アカウントを消すこと"),
    ("conduct", {"prohibited": None}, ""),
    ("desk", {"approve_trainees": False}, ""),
    ("on_call", {"who": None}, "知らせをだれが受けるかは、まだ決まっていません"),
    ("trace", {"keep": [], "days": None}, "つないだ場所の記録は残しません"),
    ("retention_days", {"transcript": 77}, "相談の記録：77日"),
    ("enquiry", {"url": "https://board.example.jp/ask"}, "https://board.example.jp/ask"),
    ("eligible", {"age_under": 16}, "16歳より下"),
    ("channels", {"line": {"use": "not_offered"}}, ""),
    ("statements", {"monthly": None}, ""),
)  # fmt: skip


@pytest.mark.parametrize(("part", "values", "says"), CHANGES, ids=[f"{part}-{next(iter(v))}" for part, v, _ in CHANGES])
def test_what_the_profile_changes_the_text_changes(part: str, values: Mapping[str, Any], says: str) -> None:
    before, after = text_of("demo"), policy_text(changed("demo", **{part: values}), BoardWords(), TODAY)
    assert differences(before, after), "a version that is older than the setting shows it"
    assert before.fingerprint != after.fingerprint
    assert says in all_rows(after) and (not says or says not in all_rows(before))


@pytest.mark.parametrize("name", PROFILES)
def test_what_the_pages_say_is_what_the_service_does(name: str) -> None:
    text, one = text_of(name), profile(name)
    privacy, short = "\n".join(text.rows(Page.PRIVACY)), "\n".join(text.rows(Page.SHORT))
    assert "数にして、窓口をよくするため" in privacy, "everything is counted, also where no report is made of it"
    assert "児童虐待防止法6条" in privacy and "連絡がどれかは" not in privacy, "a law isn't for a board to decide"
    assert ("LINEの会社" in privacy) == one.channels.line.offered
    decided = any(days for _, days in one.retention_days)
    assert ("過ぎたものは、消します" in privacy) == decided, (
        "what has its days is disposed of; what hasn't isn't promised"
    )
    if one.trace.keep is None and one.channels.web.offered:
        assert "決まるまでは、つないだ場所の記録を残しません" in privacy, "as the chat's own page says"
    today = version_for(one.hours, TODAY)
    assert ("休みの日もあります" in short) == bool(today and today.closed), "「毎日」 alone would be untrue at New Year"


def test_hours_that_are_to_come_say_from_when() -> None:
    (version,) = profile("demo").hours.versions
    now = version.model_copy(update={"valid_to": date(2026, 11, 30)})
    week = {day: ({"start": "09:00", "end": "12:00"},) for day in ("mon", "tue")}
    empty = dict.fromkeys(("wed", "thu", "fri", "sat", "sun"), ())
    later = type(version).model_validate(version.model_dump() | empty | week | {"valid_from": date(2026, 12, 1)})
    one = profile("demo").model_copy(
        update={"hours": profile("demo").hours.model_copy(update={"versions": (now, later)})}
    )
    text = policy_text(one, BoardWords(), TODAY)
    assert "2026年12月1日から、月曜日・火曜日 09:00から12:00まで" in text.rows(Page.FULL)
    assert "09:00" not in "".join(text.rows(Page.SHORT)), "the minute's page says what holds now"
    future = one.model_copy(update={"hours": one.hours.model_copy(update={"versions": (later,)})})
    assert "2026年12月1日から、月曜日" in "".join(policy_text(future, BoardWords(), TODAY).rows(Page.SHORT))


@given(st.sampled_from([None, *NonurgentDisclosure]), st.booleans() | st.none(), st.booleans())
def test_secrecy_is_never_told_better_than_it_is(nonurgent: str | None, identify: bool | None, told: bool) -> None:
    to = ["school"] if told or nonurgent == NonurgentDisclosure.WHEN_NEEDED else None
    one = changed("demo", disclosure={"nonurgent": nonurgent, "nonurgent_to": to, "identify_user": identify})
    rows = all_rows(policy_text(one, BoardWords(), TODAY))
    assert ("了解なしに学校や家族に伝えることはしません" in rows) == (nonurgent in ("on_wish", "with_consent"))
    assert ("こちらから調べることはしません" in rows) == (identify is False)
    assert "命や体の危険があるとき" in rows and "法律で決まっている" in rows


def test_the_boards_own_words_stand_on_their_pages_and_nowhere_else() -> None:
    words = BoardWords(short="  夏休みも開いています。 ", full="一つ目。\n\n二つ目。", privacy="").checked()
    text = text_of("demo", words)
    assert text.rows(Page.SHORT)[-1] == "夏休みも開いています。"
    assert text.full[-1] == Section("この窓口からのお知らせ", ("一つ目。", "二つ目。"))
    assert text.privacy == text_of("demo").privacy
    for page, longest in LONGEST_WORDS.items():
        with pytest.raises(InputRefused, match=page):
            BoardWords(**{page: "あ" * (longest + 1)}).checked()
    with pytest.raises(InputRefused, match="full"):
        BoardWords(full="絶対に秘密を守ります。").checked()


def test_readings_stand_beside_the_kanji_alone() -> None:
    assert list(with_readings("話せる人に")) == [("話", "はな"), ("せる", ""), ("人に", "")]
    assert list(with_readings("気になる")) == [("気", "き"), ("になる", "")]
    assert unread("話せる") == frozenset() and unread("憂鬱") == {"憂", "鬱"}


@given(st.text("話せる相談員と気になること、", max_size=30))
def test_readings_lose_no_letter(text: str) -> None:
    assert "".join(part for part, _ in with_readings(text)) == text


# --- versions ---------------------------------------------------------------------------------------------------------


def version(number: int, holds_from: datetime) -> PolicyVersion:
    text = text_of("demo")
    return PolicyVersion(uuid4(), "demo", number, text, holds_from, "", "課長", TODAY, uuid4(), NOW)


def test_the_version_that_began_last_holds() -> None:
    old, corrected, coming = version(1, NOW), version(2, NOW), version(3, NOW + timedelta(days=1))
    assert in_force([], NOW) is None
    assert in_force([old, corrected, coming], NOW - timedelta(seconds=1)) is None
    assert in_force([coming, old, corrected], NOW) == corrected, "of two from the same moment the newer one"
    assert in_force([old, corrected, coming], NOW + timedelta(days=1)) == coming


PUBLISHED: Mapping[str, Any] = {
    "note": "時間が変わりました。", "approved_by": "課長", "approved_on": TODAY, "holds_from": NOW, "now": NOW, "first": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"note": ""}, "note"),
        ({"note": "あ" * (LONGEST_NOTE + 1)}, "note"),
        ({"note": "順番が早くなりました。"}, "note"),
        ({"approved_by": ""}, "approved_by"),
        ({"approved_by": "あ" * 101}, "approved_by"),
        ({"approved_on": TODAY + timedelta(days=1)}, "approved_on"),
        ({"holds_from": NOW - timedelta(minutes=1)}, "holds_from"),
        ({"holds_from": NOW + timedelta(days=181)}, "holds_from"),
        ({"text": text_of("demo", BoardWords(short="あ" * 120))}, "short"),
        ({"text": text_of("hokkaido")}, "text"),
    ],
)
def test_what_keeps_a_version_from_being_published(values: Mapping[str, Any], field: str) -> None:
    told = {**PUBLISHED, "text": text_of("demo")}
    check_publication(**told)
    check_publication(**{**told, "first": True, "note": ""})
    with pytest.raises(InputRefused) as refused:
        check_publication(**{**told, **values})
    assert refused.value.field == field


@given(st.lists(st.sampled_from("あいうえ"), max_size=6), st.lists(st.sampled_from("あいうえ"), max_size=6))
def test_differences_tell_what_is_gone_and_what_is_added(before: list[str], after: list[str]) -> None:
    def text(rows: list[str]) -> PolicyText:
        return PolicyText((Section("", tuple(rows)),), (), ())

    found = differences(text(before), text(after))
    assert bool(found) == (before != after)
    kept = list(before)
    for one in found:
        for row in one.gone:
            kept.remove(row)
    assert sorted([*kept, *(row for one in found for row in one.added)]) == sorted(after)
