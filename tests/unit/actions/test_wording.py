"""Texts by profile, clock and state: only what is true is said."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from actions.buttons import Topic
from actions.memory import Answers, Memory, Question
from actions.plan import Bubble, Computed, Cue
from actions.questions import buttons_for
from actions.told import summary_lines
from actions.wording import Wording
from handoff.adapters.profiles import load_profile
from handoff.domain.hours import spoken_moment
from handoff.domain.profile import Profile
from handoff.domain.texts import ON_WEB, TextKey

PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles"
OPEN, OVER, CLOSED = (
    datetime.fromisoformat(f"2026-11-20T{time}+09:00") for time in ("18:00:00", "21:45:00", "23:30:00")
)


def profile(name: str = "demo") -> Profile:
    return load_profile(PROFILES / f"{name}.yml")


def say(what: Computed, at: datetime, *, state: str | None = None, value: str = "", of: Profile | None = None) -> str:
    messages = Wording(of or profile(), at).messages((Bubble((Cue(what, value),)),), Memory(), state)
    return "".join(message.text for message in messages)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-20T16:00+09:00", "今日の16時"),
        ("2026-11-20T07:30:00+00:00", "今日の16時30分"),
        ("2026-11-21T09:30+09:00", "明日の9時30分"),
        ("2026-11-24T13:00+09:00", "11月24日（火）の13時"),
    ],
)
def test_a_coming_moment_as_people_say_it(at: str, words: str) -> None:
    assert spoken_moment(datetime.fromisoformat(at), datetime.fromisoformat("2026-11-20T12:00+09:00")) == words


def test_the_handoff_follows_the_state_and_not_the_calendar() -> None:
    demo = profile()
    assert say(Computed.HANDOFF, CLOSED, state="waiting") == demo.text(TextKey.HANDOFF_WAITING)
    assert say(Computed.HANDOFF, OPEN, state="waiting", value="already") == demo.text(TextKey.HANDOFF_ALREADY)
    left = say(Computed.HANDOFF, CLOSED, state="left_message")
    assert demo.text(TextKey.HANDOFF_CLOSED, next_opening="明日の16時") in left
    assert "0120-0-78310" in left  # open round the clock
    assert "0120-99-7777" not in left  # Childline, closed at night
    assert "今日の新しい受付は終わりました" in say(Computed.HANDOFF, OVER, state="left_message")


def test_unknown_hours_promise_no_opening() -> None:
    hokkaido = profile("hokkaido")
    assert say(Computed.HANDOFF, OPEN, state="left_message", of=hokkaido).startswith(
        hokkaido.text(TextKey.HANDOFF_CLOSED_UNKNOWN)
    )
    assert say(Computed.HOURS, OPEN, of=hokkaido) == hokkaido.text(TextKey.SERVICE_HOURS_UNKNOWN)


def test_the_notice_of_a_closed_hour_is_silent_while_open() -> None:
    assert say(Computed.CLOSED_NOW, OPEN) == ""
    assert say(Computed.CLOSED_NOW, OVER) == ""  # who is in talk is still served (KAG-4.1)
    assert "すぐには読まれません" in say(Computed.CLOSED_NOW, CLOSED)


def test_secrecy_comes_from_the_profile() -> None:
    assert "了解なしに" in say(Computed.SECRECY, OPEN)
    kagoshima = say(Computed.SECRECY, OPEN, of=profile("kagoshima"))
    assert "教育委員会" in kagoshima  # KAG passes on what isn't urgent, too
    assert "了解なしに" not in kagoshima


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("image", TextKey.MEDIA_REFUSED),  # HOK-5.1
        ("video", TextKey.MEDIA_REFUSED),
        ("audio", TextKey.AUDIO_REFUSED),
        ("file", TextKey.FILE_REFUSED),
        ("sticker", TextKey.STICKER_RECEIVED),
        ("location", TextKey.LOCATION_RECEIVED),
        ("unknown", TextKey.UNKNOWN_RECEIVED),
    ],
)
def test_media_by_the_consultation_policy(kind: str, key: TextKey) -> None:
    assert say(Computed.MEDIA, OPEN, value=kind) == profile().text(key)


def test_a_saved_screen_is_taken_where_net_trouble_is_told() -> None:
    memory = Memory(Answers(topic=Topic.NET_TROUBLE))
    messages = Wording(profile(), OPEN).messages((Bubble((Cue(Computed.MEDIA, "image"),)),), memory, None)
    assert messages[0].text == profile().text(TextKey.MEDIA_RECEIVED)


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
def test_what_a_report_takes_is_said_to_have_come(kind: str) -> None:
    """KAG-2; a sound is heard by nobody where the profile takes none, and it isn't said to have been kept."""
    assert say(Computed.REPORT_MEDIA, OPEN, value=kind) == profile().text(TextKey.MEDIA_RECEIVED)
    refused = profile("kagoshima").text(TextKey.AUDIO_REFUSED)
    kagoshima = say(Computed.REPORT_MEDIA, OPEN, value=kind, of=profile("kagoshima"))
    assert (kagoshima == refused) is (kind == "audio")


def test_only_people_the_profile_serves_get_a_button() -> None:
    bubble = Bubble((Cue(TextKey.ASK_PERSON),), buttons_for(Question.PERSON, Memory()))
    demo = Wording(profile(), OPEN).messages((bubble,), Memory(), None)[0].buttons
    assert "自分の子どものこと" in demo
    assert "担当する生徒のこと" not in demo
    hokkaido = Wording(profile("hokkaido"), OPEN).messages((bubble,), Memory(), None)[0].buttons
    assert "自分の子どものこと" not in hokkaido


def test_the_summary_holds_what_was_told_and_nothing_else() -> None:
    assert summary_lines(Answers()) == ()
    assert summary_lines(Answers(14, None, "高校", "N高", None, Topic.CLUB)) == (
        "・年齢: 14歳",
        "・学校: N高（高校）",
        "・内容: 部活のこと",
    )
    assert summary_lines(Answers(school_type="中学校", school_name="北中学校")) == ("・学校: 北中学校",)


def test_one_bubble_gives_the_phone_lines_once() -> None:
    cues = (Cue(TextKey.CARE, ""), Cue(Computed.CLOSED_NOW, ""), Cue(Computed.LINES_IF_CLOSED, ""))
    messages = Wording(profile(), CLOSED).messages((Bubble(cues),), Memory(), None)
    assert "".join(message.text for message in messages).count("0120-0-78310") == 1


@pytest.mark.parametrize("key", list(ON_WEB))
def test_the_web_chat_hears_nothing_of_line(key: TextKey) -> None:
    """KAG-8.6: what speaks of LINE's own screens has words of its own there."""
    bubbles = (Bubble((Cue(key, "夜"),)),)
    (line,) = Wording(profile(), OPEN).messages(bubbles, Memory(), None)
    (web,) = Wording(profile(), OPEN, web=True).messages(bubbles, Memory(), None)
    assert line.text != web.text and "LINE" not in web.text and "ボタン" not in web.text
