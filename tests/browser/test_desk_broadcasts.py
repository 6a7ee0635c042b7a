"""The pages of blocks and of texts for everybody: read by ear and by key, at a phone's width and a desk's (TAJ-5, HOK-5.3)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.integration.conftest import SEALER, Database, open_service
from tests.integration.desk_support import Bridge
from tests.support.sites import desk_site

pytestmark = TOGETHER

#: Where a person who looks at the pages wants their pictures.
PICTURES = os.environ.get("TSUNAGI_PICTURES")
CALM = "おすすめのお店はこちらです"


@asynccontextmanager
async def at_the_desk(browser: Browser, url: str, name: str) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = await context.new_page()
    await page.goto(f"{url}/desk/")
    await page.get_by_role("textbox", name="名前").fill(name)
    await page.get_by_role("textbox", name="パスワード").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="ログイン").click()
    await expect(page.get_by_role("textbox", name="パスワード")).to_have_count(0)
    await page.wait_for_load_state()
    yield page
    await context.close()


async def looks_well(page: Page, name: str) -> None:
    """Nothing is cut off at any width, and axe finds nothing grave."""
    await page.wait_for_load_state()  # without its styles a page is wider
    for width in (320, 390, 1280):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is cut off at {width}"
        )
        if PICTURES and width != 320:
            await page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
    assert await Person(page, name, "").axe() == []


async def test_a_block_is_decided_seen_and_lifted(browser: Browser, database: Database) -> None:
    async with open_service(database) as service:
        bridge = Bridge(service)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            await bridge.write(CALM)
            (session,) = await service.rows("SELECT id FROM sessions")
            async with at_the_desk(browser, url, "minato") as page:
                await page.goto(f"{url}/desk/talks/{session.id}/care")
                await page.get_by_role("link", name="受付を止めることを考える").press("Enter")
                await expect(page.get_by_role("heading", name="この人の受付を止める")).to_be_visible()
                await page.get_by_label("理由（この窓口の禁止事項）").select_option("impersonation")
                await page.get_by_label("何があったか").fill(
                    "ほかの生徒の名前で、同じ店の宣伝が5日続きました。\n二度、やめてほしいと伝えました。"
                )
                await page.get_by_label("いつまで止めるか").fill("2026-11-26")
                await page.get_by_role("button", name="受付を止める").press("Enter")
                box = page.get_by_label("書いたのが本人かどうか")
                await expect(box).to_have_attribute("aria-invalid", "true")
                assert "照らし合わせて" in await page.locator("#fault").inner_text()
                await looks_well(page, "block-refused")
                await box.check()
                await page.get_by_role("button", name="受付を止める").press("Enter")
                await expect(page.get_by_role("heading", name="受付を止めている人")).to_be_visible()
                await bridge.write(CALM)
                await page.reload()
                await expect(page.locator(".listed > li")).to_contain_text("本人には")
                await expect(page.get_by_role("link", name="書きこみを読む")).to_be_visible()
                await expect(page.locator(".listed > li")).to_contain_text("このあいだの書きこみ 1件")
                await looks_well(page, "blocks")
                await page.goto(f"{url}/desk/talks/{session.id}/care")
                await expect(page.locator(".note")).to_contain_text("受付を止めています（11月26日（木）まで）")
                await looks_well(page, "care")
                await page.goto(f"{url}/desk/talks/{session.id}/block")
                await looks_well(page, "block-again")
                await page.goto(f"{url}/desk/overview")
                row = page.locator("#intakes tr").filter(has_text="受付を止めています")
                await expect(row).to_contain_text("11/26")
                await page.goto(f"{url}/desk/broadcasts/blocks")
                await page.get_by_role("button", name="いま解除する").press("Enter")
                await expect(page.locator(".said")).to_have_text("受付を、また始めました。")
                await looks_well(page, "blocks-over")


async def test_a_text_is_previewed_proposed_and_approved(browser: Browser, database: Database) -> None:
    async with open_service(database) as service:
        bridge = Bridge(service)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            await bridge.write("お知らせはいらない")
            async with at_the_desk(browser, url, "kaede") as page:
                await page.goto(f"{url}/desk/broadcasts")
                await looks_well(page, "texts-empty")
                await page.get_by_label("何を知らせる文か").select_option("opening")
                await page.get_by_role("textbox", name="文", exact=True).fill(
                    "きょうの相談が始まりました。\n話せることから書いてください。"
                )
                await page.get_by_role("button", name="見え方を確かめる").press("Enter")
                await expect(page.locator(".preview .bubble")).to_contain_text("きょうの相談が始まりました。")
                await looks_well(page, "texts-preview")
                await page.get_by_role("button", name="承認を求める").press("Enter")
                await expect(page.locator(".listed > li")).to_contain_text("承認待ち")
                await page.get_by_text("紙やメールで承認されたことを記録する").press("Enter")
                await looks_well(page, "texts-proposed")
            async with at_the_desk(browser, url, "iinkai") as page:
                await page.goto(f"{url}/desk/broadcasts")
                await looks_well(page, "texts-board")
                await page.get_by_role("button", name="この文を承認する").press("Enter")
                await expect(page.locator(".listed > li")).to_contain_text("承認済み（いま使える）")
                await looks_well(page, "texts-approved")
