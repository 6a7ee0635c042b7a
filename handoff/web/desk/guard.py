"""What keeps the desk to those who are signed in: cookie, form token, origin, strict headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final

from sanic import Request
from sanic.exceptions import Forbidden
from sanic.response import BaseHTTPResponse, HTTPResponse

from handoff.domain.errors import SignInRequired
from handoff.domain.staff import StaffMember
from handoff.web.desk.parts import DeskParts
from handoff.web.our_pages import PAGE_HEADERS, check_origin, check_socket_origin
from handoff.web.page_cookie import PageCookie

ROOT: Final = "/desk"
COOKIE: Final = "tsunagi-desk"
_COOKIE: Final = PageCookie(COOKIE, ROOT, b"desk-form:")
#: The secret of this browser, and what its pages send with each change.
token_of, form_token, give_cookie, take_cookie = _COOKIE.token, _COOKIE.form_token, _COOKIE.give, _COOKIE.take
#: Sent with every change by the desk's scripts.
TOKEN_HEADER: Final = "x-tsunagi-desk"  # noqa: S105 - the header's name
_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    **PAGE_HEADERS,
}

type Handler = Callable[..., Awaitable[HTTPResponse]]


def is_desk(path: str) -> bool:
    """Whether an address belongs to the desk, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


async def add_headers(request: Request[Any, Any], response: BaseHTTPResponse) -> None:
    """Middleware of the whole app, so that errors and redirects get the headers as well."""
    if is_desk(request.path):
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)  # a file brings a stricter policy of its own
        static = request.path.startswith(f"{ROOT}/static/")
        response.headers["cache-control"] = "no-cache" if static else "no-store"


def parts_of(request: Request[Any, Any]) -> DeskParts:
    parts: DeskParts = request.app.ctx.parts.desk
    return parts


async def who(request: Request[Any, Any]) -> StaffMember:
    """Who asks. Raises: SignInRequired."""
    member: StaffMember = await parts_of(request).sign_in.who(token_of(request))
    return member


def check_change(request: Request[Any, Any], told: str | None) -> None:
    """Raises: Forbidden: the change was asked by another page than ours. SignInRequired."""
    check_origin(request, parts_of(request).origin)
    if token_of(request) is None:
        raise SignInRequired("no token")
    if not _COOKIE.belongs(request, told):
        raise Forbidden("not a request of this sign-in")


def reads(handler: Handler) -> Handler:
    """A route that shows something to whoever is signed in; it gets the person as its second argument."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        return await handler(request, await who(request), *args, **named)

    return guarded


def polls(handler: Handler) -> Handler:
    """Like ``reads``, for what a page asks by itself: nobody has to sit there, so the sign-in isn't kept by it."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        member = await parts_of(request).sign_in.still(token_of(request))
        return await handler(request, member, *args, **named)

    return guarded


def check_socket(request: Request[Any, Any]) -> None:
    """Raises: Forbidden: the socket isn't asked for by a page of ours; every browser says whose page it is."""
    check_socket_origin(request, parts_of(request).origin)


def changes(handler: Handler) -> Handler:
    """A route that changes something, asked by the desk's scripts with the token in a header."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        check_change(request, request.headers.get(TOKEN_HEADER))
        return await handler(request, await who(request), *args, **named)

    return guarded
