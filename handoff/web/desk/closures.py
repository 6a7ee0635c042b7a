"""``/desk/closures``: a supervisor closes the window, plans a closure, and lifts either again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE, HoursStatus, spoken_moment
from handoff.domain.staff import StaffMember
from handoff.domain.window_closure import TOLD_AHEAD, WindowClosure
from handoff.domain.wording_rules import LONGEST_BUBBLE
from handoff.services.desk.close_window import Closures
from handoff.web.desk.form_pages import Form, back, id_of, key_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_closures = Blueprint("desk_closures", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/closures"
SAID: Final = {
    "closed": "閉じました。いま話している相談は、最後まで話せます。",
    "planned": "休みを予定に入れました。",
    "lifted": "取りやめました。",
}
_STATUS: Final = {
    HoursStatus.OPEN: "開いています",
    HoursStatus.RECEPTION_OVER: "新しい受付は終わりました",
    HoursStatus.CLOSED: "閉まっています",
}


@desk_closures.get("/closures")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """What is closed now and will be, and the two forms; for supervisors."""
    return await _page(request, member)


@desk_closures.post("/closures/now")
@posts
async def close_now(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``text``, ``ends_at`` (empty: until the next opening), ``key``."""
    try:
        ends_at = _moment(form, "ends_at")
        await parts_of(request).care.close_window(member, key_of(form), form.get("text", ""), ends_at)
    except InputRefused as error:
        return await _page(request, member, form, error, "now")
    return back(PAGE, "closed")


@desk_closures.post("/closures/plan")
@posts
async def plan(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``text``, ``begins_at``, ``ends_at``, ``key``."""
    try:
        begins_at, ends_at = _moment(form, "begins_at"), _moment(form, "ends_at")
        if begins_at is None:
            raise InputRefused("begins_at", "いつから休むかを入れてください。")
        if ends_at is None:
            raise InputRefused("ends_at", "いつまで休むかを入れてください。")
        await parts_of(request).care.plan_closure(member, key_of(form), form.get("text", ""), begins_at, ends_at)
    except InputRefused as error:
        return await _page(request, member, form, error, "plan")
    return back(PAGE, "planned")


@desk_closures.post("/closures/<closure_id:uuid>/lift")
@posts
async def lift(request: Request[Any, Any], member: StaffMember, form: Form, closure_id: UUID) -> HTTPResponse:
    """Open again now, or call a coming closure off."""
    await parts_of(request).care.lift_closure(member, closure_id)
    return back(PAGE, "lifted")


def _moment(form: Form, name: str) -> datetime | None:
    """A minute of a form, in Japan's time; None where it is empty. Raises: InputRefused."""
    told = form.get(name, "").strip()
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise InputRefused(name, "日にちと時刻を「2026-11-20T16:00」の形で入れてください。")
    return at.replace(tzinfo=ZONE)


def _field(at: datetime) -> str:
    """A moment as a field of a form has it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    typed: Form | None = None,
    error: InputRefused | None = None,
    form: str = "",
) -> HTTPResponse:
    closures = await parts_of(request).care.read_closures(member)
    now, typed = closures.now, typed or {}
    return await page_of(
        request,
        member,
        "closures.html",
        status=200 if error is None else error.status,
        here="closures",
        said=SAID.get(str(request.args.get("said", ""))),
        # Beside its field, and for every ear at the top of the page.
        fault=None if error is None else error.text,
        wrong=form,
        field="" if error is None else error.field,
        status_words=_STATUS[closures.status],
        open_now=closures.status is HoursStatus.OPEN,
        opens=None if closures.opens_at is None else spoken_moment(closures.opens_at, now),
        until=None if closures.until is None else spoken_moment(closures.until, now),
        running=[_shown(one, closures) for one in closures.running],
        coming=[_shown(one, closures) for one in closures.coming],
        standard=closures.words,
        planned=closures.planned,
        ahead=TOLD_AHEAD.days,
        typed=typed,
        key=id_of(typed, "key") or new_key(),
        earliest=_field(now),
        longest=LONGEST_BUBBLE,
    )


def _shown(closure: WindowClosure, closures: Closures) -> dict[str, Any]:
    today = closures.now.astimezone(ZONE).date()
    return {
        "id": str(closure.id),
        "begins": moment_words(closure.begins_at, today),
        "ends": moment_words(closure.ends_at, today),
        "text": closure.text or "（この文は開けませんでした）",
        "by": closures.aliases[closure.made_by],
        "at": moment_words(closure.made_at, today),
        "announced": closure.announced,
    }
