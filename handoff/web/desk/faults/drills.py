"""``/desk/faults/drills``: a drill is started, watched, stopped, and talked over (緊急案件時の訓練)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.drill import LONGEST_WORDS
from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.faults.routes import PAGE, SAID, list_page
from handoff.web.desk.faults.view import drill_shown
from handoff.web.desk.form_pages import Form, back, key_of, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_drills = Blueprint("desk_drills", url_prefix=ROOT)


@desk_drills.post("/faults/drills")
@posts
async def start(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``script``, ``key``."""
    try:
        drill_id = await parts_of(request).faults.start_drill(member, key_of(form), form.get("script", ""))
    except InputRefused as error:
        return await list_page(request, member, form, error)
    return back(f"{PAGE}/drills/{drill_id}", "started")


@desk_drills.get("/faults/drills/<drill_id:uuid>")
@reads
async def show_drill(request: Request[Any, Any], member: StaffMember, drill_id: UUID) -> HTTPResponse:
    """What the team did of what the script expects, and when; to be printed."""
    return await _one(request, member, drill_id)


@desk_drills.post("/faults/drills/<drill_id:uuid>/stop")
@posts
async def stop(request: Request[Any, Any], member: StaffMember, _form: Form, drill_id: UUID) -> HTTPResponse:
    """End it now."""
    await parts_of(request).faults.stop_drill(member, drill_id)
    return back(f"{PAGE}/drills/{drill_id}", "stopped")


@desk_drills.post("/faults/drills/<drill_id:uuid>/words")
@posts
async def write_words(request: Request[Any, Any], member: StaffMember, form: Form, drill_id: UUID) -> HTTPResponse:
    """``words``, ``version``."""
    told = form.get("version", "")
    seen = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else -1
    try:
        await parts_of(request).faults.write_words(member, drill_id, form.get("words", ""), seen)
    except InputRefused as error:
        return await _one(request, member, drill_id, form, error)
    return back(f"{PAGE}/drills/{drill_id}", "words", "words")


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    drill_id: UUID,
    typed: Form | None = None,
    error: InputRefused | None = None,
) -> HTTPResponse:
    page = await parts_of(request).faults.read.drill(member, drill_id)
    shown = drill_shown(page)
    return await page_of(
        request,
        member,
        "faults_drill.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        one=shown,
        words=shown["words"] if typed is None else typed.get("words", ""),
        keeps=member.may(Permission.RUN_SHIFT),
        stops=member.is_supervisor,
        longest=LONGEST_WORDS,
    )
