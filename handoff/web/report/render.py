"""The report's pages as HTML. What people wrote is escaped by the templates, and stands nowhere but in their fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sanic.response import HTTPResponse, html

from handoff.domain.evidence import Evidence
from handoff.domain.hours import HoursStatus, spoken_moment
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Availability
from handoff.domain.profile.wording import open_lines
from handoff.domain.report import (
    DANGER_NAMES,
    PLACE_NAMES,
    SINCE_NAMES,
    TELL_SCHOOL_NAMES,
    WITNESS_NAMES,
    WORDS,
    Answers,
    Danger,
    Report,
    ReportStatus,
)
from handoff.domain.report_receipt import in_blocks
from handoff.services.keep_trace import kept_in_words
from handoff.services.report.return_to_report import Mine
from handoff.services.report_ports import HeardLine
from handoff.services.setting import Setting
from handoff.web.desk.form_pages import moment_words
from handoff.web.report.files import shown_files
from handoff.web.report.form import LABELS, TITLES, Fault, Step
from handoff.web.report.sitting import sitting_now

_templates: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_templates.globals |= {
    "danger_names": DANGER_NAMES,
    "witness_names": WITNESS_NAMES,
    "place_names": PLACE_NAMES,
    "since_names": SINCE_NAMES,
    "tell_school_names": TELL_SCHOOL_NAMES,
    "longest": WORDS,
}
#: Help that is there at any hour, beside the profile's lines.
ALWAYS: Final = (
    ("110", "警察", "いますぐあぶないとき"),
    ("119", "救急・消防", "けがや、体のぐあいが悪いとき"),
    ("189", "児童相談所", "家で、つらいことをされているとき"),
)
_KNOWN: Final = frozenset(number for number, _name, _when in ALWAYS)
#: Where a report stands, in words for the one who sent it.
STANDING: Final[Mapping[ReportStatus, str]] = {
    ReportStatus.DRAFT: "書いているところです。まだ送っていません。",
    ReportStatus.NEW: "届いています。窓口の人が読みます。",
    ReportStatus.IN_HAND: "窓口の人が読んで、対応しています。",
    ReportStatus.DONE: "この知らせへの対応は終わりました。新しいことがあれば、書き足せます。",
    ReportStatus.WITHDRAWN: "取り下げました。また伝えたくなったら、書き足せます。",
    ReportStatus.PRANK: "この知らせへの対応は終わりました。新しいことがあれば、書き足せます。",
}


def frame(setting: Setting) -> dict[str, Any]:
    """What stands on every page: whose it is, when it is read, who can be called now, what is kept of the visit."""
    profile, now = setting.profile, setting.clock.now()
    return {
        "service_name": profile.service_name,
        "trouble": setting.trouble,
        "owner": profile.owner,
        "read_when": read_when(profile, now),
        "coming": profile.coming_closure_words(now),
        "any_time": profile.channels.report.availability is not Availability.SERVICE_HOURS,
        "trace": kept_in_words(profile.trace),
        "always": ALWAYS,
        "sitting": sitting_now(),
        "policy": setting.policy_number,
        "lines": [line for line in _open(profile, now) if line.told not in _KNOWN],
    }


def read_when(profile: Profile, now: datetime) -> str:
    """When it is read, told as it is: never a promise of how soon."""
    said = profile.closure_words(now)
    if said:
        return f"{said}書いたことは届きますが、すぐには読まれません。"
    if profile.hours.status(now) is not HoursStatus.CLOSED:
        return "いまは、窓口に人がいる時間です。ほかの相談もあるので、すぐに読めないことがあります。"
    opening = profile.hours.next_opening(now)
    when = "" if opening is None else f"次に窓口が開くのは、{spoken_moment(opening, now)}です。"
    return f"いまは、窓口に人がいない時間です。書いたことは、すぐには読まれません。{when}"


@dataclass(frozen=True, slots=True)
class _Line:
    """Somebody to call or write to who is there now. note: what a phone without a contract can't do (WG-21)."""

    name: str
    told: str
    href: str
    when: str
    note: str


def _open(profile: Profile, now: datetime) -> list[_Line]:
    rows = []
    for line in open_lines((*(profile.lines or ()), *(profile.lines_by_text or ())), now):
        until = line.hours.reception_until(now)
        told = line.number or line.url or ""
        rows.append(
            _Line(
                name=line.name,
                told=told,
                href=f"tel:{line.number.replace('-', '')}" if line.number else told,
                when="24時間" if line.hours.always_open(now) or until is None else f"{until:%H:%M}まで",
                note="通話の契約がないスマートフォンからは、かけられません" if line.without_contract is False else "",
            )
        )
    return rows


def heard_words(heard: Sequence[HeardLine], now: datetime) -> list[dict[str, str]]:
    """What was said to a reporter, for the page."""
    today = now.date()
    return [
        {
            "text": line.text,
            "by": _from(line),
            "at": moment_words(line.at, today),
        }
        for line in heard
    ]


def _from(line: HeardLine) -> str:
    if not line.by_person:
        return "自動の案内"
    return f"窓口の人（{line.sender}）から" if line.sender else "窓口の人から"


def _page(setting: Setting, template: str, status: int, **shown: Any) -> HTTPResponse:
    page = _templates.get_template(f"report/{template}").render(**frame(setting), **shown)
    return html(page, status=status)


def step_page(
    setting: Setting,
    step: Step,
    steps: Sequence[Step],
    answers: Answers,
    token: str,
    *,
    turn: int = 1,
    typed: Mapping[str, str] | None = None,
    school: str = "",
    school_name: str = "",
    faults: Sequence[Fault] = (),
    heard: Sequence[HeardLine] = (),
    files: Sequence[Evidence] = (),
    said: str = "",
    status: int = 200,
) -> HTTPResponse:
    """One page of the form. turn: of its first request, beyond all before it; typed: words that stand in the fields though
    they could not be kept; school: the code of the card's link; said: what the page says above everything else.
    """
    words = {name: getattr(answers, name) for name in WORDS} | dict(typed or {})
    number = list(steps).index(step)
    return _page(
        setting,
        f"step_{step}.html",
        status,
        step=step,
        steps=[(one, TITLES[one]) for one in steps],
        number=number + 1,
        title=TITLES[step],
        labels=LABELS,
        answers=answers,
        words=words,
        token=token,
        turn=turn,
        school=school,
        school_name=school_name,
        faults=faults,
        wrong=defaultdict(str, {fault.field: fault.text for fault in faults}),
        heard=heard_words(heard, setting.clock.now()),
        said=said,
        in_danger=answers.danger is Danger.NOW,
        key=str(uuid4()),
        notice=setting.profile.disclosure_notice(),
        told=told(answers),
        **shown_files(setting.profile, files),
    )


def told(answers: Answers) -> list[tuple[Step, str, str]]:
    """What was answered, as rows: the step in which it can be changed, what was asked, the answer."""
    places = "、".join(PLACE_NAMES[place] for place in answers.places)
    rows = [
        (Step.DANGER, "あぶない人はいるか", DANGER_NAMES[answers.danger] if answers.danger else ""),
        (Step.DANGER, "あなたは", WITNESS_NAMES[answers.witness] if answers.witness else ""),
        (Step.WHAT, LABELS["what"], answers.what),
        (Step.WHAT, "どこで", _joined(places, answers.where_words)),
        (Step.WHAT, "いつから", _joined(SINCE_NAMES[answers.since] if answers.since else "", answers.since_words)),
        (Step.WHAT, LABELS["people"], answers.people),
        (Step.SCHOOL, LABELS["school_name"], answers.school_name),
        (Step.SCHOOL, LABELS["grade"], answers.grade),
        (
            Step.SCHOOL,
            "学校に伝えてよいか",
            TELL_SCHOOL_NAMES[answers.tell_school] if answers.tell_school else "",
        ),
        (Step.SCHOOL, LABELS["tell_how"], answers.tell_how),
    ]
    return [(step, asked, answer.strip()) for step, asked, answer in rows if answer.strip()]


def _joined(*texts: str) -> str:
    return "\n".join(text.strip() for text in texts if text.strip())


def receipt_page(
    setting: Setting, token: str, receipt: str, *, in_danger: bool = False, fault: str = "", status: int = 200
) -> HTTPResponse:
    """The one page that shows the code."""
    code = in_blocks(receipt)
    return _page(
        setting,
        "receipt.html",
        status,
        token=token,
        code=code,
        blocks=code.split("-"),
        in_danger=in_danger,
        fault=fault,
    )


def mine_page(
    setting: Setting,
    token: str,
    mine: Mine,
    *,
    said: str = "",
    fault: Fault | None = None,
    words: str = "",
    asks_again: bool = False,
    files: Sequence[Evidence] = (),
    status: int = 200,
) -> HTTPResponse:
    """One's own report. asks_again: whether it shall really be withdrawn."""
    report, now = mine.report, setting.clock.now()
    return _page(
        setting,
        "mine.html",
        status,
        token=token,
        standing=_standing(mine),
        started=moment_words(report.sent_at or report.started_at, now.date()),
        heard=heard_words(mine.heard, now),
        told=told(report.answers),
        answers=report.answers,
        said=said,
        fault=fault,
        words=words,
        key=str(uuid4()),
        may_withdraw=_may_withdraw(report) and not mine.wishes_withdrawn,
        asks_again=asks_again,
        **shown_files(setting.profile, files),
    )


def _standing(mine: Mine) -> str:
    if mine.wishes_withdrawn:
        return "取り下げたいという希望を、受け取りました。安全のことが気になるため、窓口の人がいちど読んで決めます。"
    return STANDING[mine.report.status]


def _may_withdraw(report: Report) -> bool:
    return report.status in (ReportStatus.NEW, ReportStatus.IN_HAND)


def return_page(
    setting: Setting, *, fault: str = "", typed: str = "", said: str = "", status: int = 200
) -> HTTPResponse:
    """Where the receipt is typed."""
    return _page(setting, "return.html", status, fault=fault, typed=typed, said=said)


def trouble_page(setting: Setting, title: str, text: str, status: int) -> HTTPResponse:
    """A page that stands alone, always with whom one can call."""
    return _page(setting, "trouble.html", status, title=title, text=text)
