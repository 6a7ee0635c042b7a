"""Starts processes in order, restarts what dies, stops everything in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from handoff.domain.errors import ConfigurationError
from handoff.supervisor.lock import RunLock
from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec, describe_exit

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartFailed(ConfigurationError):
    """A process didn't come up at the first start; the message names it, why, and its log."""

    code = "start_failed"


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a restart.

    Attributes: first, cap: seconds; settled: seconds of life after which earlier deaths are forgotten;
        loud_after: deaths in a row from which the reports say that something is wrong.
    """

    first: float = 0.2
    cap: float = 10.0
    settled: float = 30.0
    loud_after: int = 5

    def delay(self, deaths: int) -> float:
        """Seconds before the start that follows the ``deaths``-th death in a row: doubled each time, with jitter."""
        full = min(self.cap, self.first * 2.0 ** min(deaths - 1, 30))
        return full * random.uniform(0.75, 1.0)  # noqa: S311 (spreads restarts, guards nothing)


class _Kept:
    """One process that is kept alive."""

    def __init__(self, spec: ProcessSpec, log: RotatingLog) -> None:
        self.spec = spec
        self.log = log
        self.child: Child | None = None
        self.state = "starting"
        self.since = datetime.now(UTC)
        self.restarts = 0
        self.deaths = 0
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None


class Supervisor:
    """Keeps a set of processes alive; an async context manager that leaves nothing behind.

    Entering takes ``<var>/supervisor.lock``; while inside, SIGINT, SIGTERM and SIGHUP set ``stop_asked`` (a second one
    makes the stop a quick one). ``<var>/run/status.json`` maps each name to ``pid``, ``since`` (ISO, UTC), ``restarts``
    and ``state`` (starting, ready, waiting).

    Args:
        var: folder of lock, logs and status.
        report: shows one line to the person who watches.
        backoff: waits before restarts.
        first_attempts: starts that may fail before the first start of a process is given up.

    Raises: AlreadyRunning: on entering, when another supervisor holds ``var``.
    """

    def __init__(
        self,
        var: Path,
        report: Callable[[str], None],
        backoff: Backoff | None = None,
        first_attempts: int = 2,
    ) -> None:
        self._var = var
        self._report_line = report
        self._backoff = backoff or Backoff()
        self._first_attempts = first_attempts
        self._kept: list[_Kept] = []
        self._oneoffs: set[Child] = set()
        self._stopping = False
        self._hurry = asyncio.Event()
        self.stop_asked = asyncio.Event()
        self._warden: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._lock = RunLock(self._var)
        self._log = RotatingLog(self._var / "log" / "supervisor.log", keep=1)
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.add_signal_handler(number, self._asked_to_stop)
        self._start_warden()
        self._started = datetime.now(UTC)
        self._write_status()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if self._warden is not None and self._warden.stdin is not None:
            self._warden.stdin.close()
            self._warden.wait()
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
        self._status_path.unlink(missing_ok=True)
        self._log.close()
        self._lock.close()

    def _asked_to_stop(self) -> None:
        if self.stop_asked.is_set():
            self._hurry.set()
        self.stop_asked.set()

    async def supervise(self, starting: Awaitable[None]) -> None:
        """Runs ``starting`` (which calls ``start``), then stays until a stop is asked for; a stop cancels ``starting``."""
        start = asyncio.ensure_future(starting)
        stop = asyncio.ensure_future(self.stop_asked.wait())
        try:
            await asyncio.wait({start, stop}, return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                await start
            await stop
        finally:
            for task in (start, stop):
                task.cancel()
            await asyncio.wait({start, stop})

    async def start(self, spec: ProcessSpec) -> None:
        """Starts a process, waits until it is ready, and from then on keeps it alive.

        Raises: StartFailed: it can't be started, died, or wasn't ready in time.
        """
        kept = _Kept(spec, RotatingLog(self._var / "log" / f"{spec.name}.log"))
        self._kept.append(kept)
        kept.task = asyncio.create_task(self._keep(kept), name=f"keep {spec.name}")
        await kept.first_ready

    async def run(self, spec: ProcessSpec) -> None:
        """Runs a process to its end, once.

        Raises: StartFailed: it can't be started or its exit code isn't 0.
        """
        log = RotatingLog(self._var / "log" / f"{spec.name}.log")
        try:
            child = Child(spec, log)
        except OSError as error:
            raise StartFailed(f"{spec.name} を起動できません: {error.strerror} ({spec.argv[0]})") from error
        self._oneoffs.add(child)
        self._tell_warden(child, spec)
        try:
            code = await child.wait()
        finally:
            if child.running:
                await child.stop(self._hurry)
            self._oneoffs.discard(child)
            self._forget(child)
            last = log.last_line()
            log.close()
        if code != 0:
            raise StartFailed(f"{spec.name} が失敗しました ({describe_exit(code)}): {last} — 記録: {log.path}")

    async def _keep(self, kept: _Kept) -> None:
        spec = kept.spec
        while not self._stopping:
            began = time.monotonic()
            reason = await self._live(kept)
            if self._stopping:
                return
            if time.monotonic() - began >= self._backoff.settled:
                kept.deaths = 0
            kept.deaths += 1
            if not kept.first_ready.done() and kept.deaths >= self._first_attempts:
                kept.first_ready.set_exception(
                    StartFailed(
                        f"{spec.name} を起動できません ({reason}): {kept.log.last_line()} — 記録: {kept.log.path}"
                    )
                )
                return
            delay = self._backoff.delay(kept.deaths)
            self._set(kept, "waiting")
            loud = f"【要確認】{kept.deaths}回続けて" if kept.deaths >= self._backoff.loud_after else ""
            self._report(
                f"{spec.name} が{loud}止まりました ({reason})。{delay:.1f} 秒後に起動し直します。記録: {kept.log.path}"
            )
            await asyncio.sleep(delay)
            kept.restarts += 1

    async def _live(self, kept: _Kept) -> str:
        """One life of a process, from start to end; returns why it ended, in words."""
        spec = kept.spec
        self._set(kept, "starting")
        try:
            if spec.before is not None:
                await spec.before()
            kept.child = child = Child(spec, kept.log)
        except (OSError, ConfigurationError) as error:
            kept.log.write(f"{error}\n".encode())
            return str(error)
        self._tell_warden(child, spec)
        self._set(kept, "starting")
        ended = asyncio.ensure_future(child.wait())
        ready = asyncio.ensure_future(_ready(spec))
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and ready.done() and ready.exception() is None:
                self._set(kept, "ready")
                if kept.restarts and kept.first_ready.done():
                    self._report(f"{spec.name} が戻りました。")
                if not kept.first_ready.done():
                    kept.first_ready.set_result(None)
                await ended
            if not ended.done():
                child.kill()
                await ended
                if isinstance(ready.exception(), TimeoutError):
                    return f"{spec.ready_timeout:.0f} 秒たっても準備ができません"
                return f"準備の確認に失敗しました: {type(ready.exception()).__name__}"
            return describe_exit(ended.result())
        finally:
            ended.cancel()
            ready.cancel()
            if not child.running:
                self._forget(child)

    async def stop(self) -> None:
        """Stops everything in reverse order of its start; leaving the context does the same."""
        self._stopping = True
        for child in list(self._oneoffs):
            await child.stop(self._hurry)
        for kept in reversed(self._kept):
            # Cancelled first, so that it neither restarts nor starts while its process is being stopped.
            if kept.task is not None:
                kept.task.cancel()
                await asyncio.wait({kept.task})
            if kept.child is not None:
                code = await kept.child.stop(self._hurry)
                self._forget(kept.child)
                self._note(f"{kept.spec.name} stopped ({code})")
            if kept.first_ready.done() and not kept.first_ready.cancelled():
                kept.first_ready.exception()
            kept.first_ready.cancel()
            kept.log.close()
        self._kept.clear()

    # -- status, reports, warden ---------------------------------------------------------------------------------

    @property
    def _status_path(self) -> Path:
        return self._var / "run" / "status.json"

    def _set(self, kept: _Kept, state: str) -> None:
        kept.state = state
        kept.since = datetime.now(UTC)
        self._note(f"{kept.spec.name} {state}")
        self._write_status()

    def _write_status(self) -> None:
        rows: dict[str, dict[str, object]] = {
            "supervisor": {"pid": os.getpid(), "since": self._started.isoformat(), "restarts": 0, "state": "ready"}
        }
        for kept in self._kept:
            child = kept.child
            rows[kept.spec.name] = {
                "pid": child.pid if child is not None and child.running else None,
                "since": kept.since.isoformat(),
                "restarts": kept.restarts,
                "state": kept.state,
            }
        path = self._status_path
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        draft.replace(path)

    def _report(self, line: str) -> None:
        self._note(line)
        self._report_line(line)

    def _note(self, line: str) -> None:
        self._log.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {line}\n".encode())

    def _start_warden(self) -> None:
        script = Path(__file__).with_name("warden.py")
        self._warden = subprocess.Popen(
            [sys.executable, "-I", "-S", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _tell_warden(self, child: Child, spec: ProcessSpec) -> None:
        self._warden_line(f"+{child.pid} {int(spec.orphan_signal)} {spec.stop_grace}\n")

    def _forget(self, child: Child) -> None:
        self._warden_line(f"-{child.pid}\n")

    def _warden_line(self, line: str) -> None:
        # A killed warden costs the protection of grandchildren until the next start; the service itself goes on.
        if self._warden is not None and self._warden.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._warden.stdin.write(line.encode())
                self._warden.stdin.flush()


async def _ready(spec: ProcessSpec) -> None:
    if spec.ready is not None:
        async with asyncio.timeout(spec.ready_timeout):
            await spec.ready()
