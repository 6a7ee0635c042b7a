"""Progress is plain lines where nobody watches a terminal."""

from __future__ import annotations

import io
import re

import pytest

from handoff.supervisor.progress import Progress


def test_plain_lines_with_names_and_seconds() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress, progress.step("outer"):
        with progress.step("inner [x]"):
            pass
        progress.say("between [bold]")
    lines = stream.getvalue().splitlines()
    assert lines[:2] == ["… outer", "… inner [x]"]
    assert re.fullmatch(r"✓ inner \[x\] \(\d+\.\d s\)", lines[2])
    assert lines[3] == "between [bold]"
    assert lines[4].startswith("✓ outer")
    assert "\x1b" not in stream.getvalue()


def test_a_failed_step_says_so() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Progress(stream) as progress, progress.step("work"):
        raise ValueError("no")
    assert stream.getvalue().splitlines()[1].startswith("✗ work")
