"""What a profile says: texts, the secrecy notice, the open lines, and what keeps it from going live."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from handoff.domain.errors import ConfigurationError
from handoff.domain.hours import ZONE
from handoff.domain.profile import Flow, MediaRule, Profile, blocking_nulls
from handoff.domain.texts import TextKey

STANDARD = {
    TextKey.WELCOME: "{service_name}です。",
    TextKey.SUMMARY: "まとめ\n{lines}",
    TextKey.NOTICE_CLOSED: "いまは相談員がいない時間です。",
    TextKey.CONGESTION: "すぐにお返事ができません。\n{phone_lines}",
    TextKey.PLACEHOLDER: "これは仮の文面です。{service_name}は準備中です。",
}
LIFE = "命や体の危険があるときや、虐待など法律で決まっているときは、守るために必要なところへ連絡します。"
EVERY_DAY = {day: [{"start": "16:00", "end": "21:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def profile(**more: Any) -> Profile:
    made = Profile.model_validate({"id": "test", "service_name": "ためし相談", "owner": "ためし市"} | more)
    return made.with_standard_texts(STANDARD)


def line(name: str, number: str, **more: Any) -> dict[str, Any]:
    base = {"id": name.lower(), "name": name, "medium": "phone", "number": number, "valid_from": "2020-01-01"}
    hours = [{"valid_from": "2020-01-01", "national_holidays": "open", "closed": []} | EVERY_DAY]
    return base | {"hours": hours} | more


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_standard_words_and_the_boards_own() -> None:
    assert profile().text(TextKey.WELCOME) == "ためし相談です。"
    own = profile(texts={"welcome": "こんにちは、{service_name}です。"})
    assert own.text(TextKey.WELCOME) == "こんにちは、ためし相談です。"


def test_a_students_braces_stay_text() -> None:
    assert profile().text(TextKey.SUMMARY, lines="{service_name} {0} {{x}}") == "まとめ\n{service_name} {0} {{x}}"


def test_a_missing_field_or_wording_is_an_error() -> None:
    with pytest.raises(KeyError):
        profile().text(TextKey.SUMMARY)
    with pytest.raises(ConfigurationError):
        profile().text(TextKey.RECEIPT)


def test_a_board_text_that_is_still_missing_says_so() -> None:
    """HOK-5.2: the board writes these words; until then nobody takes the standard ones for hers."""
    waiting = profile(auto_reply={"after_hours": "board_text", "congestion": "standard"})
    assert waiting.text(TextKey.NOTICE_CLOSED) == "これは仮の文面です。ためし相談は準備中です。"
    assert waiting.text(TextKey.CONGESTION, phone_lines="").startswith("すぐに")
    written = profile(auto_reply={"after_hours": "board_text"}, texts={"notice_closed": "また明日。"})
    assert written.text(TextKey.NOTICE_CLOSED) == "また明日。"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{phone_lines}", "service_name"),
        ("{service_name.__class__}", "名前だけ"),
        ("{service_name!r}", "名前だけ"),
        ("{service_name:>9}", "名前だけ"),
        ("{}", "名前だけ"),
        ("{service_name", "波かっこ"),
        ("  ", "空"),
        ("ここの話は絶対に秘密です。", "守れない約束"),
    ],
)
def test_unusable_words_are_refused(template: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        profile(texts={"welcome": template})


def test_all_unusable_words_are_named_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        profile(texts={"welcome": "{x}", "offer": "絶対に秘密"})
    assert "welcome" in str(caught.value)
    assert "offer" in str(caught.value)


@pytest.mark.parametrize("nonurgent", ["on_wish", "with_consent"])
def test_the_notice_where_consent_is_asked(nonurgent: str) -> None:
    """TAJ-S1/S3, TAJ-U1, HYO-Ⅰ-1(7)."""
    notice = profile(disclosure={"life": True, "nonurgent": nonurgent}).disclosure_notice()
    assert notice == f"あなたの了解なしに学校や家族に伝えることはしません。ただ、{LIFE}"


def test_the_notice_where_the_boards_are_told() -> None:
    """KAG-7.1: a promise of consent would be false there."""
    told = {"nonurgent": "when_needed", "nonurgent_to": ["prefectural_board", "municipal_board"]}
    notice = profile(disclosure={"life": True, "classification_to": ["school"]} | told).disclosure_notice()
    assert "教育委員会や学校が知って対応したほうがよいときは、内容を伝えることがあります。" in notice
    assert "了解なしに" not in notice
    assert notice.endswith(LIFE)
    boards_only = profile(disclosure={"life": True} | told).disclosure_notice()
    assert "。教育委員会が知って" in boards_only


def test_classified_results_are_told_without_consent_too() -> None:
    notice = profile(disclosure={"nonurgent": "with_consent", "classification_to": ["school"]}).disclosure_notice()
    assert "了解なしに" not in notice
    assert "学校が知って" in notice


def test_the_notice_of_a_silent_document_promises_nothing() -> None:
    notice = profile().disclosure_notice()
    assert "これは仮の文面です。" in notice
    assert "了解なしに" not in notice
    assert notice.endswith(LIFE)


def test_the_notice_says_that_nobody_is_traced() -> None:
    """TAJ-S2."""
    told = profile(disclosure={"nonurgent": "on_wish", "identify_user": False}).disclosure_notice()
    assert "こちらから調べることはしません" in told
    assert "調べる" not in profile(disclosure={"nonurgent": "on_wish", "identify_user": True}).disclosure_notice()


def test_danger_to_life_can_not_be_kept_secret() -> None:
    with pytest.raises(ValidationError, match="安全を優先"):
        profile(disclosure={"life": False})


def test_only_lines_that_are_open_now_are_named() -> None:
    day = {key: [{"start": "00:00", "end": "24:00"}] for key in EVERY_DAY}
    always = [{"valid_from": "2020-01-01", "national_holidays": "open", "closed": []} | day]
    two = profile(lines=[line("Evening", "0120-1"), line("Always", "0120-2", hours=always)])
    assert two.phone_lines(at("2026-11-20T18:00")) == "Evening 0120-1（21:00まで）\nAlways 0120-2（24時間）"
    assert two.phone_lines(at("2026-11-20T22:00")) == "Always 0120-2（24時間）"
    abroad = datetime(2026, 11, 20, 5, 0, tzinfo=timezone(timedelta(hours=-5)))  # 19:00 in Japan
    assert two.phone_lines(abroad).startswith("Evening")


def test_a_line_outside_its_dates_is_not_named() -> None:
    old = profile(lines=[line("Old", "0120-1", valid_to="2026-03-31")])
    assert old.phone_lines(at("2026-03-31T18:00")) == "Old 0120-1（21:00まで）"
    assert old.phone_lines(at("2026-04-01T18:00")) == ""
    new = profile(lines=[line("New", "0120-1", valid_from="2026-04-01")])
    assert new.phone_lines(at("2026-03-31T18:00")) == ""


def test_undecided_lines_say_so() -> None:
    assert "仮の文面" in profile().phone_lines(at("2026-11-20T18:00"))
    assert "仮の文面" in profile().text_lines(at("2026-11-20T18:00"))
    assert profile(lines=[]).phone_lines(at("2026-11-20T18:00")) == ""


def test_text_services_are_told_apart() -> None:
    chat = line("Chat", "", medium="text", url="https://chat.example/") | {"number": None}
    assert profile(lines_by_text=[chat]).text_lines(at("2026-11-20T18:00")) == "Chat https://chat.example/（21:00まで）"
    for wrong in ({"lines": [chat]}, {"lines_by_text": [line("Phone", "1")]}):
        with pytest.raises(ValidationError, match="lines_by_text"):
            profile(**wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lines": [line("A", "1"), line("A", "2")]}, "二度"),
        ({"lines": [line("A", "1") | {"number": None}]}, "number"),
        ({"on_call": {"acknowledge_minutes": {"high": 5, "critical": 10}}}, "critical"),
        ({"on_call": {"ladder": [{"who": "a", "after_minutes": 5}, {"who": "b", "after_minutes": 0}]}}, "ladder"),
        ({"session": {"nudge_minutes": 10, "silence_close_minutes": 10}}, "nudge_minutes"),
        ({"disclosure": {"nonurgent": "when_needed"}}, "nonurgent_to"),
        ({"disclosure": {"legal_duty": []}}, "legal_duty"),
        ({"trace": {"keep": ["ip_address"]}}, "days"),
        ({"trace": {"keep": [], "days": 3}}, "days"),
        ({"valid_from": "2026-04-01", "valid_to": "2026-03-31"}, "valid_to"),
        ({"retention_days": {"transcript": 0}}, "retention_days.transcript"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        profile(**wrong)


def test_media_that_nobody_allowed_are_refused() -> None:
    """HOK-5.1, KAG-2: null is read as refused, so that nothing is looked at by accident."""
    media = profile(media={"report": {"image": "accept"}}).media
    assert media.rule(Flow.REPORT, "image") is MediaRule.ACCEPT
    assert media.rule(Flow.REPORT, "video") is MediaRule.REJECT
    assert media.rule(Flow.CONSULTATION, "image") is MediaRule.REJECT


def test_a_silent_profile_is_blocked_by_every_open_question() -> None:
    paths = {gap.path for gap in blocking_nulls(profile())}
    assert paths == {
        "hours",
        "on_call.who",
        "on_call.hours",
        "on_call.acknowledge_minutes.high",
        "on_call.acknowledge_minutes.critical",
        "on_call.ladder",
        "emergency.order",
        "disclosure.life",
        "disclosure.nonurgent",
        "disclosure.legal_duty",
        "lines",
        "lines_by_text",
        "trace.keep",
        "auto_reply.after_hours",
        "auto_reply.congestion",
        "retention_days.transcript",
        "retention_days.media",
        "retention_days.report",
        "retention_days.wrap_up",
        "retention_days.escalation",
        "retention_days.contact",
        "retention_days.audit",
    }
    assert all(gap.reason and gap.requirement for gap in blocking_nulls(profile()))


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"auto_reply": {"after_hours": "board_text"}}, "texts.notice_closed"),
        ({"auto_reply": {"congestion": "board_text"}}, "texts.congestion"),
        ({"broadcast": {"allowed": ["opening"]}}, "broadcast.opening_text"),
        ({"broadcast": {"allowed": ["period_and_hours"]}}, "broadcast.period_and_hours_text"),
        ({"reporting": {"classes": ["periodic"]}}, "reporting.criteria"),
        ({"hours": [{"valid_from": "2020-01-01"} | EVERY_DAY]}, "hours[0].closed"),
        ({"hours": [{"valid_from": "2020-01-01"} | EVERY_DAY]}, "hours[0].national_holidays"),
        ({"on_call": {"hours": [{"valid_from": "2020-01-01"} | EVERY_DAY]}}, "on_call.hours[0].national_holidays"),
        ({"lines": [line("A", "1", hours=None)]}, "lines[0].hours"),
    ],
)
def test_gaps_that_depend_on_what_was_chosen(more: dict[str, Any], path: str) -> None:
    assert path in {gap.path for gap in blocking_nulls(profile(**more))}
    assert path not in {gap.path for gap in blocking_nulls(profile())}


def test_a_profile_is_frozen_and_travels_between_processes() -> None:
    made = profile(lines=[line("A", "1")])
    with pytest.raises(ValidationError):
        made.owner = "somebody else"  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
    assert again == made
    assert again.text(TextKey.WELCOME) == "ためし相談です。"
