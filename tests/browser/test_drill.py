"""One drill from its start to its results, at the real desk with the real bot (緊急案件時の訓練), and a fault's report."""

from __future__ import annotations

import asyncio
import os

from playwright.async_api import expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown
from tests.browser.test_desk_at_risk import pressed
from tests.support.running import Running

pytestmark = TOGETHER

#: A line is said in the worker's next round, five seconds at most, and then read and screened.
SOON = 30_000


async def shot(person: Person, name: str) -> None:
    folder = os.environ.get("TSUNAGI_SHOTS")
    if folder:
        for width, height in ((390, 844), (1280, 800)):
            await person.page.set_viewport_size({"width": width, "height": height})
            await person.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


async def fits(person: Person) -> None:
    """No grave fault for those who hear or type, and nothing cut off on a phone."""
    assert await person.axe() == []
    await person.page.wait_for_load_state()
    for width in (390, 1280):
        await person.page.set_viewport_size({"width": width, "height": 844})
        assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"cut off at {width}"


async def test_one_drill_from_start_to_results(sit: SitDown, service: Running) -> None:
    minato, yuki, sora = await sit("minato"), await sit("yuki"), await sit("sora")
    await minato.go("/desk/service")
    await minato.page.get_by_role("link", name="障害と訓練").click()
    await fits(minato)
    await shot(minato, "faults-empty")
    await minato.page.get_by_role("radio", name="死にたい気持ちと、手もとの薬").check()
    await pressed(minato, "訓練を始める")
    results = minato.page.url.partition("?")[0]
    await expect(minato.page.get_by_role("heading", name="訓練：死にたい気持ちと、手もとの薬")).to_be_visible()

    # It comes to the queue like a student, marked, and isn't counted.
    card = yuki.waiting("訓練")
    await expect(card).to_contain_text("緊急対応中", timeout=3 * SOON)  # with its third line
    await expect(yuki.page.locator("#queue-count")).to_have_text("0・訓練1")
    assert "緊急" not in await yuki.page.title()
    await shot(yuki, "drill-queue")
    await minato.page.reload()
    await fits(minato)
    await shot(minato, "drill-running")
    (raised,) = service.rows(
        "SELECT e.* FROM escalations e JOIN sessions s ON s.id = e.session_id JOIN drills d USING (contact_id)"
        " WHERE d.ended_at IS NULL"
    )
    notices = service.rows("SELECT medium, state FROM escalation_notices WHERE escalation_id = %s", raised["id"])
    assert {row["state"] for row in notices if row["medium"] != "desk"} <= {"dropped"}

    session = str(raised["session_id"])
    await card.get_by_role("button", name="担当する").click()
    await expect(yuki.pane(session).locator(".pane-head")).to_contain_text("訓練")
    await yuki.say(session, "書いてくれてありがとうございます。死にたい気持ちが、いまもありますか。")
    await expect(yuki.line(session, "ほんとに読んでくれてるんですね")).to_be_visible(timeout=SOON)
    await shot(yuki, "drill-talk")
    await yuki.go(f"/desk/escalations/{raised['id']}")
    await expect(yuki.page.locator("main")).to_contain_text("これは訓練です")
    await expect(yuki.page.locator(".level").first).to_contain_text("訓練・")
    await expect(yuki.page.locator("a[href^='tel:']")).to_have_count(0)
    await yuki.page.locator("details:has(#agency) > summary").click()
    await yuki.page.locator("#agency").select_option("fire")
    await yuki.page.locator("input[name=result]").first.check()
    await yuki.page.locator("#whom").fill("訓練")
    await pressed(yuki, "電話を記録する")
    await shot(yuki, "drill-escalation")
    await yuki.page.locator("details:has(#note) > summary").click()
    await yuki.page.get_by_role("radio", name="安全を確かめた").check()
    await yuki.page.locator("#note").fill("訓練。安全を確かめた。")
    await pressed(yuki, "終える")
    await yuki.go("/desk/")
    await expect(yuki.composer(session)).to_be_visible()
    await yuki.act(session, "終える")
    await yuki.choose("終えて記録に進む")
    await yuki.page.wait_for_url(f"**/desk/talks/{session}/sheet")
    await expect(yuki.page.locator(".sheet-head")).to_contain_text("これは訓練です")
    await yuki.page.get_by_role("textbox", name="まとめ").fill("訓練。安全を確かめた。")
    await pressed(yuki, "記録を完了する")
    await sora.go("/desk/sheets")
    await expect(sora.page.locator(".waiting-sheets")).to_contain_text("訓練")
    await sora.page.get_by_role("link", name="読んで確認する").first.click()
    await pressed(sora, "読んで確認した")

    # It ends by itself, and says what was done when.
    for _ in range(SOON // 100):
        if service.rows(
            "SELECT 1 FROM drills WHERE contact_id IN (SELECT contact_id FROM sessions WHERE id = %s) "
            "AND ending = 'done'",
            session,
        ):
            break
        await asyncio.sleep(0.1)
    await minato.page.goto(results)
    await expect(minato.page.locator("header .from")).to_contain_text("終わりました")
    rows = minato.page.locator("tbody tr")
    for name in (
        "緊急対応を受ける",
        "死にたい気持ちを、はっきりたずねる",
        "関係機関への電話を記録する",
        "ほかの人が記録を確認する",
    ):
        await expect(rows.filter(has_text=name)).not_to_contain_text("記録なし")
    await expect(rows.filter(has_text="いまの安全な場所を確かめる")).to_contain_text("記録なし")
    await minato.page.get_by_role("textbox").fill("居場所をたずねるのが抜けた。次は、はじめに聞く。")
    await pressed(minato, "保存する")
    await fits(minato)
    await shot(minato, "drill-results")
    assert service.rows("SELECT 1 FROM surveys WHERE session_id = %s", session) == []
    board = await sit_board(minato, sit, results)
    await expect(board.page.locator("main")).to_contain_text("居場所をたずねるのが抜けた")
    await shot(board, "drill-board")


async def sit_board(minato: Person, sit: SitDown, path: str) -> Person:
    """The board has no desk; it signs in on the same page and reads."""
    await minato.page.get_by_role("button", name="ログアウト").click()
    await minato.page.get_by_role("textbox", name="名前").fill("iinkai")
    await minato.page.get_by_role("textbox", name="パスワード").fill("tsunagi-demo")
    await minato.page.get_by_role("button", name="ログイン").click()
    await expect(minato.page.get_by_role("textbox", name="パスワード")).to_have_count(0)
    await minato.page.goto(path)
    return minato


async def test_a_fault_is_written_told_and_printed(sit: SitDown, service: Running) -> None:
    """KAG-8.1, TAJ-N6: by keyboard and on a phone as well."""
    minato = await sit("minato")
    await minato.page.set_viewport_size({"width": 390, "height": 844})
    await minato.go("/desk/faults")
    await minato.page.get_by_role("link", name="障害を記録する", exact=True).click()
    page = minato.page
    await fits(minato)
    await shot(minato, "fault-new")
    await page.get_by_label("始まった日時").fill("2026-11-20T17:00")
    await page.get_by_label("気づいた日時").fill("2026-11-20T17:10")
    await page.get_by_label("気づいた人（役割）").fill("相談員")
    await page.get_by_label("何が起きたか").fill("返事が、十分ほどおくれて届いた。")
    await page.get_by_label("遅れた").check()
    await page.get_by_label("影響があった").check()
    await pressed(minato, "記録を始める")
    await fits(minato)
    await shot(minato, "fault-one")
    await page.get_by_label("伝え方").select_option("phone")
    await page.get_by_label("だれに（部署・役割）").fill("指導課")
    await pressed(minato, "記録する")
    await pressed(minato, "お知らせを出す")
    await page.goto(page.url.partition("?")[0] + "/sheet")
    await expect(page.get_by_text("下書き", exact=True)).to_be_visible()
    await expect(page.locator("main")).to_contain_text("指導課")
    await fits(minato)
    await shot(minato, "fault-sheet")
    await page.emulate_media(media="print")
    await shot(minato, "fault-print")
    await page.emulate_media(media="screen")
    if folder := os.environ.get("TSUNAGI_SHOTS"):
        await asyncio.sleep(1.2)
        await page.goto(f"{service.web}/chat")
        await shot(minato, "fault-chat")
        await page.goto(f"{service.web}/report")
        await shot(minato, "fault-report")
        assert folder
    service.execute("UPDATE faults SET notice_on = false, state = 'restored'")
