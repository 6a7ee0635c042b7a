"""``/desk/cards``: cards with a QR code for each school, to look at and to print."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw

from handoff.domain.school import School
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_cards = Blueprint("desk_cards", url_prefix=ROOT)

#: What stands for the card that names no school.
NO_SCHOOL: Final = "-"


@desk_cards.get("/cards")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """All schools of the list, each with its code as it stands on the card."""
    member.check(Permission.PRINT_CARDS)
    await parts_of(request).setting.refresh()
    schools = parts_of(request).cards.schools()
    groups: dict[str, list[dict[str, Any]]] = {}
    for school in schools.values():
        groups.setdefault(school.school_type, []).append(_shown(request, school))
    return await page_of(
        request, member, "cards.html", here="cards", groups=groups, count=len(schools), general=_shown(request, None)
    )


def _shown(request: Request[Any, Any], school: School | None) -> dict[str, Any]:
    cards = parts_of(request).cards
    url = cards.url(school)
    side, path = cards.qr(url)
    code, name = (NO_SCHOOL, "学校を決めないカード") if school is None else (school.code, school.name)
    return {"code": code, "name": name, "url": url, "side": side, "path": path}


@desk_cards.get("/cards.pdf")
@reads
async def download(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``school``: the codes of those that are wanted, ``-`` for the card without one; none: every school of the list."""
    member.check(Permission.PRINT_CARDS)
    await parts_of(request).setting.refresh()
    cards = parts_of(request).cards
    schools = cards.schools()
    codes = [str(code) for code in request.args.getlist("school", [])]
    wanted: list[School | None] = [schools[code] for code in codes if code in schools]
    if NO_SCHOOL in codes or not (codes or schools):
        # A whole sheet of the one card, which nobody wants a single one of.
        wanted += [None] * 10
    pdf = await asyncio.to_thread(cards.pdf, wanted if codes else wanted or list(schools.values()))
    return raw(pdf, content_type="application/pdf", headers={"content-disposition": 'attachment; filename="cards.pdf"'})
