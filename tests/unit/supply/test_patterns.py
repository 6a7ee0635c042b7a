"""Our own rules for our own code (row 30): each finds its bad examples, none finds a good one, none finds our code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from supply.patterns import LOOKED_AT, Match, find

ROOT = Path(__file__).parents[3]
EXAMPLES = "data/supply/examples"
RULES = ROOT / "data" / "supply" / "patterns.yml"
SCANNER = ROOT / ".venv-scan" / "bin" / "semgrep"


@pytest.fixture(scope="module")
def matches() -> list[Match]:
    """Everything that the rules find in the code and in the examples: reading the rules once is the longest part."""
    assert SCANNER.exists(), "the scanner isn't set up: sh scripts/setup.sh scan"
    return find(SCANNER, ROOT, RULES, [*LOOKED_AT, EXAMPLES])


def expected(path: Path) -> set[tuple[str, int, str]]:
    """File, line and rule of each line of an example that names one."""
    named = re.compile(r"(?:#|//|<!--) ([a-z-]+)(?: -->)?$")
    return {
        (str(path.relative_to(ROOT)), number, match[1])
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := named.search(line))
    }


def test_row_30_each_rule_finds_its_bad_examples_and_nothing_else(matches: list[Match]) -> None:
    wanted = set().union(*(expected(path) for path in (ROOT / EXAMPLES).glob("bad.*")))
    assert {(one.file, one.line, one.rule) for one in matches if one.file.startswith(EXAMPLES)} == wanted
    assert {rule for _, _, rule in wanted} == {rule["id"] for rule in yaml.safe_load(RULES.read_text())["rules"]}


def test_row_30_our_code_holds_nothing_that_a_rule_forbids(matches: list[Match]) -> None:
    assert [one for one in matches if not one.file.startswith(EXAMPLES)] == []
