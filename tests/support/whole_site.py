"""All of the web process in a process of its own, so that its memory can be measured: ``python -m … <database>``.

Says in one line of JSON where it listens, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from functools import partial

import uvloop
from argon2 import PasswordHasher

from handoff.adapters import passwords
from tests.integration.conftest import Database, open_service
from tests.integration.evidence_support import Files
from tests.integration.house_support import whole_site


async def main(database: str) -> None:
    async with open_service(Database(database, database)) as service:
        files = Files(service)
        files.media()
        token, _session = await files.report()
        async with whole_site(service) as url:
            sys.stdout.write(json.dumps({"url": url, "pid": os.getpid(), "token": token}) + "\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    # argon2 takes 64 MiB on purpose; here what a body takes is measured.
    setattr(passwords, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))  # noqa: B010
    uvloop.run(main(sys.argv[1]))
