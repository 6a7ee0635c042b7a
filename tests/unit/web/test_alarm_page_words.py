"""The alarm's page without a server: marked words, times, and a word in Japanese for every code."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, OwnReview
from handoff.domain.escalation import Cause, CloseReason, Suspect
from handoff.domain.incoming import MessageKind
from handoff.domain.notice import Medium, NoticeState
from handoff.domain.session import Level, Owner
from handoff.services.transcript_line import TranscriptLine
from handoff.web import alarm_words as words
from handoff.web.alarm import alarm
from handoff.web.alarm_guard import is_ours
from handoff.web.alarm_marks import Piece, facts_of, marked
from handoff.web.alarm_render import first_page, trouble_page
from kernel.risk.levels import CATEGORIES

NOW = datetime.fromisoformat("2026-11-21T02:05:00+09:00")


def assessment(*places: tuple[int, int], keywords: tuple[str, ...] = ()) -> str:
    return json.dumps({"evidence": [{"start": start, "end": end} for start, end in places], "keywords": list(keywords)})


def test_the_words_that_raised_the_alarm_are_marked() -> None:
    text = "もう死にたいです。😢いま橋"
    assert marked(text, assessment((2, 6), (9, 13))) == (
        Piece("もう", False),
        Piece("死にたい", True),
        Piece("です。", False),
        Piece("😢いま橋", True),
    )


def test_marks_that_overlap_or_touch_are_one() -> None:
    assert marked("死にたいです", assessment((0, 4), (2, 5), (5, 6))) == (Piece("死にたいです", True),)


def test_the_profile_s_keywords_are_marked_wherever_they_stand() -> None:
    assert [piece.text for piece in marked("いじめと、いじめ", assessment(keywords=("いじめ",))) if piece.marked] == [
        "いじめ",
        "いじめ",
    ]


@pytest.mark.parametrize(
    "broken",
    [None, "", "{", "[]", '{"evidence": 1}', '{"evidence": [1, {}]}', '{"evidence": [{"start": "a", "end": null}]}']
    + [assessment((2, 2)), assessment((-1, 3)), assessment((0, 99)), '{"keywords": ["", 5]}'],
)
def test_what_can_t_be_read_marks_nothing_and_hides_nothing(broken: str | None) -> None:
    assert marked("こんにちは", broken) == (Piece("こんにちは", False),)


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(-2, 45), st.integers(-2, 45)), max_size=8),
    st.lists(st.text(min_size=1, max_size=3), max_size=3),
)
def test_not_a_letter_is_lost_or_doubled(text: str, places: list[tuple[int, int]], keywords: list[str]) -> None:
    pieces = marked(text, assessment(*places, keywords=tuple(keywords)))
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(one.marked != other.marked for one, other in pairwise(pieces))
    shown = [piece.marked for piece in pieces for _ in piece.text]
    for start, end in places:
        if 0 <= start < end <= len(text):
            assert all(shown[start:end])


def line(kind: MessageKind, detail: str | None) -> TranscriptLine:
    return TranscriptLine(1, uuid4(), "student", kind, "［…］", detail, None, None, False, False, False, NOW)


def test_a_place_says_where_it_is() -> None:
    place = {"title": "橋", "address": "つなぎ市1-2", "latitude": 35.1, "longitude": 139}
    assert facts_of(line(MessageKind.LOCATION, json.dumps(place))) == ("橋", "つなぎ市1-2", "緯度 35.1、経度 139")
    sticker = {"keywords": ["つらい", 5, "泣く"], "text": " ", "packageId": "1"}
    assert facts_of(line(MessageKind.STICKER, json.dumps(sticker))) == ("つらい、泣く",)
    assert facts_of(line(MessageKind.FILE, "{")) == facts_of(line(MessageKind.TEXT, "{}")) == ()


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(0, "たったいま"), (-3, "たったいま"), (12, "12分前"), (65, "1時間5分前"), (60 * 24 * 2 + 5, "2日前")],
)
def test_how_long_ago(minutes: int, told: str) -> None:
    assert words.ago(NOW - timedelta(minutes=minutes), NOW) == told


def test_a_moment_of_another_day_has_its_date() -> None:
    assert words.moment(NOW, NOW) == "2:05"
    assert words.moment(NOW - timedelta(hours=3), NOW) == "11月20日 23:05"


def test_every_code_has_its_words() -> None:
    assert set(words.LEVELS) == set(Level)
    assert set(words.CAUSES) == set(Cause)
    assert set(words.SUSPECTS) == set(Suspect)
    assert set(words.CATEGORIES) == set(CATEGORIES)
    assert set(words.CLOSE_REASONS) == set(CloseReason) == {*words.CHOICES, CloseReason.TEST}
    assert set(words.MEDIA) == set(Medium) and set(words.NOTICE_STATES) == set(NoticeState)
    assert set(words.NOT_ARRIVED) == set(DeliveryState) - {DeliveryState.SENT}
    # What the on-call person writes stands in the transcript as a counsellor's.
    assert set(words.AUTHORS) >= {*Owner, "student"} - {Owner.ON_CALL}
    assert set(words.ADVICE) == {error.code for error in (EscalationTaken, InputRefused, MoveRefused, OwnReview)}
    posts = {route.uri.rpartition("/")[2] for route in alarm._future_routes if "POST" in (route.methods or ())}
    assert set(words.DONE) == posts - {"<token:str>", "glass", "reason"}


def test_pages_that_stand_alone_hold_no_code_and_name_nobody() -> None:
    for page in (first_page(), trouble_page(404), trouble_page(500)):
        assert "<script" not in page and "style=" not in page
        assert 'lang="ja"' in page and page.count("<h1>") == 1


@pytest.mark.parametrize(
    ("path", "ours"), [("/alarm", True), ("/alarm/", True), ("/alarm/x", True), ("/alarms", False), ("/line", False)]
)
def test_which_addresses_get_the_headers(path: str, ours: bool) -> None:
    assert is_ours(path) is ours
