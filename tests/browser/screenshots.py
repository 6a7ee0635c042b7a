"""Takes the documentation's pictures of simulator, alarm page, desk, report and chat anew: ``python -m tests.browser.screenshots [FOLDER]``.

Starts the whole service, so that every word in the pictures is what it really says. Wants fonts for Japanese and emoji.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from handoff.settings import ROOT
from tests.browser.alarm_phone import open_alarm, ringing
from tests.browser.chat_room import open_chat
from tests.browser.conftest import FLAGS, chromium
from tests.browser.desk_people import Person, clear_desk, session_of, sit_down, write
from tests.browser.phone import Phone, open_phone
from tests.browser.report_page import open_report
from tests.support.running import CLOSED, OPEN, Running, running

#: Milliseconds; bubbles slide in.
_STILL = 400


async def _take(phone: Phone, folder: Path, name: str) -> None:
    await _still(phone.page, folder, f"simulator-{name}")


async def _on_a_phone(browser: Browser, service: Running, folder: Path) -> None:
    phone = await open_phone(browser, service, 390, 844, touch=True)
    await phone.button("友だち追加").tap()
    await phone.answered(0)
    await _take(phone, folder, "greeting")
    await phone.say("部活で先輩に無視されて、行くのがつらいです")
    said = await phone.answers.count()
    await phone.candidates.get_by_text("中2", exact=True).tap()
    await phone.answered(said)
    await phone.say("答えたくないです")
    await _take(phone, folder, "conversation")

    await phone.button("生徒をふやす").tap()
    await phone.button("友だち追加").tap()
    await phone.answered(0)
    async with service.standin() as line:
        first = str(await phone.tabs.first.get_attribute("id")).removeprefix("tab-")
        await line.text(first, "相談員と話す")
    await phone.say("友だちとけんかして、学校に行きづらいです")
    await expect(phone.tabs.first).to_contain_text("件の新しい返事")
    await _take(phone, folder, "two-students")
    await phone.page.context.close()

    night = await open_phone(browser, service, 390, 844, touch=True)
    await night.set(clock="閉まっている夜")
    await night.button("友だち追加").tap()
    await night.answered(0)
    await night.say("相談員と話したいです")
    await _take(night, folder, "closed-evening")
    await night.button("設定をひらく").tap()
    await _take(night, folder, "setting")
    await night.page.context.close()


async def _at_a_desk(browser: Browser, service: Running, folder: Path) -> None:
    await service.choose(profile="demo", clock=OPEN)
    desk = await open_phone(browser, service, 1280, 800)
    await desk.add_friend()
    await desk.say("勉強がむずかしくて、学校に行きたくないです")
    await desk.say("中3です")
    await desk.button("生徒をふやす").click()
    await desk.tabs.first.click()
    await _take(desk, folder, "desk")


async def _on_call(browser: Browser, service: Running, folder: Path) -> None:
    await service.choose(profile="demo", clock=CLOSED)
    async with service.standin() as line:
        student = await line.user(friend=True)
        await service.settled()
        for words in ("学校に行きたくないです", "もう死にたい。いま橋の上にいます"):
            await line.text(student, words)
            await service.settled()
    async with ringing(service, student) as alarm:
        phone = await open_alarm(browser, alarm, touch=True)
        await phone.enter(await alarm.link())
        await _still(phone.page, folder, "on-call-phone")
        desk = await open_alarm(browser, alarm, 1280, 800)
        await desk.enter(await alarm.link(1))
        await phone.button("読みました・対応します").tap()
        await expect(phone.said).to_contain_text("受けました。")
        await phone.words.fill("読みました。いま橋の上にいるのですね。ひとりですか。")
        await phone.button("返事を送る").tap()
        await expect(phone.log).to_contain_text("ひとりですか。")
        await service.settled()
        await expect(desk.log.get_by_text("送っています…")).to_have_count(0)
        await expect(desk.holding).to_contain_text("連絡をとっています")
        await _still(desk.page, folder, "on-call-desk")


async def _counsellors(browser: Browser, service: Running, folder: Path) -> None:
    await service.choose(profile="demo", clock=OPEN)
    await asyncio.to_thread(clear_desk, service)
    yuki, hikari = await sit_down(browser, service, "yuki", 1440, 900), await sit_down(browser, service, "hikari")
    minato = await sit_down(browser, service, "minato", 1280, 900, "/desk/overview")
    async with service.standin() as line:
        students = [await line.user() for _ in range(5)]
        wrote = (
            ("中2です", "部活で先輩に無視されています", "相談員と話したい"),
            ("もう死にたいです",),
            ("友だちとけんかしました", "相談員と話したい"),
            ("数学がわかりません", "相談員と話したい"),
            ("家に帰りたくないです", "高1です", "相談員と話したい"),
        )
        for student, texts in zip(students, wrote, strict=True):
            await write(line, student, *texts)
            await service.settled()
        risk, club = await session_of(service, students[1]), await session_of(service, students[0])
        await yuki.next()
        await yuki.say(risk, "書いてくれてありがとうございます。いま、安全な場所にいますか。")
        await yuki.waiting("部活").get_by_role("button", name="担当する").click()
        await yuki.say(club, "こんばんは。無視されるのは、いつごろからですか。")
        await write(line, students[0], "先月の大会のあとからです")
        await yuki.composer(club).fill("大会のあとからなのですね。どんなときに、いちばんつらいですか。")
        await service.settled()
        await _shoot(yuki, folder, "desk-talks")
        maths = await session_of(service, students[3])
        await hikari.waiting("勉強").get_by_role("button", name="担当する").click()
        await hikari.say(maths, "どのあたりから、わからなくなりましたか。")
        await expect(minato.page.locator("#proposals > li")).to_have_count(1)
        await _shoot(minato, folder, "desk-overview")
        (escalation,) = service.rows("SELECT id FROM escalations WHERE session_id = %s", risk)
        await yuki.go(f"/desk/escalations/{escalation['id']}")
        await _shoot(yuki, folder, "desk-escalation")
        await yuki.go(f"/desk/talks/{club}/sheet")
        await _shoot(yuki, folder, "desk-sheet")


async def _pages(browser: Browser, service: Running, folder: Path) -> None:
    """A report from its page to the inbox, a chat in the browser, and what a supervisor sets up for both."""
    await service.choose(profile="demo", clock=OPEN)
    report = await open_report(browser, service)
    await report.open()
    await report.choose("いますぐの危険はない")
    await report.go_on("何が起きているか")
    await report.page.get_by_label("何が起きていますか").fill(
        "同じクラスの子が、毎日くつをかくされています。見ているのがつらいです。"
    )
    await expect(report.page.get_by_text("ここまで届きました。")).to_be_visible()
    await _still(report.page, folder, "report-what")
    for heading in ("学校のこと", "写真や画面", "読み直して、送る"):
        await report.go_on(heading)
    await report.button("送る").click()
    await report.at("届きました。知らせてくれて、ありがとうございます。")
    await _still(report.page, folder, "report-receipt")
    await report.page.context.close()

    pupil = await open_chat(browser, service.web)
    await pupil.page.get_by_role("button", name="チャットをはじめる").click()
    await expect(pupil.log).to_contain_text("人ではありません")
    said = await pupil.log.locator(".by-bot").count()
    await pupil.say("部活の先輩がこわくて、行きたくないです")
    await expect(pupil.log.locator(".by-bot").nth(said)).to_be_visible()
    await service.settled()
    await _still(pupil.page, folder, "chat")
    await pupil.context.close()

    minato = await sit_down(browser, service, "minato", 1280, 900)
    await minato.go("/desk/reports")
    await minato.page.get_by_role("link", name="開く").first.click()
    await minato.page.get_by_role("button", name="受け持つ").click()
    await _shoot(minato, folder, "desk-report")
    for name in ("closures", "cards"):
        await minato.go(f"/desk/{name}")
        await _shoot(minato, folder, f"desk-{name}")


async def _still(page: Page, folder: Path, name: str) -> None:
    await page.wait_for_timeout(_STILL)
    await page.screenshot(path=folder / f"{name}.png")


async def _shoot(person: Person, folder: Path, name: str) -> None:
    await _still(person.page, folder, name)


async def take(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, running(Path(var) / "var") as service:
        async with async_playwright() as kit:
            browser = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
            await _on_a_phone(browser, service, folder)
            await _at_a_desk(browser, service, folder)
            await _on_call(browser, service, folder)
            await _counsellors(browser, service, folder)
            await _pages(browser, service, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"))
