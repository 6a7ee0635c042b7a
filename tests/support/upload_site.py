"""The routes of files in a process of their own, so that its memory can be measured: ``python -m … <database>``.

Says in one line of JSON where it listens and with which tokens, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import uvloop

from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.profiles import load_profile
from handoff.domain.clock import Clock
from handoff.domain.profile.access import MediaLimits
from handoff.services.setting import Setting
from handoff.settings import ROOT
from kernel.sealing import Keyring, Sealer
from tests.integration.conftest import OPEN, Service, listening
from tests.integration.evidence_support import Files
from tests.integration.test_evidence_web import site

TOKENS = 12


async def main(database: str, video_mb: int) -> None:
    jobs = JobQueue(database)
    sealer = Sealer(Keyring(active="k1", keys={"k1": os.urandom(32)}, lookup=os.urandom(32)))
    store = SqlStore(database, sealer, jobs, pool_size=10)
    async with jobs.app.open_async(), listening(database) as ears:
        setting = Setting(Clock.starting_at(OPEN), load_profile(ROOT / "data" / "profiles" / "demo.yml"))
        files = Files(Service(store, jobs, setting, ears))
        files.media(limits=MediaLimits(video_mb=video_mb, total_mb=video_mb + 1, image_mb=15))
        tokens = [(await files.report())[0] for _ in range(TOKENS)]
        async with site(files) as url:
            sys.stdout.write(json.dumps({"url": url, "tokens": tokens, "pid": os.getpid()}) + "\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)
    await store.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
