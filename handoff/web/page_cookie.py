"""The one cookie of a part of the service, and what the pages of that browser send with each change."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from sanic import Request
from sanic.response import HTTPResponse


@dataclass(frozen=True, slots=True)
class PageCookie:
    """A secret of one browser, for the addresses below ``path``. purpose: keeps the forms of two parts apart."""

    name: str
    path: str
    purpose: bytes

    def token(self, request: Request[Any, Any]) -> str | None:
        """The secret of this browser."""
        told: str | None = request.cookies.get(self.name)
        return told

    def form_token(self, token: str) -> str:
        """What the pages of this browser hold; from it nobody gets back to the cookie."""
        return hashlib.sha256(self.purpose + token.encode()).hexdigest()

    def belongs(self, request: Request[Any, Any], told: str | None) -> bool:
        """Whether a change was asked by a page of this very browser. Args: told: the token that came with it."""
        mine = self.form_token(self.token(request) or "")
        return told is not None and hmac.compare_digest(told.encode(), mine.encode())

    def give(self, response: HTTPResponse, token: str, *, secure: bool) -> None:
        """Bind this browser until it's closed; no script can read it, no other site's request carries it."""
        response.add_cookie(self.name, token, path=self.path, httponly=True, samesite="Strict", secure=secure)

    def take(self, response: HTTPResponse) -> None:
        """Forget it."""
        response.delete_cookie(self.name, path=self.path)
