"""The alarm's page on the phones of the people on the ladder, in a service that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Locator, Page, expect

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.profiles import load_profile
from handoff.domain.clock import Clock
from handoff.services.setting import Setting
from handoff.settings import ROOT
from tests.browser.phone import PATIENCE, watch
from tests.support import alarms
from tests.support.running import Running

RISK = alarms.Risk(["死にたい", "橋の上にいます"])


@dataclass
class Alarm:
    """An alarm in the running service's database, and the student who set it off."""

    service: Running
    store: SqlStore
    setting: Setting
    student: str
    session: UUID
    escalation: UUID

    async def write(self, words: str, risk: alarms.Risk = RISK, **more: Any) -> None:
        await alarms.write(self.store, self.setting, words, risk, self.student, **more)

    async def say(self, words: str) -> None:
        """A word of the bot's, brought to the student's phone."""
        await alarms.say(self.store, self.setting, self.session, words)
        await self.service.settled()

    async def link(self, rung: int = 0) -> str:
        token = await alarms.link(self.store, self.setting, self.escalation, rung)
        return f"{self.service.web}/alarm/{token}"

    def row(self) -> Any:
        (row,) = self.service.rows("SELECT * FROM escalations WHERE id = %s", self.escalation)
        return row

    def spoken(self) -> list[str | None]:
        """What people said to the student."""
        return [text for author, text in self.service.transcript(self.student) if author == "counsellor"]


@asynccontextmanager
async def raised(service: Running, *words: str) -> AsyncIterator[Alarm]:
    """A student of the stand-in's writes these words, and somebody has to look."""
    async with service.standin() as line:
        student = await line.user(friend=True)
    await service.settled()
    async with _database(service) as (store, setting):
        for one in words or ("もう死にたいです",):
            session = await alarms.write(store, setting, one, RISK, student)
        yield Alarm(service, store, setting, student, session, await alarms.escalation_of(store, session))


@asynccontextmanager
async def ringing(service: Running, student: str) -> AsyncIterator[Alarm]:
    """The alarm that the service itself has raised about a student of the stand-in's."""
    session = UUID(str(service.session(student)["id"]))
    async with _database(service) as (store, setting):
        yield Alarm(service, store, setting, student, session, await alarms.escalation_of(store, session))


@asynccontextmanager
async def _database(service: Running) -> AsyncIterator[tuple[SqlStore, Setting]]:
    """The running service's database, with its present time."""
    now = datetime.fromisoformat((await service.choose())["now"])
    setting = Setting(Clock(now - datetime.now(UTC)), load_profile(ROOT / "data" / "profiles" / "demo.yml"))
    url = EmbeddedPostgres(service.var).database_url
    jobs = JobQueue(url)
    store = SqlStore(url, service.sealer, jobs)
    async with jobs.app.open_async():
        yield store, setting
    await store.close()


@dataclass
class AlarmPhone:
    """One person's browser. trouble: as in ``Phone``."""

    page: Page
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.said = self.page.locator("#said")
        self.alert = self.page.get_by_role("alert")
        self.holding = self.page.locator(".holding")
        self.log = self.page.get_by_role("log", name="会話")
        self.words = self.page.get_by_label("相手に、このまま届きます")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def unfold(self, name: str) -> None:
        await self.page.locator("summary").get_by_text(name, exact=True).click()

    async def enter(self, link: str) -> None:
        """Open the link and press its button; the page's script is there then, where it runs any."""
        await self.page.goto(link)
        await self.button("お知らせを開く").click()
        await expect(self.page.get_by_role("heading", level=1)).to_have_text("緊急のお知らせ")
        await self.page.wait_for_load_state()


async def open_alarm(
    browser: Browser, alarm: Alarm, width: int = 390, height: int = 844, *, script: bool = True, touch: bool = False
) -> AlarmPhone:
    """A browser that isn't anywhere yet. script: whether it runs any."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        java_script_enabled=script,
        has_touch=touch,
        is_mobile=touch,
    )
    context.set_default_timeout(PATIENCE)
    phone = AlarmPhone(await context.new_page())
    await watch(phone.page, alarm.service.web, phone.trouble)
    return phone
