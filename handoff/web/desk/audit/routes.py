"""``/desk/audit``: who did what, by person, deed, session and days; for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.audit import AuditEntry
from handoff.domain.audit_words import ACTOR_WORDS, GROUP_WORDS, words_of
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.staff import ROLE_NAMES, Permission, StaffMember
from handoff.services.audit.read_audit import AuditPage, AuditQuestion, staff_id
from handoff.web.desk.form_pages import day_of, day_words
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_audit = Blueprint("desk_audit", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/audit"
_FIELDS: Final = ("who", "group", "about", "first", "last")
#: The greatest sequence that the database can hold.
_LAST: Final = 2**63 - 1
_NOTHING: Final = "（なし）"


@desk_audit.get("/audit")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``who``, ``group``, ``about``, ``first``, ``last``, ``before``: the newest rows that fit."""
    member.check(Permission.READ_AUDIT)
    asked = {name: str(request.args.get(name, "")) for name in _FIELDS}
    page, fault, field = None, None, ""
    try:
        page = await parts_of(request).audit.read(member, _question(request, asked))
    except InputRefused as error:
        fault, field = error.text, error.field
        page = None
    people = [] if page is None else [(person.actor, person.alias, person) for person in page.people]
    return await page_of(
        request,
        member,
        "audit.html",
        status=200 if fault is None else 400,
        here="service",
        asked=asked,
        wrong=fault,
        field=field,
        people=[(actor, f"{alias}（{ROLE_NAMES[person.role]}）") for actor, alias, person in people]
        + list(ACTOR_WORDS.items()),
        other=_other(asked["who"], page),
        groups=[(str(group), words) for group, words in GROUP_WORDS.items()],
        page=None if page is None else _shown(page, asked),
    )


def _question(request: Request[Any, Any], asked: Mapping[str, str]) -> AuditQuestion:
    before = str(request.args.get("before", ""))
    if before and not (before.isascii() and before.isdigit() and len(before) < 20 and int(before) <= _LAST):
        raise InputRefused("before", "この続きは開けません。もう一度さがしてください。")
    return AuditQuestion(
        who=asked["who"],
        group=asked["group"],
        about=asked["about"],
        first=day_of(asked, "first"),
        last=day_of(asked, "last"),
        before=int(before) if before else None,
    )


def _other(who: str, page: AuditPage | None) -> tuple[str, str] | None:
    """Somebody asked for who is in no list: their account has ended."""
    person = staff_id(who)
    if person is None or page is None or any(one.id == person for one in page.people):
        return None
    return who, page.aliases.get(person, "アカウントを止めた人")


def _shown(page: AuditPage, asked: Mapping[str, str]) -> dict[str, Any]:
    today = page.now.astimezone(ZONE).date()
    days: list[dict[str, Any]] = []
    for entry in page.entries:
        there = entry.at.astimezone(ZONE)
        name = day_words(there.date(), today)
        if not days or days[-1]["name"] != name:
            days.append({"name": name, "rows": []})
        days[-1]["rows"].append(_row(entry, f"{there:%H:%M:%S}", page.aliases))
    kept = {name: told for name, told in asked.items() if told}
    further = None if page.further is None else f"{PAGE}?{urlencode(kept | {'before': str(page.further)})}"
    return {"days": days, "count": len(page.entries), "further": further, "narrowed": bool(kept)}


def _row(entry: AuditEntry, at: str, aliases: Mapping[UUID, str]) -> dict[str, Any]:
    person = staff_id(entry.actor)
    name = ACTOR_WORDS.get(entry.actor, entry.actor) if person is None else aliases.get(person, entry.actor)
    return {
        "at": at,
        "actor": entry.actor if person is not None or entry.actor in ACTOR_WORDS else "",
        "who": name,
        "what": words_of(entry.verb),
        "verb": entry.verb,
        "session": None if entry.session_id is None else str(entry.session_id),
        "detail": [(key, _NOTHING if told is None else str(told)) for key, told in sorted(entry.detail.items())],
    }
