"""``/desk/rosters``: the list, one person's page with its forms, and the list for the board to print (KAG-6.1ア, オ)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.roster import (
    LONGEST_REAL_NAME,
    LONGEST_WORDS,
    ROSTER_ROLES,
    SUBJECT_NAMES,
    WAY_NAMES,
    Entry,
    Subject,
    Way,
)
from handoff.domain.staff import ROLE_NAMES, Permission, StaffMember, StaffRole
from handoff.services.rosters.keep_entries import Written
from handoff.services.rosters.keep_trainings import LONGEST_TITLE, Held
from handoff.services.rosters.read_roster import Person
from handoff.web.desk.form_pages import Form, back, day_of, id_of, key_of, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.rosters.view import (
    day_of_year,
    listed_view,
    pledge_view,
    role_words,
    training_view,
    versions_view,
)

desk_rosters = Blueprint("desk_rosters", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/rosters"
SAID: Final = {
    "written": "名簿に書きました。届け出の日を書いたものは、その日から有効になります。",
    "announced": "届け出を記録しました。",
    "withdrawn": "取りやめました。",
    "trained": "研修を記録しました。",
    "removed": "研修の記録を消しました。",
    "paper": "紙の誓約を記録しました。",
}


@desk_rosters.get("/rosters")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The list, what has to be seen to, and whether enough of each role are there."""
    roster = await parts_of(request).rosters.read(member)
    return await page_of(
        request,
        member,
        "rosters.html",
        here="service",
        keeps=member.may(Permission.KEEP_ROSTER),
        holding=[listed_view(one, roster.today) for one in roster.holding],
        others=[listed_view(one, roster.today) for one in roster.others],
        warnings=roster.warnings,
        needed=[
            {"role": ROLE_NAMES[one.role], "least": one.least, "there": one.there, "met": one.met}
            for one in roster.needed
        ],
        qualification=roster.qualification,
        today=roster.today.isoformat(),
    )


@desk_rosters.get("/rosters/print")
@reads
async def to_print(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The list for the board, of ``day`` (empty: today)."""
    try:
        day, fault = day_of({"day": str(request.args.get("day", ""))}, "day"), None
    except InputRefused as error:
        day, fault = None, error
    printed = await parts_of(request).rosters.print(member, day)
    return await page_of(
        request,
        member,
        "rosters_print.html",
        status=200 if fault is None else fault.status,
        here="service",
        fault=None if fault is None else fault.text,
        day=day_of_year(printed.day),
        day_field=printed.day.isoformat(),
        made=day_of_year(printed.today),
        people=[listed_view(one, printed.day) for one in printed.people],
        changes=[listed_view(one, printed.day) for one in printed.changes],
    )


@desk_rosters.get("/rosters/<staff_id:uuid>")
@reads
async def show_person(request: Request[Any, Any], member: StaffMember, staff_id: UUID) -> HTTPResponse:
    """One person's entry in its versions, pledge and trainings, with the forms that change them."""
    return await _person(request, member, staff_id)


@desk_rosters.post("/rosters/<staff_id:uuid>/entries")
@posts
async def add_entry(request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID) -> HTTPResponse:
    """``role``, ``trainee``, ``real_name``, ``qualification``, ``experience``, ``years``, ``holds_from``, ``valid_to``,
    ``announced_on``, ``announced_way``, ``key``, ``seen`` (the number of versions on the page).
    """
    told = form.get("seen", "")
    seen = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
    try:
        await parts_of(request).rosters.add_entry(member, key_of(form), staff_id, _written(form), seen)
    except InputRefused as error:
        return await _person(request, member, staff_id, form, error, "entry")
    return back(f"{PAGE}/{staff_id}", "written")


@desk_rosters.post("/rosters/<staff_id:uuid>/entries/<entry_id:uuid>/announce")
@posts
async def announce(
    request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID, entry_id: UUID
) -> HTTPResponse:
    """``announced_on``, ``announced_way``: the board was told."""
    try:
        on, way = day_of(form, "announced_on"), _way(form)
        if way is None:
            raise InputRefused("announced_way", "教育委員会に、どうやって届け出たかを選んでください。")
        await parts_of(request).rosters.announce(member, staff_id, entry_id, on, way)
    except InputRefused as error:
        return await _person(request, member, staff_id, form, error, str(entry_id))
    return back(f"{PAGE}/{staff_id}", "announced")


@desk_rosters.post("/rosters/<staff_id:uuid>/entries/<entry_id:uuid>/withdraw")
@posts
async def withdraw(
    request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID, entry_id: UUID
) -> HTTPResponse:
    """Call off a version that doesn't hold yet."""
    try:
        await parts_of(request).rosters.withdraw(member, staff_id, entry_id)
    except InputRefused as error:
        return await _person(request, member, staff_id, form, error, str(entry_id))
    return back(f"{PAGE}/{staff_id}", "withdrawn")


@desk_rosters.post("/rosters/<staff_id:uuid>/trainings")
@posts
async def add_training(request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID) -> HTTPResponse:
    """``subject``, ``title``, ``by``, ``evidence``, ``hours``, ``held_on``, ``valid_until`` (empty: a year), ``key``."""
    try:
        held = Held(
            subject=_subject(form),
            title=form.get("title", ""),
            by=form.get("by", ""),
            evidence=form.get("evidence", ""),
            minutes=_minutes(form),
            held_on=day_of(form, "held_on"),
            valid_until=day_of(form, "valid_until"),
        )
        await parts_of(request).rosters.add_training(member, key_of(form), staff_id, held)
    except InputRefused as error:
        return await _person(request, member, staff_id, form, error, "training")
    return back(f"{PAGE}/{staff_id}", "trained")


@desk_rosters.post("/rosters/<staff_id:uuid>/trainings/<training_id:uuid>/remove")
@posts
async def remove_training(
    request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID, training_id: UUID
) -> HTTPResponse:
    """Take out one that was written down by mistake."""
    await parts_of(request).rosters.remove_training(member, staff_id, training_id)
    return back(f"{PAGE}/{staff_id}", "removed")


@desk_rosters.post("/rosters/<staff_id:uuid>/paper")
@posts
async def paper(request: Request[Any, Any], member: StaffMember, form: Form, staff_id: UUID) -> HTTPResponse:
    """``signed_on``, ``place``, ``key``: they pledged on paper."""
    try:
        on = day_of(form, "signed_on")
        await parts_of(request).rosters.record_paper(member, key_of(form), staff_id, on, form.get("place", ""))
    except InputRefused as error:
        return await _person(request, member, staff_id, form, error, "paper")
    return back(f"{PAGE}/{staff_id}", "paper")


def _written(form: Form) -> Written:
    holds_from, valid_to = day_of(form, "holds_from"), day_of(form, "valid_to")
    if holds_from is None:
        raise InputRefused("holds_from", "いつからかを入れてください。")
    if valid_to is None:
        raise InputRefused("valid_to", "いつまでかを入れてください。契約の終わりの日など、わかる日でかまいません。")
    if form.get("role") not in [*ROSTER_ROLES]:
        raise InputRefused("role", "役割を選んでください。")
    years = form.get("years", "").strip()
    if years and not (years.isascii() and years.isdigit() and len(years) < 4):
        raise InputRefused("years", "経験の年数は、数字だけで入れてください。")
    return Written(
        role=StaffRole(form["role"]),
        trainee="trainee" in form,
        real_name=form.get("real_name", ""),
        qualification=form.get("qualification", ""),
        experience=form.get("experience", ""),
        years=int(years) if years else None,
        holds_from=holds_from,
        valid_to=valid_to,
        announced_on=day_of(form, "announced_on"),
        way=_way(form),
    )


def _way(form: Form) -> Way | None:
    told = form.get("announced_way", "")
    if told and told not in [*Way]:
        raise InputRefused("announced_way", "教育委員会に、どうやって届け出たかを選んでください。")
    return Way(told) if told else None


def _subject(form: Form) -> Subject:
    if form.get("subject") not in [*Subject]:
        raise InputRefused("subject", "研修の内容を選んでください。")
    return Subject(form["subject"])


def _minutes(form: Form) -> int:
    try:
        hours = float(form.get("hours", ""))
    except ValueError:
        hours = -1
    if not 0 < hours <= 1000:
        raise InputRefused("hours", "時間は、「2」や「1.5」のように数で入れてください。")
    return round(hours * 60)


async def _person(
    request: Request[Any, Any],
    member: StaffMember,
    staff_id: UUID,
    typed: Form | None = None,
    error: InputRefused | None = None,
    form: str = "",
) -> HTTPResponse:
    person: Person = await parts_of(request).rosters.read_person(member, staff_id)
    last = next((one for one in person.entries if one.withdrawn_at is None), None)
    typed = typed or {}
    return await page_of(
        request,
        member,
        "rosters_person.html",
        status=200 if error is None else error.status,
        here="service",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        wrong=form,
        field="" if error is None else error.field,
        typed=typed,
        key=id_of(typed, "key") or new_key(),
        at=f"{PAGE}/{staff_id}",
        person=person.member,
        own=staff_id == member.id,
        one=listed_view(person.now, person.today),
        versions=versions_view(person.entries, person.today),
        seen=len(person.entries),
        pledges=[pledge_view(one) for one in person.pledges],
        trainings=[training_view(one, person.today) for one in person.now.trainings][::-1],
        entry_fields=typed if form == "entry" else _fields(last, person.member, person.today),
        roles=[(str(role), ROLE_NAMES[role]) for role in ROSTER_ROLES],
        ways=[(str(way), name) for way, name in WAY_NAMES.items()],
        subjects=[(str(subject), name) for subject, name in SUBJECT_NAMES.items()],
        today=person.today.isoformat(),
        longest=LONGEST_WORDS,
        longest_name=LONGEST_REAL_NAME,
        longest_title=LONGEST_TITLE,
        qualification=parts_of(request).setting.profile.staff.qualification,
        role_now=None if person.now.entry is None else role_words(person.now.entry),
    )


def _fields(last: Entry | None, person: StaffMember, today: date) -> dict[str, str]:
    """What a new version begins with: the last one's words, its days left empty on purpose."""
    if last is None:
        role = StaffRole.COUNSELLOR if person.role is StaffRole.BOARD else person.role
        # The account's flag alone; that trainings are missing shows by itself.
        return {"role": role, "holds_from": today.isoformat()}
    return {
        "role": last.role,
        "real_name": last.real_name or "",
        "qualification": last.qualification or "",
        "experience": last.experience or "",
        "years": "" if last.years is None else str(last.years),
        "valid_to": last.valid_to.isoformat() if last.valid_to >= today else "",
    } | ({"trainee": "on"} if last.trainee else {})
