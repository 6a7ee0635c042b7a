"""The embedded PostgreSQL: set up whole or not at all, private, durable, back after kill -9."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from handoff.adapters.database.embedded import DatabaseSetupFailed, EmbeddedPostgres, socket_folder
from handoff.adapters.database.leftovers import clear_leftovers
from handoff.domain.errors import ConfigurationError
from handoff.supervisor.process import ProcessSpec
from handoff.supervisor.supervisor import Supervisor


@pytest.fixture
def var() -> Iterator[Path]:
    """Below a folder that only we may enter, as a fresh clone under ``/root`` or ``mktemp -d`` is."""
    folder = Path(tempfile.mkdtemp())
    assert folder.stat().st_mode & 0o077 == 0
    yield folder / "var"
    shutil.rmtree(socket_folder(folder / "var"), ignore_errors=True)
    shutil.rmtree(folder)


def spec(postgres: EmbeddedPostgres) -> ProcessSpec:
    argv, env = postgres.command()
    return ProcessSpec(
        name="postgres",
        argv=argv,
        env=env,
        before=postgres.before_start,
        ready=postgres.wait_ready,
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
    )


def postmaster(var: Path) -> int | None:
    """The server's process; None while there is none, or while it has only begun to write who it is."""
    try:
        return int((var / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


async def test_serves_two_roles_in_utf8(var: Path) -> None:
    async with EmbeddedPostgres(var).running() as postgres:
        with psycopg.connect(postgres.owner_url) as owner:
            owner.execute("CREATE TABLE kept (words text)")
            owner.execute("INSERT INTO kept VALUES ('つなぎ 🙂')")
            assert owner.execute("SHOW server_encoding").fetchone() == ("UTF8",)
            row = owner.execute(
                "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'tsunagi'"
            ).fetchone()
            assert row == ("b", "C.UTF-8")
            superuser = owner.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
            assert superuser.fetchone() == (False,)
        with psycopg.connect(postgres.database_url) as application:
            for refused in ("SELECT * FROM kept", "CREATE TABLE mine (a int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    application.execute(refused)
                application.rollback()


async def test_listens_in_a_private_folder_only_and_runs_without_root(var: Path) -> None:
    async with EmbeddedPostgres(var).running() as postgres:
        pid = postmaster(var)
        folder = socket_folder(var)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(bytes(folder)) <= 90
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert (var / "postgres").stat().st_mode & 0o077 == 0
        with psycopg.connect(postgres.superuser_url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            for name in ("fsync", "full_page_writes", "synchronous_commit"):
                assert connection.execute(f"SHOW {name}").fetchone() == ("on",)
    assert not folder.exists()


async def test_nobody_connects_without_their_role_s_password(var: Path) -> None:
    """Neither the same user of the machine nor root; and one role's password opens no other role."""
    async with EmbeddedPostgres(var).running() as postgres:
        urls = {
            "tsunagi": postgres.database_url,
            "tsunagi_owner": postgres.owner_url,
            "postgres": postgres.superuser_url,
        }
        passwords = {role: url.partition("@")[0].rpartition(":")[2] for role, url in urls.items()}
        assert len(set(passwords.values())) == 3
        for role, url in urls.items():
            for password in ("", *(known for other, known in passwords.items() if other != role)):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(url.replace(passwords[role], password), connect_timeout=5)
        with psycopg.connect(postgres.superuser_url) as connection:
            hashes = [str(row[0]) for row in connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin")]
            assert len(hashes) == 3 and all(one.startswith("SCRAM-SHA-256$1:") for one in hashes)
        keys = var / "keys" / "database.json"
        assert keys.stat().st_mode & 0o077 == 0
        argv, env = postgres.command()
        assert not [one for one in passwords.values() if one in " ".join([*argv, *env.values()])]
    assert not [one for one in passwords.values() if one in (var / "postgres.log").read_text()]


async def test_a_folder_of_a_version_without_passwords_gets_them_and_keeps_its_data(var: Path) -> None:
    async with EmbeddedPostgres(var).running() as postgres:
        with psycopg.connect(postgres.owner_url) as owner:
            owner.execute("CREATE TABLE kept (words text)")
            owner.execute("INSERT INTO kept VALUES ('まえから')")
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            for role in ("tsunagi", "tsunagi_owner", "postgres"):
                connection.execute(f"ALTER ROLE {role} PASSWORD NULL")
    # As such a version left it: its rules let the machine's user in, and there was no file.
    (var / "postgres" / "tsunagi.passwords").unlink()
    (var / "postgres" / "pg_hba.conf").write_text("local all all peer map=service\n")
    (var / "postgres" / "pg_ident.conf").write_text('service "root" postgres\n')
    (var / "keys" / "database.json").unlink()
    for _ in range(2):
        async with EmbeddedPostgres(var).running() as postgres:
            with psycopg.connect(postgres.owner_url) as owner:
                assert owner.execute("SELECT words FROM kept").fetchone() == ("まえから",)
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(f"postgresql://postgres@/postgres?host={socket_folder(var)}")
    (var / "keys" / "database.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"database\.json"):
        await EmbeddedPostgres(var).prepare()


async def test_its_log_never_holds_what_a_statement_holds(var: Path) -> None:
    words = "himitsu-no-kotoba"
    async with EmbeddedPostgres(var).running() as postgres:
        with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE one (words text PRIMARY KEY)")
            for statement in (
                f"INSERT INTO one VALUES ('{words}'), ('{words}')",  # DETAIL would quote the key
                f"SELECT '{words}'::uuid",  # the message itself quotes the value
                f"SELECT FROM nowhere WHERE words = '{words}'",
            ):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement)
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT %s::uuid", [words])
            # A backend that is killed makes the server log what it was running.
            victim = psycopg.connect(postgres.owner_url)
            running = asyncio.to_thread(_ignore_loss, victim, f"SELECT pg_sleep(30), '{words}'")
            task = asyncio.create_task(running)
            await asyncio.sleep(0.3)
            os.kill(victim.info.backend_pid, signal.SIGKILL)
            await task
        await postgres.wait_ready()
    log = (var / "postgres.log").read_text()
    assert "terminated by signal 9" in log
    assert words not in log


def _ignore_loss(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute(statement)


PREPARE = """
import asyncio, sys
from pathlib import Path
from handoff.adapters.database.embedded import EmbeddedPostgres
print("up", flush=True)
asyncio.run(EmbeddedPostgres(Path(sys.argv[1])).prepare())
"""


async def test_a_setup_killed_half_way_is_done_again(var: Path) -> None:
    interrupted = 0
    for delay in (0.05, 0.2, 0.4):
        process = subprocess.Popen([sys.executable, "-c", PREPARE, str(var)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        await asyncio.sleep(delay)
        process.kill()
        interrupted += process.wait() != 0 and not (var / "postgres" / "PG_VERSION").exists()
        process.stdout.close()
    assert interrupted >= 1
    (var / "postgres.new.0123").mkdir(exist_ok=True)
    async with EmbeddedPostgres(var).running() as postgres:
        with psycopg.connect(postgres.database_url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("tsunagi",)
    assert not (var / "postgres.new.0123").exists()


async def test_acknowledged_rows_survive_kill_9_under_the_supervisor(var: Path) -> None:
    postgres = EmbeddedPostgres(var)
    await postgres.prepare()
    said: list[str] = []
    async with Supervisor(var, said.append) as supervisor:
        await supervisor.start(spec(postgres))
        with psycopg.connect(postgres.owner_url) as connection:
            connection.execute("CREATE TABLE numbers (n int)")
        for n in range(3):
            with psycopg.connect(postgres.owner_url) as connection:
                connection.execute("INSERT INTO numbers VALUES (%s)", [n])
            # A backend that is busy notices its postmaster's death late, and until then holds the server's memory.
            busy = subprocess.Popen(
                [
                    str(Path(postgres._ready_account().binaries) / "psql"),
                    postgres.owner_url,
                    "-c",
                    "SELECT pg_sleep(60)",
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            killed = postmaster(var)
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            began = time.monotonic()
            async with asyncio.timeout(20):
                while postmaster(var) in (None, killed):
                    await asyncio.sleep(0.02)
            await postgres.wait_ready(20)
            print(f"back after {time.monotonic() - began:.2f} s")
            busy.wait()
        with psycopg.connect(postgres.owner_url) as connection:
            assert connection.execute("SELECT array_agg(n ORDER BY n) FROM numbers").fetchone() == ([0, 1, 2],)
    assert not (var / "postgres" / "postmaster.pid").exists()


async def test_a_stale_pid_file_naming_a_living_process_does_not_hinder(var: Path) -> None:
    postgres = EmbeddedPostgres(var)
    async with postgres.running():
        owner = Path(f"/proc/{postmaster(var)}").stat().st_uid
        stale = (var / "postgres" / "postmaster.pid").read_text()
    # A process of the same user that has nothing to do with PostgreSQL: what a reused number looks like.
    stranger = subprocess.Popen(["sleep", "60"], user=owner if os.geteuid() == 0 else None)
    try:
        (var / "postgres" / "postmaster.pid").write_text(
            stale.replace(stale.splitlines()[0], str(stranger.pid), 1), encoding="ascii"
        )
        async with postgres.running():
            pass
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_server_whose_supervisor_was_killed_is_ended_before_the_next_start(var: Path) -> None:
    first = EmbeddedPostgres(var)
    await first.prepare()
    argv, env = first.command()
    orphan = subprocess.Popen(argv, env=env, cwd="/", stderr=subprocess.DEVNULL, start_new_session=True)
    await first.wait_ready()
    second = EmbeddedPostgres(var)
    waiting = asyncio.to_thread(orphan.wait)
    ended = asyncio.create_task(waiting)
    async with second.running():
        assert await ended == 0
        with psycopg.connect(second.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


async def test_leftovers_of_another_folder_are_left_alone(var: Path) -> None:
    async with EmbeddedPostgres(var).running() as postgres:
        await clear_leftovers(var / "postgres.other")
        await postgres.wait_ready(2)
        async with await psycopg.AsyncConnection.connect(postgres.owner_url) as connection:
            assert await (await connection.execute("SELECT 1")).fetchone() == (1,)


async def test_data_of_another_version_is_refused_untouched(var: Path) -> None:
    postgres = EmbeddedPostgres(var)
    await postgres.prepare()
    (var / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseSetupFailed, match="12"):
        await EmbeddedPostgres(var).prepare()
    assert (var / "postgres" / "base").exists()


async def test_a_socket_folder_of_somebody_else_is_refused(var: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = socket_folder(var)
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(DatabaseSetupFailed, match=str(folder)):
        await EmbeddedPostgres(var).prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")
async def test_without_capabilities_programs_and_data_go_where_they_can_be_reached(
    var: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from handoff.adapters.database import account

    reachable = Path(tempfile.mkdtemp(dir="/var/tmp"))
    reachable.chmod(0o755)
    works = account._works

    async def none_allowed(prefix: tuple[str, ...], binaries: Path, data: Path) -> bool:
        return "--securebits=+no_setuid_fixup" not in prefix and await works(prefix, binaries, data)

    monkeypatch.setattr(account, "_works", none_allowed)
    monkeypatch.setattr(account, "_REACHABLE", (reachable,))
    try:
        for _ in range(2):
            postgres = EmbeddedPostgres(var)
            async with postgres.running():
                assert postgres._ready_account().data.is_relative_to(reachable)
        assert (var / "postgres").is_symlink()
    finally:
        shutil.rmtree(reachable)
