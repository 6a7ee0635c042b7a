"""The sheet in Chromium: filled in without a mouse, and without losing words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from playwright.async_api import Dialog, Page, async_playwright, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.coding import TopicCode
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.session import State
from handoff.domain.wrap_up import Sheet
from tests.browser.conftest import FLAGS, chromium
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import member
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import Sheets
from tests.support.sites import desk_site


@dataclass
class Keys:
    """Somebody at a sheet with a keyboard."""

    page: Page
    sheets: Sheets
    session_id: UUID
    trouble: list[str] = field(default_factory=list)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def tab_to(self, name: str) -> int:
        """Go on with the Tab key to a field; how often it was pressed."""
        for count in range(1, 40):
            await self.press("Tab")
            if await self.page.evaluate("document.activeElement.name") == name:
                return count
        raise AssertionError(f"the Tab key never comes to {name}")

    async def sheet(self) -> Sheet:
        sheet = (await self.sheets.known(self.session_id)).sheet
        assert sheet is not None
        return sheet


@pytest.fixture
async def keys(service: Service) -> AsyncIterator[Keys]:
    sheets = Sheets(Bridge(service))
    async with (
        desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url,
        async_playwright() as kit,
    ):
        session_id = await sheets.ended(await member(service, "yuki"))
        started = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await started.new_page(viewport={"width": 1280, "height": 800})
        made = Keys(page, sheets, session_id)
        page.on("console", lambda told: made.trouble.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: made.trouble.append(str(error)))
        await page.goto(f"{url}/desk/")
        await page.fill("#name", "yuki")
        await page.fill("#password", DEMO_PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".bar")
        await page.goto(f"{url}/desk/talks/{session_id}/sheet")
        await page.wait_for_selector(".by-keys")
        yield made
        await started.close()
    assert made.trouble == []


async def test_a_whole_sheet_without_a_mouse(keys: Keys) -> None:
    assert await keys.page.evaluate("document.activeElement.name") == "primary"
    await keys.press("3", "Tab", "1", "3", "^", "^", "5")
    pressed = await keys.tab_to("reporting_class")
    assert pressed < 12, "a group of boxes is one stop"
    await keys.press("ArrowRight", "ArrowRight")
    await expect(keys.page.locator("[name=deadline]")).to_have_value("2026-11-24T23:59")
    await keys.tab_to("recipients")
    await keys.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Space")
    await keys.tab_to("summary")
    await keys.page.keyboard.type("1回目。落ち着いた様子")
    await keys.tab_to("next_step")
    await keys.page.keyboard.type("また来週")
    await keys.press("Enter")
    await expect(keys.page.locator(".said")).to_have_text("記録を完了しました。相談を閉じました。")
    sheet = await keys.sheet()
    assert sheet.primary is TopicCode.FRIENDS
    assert sheet.secondaries == (TopicCode.BULLYING, TopicCode.MIND_BODY), "the main topic isn't another one as well"
    assert sheet.reporting is not None and sheet.reporting.reporting_class is ReportingClass.PROMPTLY
    assert sheet.reporting.recipients == (Agency.MUNICIPAL_BOARD,)
    assert (sheet.summary, sheet.next_step) == ("1回目。落ち着いた様子", "また来週"), "digits in words are digits"
    assert (await keys.sheets.row(keys.session_id)).state == State.CLOSED


async def test_enter_in_the_middle_saves_and_closes_nothing(keys: Keys) -> None:
    await keys.press("4")
    await keys.tab_to("school_name")
    await keys.page.keyboard.type("第三中")
    await keys.press("Enter")
    await expect(keys.page.locator(".said")).to_have_text("途中まで保存しました。")
    assert (await keys.sheet()).person.school_name.value == "第三中"
    assert (await keys.sheets.row(keys.session_id)).state == State.WRAP_UP


async def test_who_leaves_with_unsaved_words_is_asked(keys: Keys) -> None:
    asked = list[str]()

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    keys.page.on("dialog", stay)
    await keys.press("4")
    await expect(keys.page.locator("#dirty")).to_have_text("まだ保存していません")
    await keys.page.reload()
    assert asked == ["beforeunload"]
