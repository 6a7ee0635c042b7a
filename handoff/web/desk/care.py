"""``/desk/talks/<session>/care``: the plan and the marks of whoever a talk is with, and what stays to be done."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.session import URGENT
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import FURTHEST, LONGEST_WHAT, FollowUpBoard
from handoff.services.desk.keep_care import LONGEST_PLAN, LONGEST_WAY, Agreed
from handoff.web.desk.broadcasts.words import registered_view
from handoff.web.desk.follow_ups import task_view
from handoff.web.desk.form_pages import (
    Form,
    back,
    day_of,
    id_of,
    key_of,
    moment_of,
    moment_words,
    new_key,
    posts,
    tomorrow,
)
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.policies.words import seen_words

desk_care = Blueprint("desk_care", url_prefix=ROOT)

SAID: Final = {
    "kept": "計画と印を保存しました。",
    "same": "変わったところはありませんでした。",
    "added": "続きの用事を足しました。",
    "wish": "お知らせについての希望を保存しました。",
}
LEVELS: Final = {"critical": "緊急", "high": "高い", "unscreened": "未判定", "concern": "気がかり", "none": "通常"}


@desk_care.get("/talks/<session_id:uuid>/care")
@reads
async def show(request: Request[Any, Any], member: StaffMember, session_id: UUID) -> HTTPResponse:
    """The page, for whoever may open the talk or has a task in it."""
    return await _page(request, member, session_id)


@desk_care.post("/talks/<session_id:uuid>/care")
@posts
async def keep(request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID) -> HTTPResponse:
    """``plan``, ``way``, ``frequent``, ``impersonation``, ``seen``."""
    try:
        agreed = Agreed(
            plan=form.get("plan", ""),
            way=form.get("way", ""),
            frequent="frequent" in form,
            impersonation="impersonation" in form,
            seen=moment_of(form, "seen"),
        )
        changed = await parts_of(request).care.keep_care(session_id, member, agreed)
    except InputRefused as error:
        return await _page(request, member, session_id, status=error.status, plan=form, error=error)
    return back(_address(session_id), "kept" if changed else "same")


@desk_care.post("/talks/<session_id:uuid>/follow-up")
@posts
async def add(request: Request[Any, Any], member: StaffMember, form: Form, session_id: UUID) -> HTTPResponse:
    """``what``, ``due_on``, ``owner``, ``key``."""
    try:
        due_on = day_of(form, "due_on")
        if due_on is None:
            raise InputRefused("due_on", "日にちを入れてください。")
        await parts_of(request).care.add_follow_up(
            session_id, member, id_of(form, "owner"), due_on, form.get("what", ""), key_of(form)
        )
    except InputRefused as error:
        return await _page(request, member, session_id, status=error.status, task=form, error=error)
    return back(_address(session_id), "added", "tasks")


def _address(session_id: UUID) -> str:
    return f"{ROOT}/talks/{session_id}/care"


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    session_id: UUID,
    *,
    status: int = 200,
    plan: Form | None = None,
    task: Form | None = None,
    error: InputRefused | None = None,
) -> HTTPResponse:
    page = await parts_of(request).care.read_care(session_id, member)
    registered = await parts_of(request).broadcasts.registered(session_id, member)
    care, card = page.care, page.card
    policies = await parts_of(request).policies.seen(card.contact_id)
    level = "unscreened" if card.unscreened and card.level not in URGENT else card.level or "none"
    kept = {"plan": care.plan, "way": care.way}
    kept |= {name: "on" for name in ("frequent", "impersonation") if getattr(care, name)}
    seen = "" if care.updated_at is None else care.updated_at.isoformat()
    stale = error is not None and error.field == "seen"
    board = FollowUpBoard(page.today, (), (), page.people, page.aliases)
    tasks = [task_view(one, board, member) for one in page.tasks]
    return await page_of(
        request,
        member,
        "care.html",
        status=status,
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        address=_address(session_id),
        session=str(session_id),
        opened=moment_words(card.opened_at, page.today),
        level=level,
        level_name=LEVELS[level],
        earlier=card.earlier,
        policies=[seen_words(one, page.today) for one in policies],
        plan=plan if plan is not None else kept,
        # Whoever has read what somebody else wrote meanwhile may save over it.
        seen=seen if plan is None or stale else plan.get("seen", ""),
        now_kept=kept if stale else None,
        kept_by=None if care.updated_by is None else page.aliases[care.updated_by],
        kept_at=None if care.updated_at is None else moment_words(care.updated_at, page.today),
        task=task or {"owner": str(member.id), "due_on": tomorrow(page.today).isoformat(), "what": ""},
        key=id_of(task, "key") or new_key() if task else new_key(),
        people=page.people,
        registered=registered_view(registered, page.today),
        wish_key=new_key(),
        blocks=member.may(Permission.HANDLE_REQUESTS),
        open=[one for one in tasks if one["done_at"] is None],
        done=[one for one in tasks if one["done_at"] is not None],
        today=page.today.isoformat(),
        furthest=(page.today + FURTHEST).isoformat(),
        longest={"plan": LONGEST_PLAN, "way": LONGEST_WAY, "what": LONGEST_WHAT},
    )
