"""``/desk/escalations``: the board of what can't wait, one page for each escalation, and the sheet for police or fire.

Forms that work without a script; a small one says when the page is old. An id of LINE is in the answer to the request
that opened it and in no other, so a page that is loaded again doesn't have it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, redirect
from sanic.response import json as json_response

from handoff.domain.errors import (
    EscalationTaken,
    InputRefused,
    MoveRefused,
    NotFound,
    OwnReview,
)
from handoff.domain.escalation_steps import CallResult, StepKind
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.staff import StaffMember
from handoff.services.break_glass import Revealed
from handoff.web.alarm_words import CHOICES
from handoff.web.desk.escalations_forms import chosen, key_of, read_desk_form, troubled
from handoff.web.desk.escalations_pages import Form, Tried, board_page, one_page, sheet_page
from handoff.web.desk.escalations_view import full
from handoff.web.desk.escalations_words import ADVICE, SAID
from handoff.web.desk.guard import ROOT, parts_of, reads, still, token_of
from handoff.web.desk.pages import desk_trouble, page_of

desk_escalations = Blueprint("desk_escalations", url_prefix=f"{ROOT}/escalations")


_REFUSALS = (EscalationTaken, InputRefused, MoveRefused, OwnReview)


# --- reading --------------------------------------------------------------------------------------------------------


@desk_escalations.get("/", strict_slashes=False)
@reads
async def show_board(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The board."""
    return await board_page(request, member)


@desk_escalations.get("/state")
async def show_state(request: Request[Any, Any]) -> HTTPResponse:
    """``?of=`` an escalation's id, or nothing for the board: whether an open page is old, as JSON."""
    told = str(request.args.get("of", ""))
    try:
        escalation_id = UUID(told) if told else None
    except ValueError:
        raise NotFound("no id") from None
    parts = parts_of(request)
    await still(request)
    return json_response({"version": await parts.read_escalations.state(token_of(request), escalation_id)})


@desk_escalations.get("/<escalation_id:uuid>")
@reads
async def show_one(request: Request[Any, Any], member: StaffMember, escalation_id: UUID) -> HTTPResponse:
    """One escalation."""
    return await one_page(request, member, escalation_id, said=SAID.get(str(request.args.get("said", ""))))


@desk_escalations.get("/<escalation_id:uuid>/sheet")
@reads
async def show_sheet(request: Request[Any, Any], member: StaffMember, escalation_id: UUID) -> HTTPResponse:
    """The sheet for police or fire service, without the id."""
    return await sheet_page(request, member, escalation_id, None)


# --- acting ---------------------------------------------------------------------------------------------------------


async def _act(
    request: Request[Any, Any],
    escalation_id: UUID,
    verb: str,
    do: Callable[[StaffMember, Form], Awaitable[object]],
    form_of: str | None = None,
) -> HTTPResponse:
    """Check the form, do it, and show the page again; what was typed in vain isn't lost.

    Args: form_of: the form's name on the page, where it isn't the verb's.
    """
    member, form = await read_desk_form(request)
    try:
        await do(member, form)
    except _REFUSALS as error:
        return await one_page(request, member, escalation_id, tried=Tried(form_of or verb, error, form))
    return redirect(f"{ROOT}/escalations/{escalation_id}?said={verb}", status=303)


@desk_escalations.post("/<escalation_id:uuid>/acknowledge")
@troubled
async def acknowledge(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """読みました・対応します."""
    act = parts_of(request).act_on_escalation
    return await _act(request, escalation_id, "acknowledge", lambda m, _: act.acknowledge(escalation_id, m))


@desk_escalations.post("/<escalation_id:uuid>/take-over")
@troubled
async def take_over(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """引き継ぐ."""
    act = parts_of(request).act_on_escalation
    return await _act(request, escalation_id, "take-over", lambda m, _: act.take_over(escalation_id, m))


@desk_escalations.post("/<escalation_id:uuid>/contact")
@troubled
async def contact(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """連絡がとれた."""
    act = parts_of(request).act_on_escalation
    return await _act(request, escalation_id, "contact", lambda m, _: act.contact(escalation_id, m))


@desk_escalations.post("/<escalation_id:uuid>/call")
@troubled
async def call(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``agency``, ``result``, ``whom``, ``told``, ``key``: a call that a person made."""

    async def do(member: StaffMember, form: Form) -> None:
        agency = chosen(Agency, form, "agency", "どこにかけたかを選んでください。")
        result = chosen(CallResult, form, "result", "どうなったかを選んでください。")
        whom, told = form.get("whom", ""), form.get("told", "")
        key = key_of(escalation_id, member, form, agency, result, whom, told)
        await parts_of(request).act_on_escalation.record_call(escalation_id, member, agency, result, whom, told, key)

    return await _act(request, escalation_id, "call", do)


@desk_escalations.post("/<escalation_id:uuid>/ask")
@troubled
async def ask(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``kind``, ``question``, ``key``: somebody outside was asked."""

    async def do(member: StaffMember, form: Form) -> None:
        kind = chosen(StepKind, form, "kind", "何を頼んだかを選んでください。")
        question = form.get("question", "")
        key = key_of(escalation_id, member, form, kind, question)
        await parts_of(request).ask_instruction(escalation_id, member, kind, question, key)

    return await _act(request, escalation_id, "ask", do)


@desk_escalations.post("/<escalation_id:uuid>/steps/<step_id:uuid>/answer")
@troubled
async def answer(request: Request[Any, Any], escalation_id: UUID, step_id: UUID) -> HTTPResponse:
    """``answer``: what they said."""

    async def do(member: StaffMember, form: Form) -> None:
        await parts_of(request).note_answer(escalation_id, step_id, member, form.get("answer", ""))

    return await _act(request, escalation_id, "answer", do, f"answer-{step_id}")


@desk_escalations.post("/<escalation_id:uuid>/close")
@troubled
async def close(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``reason``, ``note``: 終える."""

    async def do(member: StaffMember, form: Form) -> None:
        reason = next((one for one in CHOICES if one == form.get("reason")), None)
        if reason is None:
            raise InputRefused("reason", "どうなったかを、一つ選んでください。")
        await parts_of(request).act_on_escalation.close(escalation_id, member, reason, form.get("note", ""))

    return await _act(request, escalation_id, "close", do)


# --- behind the glass -----------------------------------------------------------------------------------------------


async def _reveal(
    request: Request[Any, Any],
    escalation_id: UUID,
    verb: str,
    do: Callable[[StaffMember, Form], Awaitable[Revealed]],
    *,
    by_two: bool = False,
) -> HTTPResponse:
    """Show the sheet with the id, in this one answer."""
    member, form = await read_desk_form(request)
    try:
        revealed = await do(member, form)
    except _REFUSALS as error:
        return await one_page(request, member, escalation_id, tried=Tried(verb, error, form))
    return await sheet_page(request, member, escalation_id, revealed, by_two=by_two)


@desk_escalations.post("/<escalation_id:uuid>/sheet")
@troubled
async def reveal(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``reason``, ``key``: a supervisor sees the id at once."""

    async def do(member: StaffMember, form: Form) -> Revealed:
        reason = form.get("reason", "")
        key = key_of(escalation_id, member, form, reason)
        return await parts_of(request).reveal_address(escalation_id, member, reason, key)

    return await _reveal(request, escalation_id, "reveal", do)


@desk_escalations.post("/<escalation_id:uuid>/wish")
@troubled
async def wish(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``reason``, ``key``: somebody who isn't a supervisor asks a second person."""

    async def do(member: StaffMember, form: Form) -> None:
        reason = form.get("reason", "")
        key = key_of(escalation_id, member, form, reason)
        await parts_of(request).ask_for_address(escalation_id, member, reason, key)

    return await _act(request, escalation_id, "wish", do)


@desk_escalations.post("/<escalation_id:uuid>/wishes/<request_id:uuid>/reason")
@troubled
async def read_wish(request: Request[Any, Any], escalation_id: UUID, request_id: UUID) -> HTTPResponse:
    """Why somebody wants to see the id; reading it is on record, so it isn't a GET."""
    member, _typed = await read_desk_form(request)
    wished, alias, reason = await parts_of(request).decide_address.reason(escalation_id, request_id, member)
    told = f"{full(wished.asked_at)}に、{alias}が頼みました。"
    own = wished.asked_by == member.id
    return await _reason_page(request, member, escalation_id, f"wishes/{request_id}", reason, told, own=own)


async def _reason_page(
    request: Request[Any, Any],
    member: StaffMember,
    escalation_id: UUID,
    deed: str,
    reason: str,
    told: str,
    *,
    own: bool,
    review: bool = False,
) -> HTTPResponse:
    """Why somebody wants to see an id, or saw it. deed: where the answer goes, below the escalation's address."""
    at = f"{ROOT}/escalations/{escalation_id}"
    return await page_of(
        request,
        member,
        "escalations_reason.html",
        here="escalations",
        at=at,
        deed=f"{at}/{deed}",
        reason=reason,
        review=review,
        own=own,
        told=told,
    )


@desk_escalations.post("/<escalation_id:uuid>/wishes/<request_id:uuid>/grant")
@troubled
async def grant(request: Request[Any, Any], escalation_id: UUID, request_id: UUID) -> HTTPResponse:
    """A second person says yes."""
    decide = parts_of(request).decide_address
    return await _act(request, escalation_id, "grant", lambda m, _: decide(escalation_id, request_id, m, granted=True))


@desk_escalations.post("/<escalation_id:uuid>/wishes/<request_id:uuid>/refuse")
@troubled
async def refuse(request: Request[Any, Any], escalation_id: UUID, request_id: UUID) -> HTTPResponse:
    """A second person says no."""
    decide = parts_of(request).decide_address
    return await _act(
        request, escalation_id, "refuse", lambda m, _: decide(escalation_id, request_id, m, granted=False)
    )


@desk_escalations.post("/<escalation_id:uuid>/wishes/<request_id:uuid>/open")
@troubled
async def open_wish(request: Request[Any, Any], escalation_id: UUID, request_id: UUID) -> HTTPResponse:
    """The one who asked sees the id, once."""
    opened = parts_of(request).open_address
    return await _reveal(request, escalation_id, "open", lambda m, _: opened(escalation_id, request_id, m), by_two=True)


@desk_escalations.post("/<escalation_id:uuid>/openings/<opening_id:uuid>/reason")
@troubled
async def read_reason(request: Request[Any, Any], escalation_id: UUID, opening_id: UUID) -> HTTPResponse:
    """Why an id was seen; reading it is on record, so it isn't a GET."""
    member, _typed = await read_desk_form(request)
    opening, reason = await parts_of(request).review_address.reason(escalation_id, opening_id, member)
    told = f"{full(opening.at)}に、{opening.who}がIDを見ました。"
    own = opening.who == member.alias
    deed = f"openings/{opening_id}"
    return await _reason_page(request, member, escalation_id, deed, reason, told, own=own, review=True)


@desk_escalations.post("/<escalation_id:uuid>/openings/<opening_id:uuid>/review")
@troubled
async def review(request: Request[Any, Any], escalation_id: UUID, opening_id: UUID) -> HTTPResponse:
    """Another person has looked at it. The page of an old one opens to few, so this ends at the board."""
    member, _typed = await read_desk_form(request)
    try:
        await parts_of(request).review_address(escalation_id, opening_id, member)
    except _REFUSALS as error:
        return desk_trouble(request, error.status, f"{error.text}{ADVICE[error.code]}")
    return redirect(f"{ROOT}/escalations/?said=review", status=303)
