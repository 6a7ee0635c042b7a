"""A call is written down in Chromium without a mouse, on a narrow screen, and read by axe (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from tests.browser.conftest import FLAGS, chromium
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_support import Bridge
from tests.support.sites import desk_site


@pytest.fixture
async def page(service: Service) -> AsyncIterator[Page]:
    """Yuki's page, 320 px wide."""
    Bridge(service)
    trouble: list[str] = []
    async with (
        desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url,
        async_playwright() as kit,
    ):
        started = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = await started.new_context(viewport={"width": 320, "height": 640}, timezone_id="Asia/Tokyo")
        page = await context.new_page()
        page.on("console", lambda told: trouble.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        await page.goto(f"{url}/desk/")
        await page.fill("#name", "yuki")
        await page.fill("#password", DEMO_PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".bar")
        await page.goto(f"{url}/desk/other-ways")
        yield page
        await started.close()
    assert [line for line in trouble if "400" not in line] == []


async def test_a_call_is_written_down_by_keys_alone(service: Service, page: Page) -> None:
    found: Any = (await Axe().run(page)).response
    assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    for measure in (CONTRAST, REFERENCES, SIDEWAYS):
        assert await page.evaluate(measure) == []
    await page.get_by_label("電話", exact=True).focus()
    await page.keyboard.press("ArrowDown")  # the next way: a letter
    for field, words in (("school", "第三中"), ("words", " ")):
        while await page.evaluate("document.activeElement.name") != field:
            await page.keyboard.press("Tab")
        await page.keyboard.type(words)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    wrong = page.get_by_label("聞いたこと、または届いた文")
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("alert")).to_contain_text("書いてください")
    await expect(page.get_by_label("手紙")).to_be_checked()
    await expect(page.get_by_label("学校名")).to_have_value("第三中")
    await wrong.focus()
    await page.keyboard.type("手紙の文です")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").first).to_contain_text("記録に入れました")
    await expect(page.locator(".sheet-head .tag")).to_have_text("手紙")
    assert await page.evaluate(SIDEWAYS) == []
    await service.work()
    assert await service.transcript() == [("student", "手紙の文です")]
