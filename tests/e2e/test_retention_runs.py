"""The worker of a running service looks by itself what has to go (row 23)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

from tests.support.running import Running

#: The first look comes with the worker's start; it may wait for a slow machine, and never for the next one of its looks.
SOON = timedelta(seconds=60)


async def test_row_23_the_worker_looks_with_its_start_and_ends_its_look(service: Running) -> None:
    ended = "SELECT * FROM retention_runs WHERE by = 'worker' AND real_ended_at IS NOT NULL ORDER BY real_started_at"
    async with asyncio.timeout(30):
        while not (runs := service.rows(ended)):
            await asyncio.sleep(0.25)
    logs = sorted((service.var / "log").glob("worker.log*"), reverse=True)
    # What ended the process stands there as a plain line.
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines() if line.startswith("{")]
    told = {line["event"]: line for line in reversed(lines)}
    started = datetime.fromisoformat(told["worker_started"]["timestamp"])
    assert started <= runs[0]["real_started_at"] + timedelta(seconds=1) and runs[0]["real_started_at"] - started < SOON
    assert runs[0]["failed"] == told["retention_run"]["failed"] == 0 and "keys_not_cleared" not in told
