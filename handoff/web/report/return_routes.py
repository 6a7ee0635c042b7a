"""Receipt and return: the code is noted down, typed again, and opens one's own report; it travels in bodies alone."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.report import Danger, ReportStatus, TellSchool
from handoff.web.fair import Purpose, fair_of
from handoff.web.form_key import random_key
from handoff.web.report.form import Fault
from handoff.web.report.guard import ROOT, parts_of, read_form
from handoff.web.report.parts import ReportParts
from handoff.web.report.render import mine_page, receipt_page, return_page

report_return = Blueprint("report_return", url_prefix=ROOT)

WRONG: Final = (
    "この受付番号では、開けませんでした。書きうつした番号と、見くらべてみてください。"
    "番号がわからないときも、もう一度はじめから知らせることができます。"
)
NOT_KEPT: Final = "番号を書きうつすか、写真にとってから、「控えました」にチェックを入れてください。"
KEPT: Final = "知らせてくれて、ありがとうございます。たしかに受け取りました。"
ADDED: Final = "書き足したことを、受け取りました。"
WITHDRAWN: Final = "取り下げの手続きをしました。"
OVER: Final = (
    "時間がたったので、このページはとじました。書いたことは届いています。"
    "受付番号があるときは、ここから続きを見られます。"
)


def over_page(parts: ReportParts) -> HTTPResponse:
    """For a page whose time is over, and for any token that opens nothing: the same words and status."""
    return return_page(parts.setting, said=OVER, status=NotFound.status)


async def mine_or_receipt(
    parts: ReportParts,
    token: str,
    *,
    said: str = "",
    fault: Fault | None = None,
    words: str = "",
    asks_again: bool = False,
    status: int = 200,
) -> HTTPResponse:
    """One's own report; whoever hasn't noted the receipt down sees that first."""
    try:
        mine = await parts.read(token)
    except NotFound:
        return over_page(parts)
    if mine.receipt is not None:
        return receipt_page(parts.setting, token, mine.receipt, in_danger=mine.report.answers.danger is Danger.NOW)
    if mine.report.status is ReportStatus.DRAFT:
        return over_page(parts)  # it was never sent, and no page of ours leads here
    return mine_page(
        parts.setting,
        token,
        mine,
        said=said,
        fault=fault,
        words=words,
        asks_again=asks_again,
        files=await parts.files.own(mine.report.session_id),
        status=status,
    )


@report_return.post("/kept")
async def kept(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``kept``: the receipt is noted down; without the tick its page stays."""
    parts, form = parts_of(request), read_form(request)
    if form.get("kept") != "yes":
        try:
            mine = await parts.read(form.token)
        except NotFound:
            return over_page(parts)
        if mine.receipt is not None:
            danger = mine.report.answers.danger is Danger.NOW
            return receipt_page(
                parts.setting, form.token, mine.receipt, in_danger=danger, fault=NOT_KEPT, status=InputRefused.status
            )
        return await mine_or_receipt(parts, form.token)
    try:
        await parts.keep_receipt(form.token)
    except NotFound:
        return over_page(parts)
    return await mine_or_receipt(parts, form.token, said=KEPT)


@report_return.get("/answer")
async def ask(request: Request[Any, Any]) -> HTTPResponse:
    """Where the receipt is typed."""
    return return_page(parts_of(request).setting)


@report_return.post("/answer")
async def open_mine(request: Request[Any, Any]) -> HTTPResponse:
    """``receipt``: as it was typed. Every wrong one gets the same page."""
    parts, form = parts_of(request), read_form(request)
    await fair_of(request).check(request, Purpose.RECEIPT_WRONG)
    typed = form.get("receipt")
    try:
        token = await parts.open(typed)
    except NotFound as error:
        await fair_of(request).wrong_receipt(request)
        return return_page(parts.setting, fault=WRONG, typed=typed[:100], status=error.status)
    return await mine_or_receipt(parts, token)


@report_return.post("/mine")
async def show(request: Request[Any, Any]) -> HTTPResponse:
    """``token``: one's own report as it stands now."""
    return await mine_or_receipt(parts_of(request), read_form(request).token)


@report_return.post("/mine/add")
async def add(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``key``, ``words``, ``tell_school``: add to one's own report."""
    parts, form = parts_of(request), read_form(request)
    if not await parts.holds(form.token):
        return over_page(parts)
    await fair_of(request).check(request, Purpose.REPORT_KEEP)
    words = form.get("words")
    try:
        await parts.add(form.token, key_of(form.get("key")), words, _tell_school(form.get("tell_school")))
    except NotFound:
        return over_page(parts)
    except InputRefused as error:
        fault = Fault(error.field, error.text)
        return await mine_or_receipt(parts, form.token, fault=fault, words=words, status=error.status)
    return await mine_or_receipt(parts, form.token, said=ADDED)


@report_return.post("/mine/withdraw")
async def withdraw(request: Request[Any, Any]) -> HTTPResponse:
    """``token``, ``sure``: take one's own report back; asks once more first."""
    parts, form = parts_of(request), read_form(request)
    if form.get("sure") != "yes":
        return await mine_or_receipt(parts, form.token, asks_again=True)
    try:
        await parts.withdraw(form.token)
    except NotFound:
        return over_page(parts)
    return await mine_or_receipt(parts, form.token, said=WITHDRAWN)


def key_of(text: str) -> UUID:
    """The key that makes a form that is sent again the same one. Raises: InputRefused."""
    try:
        return random_key(text)
    except ValueError:
        raise InputRefused("key", "画面が古くなっています。もう一度、受付番号から開いてください。") from None


def _tell_school(text: str) -> TellSchool | None:
    return next((word for word in TellSchool if word == text), None)
