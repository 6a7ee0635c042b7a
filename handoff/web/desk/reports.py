"""``/desk/reports``: the inbox for reports, one report with all that is done about it, and the page for whoever is told."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from handoff.domain.errors import (
    EscalationTaken,
    InputRefused,
    MoveRefused,
    NotFound,
    OwnReview,
    SessionTaken,
    TsunagiError,
)
from handoff.domain.profile.vocabulary import AGENCY_NAMES
from handoff.domain.report import ReportStatus
from handoff.domain.staff import StaffMember
from handoff.web.desk import report_view as view
from handoff.web.desk.form_pages import Form, back, id_of, key_of, posts
from handoff.web.desk.guard import ROOT, parts_of, polls, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.report_acts import ACTS
from handoff.web.desk.report_page import PAGE, Tried, one_page
from handoff.web.desk.sheet_view import spoken

desk_reports = Blueprint("desk_reports", url_prefix=f"{ROOT}/reports")

#: What the address says of which reports are shown.
TO_DO: Final = "to_do"
OVER: Final = "over"
FILTERS: Final = {TO_DO: "対応するもの", "new": "未着手", "in_hand": "対応中", OVER: "終わったもの"}
#: The last page that is looked up; nobody turns so many.
LAST_PAGE: Final = 10_000
#: What the page says after an act.
SAID: Final = {
    "take": "この通報を受け持ちました。",
    "triage": "報告区分と内容を記録しました。",
    "check": "照合を記録しました。",
    "hand-over": "伝えたことを記録しました。下の「対応の記録」から、渡す1枚を印刷できます。",
    "answer": "返事を書きました。",
    "note": "メモを残しました。",
    "school": "台帳の学校を記録しました。",
    "link": "同じことについての通報としてつなげました。",
    "unlink": "つながりを外しました。",
    "prank": "いたずらとして終わりにしました。",
    "close": "終わりにしました。",
    "asked": "ほかの人が確認すると、終わりになります。",
    "send-back": "理由をつけて戻しました。",
    "reopen": "もう一度、対応を始めました。",
}


# --- reading ----------------------------------------------------------------------------------------------------------


@desk_reports.get("/", strict_slashes=False)
@reads
async def show_inbox(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``?show=``: to_do (as without), new, in_hand or over; ``?mine``: only what this person works on; ``?page=`` from 1."""
    parts = parts_of(request)
    told = str(request.args.get("show", TO_DO))
    shown = told if told in FILTERS else TO_DO
    mine = request.args.get("mine") is not None
    status = ReportStatus(shown) if shown in (ReportStatus.NEW, ReportStatus.IN_HAND) else None
    read = parts.reports.read.inbox
    inbox = await read(member, over=shown == OVER, status=status, mine=mine, page=_page(request))
    return await page_of(
        request,
        member,
        "reports.html",
        here="reports",
        filters=FILTERS,
        show=shown,
        mine=mine,
        rows=[view.entry(one, parts.setting.profile, member, inbox.at) for one in inbox.entries],
        page=inbox.page,
        more=inbox.more,
        waiting=inbox.waiting,
        working=inbox.working,
        overdue=inbox.overdue,
        version=inbox.version,
    )


def _page(request: Request[Any, Any]) -> int:
    told = str(request.args.get("page", ""))
    return min(max(int(told), 1), LAST_PAGE) if told.isascii() and told.isdigit() and len(told) < 9 else 1


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


@desk_reports.post("/<report_id:uuid>/<act:str>")
@posts
async def do(request: Request[Any, Any], member: StaffMember, form: Form, report_id: UUID, act: str) -> HTTPResponse:
    """Do one of ACTS with a report, and show its page again; what was typed in vain isn't lost."""
    if act not in ACTS:
        raise NotFound("no such act")
    try:
        said = await ACTS[act](parts_of(request).reports, report_id, member, form, key_of(form))
    except (InputRefused, MoveRefused, OwnReview, SessionTaken, EscalationTaken) as error:
        return await one_page(request, member, report_id, tried=_tried(act, error, form))
    return back(f"{PAGE}/{report_id}", said or act)


def _tried(act: str, error: TsunagiError, form: Form) -> Tried:
    field = error.field if isinstance(error, InputRefused) else ""
    text = error.text
    if isinstance(error, MoveRefused):
        text = "この通報は、いまはそうできません。ほかの人が先に進めたかもしれません。いまの記録を見てください。"
    return Tried(act, text, field, error.status, form)
