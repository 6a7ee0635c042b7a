"""At which pages one person sits, from the first one to leaving at once, so that leaving ends all of them (row 27).

A page that was opened by its address, and all that follow from its forms, hold one sign. It is no cookie and lies nowhere
but in them: in a hidden field, in the state of the browser's own history (``static/report/seat.js``), and without a
script in the address. When somebody has left, whatever the browser's Back brings is answered with the page about nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sanic import Request
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import StoreUnavailable
from handoff.services.report.visits import WRITING
from handoff.web.fair.fair import CHALLENGE_FIELD, NONCE_FIELD, fields_of
from handoff.web.our_pages import SITTING_FIELD
from handoff.web.report.guard import parts_of
from handoff.web.report.parts import ReportParts

#: Where one is afterwards: a page about nothing, which the chat has as well.
AWAY: Final = "/chat/away"
QUERY: Final = "s"
#: So long an address brings nothing but the page about nothing: whoever took the device presses Back now. Later it may
#: have been given to somebody who wants to tell something.
BACK: Final = timedelta(minutes=10)
_DIGITS: Final = 16
_SIGN: Final = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_NAME: Final = re.compile(rf"[0-9a-f]{{{2 * _DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Sitting:
    """Attributes: address: the sign that the opened page's address may hold; page: tells apart those who opened the same
    address; opened: the path of a page that was opened by its address, empty for the answer to a form; told: its address
    held the sign; work: done already, for the next form of a page that couldn't take what was sent.
    """

    address: str
    page: str
    opened: str = ""
    told: bool = False
    work: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What the forms of these pages hold."""
        return self.address + self.page

    @property
    def signs(self) -> tuple[str, str]:
        """All that is left with them."""
        return self.address, self.name

    @property
    def url(self) -> str:
        """The opened page's address with the sign."""
        return f"{self.opened}?{QUERY}={self.address}"


#: Of the request that is being answered: every page of it holds it, whichever code renders it.
_SITTING: ContextVar[Sitting | None] = ContextVar("report_sitting", default=None)


def sitting_now() -> Sitting:
    """The sitting of this request; a new one where its page told none."""
    sitting = _SITTING.get()
    if sitting is None:
        sitting = Sitting(_sign(), _sign())
        _SITTING.set(sitting)
    return sitting


def sit_at(fields: Mapping[str, str]) -> Sitting:
    """Take the sitting that a page's form told, and work that came with it."""
    told = fields.get(SITTING_FIELD, "")
    address, page = (told[:_DIGITS], told[_DIGITS:]) if _NAME.fullmatch(told) else (_sign(), _sign())
    work = tuple((name, fields[name]) for name in (CHALLENGE_FIELD, NONCE_FIELD) if fields.get(name))
    sitting = Sitting(address, page, work=work)
    _SITTING.set(sitting)
    return sitting


async def sit_down(request: Request[Any, Any]) -> HTTPResponse | None:
    """Middleware: find the sitting of a request; where it was left there is nothing to see any more."""
    parts = parts_of(request)
    if request.method != "GET":
        fields = dict(fields_of(request))
        sitting = sit_at(fields)
        # A sign that was made just now can't have been left: a program that guesses costs no look into the database.
        known = SITTING_FIELD in fields
        return away() if known and await was_left(parts, sitting, fields.get("token", "")) else None
    told = request.args.get(QUERY, "")
    ago = await _ago(parts, told) if _SIGN.fullmatch(told) else WRITING
    if ago is not None and ago < BACK:
        return away()
    known = ago is None
    _SITTING.set(Sitting(told if known else _sign(), _sign(), request.path, told=known))
    return None


def stand_up() -> None:
    """The request is answered; the next one on its connection may be anybody's."""
    _SITTING.set(None)


async def was_left(parts: ReportParts, sitting: Sitting, token: str) -> bool:
    """Whether somebody left this page. Whoever holds a visit goes on: their words are worth more than a bare screen."""
    ago = await _ago(parts, sitting.name)
    return ago is not None and ago < WRITING and not await parts.holds(token)


async def _ago(parts: ReportParts, sign: str) -> timedelta | None:
    try:
        return await parts.was_left(sign)
    except StoreUnavailable:
        return None  # the page itself, with whom to call, needs no database


def away() -> HTTPResponse:
    """To the page about nothing; also the history's entry becomes that one."""
    return redirect(AWAY, status=303)


def _sign() -> str:
    return secrets.token_hex(_DIGITS // 2)
