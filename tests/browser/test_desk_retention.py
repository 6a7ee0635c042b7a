"""The pages of what is kept and what goes: by ear and by key, at a phone's width and a desk's (KAG-8.4, TAJ-7)."""

from __future__ import annotations

from uuid import UUID, uuid4

from playwright.async_api import Browser, expect

from handoff.services.retention.run_retention import RunRetention
from tests.browser.conftest import TOGETHER
from tests.browser.test_desk_broadcasts import at_the_desk, looks_well
from tests.integration.conftest import SEALER, Database, open_service
from tests.integration.desk_support import Bridge
from tests.integration.retention.seed import Seed
from tests.support.sites import desk_site

pytestmark = TOGETHER


async def test_a_hold_a_wish_and_the_proof_of_what_went(browser: Browser, database: Database) -> None:
    async with open_service(database) as service:
        bridge = Bridge(service)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            await bridge.write("あのことは、消してほしいです")
            (session,) = await service.rows("SELECT id FROM sessions")
            (staff,) = await service.rows("SELECT id FROM staff WHERE name = 'minato'")
            bridge.clock.advance(days=-400)
            await Seed(service, bridge.clock.now(), UUID(str(staff.id))).fill()
            bridge.clock.advance(days=400)
            await RunRetention(service.store, service.setting)(at_once=True)
            await service.change(
                "INSERT INTO research_exports (id, profile, purpose, made_by, made_at) SELECT :i, profile,"
                " :p, :m, now() FROM disposals LIMIT 1",
                i=uuid4(),
                p=b"",
                m=staff.id,
            )
            async with at_the_desk(browser, url, "minato") as page:
                await page.goto(f"{url}/desk/talks/{session.id}/care")
                await page.get_by_role("link", name="残す・消す").press("Enter")
                await expect(page.get_by_role("heading", name="残す・消す")).to_be_visible()
                await page.get_by_label("なぜ残すか").select_option("serious")
                await page.get_by_label("いつまで").fill("2026-12-10")
                await page.get_by_label("わけ").fill("短い")
                await page.get_by_role("button", name="保全する").press("Enter")
                await expect(page.get_by_label("わけ", exact=True)).to_have_attribute("aria-invalid", "true")
                await looks_well(page, "keeping-refused")
                await page.get_by_label("わけ", exact=True).fill("児童相談所が調べているあいだ残すため")
                await page.get_by_role("button", name="保全する").press("Enter")
                await expect(page.get_by_role("status")).to_contain_text("終わりの日まで、消えません")
                await page.get_by_label("下でえらんだ言葉だけ").check()
                await page.locator("summary", has_text="本人の言葉からえらぶ").press("Enter")
                await page.get_by_label("あのことは、消してほしいです").check()
                await looks_well(page, "keeping")
                await page.get_by_role("button", name="請求として業務責任者へ回す").press("Enter")
                await expect(page.get_by_role("status")).to_contain_text("二人で決めます")
                await page.goto(f"{url}/desk/retention")
                await expect(page.get_by_role("heading", name="これから消えるもの")).to_be_visible()
                await expect(page.locator(".holds > li")).to_contain_text("見直す時期です")
                await looks_well(page, "retention")
                await page.locator("tbody th a").first.press("Enter")
                await expect(page.get_by_role("heading", name="破棄証明書")).to_be_visible()
                await looks_well(page, "retention-proof")
            async with at_the_desk(browser, url, "iinkai") as page:
                await page.goto(f"{url}/desk/retention")
                await expect(page.get_by_role("button", name="承認する")).to_be_visible()
                await looks_well(page, "retention-board")
