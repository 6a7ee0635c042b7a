"""The five profiles: the values of the documents, and what stays open."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from handoff.adapters.profiles import DATA, blocking_nulls, load_profile
from handoff.domain.hours import ZONE, HoursStatus
from handoff.domain.profile import Agency, Flow, MediaRule, Profile
from handoff.domain.texts import TextKey

OPEN, RECEPTION_OVER, CLOSED = HoursStatus.OPEN, HoursStatus.RECEPTION_OVER, HoursStatus.CLOSED
DOCUMENTS = ("hokkaido", "kagoshima", "tajimi", "hyogo")


@cache
def profile(name: str) -> Profile:
    return load_profile(DATA / "profiles" / f"{name}.yml")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def gaps(name: str) -> set[str]:
    return {gap.path for gap in blocking_nulls(profile(name))}


@pytest.mark.parametrize(
    ("name", "moment", "status"),
    [
        # KAG-4.1: every day 17:00-22:00, received until 21:30, holidays and New Year included
        ("kagoshima", "2026-03-31T18:00", CLOSED),
        ("kagoshima", "2026-04-01T16:59", CLOSED),
        ("kagoshima", "2026-04-01T17:00", OPEN),
        ("kagoshima", "2026-04-01T21:29", OPEN),
        ("kagoshima", "2026-04-01T21:30", RECEPTION_OVER),
        ("kagoshima", "2026-04-01T22:00", CLOSED),
        ("kagoshima", "2026-11-23T18:00", OPEN),
        ("kagoshima", "2027-01-01T18:00", OPEN),
        ("kagoshima", "2027-03-31T21:00", OPEN),
        ("kagoshima", "2027-04-01T18:00", CLOSED),
        # TAJ-3: Tue-Fri 13-19, Sat 12-18, closed 12-29 to 01-03
        ("tajimi", "2026-11-16T14:00", CLOSED),
        ("tajimi", "2026-11-17T12:59", CLOSED),
        ("tajimi", "2026-11-17T13:00", OPEN),
        ("tajimi", "2026-11-20T18:59", OPEN),
        ("tajimi", "2026-11-20T19:00", CLOSED),
        ("tajimi", "2026-11-21T12:00", OPEN),
        ("tajimi", "2026-11-21T18:00", CLOSED),
        ("tajimi", "2026-11-22T14:00", CLOSED),
        ("tajimi", "2026-12-26T12:00", OPEN),
        ("tajimi", "2026-12-29T14:00", CLOSED),
        ("tajimi", "2027-01-02T14:00", CLOSED),
        ("tajimi", "2027-01-05T14:00", OPEN),
        ("tajimi", "2020-11-28T14:00", CLOSED),
        # HYO-4.1①: Mon-Sat 14-19, closed on Sundays, holidays and 12-29 to 01-03
        ("hyogo", "2019-04-01T13:59", CLOSED),
        ("hyogo", "2019-04-01T14:00", OPEN),
        ("hyogo", "2019-04-06T18:59", OPEN),
        ("hyogo", "2019-04-06T19:00", CLOSED),
        ("hyogo", "2019-04-07T15:00", CLOSED),
        ("hyogo", "2019-05-01T15:00", CLOSED),
        ("hyogo", "2019-07-15T15:00", CLOSED),
        ("hyogo", "2019-12-28T15:00", OPEN),
        ("hyogo", "2019-12-30T15:00", CLOSED),
        ("hyogo", "2020-01-03T15:00", CLOSED),
        ("hyogo", "2020-01-04T15:00", OPEN),
        ("hyogo", "2020-02-29T15:00", OPEN),
        ("hyogo", "2020-04-01T15:00", CLOSED),
        # HOK-3.3: to be set with the board
        ("hokkaido", "2026-11-20T18:00", CLOSED),
        # the demo: every day 16:00-22:00, received until 21:30
        ("demo", "2026-11-22T15:59", CLOSED),
        ("demo", "2026-11-22T16:00", OPEN),
        ("demo", "2026-11-22T21:30", RECEPTION_OVER),
        ("demo", "2026-12-31T18:00", CLOSED),
    ],
)
def test_hours(name: str, moment: str, status: HoursStatus) -> None:
    assert profile(name).hours.status(at(moment)) is status


@pytest.mark.parametrize(
    ("name", "moment", "opening"),
    [
        ("kagoshima", "2026-04-01T21:30", "2026-04-02T17:00"),
        ("tajimi", "2026-12-26T18:00", "2027-01-05T13:00"),
        ("hyogo", "2019-12-28T19:00", "2020-01-04T14:00"),
        ("demo", "2026-12-28T22:00", "2027-01-04T16:00"),
    ],
)
def test_next_opening(name: str, moment: str, opening: str) -> None:
    assert profile(name).hours.next_opening(at(moment)) == at(opening)


def test_unset_hours_never_open_and_block() -> None:
    """HOK-3.3 協議の上、設定."""
    assert profile("hokkaido").hours.next_opening(at("2026-11-20T18:00")) is None
    assert "hours" in gaps("hokkaido")
    # HOK-7.1 asks for passwords that change from time to time, and doesn't say how often: the board decides.
    assert "security.password_rotation_days" in gaps("hokkaido")


def test_the_demo_is_complete_and_invented() -> None:
    assert gaps("demo") == set()
    assert "つなぎ市" in profile("demo").owner


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_no_document_says_blocks_going_live(name: str) -> None:
    assert gaps(name) >= {
        "on_call.who",
        "on_call.hours",
        "on_call.ladder",
        "on_call.acknowledge_minutes.high",
        "on_call.acknowledge_minutes.critical",
        "retention_days.transcript",
        "disclosure.legal_duty",
        "lines_by_text",
        "trace.keep",
    }


def test_what_each_document_leaves_open_beside() -> None:
    assert gaps("hokkaido") >= {"texts.notice_closed", "texts.congestion", "emergency.order", "disclosure.nonurgent"}
    assert gaps("kagoshima") >= {"auto_reply.congestion", "reporting.criteria", "lines"}
    assert gaps("tajimi") >= {"hours[0].national_holidays", "emergency.order", "auto_reply.after_hours"}
    assert "lines" in gaps("hyogo")
    assert "hours" not in gaps("kagoshima")


def test_values_of_hokkaido() -> None:
    hokkaido = profile("hokkaido")
    assert hokkaido.keywords == (
        "死ぬ",
        "死に",
        "自殺",
        "殺せ",
        "死ね",
        "殺し",
        "消えたい",
        "リスカ",
        "虐待",
        "いじめ",
        "暴力",
        "暴行",
        "自傷",
        "助け",
    )
    assert hokkaido.media.rule(Flow.CONSULTATION, "image") is MediaRule.REJECT
    assert hokkaido.eligible.excluded_founders == ("札幌市",)
    assert hokkaido.broadcast.other_posts is False
    assert hokkaido.security.password_rotation_required is True


def test_values_of_kagoshima() -> None:
    kagoshima = profile("kagoshima")
    schools = kagoshima.eligible.schools or ()
    people = sum(group.students or 0 for group in schools) + 1000
    assert people == kagoshima.eligible.people == 71400
    assert [group.schools for group in schools] == [187, 20, 71, 15]
    assert (kagoshima.staff.min_counsellors, kagoshima.staff.parallel_sessions) == (2, 3)
    assert kagoshima.media.rule(Flow.REPORT, "video") is MediaRule.ACCEPT
    assert kagoshima.media.rule(Flow.CONSULTATION, "video") is MediaRule.REJECT
    assert [contact.agency for contact in kagoshima.emergency.order or ()] == [
        Agency.POLICE,
        Agency.FIRE,
        Agency.PREFECTURAL_BOARD,
        Agency.MUNICIPAL_BOARD,
        Agency.SCHOOL,
    ]
    assert (kagoshima.statements.due_day, kagoshima.cards) == (10, 80000)


def test_values_of_tajimi() -> None:
    tajimi = profile("tajimi")
    assert (tajimi.session.soft_limit_minutes, tajimi.session.silence_close_minutes) == (60, 10)
    assert tajimi.channels.phone.address == "0120-967-866"
    assert (tajimi.eligible.age_under, tajimi.eligible.older_pupils) == (18, True)
    assert len(tajimi.conduct.prohibited or ()) == 7


def test_values_of_hyogo() -> None:
    hyogo = profile("hyogo")
    assert not hyogo.channels.line.offered
    assert hyogo.eligible.anonymous.school is False
    assert hyogo.media.rule(Flow.NET_TROUBLE, "image") is MediaRule.ACCEPT_SAVED_SCREENS
    assert (hyogo.patrol.watch_after_case_days, hyogo.procedures) == (14, "hyogo_netbullying_v1")


@pytest.mark.parametrize("name", [*DOCUMENTS, "demo"])
def test_the_notice_is_honest(name: str) -> None:
    notice = profile(name).disclosure_notice()
    assert "絶対" not in notice
    assert "命や体の危険" in notice
    assert "法律で決まっている" in notice
    assert ("了解なしに" in notice) is (name in {"tajimi", "hyogo", "demo"})
    assert ("教育委員会や学校が知って" in notice) is (name == "kagoshima")


def test_unwritten_board_texts_are_shown_as_such() -> None:
    placeholder = profile("hokkaido").text(TextKey.PLACEHOLDER)
    assert profile("hokkaido").text(TextKey.NOTICE_CLOSED) == placeholder
    assert profile("demo").text(TextKey.NOTICE_CLOSED) != placeholder


def test_phone_lines_of_the_demo() -> None:
    evening, night = (
        profile("demo").phone_lines(at("2026-11-20T18:00")),
        profile("demo").phone_lines(at("2026-11-20T23:00")),
    )
    assert "チャイルドライン 0120-99-7777（21:00まで）" in evening
    assert "チャイルドライン" not in night
    assert "24時間子供SOSダイヤル 0120-0-78310（24時間）" in night
