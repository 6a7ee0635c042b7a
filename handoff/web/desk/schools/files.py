"""The register as a file: the form to fill in, the whole of it to take out, and one to take in, in two steps (KAG-5)."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.exceptions import BadRequest
from sanic.response import HTTPResponse, raw

from handoff.domain.errors import EvidenceTooLarge, InputRefused, NotFound, TsunagiError
from handoff.domain.school_columns import COLUMNS, REQUIRED
from handoff.domain.school_register import MOST_SCHOOLS, table_of
from handoff.domain.staff import Permission, StaffMember
from handoff.services.schools.import_register import Checked
from handoff.web.desk.form_pages import Form, back, key_of, new_key, posts
from handoff.web.desk.guard import ROOT, check_change, parts_of, reads, who
from handoff.web.desk.pages import desk_trouble, page_of
from handoff.web.desk.schools import view
from handoff.web.desk.schools.parts import Table
from handoff.web.desk.schools.upload import TOO_LARGE, read_upload
from handoff.web.headers import SANDBOX
from handoff.web.our_pages import check_origin
from handoff.web.uploads import be_patient

desk_school_files = Blueprint("desk_school_files", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/schools"
_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHANGED: Final = "確かめているあいだに、台帳が変わりました。下の内容をもう一度確かめてから、取り込んでください。"


@desk_school_files.get("/schools/import")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Choose a file."""
    member.check(Permission.KEEP_REGISTER)
    return await _page(request, member)


@desk_school_files.post("/schools/import", stream=True)
async def check(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``key``, ``file``: what a file would do, or every line that is wrong; nothing is changed yet."""
    try:
        # Nothing of a body is read before it's known whose it is.
        check_origin(request, parts_of(request).origin)
        member = await who(request)
        member.check(Permission.KEEP_REGISTER)
        return await _looked_through(request, member)
    except TsunagiError as error:
        if error.status >= 500:
            raise
        return desk_trouble(request, error.status, error.text)


async def _looked_through(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    try:
        fields, data = await read_upload(request)
        check_change(request, fields.get("token"))
        if not data:
            return await _page(request, member, fault="ファイルが選ばれていないか、空です。選んでから押してください。")
        be_patient(request)
        return await _page(request, member, await parts_of(request).schools.check(member, key_of(fields), data))
    except BadRequest:
        check_change(request, None)  # no form of ours, so no token of ours
        raise
    except EvidenceTooLarge:
        return await _page(request, member, fault=TOO_LARGE, status=EvidenceTooLarge.status)
    except InputRefused as error:
        return await _page(request, member, fault=error.text)


@desk_school_files.post("/schools/import/<upload_id:uuid>")
@posts
async def take_in(request: Request[Any, Any], member: StaffMember, form: Form, upload_id: UUID) -> HTTPResponse:
    """``seen``, ``close_missing``: take in what was looked through."""
    be_patient(request)
    try:
        again = await parts_of(request).schools.take_in(
            member, upload_id, form.get("seen", ""), close_missing=bool(form.get("close_missing"))
        )
    except InputRefused as error:
        return await _page(request, member, fault=error.text)
    if again is not None:
        return await _page(request, member, again, fault=_CHANGED)
    return back(PAGE, "imported")


@desk_school_files.get("/schools/export/<ending:str>")
@reads
async def export(request: Request[Any, Any], member: StaffMember, ending: str) -> HTTPResponse:
    """``csv`` or ``xlsx``: the whole register, telephone numbers included; it is on record."""
    if ending not in _TYPES:
        raise NotFound("no such file")
    return await _file(request, await parts_of(request).schools.read.table(member), "schools", ending)


@desk_school_files.get("/schools/empty/<ending:str>")
@reads
async def empty(request: Request[Any, Any], member: StaffMember, ending: str) -> HTTPResponse:
    """``csv`` or ``xlsx``: the headings alone, to be filled in."""
    member.check(Permission.READ_REGISTER)
    if ending not in _TYPES:
        raise NotFound("no such file")
    return await _file(request, table_of(()), "schools-empty", ending)


async def _file(request: Request[Any, Any], table: Table, name: str, ending: str) -> HTTPResponse:
    be_patient(request)
    data = await asyncio.to_thread(parts_of(request).schools.write[ending], table)
    headers = {**SANDBOX, "content-disposition": f'attachment; filename="{name}.{ending}"'}
    return raw(data, content_type=_TYPES[ending], headers=headers)


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    checked: Checked | None = None,
    *,
    fault: str | None = None,
    status: int | None = None,
) -> HTTPResponse:
    names: dict[str, str] = {}
    if checked is not None and checked.plan is not None:
        names = await parts_of(request).schools.read.names(member)
    return await page_of(
        request,
        member,
        "schools_import.html",
        status=status or (400 if fault or (checked is not None and checked.faults) else 200),
        here="service",
        fault=fault,
        key=new_key(),
        upload=None if checked is None else str(checked.id),
        bad=None if checked is None or not checked.faults else view.bad_lines(checked.faults),
        plan=None if checked is None or checked.plan is None else view.preview(checked.plan, names),
        columns=COLUMNS,
        required=REQUIRED,
        most=MOST_SCHOOLS,
    )
