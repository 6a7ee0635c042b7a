"""``/desk/follow-ups``: what has to be done after talks, by whom and when."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.staff import StaffMember
from handoff.services.care_ports import FollowUp
from handoff.services.desk.follow_up import FURTHEST, LONGEST_RESULT, FollowUpBoard
from handoff.web.desk.form_pages import Form, back, day_of, day_words, id_of, moment_words, near_words, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_follow_ups = Blueprint("desk_follow_ups", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/follow-ups"
SAID: Final = {
    "done": "終わった用事として記録しました。",
    "moved": "日と担当を変えました。",
}
#: What the address says of whose tasks are shown.
ALL: Final = "all"
MINE: Final = "mine"


@desk_follow_ups.get("/follow-ups")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``whose``: ``mine`` (as without), ``all``, or somebody's id."""
    return await _page(request, member, str(request.args.get("whose", MINE)))


@desk_follow_ups.post("/follow-ups/<task_id:uuid>/done")
@posts
async def finish(request: Request[Any, Any], member: StaffMember, form: Form, task_id: UUID) -> HTTPResponse:
    """``result``: what came of it; ``whose``: the page to go back to."""
    try:
        await parts_of(request).care.finish_follow_up(task_id, member, form.get("result", ""))
    except (InputRefused, MoveRefused) as error:
        return await _refused(request, member, form, error, task_id, "done")
    return back(f"{PAGE}?whose={_whose(form.get('whose', MINE))}", "done")


@desk_follow_ups.post("/follow-ups/<task_id:uuid>/move")
@posts
async def move(request: Request[Any, Any], member: StaffMember, form: Form, task_id: UUID) -> HTTPResponse:
    """``owner``, ``due_on``, ``whose``."""
    try:
        due_on = day_of(form, "due_on")
        if due_on is None:
            raise InputRefused("due_on", "日にちを入れてください。")
        await parts_of(request).care.move_follow_up(task_id, member, id_of(form, "owner"), due_on)
    except (InputRefused, MoveRefused) as error:
        return await _refused(request, member, form, error, task_id, "move")
    return back(f"{PAGE}?whose={_whose(form.get('whose', MINE))}", "moved")


def _whose(told: str) -> str:
    try:
        return told if told in (ALL, MINE) else str(UUID(told))
    except ValueError:
        return MINE


async def _refused(
    request: Request[Any, Any],
    member: StaffMember,
    form: Form,
    error: InputRefused | MoveRefused,
    task_id: UUID,
    verb: str,
) -> HTTPResponse:
    field = error.field if isinstance(error, InputRefused) else ""
    text = error.text if field else "この用事は、もう終わっています。下の「終わったもの」を見てください。"
    typed = {**form, "task": str(task_id), "verb": verb, "field": field, "fault": text}
    return await _page(request, member, form.get("whose", MINE), status=error.status, typed=typed, fault=text)


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    told: str,
    *,
    status: int = 200,
    typed: Form | None = None,
    fault: str | None = None,
) -> HTTPResponse:
    whose = _whose(told)
    owner = None if whose == ALL else member.id if whose == MINE else UUID(whose)
    board = await parts_of(request).care.read_follow_ups(member, owner)
    shown = [task_view(task, board, member) for task in board.open]
    late = [task for task in shown if task["late"]]
    return await page_of(
        request,
        member,
        "follow_ups.html",
        status=status,
        here="follow-ups",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=fault,
        whose=MINE if owner == member.id else whose,
        people=board.people,
        groups=[
            ("late", "期限をすぎたもの", late),
            ("today", "きょう", [task for task in shown if task["today"]]),
            ("later", "これから", [task for task in shown if not task["late"] and not task["today"]]),
        ],
        count=len(shown),
        late=len(late),
        done=[task_view(task, board, member) for task in board.done],
        today=board.today.isoformat(),
        furthest=(board.today + FURTHEST).isoformat(),
        longest_result=LONGEST_RESULT,
        typed=typed or {},
    )


def task_view(task: FollowUp, board: FollowUpBoard, member: StaffMember) -> dict[str, Any]:
    """A task as the templates show it."""
    return {
        "id": str(task.id),
        "what": task.what,
        "due": day_words(task.due_on, board.today),
        "due_on": task.due_on.isoformat(),
        "near": near_words(task.due_on, board.today),
        "late": task.due_on < board.today,
        "today": task.due_on == board.today,
        "owner": board.aliases[task.owner_id],
        "owner_id": str(task.owner_id),
        "mine": task.owner_id == member.id,
        "made_by": board.aliases[task.made_by],
        "made_at": moment_words(task.made_at, board.today),
        "session": str(task.session_id),
        # The others may not open that talk (``follow_up.card_for``).
        "opens": member.is_supervisor or (task.done_at is None and member.id in (task.owner_id, task.made_by)),
        "result": task.result,
        "done_by": None if task.done_by is None else board.aliases[task.done_by],
        "done_at": None if task.done_at is None else moment_words(task.done_at, board.today),
    }
