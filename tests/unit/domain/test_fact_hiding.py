"""What the board sees of small numbers: 「5未満」, and nothing from which a hidden number could be worked out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.domain.fact_hiding import SHOWN_FROM, Hidden, Shown, hidden_in, with_totals

TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 8), min_size=width, max_size=width), min_size=1, max_size=3)
)


def could_be(shown: Shown) -> list[set[int]]:
    """What somebody who sees a table finds out of its cells: for each, in order, every number that it can be."""
    height, width = len(shown) - 1, len(shown[0]) - 1
    most = max([one for row in shown for one in row if isinstance(one, int)], default=0) + SHOWN_FROM + 2
    choices = {Hidden.SMALL: range(1, SHOWN_FROM), Hidden.BESIDE: range(SHOWN_FROM, max(most, 12))}

    def fits(total: int, label: int | Hidden) -> bool:
        if isinstance(label, int):
            return total == label
        return (0 < total < SHOWN_FROM) == (label is Hidden.SMALL) and total > 0

    def rows_of(labels: Sequence[int | Hidden]) -> Iterator[tuple[int, ...]]:
        found: list[tuple[int, ...]] = [()]
        for label in labels[:width]:
            found = [(*row, one) for row in found for one in ([label] if isinstance(label, int) else choices[label])]
        yield from (row for row in found if fits(sum(row), labels[width]))

    # By the sums of the columns so far; what led there is told by the numbers that each cell had.
    ways: dict[tuple[int, ...], list[set[int]]] = {(0,) * width: []}
    for labels in shown[:height]:
        after: dict[tuple[int, ...], list[set[int]]] = {}
        for sums, before in ways.items():
            for row in rows_of(labels):
                key = tuple(a + b for a, b in zip(sums, row, strict=True))
                known = after.setdefault(key, [set() for _ in range(len(before) + width)])
                for cell, more in zip(known, [*before, *({one} for one in row)], strict=True):
                    cell |= more
        ways = after
    found = [set[int]() for _ in range(height * width)]
    for sums, cells in ways.items():
        if all(fits(one, label) for one, label in zip((*sums, sum(sums)), shown[height], strict=True)):
            for cell, more in zip(found, cells, strict=True):
                cell |= more
    return found


@settings(deadline=None, max_examples=150)
@given(TABLES)
def test_no_hidden_number_can_be_worked_out_from_what_is_shown(cells: list[list[int]]) -> None:
    shown = hidden_in(cells)
    if shown is None:
        return
    flat = [value for row in cells for value in row]
    labels = [one for row in shown[:-1] for one in row[:-1]]
    for true, label, found in zip(flat, labels, could_be(shown), strict=True):
        assert true in found
        assert isinstance(label, int) or len(found) > 1, (cells, shown)


@settings(deadline=None)
@given(TABLES)
def test_what_is_shown_is_true_and_small_numbers_never_are(cells: list[list[int]]) -> None:
    shown = hidden_in(cells)
    if shown is None:
        return
    for row, shown_row in zip(with_totals(cells), shown, strict=True):
        for value, label in zip(row, shown_row, strict=True):
            small = 0 < value < SHOWN_FROM
            assert (label is Hidden.SMALL) == small
            assert label in (value, Hidden.SMALL, Hidden.BESIDE)


def test_a_second_cell_of_row_and_column_is_hidden_too() -> None:
    assert hidden_in([[3, 9, 20], [8, 30, 40]]) == (
        (Hidden.SMALL, Hidden.BESIDE, 20, 32),
        (Hidden.BESIDE, Hidden.BESIDE, 40, 78),
        (11, 39, 60, 110),
    )


def test_a_table_without_small_numbers_is_shown_whole() -> None:
    assert hidden_in([[5, 0], [7, 9]]) == ((5, 0, 5), (7, 9, 16), (12, 9, 21))


@pytest.mark.parametrize("cells", [[[1, 1, 1, 1]], [[4, 0], [0, 1]]])
def test_where_the_labels_alone_would_tell_nothing_is_shown(cells: list[list[int]]) -> None:
    assert hidden_in(cells) is None


def test_nothing_counted_is_an_empty_table() -> None:
    assert hidden_in([]) == ((0,),)
