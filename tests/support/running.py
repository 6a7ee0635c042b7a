"""The whole service as ``make run`` starts it, on free ports with a folder of its own, and what tests look at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import aiohttp
import psycopg
from psycopg.rows import DictRow, dict_row

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.simulator.client import StandIn
from kernel.sealing import Sealer, WrappedKey

#: A Friday evening at which the demo profile's window is open.
OPEN = "2026-11-20T18:00:00+09:00"
CLOSED = "2026-11-21T02:00:00+09:00"
#: Seconds; a first start may train the model.
START_TIMEOUT = 600


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """A running service. Addresses without a trailing slash; ``var`` is its folder, ``notices`` are the bodies of the
    alarms that it tried to send out of the house.
    """

    var: Path
    web: str
    simulator: str
    rasa: str
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    notices: list[bytes]

    def tsunagi(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command with the settings of this service."""
        return subprocess.run(
            [sys.executable, "-m", "handoff.cli", *arguments],
            env=dict(self.environment),
            capture_output=True,
            check=False,
        )

    @property
    def secrets(self) -> dict[str, str]:
        return cast("dict[str, str]", json.loads((self.var / "keys" / "local.json").read_text()))

    @property
    def sealer(self) -> Sealer:
        """Opens every cell that was sealed until now."""
        sealer = Sealer.from_key_file(self.var / "keys" / "seal.key")
        for row in self.rows("SELECT id, kind, kek, wrapped FROM data_keys"):
            sealer.learn(WrappedKey(**row))
        return sealer

    def pid(self, name: str) -> int:
        """Of a process of the service; 0 between its death and its new start."""
        return int(json.loads((self.var / "run" / "status.json").read_text())[name]["pid"] or 0)

    def kill(self, name: str, with_signal: int = signal.SIGKILL) -> None:
        """Send a signal to one process of the service, by its name in the supervisor's status file. One that has just ended
        by itself is started again soon.
        """
        deadline = time.monotonic() + 30
        while not (pid := self.pid(name)):
            assert time.monotonic() < deadline, f"{name} isn't running"
            time.sleep(0.05)
        os.kill(pid, with_signal)

    def rows(self, statement: str, *values: Any) -> list[DictRow]:
        with self._connected() as connection:
            return connection.execute(statement, values).fetchall()

    def _connected(self) -> psycopg.Connection[DictRow]:
        return psycopg.connect(EmbeddedPostgres(self.var).database_url, row_factory=dict_row)

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(EmbeddedPostgres(self.var).database_url) as connection:
            connection.execute(statement, values)

    def contact(self, user: str) -> Any:
        """The contact's id of a LINE user, None when the service doesn't know the user."""
        found = self.rows("SELECT id FROM contacts WHERE lookup = %s", self.sealer.lookup("line", user))
        return found[0]["id"] if found else None

    def not_called_back(self, user: str) -> None:
        """Let no round of the worker call this student, who leaves a message while people are there: how soon it would, and
        what they hear then, differs from run to run.
        """
        self.execute("UPDATE contacts SET following = false WHERE id = %s", self.contact(user))

    def transcript(self, user: str) -> list[tuple[str, str | None]]:
        """Author and opened text of every line of a LINE user's sessions, in order."""
        rows = self.rows(
            "SELECT m.id, m.author, m.body FROM messages m JOIN sessions s ON s.id = m.session_id "
            "WHERE s.contact_id = %s ORDER BY m.sequence",
            self.contact(user),
        )
        opened = self.sealer.open
        return [
            (row["author"], None if row["body"] is None else opened("messages", "body", str(row["id"]), row["body"]))
            for row in rows
        ]

    def session(self, user: str) -> DictRow:
        """The latest session of a LINE user; ``answers`` is its opened intake."""
        (row,) = self.rows(
            "SELECT * FROM sessions WHERE contact_id = %s ORDER BY opened_at DESC LIMIT 1", self.contact(user)
        )
        sealed = row["intake"]
        row["answers"] = (
            {} if sealed is None else json.loads(self.sealer.open("sessions", "intake", str(row["id"]), sealed))
        )
        return row

    async def kill_and_wait(self, name: str, timeout: float = 90) -> None:
        """Kill one process, and wait until another one has its place and the service is ready: for a moment after
        PostgreSQL's own death its children go on answering.
        """
        killed, deadline = self.pid(name), time.monotonic() + timeout
        self.kill(name)
        while self.pid(name) in (killed, 0):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} isn't started again")
            await asyncio.sleep(0.05)
        await self.ready(timeout)

    async def ready(self, timeout: float = 90) -> None:
        """Wait until /readyz says so."""
        deadline = time.monotonic() + timeout
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(self.web + "/readyz") as answer:
                        if answer.status == 200:
                            return
                if time.monotonic() > deadline:
                    raise TimeoutError("the service isn't ready")
                await asyncio.sleep(0.25)

    async def settled(self, user: str | None = None, *, timeout: float = 120) -> None:
        """Wait until every event is done and no call to LINE is pending; with a user, of this student's alone."""
        whose, values = ("", ()) if user is None else (" AND contact_id = %s", (self.contact(user),))
        left = (
            f"SELECT (SELECT count(*) FROM line_events WHERE done_at IS NULL{whose}) + "
            f"(SELECT count(*) FROM outbox WHERE state = 'pending'{whose}) AS undone"
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            # One connection for the whole wait, unless the database was killed: twenty new ones a second cost a core.
            with contextlib.suppress(psycopg.OperationalError), self._connected() as connection:
                connection.autocommit = True
                while time.monotonic() < deadline:
                    found = connection.execute(left, values * 2).fetchone()
                    if found is not None and found["undone"] == 0:
                        return
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.05)
        raise TimeoutError("events or calls are left over")

    async def choose(self, *, profile: str | None = None, clock: str | None = None) -> dict[str, Any]:
        """Choose the demo's profile and clock, as the simulator's page does."""
        async with (
            aiohttp.ClientSession(headers={"x-tsunagi-simulator": "1"}) as http,
            http.post(self.web + "/simulator/api/setting", json={"profile": profile, "clock": clock}) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return cast("dict[str, Any]", await answer.json())

    @contextlib.asynccontextmanager
    async def standin(self) -> AsyncIterator[StandIn]:
        async with StandIn(self.simulator) as standin:
            yield standin


@contextlib.contextmanager
def running(var: Path) -> Iterator[Running]:
    """Start the whole service and stop it as Ctrl-C does."""
    web, rasa, actions, simulator = (_free_port() for _ in range(4))
    notices: list[bytes] = []
    outside = _nobody(notices)
    temporary = var / "tmp"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TSUNAGI_", "LINE_"))}
    environment |= {
        "TSUNAGI_VAR": str(var),
        "TSUNAGI_PORT": str(web),
        "TSUNAGI_RASA_URL": f"http://127.0.0.1:{rasa}",
        "TSUNAGI_ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
        "TSUNAGI_SIMULATOR_URL": f"http://127.0.0.1:{simulator}",
        "TSUNAGI_CLOCK": OPEN,
        # A way out of the house, so that a student may be told that somebody is called; nobody takes the calls there.
        "TSUNAGI_ALARM_WEBHOOK_URL": f"http://127.0.0.1:{outside.server_port}/nobody",
        "TSUNAGI_ALARM_WEBHOOK_SECRET": "s" * 32,
        # One proxy of the operator's own, so that a test may say from where somebody comes.
        "TSUNAGI_PROXIES": "1",
        # Where nothing of anybody may stay.
        "TMPDIR": str(temporary),
    }
    temporary.mkdir(parents=True, exist_ok=True)
    with (var / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "handoff.cli", "up"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    service = Running(
        var,
        f"http://127.0.0.1:{web}",
        f"http://127.0.0.1:{simulator}",
        f"http://127.0.0.1:{rasa}",
        process,
        environment,
        notices,
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while f"{service.web}/simulator" not in (var / "up.log").read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the service didn't start:\n" + (var / "up.log").read_text())
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        yield service
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            outside.shutdown()
            outside.server_close()


def _nobody(notices: list[bytes]) -> ThreadingHTTPServer:
    """Somebody who keeps what they are sent, and answers that there is nobody."""

    class Nobody(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = str(self.headers).encode()
            notices.append(headers + self.rfile.read(int(self.headers.get("content-length", 0))))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nobody)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
