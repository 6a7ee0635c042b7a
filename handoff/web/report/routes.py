"""``/report``: the form, step by step, each a POST that keeps what was typed; it works without a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from sanic import Blueprint, Request
from sanic.response import HTTPResponse, json

from handoff.domain.errors import EvidenceRefused, InputRefused, NotFound, StoreUnavailable
from handoff.domain.report import WORDS, Answers, Danger, Report, ReportStatus
from handoff.services.report.write_report import Kept, Sender
from handoff.web.fair import Purpose, fair_of
from handoff.web.multipart import Received
from handoff.web.report.files import files_taken
from handoff.web.report.form import Fault, Step, change_of, faults, school_of, step_of
from handoff.web.report.guard import ROOT, Form, parts_of, read_form, visit_of
from handoff.web.report.parts import ReportParts
from handoff.web.report.render import heard_words, receipt_page, step_page, trouble_page
from handoff.web.report.return_routes import key_of, mine_or_receipt, over_page, report_return
from handoff.web.report.sitting import away, sit_at, was_left

log = structlog.get_logger(__name__)
report = Blueprint("report", url_prefix=ROOT)
report_pages = (report, report_return)

NOT_SAVED = "いま、保存できませんでした。書いたことは、この画面に残っています。少し待ってから、もう一度押してください。"
NO_FILE = "写真や動画が、まだえらばれていません。えらんでから、おしてください。"
FILES = "受け取りました。"
REPLIED = "返事を受け取りました。"
ANEW = "時間がたったので、ここから新しく受け取りました。前に書いたところも、届いています。"


async def only_where_offered(request: Request[Any, Any]) -> HTTPResponse | None:
    """Kind words where the board's service takes no reports here."""
    setting = parts_of(request).setting
    try:
        await setting.refresh()
    except StoreUnavailable:
        log.warning("report_setting_not_refreshed")  # the page itself, with whom to call, needs no database
    if setting.profile.channels.report.offered:
        return None
    text = "この窓口では、ページから知らせることはできません。話したいときは、下の電話や文字の窓口を使えます。"
    return trouble_page(setting, "このページは使われていません", text, 404)


for part in report_pages:
    part.on_request(only_where_offered)


def steps_of(parts: ReportParts) -> tuple[Step, ...]:
    """The form's pages; where the profile takes no files there is none for them."""
    takes = bool(files_taken(parts.setting.profile))
    return tuple(step for step in Step if takes or step is not Step.EVIDENCE)


@report.get("/", strict_slashes=False)
async def begin(request: Request[Any, Any]) -> HTTPResponse:
    """The first page. Nothing is begun by looking at it."""
    return await _first(request, "")


@report.get("/<school_code:str>")
async def begin_at_school(request: Request[Any, Any], school_code: str) -> HTTPResponse:
    """The same from a school's card; a code that nobody knows is no fault."""
    return await _first(request, school_code)


async def _first(request: Request[Any, Any], code: str) -> HTTPResponse:
    parts = parts_of(request)
    school = school_of(code, await parts.schools()) if code else None
    steps = steps_of(parts)
    return step_page(
        parts.setting,
        steps[0],
        steps,
        Answers(),
        "",
        school=school.code if school else "",
        school_name=school.name if school else "",
    )


@report.post("/", strict_slashes=False)
async def write(request: Request[Any, Any]) -> HTTPResponse:
    """``step`` with its fields, ``token``, ``go``: next, back, or the name of a step. Keeps it and shows another page."""
    parts, form = parts_of(request), read_form(request)
    steps = steps_of(parts)
    step = step_of(form.get("step"), steps)
    try:
        kept = await _keep(request, parts, step, form)
    except StoreUnavailable:
        return await _again(parts, steps, step, form)
    if _is_sent(kept.report):
        return await mine_or_receipt(parts, kept.token, said="書いたことを受け取りました。")
    wrong = faults(step, form)
    said = ANEW if kept.anew and form.token else ""
    if form.get("reply").strip():
        wrong, said = await _reply(parts, kept, form, wrong)
    at = steps.index(step)
    match form.get("go"):
        case "back":
            step, wrong = steps[max(at - 1, 0)], []
        case "next" if not wrong:
            step = steps[min(at + 1, len(steps) - 1)]
        case name if not wrong and name in steps:
            step = Step(name)
    typed = {name: form.get(name) for name in WORDS if form.all(name)} if wrong else {}
    return step_page(
        parts.setting,
        step,
        steps,
        kept.report.answers,
        kept.token,
        typed=typed,
        faults=wrong,
        turn=kept.turn + 1,
        heard=kept.heard,
        files=await parts.files.own(kept.report.session_id) if step in (Step.EVIDENCE, Step.SEND) else (),
        said=said,
        status=400 if wrong else 200,
    )


async def _reply(parts: ReportParts, kept: Kept, form: Form, wrong: list[Fault]) -> tuple[list[Fault], str]:
    """Take the answer to what was said while somebody still writes; give the page's faults and what it says."""
    try:
        await parts.add(kept.token, key_of(form.get("key")), form.get("reply"))
    except InputRefused as error:
        return [*wrong, Fault("reply", error.text)], ""
    return wrong, REPLIED


async def after_files(request: Request[Any, Any], result: Received | EvidenceRefused) -> HTTPResponse:
    """The page that follows files sent without a script: the form's, or one's own report's."""
    parts = parts_of(request)
    fields: Mapping[str, str]
    if isinstance(result, EvidenceRefused):
        fields, wrong = result.fields, [Fault("files", result.text)]
    else:
        fields = result.fields
        wrong = [Fault("files", f"「{one.name}」{one.error.text}") for one in result.files if one.error is not None]
        if not result.files:
            wrong = [Fault("files", NO_FILE)]
    said, status = ("", InputRefused.status) if wrong else (FILES, 200)
    token = fields.get("token", "")
    if await was_left(parts, sit_at(fields), token):
        return away()
    try:
        mine = await parts.read(token)
    except NotFound:
        return over_page(parts)
    if fields.get("from") == "mine" or _is_sent(mine.report):
        fault = wrong[0] if wrong else None
        return await mine_or_receipt(parts, token, said=said, fault=fault, status=status)
    return step_page(
        parts.setting,
        Step.EVIDENCE,
        steps_of(parts),
        mine.report.answers,
        token,
        faults=wrong,
        heard=mine.heard,
        files=await parts.files.own(mine.report.session_id),
        said=said,
        status=status,
    )


async def _keep(
    request: Request[Any, Any], parts: ReportParts, step: Step, form: Form, sender: Sender = Sender.BUTTON
) -> Kept:
    known = await parts.holds(form.token)
    await fair_of(request).check(request, Purpose.REPORT_KEEP if known else Purpose.REPORT_START)
    change = change_of(step, form, await parts.schools())
    return await parts.keep(form.token, change, visit_of(request), sender=sender, turn=form.turn, key=form.key)


def _is_sent(one: Report) -> bool:
    return one.status is not ReportStatus.DRAFT and not one.unfinished


async def _again(parts: ReportParts, steps: tuple[Step, ...], step: Step, form: Form) -> HTTPResponse:
    """The same page with what was typed, when nothing can be stored: nobody may lose a word."""
    schools = await parts.schools()
    shown = change_of(step, form, schools)(Answers())
    typed = {name: form.get(name) for name in WORDS if form.all(name)}
    school = school_of(form.get("school"), schools)
    return step_page(
        parts.setting,
        step,
        steps,
        shown,
        form.token,
        typed=typed,
        turn=(form.turn or 0) + 1,
        school=school.code if school else "",
        faults=[Fault("", NOT_SAVED)],
        status=StoreUnavailable.status,
    )


@report.post("/keep")
async def keep(request: Request[Any, Any]) -> HTTPResponse:
    """The fields of the step that is being written, by the page itself; ``leaving``: it is being closed; ``turn``: how
    many requests the visit's pages have counted, so that one which comes late doesn't replace newer words.

    Gives ``token`` (of the visit), ``saved`` (false: too soon or too late, again later), ``turn`` (the last that was
    taken) and ``said`` (what the service says).
    """
    parts, form = parts_of(request), read_form(request)
    step = step_of(form.get("step"), steps_of(parts))
    kept = await _keep(request, parts, step, form, Sender.LEAVING if form.get("leaving") else Sender.TYPING)
    said = heard_words(kept.heard, parts.setting.clock.now())
    return json({"token": kept.token, "saved": kept.saved, "turn": kept.turn, "said": said})


@report.post("/send")
async def send(request: Request[Any, Any]) -> HTTPResponse:
    """``token``: send it. The answer is the receipt's page; a second press, or a reload, gives the same one."""
    parts, form = parts_of(request), read_form(request)
    try:
        sent = await parts.send(form.token)
    except NotFound:
        return over_page(parts)
    except InputRefused as error:
        mine = await parts.read(form.token)
        return step_page(
            parts.setting,
            Step.WHAT,
            steps_of(parts),
            mine.report.answers,
            form.token,
            turn=(form.turn or 0) + 1,
            faults=[Fault(error.field, error.text)],
            heard=mine.heard,
            status=error.status,
        )
    if sent.receipt is None:
        return await mine_or_receipt(parts, form.token)
    return receipt_page(parts.setting, form.token, sent.receipt, in_danger=sent.report.answers.danger is Danger.NOW)
