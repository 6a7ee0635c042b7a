"""``/desk/api``: what the desk's scripts read and do. Every change is one service, named like the verb."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from handoff.domain.desk import ClosedWithout, NoteKind
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, ReceptionOver, SessionTaken, TraineeRefused
from handoff.domain.staff import StaffMember
from handoff.services.desk.read_desk import Talk
from handoff.web.desk.guard import ROOT, changes, form_token, parts_of, polls, token_of
from handoff.web.desk.hub import DeskHub
from handoff.web.desk.parts import DeskParts
from handoff.web.desk.render import (
    Json,
    alarm_json,
    card_json,
    care_json,
    earlier_json,
    line_json,
    note_json,
    people_json,
    proposal_json,
    when,
    window_json,
)
from handoff.web.desk.schools.view import candidates_view
from handoff.web.form_key import random_key

desk_api = Blueprint("desk_api", url_prefix=f"{ROOT}/api")

#: Half of a letter of two units: no text holds it, and no encoding can write it.
_HALF_LETTER = re.compile("[\ud800-\udfff]")

type Body = Mapping[str, Any]
type Verb = Callable[[DeskParts, UUID, StaffMember, Body], Awaitable[Json | None]]


def body_of(request: Request[Any, Any]) -> Body:
    """A request's JSON object; an empty one where there is none. Raises: InputRefused: it's something else."""
    if not request.body:
        return {}
    try:
        told = request.json
    except Exception:  # noqa: BLE001 - whatever the parser says, it's the same to whoever sent it
        told = None
    if not isinstance(told, dict):
        raise InputRefused("body", "送られた内容を読み取れません。画面を読み込み直してください。")
    return told


def text_in(body: Body, name: str) -> str:
    """A text of a request; empty where there is none. Raises: InputRefused: it's no text."""
    value = body.get(name, "")
    if not isinstance(value, str) or _HALF_LETTER.search(value):
        raise InputRefused(name, "入力を確かめてください。")
    return value


def id_in(body: Body, name: str) -> UUID | None:
    """An id of a request. Raises: InputRefused: it's no id."""
    value = body.get(name)
    if value is None or value == "":
        return None
    try:
        return UUID(str(value))
    except ValueError:
        raise InputRefused(name, "画面が古くなっています。読み込み直してください。") from None


def key_in(body: Body) -> UUID:
    """The key that makes a repeated request the same one. Raises: InputRefused."""
    try:
        return random_key(body.get("key"))
    except ValueError:
        raise InputRefused("key", "画面が古くなっています。読み込み直してください。") from None


# --- reading --------------------------------------------------------------------------------------------------------


@desk_api.get("/desk")
@polls
async def show_desk(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """All that an opening desk shows, and from where on its socket goes on."""
    parts = parts_of(request)
    desk = await parts.read.desk(member)
    aliases = {person.member.id: person.member.alias for person in desk.people}
    profile = parts.setting.profile
    left = await parts.care.quota()
    return json_response(
        {
            "cursor": desk.cursor,
            "at": when(desk.at),
            "me": {
                "id": str(member.id),
                "alias": member.alias,
                "role": member.role,
                "supervisor": member.is_supervisor,
                "trainee": member.trainee,
            },
            "token": form_token(token_of(request) or ""),
            "service": profile.service_name,
            "window": window_json(profile, desk.at),
            "desk": {
                "limit": profile.desk.live_per_counsellor,
                "ageing_seconds": int(profile.desk.ageing.total_seconds()),
                "approve": member.trainee and profile.desk.approve_trainees,
                "soft_limit_minutes": profile.session.soft_limit_minutes,
                "picture": profile.media.counsellor_window is True,
                "nudge_minutes": profile.session.nudge_minutes,
                "min_counsellors": profile.staff.min_counsellors,
                "supervisor_excluded": profile.staff.supervisor_excluded is not False,
            },
            "wishes": dict(await parts.wishes.read(member)),
            "cards": [card_json(card, aliases) for card in desk.cards],
            "people": people_json(desk.people),
            "alarms": [alarm_json(one) for one in desk.alarms],
            "quota": {"remaining": left.remaining, "reserve": left.reserve},
        }
    )


@desk_api.get("/intakes")
@polls
async def show_intakes(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Who talks with the bot alone, for a supervisor."""
    cards = await parts_of(request).read.intakes(member)
    # Who and how long alone: whoever wants the words opens the session, and that is on record.
    nothing: Json = {"evidence": [], "intake": {}, "categories": []}
    return json_response({"cards": [card_json(card, {}) | nothing for card in cards]})


@desk_api.get("/proposals")
@polls
async def show_proposals(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The lines of trainees that wait for a supervisor's yes."""
    waiting = await parts_of(request).read.waiting_proposals(member)
    aliases = hub_of(request).aliases
    return json_response({"proposals": [proposal_json(proposal, aliases) for proposal in waiting]})


@desk_api.get("/talks/<session_id:uuid>")
@polls
async def show_talk(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """One session with everything that belongs to it; opening it is on record."""
    talk = await parts_of(request).read.talk(session_id, member)
    profile = parts_of(request).setting.profile
    at = parts_of(request).read.now
    lines = {"phone": profile.phone_lines(at, by_text=False), "text": profile.text_lines(at)}
    intake = talk.card.intake
    found = await parts_of(request).schools.find(intake.get("school_name") or "", intake.get("school_type"))
    schools = {"schools": candidates_view(found), "more_schools": found.count - len(found.candidates)}
    return json_response(_talk(talk, hub_of(request)) | {"help_lines": lines} | schools)


def hub_of(request: Request[Any, Any]) -> DeskHub:
    hub: DeskHub = request.app.ctx.desk_hub
    return hub


def _talk(talk: Talk, hub: DeskHub) -> Json:
    aliases, intake = hub.aliases, talk.card.intake
    return {
        "cursor": talk.cursor,
        "card": card_json(talk.card, aliases),
        "procedure": intake.get("procedure"),
        "lines": [line_json(line) for line in talk.lines],
        "notes": [note_json(note, aliases) for note in talk.notes],
        "proposals": [proposal_json(proposal, aliases) for proposal in talk.proposals],
        "draft": talk.draft,
        "earlier": [earlier_json(session, aliases) for session in talk.earlier],
        "care": care_json(talk.care, aliases),
        "contact": str(talk.card.contact_id),
    }


# --- acting ---------------------------------------------------------------------------------------------------------


async def _claim(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    await parts.claim(session_id, member)
    return None


async def _take_over(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    await parts.take_over(session_id, member)
    return None


async def _release(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    await parts.release(session_id, member)
    return None


async def _offer(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    await parts.offer(session_id, member, id_in(body, "to"))
    return None


async def _answer_offer(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    await parts.answer_offer(session_id, member, body.get("accept") is True)
    return None


async def _second(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    await parts.set_second(session_id, member, id_in(body, "second"))
    return None


async def _switch(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    await parts.switch_writer(session_id, member)
    return None


async def _send(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    epoch = body.get("epoch")
    if type(epoch) is not int:
        raise InputRefused("epoch", "画面が古くなっています。読み込み直してください。")
    sent = await parts.send(session_id, member, epoch, text_in(body, "text"), key_in(body))
    return {"sent": sent}


async def _end(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    await parts.end(session_id, member)
    return None


async def _close(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    try:
        reason = ClosedWithout(text_in(body, "reason"))
    except ValueError:
        raise InputRefused("reason", "終える理由を選んでください。") from None
    await parts.close_untaken(session_id, member, reason)
    return None


async def _note(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    try:
        kind = NoteKind(text_in(body, "kind"))
    except ValueError:
        raise InputRefused("kind", "メモの種類を選んでください。") from None
    await parts.note(session_id, member, kind, text_in(body, "text"), key_in(body))
    return None


async def _draft(parts: DeskParts, session_id: UUID, member: StaffMember, body: Body) -> Json | None:
    await parts.draft(session_id, member, text_in(body, "text"))
    return None


async def _typing(parts: DeskParts, session_id: UUID, member: StaffMember, _body: Body) -> Json | None:
    return {"shown": await parts.typing(session_id, member)}


#: What can be done with one session, by the last word of its address.
VERBS: dict[str, Verb] = {
    "claim": _claim,
    "take-over": _take_over,
    "release": _release,
    "offer": _offer,
    "answer-offer": _answer_offer,
    "second": _second,
    "switch": _switch,
    "send": _send,
    "end": _end,
    "close": _close,
    "note": _note,
    "draft": _draft,
    "typing": _typing,
}


@desk_api.post("/talks/<session_id:uuid>/<verb:str>")
@changes
async def act(request: Request[Any, Any], member: StaffMember, session_id: UUID, verb: str) -> HTTPResponse:
    """Do one of VERBS with a session."""
    answer = await VERBS[verb](parts_of(request), session_id, member, body_of(request))
    return json_response(answer or {})


@desk_api.post("/next")
@changes
async def claim_next(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Claim the most urgent session that this person may take; where somebody is quicker, the one after it."""
    parts = parts_of(request)
    desk = await parts.read.desk(member)
    refused: ReceptionOver | TraineeRefused | None = None
    for session_id in parts.read.queue(desk.cards):
        try:
            await parts.claim(session_id, member)
        except (SessionTaken, MoveRefused, NotFound):
            continue
        except (ReceptionOver, TraineeRefused) as error:
            refused = error
            continue
        return json_response({"session": str(session_id)})
    if refused is not None:
        raise refused
    return json_response({"session": None})


@desk_api.post("/lines/<line_id:uuid>/retry")
@changes
async def retry(request: Request[Any, Any], member: StaffMember, line_id: UUID) -> HTTPResponse:
    """``sure``: send a line again that didn't arrive."""
    await parts_of(request).retry(line_id, member, body_of(request).get("sure") is True)
    return json_response({})


@desk_api.post("/proposals/<proposal_id:uuid>/approve")
@changes
async def approve(request: Request[Any, Any], member: StaffMember, proposal_id: UUID) -> HTTPResponse:
    """``text`` (optional): a trainee's line goes out, as it is or in these words."""
    body = body_of(request)
    text = text_in(body, "text") if "text" in body else None
    return json_response({"state": await parts_of(request).decide.approve(proposal_id, member, text)})


@desk_api.post("/proposals/<proposal_id:uuid>/return")
@changes
async def give_back(request: Request[Any, Any], member: StaffMember, proposal_id: UUID) -> HTTPResponse:
    """``remark``: a trainee's line comes back."""
    await parts_of(request).decide.give_back(proposal_id, member, text_in(body_of(request), "remark"))
    return json_response({})


@desk_api.post("/duty")
@changes
async def duty(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``on``: whether this person takes sessions."""
    await parts_of(request).presence.set_duty(member, body_of(request).get("on") is True)
    return json_response({})


@desk_api.post("/wishes")
@changes
async def wishes(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """How this person wants their desk."""
    return json_response(dict(await parts_of(request).wishes.keep(member, body_of(request))))
