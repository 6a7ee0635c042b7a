"""``/desk/talks/<session>/keeping``: when a talk's records go, holds, and what the person wants done with them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4

from sanic import Blueprint, Request
from sanic.exceptions import NotFound as NoSuchPage
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.retention import HoldKind
from handoff.domain.retention_words import HOLD_WORDS
from handoff.domain.staff import StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form, back, day_of, id_of, key_of, moment_words, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.retention.words import due_view, hold_view

desk_keeping = Blueprint("desk_keeping", url_prefix=ROOT)

SAID: Final = {
    "hold": "保全しました。終わりの日まで、消えません。",
    "lift": "保全を解きました。",
    "wish": "請求として受け付けました。業務責任者が二人で決めます。本人には「受け付けた。決まったら知らせる」と伝えてください。",
    "consent": "本人の返事を記録しました。",
}


@desk_keeping.get("/talks/<session_id:uuid>/keeping")
@reads
async def show(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """The page, for whoever may open the talk."""
    return await _page(request, member, session_id)


@desk_keeping.post("/talks/<session_id:uuid>/keeping/<step:str>")
@posts
async def act(request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID, step: str) -> HTTPResponse:
    """``hold`` with ``kind``, ``until``, ``reason``; ``lift`` with ``hold``, ``reason``; ``wish`` with ``line-…`` (boxes; none:
    all); ``consent`` with ``yes``.
    """
    desk = parts_of(request).retention
    try:
        if step == "hold":
            kind = chosen(HoldKind, form, "kind", "なぜ残すかをえらんでください。")
            await desk.hold(session_id, member, key_of(form), kind, day_of(form, "until"), form.get("reason", ""))
        elif step == "lift":
            hold = id_of(form, "hold")
            if hold is None:
                raise InputRefused("reason", "画面が古くなっています。読み込み直してください。")
            await desk.end_hold(session_id, member, hold, form.get("reason", ""))
        elif step == "wish":
            lines = _lines(form)
            if form.get("what") == "some" and not lines:
                raise InputRefused("lines", "消してほしい言葉を、一つ以上えらんでください。")
            await desk.wish(session_id, member, key_of(form), lines if form.get("what") == "some" else ())
        elif step == "consent":
            await desk.consent(session_id, member, yes=form.get("yes") == "yes")
        else:
            raise NoSuchPage("no such step")
    except InputRefused as error:
        return await _page(request, member, session_id, form, error, step)
    return back(_address(session_id), step)


def _lines(form: Form) -> list[UUID]:
    found = []
    for name in form:
        if name.startswith("line-"):
            try:
                found.append(UUID(name.removeprefix("line-")))
            except ValueError:
                continue
    return found


def _address(session_id: UUID) -> str:
    return f"{ROOT}/talks/{session_id}/keeping"


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    session_id: UUID,
    form: Form | None = None,
    error: InputRefused | None = None,
    wrong: str = "",
) -> HTTPResponse:
    page = await parts_of(request).retention.keeping(session_id, member)
    today = today_of(page.now)
    return await page_of(
        request,
        member,
        "keeping.html",
        status=200 if error is None else error.status,
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        wrong=wrong,
        typed=form or {},
        key=str(uuid4()),
        address=_address(session_id),
        session=str(session_id),
        opened=moment_words(page.card.opened_at, today),
        dues=[due_view(one, today, page.now) for one in page.dues],
        holds=[hold_view(one, today, page.aliases[one.placed_by]) for one in page.holds],
        supervises=page.counts,
        kinds={one: name for one, name in HOLD_WORDS.items()},
        first=today.isoformat(),
        lines=[
            {
                "id": str(one.id),
                "at": moment_words(one.at, today),
                "text": one.text,
                "on": f"line-{one.id}" in (form or {}),
            }
            for one in page.lines
        ],
        consent=None if page.consent is None else moment_words(page.consent, today),
    )
