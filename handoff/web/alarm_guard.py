"""What keeps the alarm's page to whoever holds its link: cookie, form token, origin, small bodies."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.exceptions import Forbidden
from sanic.response import BaseHTTPResponse

from handoff.web.our_pages import form_pairs

ROOT: Final = "/alarm"
STATIC: Final = f"{ROOT}/static"
#: Seconds that a cookie opens the page; the link itself opens it again for as long as it holds.
COOKIE_LIFE: Final = 12 * 60 * 60
#: Bytes of a form: the longest note, each letter written as four bytes in percent signs, and the rest.
LARGEST_FORM: Final = 64 * 1024
MOST_FIELDS: Final = 16


def is_ours(path: str) -> bool:
    """Whether an address belongs to the alarm's page, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


def cookie_name(escalation_id: UUID) -> str:
    """One cookie an escalation, so that two alarms of a night can be open side by side."""
    return f"tsunagi-alarm-{escalation_id.hex}"


def cookie_of(request: Request[Any, Any], escalation_id: UUID) -> str | None:
    """The link's token that this browser was given for this escalation."""
    token: str | None = request.cookies.get(cookie_name(escalation_id))
    return token


def give_cookie(response: BaseHTTPResponse, escalation_id: UUID, token: str, *, secure: bool) -> None:
    """Bind this browser to the link; no script can read it and no other site's form sends it along."""
    response.add_cookie(
        cookie_name(escalation_id),
        token,
        path=ROOT,
        httponly=True,
        samesite="Strict",
        secure=secure,
        max_age=COOKIE_LIFE,
    )


def read_form(request: Request[Any, Any], form_token: str | None) -> Mapping[str, str]:
    """Read a form of ours; of a field that comes twice the last counts. Line ends are single line feeds.

    Args: form_token: what its hidden field has to hold; None for the first page's, which nobody is bound to yet.

    Raises: PayloadTooLarge, BadRequest, Forbidden (a token that isn't this link's).
    """
    form = dict(form_pairs(request, largest=LARGEST_FORM, most_fields=MOST_FIELDS))
    if form_token is not None and not hmac.compare_digest(form.get("token", "").encode(), form_token.encode()):
        raise Forbidden("not a form of this link")
    return form
