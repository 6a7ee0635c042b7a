"""The report's pages in a browser, and what is wrong with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from handoff.domain.report import answers_of
from tests.browser.desk_people import GRAVE
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS, TARGETS
from tests.browser.phone import PATIENCE, watch
from tests.support.running import Running


@dataclass
class ReportPage:
    """Somebody at the page. trouble: failed scripts, blocked content, requests to other hosts."""

    page: Page
    service: Running
    trouble: list[str] = field(default_factory=list)
    script: bool = True

    async def open(self, path: str = "/report") -> None:
        await self.page.goto(self.service.web + path)
        if not self.script:
            # The page goes on to an address with a sign, for which it needs no script either.
            await self.page.wait_for_url(lambda address: "s=" in address)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def button_to_leave(self) -> Locator:
        return self.page.get_by_role("button", name="すぐに閉じる")

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    async def at(self, heading: str) -> None:
        """Wait for a page, with its script where it runs any: what a pupil does before, is done without one."""
        await expect(self.heading).to_have_text(heading)
        await self.page.wait_for_load_state()

    async def choose(self, name: str) -> None:
        await self.page.get_by_label(name, exact=True).check()

    async def go_on(self, heading: str) -> None:
        await self.button("次へ").last.click()
        await self.at(heading)

    async def wrong(self) -> list[str]:
        """What measures and axe find on the page as it is now."""
        await self.page.wait_for_load_state()
        found: list[str] = []
        for what in (CONTRAST, TARGETS, REFERENCES, SIDEWAYS):
            found += [str(line) for line in await self.page.evaluate(what)]
        # A box's label is what one taps, and it was measured; the button that Enter presses is seen by nobody.
        found = [line for line in found if not line.endswith(": 22 x 22") and not line.startswith("hidden:")]
        axe: Any = (await Axe().run(self.page)).response
        return found + [
            f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0].get('failureSummary', '')[:160]}"
            for one in axe["violations"]
            if one["impact"] in GRAVE
        ]

    def told(self) -> list[tuple[str, str]]:
        """What all reports of the service say, with the ids of their sessions."""
        rows = self.service.rows("SELECT id, session_id, answers FROM reports")
        opened = self.service.sealer.open  # after the rows: it knows the keys that there are now
        return [
            (answers_of(opened("reports", "answers", str(row["id"]), row["answers"])).what, str(row["session_id"]))
            for row in rows
        ]

    async def holds(self, words: str) -> str:
        """Wait until the service holds these words, which no other report says; the session's id."""
        for _ in range(100):
            if found := [session for said, session in self.told() if said == words]:
                assert len(found) == 1, "which of them is this page's?"
                return found[0]
            await asyncio.sleep(0.1)
        raise AssertionError(self.told())


async def open_report(
    browser: Browser,
    service: Running,
    width: int = 390,
    height: int = 844,
    *,
    script: bool = True,
    letters: float = 1,
    touch: bool = False,
) -> ReportPage:
    """A browser of its own. script: whether it runs any; letters: how large they are set; touch: by fingers."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        java_script_enabled=script,
        has_touch=touch,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE)
    one = ReportPage(await context.new_page(), service, script=script)
    await watch(one.page, service.web, one.trouble)
    if letters != 1:
        # As a person sets it in their browser: every size of ours follows the root's.
        await one.page.route("**/report.css", lambda route: larger(route, letters))
    return one


async def larger(route: Any, letters: float) -> None:
    answer = await route.fetch()
    text = await answer.text()
    await route.fulfill(response=answer, body=f"{text}\n:root {{ font-size: {100 * letters}%; }}")
