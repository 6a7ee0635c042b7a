"""``/desk/accounts``: who has a second factor, and how the one of a lost device is taken off, by two."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.second_factor import LONGEST_REASON, RESET_WAITS
from handoff.domain.staff import StaffMember
from handoff.web.desk.factors.view import person_view, waiting_view
from handoff.web.desk.form_pages import Form, back, id_of, key_of, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_accounts = Blueprint("desk_accounts", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/accounts"
SAID: Final = {
    "asked": "頼みました。24時間のうちに、もう一方の役割の人が確かめると、はずれます。",
    "confirmed": "はずしました。本人は、次にログインしたときに設定し直します。",
    "refused": "ことわりました。何も変わっていません。",
}


@desk_accounts.get("/accounts")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Everybody, what waits for a yes, and what was decided of late."""
    return await _page(request, member)


@desk_accounts.post("/accounts/<staff_id:uuid>/reset")
@posts
async def ask(request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID) -> HTTPResponse:
    """``reason``, ``key``: ask that this person's factor is taken off."""
    try:
        await parts_of(request).factors.ask(member, key_of(form), staff_id, form.get("reason", ""))
    except InputRefused as error:
        return await _page(request, member, form, error, staff_id)
    return back(PAGE, "asked")


@desk_accounts.post("/accounts/resets/<reset_id:uuid>/confirm")
@posts
async def confirm(request: Request[Any, Any], member: StaffMember, _form: Form, reset_id: UUID) -> HTTPResponse:
    """The other's yes."""
    await parts_of(request).factors.answer(member, reset_id, agreed=True)
    return back(PAGE, "confirmed")


@desk_accounts.post("/accounts/resets/<reset_id:uuid>/refuse")
@posts
async def refuse(request: Request[Any, Any], member: StaffMember, _form: Form, reset_id: UUID) -> HTTPResponse:
    """The other's no."""
    await parts_of(request).factors.answer(member, reset_id, agreed=False)
    return back(PAGE, "refused")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    typed: Form | None = None,
    error: InputRefused | None = None,
    whose: UUID | None = None,
) -> HTTPResponse:
    accounts = await parts_of(request).factors.accounts(member)
    typed = typed or {}
    return await page_of(
        request,
        member,
        "accounts.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        whose=whose,
        typed=typed,
        key=id_of(typed, "key") or new_key(),
        people=[person_view(one, state, member) for one, state in accounts.people],
        waiting=[waiting_view(one, member) for one in accounts.waiting],
        decided=[waiting_view(one, member) for one in accounts.decided],
        demanded=accounts.demanded,
        longest=LONGEST_REASON,
        hours=int(RESET_WAITS.total_seconds()) // 3600,
    )
