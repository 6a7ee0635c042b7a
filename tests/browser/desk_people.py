"""People at the desk, each in a browser of their own, and what is common to all tests of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.simulator.client import StandIn
from tests.support.running import Running

#: What axe calls grave; nothing of it may stand on any page.
GRAVE = ("serious", "critical")


@dataclass
class Person:
    """Somebody at the desk. trouble: what went wrong in the page without anybody seeing it."""

    page: Page
    name: str
    web: str
    trouble: list[str] = field(default_factory=list)

    # The queue --------------------------------------------------------------------------------------------------

    @property
    def queue(self) -> Locator:
        return self.page.locator("#queue > li")

    def waiting(self, words: str) -> Locator:
        return self.queue.filter(has_text=words)

    async def next(self) -> None:
        await self.page.keyboard.press("Alt+n")

    # Talks ------------------------------------------------------------------------------------------------------

    def pane(self, session: str) -> Locator:
        return self.page.locator(f"#pane-{session}")

    def line(self, session: str, words: str) -> Locator:
        return self.pane(session).locator(".line").filter(has_text=words)

    def composer(self, session: str) -> Locator:
        return self.page.locator(f"#text-{session}")

    async def say(self, session: str, words: str) -> None:
        await self.composer(session).fill(words)
        await self.composer(session).press("Control+Enter")

    async def said(self, words: str) -> None:
        """Wait until the page says something at its foot."""
        await expect(self.page.locator("#said")).to_contain_text(words)

    async def act(self, session: str, name: str) -> None:
        """Press a button of a talk's head."""
        await self.pane(session).get_by_role("button", name=name).click()

    async def choose(self, words: str) -> None:
        """Choose in the dialog that is open."""
        await self.page.locator("dialog[open]").get_by_role("button", name=words).click()

    async def axe(self) -> list[str]:
        """What axe finds grave on the page as it is now."""
        found: Any = (await Axe().run(self.page)).response
        return [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0].get('failureSummary', '')[:160]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]

    async def go(self, path: str) -> None:
        await self.page.goto(self.web + path)


async def sit_down(
    browser: Browser, service: Running, name: str, width: int = 1280, height: int = 800, path: str = "/desk/"
) -> Person:
    """Sign somebody in by the page, as they would."""
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP")
    page = await context.new_page()
    person = Person(page, name, service.web)
    page.on(
        "console",
        lambda told: (
            person.trouble.append(told.text)
            if told.type == "error" and not told.text.startswith("Failed to load")
            else None
        ),
    )
    page.on(
        "response",
        lambda told: (
            person.trouble.append(f"{told.status} {told.url}")
            # What the page shows as refused (somebody was quicker, nobody in training) is no trouble.
            if told.status >= 400 and told.status not in (403, 409)
            else None
        ),
    )
    page.on("pageerror", lambda error: person.trouble.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((service.web, "data:")) else person.trouble.append(asked.url),
    )
    await page.goto(f"{service.web}/desk/")
    await page.get_by_role("textbox", name="名前").fill(name)
    await page.get_by_role("textbox", name="パスワード").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="ログイン").click()
    # Who goes on before the answer has come takes the sign-in back.
    await expect(page.get_by_role("textbox", name="パスワード")).to_have_count(0)
    if path != "/desk/":
        await page.goto(service.web + path)
    await page.wait_for_selector("body[data-ready=yes][data-line=open]")
    return person


type SitDown = Callable[..., Awaitable[Person]]


def clear_desk(service: Running) -> None:
    """What other tests left waiting isn't this evening's."""
    service.execute("UPDATE sessions SET state = 'closed' WHERE state <> 'closed'")
    service.execute("UPDATE escalations SET state = 'closed', next_alarm_at = NULL WHERE state <> 'closed'")
    service.execute("UPDATE drills SET ended_at = now(), ending = 'stopped' WHERE ended_at IS NULL")
    service.execute("DELETE FROM closures")
    service.execute("DELETE FROM sign_ins")
    # Each to a day of its own, long ago.
    service.execute(
        "UPDATE shifts SET day = least((SELECT min(day) FROM shifts), '2000-01-01') - 1 - (day - DATE '2026-01-01')"
        " WHERE day >= '2026-01-01'"
    )


async def write(line: StandIn, user: str, *texts: str) -> None:
    """A student writes, one text after the other."""
    for text in texts:
        sent = await line.text(user, text)
        assert sent.status == 200


async def session_of(service: Running, user: str) -> str:
    """The id of a student's session, once people see it."""
    for _ in range(600):
        found = service.rows(
            "SELECT id FROM sessions WHERE contact_id = %s AND state NOT IN ('intake', 'closed')", service.contact(user)
        )
        if found:
            return str(found[0]["id"])
        await asyncio.sleep(0.1)
    raise TimeoutError("the student waits for nobody")


async def heard(line: StandIn, user: str, words: str) -> None:
    """Wait until LINE has brought a student these words."""
    for _ in range(600):
        if any(words in answer.text for answer in await line.answers(user)):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"the student never heard {words!r}")
