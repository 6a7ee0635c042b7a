"""``/desk/requests``: its three parts, each for those who may see it. The routes are in the modules imported here."""

from __future__ import annotations

from typing import Any

from sanic import Request
from sanic.response import HTTPResponse

from handoff.domain.staff import Permission, StaffMember
from handoff.services.requests.instruct import reads_questions
from handoff.services.requests.report_leak import reads_drafts
from handoff.web.desk.guard import reads
from handoff.web.desk.requests import data_pages, instruction_pages, leak_pages  # noqa: F401 - add their routes
from handoff.web.desk.requests.pages import DATA, INSTRUCTIONS, LEAKS, PAGE, desk_of, desk_requests, show_page

__all__ = ["PAGE", "desk_requests"]


@desk_requests.get("/requests")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """What there is for this person, with how much is open."""
    member.check(Permission.READ_DOCUMENTS)
    desk, areas = desk_of(request), []
    board = member.may(Permission.INSTRUCT)
    if member.may(Permission.HANDLE_REQUESTS) or board:
        requests = await desk.read.listed(member)
        late = sum(one.is_late(requests.today) for one in requests.requests)
        about = "二人目として確認する請求" if board else "本人、保護者、学校、警察などからの請求"
        areas.append(_area(DATA, "開示・訂正・利用停止・削除の請求", about, requests.total, late))
    instructions = await desk.read_instructions.listed(member)
    late = sum(one.is_late(instructions.today) for one in instructions.instructions)
    about = "照会と、教育委員会の回答・指示" if reads_questions(member) else "教育委員会からの指示"
    areas.append(_area(INSTRUCTIONS, "教育委員会の指示", about, instructions.total, late))
    if reads_drafts(member) or board:
        leaks = await desk.read_leaks.listed(member)
        open_leaks = [leak for leak in leaks.leaks if leak.is_open]
        late = sum(leak.is_late(leaks.today) for leak in open_leaks)
        areas.append(_area(LEAKS, "漏えい等の報告", "速報と確報", len(open_leaks), late))
    return await show_page(request, member, "requests.html", {}, areas=areas)


def _area(path: str, title: str, about: str, waiting: int, late: int) -> dict[str, Any]:
    return {"path": path, "title": title, "about": about, "open": waiting, "late": late}
