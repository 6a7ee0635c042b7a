"""The schools of a profile: ``data/schools/<profile id>.csv`` with the columns code, name and school_type."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from handoff.domain.errors import ConfigurationError
from handoff.domain.profile.vocabulary import SchoolType
from handoff.domain.school import School, is_school_code

COLUMNS: Final = ("code", "name", "school_type")
_LONGEST_NAME: Final = 60


@cache
def load_schools(folder: Path, profile_id: str) -> Mapping[str, School]:
    """The profile's schools by their codes, in the file's order; none where there is no file.

    Lines that begin with ``#`` are remarks. Raises: ConfigurationError: names file, line and remedy.
    """
    path = folder / f"{profile_id}.csv"
    if not path.is_file():
        return MappingProxyType({})
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ConfigurationError(f"{path.name}: 1行目を「{','.join(COLUMNS)}」にしてください。")
    schools: dict[str, School] = {}
    for number, row in enumerate(rows, start=1):
        fault = _fault(row, schools)
        if fault is not None:
            raise ConfigurationError(f"{path.name}: {number}校目: {fault}")
        schools[row["code"]] = School(row["code"], row["name"].strip(), row["school_type"])
    return MappingProxyType(schools)


def _fault(row: dict[str, str | None], known: Mapping[str, School]) -> str | None:
    code, name, kind = (row.get(column) or "" for column in COLUMNS)
    if not is_school_code(code):
        return f"code「{code}」は使えません。英小文字と数字とハイフンで、32文字までにしてください。"
    if code in known:
        return f"code「{code}」が二度あります。"
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        return f"name は1文字から{_LONGEST_NAME}文字までにしてください。"
    if kind not in set(SchoolType):
        return f"school_type「{kind}」は使えません。"
    return None
