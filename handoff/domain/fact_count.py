"""Counting facts by two things at once: what can be counted by, and how its values are called (KAG-6.1キ). Pure.

A dimension is *several* where one fact may have many values of it (内容, つないだところ): its numbers add up to more than
their total, which counts every fact once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from handoff.domain.coding import (
    CLASS_NAMES,
    GENDERS,
    GRADES,
    KIND_NAMES,
    OUTCOME_NAMES,
    STATE_NAMES,
    TOPIC_NAMES,
    WRITER_NAMES,
    Outcome,
    ToldState,
)
from handoff.domain.desk import ClosedWithout
from handoff.domain.errors import InputRefused
from handoff.domain.fact import Concerned
from handoff.domain.hours import HoursStatus
from handoff.domain.other_ways import CHANNEL_NAMES
from handoff.domain.profile.vocabulary import Agency, Founder, SchoolType
from handoff.domain.session import Level
from handoff.domain.survey import QUESTIONS, Step

#: The code of facts that have no value of a dimension.
NOTHING: Final = ""
#: Days that one table may span: five fiscal years, so that they can be compared.
LONGEST: Final = 5 * 366
#: Upper bounds of the waits in seconds, all included but the last, which is open; lower bounds of the spans of work.
WAIT_BOUNDS: Final = (60, 180, 300, 600, 1800, 3600)
WORK_BOUNDS: Final = (600, 1800, 3600, 5400, 7200)


class Dimension(StrEnum):
    """What facts are counted by."""

    KIND = "kind"
    CHANNEL = "channel"
    SCHOOL_TYPE = "school_type"
    SCHOOL = "school"
    AREA = "area"
    FOUNDER = "founder"
    GRADE = "grade"
    GENDER = "gender"
    WRITER = "writer"
    CONCERNED = "concerned"
    PRIMARY = "primary"
    TOPIC = "topic"
    LEVEL = "level"
    REPORTING_CLASS = "reporting_class"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"
    HOURS = "hours"
    OUTCOME = "outcome"
    WAIT = "wait"
    WORK = "work"
    CLOSED_REASON = "closed_reason"
    AGENCY = "agency"
    CALL_TRANSFER = "call_transfer"
    SURVEY_HEARD = "survey_heard"
    SURVEY_EASE = "survey_ease"
    SURVEY_AGAIN = "survey_again"


DIMENSION_NAMES: Final[Mapping[Dimension, str]] = {
    Dimension.KIND: "相談の種類",
    Dimension.CHANNEL: "受けた方法",
    Dimension.SCHOOL_TYPE: "校種",
    Dimension.SCHOOL: "学校",
    Dimension.AREA: "市町村",
    Dimension.FOUNDER: "設置者",
    Dimension.GRADE: "学年",
    Dimension.GENDER: "性別",
    Dimension.WRITER: "書いた人",
    Dimension.CONCERNED: "だれのことか",
    Dimension.PRIMARY: "主な内容",
    Dimension.TOPIC: "内容（主な内容とほかの内容）",
    Dimension.LEVEL: "危険度",
    Dimension.REPORTING_CLASS: "報告区分",
    Dimension.MONTH: "月",
    Dimension.WEEKDAY: "曜日",
    Dimension.HOUR: "時間帯",
    Dimension.HOURS: "受付時間の内か外か",
    Dimension.OUTCOME: "結果",
    Dimension.WAIT: "待ち時間",
    Dimension.WORK: "対応時間",
    Dimension.CLOSED_REASON: "終わりの理由",
    Dimension.AGENCY: "つないだところ",
    Dimension.CALL_TRANSFER: "電話への移行",
    Dimension.SURVEY_HEARD: "アンケート：聞いてもらえたか",
    Dimension.SURVEY_EASE: "アンケート：気持ちの変化",
    Dimension.SURVEY_AGAIN: "アンケート：また使いたいか",
}
SEVERAL: Final = frozenset({Dimension.TOPIC, Dimension.AGENCY})
LEVEL_NAMES: Final[Mapping[Level, str]] = {
    Level.CRITICAL: "緊急",
    Level.HIGH: "高い",
    Level.CONCERN: "気がかり",
    Level.NONE: "通常",
}
AGENCY_NAMES: Final[Mapping[Agency, str]] = {
    Agency.POLICE: "警察",
    Agency.FIRE: "消防・救急",
    Agency.CHILD_GUIDANCE_CENTRE: "児童相談所",
    Agency.PREFECTURAL_BOARD: "都道府県教育委員会",
    Agency.MUNICIPAL_BOARD: "市区町村教育委員会",
    Agency.SCHOOL: "学校",
    Agency.OPERATOR: "この窓口の運営者",
    Agency.OTHER: "ほかの関係機関",
}
FOUNDER_NAMES: Final[Mapping[Founder, str]] = {
    Founder.PUBLIC: "公立",
    Founder.PREFECTURAL: "県立",
    Founder.MUNICIPAL: "市町村立",
    Founder.NATIONAL: "国立",
    Founder.PRIVATE: "私立",
}
CONCERNED_NAMES: Final[Mapping[Concerned, str]] = {
    Concerned.SELF: "書いた本人",
    Concerned.OTHER_PUPIL: "ほかの児童生徒",
    Concerned.UNKNOWN: "不明",
}
HOURS_NAMES: Final[Mapping[HoursStatus, str]] = {
    HoursStatus.OPEN: "受付時間の内",
    HoursStatus.RECEPTION_OVER: "最終受付のあと",
    HoursStatus.CLOSED: "受付時間の外",
}
REASON_NAMES: Final[Mapping[str, str]] = {
    Outcome.ESTABLISHED: "記録：成立",
    Outcome.NO_RESPONSE: "記録：無応答",
    Outcome.PRANK: "いたずら",
    ClosedWithout.WITHDRAWN: "取り下げ",
    ClosedWithout.READ: "読んで終わり",
    ClosedWithout.REPORT: "通報の終わり",
    "silence": "返事がなく終わり",
}
_WAITS: Final = ("1分以内", "3分以内", "5分以内", "10分以内", "30分以内", "60分以内", "60分より長い")
_WORKS: Final = ("10分未満", "10〜30分", "30〜60分", "60〜90分", "90〜120分", "120分以上")
_STATES: Final = {str(state): STATE_NAMES[state] for state in ToldState if state is not ToldState.TOLD}


def _survey(step: Step) -> dict[str, str]:
    return {code: title for title, code in QUESTIONS[step].answers.items()}


#: Codes in the order in which they are shown, with their names; dimensions of open lists are left out.
VALUES: Final[Mapping[Dimension, Mapping[str, str]]] = {
    Dimension.KIND: {str(code): name for code, name in KIND_NAMES.items()},
    Dimension.CHANNEL: {str(code): name for code, name in CHANNEL_NAMES.items()},
    Dimension.SCHOOL_TYPE: {str(code): str(code) for code in SchoolType} | _STATES,
    Dimension.FOUNDER: {str(code): name for code, name in FOUNDER_NAMES.items()},
    Dimension.GRADE: {code: code for code in GRADES} | _STATES,
    Dimension.GENDER: {code: code for code in GENDERS} | _STATES,
    Dimension.WRITER: {str(code): name for code, name in WRITER_NAMES.items()},
    Dimension.CONCERNED: {str(code): name for code, name in CONCERNED_NAMES.items()},
    Dimension.PRIMARY: {str(code): name for code, name in TOPIC_NAMES.items()},
    Dimension.TOPIC: {str(code): name for code, name in TOPIC_NAMES.items()},
    Dimension.LEVEL: {str(code): name for code, name in LEVEL_NAMES.items()},
    Dimension.REPORTING_CLASS: {str(code): name for code, name in CLASS_NAMES.items()},
    Dimension.WEEKDAY: {str(number + 1): f"{day}曜" for number, day in enumerate("月火水木金土日")},
    Dimension.HOUR: {str(hour): f"{hour}時台" for hour in range(24)},
    Dimension.HOURS: {str(code): name for code, name in HOURS_NAMES.items()},
    Dimension.OUTCOME: {str(code): name for code, name in OUTCOME_NAMES.items()},
    Dimension.WAIT: {str(number): name for number, name in enumerate(_WAITS)},
    Dimension.WORK: {str(number): name for number, name in enumerate(_WORKS)},
    Dimension.CLOSED_REASON: {str(code): name for code, name in REASON_NAMES.items()},
    Dimension.AGENCY: {str(code): name for code, name in AGENCY_NAMES.items()},
    Dimension.CALL_TRANSFER: {"true": "移行した", "false": "移行していない"},
    Dimension.SURVEY_HEARD: _survey(Step.HEARD),
    Dimension.SURVEY_EASE: _survey(Step.EASE),
    Dimension.SURVEY_AGAIN: _survey(Step.AGAIN),
}
#: What a fact without a value is called.
NOTHING_NAMES: Final[Mapping[Dimension, str]] = {
    Dimension.SCHOOL: "学校を記録しない・不明",
    Dimension.AREA: "市町村を記録しない・不明",
    Dimension.FOUNDER: "不明",
    Dimension.LEVEL: "未判定",
    Dimension.REPORTING_CLASS: "報告なし",
    Dimension.WAIT: "相談員につながらなかった",
    Dimension.WORK: "相談員と話していない",
    Dimension.AGENCY: "なし",
    Dimension.SURVEY_HEARD: "答えなし",
    Dimension.SURVEY_EASE: "答えなし",
    Dimension.SURVEY_AGAIN: "答えなし",
}


@dataclass(frozen=True, slots=True)
class FactQuery:
    """What is to be counted. first, last: days of the first messages, both included; test: drills alone."""

    profile: str
    first: date
    last: date
    rows: Dimension
    columns: Dimension
    test: bool = False

    def __post_init__(self) -> None:
        """Raises: InputRefused."""
        if self.last < self.first:
            raise InputRefused("last", "終わりの日を、始まりの日かそれより後にしてください。")
        if (self.last - self.first).days > LONGEST:
            raise InputRefused("last", "一度に集計できるのは5年までです。期間を短くしてください。")
        if self.rows is self.columns:
            raise InputRefused("columns", "縦と横には、別の項目を選んでください。")


@dataclass(frozen=True, slots=True)
class Tally:
    """facts: how many; users: of how many people, of one fiscal year each."""

    facts: int = 0
    users: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of counts by codes; what isn't in it is nothing."""

    cells: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    rows: Mapping[str, Tally] = field(default_factory=dict)
    columns: Mapping[str, Tally] = field(default_factory=dict)
    total: Tally = Tally()


def in_order(dimension: Dimension, codes: Sequence[str]) -> list[str]:
    """Codes as they are shown: as their list has them, others by themselves, facts without a value last."""
    places = {code: number for number, code in enumerate(VALUES.get(dimension, {}))}
    return sorted(codes, key=lambda code: (code == NOTHING, places.get(code, len(places)), code))


def name_of(dimension: Dimension, code: str, schools: Mapping[str, str]) -> str:
    """A code in words. schools: names by code."""
    if code == NOTHING:
        return NOTHING_NAMES.get(dimension, "なし")
    if dimension is Dimension.SCHOOL:
        return schools.get(code, code)
    if dimension is Dimension.MONTH:
        year, _, month = code.partition("-")
        return f"{year}年{int(month)}月"
    return VALUES.get(dimension, {}).get(code, code)
