"""What the table of figures says of an aim that is held, and of one that isn't."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.figures import Times
from bench.report import Results
from bench.sealing import Sealing

TIMES = Times(count=300, p50=80.0, p95=95.0, p99=120.0, most=150.0)


def sealing(adds: float) -> Results:
    return Results(sealing=Sealing(ours=TIMES, plain=TIMES, adds=adds, seal_us=9.0, open_us=8.0))


def told(results: Results) -> str:
    out = io.StringIO()
    results.show(Console(file=out, width=160))
    return out.getvalue()


@pytest.mark.parametrize(("adds", "missed"), [(-0.4, False), (12.8, False), (15.0, False), (15.1, True), (40.0, True)])
def test_sealing_may_add_fifteen_percent_and_no_more(adds: float, missed: bool) -> None:
    said = told(sealing(adds))
    assert f"{adds:+g} %" in said and "≤ +15 %" in said
    assert ("✗ missed" in said, "✓" in said) == (missed, not missed)


def test_what_was_measured_is_in_the_file_as_it_is_in_the_table(tmp_path: Path) -> None:
    sealing(15.1).write(tmp_path / "bench.json")
    kept = json.loads((tmp_path / "bench.json").read_text())
    assert kept["sealing"]["adds"] == 15.1 and "ack" not in kept
