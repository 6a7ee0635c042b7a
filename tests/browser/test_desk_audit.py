"""The audit's page and the monthly confirmation in Chromium: by keyboard, on a telephone and at a desk, and for every ear."""

from __future__ import annotations

from uuid import uuid4

from playwright.async_api import Browser, expect

from tests.browser.conftest import TOGETHER
from tests.browser.test_desk_requests import fits, office, press, sit
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import member

pytestmark = TOGETHER
__all__ = ["office"]


async def test_who_did_what_and_a_month_by_keyboard(browser: Browser, office: tuple[Service, str]) -> None:
    service, url = office
    yuki, session = await member(service, "yuki"), uuid4()
    async with service.store.transaction() as tx:
        for _ in range(3):
            await tx.audit.add(OPEN, yuki.actor, "open_talk", session, lines=3, call="x" * 80)
    kaede = await sit(browser, url, "kaede")
    page = kaede.page
    await kaede.go("/desk/service")
    await page.get_by_role("link", name="監査記録").press("Enter")
    await expect(page.get_by_role("heading", name="監査記録", exact=True)).to_be_visible()
    await page.locator("details summary").first.press("Enter")
    await fits(kaede)
    await page.get_by_label("だれが").select_option(label="ゆき（相談員）")
    await page.get_by_label("何を").select_option("reading")
    await press(page, "さがす")
    await expect(page.locator(".entries .what")).to_have_text(["相談を開いた"] * 3)
    await page.locator(".entries .session").first.press("Enter")
    await expect(page.get_by_label("相談の番号、または通報の受付番号")).to_have_value(str(session))
    await page.get_by_label("いつから").fill("2027-01-01")
    await press(page, "さがす")
    await expect(page.get_by_text("この条件に合う記録はありません。")).to_be_visible()
    await fits(kaede)

    await kaede.go("/desk/security")
    for point in await page.get_by_role("group").all():
        await point.get_by_label("確認した").press("Space")
    await page.get_by_label("何月分か").select_option(label="2026年11月")
    await fits(kaede)
    await press(page, "監査記録を確かめて、記録する")
    await expect(page.get_by_role("status")).to_have_text("確認を記録しました。")
    await expect(page.get_by_role("heading", name="2026年11月分")).to_be_visible()
    await fits(kaede)
    assert kaede.trouble == []
