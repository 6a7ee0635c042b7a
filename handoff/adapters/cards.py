"""Cards to hand out, one QR code a school, and the code as a picture for the screen.

The library that draws them takes a tenth of a second to load and is needed when somebody prints: not at every start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handoff.domain.school import School

#: How many stand on a sheet.
COLUMNS, ROWS = 2, 5
#: Modules of white that a code needs around it.
QUIET: Final = 4


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on one card. school: None for a card that names none; note: one short line, such as the hours."""

    service_name: str
    url: str
    school: School | None
    note: str = ""


def card_of(base: str, service_name: str, school: School | None, *, any_time: bool) -> Card:
    """A school's card. Args: base: where people reach the service, without a trailing slash."""
    url = f"{base}/report" if school is None else f"{base}/report/{school.code}"
    return Card(service_name, url, school, "24時間、いつでも書けます。" if any_time else "")


def modules_of(url: str) -> list[list[bool]]:
    """A code's rows; what is dark is true."""
    from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(url)
    code.make()
    size = code.getModuleCount()
    return [[bool(code.isDark(row, column)) for column in range(size)] for row in range(size)]


def qr_path(url: str) -> tuple[int, str]:
    """A code for a page: the side of its square in modules, the white around it included, and an SVG path of the dark ones."""
    rows = modules_of(url)
    path = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, modules in enumerate(rows)
        for column, dark in enumerate(modules)
        if dark
    )
    return len(rows) + 2 * QUIET, path


def cards_pdf(cards: Sequence[Card]) -> bytes:
    """A4 sheets of ten cards each, with marks to cut along."""
    from handoff.adapters.card_sheets import draw_sheets

    return draw_sheets(cards)
