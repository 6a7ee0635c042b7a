"""Leaving the report at once, and what the browser's Back brings then: nothing of it (row 27)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.async_api import Browser, Error, Page, expect

from handoff.domain.report import answers_of
from tests.browser.conftest import TOGETHER
from tests.browser.measures import BLANK
from tests.browser.phone import PATIENCE
from tests.browser.report_page import open_report
from tests.integration.conftest import SEALER
from tests.integration.report_support import Window
from tests.support.running import Running

pytestmark = TOGETHER

WORDS = "だれにも見せたくないこと"
#: What would tell somebody who presses Back what was open here.
TELLING = (WORDS, "知らせ", "いじめ", "窓口", "相談", "学校")


def served(window: Window) -> Running:
    """The address is all that these tests ask of a service."""
    return cast("Running", SimpleNamespace(web=window.url))


async def shown(page: Page) -> str:
    """All words of the page as it is once nothing moves any more; what is hidden counts as well, but for a page that
    hid all of itself: it is on its way to another.
    """
    for _ in range(20):
        try:
            await page.wait_for_load_state("load", timeout=2_000)
            before = page.url
            text = str(await page.locator("html").text_content())
            await asyncio.sleep(0.1)
            if page.url == before and await page.locator("html[hidden]").count() == 0:
                return text
        except Error:
            await asyncio.sleep(0.1)  # it went on to another page meanwhile
    raise AssertionError(page.url)


async def assert_back_shows_nothing(page: Page) -> None:
    for _ in range(4):  # through the whole history of the visit
        for way in (page.go_back, page.reload):
            try:
                await way(timeout=PATIENCE)
            except Error as error:
                # A form's answer is kept nowhere: the browser says so, and asks the service when it's told to go on.
                assert "ERR_CACHE_MISS" in error.message or "interrupted" in error.message, error.message
            text = await shown(page)
            assert [word for word in TELLING if word in text] == [], page.url
    assert page.url == "about:blank"


@pytest.mark.parametrize(
    ("way", "script", "touch"),
    [("button", True, False), ("shift", True, False), ("button", False, False), ("button", True, True)],
    ids=["button", "shift", "no script", "touch"],
)
async def test_what_was_left_at_once_comes_back_by_no_button_of_the_browser(
    window: Window, browser: Browser, way: str, script: bool, touch: bool
) -> None:
    me = await open_report(browser, served(window), script=script, touch=touch)
    page = me.page
    await page.goto("about:blank")
    await me.open("/report/cgmzgd#main")
    await me.go_on("何が起きているか")
    await page.get_by_label("何が起きていますか").fill(WORDS)
    await me.go_on("学校のこと")
    if script:
        await page.get_by_label("学年やクラス").fill("3年")
        await page.evaluate(BLANK)
    if way == "shift":
        await page.wait_for_load_state()  # no script hears a key before
        for _ in range(3):
            await page.keyboard.press("Shift")
    else:
        await (me.button_to_leave.tap() if touch else me.button_to_leave.click())
    await me.at("メモ")
    assert await page.title() == "メモ" and page.url.endswith("/chat/away")
    if script:
        (blank,) = [one["value"] for one in await page.context.cookies()]
        assert int(blank) <= 100
        await page.context.clear_cookies()
    await assert_back_shows_nothing(page)
    kept = await page.context.storage_state()
    assert (kept["cookies"], kept["origins"]) == ([], [])
    # All that was typed is with the service, once; and whoever opens the page anew can tell of something.
    (row,) = await window.service.rows("SELECT id, answers FROM reports")
    told = answers_of(SEALER.open("reports", "answers", str(row.id), row.answers))
    assert (told.what, told.grade) == (WORDS, "3年" if script else "")
    await me.open()
    await me.at("はじめに")
    await page.context.close()
    me.trouble[:] = [line for line in me.trouble if "ERR_CACHE_MISS" not in line]
    assert me.trouble == []


async def test_back_works_as_ever_for_somebody_who_stays(window: Window, browser: Browser) -> None:
    me = await open_report(browser, served(window))
    await me.open("/report/cgmzgd")
    assert me.page.url.endswith("/report/cgmzgd"), "an address that may be given on"
    await me.choose("見た")
    await me.page.get_by_role("link", name="受付番号で返事を見る").click()
    await me.at("返事を見る・書き足す")
    assert me.page.url.endswith("/report/answer")
    await me.page.go_back()
    await me.at("はじめに")
    await expect(me.page.get_by_text("つなぎ市立みなと中学校のカードから開きました。")).to_be_visible()
    await me.page.reload()
    await me.at("はじめに")
    assert me.page.url.endswith("/report/cgmzgd")
    await me.page.context.close()
    assert me.trouble == []
