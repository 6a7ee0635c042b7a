"""Hide small numbers of a table so that nobody can work them out from what is shown (education 1–4 → 「5未満」). Pure.

Rows, columns and totals are one table whose last row and column are the totals, and whose equations are: each row, and
each column, of it adds up. A cell from 1 to 4 is *small* and never shown. It stands at a corner of a rectangle of four
hidden cells, and one more or fewer at the corners, in turn, changes no total that is shown, and keeps every hidden cell
within what its label says of it: so the table that is shown is also that of another number there, and nobody can tell
which one is true. Where there is no such rectangle nothing of the table is shown, not even what it doesn't count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

#: From this number on a cell is shown (the board's own statements; outside them it is 10).
SHOWN_FROM: Final = 5


class Hidden(StrEnum):
    """What stands in a hidden cell."""

    SMALL = "small"  # 1 to 4
    BESIDE = "beside"  # 5 or more, hidden so that a small one can't be worked out


#: The table with its totals as the last row and column; a hidden cell says why.
type Shown = tuple[tuple[int | Hidden, ...], ...]
type _Cell = tuple[int, int]


def with_totals(cells: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """A table with its totals as the last row and column; of one without rows or columns a single nought."""
    rows = [(*row, sum(row)) for row in cells]
    width = len(rows[0]) if rows else 1
    return (*rows, tuple(sum(row[column] for row in rows) for column in range(width)))


def hidden_in(cells: Sequence[Sequence[int]]) -> Shown | None:
    """The table, its totals last, as somebody may see it who must not see small numbers; None where nothing may be seen."""
    table = with_totals(cells)
    hidden = {(i, j) for i, row in enumerate(table) for j, value in enumerate(row) if 0 < value < SHOWN_FROM}
    protected: set[_Cell] = set()
    for cell in sorted(hidden, key=lambda one: table[one[0]][one[1]]):
        if cell in protected:
            continue
        best = min(_rectangles(table, cell), key=lambda four: _cost(table, four, hidden), default=None)
        if best is None:
            return None
        hidden |= set(best)
        protected |= set(best)
    return tuple(
        tuple(_label(value) if (i, j) in hidden else value for j, value in enumerate(row))
        for i, row in enumerate(table)
    )


def _label(value: int) -> Hidden:
    return Hidden.SMALL if value < SHOWN_FROM else Hidden.BESIDE


def _rectangles(table: Sequence[Sequence[int]], cell: _Cell) -> Iterator[tuple[_Cell, _Cell, _Cell, _Cell]]:
    """Four corners, this cell the first, that can all move by one without a total's, or a label's, being wrong."""
    i, j = cell
    for k, row in enumerate(table):
        for m in range(len(row)):
            if k == i or m == j:
                continue
            four = (cell, (i, m), (k, m), (k, j))
            if any(_moves(table, four, step) for step in (1, -1)):
                yield four


def _moves(table: Sequence[Sequence[int]], four: Sequence[_Cell], step: int) -> bool:
    bottom, right = len(table) - 1, len(table[0]) - 1
    for number, (i, j) in enumerate(four):
        # A total moves with its row or column, not against it; the total of all moves against neither.
        way = step * (-1) ** number * (-1 if (i == bottom) != (j == right) else 1)
        before = table[i][j]
        if before == 0 or before + way == 0 or _label(before) is not _label(before + way):
            return False
    return True


def _cost(table: Sequence[Sequence[int]], four: Sequence[_Cell], hidden: set[_Cell]) -> tuple[int, int]:
    """How much is hidden for it: totals are the dearest, then what is large."""
    bottom, right = len(table) - 1, len(table[0]) - 1
    new = [(i, j) for i, j in four if (i, j) not in hidden]
    return sum(1 for i, j in new if i == bottom or j == right), sum(table[i][j] for i, j in new)
