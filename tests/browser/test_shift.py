"""A whole shift in the browser, from the start check to the handover that the next day reads (KAG-6.1ア(イ), HYO-4.1⑥, WG-19)."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, expect

from tests.browser.alarm_phone import _database
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown, heard, session_of, write
from tests.support import alarms
from tests.support.running import OPEN, Running

pytestmark = TOGETHER

DAY, NEXT = "/desk/shifts/2026-11-20", "/desk/shifts/2026-11-21"
WORDS = "部活のことで話した生徒さんが、あしたも来るそうです。"


async def pressed(person: Person, name: str) -> None:
    """Press a form's button and wait for the page after it, which refuses nothing."""
    async with person.page.expect_navigation():
        await person.page.get_by_role("button", name=name).press("Enter")
    await expect(person.page.get_by_role("alert")).to_have_count(0)


async def looks_well(person: Person) -> None:
    """Nothing is cut off on a phone or at a desk, and nothing is grave for a screen reader."""
    await person.page.wait_for_load_state()
    for width in (390, 1280):
        await person.page.set_viewport_size({"width": width, "height": 844})
        assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"cut off at {width}"
    assert await person.axe() == []


async def test_a_whole_shift_from_the_start_check_to_the_handover(
    sit: SitDown, service: Running, browser: Browser
) -> None:
    yuki, _sora, minato = await sit("yuki"), await sit("sora"), await sit("minato")
    page = minato.page

    # The start check: the alarm by a link and by hand, people, lines and texts, what is left.
    await minato.go("/desk/shifts")
    await pressed(minato, "始まりの確認をする")
    await looks_well(minato)
    await expect(page.locator("#staff")).to_contain_text("人数はそろっています。")
    await pressed(minato, "試験を送る")
    (test,) = service.rows(
        "SELECT escalation_id FROM shift_alarms a JOIN shifts s ON s.id = a.shift_id WHERE s.day = %s", OPEN[:10]
    )
    for _ in range(100):
        if service.rows("SELECT 1 FROM escalations WHERE id = %s AND state = 'closed'", test["escalation_id"]):
            break
        await asyncio.sleep(0.1)
    async with _database(service) as (store, setting):
        token = await alarms.link(store, setting, test["escalation_id"], 0)
    phone = await (await browser.new_context(viewport={"width": 390, "height": 844})).new_page()
    await phone.goto(f"{service.web}/alarm/{token}")
    await phone.get_by_role("button", name="お知らせを開く").click()
    await expect(phone.get_by_text("お知らせが届いたことは、この画面を開いたことで伝わりました")).to_be_visible()
    await minato.go(DAY)
    rungs = page.locator(".rungs > li")
    await expect(rungs.first).to_contain_text("リンクを開きました")
    for name in ("たかはし", "いとう"):
        await page.locator(".rungs input.name").first.fill(name)
        async with page.expect_navigation():
            await page.get_by_role("button", name="受け取りを記録する").first.press("Enter")
    await expect(rungs.locator(".state.done")).to_have_count(3)
    for verb in ("緊急の知らせを確認した", "人を確認した", "窓口と文を確認した", "残っている用事を確認した"):
        await pressed(minato, verb)
    await pressed(minato, "シフトを始める")
    await expect(page.locator("p.note")).to_contain_text("みなとさんが始めました")
    await looks_well(minato)

    # A student's session, with its sheet.
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "部活をやめたいです", "相談員と話したい")
        session = await session_of(service, student)
        await yuki.next()
        await yuki.say(session, "部活のことですね。どんなときに、そう思いますか。")
        await heard(line, student, "どんなときに")
        await write(line, student, "先輩がこわいです")
        await expect(yuki.line(session, "先輩がこわいです")).to_be_visible()
        await yuki.act(session, "終える")
        await yuki.choose("終えて記録に進む")
        await yuki.page.wait_for_url(f"**/desk/talks/{session}/sheet")
        await yuki.page.get_by_role("group", name="主な内容").get_by_label("友人").check()
        await yuki.page.get_by_role("textbox", name="まとめ").fill("部活の先輩とのこと。また話すと約束した。")
        await pressed(yuki, "記録を完了する")
    for _ in range(100):
        if service.session(student)["state"] == "closed":
            break
        await asyncio.sleep(0.1)

    # The log, the daily report and the handover.
    await minato.go(f"{DAY}/duty")
    await expect(page.get_by_role("row", name="ゆき")).to_contain_text("相談員")
    await page.get_by_role("textbox", name="あったこと").fill("警察から折り返し")
    await page.locator("#d-time").fill("17:30")
    await pressed(minato, "書き足す")
    await expect(page.locator(".log")).to_contain_text("警察から折り返し")
    await looks_well(minato)
    await minato.go(f"{DAY}/daily")
    await page.get_by_label("書きそえること").fill("静かな夜でした。")
    await looks_well(minato)
    await pressed(minato, "仕上げる")
    await expect(page.locator("main")).to_contain_text("静かな夜でした。")
    number = service.rows(
        "SELECT count(*) AS n FROM facts WHERE current AND NOT test AND day = '2026-11-20' AND profile = 'demo'"
    )[0]["n"]
    sessions = page.locator(".sums > div").filter(has_text="終わった相談").locator("strong")
    await expect(sessions).to_have_text(str(number))
    assert number > 0
    await expect(page.get_by_role("table", name="種類", exact=True)).to_contain_text("SNS相談")
    assert "先輩がこわい" not in await page.content() and session not in await page.content()
    await looks_well(minato)
    await yuki.go(f"{DAY}/handover")
    await yuki.page.get_by_label("書きそえること").fill(WORDS)
    await pressed(yuki, "仕上げる")
    await looks_well(yuki)
    await yuki.go(f"{DAY}/end")
    for verb in (
        "話している相談を確認した",
        "書きかけの文を確認した",
        "終了記録を確認した",
        "引継ぎを確認した",
    ):
        await pressed(yuki, verb)
    await looks_well(yuki)
    await pressed(yuki, "シフトを終わる")
    await expect(yuki.page.locator("p.note")).to_contain_text("ゆきさんが終わりました")

    # The next day reads it before anything else, and says so.
    await service.choose(profile="demo", clock="2026-11-21T17:00:00+09:00")
    await asyncio.sleep(1.5)  # so late the web process may take up another clock
    await minato.go("/desk/shifts")
    await pressed(minato, "始まりの確認をする")
    assert NEXT in page.url
    tasks = page.locator("#tasks")
    await expect(tasks).to_contain_text("11月20日（金）からの引継ぎ")
    await expect(tasks).to_contain_text(WORDS)
    await expect(page.locator("#alarm")).to_contain_text("1日前")
    async with page.expect_navigation():
        await page.get_by_role("button", name="残っている用事を確認した").press("Enter")
    await expect(page.get_by_label("引継ぎを読みました")).to_have_accessible_description(
        "前の引継ぎを読んで、「読みました」に印をつけてください。"
    )
    assert minato.trouble.pop().startswith("400 "), "as it had to be"
    await page.get_by_label("引継ぎを読みました").check()
    await pressed(minato, "残っている用事を確認した")
    await yuki.go(f"{DAY}/handover")
    await expect(yuki.page.locator("main")).to_contain_text("読んだ人: みなと（11月21日（土）")
