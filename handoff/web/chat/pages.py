"""The chat's page, its beginning, and the way out of it in a hurry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint, Request
from sanic.response import HTTPResponse, empty, html, json

from handoff.domain.errors import ChatOver, NotFound, StoreUnavailable
from handoff.domain.hours import spoken_moment
from handoff.domain.outgoing import LONGEST_TEXT
from handoff.domain.profile import HelpLine
from handoff.domain.profile.wording import open_lines
from handoff.services.chat.start_chat import takes_now
from handoff.services.keep_trace import Visit, kept_in_words
from handoff.web.alarm_guard import read_form
from handoff.web.chat.guard import ROOT, changes, form_token, give_cookie, parts_of, take_cookie, token_of, who
from handoff.web.fair import Purpose, fair_of
from handoff.web.our_pages import check_origin

_HERE = Path(__file__).parent.parent
templates = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True)

chat_pages = Blueprint("chat_pages", url_prefix=ROOT)
chat_pages.static("/static", _HERE / "static" / "chat", name="chat_static")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A phone line or text service that is open now. href: what a tap opens; by_contract: not every handset reaches it
    (WG-21).
    """

    name: str
    told: str
    href: str
    when: str
    by_contract: bool


def shown_lines(lines: Iterable[HelpLine], at: datetime) -> list[ShownLine]:
    """The open ones, as a page shows them."""
    found = []
    for line in open_lines(lines, at):
        until = line.hours.reception_until(at)
        found.append(
            ShownLine(
                name=line.name,
                told=line.number or line.url or "",
                href=f"tel:{line.number}" if line.number else line.url or "",
                when="24時間" if line.hours.always_open(at) or until is None else f"{until:%H:%M}まで",
                by_contract=line.without_contract is False,
            )
        )
    return found


@chat_pages.get("/", strict_slashes=False)
async def show(request: Request[Any, Any]) -> HTTPResponse:
    """The chat: its first screen, or the talk that this browser goes on with."""
    parts = parts_of(request)
    setting = parts.setting
    await setting.refresh()
    try:
        begins = takes_now(setting)
    except NotFound:
        return _page(request, "none.html", status=404)
    token = token_of(request)
    try:
        await who(request)
    except ChatOver:
        if not begins:
            return _page(request, "closed.html")
        response = _page(request, "chat.html", token="")
        if token is not None:
            take_cookie(response)
        return response
    return _page(request, "chat.html", token=form_token(token or ""))


def _page(request: Request[Any, Any], template: str, *, status: int = 200, **shown: Any) -> HTTPResponse:
    parts = parts_of(request)
    profile, now = parts.setting.profile, parts.read.now
    opening = profile.hours.next_opening(now)
    return html(
        templates.get_template(f"chat/{template}").render(
            service_name=profile.service_name,
            trouble=parts.setting.trouble,
            lines=shown_lines(profile.lines or (), now),
            text_lines=shown_lines(profile.lines_by_text or (), now),
            secrecy=profile.disclosure_notice(),
            trace=kept_in_words(profile.trace),
            clear_minutes=parts.read.clear_minutes,
            longest=LONGEST_TEXT,
            opening=None if opening is None else spoken_moment(opening, now),
            closure=profile.closure_words(now),
            coming=profile.coming_closure_words(now),
            reports=profile.channels.report.offered,
            policy=parts.setting.policy_number,
            **shown,
        ),
        status=status,
    )


@chat_pages.post("/start")
async def start(request: Request[Any, Any]) -> HTTPResponse:
    """Begin a chat in this browser; in a flood only after a little work. A chat that it has already goes on."""
    parts = parts_of(request)
    check_origin(request, parts.origin)
    token = token_of(request)
    try:
        await who(request)
    except ChatOver:
        await fair_of(request).check(request, Purpose.CHAT_START)
        agent = request.headers.get("user-agent", "")
        token = await parts.start(Visit(str(request.client_ip or ""), agent))
    response = json({"token": form_token(token or "")})
    give_cookie(response, token or "", secure=parts.origin.startswith("https:"))
    return response


@chat_pages.post("/leave")
async def leave(request: Request[Any, Any]) -> HTTPResponse:
    """``token``: close the chat for good. The page is gone already when this arrives."""
    visitor = await changes(request, read_form(request, None).get("token"))
    await parts_of(request).leave(visitor)
    request.app.ctx.chat_hub.end(visitor)
    response = empty()
    take_cookie(response)
    return response


@chat_pages.get("/away")
async def away(request: Request[Any, Any]) -> HTTPResponse:
    """A page that says nothing of where one comes from; this browser forgets the chat with it."""
    response = html(templates.get_template("chat/away.html").render())
    # Neither another site's link nor a browser that loads links ahead may take somebody's chat from them.
    ours = request.headers.get("sec-fetch-site") in (None, "same-origin", "none")
    ahead = "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", ""))
    if token_of(request) is not None and ours and not ahead:
        take_cookie(response)
    return response


def chat_trouble(request: Request[Any, Any], status: int, text: str) -> HTTPResponse:
    """A page for a child who has to know what to do next; the lines that are open stand on it."""
    try:
        return _page(request, "trouble.html", status=status, text=text)
    except StoreUnavailable:
        return html(text, status=status)
