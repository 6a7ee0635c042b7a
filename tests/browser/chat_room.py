"""The web chat on a real PostgreSQL with a real worker, and a bot that answers with one's own words; students' browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.migrate import upgrade
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.domain.clock import Clock
from handoff.services.setting import Setting
from tests.browser.desk_people import GRAVE
from tests.integration.chat_support import working
from tests.integration.conftest import OPEN, SEALER, Service, demo_profile, listening
from tests.support.sites import desk_site


@dataclass(frozen=True)
class Room:
    """A running chat and what is behind it."""

    url: str
    service: Service


@asynccontextmanager
async def chat_room(folder: Path) -> AsyncIterator[Room]:
    async with EmbeddedPostgres(folder, durable=False).running() as server:
        await asyncio.to_thread(upgrade, server.owner_url, "tsunagi")
        jobs = JobQueue(server.database_url)
        store = SqlStore(server.database_url, SEALER, jobs, pool_size=20)
        async with jobs.app.open_async(), listening(server.database_url) as ears:
            service = Service(store, jobs, Setting(Clock.starting_at(OPEN), demo_profile(), store, hold=0), ears)
            service.setting.demands_factor = False
            async with (
                desk_site(store, jobs, service.setting, SEALER, service.sender) as url,
                working(service),
            ):
                yield Room(url, service)
        await store.close()


@dataclass
class Pupil:
    """Somebody at a chat's page. trouble: what went wrong in the page without anybody seeing it."""

    page: Page
    url: str
    trouble: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("textbox", name="ここに書く")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    def row(self, words: str) -> Locator:
        return self.page.locator(".row").filter(has_text=words)

    async def start(self) -> None:
        await self.page.get_by_role("button", name="チャットをはじめる").click()
        await expect(self.row("［チャットを始めた］").or_(self.log.locator(".by-bot"))).to_have_count(1)

    async def say(self, words: str) -> None:
        await self.text.fill(words)
        await self.page.get_by_role("button", name="送る").click()

    async def answered(self, words: str) -> None:
        await expect(self.page.locator(".row.by-bot").filter(has_text=f"はい：{words}")).to_have_count(1)

    async def axe(self) -> list[str]:
        """What axe finds grave on the page as it is now."""
        found: Any = (await Axe().run(self.page)).response
        return [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0].get('failureSummary', '')[:160]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]


async def open_chat(
    browser: Browser,
    url: str,
    width: int = 390,
    height: int = 844,
    *,
    script: bool = True,
    before: str | None = None,
    touch: bool = False,
) -> Pupil:
    """A browser at the chat's first screen, come from an empty page."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="ja-JP", java_script_enabled=script, has_touch=touch
    )
    page = await context.new_page()
    if before is not None:
        await page.add_init_script(before)
    pupil = Pupil(page, url)

    def heard(told: Any) -> None:
        # A network that is away is no fault of the page's.
        quiet = ("Failed to load resource", "net::ERR", "WebSocket connection")
        if told.type == "error" and not any(word in told.text for word in quiet):
            pupil.trouble.append(told.text)

    def asked(told: Any) -> None:
        if not told.url.startswith((url, url.replace("http", "ws", 1), "data:", "about:")):
            pupil.trouble.append(told.url)

    page.on("console", heard)
    page.on("pageerror", lambda error: pupil.trouble.append(str(error)))
    page.on("request", asked)
    await page.goto("about:blank")
    await page.goto(f"{url}/chat")
    if script:
        await page.wait_for_selector("body[data-ready=yes]")
    return pupil


async def settle(pupil: Pupil) -> None:
    await asyncio.sleep(0.3)
    await pupil.page.evaluate("() => new Promise(requestAnimationFrame)")
