"""How a browser gets in: from where it comes, and the cookies that it goes on with."""

from __future__ import annotations

import re
from typing import Any, Final

from sanic import Request
from sanic.exceptions import Forbidden
from sanic.response import HTTPResponse, redirect

from handoff.domain.fair import Purpose
from handoff.services.desk.sign_in import Opened, Whence
from handoff.web.desk.browser_name import browser_name
from handoff.web.desk.guard import ROOT, give_cookie, parts_of, token_of
from handoff.web.fair.fair import fair_of
from handoff.web.our_pages import check_origin

#: Where a half sign-in goes on, and where a person's own things are.
SECOND_FACTOR: Final = f"{ROOT}/second-factor"
ACCOUNT: Final = f"{ROOT}/account"
SIGN_IN: Final = f"{ROOT}/sign-in"
#: The mark by which a browser is known. It opens nothing: it only says whose tries are counted apart.
DEVICE_COOKIE: Final = "tsunagi-device"
_DEVICE_KEPT: Final = 180 * 24 * 60 * 60
#: As ``secrets.token_urlsafe`` makes them; nothing else that a browser sends is given back to it.
_MARK: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")


def check_way_in(request: Request[Any, Any]) -> None:
    """Raises: Forbidden: the way in was filled in on another site's page.

    There is no sign-in yet that a form's token could belong to. Our page lets its origin be told (``sign_in.html``), so
    that here ``null`` without the browser's own word on where it comes from is nobody of ours.
    """
    check_origin(request, parts_of(request).origin)
    if request.headers.get("origin") == "null" and request.headers.get("sec-fetch-site") is None:
        raise Forbidden("from nowhere")


async def whence_of(request: Request[Any, Any]) -> Whence:
    """The browser of this request, in coarse words; no address."""
    mark: str = request.cookies.get(DEVICE_COOKIE) or ""
    return Whence(
        label=browser_name(request.headers.get("user-agent", "")),
        before=token_of(request),
        device=mark if _MARK.fullmatch(mark) else None,
        crowded=await fair_of(request).bits(request, Purpose.SIGN_IN_WRONG) > 0,
    )


def enter(request: Request[Any, Any], opened: Opened, to: str | None = None) -> HTTPResponse:
    """Go on with a sign-in that has just begun: to the desk, or to the second factor. Args: to: instead of the desk."""
    response = redirect(SECOND_FACTOR if opened.half else to or f"{ROOT}/", status=303)
    secure = parts_of(request).origin.startswith("https:")
    give_cookie(response, opened.token, secure=secure)
    if opened.device is not None:
        response.add_cookie(
            DEVICE_COOKIE,
            opened.device,
            path=SIGN_IN,
            httponly=True,
            samesite="Strict",
            secure=secure,
            max_age=_DEVICE_KEPT,
        )
    return response
