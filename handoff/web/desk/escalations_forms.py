"""What the escalations' forms share: who sent one, which request it is, what was chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import wraps
from typing import Any
from uuid import UUID, uuid5

from sanic import Request
from sanic.response import HTTPResponse

from handoff.domain.errors import InputRefused, NotFound, NotPermitted, SignInRequired, TraineeRefused
from handoff.domain.staff import StaffMember
from handoff.web.alarm_guard import read_form
from handoff.web.desk.escalations_pages import Form
from handoff.web.desk.guard import check_change, who
from handoff.web.desk.pages import desk_trouble
from handoff.web.form_key import random_key

type Handler = Callable[..., Awaitable[HTTPResponse]]


def troubled(handler: Handler) -> Handler:
    """A route of forms: whoever may not do it, or does it to what isn't there, gets a page and not JSON."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        try:
            return await handler(request, *args, **named)
        except (NotFound, NotPermitted, SignInRequired, TraineeRefused) as error:
            return desk_trouble(request, error.status, error.text)

    return guarded


async def read_desk_form(request: Request[Any, Any]) -> tuple[StaffMember, Form]:
    """Raises: Forbidden, SignInRequired, PayloadTooLarge, BadRequest."""
    form = read_form(request, None)
    check_change(request, form.get("token"))
    return await who(request), form


def key_of(escalation_id: UUID, member: StaffMember, form: Form, *words: str) -> UUID:
    """What makes a second tap the same request: the form that was shown, and what was written into it."""
    try:
        return uuid5(random_key(form.get("key")), " ".join((str(escalation_id), str(member.id), *words)))
    except ValueError:
        raise InputRefused("key", "画面が古くなっています。読み込み直してから、もう一度押してください。") from None


def chosen[Choice: StrEnum](kind: type[Choice], form: Form, field: str, text: str) -> Choice:
    """A code that was chosen. Raises: InputRefused."""
    try:
        return kind(form.get(field, ""))
    except ValueError:
        raise InputRefused(field, text) from None
