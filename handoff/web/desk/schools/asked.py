"""What an address says of which schools are wanted, for the register and the cards alike."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from sanic import Request

from handoff.services.schools.read_register import Asked

LONGEST: Final = 60


def asked_of(request: Request[Any, Any]) -> Asked:
    """``q``: words or a code; ``type``; ``municipality``; ``closed``: also closed ones."""

    def told(name: str) -> str:
        return str(request.args.get(name, "")).strip()[:LONGEST]

    return Asked(told("q"), told("type"), told("municipality"), request.args.get("closed") is not None)


def query_of(asked: Asked) -> str:
    """The same as an address has it, without a mark before it; empty where nothing is asked."""
    told = {"q": asked.words, "type": asked.school_type, "municipality": asked.municipality}
    told |= {"closed": "1"} if asked.closed else {}
    return urlencode({name: value for name, value in told.items() if value})


def page_number(request: Request[Any, Any]) -> int:
    """``page``, from 1."""
    told = str(request.args.get("page", ""))
    return max(int(told), 1) if told.isascii() and told.isdigit() and len(told) < 6 else 1
