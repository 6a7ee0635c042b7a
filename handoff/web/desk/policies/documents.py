"""``/desk/documents``: the four documents that HOK-3.4 wants, made from the profile as it is, to be printed."""

from __future__ import annotations

from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.documents import TITLES, Kind
from handoff.domain.errors import NotFound
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_documents = Blueprint("desk_documents", url_prefix=ROOT)

ABOUT: Final = {
    Kind.FLOW: "入口、時間、登録から相談員の返事・終わりまでの図",
    Kind.BASICS: "人数と役割、言葉づかい、研修中の人、時間、写真などの扱い",
    Kind.URGENT: "見つけかた、知らせる順、電話する先、報告区分、夜の対応",
    Kind.SECRECY: "伝える先、暗号と記録、読める人、残す日数",
}


@desk_documents.get("/documents")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The list of them."""
    member.check(Permission.READ_DOCUMENTS)
    kinds = [
        {"code": str(kind), "mark": TITLES[kind][0], "title": TITLES[kind][1], "about": ABOUT[kind]} for kind in Kind
    ]
    return await page_of(request, member, "documents.html", here="service", kinds=kinds)


@desk_documents.get("/documents/<code:str>")
@reads
async def one(request: Request[Any, Any], member: StaffMember, code: str) -> HTTPResponse:
    """``contacts=1``: with numbers and addresses of the people on call, for a supervisor."""
    if code not in set(Kind):
        raise NotFound("no such document")
    with_contacts = request.args.get("contacts") == "1"
    made = await parts_of(request).policies.document(member, Kind(code), with_contacts=with_contacts)
    return await page_of(
        request,
        member,
        "documents_one.html",
        here="service",
        doc=made,
        made=f"{made.day.year}年{made.day.month}月{made.day.day}日",
        with_contacts=with_contacts,
        may_see_contacts=made.kind is Kind.URGENT and member.may(Permission.SUPERVISE),
    )
