"""``/desk/requests/data``: requests about personal data, one of them with all that can be done, and what is printed."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.exceptions import NotFound as NoSuchPage
from sanic.response import HTTPResponse

from handoff.domain.data_request import Arrival, Asker, Wish
from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form, back, day_of, key_of, posts
from handoff.web.desk.guard import reads
from handoff.web.desk.requests.data_acts import STEPS
from handoff.web.desk.requests.data_view import copy_of, row_of, view_of
from handoff.web.desk.requests.pages import (
    DATA,
    desk_of,
    desk_requests,
    page_number,
    show_page,
    wants_ended,
    whole_day,
)
from handoff.web.desk.requests.words import ARRIVALS, ASKERS, WISHES

SAID: Final = {
    "received": "受け付けました。次は、だれについての、だれからの請求かを確かめてください。",
    "link": "相談とつなぎました。",
    "check": "確かめたことを記録しました。",
    "extend": "期限を延ばしました。請求した人に、理由と新しい期限を伝えてください。",
    "decide": "決定を記録しました。",
    "agree": "二人目として確認しました。",
    "reconsider": "決定を取り消しました。もう一度決められます。",
    "tell": "伝えたことを記録しました。",
    "dispose": "消去を指示しました。",
    "carry-out": "完了にしました。",
    "withdraw": "取り下げを記録しました。",
    "hold": "保全しました。解くまで、消去は指示できません。",
    "lift": "保全を解きました。",
}


@desk_requests.get("/requests/data")
@reads
async def show_data(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Requests that are open, by their last day; with ``ended=1`` those that are over. The form of a new one."""
    return await _list(request, member)


@desk_requests.post("/requests/data")
@posts
async def receive(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``wish``, ``asker``, ``arrival``, ``received_on``, ``about``, ``key``."""
    try:
        received_on = day_of(form, "received_on")
        if received_on is None:
            raise InputRefused("received_on", "請求が届いた日を入れてください。")
        made = await desk_of(request).receive(
            member,
            key_of(form),
            chosen(Wish, form, "wish", "どんな請求かをえらんでください。"),
            chosen(Asker, form, "asker", "だれからの請求かをえらんでください。"),
            chosen(Arrival, form, "arrival", "どうやって届いたかをえらんでください。"),
            received_on,
            form.get("about", ""),
        )
    except InputRefused as error:
        return await _list(request, member, form, error)
    return back(f"{DATA}/{made}", "received")


async def _list(
    request: Request[Any, Any], member: StaffMember, form: Form | None = None, error: InputRefused | None = None
) -> HTTPResponse:
    found = await desk_of(request).read.listed(member, page_number(request), ended=wants_ended(request))
    return await show_page(
        request,
        member,
        "requests_data.html",
        SAID,
        form,
        error,
        "receive",
        rows=[row_of(one, found.today) for one in found.requests],
        total=found.total,
        page=found.page,
        pages=found.pages,
        ended=found.ended,
        whole=member.may(Permission.HANDLE_REQUESTS),
        wishes=WISHES,
        askers=ASKERS,
        arrivals=ARRIVALS,
        today=found.today.isoformat(),
    )


@desk_requests.get("/requests/data/<request_id:uuid>")
@reads
async def show_request(request: Request[Any, Any], member: StaffMember, request_id: UUID) -> HTTPResponse:
    """One request: what is known, what can be done next, and what was done."""
    return await _one(request, member, request_id)


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    request_id: UUID,
    form: Form | None = None,
    error: InputRefused | None = None,
    step: str = "",
) -> HTTPResponse:
    view = await desk_of(request).read.one(member, request_id)
    return await show_page(
        request,
        member,
        "requests_one.html",
        SAID,
        form,
        error,
        step,
        one=view_of(view, member),
        address=f"{DATA}/{request_id}",
    )


@desk_requests.get("/requests/data/<request_id:uuid>/sheet")
@reads
async def show_sheet(request: Request[Any, Any], member: StaffMember, request_id: UUID) -> HTTPResponse:
    """The request with its history on paper, for the files."""
    member.check(Permission.HANDLE_REQUESTS)
    view = await desk_of(request).read.one(member, request_id)
    return await show_page(
        request,
        member,
        "requests_sheet.html",
        {},
        one=view_of(view, member),
        address=f"{DATA}/{request_id}",
        made=whole_day(view.today),
    )


@desk_requests.post("/requests/data/<request_id:uuid>/<step:str>")
@posts
async def act(request: Request[Any, Any], member: StaffMember, form: Form, request_id: UUID, step: str) -> HTTPResponse:
    """The forms of ``data_acts.STEPS``; ``copy`` answers with the page that is handed out."""
    try:
        if step == "copy":
            copy = await desk_of(request).copy(request_id, member, form.get("copy", ""), key_of(form))
            return await show_page(
                request, member, "requests_copy.html", {}, copy=copy_of(copy), address=f"{DATA}/{request_id}"
            )
        if step not in STEPS:
            raise NoSuchPage("no such step")
        await STEPS[step](desk_of(request), request_id, member, form, key_of(form))
    except InputRefused as error:
        return await _one(request, member, request_id, form, error, step)
    if member.may(Permission.HANDLE_REQUESTS):
        return back(f"{DATA}/{request_id}", step)
    # The board sees a request while it waits for a second person alone.
    return back(DATA, step)
