"""Shows the steps of a start: what is being done, and for how long."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress:
    """Steps with names and elapsed seconds: moving on a terminal, plain lines elsewhere.

    Several steps may run at the same time. Use as a context manager; it may be left and entered again.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._console = Console(file=self._stream, highlight=False, markup=False, soft_wrap=True)
        self._live = self._console.is_terminal
        self._bars: Bars | None = None

    def __enter__(self) -> Self:
        if self._live:
            self._bars = Bars(
                SpinnerColumn(finished_text=" "),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def say(self, line: str) -> None:
        """Prints one line of its own."""
        self._console.print(line)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Shows ``name`` as being worked on until the block ends, then ✓, ✗ (failed) or – (broken off), and how long it took."""
        started = time.monotonic()
        task = None
        if self._bars is not None:
            task = self._bars.add_task(name, total=None)
        else:
            self.say(f"… {name}")
        mark = "✗"
        try:
            yield
            mark = "✓"
        except asyncio.CancelledError:
            mark = "–"
            raise
        finally:
            if self._bars is not None and task is not None:
                self._bars.remove_task(task)
                self._bars.refresh()
            self.say(f"{mark} {name} ({time.monotonic() - started:.1f} s)")
