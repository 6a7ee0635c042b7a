"""``/desk/reports``: the inbox for reports, one report with all that is done about it, and the page for whoever is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from handoff.domain.coding import TopicCode, Way
from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, OwnReview, SessionTaken, TsunagiError
from handoff.domain.hours import ZONE
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency, ReportingClass
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up import WithoutConsent
from handoff.services.desk.reports.hand_over_report import Telling
from handoff.web.desk import report_view as view
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form, back, id_of, key_of, posts
from handoff.web.desk.guard import ROOT, parts_of, polls, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.report_page import PAGE, Tried, one_page
from handoff.web.desk.sheet_view import spoken

desk_reports = Blueprint("desk_reports", url_prefix=f"{ROOT}/reports")

#: What the address says of which reports are shown.
TO_DO: Final = "to_do"
FILTERS: Final = {TO_DO: "対応するもの", "new": "未着手", "in_hand": "対応中", "over": "終わったもの"}
SAID: Final = {
    "take": "この通報を受け持ちました。",
    "triage": "報告区分と内容を記録しました。",
    "check": "照合を記録しました。",
    "hand-over": "伝えたことを記録しました。下の「対応の記録」から、渡す1枚を印刷できます。",
    "answer": "返事を書きました。",
    "note": "メモを残しました。",
    "link": "同じことについての通報としてつなげました。",
    "unlink": "つながりを外しました。",
    "prank": "いたずらとして終わりにしました。",
    "close": "終わりにしました。",
    "asked": "ほかの人が確認すると、終わりになります。",
    "send-back": "理由をつけて戻しました。",
    "reopen": "もう一度、対応を始めました。",
}
_REFUSALS: Final = (InputRefused, MoveRefused, OwnReview, SessionTaken, EscalationTaken)


# --- reading ----------------------------------------------------------------------------------------------------------


@desk_reports.get("/", strict_slashes=False)
@reads
async def show_inbox(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``?show=``: to_do (as without), new, in_hand or over; ``?mine``: only what this person works on."""
    parts = parts_of(request)
    told = str(request.args.get("show", TO_DO))
    shown = told if told in FILTERS else TO_DO
    mine = request.args.get("mine") is not None
    inbox = await parts.reports.read.inbox(member, over=shown == "over")
    rows = [view.entry(one, parts.setting.profile, member, inbox.at) for one in inbox.entries]
    rows = [row for row in rows if shown in (TO_DO, "over") or row["status"] == shown]
    return await page_of(
        request,
        member,
        "reports.html",
        here="reports",
        filters=FILTERS,
        show=shown,
        mine=mine,
        rows=[row for row in rows if row["mine"] or not mine],
        waiting=inbox.waiting,
        working=inbox.working,
        overdue=inbox.overdue,
        version=inbox.version,
    )


@desk_reports.get("/state")
@polls
async def show_state(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``?of=`` a report's id, or nothing for the inbox: whether an open page is old, and how many wait; as JSON."""
    told = str(request.args.get("of", ""))
    version, waiting = await parts_of(request).reports.read.state(id_of({"of": told}, "of") if told else None, member)
    return json_response({"version": version, "waiting": waiting})


@desk_reports.get("/<report_id:uuid>")
@reads
async def show_one(request: Request[Any, Any], member: StaffMember, report_id: UUID) -> HTTPResponse:
    """One report; opening it is on record."""
    return await one_page(request, member, report_id, said=SAID.get(str(request.args.get("said", ""))))


@desk_reports.get("/<report_id:uuid>/handover")
@reads
async def show_handover(request: Request[Any, Any], member: StaffMember, report_id: UUID) -> HTTPResponse:
    """``?step=``: the page of one handing over, to be printed; opening it is on record."""
    step = id_of({"step": str(request.args.get("step", ""))}, "step") or UUID(int=0)
    page = await parts_of(request).reports.hand_over.page(report_id, step, member)
    return await page_of(
        request,
        member,
        "report_handover.html",
        status=200 if page.lines else 403,
        here="reports",
        at=f"{PAGE}/{report_id}",
        agency=AGENCY_NAMES[page.to],
        lines=page.lines,
        reference=step.hex[:8],
        made=spoken(page.at),
    )


# --- doing ------------------------------------------------------------------------------------------------------------

type Do = Callable[[StaffMember, Form, UUID], Awaitable[object]]


async def _do(
    request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID, verb: str, do: Do, said: str = ""
) -> HTTPResponse:
    """Do it, and show the page again; what was typed in vain isn't lost."""
    try:
        await do(member, form, key_of(form))
    except _REFUSALS as error:
        return await one_page(request, member, report_id, tried=_tried(verb, error, form))
    return back(f"{PAGE}/{report_id}", said or verb)


def _tried(verb: str, error: TsunagiError, form: Form) -> Tried:
    field = error.field if isinstance(error, InputRefused) else ""
    text = error.text
    if isinstance(error, MoveRefused):
        text = "この通報は、いまはそうできません。ほかの人が先に進めたかもしれません。いまの記録を見てください。"
    return Tried(verb, text, field, error.status, form)


@desk_reports.post("/<report_id:uuid>/take")
@posts
async def take(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``key``: be the one who works on it."""
    reports = parts_of(request).reports
    return await _do(request, member, form, report_id, "take", lambda m, _, key: reports.take(report_id, m, key))


@desk_reports.post("/<report_id:uuid>/triage")
@posts
async def triage(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``reporting_class``, ``topic``, ``key``."""

    async def do(who: StaffMember, form: Form, key: UUID) -> None:
        decided = chosen(ReportingClass, form, "reporting_class", "報告区分を選んでください。")
        topic = chosen(TopicCode, form, "topic", "内容を選んでください。")
        await parts_of(request).reports.triage(report_id, who, decided, topic, key)

    return await _do(request, member, form, report_id, "triage", do)


@desk_reports.post("/<report_id:uuid>/check")
@posts
async def check(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``check``: with what it was compared, and what that showed; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.check(report_id, m, f.get("check", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "check", do)


@desk_reports.post("/<report_id:uuid>/answer")
@posts
async def answer(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``answer``: what the reporter reads; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.answer(report_id, m, f.get("answer", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "answer", do)


@desk_reports.post("/<report_id:uuid>/hand-over")
@posts
async def hand_over(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``to``, ``way``, ``at``, ``words``, ``agreed``, ``decided`` with ``supervisor``, ``board``, ``reason``,
    ``source_protected``; ``key``.
    """

    async def do(who: StaffMember, form: Form, key: UUID) -> None:
        decision = None
        if form.get("decided"):
            decision = WithoutConsent(
                form.get("supervisor", ""),
                form.get("board", ""),
                form.get("reason", ""),
                source_protected=bool(form.get("source_protected")),
            )
        telling = Telling(
            chosen(Agency, form, "to", "渡す相手を選んでください。"),
            chosen(Way, form, "way", "どうやって伝えたかを選んでください。"),
            form.get("words", ""),
            _moment(form),
            agreed=bool(form.get("agreed")),
            decision=decision,
        )
        await parts_of(request).reports.hand_over(report_id, who, telling, key)

    return await _do(request, member, form, report_id, "hand-over", do)


def _moment(form: Form) -> datetime | None:
    """When it was told, in Japan's time; None where the field is empty. Raises: InputRefused."""
    told = form.get("at", "").strip()
    if not told:
        return None
    try:
        return datetime.fromisoformat(told).replace(tzinfo=ZONE)
    except ValueError:
        raise InputRefused("at", "日時を「2026-11-20T18:30」の形で入れてください。") from None


@desk_reports.post("/<report_id:uuid>/note")
@posts
async def note(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``note``, ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.note(report_id, m, f.get("note", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "note", do)


@desk_reports.post("/<report_id:uuid>/link")
@posts
async def link(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``other``: a report on the same matter; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.link(report_id, id_of(f, "other"), m, key)  # noqa: E731
    return await _do(request, member, form, report_id, "link", do)


@desk_reports.post("/<report_id:uuid>/unlink")
@posts
async def unlink(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``key``: it stands alone from now on."""
    reports = parts_of(request).reports
    return await _do(
        request, member, form, report_id, "unlink", lambda m, _, key: reports.link.unlink(report_id, m, key)
    )


@desk_reports.post("/<report_id:uuid>/prank")
@posts
async def prank(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``prank``: why; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.prank(report_id, m, f.get("prank", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "prank", do)


@desk_reports.post("/<report_id:uuid>/close")
@posts
async def close(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``close``: what came of it; ``key``. At risk the first person asks and the second one finishes."""
    reports = parts_of(request).reports
    try:
        after = await reports.close(report_id, member, form.get("close", ""), key_of(form))
    except _REFUSALS as error:
        return await one_page(request, member, report_id, tried=_tried("close", error, form))
    return back(f"{PAGE}/{report_id}", "close" if after.closed_at is not None else "asked")


@desk_reports.post("/<report_id:uuid>/send-back")
@posts
async def send_back(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``returned``: why it isn't over yet; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.close.send_back(report_id, m, f.get("returned", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "send-back", do)


@desk_reports.post("/<report_id:uuid>/reopen")
@posts
async def reopen(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID) -> HTTPResponse:
    """``reopen``: why; ``key``."""
    reports = parts_of(request).reports
    do: Do = lambda m, f, key: reports.reopen(report_id, m, f.get("reopen", ""), key)  # noqa: E731
    return await _do(request, member, form, report_id, "reopen", do)
