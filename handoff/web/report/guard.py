"""What keeps the report's pages to whoever holds their token: origin, small bodies; no cookie at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sanic import Request

from handoff.services.keep_trace import Visit
from handoff.web.form_key import random_key
from handoff.web.our_pages import check_origin, form_pairs
from handoff.web.report.parts import ReportParts

ROOT: Final = "/report"
#: Bytes of a form: its longest fields, each letter written as nine bytes of percent signs, and the rest.
LARGEST_FORM: Final = 256 * 1024
MOST_FIELDS: Final = 64
_DIGITS: Final = 8


def is_report(path: str) -> bool:
    """Whether an address belongs to the report's pages, whether or not there is anything."""
    return path == ROOT or path.startswith(ROOT + "/")


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
            return random_key(self.get("key"))
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
