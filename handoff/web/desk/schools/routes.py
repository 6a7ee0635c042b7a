"""``/desk/schools``: the register's list, one school with its form, and its numbers; files are in ``files``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.school_columns import AS_OF, RETIRED
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.form_pages import Form, back, day_of, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.schools import view
from handoff.web.desk.schools.asked import asked_of, page_number, query_of

desk_schools = Blueprint("desk_schools", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/schools"
SAID: Final = {
    "imported": "ファイルを取り込みました。",
    "added": "学校を加えました。続けて、人数を入れられます。",
    "changed": "保存しました。",
    "pupils": "人数を保存しました。",
    "dropped": "その日の人数を消しました。",
    "closing": "閉校日を保存しました。",
}


@desk_schools.get("/schools")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The register, page by page; ``?q=``, ``?type=``, ``?municipality=``, ``?closed=``, ``?page=``."""
    asked = asked_of(request)
    register = await parts_of(request).schools.read(member, asked, page_number(request))
    return await page_of(
        request,
        member,
        "schools.html",
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        asked=asked,
        query=query_of(asked),
        register=register,
        summary=view.summary(register),
        rows=[view.listed(one, register.today) for one in register.entries],
        keeps=member.may(Permission.KEEP_REGISTER),
    )


@desk_schools.get("/schools/new")
@reads
async def begin(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The empty form of one school."""
    member.check(Permission.KEEP_REGISTER)
    return await _form(request, member)


@desk_schools.post("/schools/new")
@posts
async def add(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """The cells of one school by their columns, ``課程:全日制`` and its like for each box."""
    cells = view.cells_in(form, view.FIELDS, view.BOXES)
    kept = await parts_of(request).schools.keep.add(member, cells)
    if kept.faults:
        return await _form(request, member, cells, view.faults_of(kept.faults))
    return back(f"{PAGE}/{kept.code}", "added")


async def _form(
    request: Request[Any, Any],
    member: StaffMember,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTTPResponse:
    return await page_of(
        request,
        member,
        "schools_one.html",
        status=400 if faults else 200,
        here="service",
        fault=_told(faults),
        school=None,
        keeps=True,
        at=f"{PAGE}/new",
        cells=view.shown_cells(None, typed or {}),
        faults=faults or {},
        fields=view,
        version=0,
    )


@desk_schools.get("/schools/<code:str>")
@reads
async def show_one(request: Request[Any, Any], member: StaffMember, code: str) -> HTTPResponse:
    """One school: to be read, and by those who keep the register to be changed."""
    return await _one(request, member, code, said=SAID.get(str(request.args.get("said", ""))))


@desk_schools.post("/schools/<code:str>")
@posts
async def change(request: Request[Any, Any], member: StaffMember, form: Form, code: str) -> HTTPResponse:
    """As ``new``, with ``version``."""
    cells = view.cells_in(form, view.FIELDS, view.BOXES)
    return await _change(request, member, form, code, cells, "changed")


@desk_schools.post("/schools/<code:str>/pupils")
@posts
async def keep_pupils(request: Request[Any, Any], member: StaffMember, form: Form, code: str) -> HTTPResponse:
    """The numbers of one day by their columns, with ``version``."""
    cells = view.cells_in(form, view.NUMBERS)
    if not cells.get(AS_OF, "").strip():
        faults = {AS_OF: "いつの人数かを「2026-05-01」の形で入れてください。"}
        return await _one(request, member, code, typed=cells, faults=faults)
    return await _change(request, member, form, code, cells, "pupils")


@desk_schools.post("/schools/<code:str>/pupils/drop")
@posts
async def drop_pupils(request: Request[Any, Any], member: StaffMember, form: Form, code: str) -> HTTPResponse:
    """``as_of``, ``version``: take the numbers of a day back."""
    try:
        day = day_of(form, "as_of")
        if day is None:
            raise InputRefused("as_of", "画面が古くなっています。読み込み直してください。")
        await parts_of(request).schools.keep.drop_enrolment(member, code, _version(form), day)
    except InputRefused as error:
        return await _one(request, member, code, fault=error)
    return back(f"{PAGE}/{code}", "dropped", "pupils-h")


@desk_schools.post("/schools/<code:str>/closing")
@posts
async def close(request: Request[Any, Any], member: StaffMember, form: Form, code: str) -> HTTPResponse:
    """``閉校日`` (empty: it's open), ``version``."""
    return await _change(request, member, form, code, {RETIRED: form.get(RETIRED, "")}, "closing")


async def _change(
    request: Request[Any, Any], member: StaffMember, form: Form, code: str, cells: Mapping[str, str], said: str
) -> HTTPResponse:
    try:
        kept = await parts_of(request).schools.keep.change(member, code, _version(form), cells)
    except InputRefused as error:
        return await _one(request, member, code, typed=cells, fault=error)
    if kept.faults:
        return await _one(request, member, code, typed=cells, faults=view.faults_of(kept.faults))
    return back(f"{PAGE}/{kept.code}", said)


def _version(form: Form) -> int:
    """Raises: InputRefused."""
    told = form.get("version", "")
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise InputRefused("version", "画面が古くなっています。読み込み直してください。")
    return int(told)


def _told(faults: Mapping[str, str] | None) -> str | None:
    return f"保存していません。直すところが{len(faults)}つあります。" if faults else None


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    code: str,
    *,
    said: str | None = None,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    fault: InputRefused | None = None,
) -> HTTPResponse:
    """Args: typed: cells that were sent in vain."""
    known, today = await parts_of(request).schools.read.one(member, code)
    entry = known.entry
    return await page_of(
        request,
        member,
        "schools_one.html",
        status=400 if faults or fault else 200,
        here="service",
        said=said,
        fault=fault.text if fault is not None else _told(faults),
        school=view.listed(entry, today),
        keeps=member.may(Permission.KEEP_REGISTER),
        at=f"{PAGE}/{entry.school.code}",
        cells=view.shown_cells(entry, typed or {}),
        entry=entry,
        enrolments=view.enrolments(entry, today),
        grades=view.grades_for(entry),
        retired=(typed or {}).get(RETIRED)
        or ("" if entry.school.retired_on is None else entry.school.retired_on.isoformat()),
        faults=faults or {},
        fields=view,
        # Whoever kept an old page sees what is there now; saving again is then on purpose.
        version=known.version,
        typed=typed or {},
    )
