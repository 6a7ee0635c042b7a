"""The other lines: each with its own hours at their boundaries, and what a handset without a contract can't reach (WG-21)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handoff.adapters.profiles import load_lines, load_profile
from handoff.domain.hours import ZONE
from handoff.domain.profile import HelpLine, Profile
from handoff.domain.profile.vocabulary import LineMedium
from handoff.domain.profile.wording import lines_text, open_lines
from handoff.domain.texts import TextKey
from handoff.domain.wording_rules import faults_of_wording

DATA = Path(__file__).resolve().parents[3] / "data"
LINES = load_lines(DATA / "lines.yml")
DEMO = load_profile(DATA / "profiles" / "demo.yml")
ROUND_THE_CLOCK = ("police", "ambulance", "child_guidance", "kodomo_sos", "yorisoi", "anata_no_ibasho")
SMALLEST = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def takes(name: str, moment: datetime) -> bool:
    return bool(open_lines([LINES[name]], moment))


def test_the_lines_that_every_service_may_name_are_there() -> None:
    numbers = {name: line.number for name, line in LINES.items() if line.medium is LineMedium.PHONE}
    assert numbers == {
        "police": "110",
        "ambulance": "119",
        "child_guidance": "189",
        "kodomo_sos": "0120-0-78310",
        "childline": "0120-99-7777",
        "inochi": "0120-783-556",
        "yorisoi": "0120-279-338",
        "jinken_110": "0120-007-110",
    }
    assert all(line.hours.known and line.valid_from for line in LINES.values()), "dated, each with hours of its own"
    assert all(line.without_contract is not None for line in LINES.values()), "WG-21"


@pytest.mark.parametrize("name", ROUND_THE_CLOCK)
@pytest.mark.parametrize(
    "moment", ["2026-11-20T00:00", "2026-11-20T23:59:59", "2026-12-31T23:59", "2027-01-01T00:00", "2028-02-29T03:00"]
)
def test_what_never_closes_is_open_at_any_minute(name: str, moment: str) -> None:
    assert takes(name, at(moment))
    assert "（24時間）" in lines_text([LINES[name]], at(moment))


@pytest.mark.parametrize(
    ("name", "opens", "closes"),
    [
        ("childline", "2026-11-20T16:00", "2026-11-20T21:00"),
        ("childline", "2026-12-28T16:00", "2026-12-28T21:00"),
        ("childline", "2028-02-29T16:00", "2028-02-29T21:00"),
        ("childline", "2026-11-23T16:00", "2026-11-23T21:00"),  # a holiday
        ("inochi", "2026-11-20T16:00", "2026-11-20T21:00"),
        ("inochi", "2027-01-01T16:00", "2027-01-01T21:00"),
        ("jinken_110", "2026-11-20T08:30", "2026-11-20T17:15"),
    ],
)
def test_a_line_opens_and_closes_at_its_own_minute(name: str, opens: str, closes: str) -> None:
    begin, end = at(opens), at(closes)
    assert not takes(name, begin - SMALLEST) and takes(name, begin)
    assert takes(name, end - SMALLEST) and not takes(name, end)
    assert f"（{end:%H:%M}まで）" in lines_text([LINES[name]], begin)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("childline", "2026-12-29"),
        ("childline", "2027-01-03"),
        ("jinken_110", "2026-11-21"),  # Saturday
        ("jinken_110", "2026-11-23"),  # a holiday
        ("jinken_110", "2026-12-29"),
    ],
)
def test_a_line_that_rests_is_never_named(name: str, day: str) -> None:
    start = at(f"{day}T00:00")
    assert not any(takes(name, start + timedelta(minutes=15 * quarter)) for quarter in range(96))


# --- which handsets reach them (WG-21) --------------------------------------------------------------------------------


def line(name: str, without_contract: bool | None, **more: Any) -> HelpLine:
    always = LINES["kodomo_sos"].model_dump(mode="json")["hours"]
    fields = {"id": name, "name": name.title(), "medium": "phone", "number": f"0120-{name}", "hours": always}
    told = {"valid_from": "2020-01-01", "without_contract": without_contract}
    return HelpLine.model_validate(fields | told | more)


def profile(*lines: HelpLine, texts: bool = True) -> Profile:
    by_text = DEMO.lines_by_text if texts else ()
    return DEMO.model_copy(update={"lines": lines, "lines_by_text": by_text})


NOW = at("2026-11-20T18:00")
SOME, ALL = DEMO.text(TextKey.LINES_BY_CONTRACT), DEMO.text(TextKey.LINES_ALL_BY_CONTRACT)
BY_TEXT = DEMO.text(TextKey.LINES_BY_TEXT)


def test_where_only_some_need_a_contract_those_are_marked_and_the_text_services_follow() -> None:
    shown = profile(line("a", False), line("b", True)).phone_lines(NOW).splitlines()
    assert shown == [
        "※A 0120-a（24時間）",
        "B 0120-b（24時間）",
        SOME,
        BY_TEXT,
        "あなたのいばしょ（チャット） https://talkme.jp/（24時間）",
    ]


def test_where_all_need_one_a_single_sentence_says_it() -> None:
    assert profile(line("a", False), texts=False).phone_lines(NOW).splitlines() == ["A 0120-a（24時間）", ALL]


@pytest.mark.parametrize("told", [True, None])
def test_nothing_is_said_of_what_isn_t_true_or_isn_t_known(told: bool | None) -> None:
    assert profile(line("a", told)).phone_lines(NOW) == "A 0120-a（24時間）"


def test_only_lines_that_are_open_count() -> None:
    evening = line("a", False, hours=LINES["childline"].model_dump(mode="json")["hours"])
    both = profile(evening, line("b", True))
    assert SOME in both.phone_lines(NOW)
    assert both.phone_lines(at("2026-11-20T21:00")) == "B 0120-b（24時間）"


def test_where_both_kinds_are_shown_each_stands_there_once() -> None:
    shown = DEMO.every_line(NOW)
    assert shown.count("talkme.jp") == 1 and shown.count(ALL) == 1 and BY_TEXT not in shown
    assert DEMO.phone_lines(NOW).count("talkme.jp") == 1


@pytest.mark.parametrize("clock", ["03:00", "08:30", "16:00", "20:59", "21:00"])
def test_what_a_student_reads_of_the_lines_keeps_to_the_rules(clock: str) -> None:
    moment = at(f"2026-11-20T{clock}")
    for text in (
        DEMO.text(TextKey.PHONE_LINES, phone_lines=DEMO.phone_lines(moment)),
        DEMO.text(TextKey.CONGESTION, phone_lines=DEMO.phone_lines(moment)),
        DEMO.text(TextKey.SAFETY_LINES, lines=DEMO.every_line(moment)),
    ):
        assert faults_of_wording(text) == []


def test_a_local_line_has_hours_of_its_own() -> None:
    """TAJ-N1 names a line and is silent on its hours: it isn't promised; with hours it is, at their minutes."""
    tajimi = load_profile(DATA / "profiles" / "tajimi.yml")
    assert tajimi.phone_lines(NOW) == ""
    told = (tajimi.lines or ())[0].model_dump(mode="json")
    told["hours"] = [
        {
            "valid_from": "2020-12-01",
            "fri": [{"start": "09:00", "end": "17:00"}],
            "closed": [],
            "national_holidays": "closed",
        }
    ]
    local = tajimi.model_copy(update={"lines": (HelpLine.model_validate(told),)})
    assert local.phone_lines(at("2026-11-20T09:00")) == "子ども専用フリーダイヤル 0120-967-866（17:00まで）"
    assert local.phone_lines(at("2026-11-20T17:00")) == local.phone_lines(at("2026-11-20T08:59")) == ""
