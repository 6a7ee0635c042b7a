"""``/desk/talks/<session>/sheet/correct``: correct a closed sheet; ``/desk/talks/<session>/corrections/<id>``: the second person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import InputRefused, NotPermitted, TsunagiError
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up_faults import Fault
from handoff.services.desk.correct_sheet import CorrectionView, may_correct
from handoff.web.desk.form_pages import Form, key_of, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.sheet_form import Values, one, sheet_in
from handoff.web.desk.sheet_view import rows, spoken
from handoff.web.desk.sheets import CORRECTION_NAMES, changing, school_faults, sheet_page, version_in

desk_corrections = Blueprint("desk_corrections", url_prefix=ROOT)


@desk_corrections.get("/talks/<session_id:uuid>/sheet/correct")
@reads
async def show_form(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """The sheet of a closed session as a form, with room for the reason."""
    return await _form(request, member, session_id)


@desk_corrections.post("/talks/<session_id:uuid>/sheet/correct")
async def correct(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``correction_reason``, ``key``, ``version``, and the fields of the sheet."""
    values, member = await changing(request)
    parts = parts_of(request)
    began = await parts.read_sheet.began_with(session_id, member)
    sheet, found = sheet_in(values, began, parts.setting.profile)
    found = found or await school_faults(request, sheet, began)
    if found:
        return await _form(request, member, session_id, values, found)
    try:
        key = key_of({"key": one(values, "key")})
        done = await parts.facts.correct_sheet(
            session_id, member, sheet, one(values, "correction_reason"), version_in(values), key
        )
    except TsunagiError as error:
        return await _form(request, member, session_id, values, refusal=error)
    if done.faults:
        return await _form(request, member, session_id, values, done.faults)
    said = "correction_waits" if done.waits else "corrected"
    return redirect(f"{ROOT}/talks/{session_id}/sheet?said={said}", status=303)


async def _form(
    request: Request[Any, Any],
    member: StaffMember,
    session_id: UUID,
    values: Values | None = None,
    found: Sequence[Fault] = (),
    refusal: TsunagiError | None = None,
) -> HTTPResponse:
    """Raises: NotFound, NotPermitted."""
    view = await parts_of(request).read_sheet(session_id, member)
    if not may_correct(member, view.record, view.talk.card.state):
        raise NotPermitted("correct_sheet")
    about = isinstance(refusal, InputRefused) and refusal.field == "reason"
    shown = {
        "key": (one(values, "key") if values is not None else "") or new_key(),
        "reason": "" if values is None else one(values, "correction_reason"),
        "fault": refusal.text if about and refusal is not None else "",
        "waits": view.waits
        and not (member.is_supervisor and view.record is not None and view.record.filled_by != member.id),
    }
    return await sheet_page(
        request, member, view, edits=True, values=values, found=found, refusal=refusal, correcting=shown
    )


@desk_corrections.get("/talks/<session_id:uuid>/corrections/<correction_id:uuid>")
@reads
async def show(request: Request[Any, Any], member: StaffMember, session_id: UUID, correction_id: UUID) -> HTTPResponse:
    """What was, or would be, corrected, and why."""
    return await _page(request, member, session_id, correction_id)


@desk_corrections.post("/talks/<session_id:uuid>/corrections/<correction_id:uuid>")
@posts
async def decide(
    request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID, correction_id: UUID
) -> HTTPResponse:
    """``verb``: yes or no; ``remark``: why not."""
    yes, remark = form.get("verb") == "yes", form.get("remark", "")
    try:
        await parts_of(request).facts.decide_correction(session_id, correction_id, member, yes=yes, remark=remark)
    except InputRefused as error:
        return await _page(request, member, session_id, correction_id, remark, error)
    return redirect(f"{ROOT}/sheets?said=correction_{'made' if yes else 'refused'}", status=303)


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    session_id: UUID,
    correction_id: UUID,
    remark: str = "",
    refusal: InputRefused | None = None,
) -> HTTPResponse:
    view = await parts_of(request).facts.corrections(session_id, correction_id, member)
    correction = view.correction
    return await page_of(
        request,
        member,
        "correction.html",
        status=200 if refusal is None else refusal.status,
        here="sheets",
        session=str(session_id),
        correction=str(correction_id),
        state=CORRECTION_NAMES[correction.state],
        changes=list(_changes(view)),
        reason=correction.reason,
        by=view.aliases.get(correction.made_by),
        at=spoken(correction.made_at),
        decided_by=view.aliases.get(correction.decided_by) if correction.decided_by else None,
        decided_at=spoken(correction.decided_at),
        answer=correction.remark,
        may_decide=view.may_decide,
        remark=remark,
        refused=None if refusal is None else refusal.text,
        field=None if refusal is None else refusal.field,
    )


def _changes(view: CorrectionView) -> Iterator[tuple[str, str, str]]:
    """What differs: heading, before, after."""
    before, after = view.correction.before, view.correction.after
    if before is None or after is None:
        return
    old, new = dict(rows(before, view.channel)), dict(rows(after, view.channel))
    for name in dict.fromkeys((*old, *new)):
        if old.get(name, "") != new.get(name, ""):
            yield name, old.get(name, ""), new.get(name, "")
