"""What the pages of ``/desk/requests`` share: their blueprint, forms that say what is wrong where it is, lists in pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.staff import StaffMember
from handoff.web.desk.form_pages import Form, day_words, id_of, moment_words, near_words
from handoff.web.desk.guard import ROOT, parts_of
from handoff.web.desk.pages import page_of
from handoff.web.desk.requests.parts import RequestDesk

desk_requests = Blueprint("desk_requests", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/requests"
DATA: Final = f"{PAGE}/data"
INSTRUCTIONS: Final = f"{PAGE}/instructions"
LEAKS: Final = f"{PAGE}/leaks"


def desk_of(request: Request[Any, Any]) -> RequestDesk:
    return parts_of(request).requests


def page_number(request: Request[Any, Any]) -> int:
    """Which page of a list is asked for; the first where that is no number."""
    asked = str(request.args.get("page", "1"))
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1


def wants_ended(request: Request[Any, Any]) -> bool:
    """Whether the list of what is over is asked for."""
    return str(request.args.get("ended", "")) == "1"


def due_words(day: date, today: date) -> str:
    """A last day with how near it is: 「12月20日（日）（あした）」."""
    near = near_words(day, today)
    return f"{day_words(day, today)}{f'（{near}）' if near else ''}"


def whole_day(day: date) -> str:
    """A day with its year, as paper wants it."""
    return f"{day.year}年{day_words(day)}"


def whole_moment(at: datetime) -> str:
    """A moment with its year, in Japan's time."""
    return f"{at.astimezone(ZONE).year}年{moment_words(at)}"


async def show_page(
    request: Request[Any, Any],
    member: StaffMember,
    template: str,
    said: Mapping[str, str],
    form: Form | None = None,
    error: InputRefused | None = None,
    wrong: str = "",
    **shown: Any,
) -> HTTPResponse:
    """Render a page; after a refused form with what was typed, beside the field that is wrong. wrong: which form that was."""
    typed = form or {}
    kept = id_of(typed, "key")
    return await page_of(
        request,
        member,
        template,
        status=200 if error is None else error.status,
        here="service",
        said=said.get(str(request.args.get("said", ""))),
        fault=None if error is None else error.text,
        field="" if error is None else error.field,
        wrong=wrong,
        typed=typed,
        key=str(kept or uuid4()),
        **shown,
    )
