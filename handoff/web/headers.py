"""What every answer carries, whatever it is: a page, a file of ours, an error, an address that no route knows.

There is one default for all, and a part of the service has a policy of its own by the first word of its addresses. So a
part that is added has the strict one until it says what it needs; a single answer (a download) may be stricter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sanic import Request
from sanic.response import BaseHTTPResponse

from handoff.web.our_pages import host_of

#: Seconds for which a browser that was here once comes by https alone.
_HTTPS_LIFE: Final = 365 * 24 * 60 * 60
#: None of our pages asks for any of these, nor may what somebody put into one.
_NOT_USED: Final = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_SHUT: Final = ("base-uri 'none'", "frame-ancestors 'none'")
#: The one kind of script address that is made: of the worker in which a device does its work (static/fair/work.js).
WORK_TYPES: Final = "tsunagi-work"
#: And the one kind of HTML: parts of the alarm's page, from our own template (static/alarm/parts.js).
ALARM_TYPES: Final = "tsunagi-alarm"
_OWN: Final = ("script-src 'self'", "style-src 'self'", "img-src 'self'")
_HOST: Final = re.compile(r"[A-Za-z0-9.\-:\[\]]{1,255}")
#: A download opens nothing, even if a browser shows it instead.
SANDBOX: Final[Mapping[str, str]] = {"content-security-policy": "sandbox; default-src 'none'"}


def content_policy(*allowed: str, types: str = "'none'") -> str:
    """A content policy that allows this alone. Args: types: the names of the page's own Trusted Types policies."""
    trusted = ("require-trusted-types-for 'script'", f"trusted-types {types}")
    return "; ".join(("default-src 'none'", *allowed, *_SHUT, *trusted))


_FORMS: Final = "form-action 'self'"
_NO_FORMS: Final = "form-action 'none'"
_CONNECT: Final = "connect-src 'self'"
_WORKER: Final = "worker-src 'self'"
_POLICIES: Final[Mapping[str, str]] = {
    "desk": content_policy(*_OWN, _CONNECT, _WORKER, "media-src 'self'", _FORMS, types=WORK_TYPES),
    "alarm": content_policy(*_OWN, _CONNECT, _FORMS, types=ALARM_TYPES),
    "report": content_policy(*_OWN, _CONNECT, _WORKER, _FORMS, types=WORK_TYPES),
    "policy": content_policy("style-src 'self'", "img-src 'self'", _FORMS),
    "simulator": content_policy(*_OWN, _CONNECT, _NO_FORMS),
}
_OTHER: Final = content_policy(_NO_FORMS)
#: A worker's script has a policy of its own, and loads what it shares with the page.
_STATIC: Final = "; ".join(("default-src 'none'", *_OWN, _NO_FORMS, *_SHUT))
#: Of the page that a flood brings, at whatever address it was asked for.
WORK_PAGE: Final[Mapping[str, str]] = {
    "content-security-policy": content_policy(*_OWN, _WORKER, _FORMS, types=WORK_TYPES),
    "cache-control": "no-store",
}
_ALWAYS: Final[Mapping[str, str]] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _NOT_USED),
    "x-robots-tag": "noindex, nofollow",
}
_KEPT: Final = tuple(_ALWAYS.items())
_HTTPS: Final = ("strict-transport-security", f"max-age={_HTTPS_LIFE}")


async def add_headers(request: Request[Any, Any], response: BaseHTTPResponse) -> None:
    """Middleware of the whole app, the last one, so that nothing goes out without; what an answer says itself stays."""
    told = response.headers
    for name, value in _KEPT:
        told.setdefault(name, value)
    path = request.path
    root, _, rest = path[1:].partition("/")
    static = root == "static" or rest.startswith("static/")
    told.setdefault(
        "content-security-policy", _policy_of(root, host_of(request) if root == "chat" else "", static=static)
    )
    told.setdefault("cache-control", "no-cache" if static else "no-store")
    if request.app.ctx.https:
        told.setdefault(*_HTTPS)


@lru_cache(maxsize=64)
def _policy_of(root: str, host: str, *, static: bool) -> str:
    if static:
        return _STATIC
    if root == "chat":
        # Older browsers don't count a socket to the same host as 'self'.
        sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        return content_policy(*_OWN, _CONNECT + sockets, _WORKER, _FORMS, types=WORK_TYPES)
    return _POLICIES.get(root, _OTHER)
