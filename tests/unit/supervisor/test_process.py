"""One child process: output, group, end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec, describe_exit


def python(code: str, **more: object) -> ProcessSpec:
    return ProcessSpec(name="child", argv=(sys.executable, "-I", "-S", "-c", code), **more)  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> RotatingLog:
    return RotatingLog(tmp_path / "child.log")


async def test_output_of_both_streams_goes_to_the_log(log: RotatingLog) -> None:
    child = Child(python("import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"), log)
    assert await child.wait() == 3
    assert log.path.read_text() == "out\nerr\n"
    assert log.last_line() == "err"


async def test_what_a_dying_child_wrote_last_is_not_lost(log: RotatingLog) -> None:
    child = Child(python("import os; os.write(1, b'x' * 60000); os.kill(os.getpid(), 9)"), log)
    assert await child.wait() == -signal.SIGKILL
    assert log.path.stat().st_size == 60000


async def test_a_missing_program_is_an_error(log: RotatingLog) -> None:
    with pytest.raises(OSError, match="nowhere"):
        Child(ProcessSpec(name="x", argv=("/nowhere/program",)), log)


async def test_environment_is_exactly_what_was_given(log: RotatingLog) -> None:
    await Child(python("import os; print(sorted(os.environ))", env={"ONLY": "1", "LC_ALL": "C"}), log).wait()
    assert log.last_line() == "['LC_ALL', 'ONLY']"


async def test_niceness_is_added(log: RotatingLog) -> None:
    await Child(python("import os; print(os.nice(0))", nice=7), log).wait()
    assert log.last_line() == str(min(19, os.nice(0) + 7))


async def test_stop_kills_what_ignores_the_signal_after_its_grace(log: RotatingLog) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = Child(python(code, stop_grace=0.3), log)
    await until(lambda: log.last_line() == "up")
    assert await child.stop() == -signal.SIGKILL


async def test_hurry_cuts_the_grace_short(log: RotatingLog) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = Child(python(code, stop_grace=30.0), log)
    await until(lambda: log.last_line() == "up")
    hurry = asyncio.Event()
    hurry.set()
    async with asyncio.timeout(5):
        assert await child.stop(hurry) == -signal.SIGKILL


async def test_children_of_a_killed_child_go_with_it(log: RotatingLog) -> None:
    """A killed web master must not leave workers behind that hold its port."""
    code = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    child = Child(python(code), log)
    await until(lambda: log.last_line() != "")
    grandchild = int(log.last_line())
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    await until(lambda: not alive(grandchild))
    assert not alive(grandchild)


def test_rotation_keeps_size_and_number_of_files(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "a.log", max_bytes=100, keep=2)
    for number in range(20):
        log.write(b"%02d" % number + b"." * 37 + b"\n")
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert (tmp_path / "a.log").read_bytes().startswith(b"18")
    assert (tmp_path / "a.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("code", "words"), [(0, "終了コード 0"), (3, "終了コード 3"), (-9, "シグナル SIGKILL"), (-99, "シグナル 99")]
)
def test_exit_codes_in_words(code: int, words: str) -> None:
    assert describe_exit(code) == words


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(true: object, timeout: float = 10.0) -> None:
    async with asyncio.timeout(timeout):
        while not true():  # type: ignore[operator]
            await asyncio.sleep(0.02)
