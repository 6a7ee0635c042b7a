"""``/desk/knowledge``: the board of short notes for all counsellors (WG-20)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.knowledge import FURTHEST, HOLDS, LONGEST_QUERY, LONGEST_TEXT, LONGEST_TITLE, pieces
from handoff.domain.staff import StaffMember
from handoff.services.care_ports import KnowledgeNote
from handoff.services.desk.knowledge import Board, may_change
from handoff.web.desk.form_pages import Form, back, day_of, day_words, id_of, key_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_knowledge = Blueprint("desk_knowledge", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/knowledge"
SAID: Final = {
    "written": "メモを足しました。",
    "changed": "メモを書きかえました。",
    "removed": "メモを消しました。",
}


@desk_knowledge.get("/knowledge")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``q``: words that all have to be there."""
    return await _page(request, member)


@desk_knowledge.post("/knowledge")
@posts
async def write(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``title``, ``text``, ``expires_on`` (may be empty), ``key``."""
    try:
        await parts_of(request).care.write_knowledge(
            member, key_of(form), form.get("title", ""), form.get("text", ""), day_of(form, "expires_on")
        )
    except InputRefused as error:
        return await _page(request, member, status=error.status, typed=form, error=error)
    return back(PAGE, "written")


@desk_knowledge.post("/knowledge/<note_id:uuid>/change")
@posts
async def change(request: Request[Any, Any], member: StaffMember, form: Form, note_id: UUID) -> HTTPResponse:
    """The same fields, but for the key."""
    try:
        await parts_of(request).care.write_knowledge.change(
            note_id, member, form.get("title", ""), form.get("text", ""), day_of(form, "expires_on")
        )
    except InputRefused as error:
        return await _page(request, member, status=error.status, typed={**form, "note": str(note_id)}, error=error)
    return back(PAGE, "changed", f"n-{note_id}")


@desk_knowledge.post("/knowledge/<note_id:uuid>/remove")
@posts
async def remove(request: Request[Any, Any], member: StaffMember, form: Form, note_id: UUID) -> HTTPResponse:
    """Take a note off the board."""
    await parts_of(request).care.remove_knowledge(note_id, member)
    return back(PAGE, "removed")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    *,
    status: int = 200,
    typed: Form | None = None,
    error: InputRefused | None = None,
) -> HTTPResponse:
    query = str(request.args.get("q", ""))[:LONGEST_QUERY] if typed is None else ""
    board = await parts_of(request).care.read_knowledge(member, query)
    typed = typed or {}
    # Of a note that is written anew nothing is known but its key.
    fresh = typed if typed and "note" not in typed else {}
    return await page_of(
        request,
        member,
        "knowledge.html",
        status=status,
        here="knowledge",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        q=query,
        notes=[_note(note, board, member) for note in board.notes],
        over=[_note(note, board, member) for note in board.over],
        typed=typed,
        fresh=fresh,
        key=id_of(fresh, "key") or new_key(),
        holds=(board.today + HOLDS).isoformat(),
        today=board.today.isoformat(),
        furthest=(board.today + FURTHEST).isoformat(),
        longest={"title": LONGEST_TITLE, "text": LONGEST_TEXT, "query": LONGEST_QUERY},
    )


def _note(note: KnowledgeNote, board: Board, member: StaffMember) -> dict[str, Any]:
    return {
        "id": str(note.id),
        "title": note.title,
        "text": note.text,
        "title_pieces": pieces(note.title, board.words),
        "text_pieces": pieces(note.text, board.words),
        "by": board.aliases[note.author_id],
        "at": moment_words(note.updated_at, board.today),
        "changed": note.updated_at != note.at,
        "until": None if note.expires_on is None else day_words(note.expires_on, board.today),
        "expires_on": "" if note.expires_on is None else note.expires_on.isoformat(),
        "changes": may_change(member, note),
    }
