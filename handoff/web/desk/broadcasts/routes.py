"""``/desk/broadcasts``: the texts that may go to everybody with the board's approval, and how many would get them (HOK-5.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.broadcast import LONGEST_NAME, LONGEST_REMARK, ON_PAPER, Standing, checked_words, day_of
from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wording_rules import LONGEST_BUBBLE
from handoff.services.broadcasts.approve_text import Paper, Proposal
from handoff.web.desk.broadcasts.words import KINDS, WAYS, text_view
from handoff.web.desk.form_pages import Form, back, id_of, key_of, new_key, posts
from handoff.web.desk.form_pages import day_of as form_day
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_broadcasts = Blueprint("desk_broadcasts", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/broadcasts"
SAID: Final = {
    "proposed": "承認を求める一覧に入れました。教育委員会の承認があるまで、使われません。",
    "approved": "承認しました。",
    "noted": "承認されたことを記録しました。",
    "refused": "認めないことを記録しました。",
    "withdrawn": "取り下げました。",
    "retired": "使うのをやめました。",
}


@desk_broadcasts.get("/broadcasts")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Texts with their states, and the numbers."""
    return await _page(request, member)


@desk_broadcasts.post("/broadcasts/propose")
@posts
async def propose(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``kind``, ``words``, ``begins_on``, ``ends_on``, ``key``; ``go`` preview: nothing is kept yet."""
    try:
        proposal = Proposal(
            form.get("kind", ""), form.get("words", ""), form_day(form, "begins_on"), form_day(form, "ends_on")
        )
        if form.get("go") == "preview":
            member.check(Permission.KEEP_POLICY)
            return await _page(request, member, form, preview=checked_words(proposal.words))
        await parts_of(request).broadcasts.propose(member, key_of(form), proposal)
    except InputRefused as error:
        return await _page(request, member, form, error, "propose")
    return back(PAGE, "proposed", "texts")


@desk_broadcasts.post("/broadcasts/<text_id:uuid>/approve")
@posts
async def approve(request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID) -> HTTPResponse:
    """The board's yes."""
    return await _decided(request, member, form, text_id, "approved", _decide(request).approve(member, text_id))


@desk_broadcasts.post("/broadcasts/<text_id:uuid>/refuse")
@posts
async def refuse(request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID) -> HTTPResponse:
    """The board's no: ``remark``."""
    work = _decide(request).refuse(member, text_id, form.get("remark", ""))
    return await _decided(request, member, form, text_id, "refused", work)


@desk_broadcasts.post("/broadcasts/<text_id:uuid>/paper")
@posts
async def note_approval(request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID) -> HTTPResponse:
    """An approval that came another way: ``way``, ``approver``, ``approved_on``."""
    try:
        paper = Paper(form.get("way", ""), form.get("approver", ""), form_day(form, "approved_on"))
    except InputRefused as error:
        return await _page(request, member, form, error, str(text_id))
    work = _decide(request).note_approval(member, text_id, paper)
    return await _decided(request, member, form, text_id, "noted", work)


@desk_broadcasts.post("/broadcasts/<text_id:uuid>/withdraw")
@posts
async def withdraw(request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID) -> HTTPResponse:
    """Before the board has said anything."""
    return await _decided(request, member, form, text_id, "withdrawn", _decide(request).withdraw(member, text_id))


@desk_broadcasts.post("/broadcasts/<text_id:uuid>/retire")
@posts
async def retire(request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID) -> HTTPResponse:
    """Take an approved text out of use."""
    return await _decided(request, member, form, text_id, "retired", _decide(request).retire(member, text_id))


def _decide(request: Request[Any, Any]) -> Any:
    return parts_of(request).broadcasts.decide


async def _decided(
    request: Request[Any, Any], member: StaffMember, form: Form, text_id: UUID, said: str, work: Awaitable[None]
) -> HTTPResponse:
    try:
        await work
    except InputRefused as error:
        return await _page(request, member, form, error, str(text_id))
    return back(PAGE, said, "texts")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    typed: Form | None = None,
    error: InputRefused | None = None,
    form: str = "",
    *,
    preview: str | None = None,
) -> HTTPResponse:
    """Args: form: the one that was refused: ``propose``, or a text's id."""
    page = await parts_of(request).broadcasts.read(member)
    today, aliases = day_of(page.now), dict(page.aliases)
    known: Callable[[Standing], bool] = {Standing.PROPOSED, Standing.IN_USE, Standing.COMING}.__contains__
    proposal = typed if form == "propose" or preview is not None else None
    texts = [(text_view(one, standing, today, aliases), known(standing)) for one, standing in page.texts]
    return await page_of(
        request,
        member,
        "broadcasts.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        wrong=form,
        typed=typed or {},
        proposal=proposal or {"begins_on": today.isoformat()},
        preview=preview,
        key=id_of(proposal, "key") or new_key() if proposal else new_key(),
        texts=[view for view, holds in texts if holds],
        past=[view for view, holds in texts if not holds],
        ever=page.ever,
        kinds=[(str(kind), KINDS[kind]) for kind in page.allowed],
        given=[(KINDS[kind], page.given[kind]) for kind in page.allowed if page.given[kind]],
        ways=[(str(way), WAYS[way]) for way in ON_PAPER],
        numbers=page.numbers,
        months=[(f"{one.month.year}年{one.month.month}月", one) for one in page.numbers.months],
        blocks=page.blocks,
        sees_blocks=member.may(Permission.HANDLE_REQUESTS),
        proposes=member.may(Permission.KEEP_POLICY),
        approves=member.may(Permission.INSTRUCT),
        today=today.isoformat(),
        longest={"words": LONGEST_BUBBLE, "remark": LONGEST_REMARK, "name": LONGEST_NAME},
    )
