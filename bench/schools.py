"""(g) A register of 500 schools and 71,400 pupils taken in, from a file's bytes to the commit (KAG-5); as CSV and as XLSX."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bench.figures import Times
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.profiles import load_profile
from handoff.adapters.register_files import read_file, xlsx_bytes
from handoff.domain.clock import Clock
from handoff.domain.school_register import table_of
from handoff.services.schools.import_register import take_in
from handoff.services.setting import Setting
from handoff.settings import ROOT
from kernel.sealing import Keyring, Sealer

ROUNDS: Final = 3


@dataclass(frozen=True)
class TakenIn:
    """All times in milliseconds; the register is empty before each."""

    schools: int
    pupils: int
    csv: Times
    xlsx: Times

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def measure(folder: Path) -> TakenIn:
    """Take the demo's register into a database of its own."""
    with EmbeddedPostgres(folder / "schools", durable=False).running_for_tests() as server:
        upgrade(server.owner_url, "tsunagi")
        return asyncio.run(_measure(server.database_url))


async def _measure(url: str) -> TakenIn:
    jobs = JobQueue(url)
    sealer = Sealer(Keyring(active="k1", keys={"k1": os.urandom(32)}, lookup=os.urandom(32)))
    store = SqlStore(url, sealer, jobs, pool_size=2)
    setting = Setting(Clock(), load_profile(ROOT / "data" / "profiles" / "demo.yml"), store)
    data = (ROOT / "data" / "schools" / "demo.csv").read_bytes()
    entries = [draft.onto(None) for draft in read_file(data).drafts]
    files = {"csv": data, "xlsx": xlsx_bytes(table_of(entries))}
    took: dict[str, list[float]] = {name: [] for name in files}
    try:
        async with jobs.app.open_async():
            for _round in range(ROUNDS):
                for name, file in files.items():
                    async with store.engine.begin() as connection:
                        await connection.execute(text("DELETE FROM schools"))
                    began = time.perf_counter()
                    await take_in(store, setting, read_file(file), "bench")
                    took[name].append(time.perf_counter() - began)
    finally:
        await store.close()
    return TakenIn(
        sum(entry.school.kind == "school" for entry in entries),
        sum(entry.enrolments[0].total for entry in entries if entry.enrolments),
        Times.of_seconds(took["csv"]),
        Times.of_seconds(took["xlsx"]),
    )
