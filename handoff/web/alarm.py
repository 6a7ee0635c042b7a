"""``/alarm``: the page that an alarm opens on the on-call person's phone.

A link is first exchanged for a cookie by a press of a button: mail scanners and previews open links, and nothing may
be shown or changed by that. From then on the token is in no address. Whatever isn't there, isn't there any more, or is
somebody else's, is one and the same 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, html, redirect
from sanic.response import json as json_response

from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.profile.vocabulary import Agency
from handoff.services.escalation_ports import LinkHolder
from handoff.services.read_alarm import AlarmPage
from handoff.web.alarm_guard import ROOT, cookie_of, give_cookie, read_form
from handoff.web.alarm_render import Refused, first_page, glass_page, news, review_page, whole_page
from handoff.web.alarm_words import ADVICE, CHOICES, DONE, moment
from handoff.web.form_key import random_key
from handoff.web.our_pages import check_origin, wants_json
from handoff.web.parts import AlarmVerbs

_STATIC = Path(__file__).parent / "static" / "alarm"
_LARGEST_SEQUENCE = 2**62

alarm = Blueprint("alarm", url_prefix=ROOT)
alarm.static("/static", _STATIC, name="alarm_static")

type Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, by which link, for which escalation. form_token: what this link's forms hold."""

    verbs: AlarmVerbs
    token: str
    holder: LinkHolder
    form_token: str
    seen: int
    have: str

    @property
    def escalation_id(self) -> UUID:
        return self.holder.escalation_id

    @property
    def who(self) -> str:
        return self.holder.who


async def _visit(request: Request[Any, Any], escalation_id: UUID) -> Visit:
    """Raises: NotFound: no cookie, or one that opens something else, or nothing any more."""
    verbs: AlarmVerbs = request.app.ctx.parts.alarm
    token = cookie_of(request, escalation_id)
    if token is None:
        raise NotFound("no cookie")
    holder = await verbs.read.holder(token)
    if holder.escalation_id != escalation_id:
        raise NotFound("another escalation's link")
    told = str(request.args.get("seen", ""))
    seen = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else 0
    have = str(request.args.get("have", ""))
    return Visit(verbs, token, holder, verbs.form_token(token), min(seen, _LARGEST_SEQUENCE), have)


# --- the way in -----------------------------------------------------------------------------------------------------


@alarm.get("/<token:str>")
async def first(request: Request[Any, Any], token: str) -> HTTPResponse:
    """The neutral page; for a link that doesn't hold, 404."""
    verbs: AlarmVerbs = request.app.ctx.parts.alarm
    await verbs.read.holder(token)
    return html(first_page())


@alarm.post("/<token:str>")
async def enter(request: Request[Any, Any], token: str) -> HTTPResponse:
    """Exchange the link for a cookie, and leave the address with the token behind."""
    verbs: AlarmVerbs = request.app.ctx.parts.alarm
    check_origin(request, verbs.origin)
    read_form(request, None)
    holder = await verbs.read.holder(token)
    response = redirect(f"{ROOT}/e/{holder.escalation_id}", status=303)
    give_cookie(response, holder.escalation_id, token, secure=verbs.origin.startswith("https:"))
    return response


# --- reading --------------------------------------------------------------------------------------------------------


@alarm.get("/e/<escalation_id:uuid>")
async def show(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """The page."""
    visit = await _visit(request, escalation_id)
    page = await visit.verbs.read(visit.token)
    return html(whole_page(page, visit.form_token, DONE.get(str(request.args.get("done", "")))))


@alarm.get("/e/<escalation_id:uuid>/news")
async def show_news(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """What is new since ``?seen=`` (a line's number) and ``?have=`` (hashes of the parts), as JSON."""
    visit = await _visit(request, escalation_id)
    return await _news(visit)


async def _news(visit: Visit, status: int = 200, **more: Any) -> HTTPResponse:
    page = await visit.verbs.read(visit.token, visit.seen)
    return json_response(news(page, visit.form_token, visit.seen, visit.have) | more, status=status)


# --- acting ---------------------------------------------------------------------------------------------------------


async def _act(
    request: Request[Any, Any], escalation_id: UUID, verb: str, do: Callable[[Visit, Form], Awaitable[object]]
) -> HTTPResponse:
    """Check the form, do it, and show the page again; what was typed in vain isn't lost."""
    visit, form = await _checked(request, escalation_id)
    try:
        await do(visit, form)
    except (EscalationTaken, InputRefused, MoveRefused, OwnReview) as error:
        return await _refused(request, visit, verb, form, error)
    if wants_json(request):
        # All parts, changed or not: the one whose form was sent has to be empty again, with a new key.
        return await _news(replace(visit, have=""), said=DONE[verb])
    return redirect(f"{ROOT}/e/{escalation_id}?done={verb}", status=303)


async def _checked(request: Request[Any, Any], escalation_id: UUID) -> tuple[Visit, Form]:
    """Raises: Forbidden, NotFound, PayloadTooLarge, BadRequest."""
    verbs: AlarmVerbs = request.app.ctx.parts.alarm
    check_origin(request, verbs.origin)
    visit = await _visit(request, escalation_id)
    return visit, read_form(request, visit.form_token)


async def _refused(
    request: Request[Any, Any],
    visit: Visit,
    verb: str,
    form: Form,
    error: EscalationTaken | InputRefused | MoveRefused | OwnReview,
) -> HTTPResponse:
    advice = ADVICE[error.code]
    if wants_json(request):
        return await _news(visit, error.status, code=error.code, message=error.text, advice=advice)
    page = await visit.verbs.read(visit.token)
    refused = Refused(verb, error.text, advice, form)
    return html(whole_page(page, visit.form_token, None, refused), status=error.status)


def _key(visit: Visit, form: Form, words: str) -> UUID:
    """What makes a second tap the same request: the form that was shown, and what was written into it."""
    try:
        return uuid5(random_key(form.get("key")), f"{visit.escalation_id} {visit.who} {words}")
    except ValueError:
        raise InputRefused("key", "画面が古くなっています。読み込み直してから、もう一度押してください。") from None


@alarm.post("/e/<escalation_id:uuid>/acknowledge")
async def acknowledge(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """読みました・対応します."""
    return await _act(request, escalation_id, "acknowledge", lambda v, _: v.verbs.acknowledge(escalation_id, v.who))


@alarm.post("/e/<escalation_id:uuid>/take-over")
async def take_over(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """引き継ぐ."""
    return await _act(request, escalation_id, "take-over", lambda v, _: v.verbs.take_over(escalation_id, v.who))


@alarm.post("/e/<escalation_id:uuid>/contact")
async def contact(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """連絡がとれた."""
    return await _act(request, escalation_id, "contact", lambda v, _: v.verbs.contact(escalation_id, v.who))


@alarm.post("/e/<escalation_id:uuid>/call")
async def call(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``agency``: a call that a person made."""

    async def do(visit: Visit, form: Form) -> None:
        try:
            agency = Agency(form.get("agency", ""))
        except ValueError:
            raise InputRefused("agency", "どこにかけたかを選んでください。") from None
        await visit.verbs.record_call(escalation_id, visit.who, agency)

    return await _act(request, escalation_id, "call", do)


@alarm.post("/e/<escalation_id:uuid>/answer")
async def answer(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``text``, ``key``: words to the student."""

    async def do(visit: Visit, form: Form) -> None:
        text = form.get("text", "")
        await visit.verbs.answer(escalation_id, visit.who, text, _key(visit, form, text))

    return await _act(request, escalation_id, "answer", do)


@alarm.post("/e/<escalation_id:uuid>/close")
async def close(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``reason``, ``note``: 終える."""

    async def do(visit: Visit, form: Form) -> None:
        reason = next((one for one in CHOICES if one == form.get("reason")), None)
        if reason is None:
            raise InputRefused("reason", "終える理由を、一つ選んでください。")
        await _close(visit, reason, form.get("note"))

    return await _act(request, escalation_id, "close", do)


async def _close(visit: Visit, reason: CloseReason, note: str | None) -> None:
    try:
        await visit.verbs.close(visit.escalation_id, visit.who, reason, note)
    except MoveRefused as error:
        if error.from_state != EscalationState.CLOSED:
            raise
        # A second tap of the one who has just closed it.
        escalation = (await _without_lines(visit)).escalation
        if (escalation.closed_by, escalation.closed_reason) != (visit.who, reason):
            raise


# --- behind the glass -----------------------------------------------------------------------------------------------


@alarm.post("/e/<escalation_id:uuid>/glass")
async def break_glass(request: Request[Any, Any], escalation_id: UUID) -> HTTPResponse:
    """``reason``, ``key``: the student's LINE id, shown in this one answer."""
    visit, form = await _checked(request, escalation_id)
    try:
        reason = form.get("reason", "")
        revealed = await visit.verbs.break_glass(escalation_id, visit.who, reason, _key(visit, form, reason))
    except (EscalationTaken, InputRefused, MoveRefused) as error:
        return await _refused(request, visit, "glass", form, error)
    return html(glass_page(await _without_lines(visit), revealed))


@alarm.post("/e/<escalation_id:uuid>/glass/<opening_id:uuid>/reason")
async def read_reason(request: Request[Any, Any], escalation_id: UUID, opening_id: UUID) -> HTTPResponse:
    """Why an id was revealed; reading it is on record, so it isn't a GET."""
    visit, _form = await _checked(request, escalation_id)
    page = await _with_opening(visit, opening_id)
    opening, reason = await visit.verbs.review_glass.reason(opening_id, visit.who)
    return html(review_page(page, visit.form_token, opening_id, opening.who, moment(opening.at, page.at), reason))


@alarm.post("/e/<escalation_id:uuid>/glass/<opening_id:uuid>/review")
async def review(request: Request[Any, Any], escalation_id: UUID, opening_id: UUID) -> HTTPResponse:
    """Another person has looked at it."""

    async def do(visit: Visit, _form: Form) -> None:
        await _with_opening(visit, opening_id)
        await visit.verbs.review_glass(opening_id, visit.who)

    return await _act(request, escalation_id, "review", do)


async def _without_lines(visit: Visit) -> AlarmPage:
    return await visit.verbs.read(visit.token, _LARGEST_SEQUENCE)


async def _with_opening(visit: Visit, opening_id: UUID) -> AlarmPage:
    """Raises: NotFound: it's no opening of this escalation."""
    page = await _without_lines(visit)
    if opening_id not in {opening.id for opening in page.openings}:
        raise NotFound("another escalation's opening")
    return page
