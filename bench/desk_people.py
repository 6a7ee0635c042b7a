"""Counsellors of a bench: accounts, sign-ins and sockets, as the desk's own scripts use them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from bench.errors import BenchFailed
from bench.service import Service
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.passwords import ArgonPasswords
from handoff.adapters.profiles import load_profile
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.clock import Clock
from handoff.domain.staff import StaffRole
from handoff.services.desk.accounts import Accounts
from handoff.services.setting import Setting
from handoff.settings import ROOT
from kernel.sealing import Sealer

PASSWORD = "ningyo-no-umi-7"  # noqa: S105 - of accounts in a database that the bench throws away


async def make_accounts(service: Service, count: int) -> list[str]:
    """Accounts of counsellors; their names."""
    jobs = JobQueue(service.database_url)
    store = SqlStore(service.database_url, Sealer.from_key_file(service.key_file), jobs, pool_size=2)
    setting = Setting(Clock(), load_profile(ROOT / "data" / "profiles" / "demo.yml"))
    accounts = Accounts(store, setting, ArgonPasswords())
    names = [f"bench{number}" for number in range(count)]
    try:
        for number, name in enumerate(names):
            added = await accounts.add(name, f"ベンチ{number}", StaffRole.COUNSELLOR, PASSWORD)
            await put_on_roster(store, setting, added)
    finally:
        await store.close()
    return names


@dataclass
class Desk:
    """One open desk. shown: when a line with some words came first, by its words (monotonic seconds)."""

    http: aiohttp.ClientSession
    web: str
    token: str = ""
    sessions: dict[str, int] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        headers = {"x-tsunagi-desk": self.token}
        async with self.http.post(f"{self.web}/desk/api/{path}", json=body, headers=headers) as answer:
            told: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise BenchFailed(f"the desk refused {path.rpartition('/')[2]}: {told.get('code')}")
            return told

    async def claim(self, session: str) -> None:
        """Take this session and open it."""
        await self.post(f"talks/{session}/claim")
        async with self.http.get(f"{self.web}/desk/api/talks/{session}") as answer:
            self.sessions[session] = (await answer.json())["card"]["epoch"]

    async def say(self, session: str, text: str) -> None:
        await self.post(f"talks/{session}/send", epoch=self.sessions[session], text=text, key=str(uuid4()))

    async def listen(self) -> None:
        """Take what the socket brings until cancelled."""
        async with self.http.get(f"{self.web}/desk/api/desk") as answer:
            cursor = (await answer.json())["cursor"]
        address = f"{self.web.replace('http', 'ws', 1)}/desk/socket"
        async with self.http.ws_connect(address, origin=self.web, max_msg_size=0) as socket:
            await socket.send_json({"cursor": cursor, "watch": list(self.sessions)})
            async for message in socket:
                now = time.monotonic()
                line = json.loads(message.data).get("line")
                if line is not None:
                    self.shown.setdefault("".join(words for words, _marked in line["pieces"]), now)
        raise BenchFailed("a desk lost its line")


@asynccontextmanager
async def sat_down(service: Service, names: list[str], waiting: Sequence[str]) -> AsyncIterator[list[Desk]]:
    """Desks of these people, listening; what waits is taken by all of them alike."""
    web = service.addresses.web
    each = len(waiting) // len(names)
    async with contextlib.AsyncExitStack() as stack:
        desks = []
        for number, name in enumerate(names):
            jar = aiohttp.CookieJar(unsafe=True)
            http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            desk = Desk(http, web)
            async with http.post(f"{web}/desk/sign-in", data={"name": name, "password": PASSWORD}) as answer:
                if answer.status != 200:
                    raise BenchFailed("nobody can sign in")
            async with http.get(f"{web}/desk/api/desk") as answer:
                desk.token = (await answer.json())["token"]
            for session in waiting[number * each : (number + 1) * each]:
                await desk.claim(session)
            desks.append(desk)
        tasks = [asyncio.create_task(desk.listen()) for desk in desks]
        await asyncio.sleep(2)
        try:
            yield desks
        finally:
            for task in tasks:
                if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                    raise error
                task.cancel()
