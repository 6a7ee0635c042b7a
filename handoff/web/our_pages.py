"""What every page of ours has: forms that are small and ours, and the word of the browser on whose page asks."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from sanic import Request
from sanic.exceptions import BadRequest, Forbidden, PayloadTooLarge

#: The field that the report's pages hold from the first to the last, and where they send it to leave at once.
SITTING_FIELD: Final = "sitting"
LEAVE_REPORT: Final = "/report/away"
_FORM: Final = "application/x-www-form-urlencoded"
#: What turns the direction of letters around, and a NUL: nobody writes them, and they would hide what stands there.
_DROPPED: Final = dict.fromkeys((0, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def host_of(request: Request[Any, Any]) -> str:
    """The host that was asked for, with its port where one was named; empty where none was, or more than one.

    ``request.host`` is another one behind a proxy: ``X-Forwarded-Host``, which any page's script may set, goes first there.
    """
    told: list[str] = request.headers.getall("host", [])
    return told[0] if len(told) == 1 else ""


def _ours(request: Request[Any, Any], origin: str) -> tuple[str, ...]:
    """Our own origins: what the installation says it is, and the host that this very request names. Not in the clear where
    ours isn't: whoever owns the network could put a page there.
    """
    host = host_of(request)
    if not host:
        return (origin,)
    return (origin, f"https://{host}", *((f"http://{host}",) if origin.startswith("http:") else ()))


def check_origin(request: Request[Any, Any], origin: str) -> None:
    """Raises: Forbidden: another site's page sent this.

    Our own origin is what the installation says it is, or the host that this very request names; a page of another
    site can choose neither. A form of a page with ``Referrer-Policy: no-referrer`` says ``Origin: null``; the browser's
    own word on where it came from, and the form's token, decide then.
    """
    site, told = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin") or told not in (None, "null", *_ours(request, origin)):
        raise Forbidden("another origin")


def check_socket_origin(request: Request[Any, Any], origin: str) -> None:
    """Raises: Forbidden: the socket isn't asked for by a page of ours; every browser says whose page it is."""
    if request.headers.get("origin") not in _ours(request, origin):
        raise Forbidden("another origin")


def form_pairs(request: Request[Any, Any], *, largest: int, most_fields: int) -> list[tuple[str, str]]:
    """Names and values of a form, in order. Line ends are single line feeds; letters may come as they are (UTF-8), too.

    Args: largest: bytes of the body. Raises: PayloadTooLarge, BadRequest.
    """
    if len(request.body) > largest:
        raise PayloadTooLarge("form")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise BadRequest("not a form")
    try:
        text = request.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most_fields)
    except ValueError:
        raise BadRequest("form can't be read") from None
    return [(name, value.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)) for name, value in pairs]


def is_form(request: Request[Any, Any]) -> bool:
    """Whether a page's form was sent, with or without a file; no script of ours sends one."""
    kind: str = request.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() in (_FORM, "multipart/form-data")


def wants_page(request: Request[Any, Any]) -> bool:
    """Whether a person's browser asks for a page, where anything else may be asked for by a program."""
    return "text/html" in request.headers.get("accept", "")


def wants_json(request: Request[Any, Any]) -> bool:
    """Whether the page's script asks, or a person's browser."""
    return "application/json" in request.headers.get("accept", "")
