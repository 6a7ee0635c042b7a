"""What the chat's scripts get: plain JSON; words are set as text by the page, never as HTML."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handoff.domain.chat import ChatLine, ChatStatus
from handoff.domain.hours import ZONE
from handoff.services.chat.read_chat import ChatNews, ReadChat

type Json = dict[str, Any]


def when(at: datetime) -> str:
    """A moment for the scripts: ISO in Japan's time."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def line_json(line: ChatLine) -> Json:
    """One line. by: ``me``, ``bot`` or ``person``; key: the page's own name for a line of its student's."""
    mine = line.author == "student"
    return {
        "id": str(line.id),
        "by": "me" if mine else "bot" if line.author == "bot" else "person",
        "name": line.sender,
        "text": line.text,
        "buttons": list(line.buttons),
        "at": when(line.at),
        "key": line.key,
    }


def status_json(status: ChatStatus, read: ReadChat) -> Json:
    """How far the chat is. clears_in: seconds until the view is emptied further."""
    return {"state": status.state, "clears_in": read.clears_in(status)}


def news_json(news: ChatNews, read: ReadChat, place: str) -> Json:
    """What a page didn't have. Args: place: how far it has seen then."""
    return {
        "place": place,
        "lines": [line_json(line) for line in news.lines],
        "status": status_json(news.status, read),
        **({} if news.keep is None else {"keep": sorted(news.keep)}),
    }
