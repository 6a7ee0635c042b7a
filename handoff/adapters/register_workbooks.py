"""The school register as a workbook (XLSX), and back into lines (KAG-5).

A workbook is read cell by cell as a stream, never as a whole: merged cells, formulas and sizes are looked at before,
because a file of a few kilobytes may say that it has seventeen thousand million cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from handoff.domain.school_columns import COLUMNS, WIDEST
from handoff.domain.school_register import LONGEST_CELL, MOST_SCHOOLS, SHOWN_FAULTS, BadLine, Line

#: Bytes of a workbook's parts when they are unpacked.
LARGEST_UNPACKED: Final = 32 * 1024 * 1024
MOST_PARTS: Final = 200
SHEET: Final = "学校"

_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"')
#: Types of cells that hold no value of anybody's.
_UNREAD: Final = {
    "f": "式が入っています。値だけにして（値の貼り付け）ください。",
    "e": "Excelのエラー（#N/Aなど）です。値を入れ直してください。",
}


class _NotReadable(Exception):
    """A workbook that isn't looked at any further; its text says why and what to do."""


def read_workbook(data: bytes) -> tuple[list[Line], list[BadLine]]:
    """The lines of its first sheet, and what is wrong with it as such."""
    try:
        _check_parts(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            sheet = book.worksheets[0]
            lines, faults = _cells(sheet)
            path = str(vars(sheet).get("_worksheet_path", "")).lstrip("/")
            lines, merged = _merged(data, path, lines)
            return lines, faults + merged
        finally:
            book.close()
    except _NotReadable as why:
        return [], [BadLine(0, "", str(why))]
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        IndexError,
        TypeError,
        AttributeError,
        EOFError,
        RuntimeError,  # zipfile's NotImplemented… too, for a way of packing that it doesn't know
        OverflowError,
        OSError,
    ):
        # Whatever a made-up workbook breaks in the reader, the person hears one thing.
        return [], [BadLine(0, "", "Excelのファイルとして開けません。Excelで開いて、.xlsx で保存し直してください。")]


def _check_parts(data: bytes) -> None:
    """Raises: _NotReadable: too much would come out of it, or it speaks of things outside. zipfile.BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        # What a part says of its size is all that is ever unpacked of it.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _NotReadable(
                "開くと大きくなりすぎるファイルです。学校の表だけを新しいブックに写して、保存し直してください。"
            )
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                content = archive.read(part)
                if b"<!" in content.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\0" in content:
                    raise _NotReadable(
                        "表のほかのもの（DTDなど）が入っていて、読めません。Excelで .xlsx に保存し直してください。"
                    )


def _cells(sheet: Any) -> tuple[list[Line], list[BadLine]]:
    lines: list[Line] = []
    faults: list[BadLine] = []
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    filled = 0
    for number, row in enumerate(sheet.iter_rows(max_col=WIDEST, max_row=10 * MOST_SCHOOLS), start=1):
        cells, named = [], set[int]()
        for place, cell in enumerate(row):
            if cell.data_type in _UNREAD:
                faults.append(BadLine(number, f"{get_column_letter(place + 1)}{number}", _UNREAD[cell.data_type]))
                named.add(place)
                cells.append("")
            else:
                cells.append(_text(cell.value))
        if any(cells):
            filled += 1
            lines.append(Line(number, tuple(cells), frozenset(named)))
            if filled > MOST_SCHOOLS + 1:
                break
    return lines, faults


def _text(value: Any) -> str:
    """A cell's value as somebody would have typed it."""
    match value:
        case None:
            return ""
        case bool():
            return "はい" if value else "いいえ"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case _:
            # A cell that is far too long is named as such, without carrying it along.
            return str(value)[: 2 * LONGEST_CELL]


def _merged(data: bytes, path: str, lines: Sequence[Line]) -> tuple[list[Line], list[BadLine]]:
    """The lines, and merged cells of the sheet. All but the first of a merged cell are empty, and nobody can know what was
    meant by them.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(path) if path in archive.namelist() else b""
    last = max(lines[-1].number if lines else 0, 1)
    covered: dict[int, set[int]] = {line.number: set() for line in lines}
    found = []
    for match in _MERGED.finditer(content):
        place = match[1].decode()
        left, top, right, bottom = range_boundaries(place)
        if not (left and top and right and bottom) or top > last:
            continue
        found.append(BadLine(top, place, "セルが結合されています。結合を解いて、どの行にも値を入れてください。"))
        if len(found) <= SHOWN_FAULTS:  # a file may have any number of them, over all lines
            for number in covered.keys() & range(top, bottom + 1):
                covered[number] |= set(range(left - 1, min(right, WIDEST))) - ({left - 1} if number == top else set())
    return [replace(line, named=line.named | covered[line.number]) for line in lines], found


def workbook_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """A table as a workbook with one sheet. Every cell is text, so that codes and telephone numbers stay as they are."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has its sheet
    sheet.title = SHEET
    for number, row in enumerate(_all_text(rows), start=1):
        for place, text in enumerate(row, start=1):
            if text:
                cell: Any = sheet.cell(number, place)
                cell.value = text
                cell.data_type = "s"  # never a formula, whatever it begins with
                cell.number_format = "@"
                if number == 1:
                    cell.font = Font(bold=True)
    sheet.freeze_panes = "D2"
    for place, column in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = 26 if "名" in column or "読み" in column else 11
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _all_text(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Rows without what XML can't carry."""
    for row in rows:
        yield [re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", text) for text in row]
