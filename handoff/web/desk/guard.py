"""What keeps the desk to those who are signed in: cookie, form token, origin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from sanic import Request
from sanic.exceptions import Forbidden
from sanic.response import HTTPResponse

from handoff.domain.errors import SignInRequired
from handoff.domain.staff import StaffMember
from handoff.web.access import admit
from handoff.web.desk.parts import DeskParts
from handoff.web.our_pages import check_origin, check_socket_origin
from handoff.web.page_cookie import PageCookie

ROOT: Final = "/desk"
COOKIE: Final = "tsunagi-desk"
_COOKIE: Final = PageCookie(COOKIE, ROOT, b"desk-form:")
#: The secret of this browser, and what its pages send with each change.
token_of, form_token, give_cookie, take_cookie = _COOKIE.token, _COOKIE.form_token, _COOKIE.give, _COOKIE.take
#: Whether the token that came with a change is of this browser's sign-in.
belongs = _COOKIE.belongs
#: Sent with every change by the desk's scripts.
TOKEN_HEADER: Final = "x-tsunagi-desk"  # noqa: S105 - the header's name

type Handler = Callable[..., Awaitable[HTTPResponse]]


def is_desk(path: str) -> bool:
    """Whether an address belongs to the desk, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


def parts_of(request: Request[Any, Any]) -> DeskParts:
    parts: DeskParts = request.app.ctx.parts.desk
    return parts


async def who(request: Request[Any, Any]) -> StaffMember:
    """Who asks, where the table lets them come. Raises: SignInRequired; as ``admit``."""
    return admit(request, await parts_of(request).sign_in.who(token_of(request)))


async def still(request: Request[Any, Any]) -> StaffMember:
    """The same for what a page asks by itself: nobody has to sit there, so the sign-in isn't kept by it."""
    return admit(request, await parts_of(request).sign_in.still(token_of(request)))


def check_change(request: Request[Any, Any], told: str | None) -> None:
    """Raises: Forbidden: the change was asked by another page than ours. SignInRequired."""
    check_origin(request, parts_of(request).origin)
    if token_of(request) is None:
        raise SignInRequired("no token")
    if not belongs(request, told):
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
        return await handler(request, await still(request), *args, **named)

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
