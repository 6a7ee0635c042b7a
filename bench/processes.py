"""What the service's processes use, read from ``/proc``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT, _TIMES = 1, slice(11, 15)
"""Places in ``/proc/<pid>/stat`` after the name; the times are utime, stime and those of ended children."""


@dataclass(frozen=True)
class Usage:
    """Of one process with those that it started. cpu_s: seconds since its start; memory_mb: PSS, else RSS."""

    cpu_s: float
    memory_mb: float


def usage(roots: Mapping[str, int]) -> dict[str, Usage]:
    """The usage by name. ``roots``: name → pid; a process counts for its nearest named ancestor.

    The times of children that ended are in their parent's, so the differences of two readings leave nothing out.
    """
    stats = dict(_stats())
    names = {pid: name for name, pid in roots.items()}
    ticks, memory = dict.fromkeys(roots, 0), dict.fromkeys(roots, 0.0)
    for pid, fields in stats.items():
        name = _nearest(pid, names, stats)
        if name is not None:
            ticks[name] += sum(int(field) for field in fields[_TIMES])
            memory[name] += _memory_kb(pid)
    return {name: Usage(ticks[name] / _TICKS_PER_SECOND, round(memory[name] / 1024, 1)) for name in roots}


class OtherLoad:
    """What everything on this machine but the bench and its processes uses, from now on."""

    def __init__(self) -> None:
        self._began, self._before = time.monotonic(), self._others()

    def cores(self) -> float:
        """Average number of cores since the start: a measurement on a busy machine says little."""
        return round(max(0.0, (self._others() - self._before) / (time.monotonic() - self._began)), 2)

    @staticmethod
    def _others() -> float:
        user, nice, system, _idle, _wait, irq, softirq, steal = (
            int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        )
        busy = (user + nice + system + irq + softirq + steal) / _TICKS_PER_SECOND
        return busy - usage({"bench": os.getpid()})["bench"].cpu_s


def _stats() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue  # ended meanwhile
            # The name is in brackets and may hold anything, brackets too.
            yield int(folder.name), text.rpartition(")")[2].split()


def _nearest(pid: int, names: Mapping[int, str], stats: Mapping[int, list[str]]) -> str | None:
    while pid in stats:
        if pid in names:
            return names[pid]
        pid = int(stats[pid][_PARENT])
    return None


def _memory_kb(pid: int) -> float:
    # PostgreSQL's processes share their buffers; by RSS they would be counted once for each.
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(field):
                    return float(line.split()[1])
        except OSError:
            continue
    return 0.0
