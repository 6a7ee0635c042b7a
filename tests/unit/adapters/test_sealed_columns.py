"""The list of sealed columns is the tables', neither more nor less."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

import pytest
from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, LargeBinary, Numeric, Uuid

from handoff.adapters import database
from handoff.adapters.database import clear_columns
from handoff.adapters.database.clear_columns import CLEAR_COLUMNS
from handoff.adapters.database.sealed_columns import SEALED_TABLES
from handoff.adapters.database.tables import Base
from handoff.domain.kept import Kept

#: Wrapped, not sealed: the data keys themselves.
WRAPPED = {("data_keys", "wrapped")}
#: Of these types nobody makes words. Bytes are sealed, or a hash: the first test says which.
WORDLESS = (Boolean, Date, DateTime, Float, Integer, LargeBinary, Numeric, Uuid)


@pytest.fixture(autouse=True)
def _all_tables() -> None:
    for module in pkgutil.iter_modules(database.__path__):
        if module.name.endswith("tables"):
            importlib.import_module(f"{database.__name__}.{module.name}")


def test_row_22_every_sealed_column_is_in_the_list_and_no_other() -> None:
    # A keyed hash has its length; what is sealed has none.
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.type.length is None
    }
    listed = Counter((table.name, column) for table in SEALED_TABLES for column in table.columns)
    assert set(listed) == there - WRAPPED
    assert set(listed.values()) == {1}


def test_each_has_an_owner_that_fits_its_kind() -> None:
    for table in SEALED_TABLES:
        if table.kind is Kept.HOUSE:
            assert (table.session, table.contact) == (None, None), table.name
        elif table.kind is Kept.CONTACT:
            assert table.session is None and table.contact is not None, table.name
        else:
            assert table.session is not None, table.name


def test_row_21_every_column_that_could_hold_words_in_the_clear_has_a_reason() -> None:
    """Whoever adds one seals it, or says in ``clear_columns`` why not."""
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not isinstance(column.type.item_type if isinstance(column.type, ARRAY) else column.type, WORDLESS)
    }
    assert len(there) > 150
    assert set(CLEAR_COLUMNS) == there


def test_row_21_each_column_has_one_reason() -> None:
    listed = Counter(
        (table, column)
        for tables in clear_columns._BY_REASON.values()
        for table, columns in tables.items()
        for column in columns
    )
    assert [column for column, times in listed.items() if times > 1] == []
