"""``/desk/shifts``: the shifts of a service, each by its day: its start check and its end check."""

from __future__ import annotations

from datetime import date
from typing import Any

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.shift import ITEM_NAMES, START, Item
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.form_pages import Form, back, id_of, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.shifts.checks_view import end_view, list_view, start_view
from handoff.web.desk.shifts.pages import PAGE, desk_of, key_in, said_of, shift_page, step_in, tried

desk_shifts = Blueprint("desk_shifts", url_prefix=ROOT)


# --- the list -------------------------------------------------------------------------------------------------------


@desk_shifts.get("/shifts")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Today's shift, and all shifts, the newest first; ``?page=``."""
    told = str(request.args.get("page", "1"))
    page = int(told) if told.isascii() and told.isdigit() and len(told) < 7 else 1
    listed = await desk_of(request).read.all(member, page)
    return await page_of(
        request,
        member,
        "shifts.html",
        here="service",
        said=said_of(request),
        key=new_key(),
        runs=member.may(Permission.RUN_SHIFT),
        **list_view(listed),
    )


@desk_shifts.post("/shifts/open")
@posts
async def open_shift(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``key``: begin today's start check."""
    day = await desk_of(request).open(member, key_in(form, "open"))
    return back(f"{PAGE}/{day.isoformat()}", "opened")


# --- the start check --------------------------------------------------------------------------------------------------


@desk_shifts.get("/shifts/<day:ymd>")
@reads
async def start(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """The start check."""
    return await _start(request, member, day)


async def _start(
    request: Request[Any, Any],
    member: StaffMember,
    day: date,
    error: InputRefused | None = None,
    form: Form | None = None,
    wrong: str = "",
) -> HTTPResponse:
    found = await desk_of(request).read.start(member, day)
    shown = start_view(found, parts_of(request).setting)
    return await shift_page(request, member, "start", day, "start", error, typed=form or {}, wrong=wrong, **shown)


@desk_shifts.post("/shifts/<day:ymd>/alarm")
@posts
async def ring_test(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """``key``: ring a test at everybody on the ladder."""
    work = desk_of(request).ring_test(member, key_in(form, "alarm"), day)
    return await tried(
        work, f"{PAGE}/{day}", "rung", lambda error: _start(request, member, day, error, form, "ring"), "alarm"
    )


@desk_shifts.post("/shifts/<day:ymd>/alarm/<rung:int>/received")
@posts
async def received(request: Request[Any, Any], member: StaffMember, form: Form, day: date, rung: int) -> HTTPResponse:
    """``name``: somebody told that they got the test."""
    work = desk_of(request).note_receipt(member, day, rung, form.get("name", ""))
    return await tried(
        work,
        f"{PAGE}/{day}",
        "received",
        lambda error: _start(request, member, day, error, form, f"rung-{rung}"),
        "alarm",
    )


@desk_shifts.post("/shifts/<day:ymd>/confirm/<code:str>")
@posts
async def confirm(request: Request[Any, Any], member: StaffMember, form: Form, day: date, code: str) -> HTTPResponse:
    """``key``, ``words``, ``step``, ``handover``: an item of the start or the end check is seen to."""
    item = next((one for one in ITEM_NAMES if one == code), None)
    if item is None:
        raise NotFound("no such item")
    starts = item in START
    at = f"{PAGE}/{day}" if starts else f"{PAGE}/{day}/end"

    async def again(error: InputRefused) -> HTTPResponse:
        shows = _start if starts else _end
        return await shows(request, member, day, error, form, str(item))

    work = desk_of(request).confirm(
        member,
        key_in(form, str(item)),
        day,
        item,
        words=form.get("words", ""),
        step=step_in(form) if item is Item.STAFF else None,
        handover=id_of(form, "handover"),
    )
    return await tried(work, at, "confirmed", again, str(item))


@desk_shifts.post("/shifts/<day:ymd>/begin")
@posts
async def begin(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """The start check is done."""
    work = desk_of(request).begin(member, day)
    return await tried(work, f"{PAGE}/{day}", "begun", lambda error: _start(request, member, day, error, form, "begin"))


# --- the end check ----------------------------------------------------------------------------------------------------


@desk_shifts.get("/shifts/<day:ymd>/end")
@reads
async def end(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """The end check."""
    return await _end(request, member, day)


async def _end(
    request: Request[Any, Any],
    member: StaffMember,
    day: date,
    error: InputRefused | None = None,
    form: Form | None = None,
    wrong: str = "",
) -> HTTPResponse:
    found = await desk_of(request).read.end(member, day)
    return await shift_page(request, member, "end", day, "end", error, typed=form or {}, wrong=wrong, **end_view(found))


@desk_shifts.post("/shifts/<day:ymd>/close")
@posts
async def close(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """The end check is done."""
    work = desk_of(request).close(member, day)
    return await tried(
        work, f"{PAGE}/{day}/end", "closed", lambda error: _end(request, member, day, error, form, "close")
    )
