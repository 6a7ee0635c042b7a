"""What keeps a chat to the browser that began it: cookie, token, origin."""

from __future__ import annotations

from typing import Any, Final

from sanic import Request
from sanic.exceptions import Forbidden

from handoff.domain.chat import Visitor
from handoff.web.chat.parts import ChatParts
from handoff.web.our_pages import check_origin, check_socket_origin
from handoff.web.page_cookie import PageCookie

ROOT: Final = "/chat"
COOKIE: Final = "tsunagi-chat"
_COOKIE: Final = PageCookie(COOKIE, ROOT, b"chat-form:")
#: The secret of this browser, and what its pages send with each change.
token_of, form_token, give_cookie, take_cookie = _COOKIE.token, _COOKIE.form_token, _COOKIE.give, _COOKIE.take
#: Sent with every change by the page's scripts.
TOKEN_HEADER: Final = "x-tsunagi-chat"  # noqa: S105 - the header's name


def is_chat(path: str) -> bool:
    """Whether an address belongs to the chat, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


def parts_of(request: Request[Any, Any]) -> ChatParts:
    parts: ChatParts = request.app.ctx.parts.chat
    return parts


async def who(request: Request[Any, Any]) -> Visitor:
    """Whose chat it is. Raises: ChatOver."""
    return await parts_of(request).read.who(token_of(request))


async def changes(request: Request[Any, Any], told: str | None) -> Visitor:
    """Whose chat is to be changed. Args: told: the token that came with the request.

    Raises: Forbidden: the change was asked by another page than ours. ChatOver.
    """
    check_origin(request, parts_of(request).origin)
    visitor = await who(request)
    if not _COOKIE.belongs(request, told):
        raise Forbidden("not a request of this chat")
    return visitor


def check_socket(request: Request[Any, Any]) -> None:
    """Raises: Forbidden: the socket isn't asked for by a page of ours; every browser says whose page it is."""
    check_socket_origin(request, parts_of(request).origin)
