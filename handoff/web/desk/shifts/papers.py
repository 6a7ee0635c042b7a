"""``/desk/shifts/<day>``: the duty log, the daily report and the handover of a shift."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.shift import day_frame
from handoff.domain.staff import Permission, StaffMember
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.form_pages import Form, id_of, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.shifts.pages import PAGE, desk_of, key_in, shift_page, step_in, tried
from handoff.web.desk.shifts.papers_view import daily_view, duty_view, handover_view

desk_shift_papers = Blueprint("desk_shift_papers", url_prefix=ROOT)


# --- the duty log -----------------------------------------------------------------------------------------------------


@desk_shift_papers.get("/shifts/<day:ymd>/duty")
@reads
async def duty(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """Who was there, when too few were, and what people wrote; for board and administrators the totals."""
    return await _duty(request, member, day)


async def _duty(
    request: Request[Any, Any],
    member: StaffMember,
    day: date,
    error: InputRefused | None = None,
    form: Form | None = None,
    wrong: str = "",
) -> HTTPResponse:
    found = await desk_of(request).read.duty(member, day)
    shown = duty_view(found, parts_of(request).setting)
    return await shift_page(request, member, "duty", day, "duty", error, typed=form or {}, wrong=wrong, **shown)


@desk_shift_papers.post("/shifts/<day:ymd>/duty")
@posts
async def write_note(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """``key``, ``time`` (HH:MM), ``words``, ``corrects``: a line of the log."""

    async def work() -> None:
        setting = parts_of(request).setting
        at = _moment(form, day, day_frame(setting.profile.hours, day)[0], setting.clock.now())
        words = form.get("words", "")
        await desk_of(request).write_note(member, key_in(form, "note"), day, at, words, id_of(form, "corrects"))

    return await tried(
        work(), f"{PAGE}/{day}/duty", "noted", lambda error: _duty(request, member, day, error, form, "note"), "notes"
    )


#: Who writes so long after a time past midnight means the night that they are in.
_NIGHT: Final = timedelta(hours=6)


def _moment(form: Form, day: date, begins: datetime, now: datetime) -> datetime:
    """The time of a form on a shift's day; what lies before the day's beginning is past its midnight, and so is what a
    shift that ends late writes of the small hours that it sits in.

    Raises: InputRefused.
    """
    try:
        told = time.fromisoformat(form.get("time", "").strip())
    except ValueError:
        raise InputRefused("time", "時刻を「18:30」の形で入れてください。") from None
    at = datetime.combine(day, told.replace(tzinfo=None), ZONE)
    next_day = at + timedelta(days=1)
    return next_day if at < begins or timedelta() <= now - next_day < _NIGHT else at


@desk_shift_papers.post("/shifts/<day:ymd>/shortage")
@posts
async def shortage(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """``key``, ``step``, ``words``: what a supervisor does about too few people."""
    work = desk_of(request).note_shortage(member, key_in(form, "shortage"), day, step_in(form), form.get("words", ""))
    return await tried(
        work,
        f"{PAGE}/{day}/duty",
        "shortage",
        lambda error: _duty(request, member, day, error, form, "shortage"),
        "short",
    )


# --- the papers -------------------------------------------------------------------------------------------------------


@desk_shift_papers.get("/shifts/<day:ymd>/daily")
@reads
async def daily(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """The daily report; ``?version=`` a finished one."""
    return await _daily(request, member, day)


async def _daily(
    request: Request[Any, Any],
    member: StaffMember,
    day: date,
    error: InputRefused | None = None,
    form: Form | None = None,
) -> HTTPResponse:
    version = _version(request)
    page = await desk_of(request).papers.daily(member, day, version)
    writes = member.may(Permission.RUN_SHIFT) and version is None
    shown = daily_view(page, form or {}, writes=writes, again="again" in request.args or form is not None)
    return await shift_page(request, member, "daily", day, "daily", error, **shown)


def _version(request: Request[Any, Any]) -> int | None:
    told = str(request.args.get("version", ""))
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else None


@desk_shift_papers.post("/shifts/<day:ymd>/daily")
@posts
async def write_daily(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """``key``, ``words``, ``seen`` (the version on the page), ``finish``."""
    return await _write(request, member, form, day, PaperKind.DAILY, _daily)


@desk_shift_papers.get("/shifts/<day:ymd>/handover")
@reads
async def handover(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """The handover to the next shift; on record; ``?version=`` a finished one."""
    return await _handover(request, member, day)


async def _handover(
    request: Request[Any, Any],
    member: StaffMember,
    day: date,
    error: InputRefused | None = None,
    form: Form | None = None,
) -> HTTPResponse:
    version = _version(request)
    page = await desk_of(request).papers.handover(member, day, version)
    again = "again" in request.args or form is not None
    shown = handover_view(page, form or {}, writes=version is None, again=again)
    return await shift_page(request, member, "handover", day, "handover", error, **shown)


@desk_shift_papers.post("/shifts/<day:ymd>/handover")
@posts
async def write_handover(request: Request[Any, Any], member: StaffMember, form: Form, day: date) -> HTTPResponse:
    """The same fields."""
    return await _write(request, member, form, day, PaperKind.HANDOVER, _handover)


async def _write(
    request: Request[Any, Any],
    member: StaffMember,
    form: Form,
    day: date,
    kind: PaperKind,
    show_again: Callable[..., Awaitable[HTTPResponse]],
) -> HTTPResponse:
    told, finish = form.get("seen", ""), "finish" in form
    seen = int(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0
    work = desk_of(request).write_paper(
        member, key_in(form, str(kind)), day, kind, form.get("words", ""), seen, finish=finish
    )
    return await tried(
        work,
        f"{PAGE}/{day}/{kind}",
        "finished" if finish else "saved",
        lambda error: show_again(request, member, day, error, form),
    )
