"""Cards to hand out, drawn: a PDF of A4 sheets to cut.

Japanese is set in a font that PDF readers bring themselves, so that the file stays small and no font is shipped.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from handoff.adapters.cards import COLUMNS, QUIET, ROWS, Card, modules_of

FONT: Final = "HeiseiKakuGo-W5"
#: Millimetres of a card as wallets in Japan take it.
WIDE, HIGH = 91.0, 55.0
_QR: Final = 31.0
_PAD: Final = 5.0
_INK, _SOFT, _LEAF, _CUT = HexColor("#2b2a27"), HexColor("#5b584f"), HexColor("#2a6555"), HexColor("#8a857a")
HEADLINE: Final = ("名前を書かなくても、", "いじめを知らせることが", "できます")
#: Where a sheet's first card begins, from the left and from the top.
_LEFT: Final = (A4[0] / mm - COLUMNS * WIDE) / 2
_TOP: Final = (A4[1] / mm - ROWS * HIGH) / 2


def draw_sheets(cards: Sequence[Card]) -> bytes:
    """A4 sheets of ten cards each, with marks to cut along."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle("知らせるカード")
    for first in range(0, len(cards), COLUMNS * ROWS):
        _cut_marks(canvas)
        for place, card in enumerate(cards[first : first + COLUMNS * ROWS]):
            row, column = divmod(place, COLUMNS)
            canvas.saveState()
            canvas.translate((_LEFT + column * WIDE) * mm, A4[1] - (_TOP + (row + 1) * HIGH) * mm)
            _draw(canvas, card)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _cut_marks(canvas: Canvas) -> None:
    """Short lines outside the cards, where they are cut."""
    canvas.setStrokeColor(_CUT)
    canvas.setLineWidth(0.25)
    bottom, top = A4[1] - (_TOP + ROWS * HIGH) * mm, A4[1] - _TOP * mm
    for column in range(COLUMNS + 1):
        x = (_LEFT + column * WIDE) * mm
        canvas.line(x, top + 2 * mm, x, top + 6 * mm)
        canvas.line(x, bottom - 2 * mm, x, bottom - 6 * mm)
    left, right = _LEFT * mm, (_LEFT + COLUMNS * WIDE) * mm
    for row in range(ROWS + 1):
        y = A4[1] - (_TOP + row * HIGH) * mm
        canvas.line(left - 2 * mm, y, left - 6 * mm, y)
        canvas.line(right + 2 * mm, y, right + 6 * mm, y)


def _draw(canvas: Canvas, card: Card) -> None:
    room = WIDE - _QR - 3 * _PAD
    _text(canvas, card.service_name, _PAD, HIGH - 9, 8, room + _QR + _PAD, _SOFT)
    for number, line in enumerate(HEADLINE):
        _text(canvas, line, _PAD, HIGH - 18 - 5.6 * number, 11.5, room, _INK)
    if card.school is not None:
        _text(canvas, card.school.name, _PAD, 17.5, 8, room, _LEAF)
    _text(canvas, card.note, _PAD, 13.2, 7, room, _SOFT)
    _text(canvas, card.url, _PAD, 7.2, 7, WIDE - 2 * _PAD, _INK)
    host = urlsplit(card.url).netloc
    _text(canvas, f"{host} とちがうアドレスが開いたら、使わないでください。", _PAD, 3.6, 5, WIDE - 2 * _PAD, _SOFT)
    rows = modules_of(card.url)
    side = _QR / (len(rows) + 2 * QUIET)
    left, top = WIDE - _PAD - _QR + QUIET * side, HIGH - 12 - QUIET * side
    canvas.setFillColor(HexColor("#000000"))
    for row, modules in enumerate(rows):
        for column, dark in enumerate(modules):
            if dark:
                # A hair larger than its place, so that no white line stands between two of them.
                x, y = (left + column * side) * mm, (top - (row + 1) * side) * mm
                canvas.rect(x, y, side * mm + 0.02, side * mm + 0.02, stroke=0, fill=1)


def _text(canvas: Canvas, text: str, x: float, y: float, size: float, room: float, colour: HexColor) -> None:
    """One line, smaller where it wouldn't fit otherwise. Millimetres, but for the size."""
    if not text:
        return
    wide = pdfmetrics.stringWidth(text, FONT, size) / mm
    canvas.setFont(FONT, size if wide <= room else size * room / wide)
    canvas.setFillColor(colour)
    canvas.drawString(x * mm, y * mm, text)
