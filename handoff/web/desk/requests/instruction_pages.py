"""``/desk/requests/instructions``: questions to the board with their answers, and the board's own orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.exceptions import NotFound as NoSuchPage
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.instruction import Instruction, InstructionKind, InstructionState
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.services.requests.instruct import reads_questions
from handoff.web.desk.form_pages import Form, back, day_of, day_words, key_of, moment_words, posts
from handoff.web.desk.guard import parts_of, reads
from handoff.web.desk.requests.pages import (
    INSTRUCTIONS,
    desk_of,
    desk_requests,
    due_words,
    page_number,
    show_page,
    wants_ended,
)
from handoff.web.desk.requests.words import INSTRUCTION_KINDS, INSTRUCTION_STATES

SAID: Final = {
    "asked": "照会しました。教育委員会がこの画面で回答します。",
    "ordered": "指示を出しました。",
    "answer": "回答しました。",
    "finish": "対応したことを記録しました。",
    "withdraw": "照会を取り下げました。",
}


@desk_requests.get("/requests/instructions")
@reads
async def show_instructions(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """What is open; with ``ended=1`` what is over. The form of a question, or of an order."""
    return await _list(request, member)


@desk_requests.post("/requests/instructions")
@posts
async def instruct(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``question``, ``nameless``; or ``order``, as the board. ``due_on``, ``key``."""
    desk = desk_of(request)
    try:
        due_on = day_of(form, "due_on")
        if member.may(Permission.INSTRUCT):
            made = await desk.give_order(member, key_of(form), form.get("order", ""), due_on)
        else:
            made = await desk.ask_board(
                member, key_of(form), form.get("question", ""), due_on, nameless="nameless" in form
            )
    except InputRefused as error:
        return await _list(request, member, form, error)
    return back(f"{INSTRUCTIONS}/{made}", "ordered" if member.may(Permission.INSTRUCT) else "asked")


async def _list(
    request: Request[Any, Any], member: StaffMember, form: Form | None = None, error: InputRefused | None = None
) -> HTTPResponse:
    found = await desk_of(request).read_instructions.listed(member, page_number(request), ended=wants_ended(request))
    board = member.may(Permission.INSTRUCT)
    return await show_page(
        request,
        member,
        "requests_instructions.html",
        SAID,
        form,
        error,
        "new",
        rows=[_shown(one, found.aliases, found.today) for one in found.instructions],
        total=found.total,
        page=found.page,
        pages=found.pages,
        ended=found.ended,
        escalations=found.escalations,
        board=board,
        asks=reads_questions(member) and not board,
        reads_all=reads_questions(member),
        today=found.today.isoformat(),
    )


@desk_requests.get("/requests/instructions/<instruction_id:uuid>")
@reads
async def show_instruction(request: Request[Any, Any], member: StaffMember, instruction_id: UUID) -> HTTPResponse:
    """One question or order, with what can be done; it prints as a sheet."""
    return await _one(request, member, instruction_id)


@desk_requests.post("/requests/instructions/<instruction_id:uuid>/<step:str>")
@posts
async def act_on(
    request: Request[Any, Any], member: StaffMember, form: Form, instruction_id: UUID, step: str
) -> HTTPResponse:
    """``answer`` (as the board), ``finish`` with ``result``, ``withdraw``."""
    verbs = desk_of(request).instruction
    try:
        if step == "answer":
            await verbs.answer(instruction_id, member, form.get("answer", ""))
        elif step == "finish":
            await verbs.finish(instruction_id, member, form.get("result", ""))
        elif step == "withdraw":
            await verbs.withdraw(instruction_id, member)
        else:
            raise NoSuchPage("no such step")
    except InputRefused as error:
        return await _one(request, member, instruction_id, form, error, step)
    return back(f"{INSTRUCTIONS}/{instruction_id}", step)


async def _one(
    request: Request[Any, Any],
    member: StaffMember,
    instruction_id: UUID,
    form: Form | None = None,
    error: InputRefused | None = None,
    step: str = "",
) -> HTTPResponse:
    found, aliases = await desk_of(request).read_instructions.one(member, instruction_id)
    today = today_of(parts_of(request).setting.clock.now())
    board, works = member.may(Permission.INSTRUCT), reads_questions(member)
    return await show_page(
        request,
        member,
        "requests_instruction.html",
        SAID,
        form,
        error,
        step,
        one=_shown(found, aliases, today),
        address=f"{INSTRUCTIONS}/{instruction_id}",
        may={
            "answer": board and found.state is InstructionState.ASKED,
            "finish": works and not board and found.state is InstructionState.ANSWERED,
            "withdraw": works and not board and found.state is InstructionState.ASKED,
        },
    )


def _shown(one: Instruction, aliases: Mapping[UUID, str], today: date) -> dict[str, Any]:
    def person(member_id: UUID | None) -> str:
        return "" if member_id is None else aliases[member_id]

    return {
        "path": f"{INSTRUCTIONS}/{one.id}",
        "reference": str(one.id)[:8],
        "kind": INSTRUCTION_KINDS[one.kind],
        "question": one.question,
        "is_question": one.kind is InstructionKind.QUESTION,
        "state": INSTRUCTION_STATES[one.state],
        "due": ""
        if one.due_on is None
        else due_words(one.due_on, today)
        if one.is_open
        else day_words(one.due_on, today),
        "late": one.is_late(today),
        "made_by": person(one.made_by),
        "made_at": moment_words(one.made_at, today),
        "answer": one.answer,
        "answered_by": person(one.answered_by),
        "answered_at": "" if one.answered_at is None else moment_words(one.answered_at, today),
        "result": one.result,
        "closed_by": person(one.closed_by),
        "closed_at": "" if one.closed_at is None else moment_words(one.closed_at, today),
        "beginning": _beginning(one.question or one.answer),
    }


def _beginning(words: str) -> str:
    """The first words, for a list."""
    line = " ".join(words.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
