"""``/desk/account``: one's own password, and where one is signed in; others' sign-ins, for who keeps the roster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.exceptions import PayloadTooLarge
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import FactorRequired, InputRefused, SignInRequired, SignInSlowed, TsunagiError
from handoff.domain.password_rule import LONGEST_PASSWORD, SHORTEST_PASSWORD
from handoff.domain.staff import StaffMember
from handoff.services.sign_in_ports import ListedSignIn, OpenSignIn
from handoff.web.access import admit
from handoff.web.desk.form_pages import Form, back, moment_words, posts, read_fields
from handoff.web.desk.guard import ROOT, check_change, parts_of, reads, token_of
from handoff.web.desk.pages import desk_trouble, page_of
from handoff.web.desk.way_in import ACCOUNT, SECOND_FACTOR, enter

desk_account = Blueprint("desk_account", url_prefix=ROOT)

SAID: Final = {
    "password": "パスワードを変えました。ほかの画面は、すべてログアウトしました。",
    "ended": "その画面をログアウトしました。",
    "others": "ほかの画面を、すべてログアウトしました。",
    "forgotten": "そのブラウザの覚えを消しました。",
}

type Handler = Callable[..., Awaitable[HTTPResponse]]


async def _held(request: Request[Any, Any]) -> OpenSignIn:
    """The whole sign-in that asks; also one whose person has to choose a new password before all else."""
    sign_in = parts_of(request).sign_in
    held: OpenSignIn = await sign_in.whole(token_of(request))
    admit(request, held.member)
    await sign_in.note_seen(held)
    return held


def _own_form(handler: Handler) -> Handler:
    """A form of one's own account; the handler gets sign-in and form."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        try:
            form = read_fields(request)
            check_change(request, form.get("token"))
            return await handler(request, await _held(request), form, *args, **named)
        except FactorRequired:
            return redirect(SECOND_FACTOR, status=303)
        except SignInRequired:
            return redirect(f"{ROOT}/?said=expired", status=303)
        except TsunagiError as error:
            if error.status >= 500:
                raise
            return desk_trouble(request, error.status, error.text)
        except PayloadTooLarge as large:
            return desk_trouble(request, large.status_code, "送られたものが長すぎて、受け取れませんでした。")

    return guarded


@desk_account.get("/account")
async def show(request: Request[Any, Any]) -> HTTPResponse:
    """Whoever asks sees their own."""
    return await _page(request, await _held(request))


@desk_account.post("/account/password")
@_own_form
async def change_password(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``before``, ``password``, ``again``."""
    password = form.get("password", "")
    try:
        if password != form.get("again", ""):
            raise InputRefused("again", "新しいパスワードが、二つでちがっています。もう一度入れてください。")
        opened = await parts_of(request).account.change_password(
            token_of(request) or "", form.get("before", ""), password
        )
    except (InputRefused, SignInSlowed) as error:
        return await _page(request, held, error)
    # Whoever is still signed in comes back by themselves.
    request.app.ctx.desk_hub.sign_out(held.member.id)
    return enter(request, opened, f"{ACCOUNT}?said=password")


@desk_account.post("/account/others/end")
@_own_form
async def end_others(request: Request[Any, Any], held: OpenSignIn, _form: Form) -> HTTPResponse:
    """Every other browser is out."""
    await parts_of(request).account.end.others(held.member, held.id)
    request.app.ctx.desk_hub.sign_out(held.member.id)
    return back(ACCOUNT, "others")


@desk_account.post("/account/sign-ins/<sign_in_id:uuid>/end")
@_own_form
async def end_own(request: Request[Any, Any], held: OpenSignIn, _form: Form, sign_in_id: UUID) -> HTTPResponse:
    """One of one's own is out."""
    await parts_of(request).account.end.own(held.member, sign_in_id)
    request.app.ctx.desk_hub.sign_out(held.member.id)
    return back(ACCOUNT, "ended")


@desk_account.post("/account/devices/<device_id:uuid>/forget")
@_own_form
async def forget_device(request: Request[Any, Any], held: OpenSignIn, _form: Form, device_id: UUID) -> HTTPResponse:
    """A browser isn't known any more as one of this person's."""
    await parts_of(request).account.end.forget_device(held.member, device_id)
    return back(ACCOUNT, "forgotten")


@desk_account.get("/accounts/<staff_id:uuid>/sign-ins")
@reads
async def show_others(request: Request[Any, Any], member: StaffMember, staff_id: UUID) -> HTTPResponse:
    """Where somebody of the team is signed in."""
    found = await parts_of(request).account.read.of(member, staff_id)
    return await page_of(
        request,
        member,
        "account_others.html",
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        at=f"{ROOT}/accounts/{staff_id}/sign-ins",
        alias=found.alias,
        tried=found.tried,
        sign_ins=_listed(found.sign_ins),
    )


@desk_account.post("/accounts/<staff_id:uuid>/sign-ins/<sign_in_id:uuid>/end")
@posts
async def end_other(
    request: Request[Any, Any], member: StaffMember, _form: Form, staff_id: UUID, sign_in_id: UUID
) -> HTTPResponse:
    """One of theirs is out."""
    await parts_of(request).account.end.of(member, staff_id, sign_in_id)
    request.app.ctx.desk_hub.sign_out(staff_id)
    return back(f"{ROOT}/accounts/{staff_id}/sign-ins", "ended")


async def _page(
    request: Request[Any, Any], held: OpenSignIn, error: InputRefused | SignInSlowed | None = None
) -> HTTPResponse:
    parts = parts_of(request)
    own = await parts.account.read.own(held.member)
    must = parts.sign_in.wants_new_password(held)
    return await page_of(
        request,
        held.member,
        "account.html",
        status=200 if error is None else error.status,
        here="account",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field=error.field if isinstance(error, InputRefused) else "before" if error else "",
        must=must,
        chosen_by_other=held.must_change,
        demo=held.member.demo,
        password_at=moment_words(held.password_at),
        days=parts.setting.profile.security.password_days,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        sign_ins=_listed(own.sign_ins, held.id),
        devices=[{"id": one.id, "label": one.label, "seen": moment_words(one.seen)} for one in own.devices],
    )


def _listed(sign_ins: Sequence[ListedSignIn], here: UUID | None = None) -> list[dict[str, object]]:
    return [
        {
            "id": one.id,
            "label": one.label or "ブラウザ",
            "since": moment_words(one.since),
            "seen": moment_words(one.seen),
            "factor": one.factor_at is not None,
            "here": one.id == here,
        }
        for one in sign_ins
    ]
