"""``/desk/security``: the monthly confirmation of information security (HOK-7.3), and those of before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.audit import FAULT_WORDS, Fault
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.security_check import ANSWER_WORDS, POINT_WORDS, Answer, Point, month_words
from handoff.domain.staff import Permission, StaffMember
from handoff.services.audit_ports import Confirmation
from handoff.web.desk.form_pages import Form, back, id_of, key_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_security = Blueprint("desk_security", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/security"
SAID: Final = {
    "confirmed": "確認を記録しました。",
    "fault": "確認を記録しましたが、監査記録に誤りが見つかりました。下の記録を見て、すぐに業務責任者と調べてください。",
}


@desk_security.get("/security")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The confirmations, and the form for who may give one."""
    return await _page(request, member)


@desk_security.post("/security/confirm")
@posts
async def confirm(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``month``, one field for each point, ``key``; the audit is checked now."""
    try:
        made = await parts_of(request).audit.confirm(member, key_of(form), _month(form), _answers(form))
    except InputRefused as error:
        return await _page(request, member, form, error)
    return back(PAGE, "confirmed" if made.fault is None else "fault", "kept")


def _month(form: Form) -> date | None:
    try:
        return date.fromisoformat(form.get("month", ""))
    except ValueError:
        return None


def _answers(form: Form) -> dict[Point, Answer]:
    told = {point: form.get(point, "") for point in Point}
    return {point: Answer(answer) for point, answer in told.items() if answer in set(Answer)}


async def _page(
    request: Request[Any, Any], member: StaffMember, typed: Form | None = None, error: InputRefused | None = None
) -> HTTPResponse:
    page = await parts_of(request).audit.security(member)
    today = page.now.astimezone(ZONE).date()
    return await page_of(
        request,
        member,
        "security.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        wrong=None if error is None else error.text,
        field="" if error is None else error.field,
        typed=typed or {},
        key=(id_of(typed, "key") if typed else None) or new_key(),
        confirms=member.may(Permission.CONFIRM_SECURITY),
        due=None if page.due is None else month_words(page.due),
        months=[(month.isoformat(), month_words(month)) for month in page.months],
        points=[(str(point), words) for point, words in POINT_WORDS.items()],
        answers=[(str(answer), words) for answer, words in ANSWER_WORDS.items()],
        kept=[_shown(one, page.aliases, today) for one in page.kept],
    )


def _shown(one: Confirmation, aliases: Mapping[UUID, str], today: date) -> dict[str, Any]:
    return {
        "month": month_words(one.month),
        "by": aliases[one.confirmed_by],
        "at": moment_words(one.confirmed_at, today),
        "checked": f"{one.checked:,}",
        "fault": None if one.fault is None else FAULT_WORDS[Fault(one.fault)],
        "end": str(one.end),
        "points": [
            (POINT_WORDS[point], ANSWER_WORDS[one.points[point]], one.points[point] is Answer.OPEN)
            for point in Point
            if point in one.points
        ],
        "open": any(answer is Answer.OPEN for answer in one.points.values()),
    }
