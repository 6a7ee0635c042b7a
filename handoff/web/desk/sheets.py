"""``/desk/talks/<session>/sheet``, the page for an agency, and the list of sheets that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, TsunagiError
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency
from handoff.domain.session import State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up_faults import Fault
from handoff.services.desk.read_sheet import SheetView
from handoff.web.desk.guard import ROOT, check_change, parts_of, reads, who
from handoff.web.desk.pages import page_of
from handoff.web.desk.sheet_form import Values, fault_texts, one, read_sheet_form, sheet_in
from handoff.web.desk.sheet_view import listed, shown, spoken

desk_sheets = Blueprint("desk_sheets", url_prefix=ROOT)

SAID: Final = {
    "recorded": "相談を記録に入れました。続けて、終了記録を書いてください。",
    "saved": "途中まで保存しました。",
    "filled": "記録を完了しました。相談を閉じました。",
    "waits": "記録を書き終えました。ほかの人が確認すると、相談が閉じます。",
    "signed": "確認しました。相談を閉じました。",
    "returned": "理由をつけて戻しました。",
}
#: Where two people write one sheet, the second one decides knowingly.
_AGAIN: Final = "あなたが書いたものは、下に残っています。このまま保存すると、あなたの内容になります。"
_GOES_ON: Final = "相談者がもう一度書いたので、相談は続いています。記録は下に残っています。途中で保存して、相談を終えてから完了してください。"


@desk_sheets.get("/sheets")
@reads
async def show_sheets(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The sheets that wait for this person."""
    waiting = [listed(sheet) for sheet in await parts_of(request).read_sheet.waiting(member)]
    said = SAID.get(str(request.args.get("said", "")))
    return await page_of(request, member, "sheets.html", here="sheets", sheets=waiting, said=said)


@desk_sheets.get("/talks/<session_id:uuid>/sheet")
@reads
async def show_sheet(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """One sheet: to fill in, to sign, or to read. ``edit``: to fill in although it waits for the second person."""
    view = await parts_of(request).read_sheet(session_id, member)
    edits = request.args.get("edit") is not None
    return await _sheet(request, member, view, edits=edits, said=SAID.get(str(request.args.get("said", ""))))


@desk_sheets.post("/talks/<session_id:uuid>/sheet")
async def write_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``verb``: save, or fill; and the fields of the sheet."""
    values, member = await _changing(request)
    parts, refusal = parts_of(request), None
    kept = False
    began = await parts.read_sheet.began_with(session_id, member)
    sheet, found = sheet_in(values, began, parts.setting.profile)
    if not found:
        try:
            if one(values, "verb") != "fill":
                await parts.save_sheet(session_id, member, sheet, _version(values))
                return redirect(f"{ROOT}/talks/{session_id}/sheet?said=saved", status=303)
            filled = await parts.fill_sheet(session_id, member, sheet, _version(values))
            found, kept = filled.faults, True
            if not found:
                return redirect(f"{ROOT}/sheets?said={'filled' if filled.closed else 'waits'}", status=303)
        except TsunagiError as error:
            refusal = error
    view = await parts.read_sheet(session_id, member)
    return await _sheet(request, member, view, edits=True, values=values, found=found, refusal=refusal, kept=kept)


@desk_sheets.post("/talks/<session_id:uuid>/sheet/sign")
async def sign_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``version``: the second person's yes to the sheet that they read."""
    values, member = await _changing(request)
    try:
        await parts_of(request).sign_sheet(session_id, member, _version(values))
    except TsunagiError as error:
        return await _refused(request, member, session_id, values, error)
    return redirect(f"{ROOT}/sheets?said=signed", status=303)


@desk_sheets.post("/talks/<session_id:uuid>/sheet/return")
async def return_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``version``, ``remark``: the sheet goes back to whoever filled it in."""
    values, member = await _changing(request)
    try:
        await parts_of(request).return_sheet(session_id, member, one(values, "remark"), _version(values))
    except TsunagiError as error:
        return await _refused(request, member, session_id, values, error)
    return redirect(f"{ROOT}/sheets?said=returned", status=303)


@desk_sheets.get("/talks/<session_id:uuid>/handover")
@reads
async def show_handover(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """``to``: the page for this agency, to be printed; opening it is on record."""
    try:
        to = Agency(str(request.args.get("to", "")))
    except ValueError:
        raise NotFound("no such agency") from None
    page = await parts_of(request).read_sheet.handover(session_id, member, to)
    return await page_of(
        request,
        member,
        "handover.html",
        status=200 if page.lines else 403,
        here="sheets",
        session=str(session_id),
        reference=session_id.hex[:8],
        agency=AGENCY_NAMES[to],
        lines=page.lines,
        finished=page.finished,
        made=spoken(page.at),
    )


async def _changing(request: Request[Any, Any]) -> tuple[Values, StaffMember]:
    """The form of somebody who may change something here, as far as their role goes."""
    values = read_sheet_form(request)
    check_change(request, one(values, "token"))
    member = await who(request)
    member.check(Permission.COUNSEL)
    return values, member


def _version(values: Values) -> int:
    """Raises: InputRefused."""
    told = one(values, "version")
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise InputRefused("version", "画面が古くなっています。読み込み直してください。")
    return int(told)


async def _refused(
    request: Request[Any, Any], member: StaffMember, session_id: UUID, values: Values, error: TsunagiError
) -> HTTPResponse:
    """The sheet to be read, with what was typed about it. Raises: NotFound: this person may not even read it."""
    view = await parts_of(request).read_sheet(session_id, member)
    return await _sheet(request, member, view, refusal=error, remark=one(values, "remark"))


async def _sheet(
    request: Request[Any, Any],
    member: StaffMember,
    view: SheetView,
    *,
    edits: bool = False,
    said: str | None = None,
    values: Values | None = None,
    found: Sequence[Fault] = (),
    refusal: TsunagiError | None = None,
    kept: bool = False,
    remark: str = "",
) -> HTTPResponse:
    """The page. Args: edits: fill it in although it was filled in; values: typed fields; kept: they are saved; remark:
    what was typed as one.
    """
    setting = parts_of(request).setting
    waits = view.record is not None and view.record.filled_at is not None
    texts: Mapping[str, str] = fault_texts(found)
    fault = None if refusal is None else refusal.text
    if isinstance(refusal, MoveRefused) and view.talk.card.state is State.LIVE:
        fault = _GOES_ON
    if isinstance(refusal, InputRefused) and refusal.field == "version" and values is not None:
        fault = f"{refusal.text}{_AGAIN}"
    return await page_of(
        request,
        member,
        "sheet.html",
        status=refusal.status if refusal is not None else 400 if found else 200,
        here="sheets",
        sheet=shown(view, member, setting.profile, setting.clock.now(), values),
        editing=view.may_fill and (edits or not waits),
        faults=texts,
        unsaved=values is not None and (refusal is not None or not kept),
        said=said,
        fault=fault,
        # A refused remark is the one field that isn't the sheet's.
        remark=remark,
        remark_fault=refusal.text if isinstance(refusal, InputRefused) and refusal.field == "remark" else None,
    )
