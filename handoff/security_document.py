"""docs/security.md: the threats, what must hold, and the tests that show it; ``make docs`` writes its table.

The rows come from ``data/security/threats.yml``; a test whose name begins with ``test_row_<number>_`` belongs to its row
by that name alone, so that a new one can't be forgotten here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from handoff.settings import ROOT

PAGE: Final = ROOT / "docs" / "security.md"
THREATS: Final = ROOT / "data" / "security" / "threats.yml"
TESTS: Final = ROOT / "tests"
_BEGIN: Final = "<!-- threats: written by `make docs` -->"
_END: Final = "<!-- end of threats -->"
_TEST: Final = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)
_ROW: Final = re.compile(r"test_row_(\d+)_")


@dataclass(frozen=True, slots=True)
class Threat:
    """One row. Attributes: ja, en: the threat and what must hold; tests: ``path::name``, sorted."""

    number: int
    ja: tuple[str, str]
    en: tuple[str, str]
    tests: tuple[str, ...]


def tests_of(folder: Path = TESTS) -> Iterator[str]:
    """Every test of the repository as ``tests/…/file.py::name``."""
    for path in sorted(folder.rglob("test_*.py")):
        place = path.relative_to(folder.parent).as_posix()
        for match in _TEST.finditer(path.read_text(encoding="utf-8")):
            yield f"{place}::{match[1]}"


def threats() -> list[Threat]:
    """The rows in order. Raises: ValueError: a row is incomplete, or names a test that isn't there."""
    there = set(tests_of())
    by_row: dict[int, set[str]] = {}
    for test in there:
        if match := _ROW.match(test.partition("::")[2]):
            by_row.setdefault(int(match[1]), set()).add(test)
    rows: list[Mapping[str, Any]] = yaml.safe_load(THREATS.read_text(encoding="utf-8"))
    if [row["number"] for row in rows] != list(range(1, 31)):
        raise ValueError("threats.yml: the rows 1 to 30, in order")
    if strangers := sorted(set(by_row) - set(range(1, 31))):
        raise ValueError(f"tests name rows that there are none of: {strangers}")
    found = []
    for row in rows:
        if missing := sorted(set(row["also"]) - there):
            raise ValueError(f"row {row['number']} names a test that isn't there: {missing[0]}")
        tests = tuple(sorted(by_row.get(row["number"], set()) | set(row["also"])))
        if not tests:
            raise ValueError(f"row {row['number']} has no test")
        (ja, holds_ja), (en, holds_en) = row["ja"], row["en"]
        found.append(Threat(row["number"], (ja, holds_ja), (en, holds_en), tests))
    return found


def table() -> str:
    """The generated part of the page, ending with a line feed. Raises: ValueError."""
    out = ["| # | 脅威 / threat | 守ること / must hold | 示す試験 / shown by |", "|---|---|---|---|"]
    for row in threats():
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in row.tests)
        out.append(f"| {row.number} | {row.ja[0]}<br>{row.en[0]} | {row.ja[1]}<br>{row.en[1]} | {tests} |")
    return "\n".join(out) + "\n"


def filled(page: str) -> str:
    """The page with its table as it has to be. Raises: ValueError: the page lacks the place for it."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("docs/security.md has no place for the table of threats")
    return f"{before}{_BEGIN}\n{table()}{_END}{after}"


def write() -> None:
    """Write the table into docs/security.md. Raises: ValueError."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
