"""``/desk/evidence``: files at the desk. What somebody gets is never opened as anything by their browser.

A thumbnail is our own JPEG and stands in the page; everything else comes as an attachment, in a sandbox, under a name of
ours. What may not be seen looks as if it weren't there.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw, redirect
from sanic.response import json as json_response

from handoff.domain.errors import InputRefused, NotFound, TsunagiError
from handoff.domain.evidence import LONGEST_REASON, Purpose
from handoff.domain.file_types import JPEG
from handoff.domain.staff import StaffMember
from handoff.services.evidence.open import Opened
from handoff.web.desk.evidence_parts import DeskEvidence
from handoff.web.desk.evidence_view import PURPOSES, file_view
from handoff.web.desk.form_pages import Form, key_of, moment_words, new_key, posts, read_fields
from handoff.web.desk.guard import ROOT, changes, check_change, parts_of, polls, reads, who
from handoff.web.desk.pages import desk_trouble, page_of
from handoff.web.headers import SANDBOX

desk_evidence = Blueprint("desk_evidence", url_prefix=ROOT)

SAID: Final = {"quarantined": "隔離しました。これからは、だれも中身を見られません。"}


def verbs_of(request: Request[Any, Any]) -> DeskEvidence:
    verbs: DeskEvidence = parts_of(request).evidence
    return verbs


@desk_evidence.get("/evidence/<evidence_id:uuid>")
@reads
async def show(request: Request[Any, Any], member: StaffMember, evidence_id: UUID) -> HTTPResponse:
    """What is known of a file, and what may be done with it."""
    return await _page(request, member, evidence_id, said=SAID.get(str(request.args.get("said", ""))))


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    evidence_id: UUID,
    *,
    said: str | None = None,
    fault: str | None = None,
    form: Form | None = None,
    status: int = 200,
) -> HTTPResponse:
    facts = await verbs_of(request).read.one(evidence_id, member)
    one = file_view(facts.evidence, supervisor=member.is_supervisor)
    purposes = [Purpose.POLICE] if one.quarantined else list(Purpose)
    return await page_of(
        request,
        member,
        "evidence_one.html",
        status=status,
        said=said,
        fault=fault,
        file=one,
        session=facts.evidence.session_id,
        purposes=[(str(purpose), PURPOSES[purpose]) for purpose in purposes],
        openings=[
            {
                "at": moment_words(one.at),
                "who": facts.people.get(one.staff_id, "業務責任者"),
                "purpose": PURPOSES[one.purpose],
                "reason": one.reason,
            }
            for one in facts.openings
        ],
        form=form or {},
        key=new_key(),
        longest=LONGEST_REASON,
    )


@desk_evidence.get("/evidence/<evidence_id:uuid>/thumb")
@polls
async def thumb(request: Request[Any, Any], member: StaffMember, evidence_id: UUID) -> HTTPResponse:
    """The small copy beside the words."""
    small = await verbs_of(request).open.thumb(evidence_id, member)
    return raw(small, content_type=JPEG.mime, headers={**SANDBOX, "content-disposition": "inline"})


@desk_evidence.get("/evidence/<evidence_id:uuid>/shown")
async def shown(request: Request[Any, Any], evidence_id: UUID) -> None:
    """The copy of an image, or a film or sound; opening is on record."""
    await _stream(request, await verbs_of(request).open.shown(evidence_id, await who(request)))


async def _stream(request: Request[Any, Any], opened: Opened) -> None:
    response = await request.respond(
        content_type=opened.mime,
        headers={
            **SANDBOX,
            "content-disposition": f'attachment; filename="{opened.name}"',
            "content-length": str(opened.size),
        },
    )
    if response is None:
        return
    async for piece in opened.pieces:
        await response.send(piece)
    await response.eof()


@desk_evidence.post("/evidence/<evidence_id:uuid>/original")
async def original(request: Request[Any, Any], evidence_id: UUID) -> HTTPResponse | None:
    """``purpose``, ``reason``, ``key``: the bytes as they came, for a supervisor."""
    try:
        form = read_fields(request)
        check_change(request, form.get("token"))
        member = await who(request)
        try:
            opened = await _original(request, member, evidence_id, form)
        except InputRefused as error:
            return await _page(request, member, evidence_id, fault=error.text, form=form, status=error.status)
    except TsunagiError as error:
        if error.status >= 500:
            raise
        return desk_trouble(request, error.status, error.text)
    await _stream(request, opened)
    return None


async def _original(request: Request[Any, Any], member: StaffMember, evidence_id: UUID, form: Form) -> Opened:
    told = form.get("purpose", "")
    if told not in tuple(Purpose):
        raise InputRefused("purpose", "何のために開くかを選んでください。")
    key = key_of(form)
    return await verbs_of(request).open.original(evidence_id, member, Purpose(told), form.get("reason", ""), key)


@desk_evidence.post("/evidence/<evidence_id:uuid>/quarantine")
@posts
async def quarantine(request: Request[Any, Any], member: StaffMember, _form: Form, evidence_id: UUID) -> HTTPResponse:
    """Put it where nobody sees it."""
    await verbs_of(request).quarantine(evidence_id, member)
    return redirect(f"{ROOT}/evidence/{evidence_id}?said=quarantined", status=303)


@desk_evidence.post("/api/evidence/<evidence_id:uuid>/quarantine")
@changes
async def quarantine_here(request: Request[Any, Any], member: StaffMember, evidence_id: UUID) -> HTTPResponse:
    """The same from the talk itself."""
    await verbs_of(request).quarantine(evidence_id, member)
    return json_response({})


@desk_evidence.post("/api/talks/<session_id:uuid>/picture/<verb:str>")
@changes
async def picture(request: Request[Any, Any], member: StaffMember, session_id: UUID, verb: str) -> HTTPResponse:
    """``open`` or ``close`` the window for one picture."""
    if verb == "open":
        await verbs_of(request).open_window(session_id, member)
    elif verb == "close":
        await verbs_of(request).close_window(session_id, member)
    else:
        raise NotFound("no such verb")
    return json_response({})
