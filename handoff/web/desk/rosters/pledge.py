"""``/desk/pledge``: what somebody may do today by the roster, what is missing and what to do, and their pledge (KAG-6.1ウ)."""

from __future__ import annotations

from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, SignInSlowed
from handoff.domain.pledge import PLEDGE_VERSION, PLEDGES
from handoff.domain.roster import SUBJECT_NAMES, Subject
from handoff.domain.staff import Lack, Permission, StaffMember, StaffRole
from handoff.web.desk.form_pages import Form, back, id_of, key_of, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of
from handoff.web.desk.rosters.view import listed_view, pledge_view

desk_pledge = Blueprint("desk_pledge", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/pledge"
SAID: Final = {"pledged": "誓約を受け取りました。ありがとうございます。"}


@desk_pledge.get("/pledge")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Everybody's own; who isn't cleared is led here."""
    return await _page(request, member)


@desk_pledge.post("/pledge")
@posts
async def pledge(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """``agreed``, ``password``, ``version``, ``key``."""
    try:
        told = form.get("version", "")
        version = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
        await parts_of(request).rosters.pledge(
            member, key_of(form), version, form.get("password", ""), agreed="agreed" in form
        )
    except (InputRefused, SignInSlowed) as error:
        return await _page(request, member, form, error)
    return back(PAGE, "pledged")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    typed: Form | None = None,
    error: InputRefused | SignInSlowed | None = None,
) -> HTTPResponse:
    person = await parts_of(request).rosters.read_person.own(member)
    subjects = [SUBJECT_NAMES[one] for one in (Subject.SNS_COUNSELLING, Subject.EMERGENCY) if Lack(one) in member.lacks]
    return await page_of(
        request,
        member,
        "pledge.html",
        status=200 if error is None else error.status,
        here="pledge",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field=error.field if isinstance(error, InputRefused) else "password" if error else "",
        typed=typed or {},
        key=id_of(typed or {}, "key") or new_key(),
        one=listed_view(person.now, person.today),
        board=member.role is StaffRole.BOARD,
        pledged=None if not person.pledges else pledge_view(person.pledges[0]),
        listed=Lack.ENTRY not in member.lacks,
        must_pledge=Lack.PLEDGE in member.lacks,
        untrained=subjects,
        counsellor=member.role is StaffRole.COUNSELLOR,
        cleared=member.is_cleared,
        keeps=member.may(Permission.KEEP_ROSTER),
        version=PLEDGE_VERSION,
        promises=PLEDGES[PLEDGE_VERSION],
    )
