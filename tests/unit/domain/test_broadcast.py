"""Texts for everybody: only of the kinds that the board allows, in words that may be said, the one approved last (HOK-5.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.broadcast import (
    BroadcastText,
    Decision,
    Standing,
    check_days,
    checked_kind,
    checked_words,
    in_use,
    standing_of,
    wish_of,
)
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.incoming import MessageKind, StudentMessage
from handoff.domain.profile.vocabulary import BroadcastKind

NOW = datetime(2026, 11, 20, 18, tzinfo=ZONE)
TODAY = NOW.date()
days = st.dates(date(2026, 11, 1), date(2026, 12, 31))
texts = st.builds(
    BroadcastText,
    id=st.uuids(),
    profile=st.just("demo"),
    kind=st.sampled_from(BroadcastKind),
    words=st.just("毎日16時からです。"),
    begins_on=days,
    ends_on=st.none() | days,
    proposed_by=st.just(UUID(int=1)),
    proposed_at=st.just(NOW),
    decision=st.none() | st.sampled_from(Decision),
    decided_at=st.integers(0, 50).map(lambda hours: NOW + timedelta(hours=hours)),
    retired_at=st.none() | st.just(NOW),
)


def text(**changes: Any) -> BroadcastText:
    made = BroadcastText(
        uuid4(), "demo", BroadcastKind.OPENING, "始まりました。", TODAY, None, uuid4(), NOW, Decision.APPROVED, NOW
    )
    return replace(made, **changes)


@given(all_=st.lists(texts, max_size=6, unique_by=lambda one: one.id), kind=st.sampled_from(BroadcastKind), day=days)
def test_what_may_be_sent_is_approved_in_its_days_and_the_newest(
    all_: list[BroadcastText], kind: BroadcastKind, day: date
) -> None:
    found = in_use(tuple(all_), kind, day)
    fitting = [one for one in all_ if one.kind is kind and one.may_go(day)]
    assert (found is None) == (not fitting)
    if found is not None:
        assert found.decision is Decision.APPROVED and found.retired_at is None
        assert found.begins_on <= day and (found.ends_on is None or day <= found.ends_on)
        assert all(one.decided_at is not None and one.decided_at <= (found.decided_at or NOW) for one in fitting)
    used = [one for one in all_ if standing_of(one, tuple(all_), day) is Standing.IN_USE]
    assert len([one for one in used if one.kind is kind]) == (found is not None), "one of each kind at most"


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({"decision": None}, Standing.PROPOSED),
        ({"decision": Decision.REFUSED}, Standing.REFUSED),
        ({"decision": Decision.WITHDRAWN}, Standing.WITHDRAWN),
        ({}, Standing.IN_USE),
        ({"begins_on": TODAY + timedelta(days=1)}, Standing.COMING),
        ({"begins_on": TODAY - timedelta(days=9), "ends_on": TODAY - timedelta(days=1)}, Standing.OVER),
        ({"retired_at": NOW}, Standing.RETIRED),
    ],
)
def test_where_a_text_stands(changes: dict[str, object], standing: Standing) -> None:
    one = text(**changes)
    assert standing_of(one, (one,), TODAY) is standing


def test_a_newer_approval_takes_the_old_one_s_place() -> None:
    old, new = text(), text(decided_at=NOW + timedelta(days=1))
    assert standing_of(old, (old, new), TODAY) is Standing.REPLACED
    assert standing_of(new, (old, new), TODAY) is Standing.IN_USE
    assert not text(words="").may_go(TODAY), "one that can't be opened is never sent"


def test_only_what_the_board_allows() -> None:
    assert checked_kind("opening", (BroadcastKind.OPENING,)) is BroadcastKind.OPENING
    for kind, allowed in (
        ("opening", None),
        ("opening", (BroadcastKind.PERIOD_AND_HOURS,)),
        ("news", tuple(BroadcastKind)),
    ):
        with pytest.raises(InputRefused, match="kind"):
            checked_kind(kind, allowed)


@pytest.mark.parametrize(
    "words", ["", " \n ", "あ" * 121, "絶対に秘密です。", "がんばってください。", "・" + "あ" * 5000]
)
def test_words_that_no_student_may_read(words: str) -> None:
    with pytest.raises(InputRefused, match="words"):
        checked_words(words)


def test_words_are_kept_as_they_are_sent() -> None:
    assert (
        checked_words(" きょうの相談が始まりました。 \r\n\n 16時からです。\n")
        == "きょうの相談が始まりました。\n\n16時からです。"
    )


def test_days() -> None:
    assert check_days(TODAY, None, TODAY) == TODAY
    for begins_on, ends_on, field in (
        (None, None, "begins_on"),
        (TODAY + timedelta(days=500), None, "begins_on"),
        (TODAY, TODAY - timedelta(days=1), "ends_on"),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=1), "ends_on"),
        (TODAY, TODAY + timedelta(days=500), "ends_on"),
    ):
        with pytest.raises(InputRefused, match=field):
            check_days(begins_on, ends_on, TODAY)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("お知らせはいらない", False),
        ("「お知らせはいらない」", False),
        (" お知らせはいらない。\n", False),
        ("お知らせがほしい", True),
        ("お知らせはいらないけど、話を聞いて", None),
        ("もうお知らせはいらない", None),
        ("", None),
    ],
)
def test_words_about_broadcasts_stand_alone(words: str, wanted: bool | None) -> None:
    assert wish_of(StudentMessage(MessageKind.TEXT, words, None, None, "text")) is wanted
    assert wish_of(StudentMessage(MessageKind.STICKER, words, None, None, "sticker")) is None
