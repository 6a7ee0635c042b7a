"""What keeps the report's pages to whoever holds their token: origin, small bodies, strict headers; no cookie at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.response import BaseHTTPResponse

from handoff.services.keep_trace import Visit
from handoff.web.our_pages import PAGE_HEADERS, check_origin, form_pairs
from handoff.web.report.parts import ReportParts

ROOT: Final = "/report"
#: Bytes of a form: its longest fields, each letter written as nine bytes of percent signs, and the rest.
LARGEST_FORM: Final = 256 * 1024
MOST_FIELDS: Final = 64
_DIGITS: Final = 8
_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    **PAGE_HEADERS,
}


def is_report(path: str) -> bool:
    """Whether an address belongs to the report's pages, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


async def add_headers(request: Request[Any, Any], response: BaseHTTPResponse) -> None:
    """Middleware of the whole app, so that errors get the headers as well."""
    if is_report(request.path):
        response.headers.update(_HEADERS)


def parts_of(request: Request[Any, Any]) -> ReportParts:
    parts: ReportParts = request.app.ctx.parts.report
    return parts


@dataclass(frozen=True, slots=True)
class Form:
    """What a page of ours sent. Line ends are single line feeds."""

    fields: Mapping[str, Sequence[str]]

    def get(self, name: str) -> str:
        """The last value of a field; empty where there is none."""
        values = self.fields.get(name)
        return values[-1] if values else ""

    def all(self, name: str) -> Sequence[str]:
        return self.fields.get(name, ())

    @property
    def token(self) -> str:
        return self.get("token")

    @property
    def key(self) -> UUID | None:
        """Of the page that sent it; None for one without any."""
        try:
            return UUID(self.get("key"))
        except ValueError:
            return None

    @property
    def turn(self) -> int | None:
        """Which of the visit's requests it is, as its pages count them; None where none of them did."""
        told = self.get("turn")
        return int(told) if told.isascii() and told.isdigit() and len(told) <= _DIGITS else None


def read_form(request: Request[Any, Any]) -> Form:
    """Read a form that a page of ours sent. Raises: Forbidden (another site's), PayloadTooLarge, BadRequest."""
    check_origin(request, parts_of(request).origin)
    fields: dict[str, list[str]] = {}
    for name, value in form_pairs(request, largest=LARGEST_FORM, most_fields=MOST_FIELDS):
        fields.setdefault(name, []).append(value)
    return Form(fields)


def visit_of(request: Request[Any, Any]) -> Visit:
    """Where a request comes from, as far as it says; the profile decides whether any of it is kept."""
    return Visit(request.client_ip, request.headers.get("user-agent", ""))
