"""One child process: how it is described, started, watched and ended."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from handoff.supervisor.logfile import RotatingLog

_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessSpec:
    """What to run and how to treat it.

    Attributes:
        name: of the process in the status file, in messages and of its log ``<var>/log/<name>.log``.
        argv: program (absolute path) and arguments.
        env: the whole environment; nothing is inherited.
        cwd: working directory.
        ready: returns once the process can be used; it keeps trying until then. None: usable once started.
        ready_timeout: seconds after which a process that isn't ready counts as failed.
        before: done before each start, restarts included (clears what a killed one left behind).
        nice: added to the niceness.
        stop_signal: asks it to end; stop_grace: seconds until SIGKILL follows.
        orphan_signal: what it gets when the supervisor itself was killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path | None = None
    ready: Callable[[], Awaitable[None]] | None = None
    ready_timeout: float = 60.0
    before: Callable[[], Awaitable[None]] | None = None
    nice: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL


def end_with_parent(number: int, parent: int) -> None:
    """In a fresh child, before exec: asks the kernel for a signal when the parent's thread ends (Linux; else nothing)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent was gone before we asked
            os._exit(1)


class Child:
    """A running process in a session and process group of its own; its output goes to a log.

    Must be made in the main thread: the kernel ties ``PR_SET_PDEATHSIG`` to the thread that forks.

    Raises: OSError: the program can't be started.
    """

    def __init__(self, spec: ProcessSpec, log: RotatingLog) -> None:
        self._spec = spec
        self._log = log
        self._loop = asyncio.get_running_loop()
        parent = os.getpid()

        def before_exec() -> None:
            end_with_parent(spec.orphan_signal, parent)
            if spec.nice:
                os.nice(spec.nice)

        reading, writing = os.pipe()
        try:
            self._popen = subprocess.Popen(
                spec.argv,
                env=dict(spec.env),
                cwd=spec.cwd,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
                preexec_fn=before_exec,  # noqa: PLW1509 (calls prctl and nice only)
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self.pid = self._popen.pid
        self._pipe = reading
        os.set_blocking(reading, False)
        self._loop.add_reader(reading, self._pump)
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._watch()

    def _pump(self) -> None:
        """Moves what the child wrote to its log, without waiting."""
        if self._pipe < 0:
            return
        try:
            while data := os.read(self._pipe, 65536):
                self._log.write(data)
        except BlockingIOError:
            return
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._pipe >= 0:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def _watch(self) -> None:
        if sys.platform == "linux":
            descriptor = os.pidfd_open(self.pid)

            def ended() -> None:
                self._loop.remove_reader(descriptor)
                os.close(descriptor)
                self._gone()

            self._loop.add_reader(descriptor, ended)
        else:
            waiting = self._loop.run_in_executor(None, self._popen.wait)
            waiting.add_done_callback(lambda _: self._gone())

    def _gone(self) -> None:
        # The process is a zombie until wait(), so its number can't be somebody else's yet: what is left of its group
        # (workers of a killed master, which would keep the port) can be killed safely.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        code = self._popen.wait()
        self._pump()
        self._close_pipe()
        if not self._exit.done():
            self._exit.set_result(code)

    async def wait(self) -> int:
        """Waits for the end; the exit code, negative for a signal's number."""
        return await asyncio.shield(self._exit)

    @property
    def running(self) -> bool:
        """Whether it hasn't ended yet."""
        return not self._exit.done()

    async def stop(self, hurry: asyncio.Event | None = None) -> int:
        """Asks it to end, kills its whole group after the grace (at once when ``hurry`` is set); the exit code."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, self._spec.stop_signal)
            waits: list[asyncio.Future[object] | asyncio.Task[object]] = [asyncio.ensure_future(self.wait())]
            if hurry is not None:
                waits.append(asyncio.ensure_future(hurry.wait()))
            await asyncio.wait(waits, timeout=self._spec.stop_grace, return_when=asyncio.FIRST_COMPLETED)
            for waiting in waits:
                waiting.cancel()
            if self.running:
                self.kill()
        return await self.wait()

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def describe_exit(code: int) -> str:
    """Words for an exit code as ``Child.wait`` returns it."""
    if code >= 0:
        return f"終了コード {code}"
    try:
        return f"シグナル {signal.Signals(-code).name}"
    except ValueError:
        return f"シグナル {-code}"
