"""Backups: what a run came to, what a backup says it holds, and when people have to be told.

Pure. Two files belong together: the data, without the wrapped data keys, and the keys, of which only the newest file is
kept. Whoever destroys a data key has so disposed of what it sealed in every data file, once the keys are written again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from handoff.domain.errors import TsunagiError

#: Backups are made every day and checked every week; so much later somebody is told.
LATE: Final = timedelta(hours=49)
CHECK_LATE: Final = timedelta(days=8, hours=1)
#: Days for which wrapped data keys may be kept where the profile doesn't say.
KEYS_DAYS: Final = 7
#: A run that takes longer than this was ended without a word.
LONGEST_RUN: Final = timedelta(hours=12)


#: Emptied by a restore in earnest: nobody stays signed in.
CLEARED: Final = frozenset({"public.sign_ins"})


class RunKind(StrEnum):
    """What was run."""

    BACKUP = "backup"
    CHECK = "check"


class RunState(StrEnum):
    """What became of a run. It is ``done`` only when everything is done."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class BackupFault(StrEnum):
    """Why a run failed."""

    DATABASE = "database"
    DUMP = "dump"
    NO_SPACE = "no_space"
    WRITE = "write"
    KEY_FILE = "key_file"
    KILLED = "killed"
    ALREADY = "already"
    BROKEN = "broken"
    KEYS_MISSING = "keys_missing"
    RESTORE = "restore"
    ROWS_DIFFER = "rows_differ"
    CELLS_SHUT = "cells_shut"
    NOT_EMPTY = "not_empty"
    OTHER_DATABASE = "other_database"
    SCRATCH = "scratch"
    INTERNAL = "internal"


FAULT_WORDS: Final[Mapping[BackupFault, str]] = {
    BackupFault.DATABASE: "データベースにつながりません。動いているか、TSUNAGI_DATABASE_URL を確かめてください",
    BackupFault.DUMP: "pg_dump が失敗しました",
    BackupFault.NO_SPACE: "書き込む場所がいっぱいです",
    BackupFault.WRITE: "ファイルに書き込めません",
    BackupFault.KEY_FILE: "鍵のファイルを読めません",
    BackupFault.KILLED: "途中で止められました",
    BackupFault.ALREADY: "ほかのところで、同じことが動いています",
    BackupFault.BROKEN: "ファイルが壊れているか、書きかえられているか、鍵がちがいます",
    BackupFault.KEYS_MISSING: "鍵の控えがないか、データの控えより古いです",
    BackupFault.RESTORE: "pg_restore が失敗しました",
    BackupFault.ROWS_DIFFER: "戻したものが、控えを取ったときと合いません",
    BackupFault.CELLS_SHUT: "戻したものの封印を開けません",
    BackupFault.NOT_EMPTY: "戻す先のデータベースが空ではありません。何も変えていません",
    BackupFault.OTHER_DATABASE: (
        "記録の鍵の控えは、ほかのデータベースのものか、この鍵のファイルでは開けないものです。何も書きかえていません。"
        "その控えがもう要らないと確かめてから、`tsunagi backup --anew` を実行してください"
    ),
    BackupFault.SCRATCH: "試しに戻す場所を作れません",
    BackupFault.INTERNAL: "プログラムの誤りです",
}


class BackupFailed(TsunagiError):
    """A backup, its check or a restore failed; the message is one line for whoever runs the machine.

    Attributes: fault: why; more: where or with which exit code, never what somebody wrote.
    """

    code = "backup_failed"
    text = "バックアップが失敗しました。"

    def __init__(self, fault: BackupFault, more: str = "") -> None:
        super().__init__(f"{FAULT_WORDS[fault]}{f'（{more}）' if more else ''}。")
        self.fault = fault
        self.more = more


def fault_of(error: BaseException) -> BackupFault:
    """What to write down of a run that ended with an error; one that isn't an Exception came from outside."""
    if isinstance(error, BackupFailed):
        return error.fault
    return BackupFault.INTERNAL if isinstance(error, Exception) else BackupFault.KILLED


@dataclass(frozen=True, slots=True)
class TableSum:
    """rows: how many; digest: SHA-256 over the sorted SHA-256 of each row, hex."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a data file holds. version: of the schema; tables: by ``schema.name``, all whose rows are in it."""

    version: str
    tables: Mapping[str, TableSum]

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        return {"version": self.version, "tables": {k: [v.rows, v.digest] for k, v in self.tables.items()}}

    def without(self, tables: Collection[str]) -> Manifest:
        """The same but for some tables."""
        return Manifest(self.version, {name: one for name, one in self.tables.items() if name not in tables})

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Manifest:
        """Raises: KeyError, TypeError, ValueError: it isn't one."""
        tables = {str(name): TableSum(int(rows), str(digest)) for name, (rows, digest) in told["tables"].items()}
        return cls(str(told["version"]), tables)


def differences(expected: Manifest, found: Manifest) -> Sequence[str]:
    """The tables that aren't the same in both, each with what differs; empty: they are equal."""
    told = []
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        wanted, there = expected.tables.get(name), found.tables.get(name)
        if wanted == there:
            continue
        if wanted is None or there is None:
            told.append(f"{name}: {'表がありません' if there is None else '余分な表です'}")
        elif wanted.rows != there.rows:
            told.append(f"{name}: {wanted.rows}行のはずが{there.rows}行")
        else:
            told.append(f"{name}: 中身がちがいます")
    return told


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One run. Attributes: backup_id: the backup that was made or checked, None while a check doesn't know it;
    size: bytes of the data file; rows: of all its tables; times are real.
    """

    id: UUID
    kind: RunKind
    state: RunState
    real_started_at: datetime
    real_ended_at: datetime | None = None
    fault: BackupFault | None = None
    backup_id: UUID | None = None
    size: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How backups stand. Attributes: last, last_check: the newest run of its kind; done, checked: when the newest
    one that went well ended (real time); first: when the very first one went well.
    """

    last: BackupRun | None = None
    last_check: BackupRun | None = None
    done: datetime | None = None
    checked: datetime | None = None
    first: datetime | None = None

    def trouble(self, real_now: datetime) -> str | None:
        """The code of what somebody has to look after, None where all is well."""
        if _failed(self.last, real_now):
            return "backup_failed"
        if self.done is None:
            return "no_backup"
        if real_now - self.done > LATE:
            return "backup_late"
        if _failed(self.last_check, real_now):
            return "restore_check_failed"
        since = self.checked or self.first
        return "restore_check_late" if since is not None and real_now - since > CHECK_LATE else None


def _failed(run: BackupRun | None, real_now: datetime) -> bool:
    if run is None:
        return False
    stuck = run.state is RunState.RUNNING and real_now - run.real_started_at > LONGEST_RUN
    return stuck or run.state is RunState.FAILED
