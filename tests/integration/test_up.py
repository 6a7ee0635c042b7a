"""``make run`` that can't start: one clear line, exit code 1, nothing half-started left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
import pytest

from handoff.adapters.database.embedded import EmbeddedPostgres, socket_folder
from handoff.supervisor.lock import RunLock
from handoff.training import BOT_PYTHON
from kernel.sealing import Keyring, ensure_key_file
from tests.integration.backup_support import open_keyed
from tests.integration.conftest import Database
from tests.support.first_seal import first_seal

pytestmark = pytest.mark.skipif(not BOT_PYTHON.exists(), reason="needs Rasa's environment")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def run_up(var: Path, **settings: str) -> tuple[int, str]:
    """Exit code and stderr of a start that is expected to fail at once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TSUNAGI_", "LINE_"))}
    environment |= {
        "TSUNAGI_VAR": str(var),
        "TSUNAGI_PORT": str(free_port()),
        "TSUNAGI_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "TSUNAGI_ACTIONS_URL": f"http://127.0.0.1:{free_port()}/webhook",
        "TSUNAGI_SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "handoff.cli", "up"],
        env=environment | settings,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def only_line(stderr: str) -> str:
    """The one line that says what is wrong."""
    lines = [line for line in stderr.splitlines() if not line.startswith(("…", "✓", "✗", "–", "LINEの", "注意"))]
    assert len(lines) == 1, stderr
    return lines[0]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code, stderr = run_up(tmp_path, TSUNAGI_PORT=str(port))
    assert code == 1
    assert str(port) in only_line(stderr)
    assert "TSUNAGI_PORT" in only_line(stderr)
    assert not (tmp_path / "postgres").exists()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    code, stderr = run_up(tmp_path, TSUNAGI_CLOCK="tomorrow")
    assert code == 1
    assert "TSUNAGI_CLOCK" in only_line(stderr)


def test_with_the_real_line_the_address_of_the_pages_is_asked_for(tmp_path: Path) -> None:
    code, stderr = run_up(tmp_path, LINE_CHANNEL_SECRET="secret-words", LINE_CHANNEL_ACCESS_TOKEN="token-words")
    assert code == 1
    assert "TSUNAGI_PUBLIC_URL" in only_line(stderr) and "words" not in stderr
    assert not (tmp_path / "postgres").exists()


def test_a_broken_profile_is_named(tmp_path: Path) -> None:
    profile = tmp_path / "town.yml"
    profile.write_text("id: [unfinished\n", encoding="utf-8")
    code, stderr = run_up(tmp_path, TSUNAGI_PROFILE=str(profile))
    assert code == 1
    assert "town.yml" in only_line(stderr)
    assert not (tmp_path / "postgres").exists()


def test_a_second_run_says_that_it_already_runs(tmp_path: Path) -> None:
    lock = RunLock(tmp_path)
    code, stderr = run_up(tmp_path)
    lock.close()
    assert code == 1
    assert "もう動いています" in only_line(stderr)
    assert str(os.getpid()) in only_line(stderr)


def test_a_lost_key_is_never_replaced_in_silence(tmp_path: Path) -> None:
    """A new key beside old data would make every kept word unreadable."""
    try:
        asyncio.run(EmbeddedPostgres(tmp_path).prepare())
        code, stderr = run_up(tmp_path)
    finally:
        shutil.rmtree(socket_folder(tmp_path), ignore_errors=True)
    assert code == 1
    assert "seal.key" in only_line(stderr)
    assert not (tmp_path / "keys" / "seal.key").exists()


def _nothing_begun(var: Path) -> bool:
    return not any(
        (var / part).exists() for part in ("postgres", "run/status.json", "keys/local.json", "keys/database.json")
    )


@pytest.mark.parametrize(
    "body", ["{", '{"active": "k1", "keys": {}, "lookup": ""}', None], ids=["broken", "empty", "folder"]
)
def test_a_key_file_that_cannot_be_used_starts_nothing(tmp_path: Path, body: str | None) -> None:
    """One clear line, and nothing is touched. A folder in its place is as unreadable for root as for anybody."""
    path = tmp_path / "keys" / "seal.key"
    path.parent.mkdir()
    path.mkdir() if body is None else path.write_text(body)
    code, stderr = run_up(tmp_path)
    assert code == 1
    assert "seal.key" in only_line(stderr)
    assert _nothing_begun(tmp_path)
    assert path.is_dir() if body is None else path.read_text() == body


@pytest.mark.parametrize("named", ["TSUNAGI_KEY_FILE", "TSUNAGI_DATABASE_URL"])
def test_a_key_file_that_is_named_or_has_a_database_is_never_made_by_itself(tmp_path: Path, named: str) -> None:
    told = {
        "TSUNAGI_KEY_FILE": str(tmp_path / "away.key"),
        "TSUNAGI_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/x",
    }
    code, stderr = run_up(tmp_path, **{named: told[named]})
    assert code == 1
    assert "tsunagi keys create" in only_line(stderr)
    assert _nothing_begun(tmp_path) and not list(tmp_path.rglob("*.key"))


@pytest.mark.parametrize("at", ["0023", "0018"], ids=["with_data_keys", "before_them"])
async def test_another_installations_key_file_is_refused_before_anything_is_migrated(
    database: Database, tmp_path: Path, at: str
) -> None:
    async with open_keyed(database, tmp_path) as kept:
        await kept.say("もしもし")
        if at == "0018":
            (row,) = await kept.service.rows("SELECT id FROM contacts")
            cell = first_seal(Keyring.from_file(kept.key_file), "contacts", "address", str(row.id), "U1")
            await kept.service.change("UPDATE contacts SET address = :cell", cell=cell)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE alembic_version SET version_num = %s", [at])
        if at == "0018":
            owner.execute("DROP TABLE data_keys CASCADE")
    ensure_key_file(tmp_path / "other.key")
    code, stderr = await asyncio.to_thread(
        partial(
            run_up,
            tmp_path / "var",
            TSUNAGI_DATABASE_URL=database.url,
            TSUNAGI_DATABASE_OWNER_URL=database.owner_url,
            TSUNAGI_KEY_FILE=str(tmp_path / "other.key"),
        )
    )
    assert code == 1
    assert "TSUNAGI_KEY_FILE" in only_line(stderr)
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT version_num FROM alembic_version").fetchone() == (at,)


def test_a_key_file_is_made_once_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    command = [sys.executable, "-m", "handoff.cli", "keys", "create"]
    environment = {**os.environ, "TSUNAGI_KEY_FILE": str(path), "TSUNAGI_VAR": str(tmp_path)}
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    made = path.read_bytes()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (again.returncode, path.read_bytes()) == (1, made) and "もうあります" in again.stderr


def test_a_database_that_is_away_is_one_line(tmp_path: Path) -> None:
    ensure_key_file(tmp_path / "keys" / "seal.key")
    code, stderr = run_up(tmp_path, TSUNAGI_DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/x")
    assert code == 1
    assert "reached" in only_line(stderr)
    assert not (tmp_path / "run" / "status.json").exists()
