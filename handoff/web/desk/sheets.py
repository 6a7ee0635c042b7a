"""``/desk/talks/<session>/sheet``, the page for an agency, and the list of sheets that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, TsunagiError
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency, SchoolType
from handoff.domain.session import State
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wrap_up import Sheet
from handoff.domain.wrap_up_faults import Fault
from handoff.services.desk.correct_sheet import may_correct
from handoff.services.desk.read_sheet import SheetView
from handoff.services.fact_ports import CorrectionState
from handoff.web.desk.guard import ROOT, check_change, parts_of, reads, who
from handoff.web.desk.pages import page_of
from handoff.web.desk.sheet_form import Values, fault_texts, one, read_sheet_form, sheet_in, values_of
from handoff.web.desk.sheet_view import listed, school_choices, shown, spoken

desk_sheets = Blueprint("desk_sheets", url_prefix=ROOT)

SAID: Final = {
    "recorded": "相談を記録に入れました。続けて、終了記録を書いてください。",
    "saved": "途中まで保存しました。",
    "filled": "記録を完了しました。相談を閉じました。",
    "waits": "記録を書き終えました。ほかの人が確認すると、相談が閉じます。",
    "signed": "確認しました。相談を閉じました。",
    "returned": "理由をつけて戻しました。",
    "corrected": "記録を訂正しました。",
    "correction_waits": "訂正を書きました。ほかの人が確認すると、記録が変わります。",
    "correction_made": "訂正を確認しました。記録が変わりました。",
    "correction_refused": "訂正しないことにしました。",
}
CORRECTION_NAMES: Final = {
    CorrectionState.WAITING: "確認を待っています",
    CorrectionState.MADE: "訂正しました",
    CorrectionState.REFUSED: "訂正しませんでした",
}
#: Where two people write one sheet, the second one decides knowingly.
_AGAIN: Final = "あなたが書いたものは、下に残っています。このまま保存すると、あなたの内容になります。"
_GOES_ON: Final = "相談者がもう一度書いたので、相談は続いています。記録は下に残っています。途中で保存して、相談を終えてから完了してください。"


@desk_sheets.get("/sheets")
@reads
async def show_sheets(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The sheets that wait for this person."""
    waiting = [listed(sheet) for sheet in await parts_of(request).read_sheet.waiting(member)]
    corrections = [
        {"session": str(one.session_id), "id": str(one.id), "at": spoken(one.made_at), "by": by}
        for one, by in await parts_of(request).facts.corrections.waiting(member)
    ]
    said = SAID.get(str(request.args.get("said", "")))
    return await page_of(
        request, member, "sheets.html", here="sheets", sheets=waiting, corrections=corrections, said=said
    )


@desk_sheets.get("/talks/<session_id:uuid>/sheet")
@reads
async def show_sheet(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """One sheet: to fill in, to sign, or to read. ``edit``: to fill in although it waits for the second person."""
    view = await parts_of(request).read_sheet(session_id, member)
    edits = request.args.get("edit") is not None
    return await sheet_page(request, member, view, edits=edits, said=SAID.get(str(request.args.get("said", ""))))


@desk_sheets.post("/talks/<session_id:uuid>/sheet")
async def write_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``verb``: save, fill, school (look for one in the register, save nothing), or enter: school where another one was
    typed, else save; and the fields of the sheet.
    """
    values, member = await changing(request)
    parts, refusal = parts_of(request), None
    kept = False
    began = await parts.read_sheet.began_with(session_id, member)
    if _searches(values):
        view = await parts.read_sheet(session_id, member)
        return await sheet_page(request, member, view, edits=True, values=values)
    sheet, found = sheet_in(values, began, parts.setting.profile)
    found = found or await school_faults(request, sheet, began)
    if not found:
        try:
            if one(values, "verb") != "fill":
                await parts.save_sheet(session_id, member, sheet, version_in(values))
                return redirect(f"{ROOT}/talks/{session_id}/sheet?said=saved", status=303)
            filled = await parts.fill_sheet(session_id, member, sheet, version_in(values))
            found, kept = filled.faults, True
            if not found:
                return redirect(f"{ROOT}/sheets?said={'filled' if filled.closed else 'waits'}", status=303)
        except TsunagiError as error:
            refusal = error
    view = await parts.read_sheet(session_id, member)
    return await sheet_page(request, member, view, edits=True, values=values, found=found, refusal=refusal, kept=kept)


def _searches(values: Values) -> bool:
    verb, words = one(values, "verb"), one(values, "school_search").strip()
    return verb == "school" or (verb == "enter" and words not in ("", one(values, "school_searched").strip()))


async def school_faults(request: Request[Any, Any], sheet: Sheet, began: Sheet) -> tuple[Fault, ...]:
    """What is wrong with a school that wasn't on the sheet before: it can't be chosen (any more)."""
    code = sheet.person.school_code.value
    if code in (None, began.person.school_code.value) or await parts_of(request).schools.find.school(code) is not None:
        return ()
    return (Fault("person.school_code", "この学校は台帳から選べなくなりました。選び直してください。"),)


@desk_sheets.post("/talks/<session_id:uuid>/sheet/sign")
async def sign_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``version``: the second person's yes to the sheet that they read."""
    values, member = await changing(request)
    try:
        await parts_of(request).sign_sheet(session_id, member, version_in(values))
    except TsunagiError as error:
        return await _refused(request, member, session_id, values, error)
    return redirect(f"{ROOT}/sheets?said=signed", status=303)


@desk_sheets.post("/talks/<session_id:uuid>/sheet/return")
async def return_sheet(request: Request[Any, Any], session_id: UUID) -> HTTPResponse:
    """``version``, ``remark``: the sheet goes back to whoever filled it in."""
    values, member = await changing(request)
    try:
        await parts_of(request).return_sheet(session_id, member, one(values, "remark"), version_in(values))
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
        drill=page.card.drill,
        reference=session_id.hex[:8],
        agency=AGENCY_NAMES[to],
        lines=page.lines,
        finished=page.finished,
        made=spoken(page.at),
    )


async def changing(request: Request[Any, Any]) -> tuple[Values, StaffMember]:
    """The form of somebody who may change something here, as far as their role goes."""
    values = read_sheet_form(request)
    check_change(request, one(values, "token"))
    member = await who(request)
    member.check(Permission.COUNSEL)
    return values, member


def version_in(values: Values) -> int:
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
    return await sheet_page(request, member, view, refusal=error, remark=one(values, "remark"))


async def sheet_page(
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
    correcting: Mapping[str, Any] | None = None,
) -> HTTPResponse:
    """The page. Args: edits: fill it in although it was filled in; values: typed fields; kept: they are saved; remark:
    what was typed as one; correcting: what the form of a correction shows beside the sheet's fields.
    """
    setting = parts_of(request).setting
    waits = view.record is not None and view.record.filled_at is not None
    texts: Mapping[str, str] = fault_texts(found)
    fault = None if refusal is None else refusal.text
    if isinstance(refusal, MoveRefused) and view.talk.card.state is State.LIVE:
        fault = _GOES_ON
    if isinstance(refusal, InputRefused) and refusal.field == "version" and values is not None:
        fault = f"{refusal.text}{_AGAIN}"
    now = setting.clock.now()
    filled = values if values is not None else values_of(view.sheet, alias=member.alias, now=now)
    editing = correcting is not None or (view.may_fill and (edits or not waits))
    register, hidden = await _register(request, view, filled) if editing else ([], 0)
    corrections = await parts_of(request).facts.corrections.of_session(view.talk.card.id)
    asked = any(one.state is CorrectionState.WAITING for one in corrections)  # a second one would be refused at its end
    return await page_of(
        request,
        member,
        "sheet.html",
        status=refusal.status if refusal is not None else 400 if found else 200,
        here="sheets",
        sheet=shown(view, member, setting.profile, now, filled, register),
        more_schools=hidden,
        editing=editing,
        correcting=correcting,
        may_correct=not asked and may_correct(member, view.record, view.talk.card.state),
        corrections=[
            {"id": str(one.id), "at": spoken(one.made_at), "state": CORRECTION_NAMES[one.state]} for one in corrections
        ],
        faults=texts,
        unsaved=values is not None and (refusal is not None or not kept),
        said=said,
        fault=fault,
        # A refused remark is the one field that isn't the sheet's.
        remark=remark,
        remark_fault=refusal.text if isinstance(refusal, InputRefused) and refusal.field == "remark" else None,
    )


async def _register(request: Request[Any, Any], view: SheetView, values: Values) -> tuple[list[tuple[str, str]], int]:
    """Schools of the register to choose from, by what was looked for, else by the name that was told, and how many more
    there are; none is ever chosen for anybody (KAG-6.1キ).
    """
    find = parts_of(request).schools.find
    words = one(values, "school_search").strip() or one(values, "school_name").strip()
    told = one(values, "school_type")
    found = await find(words, told if told in set(SchoolType) else None)
    code = one(values, "school_code")
    kept = view.school if view.school is not None and view.school.code == code else None
    chosen = kept or (await find.school(code) if code else None)
    known = code if chosen is not None or view.sheet.person.school_code.value else ""
    return school_choices(found, chosen, known), found.count - len(found.candidates)
