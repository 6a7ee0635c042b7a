"""The register as a file: one row a school, read whole or not at all, with every bad line named (KAG-5).

Pure: ``adapters.register_files`` makes lines of CSV or XLSX and the reverse. A row of a file can be wrong in many cells,
and a person who mends a file wants to hear of all of them at once.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from handoff.domain.school import SchoolEntry, folded_code
from handoff.domain.school_columns import (
    AS_OF,
    CODE,
    COLUMNS,
    GRADE_COLUMNS,
    NAME,
    REQUIRED,
    TOTAL,
    Draft,
    cells_of,
    clean,
    read_entry,
)

#: Schools of one file; the largest prefecture has about 4,000.
MOST_SCHOOLS: Final = 5_000
#: Letters of a cell.
LONGEST_CELL: Final = 1_000
#: Faults that a report tells one by one; of the others it names the lines.
SHOWN_FAULTS: Final = 200
#: Runs of bad lines that are named behind those; only a file that was made to have so many has more.
_MOST_RUNS: Final = 5_000
#: Other words for columns that people have in their own lists.
_OTHER_WORDS: Final = {"学校コード": CODE, "学校名": NAME, "名称": NAME, "よみ": "読み", "ふりがな": "読み"}
#: What a spreadsheet would take for a formula, also behind the mark that keeps it from that.
_RISKY: Final = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a file. number: as an editor or a spreadsheet counts it, from 1; named: places, from 0, of cells that are
    named already as what nobody can read, and that are empty here.
    """

    number: int
    cells: tuple[str, ...]
    named: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BadLine:
    """What is wrong where, and what to do. line: 0 for the file as a whole; column: its heading, or empty."""

    line: int
    column: str
    text: str

    @property
    def place(self) -> str:
        """Where, in words."""
        if self.line == 0:
            return "ファイル全体"
        return f"{self.line}行目" + (f"「{self.column}」" if self.column else "")


def further_lines(faults: Sequence[BadLine]) -> str:
    """The lines of what isn't shown any more, as 「102–151行目」, so that every bad line is named; empty without any.

    Args: faults: in the file's order.
    """
    runs: list[list[int]] = []
    for line in sorted({one.line for one in faults[SHOWN_FAULTS:]} - {0}):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    told = [str(first) if first == last else f"{first}–{last}" for first, last in runs[:_MOST_RUNS]]
    return f"{'、'.join(told)}行目{'ほか' if len(runs) > _MOST_RUNS else ''}" if told else ""


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """What a file tells: schools by their lines, in order, and all that is wrong, in the file's order."""

    drafts: tuple[Draft, ...]
    faults: tuple[BadLine, ...]


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``unguarded`` gives it back as it was."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """A cell without the mark that ``guarded`` put before it."""
    return text[1:] if _GUARDED.match(text) else text


def read_register(lines: Iterable[Line], faults: Sequence[BadLine] = ()) -> RegisterFile:
    """Read a file's lines, the first of them that isn't empty being the headings.

    Args: faults: what was wrong already with the file as such.
    """
    found, drafts = list(faults), list[Draft]()
    filled = (line for line in lines if any(cell.strip() for cell in line.cells))
    head = next(filled, None)
    if head is None:
        if not found:
            found.append(BadLine(0, "", "何も書かれていません。1行目に見出しを、2行目から学校を書いてください。"))
        return RegisterFile((), _in_order(found))
    columns = _columns(head, found)
    if columns is None:
        return RegisterFile((), _in_order(found))
    seen: dict[str, int] = {}
    for count, line in enumerate(filled, start=1):
        if count > MOST_SCHOOLS:
            text = f"{MOST_SCHOOLS:,}校より多い行があります。ここから先は読んでいません。ファイルを分けてください。"
            found.append(BadLine(line.number, "", text))
            break
        draft, wrong = _row(columns, line)
        first = seen.setdefault(draft.code, line.number) if draft.code else line.number
        if first != line.number:
            wrong.append(
                BadLine(
                    line.number, CODE, f"「{draft.code[:40]}」は{first}行目にもあります。どちらかを直してください。"
                )
            )
        found += wrong
        if not wrong:
            drafts.append(draft)
    if not drafts and not found:
        found.append(BadLine(0, "", "見出しだけで、学校が一つもありません。2行目から学校を書いてください。"))
    return RegisterFile(tuple(drafts), _in_order(found))


def _in_order(faults: Iterable[BadLine]) -> tuple[BadLine, ...]:
    return tuple(sorted(dict.fromkeys(faults), key=lambda one: one.line))


def _columns(head: Line, found: list[BadLine]) -> tuple[str | None, ...] | None:
    """Which column stands where; None where the file can't be read without knowing more."""
    columns: list[str | None] = []
    before = len(found)
    for cell in head.cells:
        told = re.sub(r"\s", "", unicodedata.normalize("NFKC", unguarded(clean(cell))))
        name = _OTHER_WORDS.get(told, told)
        if not name:
            columns.append(None)
            continue
        if name not in COLUMNS:
            found.append(
                BadLine(
                    head.number,
                    told[:30],
                    "この見出しは使えません。見出しは、ひな形のとおりにするか、列ごと消してください。",
                )
            )
        elif name in columns:
            found.append(BadLine(head.number, name, "同じ見出しが二つあります。一つにしてください。"))
        columns.append(name)
    for name in REQUIRED:
        if name not in columns:
            found.append(BadLine(head.number, name, "この見出しがありません。ひな形のとおりに、入れてください。"))
    return None if len(found) > before else tuple(columns)


def _row(columns: tuple[str | None, ...], line: Line) -> tuple[Draft, list[BadLine]]:
    cells: dict[str, str] = {}
    wrong = []
    for place, told in enumerate(line.cells):
        column = columns[place] if place < len(columns) else None
        if column is None:
            if told.strip():
                wrong.append(
                    BadLine(
                        line.number,
                        f"{place + 1}列目",
                        "見出しのない列に書いてあります。区切りや引用符を確かめてください。",
                    )
                )
        elif len(told) > LONGEST_CELL:
            wrong.append(BadLine(line.number, column, f"長すぎます（{len(told):,}文字）。短くしてください。"))
            cells[column] = ""
        else:
            cells[column] = unguarded(told)
    # A line may end early; what is missing at its end is empty.
    cells |= {column: "" for column in columns[len(line.cells) :] if column is not None}
    draft, faults = read_entry(cells)
    known = {one.column for one in wrong} | {columns[place] for place in line.named if place < len(columns)}
    if known & {*GRADE_COLUMNS.values(), AS_OF}:
        known |= {AS_OF, TOTAL}  # they are compared with what isn't known
    wrong += [BadLine(line.number, fault.column, fault.text) for fault in faults if fault.column not in known]
    return draft, wrong


def table_of(entries: Iterable[SchoolEntry]) -> list[tuple[str, ...]]:
    """The register as rows of cells, the headings first; with no entry it is the empty form."""
    rows = [tuple(COLUMNS)]
    for entry in entries:
        cells = cells_of(entry)
        rows.append(tuple(guarded(cells.get(column, "")) for column in COLUMNS))
    return rows


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a file in would do.

    Attributes: added, changed: entries as they will be; same: how many stay as they are; missing: codes of schools that are
    offered now and not in the file; closed: those of them that will be closed by it; namesakes: how many new ones are called
    like one that is offered now, in the same place: probably the same school under another code, counted twice from then on.
    """

    added: tuple[SchoolEntry, ...]
    changed: tuple[SchoolEntry, ...]
    same: int
    missing: tuple[str, ...]
    closed: tuple[SchoolEntry, ...]
    namesakes: int = 0

    @property
    def digest(self) -> str:
        """The same for the same change: what somebody agrees to is what is done."""
        told = repr((self.added, self.changed, self.missing))
        return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def plan_of(
    known: Mapping[str, SchoolEntry], drafts: Iterable[Draft], today: date, *, close_missing: bool = False
) -> Plan:
    """What a file's schools do to the register. Args: known: by code; close_missing: close what the file leaves out."""
    added, changed, same, told = list[SchoolEntry](), list[SchoolEntry](), 0, set[str]()
    for draft in drafts:
        told.add(folded_code(draft.code))
        before = known.get(draft.code)
        after = draft.onto(before)
        if before is None:
            added.append(after)
        elif after != before:
            changed.append(after)
        else:
            same += 1
    missing = [entry for code, entry in sorted(known.items()) if code not in told and entry.school.is_offered(today)]
    closed = [replace(one, school=replace(one.school, retired_on=today)) for one in missing] if close_missing else []
    names = {_called(entry) for entry in known.values() if entry.school.is_offered(today)}
    return Plan(
        tuple(added),
        tuple(changed),
        same,
        tuple(one.school.code for one in missing),
        tuple(closed),
        sum(_called(entry) in names for entry in added),
    )


def _called(entry: SchoolEntry) -> tuple[str, str]:
    return unicodedata.normalize("NFKC", entry.school.name), unicodedata.normalize("NFKC", entry.school.municipality)
