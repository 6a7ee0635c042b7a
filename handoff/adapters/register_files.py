"""The school register as CSV or XLSX, and back into lines; whatever a file tries, it is named by its line (KAG-5).

CSV is read as UTF-8, with or without its mark, or as Shift_JIS with Microsoft's letters, which Excel writes in Japan.
Workbooks are in ``register_workbooks``, which is loaded with the first of them: its library takes a fifth of a second.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from handoff.domain.school_columns import WIDEST
from handoff.domain.school_register import MOST_SCHOOLS, BadLine, Line, RegisterFile, read_register

#: Bytes of a file.
LARGEST_FILE: Final = 16 * 1024 * 1024
_JAPANESE: Final = re.compile(r"[ぁ-んァ-ヶ一-龥]")
#: What Python reads of bytes that are no letter in Shift_JIS, and the marks that no list of schools has.
_NO_LETTER: Final = re.compile(r"[\x00-\x08\x7f-\x9f\uf8f0-\uf8ff]")
_SAVE_AGAIN: Final = "Excelなら「CSV UTF-8」か「Excelブック（.xlsx）」で保存し直してください。"


def read_file(data: bytes) -> RegisterFile:
    """Read a register, CSV or XLSX by what the bytes are. It takes a moment: not for the event loop."""
    if not data:
        return RegisterFile((), (BadLine(0, "", "ファイルが空です。中身のあるファイルを選んでください。"),))
    if len(data) > LARGEST_FILE:
        return RegisterFile((), (BadLine(0, "", "ファイルが大きすぎます。学校の行だけにしてください。"),))
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from handoff.adapters.register_workbooks import read_workbook

        lines, faults = read_workbook(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        text = (
            "古いExcel（.xls）か、パスワードのかかったファイルです。パスワードをはずし、.xlsx で保存し直してください。"
        )
        lines, faults = [], [BadLine(0, "", text)]
    else:
        lines, faults = _csv(data)
    return read_register(lines, faults)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(data: bytes) -> tuple[list[Line], list[BadLine]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4096]:
        return [], [BadLine(0, "", f"文字の形（UTF-16など）が読めません。{_SAVE_AGAIN}")]
    text, faults = _decoded(data.removeprefix(codecs.BOM_UTF8))
    if faults:
        return [], faults
    lines: list[Line] = []
    before = 0
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return lines, faults
        except csv.Error:
            faults.append(
                BadLine(
                    before + 1,
                    "",
                    '引用符（"）が閉じていないか、まちがった所にあります。この行から先は読めません。直してください。',
                )
            )
            return lines, faults
        # A cell may go over several lines; the row is named by the first of them.
        number, before = before + 1, rows.line_num
        if len(lines) > MOST_SCHOOLS + 1:
            return lines, faults
        lines.append(Line(number, tuple(row[:WIDEST])))


def _decoded(data: bytes) -> tuple[str, list[BadLine]]:
    """The text, or the lines in which bytes are broken: by the encoding that reads most of the others."""
    try:
        text = data.decode("utf-8")
        return text, _garbled(text)
    except UnicodeDecodeError:
        broken = {encoding: _broken_lines(data, encoding) for encoding in ("utf-8", "cp932")}
    encoding = min(broken, key=lambda one: len(broken[one]))
    if not broken[encoding]:
        text = data.decode(encoding)
        return text, _garbled(text)
    name = {"utf-8": "UTF-8", "cp932": "Shift_JIS"}[encoding]
    told = f"文字が壊れています（{name}として読めません）。この行を入れ直してください。"
    return "", [BadLine(number, "", told) for number in broken[encoding]]


def _broken_lines(data: bytes, encoding: str) -> list[int]:
    lines = enumerate(re.split(rb"\r\n|\r|\n", data), start=1)
    return [number for number, line in lines if not _is_in(line, encoding)]


def _is_in(line: bytes, encoding: str) -> bool:
    """Whether a line's bytes are letters of an encoding. Nearly any bytes are some of Shift_JIS, Japanese in UTF-8, too."""
    try:
        text = line.decode(encoding)
        if encoding == "utf-8":
            return True
        if _NO_LETTER.search(text):
            return False
        return not _JAPANESE.search(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return error.encoding != encoding


def _garbled(text: str) -> list[BadLine]:
    """Lines that were broken before they came here: letters that were lost, or read in the wrong encoding."""
    found = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if "\ufffd" in line or _was_utf8(line) or _NO_LETTER.search(line):
            found.append(BadLine(number, "", f"文字化けしています。元のファイルを、{_SAVE_AGAIN}"))
    return found


def _was_utf8(line: str) -> bool:
    """Whether a line is UTF-8 that was taken for Shift_JIS (縺ｿ縺ｪ縺ｨ): read the other way it is Japanese."""
    for cell in re.split(r"[,\"]", line):
        if cell.isascii():
            continue
        try:
            other = cell.encode("cp932").decode("utf-8")
        except UnicodeError:
            continue
        if _JAPANESE.search(other):
            return True
    return False


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV; with the mark by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8")


def xlsx_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """A table as a workbook with one sheet."""
    from handoff.adapters.register_workbooks import workbook_bytes

    return workbook_bytes(rows)
