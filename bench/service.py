"""The whole service, started as ``make run`` starts it, on free ports and with a database of its own."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from bench.children import clean_environment, free_ports
from bench.errors import BenchFailed
from handoff.adapters.database.embedded import EmbeddedPostgres, socket_folder
from handoff.settings import ROOT
from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec
from kernel.sealing import ensure_key_file

CLOCK: Final = "2027-05-12T17:00:00+09:00"
"""A Wednesday in opening hours, so that the answers are the same at whatever hour the bench runs."""
_START_SECONDS: Final = 240.0
_RUNNING: Final = "Tsunagi is running"
_STEP: Final = re.compile(r"^✓ (?P<name>.*) \((?P<seconds>[0-9.]+) s\)$")
# Unset variables are read from .env; these would lead a bench to somebody's data, and can't be unset.
_REFUSED: Final = ("TSUNAGI_DATABASE_URL", "TSUNAGI_DATABASE_OWNER_URL", "TSUNAGI_CLOCK_STARTED")


@dataclass(frozen=True)
class Start:
    """How long a start took. steps: seconds by the name that ``make run`` shows; some ran at the same time."""

    seconds: float
    steps: dict[str, float]


@dataclass(frozen=True)
class Addresses:
    """Where everything of one bench listens; nothing of it is reachable from other machines."""

    web: str
    rasa: str
    actions: str
    standin: str
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    access_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    rasa_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @classmethod
    def free(cls) -> Addresses:
        """Four ports that nobody uses."""
        web, rasa, actions, standin = (f"http://127.0.0.1:{port}" for port in free_ports(4))
        return cls(web, rasa, actions, standin)


class _StartLog(RotatingLog):
    """What ``tsunagi up`` prints: kept, and watched for the line that says that all is running."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._open_line = b""
        self.steps: dict[str, float] = {}
        self.running = asyncio.Event()
        self.running_since = 0.0

    def write(self, data: bytes) -> None:
        super().write(data)
        *lines, self._open_line = (self._open_line + data).split(b"\n")
        for line in (line.decode("utf-8", "replace").strip() for line in lines):
            step = _STEP.match(line)
            if step:
                self.steps[step["name"]] = float(step["seconds"])
            if _RUNNING in line and not self.running.is_set():
                self.running_since = time.monotonic()
                self.running.set()


class Service:
    """One installation in ``folder``; it can be started and stopped several times."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        """Raises: BenchFailed: the developer's ``.env`` names a database."""
        self.addresses = addresses
        self.var = folder / "var"
        self._log_folder = folder / "log"
        self._child: Child | None = None
        named = [name for name in _REFUSED if dotenv_values(ROOT / ".env").get(name)]
        if named:
            raise BenchFailed(f".env sets {named[0]}; a bench must not touch that database: move .env away meanwhile")

    @property
    def environment(self) -> dict[str, str]:
        """All settings, none of them left to ``.env``."""
        our = self.addresses
        return clean_environment() | {
            "TSUNAGI_VAR": str(self.var),
            "TSUNAGI_KEY_FILE": str(self.key_file),
            "TSUNAGI_HOST": "127.0.0.1",
            "TSUNAGI_PORT": our.web.rpartition(":")[2],
            "TSUNAGI_PROFILE": str(ROOT / "data" / "profiles" / "demo.yml"),
            "TSUNAGI_RASA_URL": our.rasa,
            "TSUNAGI_RASA_TOKEN": our.rasa_token,
            "TSUNAGI_ACTIONS_URL": f"{our.actions}/webhook",
            "TSUNAGI_SIMULATOR_URL": our.standin,
            "TSUNAGI_CLOCK": CLOCK,
            "LINE_CHANNEL_SECRET": our.secret,
            "LINE_CHANNEL_ACCESS_TOKEN": our.access_token,
            "LINE_API_URL": our.standin,
            "LINE_DATA_API_URL": our.standin,
        }

    @property
    def key_file(self) -> Path:
        """The key that seals this installation's records."""
        return self.var / "keys" / "seal.key"

    @property
    def database_url(self) -> str:
        """Its own embedded PostgreSQL; only there while the service runs."""
        return EmbeddedPostgres(self.var).database_url

    async def start(self) -> Start:
        """Starts everything; returns once ``make run`` would print the addresses.

        Raises: BenchFailed: with the line by which the start failed.
        """
        # One that is named is never made by the service itself.
        ensure_key_file(self.key_file)
        log = _StartLog(self._log_folder / "up.log")
        spec = ProcessSpec(
            name="up",
            argv=(sys.executable, "-m", "handoff.cli", "up"),
            env=self.environment,
            cwd=ROOT,
            stop_grace=60,
            # If the bench is killed, the service ends as by Ctrl-C.
            orphan_signal=signal.SIGTERM,
        )
        began = time.monotonic()
        self._child = child = Child(spec, log)
        runs, ended = asyncio.ensure_future(log.running.wait()), asyncio.ensure_future(child.wait())
        try:
            await asyncio.wait({runs, ended}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            runs.cancel()
            ended.cancel()
        if not log.running.is_set():
            await self.stop()
            raise BenchFailed(f"the service did not start: {log.last_line()}")
        return Start(round(log.running_since - began, 1), dict(log.steps))

    async def stop(self) -> None:
        """Stops everything as Ctrl-C does."""
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def remove(self) -> None:
        """Stops, and removes what lies outside the folder."""
        await self.stop()
        shutil.rmtree(socket_folder(self.var), ignore_errors=True)

    def processes(self) -> dict[str, int]:
        """The pids of all processes by name, that of ``up`` itself as ``supervisor``."""
        status = json.loads((self.var / "run" / "status.json").read_text(encoding="utf-8"))
        return {name: int(row["pid"]) for name, row in status.items() if row["pid"] is not None}

    def restarts(self) -> dict[str, int]:
        """What died and how often it was started again; anything at all spoils a measurement."""
        status = json.loads((self.var / "run" / "status.json").read_text(encoding="utf-8"))
        return {name: int(row["restarts"]) for name, row in status.items() if row["restarts"]}
