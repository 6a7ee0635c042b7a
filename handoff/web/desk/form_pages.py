"""What pages with plain forms share: reading a form, refusing it on a page, days and moments in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID, uuid4

from sanic import Request
from sanic.exceptions import PayloadTooLarge
from sanic.response import HTTPResponse, redirect

from handoff.domain.errors import InputRefused, TsunagiError
from handoff.domain.hours import ZONE
from handoff.web.alarm_guard import LARGEST_FORM
from handoff.web.desk.guard import check_change, who
from handoff.web.desk.pages import desk_trouble
from handoff.web.form_key import random_key
from handoff.web.our_pages import form_pairs

#: Fields of a form; each box that is ticked is one.
MOST_FIELDS: Final = 64
_WEEK: Final = "月火水木金土日"

type Form = Mapping[str, str]
type Handler = Callable[..., Awaitable[HTTPResponse]]


def posts(handler: Handler) -> Handler:
    """A route that a page's form asks; it gets the person and the form. What is refused is a page for that person."""

    @wraps(handler)
    async def guarded(request: Request[Any, Any], *args: Any, **named: Any) -> HTTPResponse:
        try:
            form = read_fields(request)
            check_change(request, form.get("token"))
            return await handler(request, await who(request), form, *args, **named)
        except TsunagiError as error:
            if error.status >= 500:
                raise
            return desk_trouble(request, error.status, error.text)
        except PayloadTooLarge as large:
            text = "書いた文が長すぎて、受け取れませんでした。前の画面にもどって短くしてから、もう一度送ってください。"
            return desk_trouble(request, large.status_code, text)

    return guarded


def read_fields(request: Request[Any, Any], largest: int = LARGEST_FORM) -> Form:
    """Read a form of ours; line ends are single line feeds. Raises: PayloadTooLarge, BadRequest."""
    return dict(form_pairs(request, largest=largest, most_fields=MOST_FIELDS))


def id_of(form: Form, name: str) -> UUID | None:
    """An id of a form; None where there is none, or what is there is no id."""
    try:
        return UUID(form.get(name, ""))
    except ValueError:
        return None


def key_of(form: Form) -> UUID:
    """The key that makes a form that is sent again the same one. Raises: InputRefused."""
    try:
        return random_key(form.get("key"))
    except ValueError:
        raise InputRefused("key", "画面が古くなっています。読み込み直してください。") from None


def new_key() -> str:
    """A key for a form that is shown now."""
    return str(uuid4())


def day_of(form: Form, name: str) -> date | None:
    """A day of a form, None where it is empty. Raises: InputRefused."""
    told = form.get(name, "").strip()
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise InputRefused(name, "日にちを「2026-11-20」の形で入れてください。") from None


def moment_of(form: Form, name: str) -> datetime | None:
    """A moment that the page itself had put into its form; None where there is none. Raises: InputRefused."""
    told = form.get(name, "")
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InputRefused(name, "画面が古くなっています。読み込み直してください。")
    return at


def day_words(day: date, today: date | None = None) -> str:
    """A day for people: 「11月20日（金）」, with its year where it is another one."""
    words = f"{day.month}月{day.day}日（{_WEEK[day.weekday()]}）"
    return words if today is None or day.year == today.year else f"{day.year}年{words}"


def near_words(day: date, today: date) -> str:
    """How far a day is, in a word; empty where the day itself says it best."""
    days = (day - today).days
    if days < 0:
        return f"{-days}日すぎています"
    return {0: "きょう", 1: "あした", 2: "あさって"}.get(days, "")


def moment_words(at: datetime, today: date | None = None) -> str:
    """A moment for people, in Japan's time."""
    there = at.astimezone(ZONE)
    return f"{day_words(there.date(), today)} {there:%H:%M}"


def tomorrow(today: date) -> date:
    return today + timedelta(days=1)


def back(address: str, said: str, place: str = "") -> HTTPResponse:
    """To the page again, which then says what was done. place: where on the page."""
    mark = "&" if "?" in address else "?"
    return redirect(f"{address}{mark}said={said}{'#' + place if place else ''}", status=303)
