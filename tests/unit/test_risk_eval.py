"""The risk screen keeps what it can: its figures on the evaluation sets, and the page that tells them."""

from __future__ import annotations

import re
from functools import cache

import pytest

from handoff.adapters.risk import open_screen
from handoff.risk_eval import CONCERN, CRITICAL, HIGH, NONE, SEEN, Judged, by_category, figures, read_sets
from handoff.risk_quality import PAGE, TOGETHER, measure, page
from handoff.settings import ROOT
from kernel.risk.screen import RiskScreen

#: What no change may fall below (or, for calm lines, rise above). Raise them with the screen, never lower them: a change
#: that needs a lower one makes the screen miss somebody.
FLOORS = {
    SEEN: {"seen": 0.98, "ranked": 0.98, "critical": 0.94, "calm_high": 0.0, "calm_raised": 0.07, "concern": 0.92},
    "risk_people": {
        "seen": 0.975,
        "ranked": 0.93,
        "critical": 0.95,
        "calm_high": 0.05,
        "calm_raised": 0.09,
        "concern": 0.88,
    },
    "risk_hard": {
        "seen": 0.89,
        "ranked": 0.82,
        "critical": 0.80,
        "calm_high": 0.36,
        "calm_raised": 0.48,
        "concern": 0.76,
    },
    TOGETHER: {"seen": 0.95, "ranked": 0.90, "critical": 0.92, "calm_high": 0.09, "calm_raised": 0.14, "concern": 0.86},
}


@cache
def screen() -> RiskScreen:
    return open_screen(ROOT / "data")


@cache
def measured() -> dict[str, list[Judged]]:
    return measure(screen())


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, floors in FLOORS.items() for key in floors])
def test_the_screen_stays_above_its_floors(name: str, key: str) -> None:
    found = figures(measured()[name])[key]
    value, floor = found.screen.value, FLOORS[name][key]
    assert value is not None
    if found.wanted:
        assert value >= floor, f"{name}: {found.name}: {value:.3f}"
    else:
        assert value <= floor, f"{name}: {found.name}: {value:.3f}"


def test_every_set_has_floors_and_enough_lines() -> None:
    sets = read_sets()
    assert set(sets) | {TOGETHER} == set(FLOORS)
    assert sum(len(lines) for name, lines in sets.items() if name != SEEN) >= 300


def test_the_screen_beats_the_keywords_by_far() -> None:
    found = figures(measured()[TOGETHER])
    seen, calm = found["seen"], found["calm_high"]
    assert (seen.screen.value or 0) > 3 * (seen.words.value or 0)
    assert (calm.screen.value or 0) < (calm.words.value or 0)


def test_the_page_of_figures_is_what_the_code_would_write_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(screen(), measured()), "make docs"


def test_the_page_says_plainly_which_goals_are_missed() -> None:
    content = page(screen(), measured())
    for found in figures(measured()[TOGETHER]).values():
        row = next((line for line in content.splitlines() if line.startswith(f"| {found.name} |")), "")
        assert ("**missed**" in row) == (found.met is False), row
    assert screen().version in content
    assert not re.search(r"20\d\d-\d\d|\d\d:\d\d", content), "a date would make the page stale by itself"


def test_the_page_quotes_no_line() -> None:
    content = page(screen(), measured())
    ids = [
        line["id"]
        for lines in read_sets().values()
        for line in lines
        if len(line["text"]) > 4 and line["text"] in content
    ]
    assert ids == []


# --- how figures are counted ------------------------------------------------------------------------------------


def one(level: int, found: int, *also: int, category: str = "suicide", by_words: int = NONE) -> Judged:
    return Judged(level, frozenset({level, *also}), category, found, (category,), by_words)


def test_a_level_that_a_careful_reader_could_defend_counts_as_right_but_not_strictly() -> None:
    found = figures([one(HIGH, CONCERN, CONCERN), one(CRITICAL, HIGH, HIGH), one(CRITICAL, CRITICAL)])
    assert (found["ranked"].screen.right, found["ranked"].strict.right) == (3, 2)
    assert (found["critical"].screen.right, found["critical"].strict.right) == (2, 1)


def test_a_calm_line_that_may_be_a_concern_is_no_false_alarm_below_high() -> None:
    found = figures([one(NONE, CONCERN, CONCERN), one(NONE, HIGH, CONCERN), one(NONE, NONE)])
    assert (found["calm_raised"].screen.right, found["calm_raised"].strict.right) == (1, 2)
    assert found["calm_high"].screen.right == 1


def test_goals_at_least_and_at_most() -> None:
    found = figures([one(HIGH, HIGH), one(NONE, HIGH)])
    assert found["seen"].met is True
    assert found["calm_high"].met is False
    assert found["concern"].met is None, "no goal, and nothing to count"


def test_keywords_count_as_high_and_mark_what_looks_dangerous() -> None:
    found = figures([one(NONE, NONE, by_words=HIGH), one(NONE, NONE), one(CRITICAL, CRITICAL, by_words=HIGH)])
    assert (found["calm_high"].words.right, found["critical"].words.right, found["seen"].words.right) == (1, 0, 1)
    assert (found["word_high"].screen.total, found["plain_high"].screen.total) == (1, 1)


def test_categories_count_urgent_lines_and_whether_they_are_named() -> None:
    wrong = Judged(HIGH, frozenset({HIGH}), "abuse", HIGH, ("violence",), NONE)
    rows = by_category([wrong, one(HIGH, NONE, category="abuse"), one(CONCERN, NONE, category="bullying")])
    assert [(row.category, row.seen.right, row.seen.total, row.named.right) for row in rows] == [("abuse", 1, 2, 1)]
