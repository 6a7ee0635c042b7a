"""``/desk/broadcasts/blocks`` and a talk's ``/block``: whom nobody answers for a time, decided by a supervisor (TAJ-5)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.block import CALM_FOR, LONGEST_WHY, MOST_DAYS, last_days
from handoff.domain.broadcast import day_of
from handoff.domain.errors import InputRefused
from handoff.domain.profile.vocabulary import Prohibited
from handoff.domain.profile_in_words import PROHIBITED_WORDS
from handoff.domain.staff import StaffMember
from handoff.services.broadcasts.decide_block import BlockWish
from handoff.web.desk.broadcasts.routes import PAGE
from handoff.web.desk.broadcasts.words import block_view
from handoff.web.desk.form_pages import Form, back, day_words, id_of, key_of, new_key, posts
from handoff.web.desk.form_pages import day_of as form_day
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_blocks = Blueprint("desk_blocks", url_prefix=ROOT)

BLOCKS: Final = f"{PAGE}/blocks"
SAID: Final = {"decided": "受付を止めました。この決定は記録に残りました。", "lifted": "受付を、また始めました。"}


@desk_blocks.get("/broadcasts/blocks")
@reads
async def show_blocks(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Those that run, and those that are over."""
    page = await parts_of(request).broadcasts.read_blocks(member)
    today = day_of(page.now)
    blocks = [
        block_view(
            one,
            page.now,
            today,
            page.aliases[one.made_by],
            None if one.lifted_by is None else page.aliases[one.lifted_by],
            page.meanwhile.get(one.id),
        )
        for one in page.blocks
    ]
    return await page_of(
        request,
        member,
        "broadcasts_blocks.html",
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        running=[one for one in blocks if one["runs"]],
        over=[one for one in blocks if not one["runs"]],
        ever=page.ever,
        running_count=page.running,
    )


@desk_blocks.post("/broadcasts/blocks/<block_id:uuid>/lift")
@posts
async def lift(request: Request[Any, Any], member: StaffMember, form: Form, block_id: UUID) -> HTTPResponse:
    """Answer somebody again."""
    await parts_of(request).broadcasts.lift_block(member, block_id)
    return back(BLOCKS, "lifted")


@desk_blocks.get("/talks/<session_id:uuid>/block")
@reads
async def show_block(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """The page of the decision."""
    return await _page(request, member, session_id)


@desk_blocks.post("/talks/<session_id:uuid>/block")
@posts
async def decide(request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID) -> HTTPResponse:
    """``reason``, ``why``, ``last_day``, ``compared``, ``key``."""
    try:
        reason = next((one for one in Prohibited if one == form.get("reason")), None)
        wish = BlockWish(reason, form.get("why", ""), form_day(form, "last_day"), "compared" in form)
        await parts_of(request).broadcasts.decide_block(session_id, member, key_of(form), wish)
    except InputRefused as error:
        return await _page(request, member, session_id, form, error)
    return back(BLOCKS, "decided")


@desk_blocks.post("/talks/<session_id:uuid>/broadcasts")
@posts
async def keep_wish(request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID) -> HTTPResponse:
    """``wanted``, ``key``: what somebody told a counsellor of broadcasts."""
    await parts_of(request).broadcasts.keep_wish(session_id, member, key_of(form), form.get("wanted") == "yes")
    return back(f"{ROOT}/talks/{session_id}/care", "wish")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    session_id: UUID,
    typed: Form | None = None,
    error: InputRefused | None = None,
) -> HTTPResponse:
    page = await parts_of(request).broadcasts.read_block(session_id, member)
    today = day_of(page.now)
    first, last = last_days(page.now)
    running = page.running
    return await page_of(
        request,
        member,
        "broadcasts_block.html",
        status=200 if error is None else error.status,
        here="service",
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        session=str(session_id),
        running=None if running is None else block_view(running, page.now, today, page.aliases[running.made_by], None),
        against=page.against,
        standing=page.standing,
        reasons=[(str(reason), PROHIBITED_WORDS[reason]) for reason in page.reasons],
        typed=typed or {},
        key=id_of(typed or {}, "key") or new_key(),
        first=first.isoformat(),
        last=last.isoformat(),
        last_words=day_words(last, today),
        most_days=MOST_DAYS,
        calm_days=CALM_FOR.days,
        longest=LONGEST_WHY,
    )
