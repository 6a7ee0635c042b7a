"""``/desk/faults``: faults of the service and their report to the board (KAG-8.1, TAJ-N6)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.fault import (
    AFFECTED_NAMES,
    EFFECT_NAMES,
    LONGEST_NAME,
    LONGEST_TEXT,
    PROVIDER_NAMES,
    STANDARD_NOTICE,
    WAY_NAMES,
    ReportWay,
)
from handoff.domain.hours import ZONE
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.wording_rules import LONGEST_BUBBLE
from handoff.services.faults.read_faults import PAGE as ROWS
from handoff.web.desk.faults.fields import begun_with, field_of, hint_code, needed, text_of, typed_of
from handoff.web.desk.faults.view import drill_row, fault_row, fault_shown, hint_row
from handoff.web.desk.form_pages import Form, back, id_of, key_of, moment_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_faults = Blueprint("desk_faults", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/faults"
SAID: Final = {
    "opened": "障害の記録を始めました。教育委員会に速やかに伝え、伝えたことを下に記録してください。",
    "corrected": "新しい版として書き足しました。前の版も残っています。",
    "reported": "教育委員会に伝えたことを記録しました。",
    "finished": "この版を、教育委員会に見せる報告書として確定しました。",
    "closed": "完了にしました。",
    "shown": "お知らせを出しました。チャットと通報のページに出ます。",
    "hidden": "お知らせを消しました。",
    "dismissed": "障害ではないとして、しまいました。",
    "started": "訓練を始めました。相談の画面に「訓練」の印がついて届きます。",
    "stopped": "訓練を止めました。",
    "words": "話し合ったことを保存しました。",
}


def page_number(request: Request[Any, Any], name: str) -> int:
    """A page of a list, from 0; what is no number is the first one."""
    told = str(request.args.get(name, "1"))
    return int(told) - 1 if told.isascii() and told.isdigit() and 0 < len(told) < 6 and int(told) > 0 else 0


@desk_faults.get("/faults")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Faults and drills; ``page``, ``drills``: pages of the two lists, from 1."""
    return await list_page(request, member)


async def list_page(
    request: Request[Any, Any], member: StaffMember, typed: Form | None = None, error: InputRefused | None = None
) -> HTTPResponse:
    """The list, with what was refused in the form of a drill."""
    page, drills_page = page_number(request, "page"), page_number(request, "drills")
    shown = await parts_of(request).faults.read(member, page, drills_page)
    typed = typed or {}
    return await page_of(
        request,
        member,
        "faults.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        keeps=member.may(Permission.RUN_SHIFT),
        starts=member.is_supervisor,
        rows=[fault_row(one, shown) for one in shown.faults],
        total=shown.total,
        page=page + 1,
        pages=max(1, -(-shown.total // ROWS)),
        hints=[hint_row(one, shown.now) for one in shown.hints],
        drills=[drill_row(one, shown) for one in shown.drills],
        drills_total=shown.drills_total,
        drills_page=drills_page + 1,
        drills_pages=max(1, -(-shown.drills_total // ROWS)),
        running=any(one.ended_at is None for one in shown.drills),
        busy=shown.busy,
        scripts=list(shown.scripts.values()),
        typed=typed,
        key=id_of(typed, "key") or new_key(),
    )


@desk_faults.get("/faults/new")
@reads
async def begin(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The form of a new fault; ``hint``: the code of what the service noticed."""
    member.check(Permission.RUN_SHIFT)
    code = hint_code(str(request.args.get("hint", "")))
    shown = await parts_of(request).faults.read(member)
    hint = next((one for one in shown.hints if one.code is code), None)
    return await _form(request, member, begun_with(hint, shown.now))


@desk_faults.post("/faults/new")
@posts
async def open_fault(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """The fields of ``fields.text_of``, ``hint``, ``key``."""
    try:
        hint = hint_code(form.get("hint", ""))
        fault_id = await parts_of(request).faults.open(member, key_of(form), text_of(form), hint)
    except InputRefused as error:
        return await _form(request, member, form, error)
    return back(f"{PAGE}/{fault_id}", "opened")


async def _form(
    request: Request[Any, Any], member: StaffMember, typed: Form | dict[str, Any], error: InputRefused | None = None
) -> HTTPResponse:
    return await page_of(
        request,
        member,
        "faults_new.html",
        status=200 if error is None else error.status,
        here="service",
        **choices(),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        typed=typed,
        key=id_of(typed, "key") or new_key(),
    )


def choices() -> dict[str, Any]:
    """What can be chosen and how much can be written in a fault's form."""
    return {
        "effects": [(str(one), name) for one, name in EFFECT_NAMES.items()],
        "affects": [(str(one), name) for one, name in AFFECTED_NAMES.items()],
        "providers": [(str(one), name) for one, name in PROVIDER_NAMES.items()],
        "longest": LONGEST_TEXT,
        "longest_name": LONGEST_NAME,
    }


@desk_faults.post("/faults/hints/<code:str>/dismiss")
@posts
async def dismiss(request: Request[Any, Any], member: StaffMember, form: Form, code: str) -> HTTPResponse:
    """``through``: up to when the page had shown it."""
    hint, through = hint_code(code), moment_of(form, "through")
    if hint is None or through is None:
        raise InputRefused("hint", "画面が古くなっています。読み込み直してください。")
    await parts_of(request).faults.dismiss(member, hint, through)
    return back(PAGE, "dismissed")


@desk_faults.get("/faults/<fault_id:uuid>")
@reads
async def show_one(request: Request[Any, Any], member: StaffMember, fault_id: UUID) -> HTTPResponse:
    """One fault: for the team with all that can be done, for others the report that was finished."""
    return await _one(request, member, fault_id)


@desk_faults.post("/faults/<fault_id:uuid>/correct")
@posts
async def correct(request: Request[Any, Any], member: StaffMember, form: Form, fault_id: UUID) -> HTTPResponse:
    """The fields of ``fields.text_of``, ``seen``, ``key``."""
    try:
        await parts_of(request).faults.correct(member, fault_id, key_of(form), _version(form, "seen"), text_of(form))
    except InputRefused as error:
        return await _one(request, member, fault_id, form, error, "correct")
    return back(f"{PAGE}/{fault_id}", "corrected")


@desk_faults.post("/faults/<fault_id:uuid>/report")
@posts
async def report(request: Request[Any, Any], member: StaffMember, form: Form, fault_id: UUID) -> HTTPResponse:
    """``way``, ``at``, ``to``, ``told``, ``reply``, ``key``."""
    try:
        try:
            way = ReportWay(form.get("way", ""))
        except ValueError:
            raise InputRefused("way", "どうやって伝えたかを選んでください。") from None
        await parts_of(request).faults.report(
            member,
            fault_id,
            key_of(form),
            way,
            needed(form, "at", "伝えた日時"),
            to=form.get("to", ""),
            told=form.get("told", ""),
            reply=form.get("reply", ""),
        )
    except InputRefused as error:
        return await _one(request, member, fault_id, form, error, "report")
    return back(f"{PAGE}/{fault_id}", "reported", "reports")


@desk_faults.post("/faults/<fault_id:uuid>/finish")
@posts
async def finish(request: Request[Any, Any], member: StaffMember, form: Form, fault_id: UUID) -> HTTPResponse:
    """``version``: the one that was read."""
    await parts_of(request).faults.finish(member, fault_id, _version(form, "version"))
    return back(f"{PAGE}/{fault_id}", "finished")


@desk_faults.post("/faults/<fault_id:uuid>/close")
@posts
async def close(request: Request[Any, Any], member: StaffMember, form: Form, fault_id: UUID) -> HTTPResponse:
    """It is done with."""
    try:
        await parts_of(request).faults.close(member, fault_id)
    except InputRefused as error:
        return await _one(request, member, fault_id, None, error, "close")
    return back(f"{PAGE}/{fault_id}", "closed")


@desk_faults.post("/faults/<fault_id:uuid>/notice")
@posts
async def tell(request: Request[Any, Any], member: StaffMember, form: Form, fault_id: UUID) -> HTTPResponse:
    """``verb``: show or hide; ``notice``: the words for students (TAJ-N6)."""
    shows = form.get("verb") == "show"
    try:
        await parts_of(request).faults.tell(member, fault_id, form.get("notice", "") if shows else None)
    except InputRefused as error:
        return await _one(request, member, fault_id, form, error, "notice")
    return back(f"{PAGE}/{fault_id}", "shown" if shows else "hidden", "notice")


@desk_faults.get("/faults/<fault_id:uuid>/sheet")
@reads
async def show_sheet(request: Request[Any, Any], member: StaffMember, fault_id: UUID) -> HTTPResponse:
    """The report for the board, to be printed; a draft says that it is one."""
    page = await parts_of(request).faults.read.fault(member, fault_id)
    return await page_of(
        request,
        member,
        "faults_sheet.html",
        here="service",
        owner=page.owner,
        made=f"{page.now.astimezone(ZONE).year}年{moment_words(page.now)}",
        one=fault_shown(page),
    )


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    fault_id: UUID,
    typed: Form | None = None,
    error: InputRefused | None = None,
    wrong: str = "",
) -> HTTPResponse:
    page = await parts_of(request).faults.read.fault(member, fault_id)
    text = page.fault.text
    kept = {} if text is None else typed_of(text)
    return await page_of(
        request,
        member,
        "faults_one.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        wrong=wrong,
        one=fault_shown(page),
        **choices(),
        ways=[(str(one), name) for one, name in WAY_NAMES.items()],
        keeps=member.may(Permission.RUN_SHIFT) and text is not None,
        tells=member.is_supervisor,
        standard=STANDARD_NOTICE,
        longest_notice=LONGEST_BUBBLE,
        typed=typed if wrong == "correct" and typed is not None else kept,
        told=typed if wrong == "report" and typed is not None else {"at": field_of(page.now)},
        notice=typed.get("notice", "") if wrong == "notice" and typed is not None else page.fault.notice,
        seen=page.fault.version,
        key=(None if typed is None else id_of(typed, "key")) or new_key(),
        other_key=new_key(),
    )


def _version(form: Form, name: str) -> int:
    """Raises: InputRefused."""
    told = form.get(name, "")
    if not (told.isascii() and told.isdigit() and len(told) < 9):
        raise InputRefused(name, "画面が古くなっています。読み込み直してください。")
    return int(told)
