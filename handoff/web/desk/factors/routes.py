"""``/desk/second-factor``: the second half of the way in, and one's own factor with its codes on paper.

No address and no form here holds anybody's id: it is always about whoever's browser asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse, html, raw, redirect

from handoff.domain.errors import FactorRefused, InputRefused, NotFound, SignInSlowed, TsunagiError
from handoff.domain.report_receipt import in_blocks
from handoff.domain.second_factor import CODES, FactorState
from handoff.services.sign_in_ports import OpenSignIn
from handoff.web.desk.factors.guard import changes_own, shows_own
from handoff.web.desk.factors.view import secret_blocks, taken_off_words
from handoff.web.desk.form_pages import Form, back, moment_words
from handoff.web.desk.guard import ROOT, form_token, give_cookie, parts_of, take_cookie, token_of
from handoff.web.desk.pages import page_of, templates
from handoff.web.desk.way_in import SECOND_FACTOR, enter
from handoff.web.headers import SANDBOX

desk_second_factor = Blueprint("desk_second_factor", url_prefix=ROOT)

SAID: Final = {
    "dropped": "二段階の確認をはずしました。ほかの画面は、すべてログアウトしました。",
    "code": "予備のコードを一つ使って入りました。使ったコードは、もう使えません。",
}
_WRONG_PAPER: Final = (
    "予備のコードがちがうか、もう使われています。書き留めた紙と見くらべてください。一つのコードは、一度だけ使えます。"
)
_UNNOTED: Final = "コードを書き留めたら、印をつけてください。このページを閉じると、同じコードはもう見られません。"


@desk_second_factor.get("/second-factor")
@shows_own
async def show(request: Request[Any, Any], held: OpenSignIn) -> HTTPResponse:
    """A number is asked, a factor is set up, or one's own is shown: whatever comes next for this browser."""
    return await _page(request, held)


@desk_second_factor.post("/second-factor/pass")
@changes_own(whole=False)
async def go_on(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``code``: a number of the app, or a code on paper; ``paper``: typed where the page asks for the latter."""
    at = "paper" if "paper" in form else "pass"
    if not held.half:
        return redirect(f"{ROOT}/", status=303)
    try:
        passed = await parts_of(request).factors.go_on(token_of(request) or "", form.get("code", ""))
    except FactorRefused as error:
        if error.left:
            return await _page(request, held, error, at=at)
        response = redirect(f"{ROOT}/?said=factor", status=303)
        take_cookie(response)
        return response
    except SignInSlowed as error:
        return await _page(request, held, error, at=at)
    response = enter(request, passed.opened)
    if passed.by_code:
        response.headers["location"] = f"{SECOND_FACTOR}?said=code"
    return response


@desk_second_factor.post("/second-factor/begin")
@changes_own(whole=False)
async def begin(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``password``, but for whoever has just typed it."""
    try:
        await parts_of(request).factors.begin(held, form.get("password"))
    except FactorRefused:
        pass  # who has one is asked for it
    except (InputRefused, SignInSlowed) as error:
        return await _page(request, held, error, at="begin")
    return redirect(SECOND_FACTOR, status=303)


@desk_second_factor.post("/second-factor/confirm")
@changes_own(whole=False)
async def confirm(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``code``: the number that the app shows now. The answer alone has the codes on paper."""
    token = token_of(request) or ""
    try:
        confirmed = await parts_of(request).factors.confirm(held, token, form.get("code", ""))
    except (FactorRefused, InputRefused) as error:
        return await _page(request, held, error, at="confirm")
    opened = confirmed.opened
    response = await _codes(request, held, confirmed.codes, token if opened is None else opened.token)
    if opened is not None:
        give_cookie(response, opened.token, secure=parts_of(request).origin.startswith("https:"))
    return response


@desk_second_factor.post("/second-factor/codes")
@changes_own(whole=True)
async def renew(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``password``: new codes on paper; the old ones are dead."""
    try:
        codes = await parts_of(request).factors.renew(held.member, form.get("password", ""))
    except (InputRefused, SignInSlowed) as error:
        return await _page(request, held, error, at="codes")
    return await _codes(request, held, codes, token_of(request) or "")


@desk_second_factor.post("/second-factor/codes/file")
@changes_own(whole=True)
async def download(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``codes``: those of the page itself, as a file; nothing is read that isn't in the form."""
    codes = form.get("codes", "").split()
    if not await parts_of(request).factors.note.own(held.member, codes):
        raise NotFound("not their codes")
    service = parts_of(request).setting.profile.service_name
    lines = [
        f"{service}　相談の画面の予備のコード（{held.member.name}）",
        "一つにつき一度だけ使えます。",
        "",
        *codes,
        "",
    ]
    headers = {**SANDBOX, "content-disposition": 'attachment; filename="tsunagi-codes.txt"'}
    return raw("\r\n".join(lines).encode(), content_type="text/plain; charset=utf-8", headers=headers)


@desk_second_factor.post("/second-factor/noted")
@changes_own(whole=True)
async def noted(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``noted``: they have the codes; ``codes``: those of the page, so that it can ask again without the tick."""
    factors = parts_of(request).factors
    if "noted" not in form:
        codes = form.get("codes", "").split()
        if not await factors.note.own(held.member, codes):
            raise NotFound("not their codes")
        return await _codes(request, held, codes, token_of(request) or "", fault=_UNNOTED)
    await factors.note(held.member)
    return redirect(f"{ROOT}/", status=303)


@desk_second_factor.post("/second-factor/drop")
@changes_own(whole=True)
async def drop(request: Request[Any, Any], held: OpenSignIn, form: Form) -> HTTPResponse:
    """``password``: do without again, where nobody demands it."""
    try:
        await parts_of(request).factors.drop(held, form.get("password", ""))
    except (InputRefused, SignInSlowed) as error:
        return await _page(request, held, error, at="drop")
    return back(SECOND_FACTOR, "dropped")


@desk_second_factor.post("/second-factor/read")
@changes_own(whole=True)
async def acknowledge(request: Request[Any, Any], held: OpenSignIn, _form: Form) -> HTTPResponse:
    """They have read who took their factor off."""
    await parts_of(request).factors.acknowledge(held.member)
    return redirect(f"{ROOT}/", status=303)


async def _page(
    request: Request[Any, Any], held: OpenSignIn, error: TsunagiError | None = None, *, at: str = "pass"
) -> HTTPResponse:
    factors = parts_of(request).factors
    own = await factors.read(held.member)
    fresh = None if held.half and own.state is FactorState.ON else await factors.read.fresh(held)
    side, path = (0, "") if fresh is None else factors.picture(fresh.address)
    shown: dict[str, Any] = {
        "said": SAID.get(str(request.args.get("said", ""))) if error is None else None,
        "fault": None if error is None else _words(error, at),
        "left": error.left if isinstance(error, FactorRefused) else None,
        "wrong": "" if error is None else at,
        "half": held.half,
        "asked": held.half and own.state is FactorState.ON,
        "on": own.state is FactorState.ON,
        "since": None if own.since is None else moment_words(own.since),
        "codes_left": own.codes_left,
        "noted": own.noted,
        "demanded": own.demanded,
        "taken_off": [taken_off_words(reset, names) for reset, names in own.taken_off],
        "fresh": None if fresh is None else secret_blocks(fresh.secret),
        "address": "" if fresh is None else fresh.address,
        "side": side,
        "path": path,
        "name": held.member.name,
    }
    return await _render(request, held, "second_factor.html", 200 if error is None else error.status, shown)


def _words(error: TsunagiError, at: str) -> str:
    return _WRONG_PAPER if at == "paper" and isinstance(error, FactorRefused) else error.text


async def _codes(
    request: Request[Any, Any], held: OpenSignIn, codes: Sequence[str], token: str, *, fault: str | None = None
) -> HTTPResponse:
    """The one time that these codes are seen."""
    blocks = [in_blocks(one.replace("-", "")) for one in codes]
    return html(
        templates.get_template("desk/second_factor_codes.html").render(
            member=None,
            service_name=parts_of(request).setting.profile.service_name,
            token=form_token(token),
            codes=blocks,
            number=CODES,
            name=held.member.name,
            fault=fault,
        ),
        status=200 if fault is None else InputRefused.status,
    )


async def _render(
    request: Request[Any, Any], held: OpenSignIn, template: str, status: int, shown: dict[str, Any]
) -> HTTPResponse:
    if not held.half:
        return await page_of(request, held.member, template, status=status, here="account", **shown)
    # Half in, nothing of the desk may stand around the form: no names of pages, no numbers.
    return html(
        templates.get_template(f"desk/{template}").render(
            member=None,
            token=form_token(token_of(request) or ""),
            service_name=parts_of(request).setting.profile.service_name,
            **shown,
        ),
        status=status,
    )
