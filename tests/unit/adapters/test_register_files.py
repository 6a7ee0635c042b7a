"""Files of the register as boards have them, and as somebody hostile makes them (KAG-5): read, or named by line."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from handoff.adapters.register_files import csv_bytes, read_file, xlsx_bytes
from handoff.domain.school import pupils_by_type
from handoff.domain.school_columns import COLUMNS
from handoff.domain.school_register import plan_of, table_of
from handoff.settings import ROOT
from tests.support.registers import DEMO, whole

HEAD = "コード,正式名称,校種,市町村,人数の基準日,中1"
ONE = "ab12,みなも市立第一中学校,中学校,みなも市,2026-05-01,30"


def text(*lines: str) -> str:
    return "\n".join([HEAD, *lines]) + "\n"


def faults(data: bytes) -> list[tuple[int, str]]:
    file = read_file(data)
    assert file.faults
    return [(one.line, one.text) for one in file.faults]


# --- CSV ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_utf_8_with_and_without_its_mark_and_shift_jis_are_read(encoding: str, end: str) -> None:
    file = read_file(text(ONE, "cd34,髙﨑中学校,中学校,①町,,").replace("\n", end).encode(encoding))
    assert file.faults == ()
    first, second = (one.onto(None) for one in file.drafts)
    assert first.school.name == "みなも市立第一中学校" and first.enrolments[0].total == 30
    assert (second.school.name, second.school.municipality) == ("髙﨑中学校", "①町")


def test_broken_bytes_are_named_by_line_in_the_encoding_of_the_others() -> None:
    lines = text(ONE, "cd34,うみ中学校,中学校,,,", "ef56,やま中学校,中学校,,,").encode().split(b"\n")
    lines[2] += b"\xe3\x81"
    assert [line for line, _text in faults(b"\n".join(lines))] == [3]
    lines = text(ONE, "cd34,うみ中学校,中学校,,,", "ef56,やま中学校,中学校,,,").encode("cp932").split(b"\n")
    lines[1] += b"\xfd\xff"
    lines[3] += b"\x81"
    found = faults(b"\n".join(lines))
    assert [line for line, _text in found] == [2, 4] and all("Shift_JIS" in told for _line, told in found)


def test_letters_that_were_broken_before_are_named_by_line() -> None:
    garbled = "うみ中学校".encode().decode("cp932", "replace")
    assert [line for line, _text in faults(text(ONE, "cd34,う\ufffdみ中学校,中学校,,,").encode())] == [3]
    assert [line for line, _text in faults(text(ONE, f"cd34,{garbled},中学校,,,").encode())] == [3]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused_with_what_to_do(encoding: str) -> None:
    ((line, told),) = faults(text(ONE).encode(encoding))
    assert line == 0 and "CSV UTF-8" in told


def test_quotes_over_lines_and_quotes_that_never_end() -> None:
    file = read_file(text('ab12,"みなも市立\n第一中学校",中学校,"a, b",,', "cd34,うみ中学校,中学校,,,-3").encode())
    assert [(one.line, one.column) for one in file.faults] == [(4, "中1")], "lines are those of the file"
    assert file.drafts[0].told["name"] == "みなも市立 第一中学校" and file.drafts[0].told["municipality"] == "a, b"
    ((line, told),) = faults(text(ONE, 'cd34,"うみ中学校,中学校,,,').encode())
    assert line == 3 and "引用符" in told


def test_a_file_of_ten_thousand_lines_and_a_huge_cell() -> None:
    file = read_file(text(*(f"s{n},第{n}中学校,中学校,,," for n in range(10_000))).encode())
    assert [one.line for one in file.faults] == [5002] and "5,000校より多い" in file.faults[0].text
    assert [line for line, _text in faults(text(f"ab12,{'あ' * 2_000},中学校,,,").encode())] == [2]
    assert [line for line, _text in faults(text(ONE, f"cd34,{'あ' * 200_000},中学校,,,").encode())] == [3]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "空です"),
        (b"\n\n", "何も書かれていません"),
        (b"\xef\xbb\xbf", "何も書かれていません"),
        (text().encode(), "学校が一つもありません"),
        (ONE.encode(), "見出し"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "古いExcel"),
        (b"PK\x03\x04" + b"x" * 600, "Excelのファイルとして開けません"),
    ],
)
def test_what_is_no_register_says_so(data: bytes, told: str) -> None:
    assert told in "".join(text for _line, text in faults(data))
    assert read_file(data).drafts == ()


@settings(max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([b"", HEAD.encode() + b"\n", b"PK\x03\x04"]))
def test_whatever_the_bytes_are_the_reader_answers(data: bytes, before: bytes) -> None:
    file = read_file(before + data)
    assert file.faults or file.drafts


# --- XLSX -----------------------------------------------------------------------------------------------------------


def book(change: Callable[[Any], None], *rows: list[Any]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in [HEAD.split(","), *rows]:
        sheet.append(row)
    change(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


ROW = ["ab12", "みなも市立第一中学校", "中学校", "みなも市", datetime(2026, 5, 1), 30]


def test_a_workbook_as_people_make_it() -> None:
    def nothing(sheet: Any) -> None:
        sheet.parent.create_sheet("覚え書き").append(["これは学校ではありません"])

    file = read_file(book(nothing, ROW, [None] * 6, [12345, "うみ中学校", "中学校", None, "2026/5/1", 30.0]))
    assert file.faults == ()
    first, second = (one.onto(None) for one in file.drafts)
    assert first.enrolments == second.enrolments and first.enrolments[0].total == 30
    assert second.school.code == "12345"


def test_merged_cells_formulas_errors_and_fractions_are_named_by_line() -> None:
    def spoil(sheet: Any) -> None:
        sheet.merge_cells("D2:D3")
        sheet["F4"] = "=SUM(F2:F3)"
        sheet["F5"] = "#N/A"
        sheet["F5"].data_type = "e"
        sheet["F6"] = 12.5
        sheet["F7"] = -3

    rows = [[f"s{n}", *ROW[1:]] for n in range(6)]
    found = read_file(book(spoil, *rows)).faults
    told = {(one.line, one.column): one.text for one in found}
    assert "結合" in told[2, "D2:D3"] and "式" in told[4, "F4"] and "エラー" in told[5, "F5"]
    assert "小数" in told[6, "中1"] and "負の数" in told[7, "中1"]


def test_a_formula_s_result_is_never_taken_and_nothing_is_run() -> None:
    def hostile(sheet: Any) -> None:
        sheet["B2"] = '=HYPERLINK("http://attacker.example","x")'

    line, told = next(one for one in faults(book(hostile, ROW)) if "式が" in one[1])
    assert line == 2 and "attacker" not in told


def test_a_cell_that_nobody_can_read_is_named_once() -> None:
    """In a required column it isn't called empty as well, nor is a date missing that is there and unread."""

    def spoil(sheet: Any) -> None:
        for place in ("A2", "B2", "C2", "E3", "F4"):
            sheet[place] = "=A1"
        sheet.merge_cells("A5:B6")
        sheet["C6"] = "大きい学校"

    found = read_file(book(spoil, *([f"s{n}", *ROW[1:]] for n in range(6)))).faults
    assert [(one.line, one.column) for one in found] == [
        *((2, place) for place in ("A2", "B2", "C2")), (3, "E3"), (4, "F4"), (5, "A5:B6"), (6, "校種"),
    ]  # fmt: skip


def packed(**parts: bytes) -> bytes:
    """A good workbook with some of its parts replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book(lambda _sheet: None, ROW))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in good.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            made.writestr(name, parts.get(key, good.read(name)))
        for name, data in parts.items():
            if name.startswith("more"):
                made.writestr(f"xl/{name}.bin", data)
    return out.getvalue()


_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"more": b"\0" * 40_000_000}, "大きくなりすぎる"),
        ({"sheet1": b'<!DOCTYPE x [<!ENTITY a "b">]>' + _SHEET + b"<sheetData/></worksheet>"}, "DTD"),
        ({"sheet1": _SHEET.decode().encode("utf-16")}, "DTD"),
        ({"sheet1": b"<worksheet"}, "開けません"),
        ({"workbook": b"<x/>"}, "開けません"),
        ({"sheet1": _SHEET + b'<dimension ref="A1:XFD1048576"/><sheetData/></worksheet>'}, "何も書かれていません"),
        ({f"more{n}": b"x" for n in range(250)}, "大きくなりすぎる"),
    ],
)
def test_hostile_workbooks_are_refused_at_once(parts: dict[str, bytes], told: str) -> None:
    data, began = packed(**parts), time.monotonic()
    assert told in "".join(text for _line, text in faults(data))
    assert time.monotonic() - began < 20


def test_one_merged_cell_over_the_whole_sheet_and_a_row_at_its_end() -> None:
    """openpyxl itself would make seventeen thousand million cells of this."""
    rows = b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    found = faults(packed(sheet1=_SHEET + rows + merged + b"</worksheet>"))
    assert (1, "セルが結合されています。結合を解いて、どの行にも値を入れてください。") in found


# --- out and in again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [csv_bytes, xlsx_bytes])
def test_the_demo_s_prefecture_goes_out_and_comes_in_unchanged(write: Callable[[Any], bytes]) -> None:
    """500 schools and 71,400 pupils of an invented prefecture; its telephones are no one's."""
    assert whole().faults == ()
    known = {one.code: one.onto(None) for one in whole().drafts}
    day = known["cgmzgd"].enrolments[0].as_of
    counted = pupils_by_type(known.values(), day)
    assert sum(number for number, _pupils in counted.values()) == 500
    assert sum(pupils for _number, pupils in counted.values()) == 71_400
    city = [one for one in known.values() if one.school.municipality == "つなぎ市"]
    assert sum(one.enrolments[0].total for one in city if one.enrolments) == 9_520, "as the profile counts"
    assert all(person.telephone.startswith("0000-") for one in known.values() for person in one.contacts)
    file = read_file(write(table_of(known.values())))
    assert file.faults == () and len(write(table_of(known.values()))) < 1024 * 1024
    plan = plan_of(known, file.drafts, day)
    assert (plan.added, plan.changed, plan.missing, plan.same) == ((), (), (), 501)
    assert DEMO.is_relative_to(ROOT)


def test_no_cell_of_a_file_is_a_formula() -> None:
    rows = [tuple(COLUMNS), ("'=1+1", "=1+1", "@x")]
    assert b"\xef\xbb\xbf" == csv_bytes(rows)[:3]
    sheet = load_workbook(io.BytesIO(xlsx_bytes(rows))).active
    assert sheet is not None and {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
