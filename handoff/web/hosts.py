"""How the service lets itself be called: by which names, and in letters.

A page of another site can point its own name at our address (DNS rebinding); the browser then takes us for a part of
that site. Such a request names a host that isn't ours, and nothing is answered to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sanic import Request
from sanic.exceptions import BadRequest, SanicException
from sanic.response import HTTPResponse, html, json

from handoff.web.alarm_guard import is_ours
from handoff.web.our_pages import host_of, wants_page

#: Asked by the supervisor and by the operator's own checks, by whatever name, and nothing there is anybody's; and by LINE,
#: which signs what it says: a proxy that passes on another name must not cost a child's message.
_FOR_ALL: Final = ("/healthz", "/readyz", "/line/webhook")
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.\-]{1,253})(?::\d{1,5})?")


_MISDIRECTED: Final = "このアドレスでは開けません。管理者の方は、TSUNAGI_PUBLIC_URL を確かめてください。"
_MISDIRECTED_PAGE: Final = (Path(__file__).parent / "templates" / "misdirected.html").read_text(encoding="utf-8")


class Misdirected(SanicException):
    """The request names a host that isn't ours."""

    status_code = 421
    quiet = True


@dataclass(frozen=True, slots=True)
class Hosts:
    """Attributes: names: in lower case, without a port; numbers: whether any address by its numbers is ours, too: no
    other site can have its name made of them.
    """

    names: frozenset[str]
    numbers: bool = False

    def __contains__(self, host: str) -> bool:
        """Args: host: as a request names it, with or without its port."""
        found = _HOST.fullmatch(host)
        if found is None:
            return False
        name = found.group(1).strip("[]").lower().removesuffix(".")
        return name in self.names or (self.numbers and _is_number(name))


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def hosts_of(public_url: str, *, demo: bool) -> Hosts:
    """The host at which people reach the service; where no real student can, this machine's own names as well."""
    name = (urlsplit(public_url).hostname or "").lower()
    return Hosts(frozenset({name, "localhost"} if demo else {name}), numbers=demo)


async def check_letters(request: Request[Any, Any]) -> None:
    """Middleware of the whole app. Raises: BadRequest: a head that no browser writes; no text could hold what stands there,
    and wherever it went on to, it would end as a failure of ours.
    """
    head: bytes = request.head
    if not head.isascii():
        try:
            head.decode()
        except UnicodeDecodeError:
            raise BadRequest("bytes that are no letters") from None


async def check_host(request: Request[Any, Any]) -> None:
    """Middleware of the whole app, the first one. Raises: Misdirected.

    An alarm opens by whatever name its link came: the key is in the link, its cookie is of the name that it was opened by,
    and a proxy that passes on another name must not keep the person on call from a child in danger.
    """
    hosts: Hosts | None = request.app.ctx.hosts
    if hosts is None or request.path in _FOR_ALL or is_ours(request.path) or request.method == "NONE":
        return  # what couldn't be read as a request is refused all the same
    if host_of(request) not in hosts:
        raise Misdirected("another host")


def misdirected(request: Request[Any, Any]) -> HTTPResponse:
    """What is said to it, which tells nothing of whose the service is: a plain page for a person, who may be a child."""
    if wants_page(request):
        return html(_MISDIRECTED_PAGE, status=Misdirected.status_code)
    return json({"code": "misdirected", "message": _MISDIRECTED}, status=Misdirected.status_code)
