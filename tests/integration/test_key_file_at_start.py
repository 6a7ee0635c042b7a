"""A process that hasn't got its key file starts nothing: one line that says so, and not a byte is changed."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path

from handoff.adapters.backups.database import connected, manifest_of
from handoff.domain.backup import Manifest
from handoff.settings import ROOT
from kernel.sealing import ensure_key_file
from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.conftest import Database
from tests.support.sites import free_port

#: What else the processes have to be told; nobody answers there.
TOLD = {
    "LINE_CHANNEL_SECRET": "s",
    "LINE_CHANNEL_ACCESS_TOKEN": "t",
    "LINE_API_URL": "http://127.0.0.1:9",
    "TSUNAGI_RASA_TOKEN": "a-token-of-the-tests",
    "TSUNAGI_RASA_URL": "http://127.0.0.1:9",
}
COMMANDS = ("serve", "worker")


def key_files(folder: Path) -> dict[str, Path]:
    """What is wrong, and the file of which it is. A folder in its place is as unreadable for root as for anybody."""
    found = {what: folder / f"{what}.key" for what in ("missing", "another", "unreadable", "broken")}
    ensure_key_file(found["another"])
    found["unreadable"].mkdir()
    found["broken"].write_text('{"active": "k1", "keys": {', encoding="utf-8")
    return found


async def rows(database: Database) -> tuple[Manifest, Sequence[str]]:
    """A digest of every table, and the data keys, which it leaves out."""
    async with connected(database.owner_url) as connection:
        keys = await connection.execute("SELECT k::text FROM data_keys k ORDER BY id")
        return await manifest_of(connection), [row[0] for row in await keys.fetchall()]


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder below: when it was written, and what it holds."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def start(kept: Keyed, command: str, key_file: Path) -> tuple[int, list[str]]:
    """Exit code, and the lines of what is said to people; the log is the standard output."""
    argv, environment = kept.command(command, TSUNAGI_KEY_FILE=str(key_file), TSUNAGI_PORT=str(free_port()), **TOLD)
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    return done.returncode, done.stderr.splitlines()


async def test_row_28_without_its_key_file_no_process_starts_and_nothing_is_touched(
    database: Database, tmp_path: Path
) -> None:
    async with open_keyed(database, tmp_path) as kept:
        await kept.say("もしもし")
        wrong = key_files(tmp_path)
        before = await rows(database), files(tmp_path)
        tried = [(command, what) for command in COMMANDS for what in wrong]
        told = await asyncio.gather(*(asyncio.to_thread(start, kept, command, wrong[what]) for command, what in tried))
        assert (await rows(database), files(tmp_path)) == before
    for (command, what), (code, lines) in zip(tried, told, strict=True):
        assert (code, len(lines)) == (1, 1), (command, what, lines)
        assert ("TSUNAGI_KEY_FILE" if what == "another" else str(wrong[what])) in lines[0], (command, what)
