"""The supervisor: order, restarts, clean stop, and nothing left behind, with real little processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from handoff.supervisor.lock import AlreadyRunning
from handoff.supervisor.process import ProcessSpec
from handoff.supervisor.supervisor import Backoff, StartFailed, Supervisor

SLEEPER = "import time; time.sleep(60)"


def python(name: str, code: str = SLEEPER, *arguments: str, **more: object) -> ProcessSpec:
    argv = (sys.executable, "-I", "-S", "-c", textwrap.dedent(code), *arguments)
    return ProcessSpec(name=name, argv=argv, **more)  # type: ignore[arg-type]


def status(var: Path) -> dict[str, dict[str, object]]:
    rows: dict[str, dict[str, object]] = json.loads((var / "run" / "status.json").read_text())
    return rows


def pid_of(var: Path, name: str) -> int:
    return int(str(status(var)[name]["pid"]))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(true: Callable[[], bool], timeout: float = 10.0) -> None:
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def quick() -> Backoff:
    return Backoff(first=0.05, cap=0.2)


async def test_waits_for_readiness_before_the_next(tmp_path: Path, said: list[str]) -> None:
    mark = tmp_path / "ready"

    async def ready() -> None:
        await until(mark.exists)

    slow = "import pathlib, sys, time; time.sleep(0.3); pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    async with Supervisor(tmp_path, said.append) as supervisor:
        await supervisor.start(python("first", slow, str(mark), ready=ready))
        assert mark.exists()
        await supervisor.start(python("second"))
        assert list(status(tmp_path)) == ["supervisor", "first", "second"]
        assert {row["state"] for row in status(tmp_path).values()} == {"ready"}


async def test_stops_in_reverse_order_and_leaves_no_status(tmp_path: Path, said: list[str]) -> None:
    code = """
        import signal, sys, time
        def end(*_):
            open(sys.argv[1], "a").write(sys.argv[2])
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        open(sys.argv[1] + sys.argv[2], "w")
        time.sleep(60)
    """
    record = tmp_path / "order"
    async with Supervisor(tmp_path, said.append) as supervisor:
        for name in "abc":
            await supervisor.start(python(name, code, str(record), name))
        await until(lambda: all((tmp_path / f"order{name}").exists() for name in "abc"))
    assert record.read_text() == "cba"
    assert not (tmp_path / "run" / "status.json").exists()
    assert said == []


async def test_restarts_what_dies(tmp_path: Path, said: list[str], quick: Backoff) -> None:
    async with Supervisor(tmp_path, said.append, quick) as supervisor:
        await supervisor.start(python("worker"))
        first = pid_of(tmp_path, "worker")
        os.kill(first, signal.SIGKILL)
        await until(lambda: status(tmp_path)["worker"]["pid"] not in (None, first))
        await until(lambda: status(tmp_path)["worker"]["state"] == "ready")
        assert status(tmp_path)["worker"]["restarts"] == 1
    assert "SIGKILL" in said[0]
    assert "戻りました" in said[1]


async def test_keeps_trying_loudly_with_growing_waits(tmp_path: Path, said: list[str]) -> None:
    """A process that was up once and then dies at once, again and again, is retried at the cap, and says so."""
    times = tmp_path / "times"
    times.touch()
    code = """
        import os, sys, time
        with open(sys.argv[1], "a") as f: f.write(f"{time.monotonic()}\\n")
        if len(open(sys.argv[1]).readlines()) > 1: sys.exit(1)
        time.sleep(0.2)
    """
    async with Supervisor(tmp_path, said.append, Backoff(first=0.1, cap=0.4)) as supervisor:
        await supervisor.start(python("worker", code, str(times)))
        await until(lambda: len(times.read_text().splitlines()) >= 8)
    at = [float(line) for line in times.read_text().splitlines()]
    waits = [later - earlier for earlier, later in pairwise(at)]
    assert all(wait >= 0.3 for wait in waits[3:])
    assert all(wait < 2 for wait in waits)
    assert sum("【要確認】" in line for line in said) >= 2
    assert "【要確認】" not in said[0]


def test_backoff_doubles_to_its_cap() -> None:
    backoff = Backoff(first=1.0, cap=8.0)
    for deaths, full in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (10_000, 8.0)):
        assert all(full * 0.75 <= backoff.delay(deaths) <= full for _ in range(50))


async def test_early_deaths_are_forgotten_after_a_settled_life(tmp_path: Path, said: list[str]) -> None:
    async with Supervisor(tmp_path, said.append, Backoff(first=0.05, cap=60, settled=0.2, loud_after=2)) as supervisor:
        await supervisor.start(python("worker", "import time; time.sleep(0.35)"))
        await until(lambda: len([line for line in said if "起動し直します" in line]) >= 3)
    assert not any("【要確認】" in line for line in said)


async def test_a_failed_first_start_is_one_clear_line_and_stops_the_rest(tmp_path: Path, said: list[str]) -> None:
    pids: list[int] = []
    with pytest.raises(StartFailed) as failure:
        async with Supervisor(tmp_path, said.append, Backoff(first=0.01)) as supervisor:
            await supervisor.start(python("good"))
            pids.append(pid_of(tmp_path, "good"))
            await supervisor.start(python("bad", "import sys; sys.exit('no such colour')", ready=asyncio.Event().wait))
    message = str(failure.value)
    assert "\n" not in message
    assert all(part in message for part in ("bad", "no such colour", "終了コード 1", str(tmp_path / "log" / "bad.log")))
    assert not alive(pids[0])
    assert not (tmp_path / "run" / "status.json").exists()


async def test_a_program_that_is_missing_fails_the_start(tmp_path: Path, said: list[str]) -> None:
    with pytest.raises(StartFailed, match="nowhere"):
        async with Supervisor(tmp_path, said.append, Backoff(first=0.01)) as supervisor:
            await supervisor.start(ProcessSpec(name="x", argv=("/nowhere/program",)))


async def test_a_process_that_never_gets_ready_fails_the_start(tmp_path: Path, said: list[str]) -> None:
    with pytest.raises(StartFailed, match="準備"):
        async with Supervisor(tmp_path, said.append, Backoff(first=0.01)) as supervisor:
            await supervisor.start(python("x", ready=asyncio.Event().wait, ready_timeout=0.2))


async def test_what_a_killed_one_left_is_cleared_before_each_start(
    tmp_path: Path, said: list[str], quick: Backoff
) -> None:
    cleared: list[int] = []

    async def before() -> None:
        cleared.append(1)

    async with Supervisor(tmp_path, said.append, quick) as supervisor:
        await supervisor.start(python("x", before=before))
        os.kill(pid_of(tmp_path, "x"), signal.SIGKILL)
        await until(lambda: len(cleared) == 2)
        assert len(cleared) == 2


async def test_a_one_off_that_fails_names_its_log(tmp_path: Path, said: list[str]) -> None:
    async with Supervisor(tmp_path, said.append) as supervisor:
        await supervisor.run(python("train", "print('fine')"))
        with pytest.raises(StartFailed, match=r"train.*no data.*train\.log"):
            await supervisor.run(python("train", "import sys; sys.exit('no data')"))


async def test_a_second_supervisor_is_refused(tmp_path: Path, said: list[str]) -> None:
    async with Supervisor(tmp_path, said.append):
        with pytest.raises(AlreadyRunning, match=str(os.getpid())):
            async with Supervisor(tmp_path, said.append):
                pass
    async with Supervisor(tmp_path, said.append):
        pass


# A supervisor in a process of its own, so that it can be signalled and killed.
SUPERVISED = """
import asyncio, sys
from pathlib import Path
from handoff.supervisor.process import ProcessSpec
from handoff.supervisor.supervisor import Supervisor

FAMILY = (
    "import subprocess, sys, time\\n"
    "p = subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(60)'])\\n"
    "open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
)

async def main():
    var = Path(sys.argv[1])
    async with Supervisor(var, print) as supervisor:
        async def start():
            for name in ("a", "b"):
                argv = (sys.executable, "-I", "-S", "-c", FAMILY, str(var / f"{name}.grandchild"))
                await supervisor.start(ProcessSpec(name=name, argv=argv))
            (var / "started").touch()
            if len(sys.argv) > 2:
                await asyncio.Event().wait()
        await supervisor.supervise(start())

asyncio.run(main())
"""


async def _supervised(var: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], list[int]]:
    process = subprocess.Popen([sys.executable, "-c", SUPERVISED, str(var), *arguments])
    grandchildren = [var / "a.grandchild", var / "b.grandchild"]
    await until((var / "started").exists)
    await until(lambda: all(path.exists() and path.read_text() for path in grandchildren))
    pids = [pid_of(var, "a"), pid_of(var, "b"), *(int(path.read_text()) for path in grandchildren)]
    assert all(alive(pid) for pid in pids)
    return process, pids


async def test_kill_9_of_the_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    process, pids = await _supervised(tmp_path)
    process.kill()
    process.wait()
    await until(lambda: not any(alive(pid) for pid in pids))
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("arguments", [(), ("still starting",)])
async def test_signals_stop_everything_cleanly(tmp_path: Path, number: int, arguments: tuple[str, ...]) -> None:
    process, pids = await _supervised(tmp_path, *arguments)
    process.send_signal(number)
    began = time.monotonic()
    assert await asyncio.to_thread(process.wait, 10) == 0
    assert time.monotonic() - began < 5
    assert not any(alive(pid) for pid in pids)
    assert not (tmp_path / "run" / "status.json").exists()
