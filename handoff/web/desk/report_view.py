"""What the pages of the inbox for reports show, made from what the service gives; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from handoff.domain.coding import CLASS_NAMES, TOPIC_NAMES, WAY_NAMES, TopicCode, Way
from handoff.domain.delivery import DeliveryState
from handoff.domain.hours import ZONE
from handoff.domain.incoming import PAGES, Channel
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency, ReportingClass
from handoff.domain.report import (
    DANGER_NAMES,
    PLACE_NAMES,
    SINCE_NAMES,
    STATUS_NAMES,
    TELL_SCHOOL_NAMES,
    WITNESS_NAMES,
    Answers,
    Danger,
    Report,
)
from handoff.domain.report_telling import HANDED_TO
from handoff.domain.report_triage import Deed, Late, allowed, is_at_risk, is_decided, prank_faults, triage_due
from handoff.domain.session import URGENT
from handoff.domain.staff import StaffMember
from handoff.services.desk.reports.choose_school import NONE
from handoff.services.desk.reports.hand_over_report import TO_FOLLOW
from handoff.services.desk.reports.link_reports import UNLINKED
from handoff.services.desk.reports.read_reports import Entry, ReportPage
from handoff.services.desk.reports.step import ASKED, RETURNED, checked
from handoff.services.desk_view_ports import DeskLine
from handoff.services.report_ports import ReportStep, StepKind
from handoff.web.alarm_marks import Piece, facts_of, marked
from handoff.web.alarm_words import AUTHORS, NOT_ARRIVED, SUSPECTS, moment
from handoff.web.desk.form_pages import day_words, moment_words
from handoff.web.desk.sheet_view import school_words

LATE_WORDS: Final[Mapping[Late, str]] = {
    Late.UNDECIDED: "まだ区分が決まっていません",
    Late.NOT_CALLED: "まだ電話で伝えていません",
    Late.NOT_TOLD: "まだ伝えていません",
}
#: How a report is called in a list: no words of it, for whoever looks over a shoulder.
_REFERENCE: Final = 8
_LEVEL_NAMES: Final = {
    "critical": "緊急",
    "high": "高い",
    "unscreened": "未判定",
    "concern": "気がかり",
    "none": "通常",
}
_CHANNELS: Final = {Channel.LINE: "LINE", Channel.WEB: "ウェブのチャット", Channel.REPORT: "通報のページ"}
_STEPS: Final[Mapping[StepKind, str]] = {
    StepKind.TAKE: "受け持ちました",
    StepKind.TRIAGE: "区分を決めました",
    StepKind.CHECK: "照合しました",
    StepKind.HAND_OVER: "伝えました",
    StepKind.ANSWER: "返事を書きました",
    StepKind.NOTE: "メモ",
    StepKind.LINK: "つなげました",
    StepKind.PRANK: "いたずらにしました",
    StepKind.CLOSE: "終わりにしました",
    StepKind.REOPEN: "もう一度始めました",
    StepKind.DECIDE: "本人の返事なしで伝えることを決めました",
    StepKind.SCHOOL: "台帳の学校を選びました",
    StepKind.LATE: "期限を過ぎたことを、業務責任者に知らせました",
    StepKind.READ: "返事を開きました",
    StepKind.REPLY: "返事を読んだあとに、書き足しました",
}
#: Codes of steps that reporters take, or that end differently.
_BY_CODE: Final[Mapping[str, str]] = {
    "withdrawal_wished": "知らせた人が、取り下げたいと書きました",
    "reporter": "知らせた人が書き足しました",
    UNLINKED: "つながりを外しました",
    ASKED: "終わりにすることを、ほかの人に頼みました",
    RETURNED: "終わりにせず、戻しました",
    NONE: "台帳の学校を「どれでもない」にしました",
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the transcript."""

    by: str
    author: str
    at: str
    pieces: tuple[Piece, ...]
    facts: tuple[str, ...]
    note: str | None
    urgent: bool
    unscreened: bool
    delivery: str


@dataclass(frozen=True, slots=True)
class StepView:
    """Something that was done. page: where what was handed over can be printed."""

    id: str
    what: str
    by: str
    at: str
    words: str
    more: str
    page: bool
    late: bool


def reference(report_id: UUID) -> str:
    """A short name of a report that tells nothing of it."""
    return report_id.hex[:_REFERENCE]


def level_of(report: Report) -> str:
    """The class of its badge."""
    if report.level in URGENT:
        return str(report.level)
    return "unscreened" if report.unscreened else str(report.level or "none")


def head(report: Report, late: Late | None, owner: str | None, me: StaffMember, now: datetime) -> dict[str, Any]:
    """What a list and the page's head say of a report."""
    today = now.astimezone(ZONE).date()
    level, sent = level_of(report), report.sent_at or report.started_at
    return {
        "id": str(report.id),
        "reference": reference(report.id),
        "status": report.status,
        "status_name": STATUS_NAMES[report.status],
        "level": level,
        "level_name": _LEVEL_NAMES[level],
        "danger": DANGER_NAMES[report.answers.danger] if report.answers.danger is Danger.NOW else "",
        "at_risk": is_at_risk(report),
        "channel": _CHANNELS.get(report.channel, ""),
        "sent": moment_words(sent, today),
        "added": moment_words(report.touched_at, today) if report.touched_at > sent else "",
        "unfinished": report.unfinished,
        "owner": owner or "",
        "mine": report.owner_id == me.id,
        "class": CLASS_NAMES[report.reporting_class] if report.reporting_class and is_decided(report) else "",
        "topic": TOPIC_NAMES[report.topic] if report.topic is not None else "",
        "late": LATE_WORDS[late] if late is not None else "",
        "school": report.answers.school_name,
    }


def due_words(report: Report, profile: Profile, now: datetime, *, told: bool) -> str:
    """By when what comes next is to be done; empty where nothing is."""
    today = now.astimezone(ZONE).date()
    if not is_decided(report) or report.deadline is None:
        if is_at_risk(report):
            return "いますぐ読んで、区分を決めます"
        return f"{_day(triage_due(report, profile), today)}までに、区分を決めます"
    if told:
        return ""
    if report.reporting_class is ReportingClass.PHONE_AT_ONCE:
        return "いますぐ電話で伝えます"
    if report.reporting_class is ReportingClass.PERIODIC:
        return f"{_day(report.deadline, today)}の定期報告で伝えます"
    return f"{_day(report.deadline, today)}までに伝えます"


def _day(at: datetime, today: date) -> str:
    return day_words(at.astimezone(ZONE).date(), today)


def entry(one: Entry, profile: Profile, me: StaffMember, now: datetime) -> dict[str, Any]:
    """One report of the list."""
    return head(one.report, one.late, one.owner, me, now) | {
        "due": due_words(one.report, profile, now, told=one.told),
        "together": max(0, one.together - 1),
        "waits": one.waits,
    }


def answer_rows(answers: Answers) -> list[tuple[str, str]]:
    """What the form was told, in its own words and order; what wasn't answered is left out."""
    places = "、".join(PLACE_NAMES[place] for place in answers.places)
    since = SINCE_NAMES[answers.since] if answers.since is not None else ""
    rows = [
        ("いま、あぶない人", DANGER_NAMES[answers.danger] if answers.danger is not None else ""),
        ("知らせた人の立場", WITNESS_NAMES[answers.witness] if answers.witness is not None else ""),
        ("何が起きているか", answers.what),
        ("どこで", _rows(places, answers.where_words)),
        ("いつから", _rows(since, answers.since_words)),
        ("だれが、だれに", answers.people),
        ("学校", answers.school_name),
        ("学年など", answers.grade),
        ("学校に伝えること", TELL_SCHOOL_NAMES[answers.tell_school] if answers.tell_school is not None else ""),
        ("知られたくないこと", answers.tell_how),
    ]
    return [(heading, text) for heading, text in rows if text.strip()]


def _rows(*texts: str) -> str:
    return "\n".join(text for text in texts if text.strip())


def line(one: DeskLine, now: datetime) -> LineView:
    """A line of the transcript as it came, with the marks of the screen."""
    told, note = one.line, None
    if told.hidden:
        note = "相手が、送信を取り消しました（内容は業務責任者が確認できます）。"
    elif told.removed:
        note = "相手が、送信を取り消しました。"
    elif told.text is None:
        note = "この言葉は、開けませんでした。"
    words = "" if told.text is None or told.hidden or told.removed else told.text
    return LineView(
        by="知らせた人" if told.author == "student" else AUTHORS.get(told.author, told.author),
        author=told.author,
        at=moment(told.at, now),
        pieces=marked(words, told.assessment) if words else (),
        facts=() if note else facts_of(told),
        note=note,
        urgent=told.level in URGENT,
        unscreened=told.unscreened,
        delivery="" if one.delivery is None else NOT_ARRIVED.get(one.delivery, ""),
    )


def step(one: ReportStep, page: ReportPage) -> StepView:
    """One row of what was done."""
    by = "知らせた人" if one.code in ("withdrawal_wished", "reporter") or one.kind is StepKind.READ else "自動"
    return StepView(
        id=str(one.id),
        what=_BY_CODE.get(one.code or "", _STEPS[one.kind]),
        by=page.aliases.get(one.by, "") if one.by is not None else by,
        at=moment(one.at, page.at),
        words="" if one.kind is StepKind.SCHOOL else one.words,
        more=_more(one, page),
        page=one.kind is StepKind.HAND_OVER,
        late=one.kind is StepKind.LATE,
    )


def _more(one: ReportStep, page: ReportPage) -> str:
    """What a step's code says, for people."""
    parts = (one.code or "").split(":")
    match one.kind:
        case StepKind.TRIAGE if len(parts) == 2:
            return f"{CLASS_NAMES[ReportingClass(parts[0])]}　{TOPIC_NAMES[TopicCode(parts[1])]}"
        case StepKind.HAND_OVER if len(parts) >= 2:
            follows = "（照合はこのあと）" if TO_FOLLOW in parts else ""
            return f"{AGENCY_NAMES[Agency(parts[0])]}に{WAY_NAMES[Way(parts[1])]}で{follows}"
        case StepKind.ANSWER:
            if one.id in page.unread and page.report.channel in PAGES:
                return "まだ届いていません。もう一度、自動で送ります。"
            if one.id in page.unread:
                return "LINEに「メッセージがあります」と知らせました。本人が押すと届きます。"
            delivery = page.deliveries.get(one.id)
            return "届きました" if delivery is DeliveryState.SENT else "" if delivery is None else NOT_ARRIVED[delivery]
        case StepKind.LINK if one.subject is not None:
            return reference(one.subject)
        case StepKind.SCHOOL if one.words:
            school = page.schools.get(one.words)
            return "（台帳にない学校）" if school is None else school_words(school)
        case StepKind.LATE:
            return LATE_WORDS.get(Late(one.code or ""), "")
        case _:
            return ""


def can(page: ReportPage, me: StaffMember) -> dict[str, bool]:
    """What the forms are shown for; the services decide."""
    may = allowed(page.report)
    trainee = me.trainee and is_at_risk(page.report)
    waits = page.asked is not None
    return {
        "take": Deed.TAKE in may and page.report.owner_id != me.id and not trainee,
        "triage": Deed.TRIAGE in may and not trainee,
        "check": Deed.CHECK in may and not trainee,
        "hand_over": Deed.HAND_OVER in may and not trainee and is_decided(page.report),
        "answer": Deed.ANSWER in may and not me.trainee,
        "note": Deed.NOTE in may,
        "link": Deed.LINK in may,
        "school": Deed.SCHOOL in may and not trainee and page.report.answers.school_code is None,
        "close": Deed.CLOSE in may and not trainee and not waits,
        "finish": waits and not trainee and page.asked is not None and page.asked.by != me.id,
        "prank": Deed.PRANK in may and not trainee and not prank_faults(page.report, supervisor=me.is_supervisor),
        "reopen": Deed.REOPEN in may and not trainee,
        "decide": me.is_supervisor,
        "check_first": page.report.reporting_class is not ReportingClass.PHONE_AT_ONCE and not checked(page.steps),
    }


def choices(profile: Profile) -> dict[str, Mapping[str, str]]:
    """What may be chosen in the forms: code to words."""
    classes = profile.reporting.classes or tuple(ReportingClass)
    return {
        "classes": {str(one): CLASS_NAMES[one] for one in classes},
        "topics": {str(one): name for one, name in TOPIC_NAMES.items()},
        "agencies": _agencies(profile),
        "ways": {str(one): name for one, name in WAY_NAMES.items()},
    }


def _agencies(profile: Profile) -> Mapping[str, str]:
    """The board by the name that this service calls it by, where its profile knows one."""
    named = {contact.agency: contact.name for contact in profile.emergency.order or ()}
    boards = [one for one in HANDED_TO if one is not Agency.SCHOOL and one in named] or [Agency.MUNICIPAL_BOARD]
    return {str(one): named.get(one) or AGENCY_NAMES[one] for one in (*boards, Agency.SCHOOL)}


def linkable(page: ReportPage, me: StaffMember) -> Sequence[tuple[str, str]]:
    """Reports that this one could be linked with, those of the same school first: id and how it is told apart."""
    school = page.report.answers.school_name.strip()

    def near(other: Report) -> tuple[bool, float]:
        same = bool(school) and school == other.answers.school_name.strip()
        return (not same, -(other.sent_at or other.started_at).timestamp())

    return [(str(other.id), short(other, me, page.at)) for other in sorted(page.others, key=near)]


def short(other: Report, me: StaffMember, now: datetime) -> str:
    """One line that tells a report from others."""
    told = head(other, None, None, me, now)
    parts = [told["reference"], told["sent"], told["school"], told["topic"], told["status_name"]]
    return "　".join(part for part in parts if part)


def warnings(page: ReportPage) -> list[str]:
    """Whom nobody may tell."""
    return [SUSPECTS[one] for one in sorted(page.suspects)]
