"""``/desk/retention``: what goes when, what is held, what is gone, and exports for research."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from sanic import Blueprint, Request
from sanic.exceptions import NotFound as NoSuchPage
from sanic.response import HTTPResponse, raw

from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.web.desk.form_pages import Form, back, day_words, key_of, moment_words, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.retention.words import disposal_view, export_view, hold_view, outlook_view, run_view
from handoff.web.headers import SANDBOX

desk_retention = Blueprint("desk_retention", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/retention"
SAID: Final = {
    "asked": "教育委員会に承認をたずねました。",
    "decided": "決定を記録しました。",
}


@desk_retention.get("/retention")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """All of it, in numbers; reasons of holds for supervisors alone."""
    return await _page(request, member)


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    form: Form | None = None,
    error: InputRefused | None = None,
    wrong: str = "",
) -> HTTPResponse:
    page = await parts_of(request).retention.read(member)
    today, aliases = page.today, page.aliases
    return await page_of(
        request,
        member,
        "retention.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        wrong=wrong,
        typed=form or {},
        key=str(uuid4()),
        due=[outlook_view(one, today) for one in page.due.values()],
        counted_at=moment_words(page.counted_at, today),
        holds=None if page.holds is None else [hold_view(one, today, aliases[one.placed_by]) for one in page.holds],
        disposals=[disposal_view(one, aliases, today) for one in page.disposals],
        runs=[run_view(one, today) for one in page.runs],
        exports=[export_view(one, aliases, today, page.now) for one in page.exports],
        kept_for_research=page.kept_for_research,
        group=page.group,
        asks=member.may(Permission.KEEP_RETENTION),
        decides=member.may(Permission.INSTRUCT),
    )


@desk_retention.get("/retention/proofs/<day:ymd>")
@reads
async def show_proof(request: Request[Any, Any], member: StaffMember, day: date) -> HTTPResponse:
    """The proof of a day's disposal on paper: kinds and numbers, nobody's name but of those who decided."""
    found, aliases = await parts_of(request).retention.read.proof(member, day)
    today = today_of(parts_of(request).setting.clock.now())
    return await page_of(
        request,
        member,
        "retention_proof.html",
        here="service",
        day=f"{day.year}年{day_words(day)}",
        made=f"{today.year}年{day_words(today)}",
        rows=[disposal_view(one, aliases, today) for one in found],
        reference=found[0].id.hex[:8],
        back=PAGE,
    )


@desk_retention.post("/retention/research")
@posts
async def ask(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``purpose``, ``key``."""
    try:
        await parts_of(request).retention.ask(member, key_of(form), form.get("purpose", ""))
    except InputRefused as error:
        return await _page(request, member, form, error, "ask")
    return back(PAGE, "asked", "research")


@desk_retention.post("/retention/research/<export_id:uuid>/<step:str>")
@posts
async def act(request: Request[Any, Any], member: StaffMember, form: Form, export_id: UUID, step: str) -> HTTPResponse:
    """``decide`` with ``yes`` and ``remark`` (the board); ``take``, which answers with the file."""
    desk = parts_of(request).retention
    try:
        if step == "decide":
            await desk.decide(member, export_id, form.get("remark", ""), yes=form.get("yes") == "yes")
        elif step == "take":
            return _file(desk.csv(await desk.take(member, export_id)), export_id)
        else:
            raise NoSuchPage("no such step")
    except InputRefused as error:
        return await _page(request, member, form, error, str(export_id))
    return back(PAGE, "decided", "research")


def _file(data: bytes, export_id: UUID) -> HTTPResponse:
    name = f"tsunagi-research-{export_id.hex[:8]}.csv"
    return raw(
        data,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', **SANDBOX},
    )
