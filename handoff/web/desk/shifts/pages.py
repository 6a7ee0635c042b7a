"""What the routes of a shift share: its pages, the words above them, and how a form is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from sanic import Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.shift import ShortageStep
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.form_pages import Form, back, key_of, new_key
from handoff.web.desk.guard import ROOT, parts_of
from handoff.web.desk.pages import page_of
from handoff.web.desk.shifts.parts import ShiftDesk
from handoff.web.desk.shifts.words import tabs_of

PAGE: Final = f"{ROOT}/shifts"
SAID: Final = {
    "opened": "始まりの確認を始めました。",
    "rung": "試験を送りました。届いた人が開くと、この画面に出ます。",
    "received": "受け取りを記録しました。",
    "confirmed": "確認しました。",
    "begun": "始まりの確認が終わりました。きょうのシフトを始めます。",
    "noted": "書き足しました。",
    "shortage": "どうするかを記録しました。",
    "saved": "下書きを保存しました。",
    "finished": "仕上げました。",
    "closed": "シフトを終わりました。お疲れさまでした。",
}


def desk_of(request: Request[Any, Any]) -> ShiftDesk:
    return parts_of(request).shifts


def said_of(request: Request[Any, Any]) -> str | None:
    return SAID.get(str(request.args.get("said", "")))


async def shift_page(
    request: Request[Any, Any],
    member: StaffMember,
    template: str,
    day: date,
    tab: str,
    error: InputRefused | None,
    **shown: Any,
) -> HTTPResponse:
    """One of a shift's pages. error: what was refused, beside its field and at the top."""
    return await page_of(
        request,
        member,
        f"shifts_{template}.html",
        status=200 if error is None else error.status,
        here="service",
        said=said_of(request) if error is None else None,
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        day=day.isoformat(),
        tabs=tabs_of(member, day, tab),
        key=new_key(),
        runs=member.may(Permission.RUN_SHIFT),
        **shown,
    )


async def tried(
    work: Awaitable[None],
    done: str,
    said: str,
    again: Callable[[InputRefused], Awaitable[HTTPResponse]],
    place: str = "",
) -> HTTPResponse:
    """Do it and go back to the page, or show the page again with what was refused."""
    try:
        await work
    except InputRefused as error:
        return await again(error)
    return back(done, said, place)


def key_in(form: Form, verb: str) -> UUID:
    """A form's key: all forms of a page share one, and each verb makes its own of it. Raises: InputRefused."""
    return uuid5(key_of(form), verb)


def step_in(form: Form) -> ShortageStep | None:
    return next((step for step in ShortageStep if step == form.get("step")), None)
