"""The way in and out of the desk, and its one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint, Request
from sanic.exceptions import Forbidden
from sanic.response import HTTPResponse, html, json, redirect

from handoff.domain.errors import (
    FactorRequired,
    NewPasswordRequired,
    SignInRefused,
    SignInRequired,
    SignInSlowed,
)
from handoff.domain.staff import ROLE_NAMES, Permission, StaffMember
from handoff.web.alarm_guard import read_form
from handoff.web.desk.guard import (
    ROOT,
    check_change,
    form_token,
    parts_of,
    reads,
    take_cookie,
    token_of,
    who,
)
from handoff.web.desk.typed_words import is_of_other_sign_in, typed_words
from handoff.web.desk.way_in import ACCOUNT, SECOND_FACTOR, check_way_in, enter, whence_of
from handoff.web.fair.fair import fair_of

#: Said to every name, known or not.
_ELSEWHERE: Final = "いつもログインしているブラウザからは、待たずに入れることがあります。"
_HERE = Path(__file__).parent.parent
templates = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True)
templates.globals["role_names"] = {str(role): name for role, name in ROLE_NAMES.items()}

desk_pages = Blueprint("desk_pages", url_prefix=ROOT)
desk_pages.static("/static", _HERE / "static" / "desk", name="desk_static")

#: What a page says above everything else after a change, by the code in its address.
SAID = {
    "out": "ログアウトしました。",
    "factor": "番号かコードを続けてまちがえました。もう一度、名前とパスワードからログインしてください。",
    "expired": "ログインが切れました。もう一度ログインしてください。",
}


async def page_of(
    request: Request[Any, Any], member: StaffMember | None, template: str, *, status: int = 200, **shown: Any
) -> HTTPResponse:
    """Render one of the desk's pages. member: None where their time is over and the page only keeps what they typed."""
    parts = parts_of(request)
    counsels = member is not None and member.may(Permission.COUNSEL)
    return html(
        templates.get_template(f"desk/{template}").render(
            member=member,
            supervisor=member is not None and member.is_supervisor,
            counsels=counsels,
            prints_cards=member is not None and member.may(Permission.PRINT_CARDS),
            token="" if member is None else form_token(token_of(request) or ""),
            reports_waiting=await parts.reports.read.waiting() if counsels else 0,
            service_name=parts.setting.profile.service_name,
            **shown,
        ),
        status=status,
    )


@desk_pages.get("/", strict_slashes=False)
async def show(request: Request[Any, Any]) -> HTTPResponse:
    """The desk, or the way in."""
    try:
        member = await who(request)
    except FactorRequired:
        return redirect(SECOND_FACTOR, status=303)
    except NewPasswordRequired:
        return redirect(ACCOUNT, status=303)
    except SignInRequired:
        said = SAID.get(str(request.args.get("said", "")))
        return await _way_in(request, said=said)
    if await parts_of(request).factors.read.leads_there(member):
        return redirect(SECOND_FACTOR, status=303)
    if not member.is_cleared:
        return redirect(f"{ROOT}/pledge", status=303)
    if not member.may(Permission.COUNSEL):
        return redirect(f"{ROOT}/service", status=303)
    return await page_of(request, member, "desk.html")


async def _way_in(
    request: Request[Any, Any], *, said: str | None = None, fault: str | None = None, name: str = "", status: int = 200
) -> HTTPResponse:
    parts = parts_of(request)
    return html(
        templates.get_template("desk/sign_in.html").render(
            service_name=parts.setting.profile.service_name,
            said=said,
            fault=fault,
            name=name,
            demo_accounts=await parts.demo_accounts(),
        ),
        status=status,
    )


@desk_pages.get("/standing")
@reads
async def standing(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Who is signed in at this browser, for a page that was opened before and has words on it; somebody sits there."""
    return json({"who": str(member.id), "token": form_token(token_of(request) or "")})


@desk_pages.get("/overview")
@reads
async def overview(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """Everything of the evening at a glance, for a supervisor."""
    member.check(Permission.SUPERVISE)
    return await page_of(request, member, "overview.html", here="overview")


@desk_pages.post("/sign-in")
async def sign_in(request: Request[Any, Any]) -> HTTPResponse:
    """``name``, ``password``."""
    parts, fair = parts_of(request), fair_of(request)
    check_way_in(request)
    form = read_form(request, None)
    name = form.get("name", "").strip()
    try:
        opened = await parts.sign_in(name, form.get("password", ""), await whence_of(request))
    except SignInSlowed as error:
        return await _way_in(request, fault=error.text + _ELSEWHERE, name=name, status=error.status)
    except SignInRefused as error:
        await fair.wrong_sign_in(request)
        return await _way_in(request, fault=error.text, name=name, status=error.status)
    return enter(request, opened)


@desk_pages.post("/sign-out")
async def sign_out(request: Request[Any, Any]) -> HTTPResponse:
    """``token``: leave the desk; what somebody has live waits for them, and then for somebody else."""
    token = token_of(request)
    response = redirect(f"{ROOT}/?said=out", status=303)
    if token is None:
        return response
    form = read_form(request, None)
    check_change(request, form.get("token"))
    member = await parts_of(request).sign_in.out(token)
    if member is not None:
        request.app.ctx.desk_hub.sign_out(member.id)
    take_cookie(response)
    # Whoever sits down next goes back to nothing. Not the cookies: the mark by which this browser is known stays.
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


def desk_trouble(request: Request[Any, Any], status: int, text: str) -> HTTPResponse:
    """A page for a person who has to know what to do next; one whose time is over goes to the way in, which knows
    whether only the second factor is missing. What they had typed into a form is shown to them: it is kept nowhere else.
    """
    is_over = status == SignInRequired.status
    is_other = status == Forbidden.status_code and is_of_other_sign_in(request)
    if (is_over or is_other) and (words := typed_words(request)):
        page = templates.get_template("desk/not_sent.html").render(words=words, over=is_over)
        return html(page, status=status)
    if is_over:
        return redirect(f"{ROOT}/?said=expired", status=303)
    return html(templates.get_template("desk/trouble.html").render(text=text), status=status)
