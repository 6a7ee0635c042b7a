"""The warden: ends the processes of a supervisor that was killed.

A supervisor that dies by SIGKILL can't clean up. ``PR_SET_PDEATHSIG`` reaches its direct children only, not the
children of those (Sanic's workers). The warden therefore holds the reading end of a pipe; when the supervisor is gone,
the pipe ends, and the warden ends every process group that it was told of.

Runs as a script of its own, standard library only, so that it is up in a few hundredths of a second. Lines on stdin:
``+<pid> <signal> <grace seconds>`` a process group was started, ``-<pid>`` it is gone.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time


def _end(groups: dict[int, tuple[int, float]]) -> None:
    watched: dict[int, int] = {}
    for pid in groups:
        # Without pidfd (not Linux) the group is simply killed after its grace.
        with contextlib.suppress(OSError, AttributeError):
            watched[pid] = os.pidfd_open(pid)
    for pid, (number, _) in groups.items():
        with contextlib.suppress(OSError):
            os.killpg(pid, number)
    started = time.monotonic()
    for pid, (_, grace) in sorted(groups.items(), key=lambda item: item[1][1]):
        left = max(0.0, started + grace - time.monotonic())
        if pid in watched and select.select([watched[pid]], [], [], left)[0]:
            continue
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Reads lines until the supervisor is gone, then ends what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, tuple[int, float]] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            pid, number_text, grace = line[1:].split()
            groups[int(pid)] = (int(number_text), float(grace))
        elif line.startswith("-"):
            groups.pop(int(line[1:]), None)
    _end(groups)


if __name__ == "__main__":
    main()
