"""``/desk/cards``: cards with a QR code for each school, to look at and to print."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, raw

from handoff.domain.profile.vocabulary import SchoolType
from handoff.domain.school import School
from handoff.domain.staff import Permission, StaffMember
from handoff.services.schools.read_register import Asked, chosen
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.schools.asked import asked_of, page_number, query_of
from handoff.web.headers import SANDBOX
from handoff.web.uploads import be_patient

desk_cards = Blueprint("desk_cards", url_prefix=ROOT)

#: What stands for the card that names no school.
NO_SCHOOL: Final = "-"
#: Cards on one page.
SHOWN: Final = 30
_TYPES: Final = {str(one): place for place, one in enumerate(SchoolType)}


@desk_cards.get("/cards")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """A page of the register's open schools, each with its code as it stands on the card; asked for as in the register."""
    member.check(Permission.PRINT_CARDS)
    await parts_of(request).setting.refresh()
    schools = await parts_of(request).cards.schools()
    asked = asked_of(request)
    found = _chosen(schools, asked)
    pages = max(1, -(-len(found) // SHOWN))
    page = min(page_number(request), pages)
    here = found[(page - 1) * SHOWN : page * SHOWN]
    groups = {
        kind: [_shown(request, school) for school in group]
        for kind, group in groupby(here, key=lambda one: one.school_type)
    }
    return await page_of(
        request,
        member,
        "cards.html",
        here="cards",
        groups=groups,
        counts={kind: sum(one.school_type == kind for one in found) for kind in groups},
        count=len(schools),
        found=len(found),
        asked=asked,
        query=query_of(asked),
        page=page,
        pages=pages,
        types=sorted({one.school_type for one in schools.values()}, key=lambda one: _TYPES.get(one, 99)),
        municipalities=sorted({one.municipality for one in schools.values()} - {""}),
        general=_shown(request, None),
    )


def _chosen(schools: Mapping[str, School], asked: Asked) -> list[School]:
    """The schools that are wanted, by type, place and name."""
    return sorted(chosen(list(schools.values()), asked), key=lambda one: _TYPES.get(one.school_type, 99))


def _shown(request: Request[Any, Any], school: School | None) -> dict[str, Any]:
    cards = parts_of(request).cards
    url = cards.url(school)
    side, path = cards.qr(url)
    code, name = (NO_SCHOOL, "学校を決めないカード") if school is None else (school.code, school.name)
    return {"code": code, "name": name, "url": url, "side": side, "path": path}


@desk_cards.get("/cards.pdf")
@reads
async def download(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``school``: the codes of those that are wanted, ``-`` for the card without one; none: those that are asked for as
    in the register, and without any word every open school.
    """
    member.check(Permission.PRINT_CARDS)
    await parts_of(request).setting.refresh()
    cards = parts_of(request).cards
    schools = await cards.schools()
    codes = [str(code) for code in request.args.getlist("school", [])]
    wanted: list[School | None] = [schools[code] for code in codes if code in schools]
    if NO_SCHOOL in codes or not (codes or schools):
        # A whole sheet of the one card, which nobody wants a single one of.
        wanted += [None] * 10
    be_patient(request)  # a whole prefecture is fifty sheets
    pdf = await asyncio.to_thread(cards.pdf, wanted if codes else wanted or _chosen(schools, asked_of(request)))
    headers = {**SANDBOX, "content-disposition": 'attachment; filename="cards.pdf"'}
    return raw(pdf, content_type="application/pdf", headers=headers)
