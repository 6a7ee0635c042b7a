"""On which addresses a process listens, as the kernel says (/proc)."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

_LISTENS = "0A"
_PROC = Path("/proc")


def listening(pid: int) -> set[tuple[str, int]]:
    """Address and port of each TCP socket on which a process, or one that it started, waits to be called."""
    own = {link for one in _family(pid) for link in _open_files(one)}
    return {place for inode, place in _sockets() if f"socket:[{inode}]" in own}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in (_PROC / str(pid) / "task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def _open_files(pid: int) -> Iterator[str]:
    for link in (_PROC / str(pid) / "fd").glob("*"):
        with contextlib.suppress(OSError):  # closed meanwhile
            yield os.readlink(link)


def _sockets() -> Iterator[tuple[str, tuple[str, int]]]:
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in (_PROC / "net" / name).read_text().splitlines()[1:]:
            local, state, inode = (line.split()[column] for column in (1, 3, 9))
            if state == _LISTENS:
                address, _, port = local.partition(":")
                # Words of four bytes, each as the machine has them in memory.
                words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
                yield inode, (socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)), int(port, 16))
