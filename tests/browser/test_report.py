"""The report's pages as a pupil uses them: with and without a script, on a phone, by keyboard. (KAG-2, WG-1, WCAG 2.2 AA)"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, FilePayload, Request, expect

from handoff.domain.report import LONGEST
from handoff.domain.report_receipt import canonical
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown
from tests.browser.report_page import ReportPage, open_report
from tests.support.hostile_files import png
from tests.support.running import OPEN, Running

pytestmark = TOGETHER

FIRST, WHAT, SCHOOL, FILES, SEND = "はじめに", "何が起きているか", "学校のこと", "写真や画面", "読み直して、送る"
SENT = "届きました。知らせてくれて、ありがとうございます。"
MINE = "あなたが知らせたこと"

type OpenReport = Callable[..., Awaitable[ReportPage]]


@pytest_asyncio.fixture(loop_scope="session")
async def pages(service: Running, browser: Browser) -> AsyncIterator[OpenReport]:
    """Opens the pages; no script may fail, nothing may be blocked, nobody else is asked, and no cookie is left."""
    await service.choose(profile="demo", clock=OPEN)
    opened: list[ReportPage] = []

    async def one_more(width: int = 390, height: int = 844, *, script: bool = True, letters: float = 1) -> ReportPage:
        opened.append(await open_report(browser, service, width, height, script=script, letters=letters))
        return opened[-1]

    yield one_more
    for one in opened:
        assert await one.page.context.cookies() == []
        await one.page.context.close()
    assert [line for one in opened for line in one.trouble] == []


async def test_the_whole_way_without_a_script(pages: OpenReport, sit: SitDown, service: Running) -> None:
    """To the last word: with a file, an answer that is read, more words, another file, and taking it back."""
    me = await pages(script=False)
    await me.open("/report/cgmzgd")
    await expect(me.page.get_by_text("つなぎ市立みなと中学校のカードから開きました。")).to_be_visible()
    await expect(me.page.get_by_role("heading", name="いまあぶないときは、先に電話してください")).to_be_hidden()
    await me.choose("いま、あぶない人がいる")
    await expect(me.page.get_by_role("heading", name="いまあぶないときは、先に電話してください")).to_be_visible()
    await me.choose("いますぐの危険はない")
    await me.go_on(WHAT)
    await expect(me.page.get_by_text("「次へ」をおしたところまで届きます。")).to_be_visible()
    await me.page.get_by_label("何が起きていますか").fill("廊下で、かばんをかくされています")
    await me.go_on(SCHOOL)
    await expect(me.page.get_by_label("学校の名前")).to_have_value("つなぎ市立みなと中学校")
    await me.go_on(FILES)
    await me.choose("うつっていない")
    await me.page.get_by_label("送るもの").set_input_files([_picture("きのう.png")])
    await me.button("えらんだものを送る").click()
    await me.at(FILES)
    await expect(me.page.locator("[data-files] li")).to_contain_text("きのう.png")
    await me.go_on(SEND)
    await me.page.get_by_role("button", name="（何が起きているか）").click()
    await me.at(WHAT)
    await expect(me.page.get_by_label("何が起きていますか")).to_have_value("廊下で、かばんをかくされています")
    for heading in (SCHOOL, FILES, SEND):
        await me.go_on(heading)
    await me.button("送る").click()
    await me.at(SENT)
    code = str(await me.page.locator("#code").get_attribute("data-code"))
    assert canonical(code) is not None
    await me.button("次へ").click()
    await me.at(SENT)  # the browser itself asks for the tick
    await me.choose("控えました（書きうつすか、写真にとりました）")
    await me.button("次へ").click()
    await me.at(MINE)
    await me.button_to_leave.click()
    await me.at("メモ")
    await me.open("/report/answer")
    await me.page.get_by_label("受付番号").fill(code.lower().replace("-", "　"))
    await me.button("開く").click()
    await me.at(MINE)
    assert code not in await me.page.content()
    session = await me.holds("廊下で、かばんをかくされています")
    await _answered(await sit("yuki"), service, session, "読みました。話してくれてありがとう。")
    await me.button("新しい返事がないか見る").click()
    await expect(me.page.locator(".heard li").last).to_contain_text("読みました。話してくれてありがとう。")
    await me.page.get_by_label("伝えたいこと").fill("きょうもかくされました")
    await me.button("送る").click()
    await expect(me.page.locator("#said")).to_have_text("書き足したことを、受け取りました。")
    await me.choose("うつっていない")
    await me.page.get_by_label("送るもの").set_input_files([_picture("きょう.png")])
    await me.button("えらんだものを送る").click()
    await me.at(MINE)
    await expect(me.page.locator("[data-files] li").last).to_contain_text("きょう.png")
    await me.button("この知らせを取り下げる").click()
    await me.button("取り下げる").click()
    await expect(me.page.locator("#said")).to_have_text("取り下げの手続きをしました。")
    (row,) = service.rows("SELECT id, session_id FROM reports WHERE session_id = %s", session)
    (files,) = service.rows("SELECT count(*) AS n FROM evidence WHERE session_id = %s", row["session_id"])
    # The screen has found something: then it's a wish, and somebody reads it first.
    wish = service.rows("SELECT 1 FROM report_steps WHERE report_id = %s AND code = 'withdrawal_wished'", row["id"])
    assert (files["n"], len(wish)) == (2, 1)


def _picture(name: str) -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=png())


async def _answered(person: Person, service: Running, session: str, words: str) -> None:
    """Somebody at the desk takes the report that began this session and answers it."""
    (row,) = service.rows("SELECT id FROM reports WHERE session_id = %s", session)
    page = person.page
    await person.go(f"/desk/reports/{row['id']}")
    await page.get_by_role("button", name="受け持つ").click()
    await expect(page.get_by_text("（あなた）")).to_be_visible()
    await page.get_by_text("返事を書く", exact=True).click()
    await page.get_by_label("返事", exact=True).fill(words)
    await page.get_by_role("button", name="この返事を送る").click()
    await expect(page.get_by_role("status").filter(has_text="返事")).to_be_visible()
    await service.settled()


async def test_what_is_typed_is_kept_by_itself_and_risk_is_met_on_the_page(pages: OpenReport, service: Running) -> None:
    me = await pages()
    await me.open()
    await me.go_on(WHAT)
    await expect(me.page.get_by_text("途中でやめても、書いたところまでは届きます。")).to_be_visible()
    await me.page.get_by_label("何が起きていますか").fill("友だちが、もう死にたいと言っています")
    await expect(me.page.get_by_text("ここまで届きました。")).to_be_visible()
    session = await me.holds("友だちが、もう死にたいと言っています")
    await service.settled()
    await me.page.get_by_label("だれが、だれにしていますか").fill("2組")
    await expect(me.page.get_by_role("heading", name="窓口から")).to_be_visible()
    (row,) = service.rows("SELECT level FROM sessions WHERE id = %s", session)
    assert row["level"] in ("high", "critical")


async def test_the_last_words_are_kept_when_the_tab_is_closed(pages: OpenReport, browser: Browser) -> None:
    me = await pages()
    await me.open()
    await me.go_on(WHAT)
    other = await pages()
    # Two full fields: browsers send 64 KB at most while a page goes away.
    words = "先生に見つかるので閉じます。50%&+=\n" + "あ" * 3900 + "👀"
    await me.page.get_by_label("だれが、だれにしていますか").fill("い" * LONGEST)
    await me.page.get_by_label("何が起きていますか").fill(words)
    await me.page.close(run_before_unload=False)
    await other.holds(words)


async def test_by_keyboard_alone(pages: OpenReport) -> None:
    me = await pages(1280, 800)
    keyboard = me.page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(60):
            await keyboard.press("Tab")
            focused = me.page.locator(":focus")
            assert await focused.evaluate("one => getComputedStyle(one).outlineStyle !== 'none'"), name
            if name in str(await focused.evaluate("one => one.labels?.[0]?.innerText ?? one.innerText")):
                return
        raise AssertionError(name)

    await me.open()
    await tab_to("本文へ")
    await tab_to("すぐに閉じる")
    await tab_to("いま、あぶない人がいる")
    await keyboard.press("ArrowDown")
    await tab_to("されている本人")
    await keyboard.press("Space")
    await tab_to("次へ")
    await keyboard.press("Enter")
    await me.at(WHAT)
    await tab_to("何が起きていますか")
    await keyboard.type("くつを、かくされました")
    await tab_to("次へ")
    await keyboard.press("Enter")
    await me.at(SCHOOL)
    await tab_to("学年やクラス")
    await keyboard.type("5年")
    await keyboard.press("Enter")
    await me.at(FILES)
    await tab_to("次へ")
    await keyboard.press("Enter")
    await me.at(SEND)
    await tab_to("送る")
    await keyboard.press("Enter")
    await me.at(SENT)
    await tab_to("番号をコピーする")
    await keyboard.press("Enter")
    await expect(me.page.get_by_text("コピーしました。")).to_be_visible()
    copied = await me.page.evaluate("navigator.clipboard.readText()")
    await tab_to("控えました")
    await keyboard.press("Space")
    await tab_to("次へ")
    await keyboard.press("Enter")
    await me.at(MINE)
    await expect(me.page.locator("#said")).to_be_focused()
    assert canonical(copied) is not None


async def test_a_picture_is_sent_in_slices(pages: OpenReport) -> None:
    me = await pages()
    await me.open()
    for heading in (WHAT, SCHOOL, FILES):
        await me.go_on(heading)
    picture = await me.page.screenshot(type="png")
    await me.choose("うつっていない")
    await me.page.get_by_label("送るもの").set_input_files(
        [
            FilePayload(name="画面.png", mimeType="image/png", buffer=picture),
            FilePayload(name="だめ.png", mimeType="image/png", buffer=b"no"),
        ]
    )
    await me.button("えらんだものを送る").click()
    await expect(me.page.get_by_text("送れなかったものがあります。")).to_be_visible()
    await expect(me.page.locator("[data-files] li").first).to_contain_text("届きました")
    me.trouble[:] = [line for line in me.trouble if "415" not in line and "422" not in line]
    await me.go_on(SEND)
    await expect(me.page.locator(".files li")).to_have_count(1)


@pytest.mark.parametrize(("width", "height", "letters"), [(320, 568, 1), (390, 844, 2), (1280, 800, 1)])
async def test_every_page_is_readable_and_fits(pages: OpenReport, width: int, height: int, letters: float) -> None:
    me = await pages(width, height, letters=letters)
    wrong: dict[str, list[str]] = {}

    async def measure(name: str) -> None:
        await me.page.wait_for_load_state()
        if found := await me.wrong():
            wrong[name] = found

    await me.open("/report/cgmzgd")
    await measure("first")
    await me.choose("いま、あぶない人がいる")
    await measure("in danger")
    await me.go_on(WHAT)
    await me.page.get_by_label("何が起きていますか").fill("https://example.jp/" + "a" * 300 + "\n" + "ながい" * 1400)
    await me.button("次へ").last.click()
    await expect(me.page.locator("#faults")).to_be_focused()
    await measure("a fault")
    await me.page.get_by_label("何が起きていますか").fill("https://example.jp/" + "a" * 300)
    for heading in (SCHOOL, FILES, SEND):
        await me.go_on(heading)
        await measure(heading)
    await me.button("送る").click()
    await me.at(SENT)
    await measure("receipt")
    await me.choose("控えました（書きうつすか、写真にとりました）")
    await me.button("次へ").click()
    await me.at(MINE)
    await measure("mine")
    await me.button("この知らせを取り下げる").click()
    await expect(me.page.get_by_role("heading", name="取り下げますか")).to_be_visible()
    await measure("withdraw")
    await me.open("/report/answer")
    await me.page.get_by_label("受付番号").fill("まちがい")
    await me.button("開く").click()
    await expect(me.page.locator("#faults")).to_be_focused()
    await measure("wrong code")
    await me.open("/report/no/where")
    await me.at("このページはありません")
    await measure("trouble")
    me.trouble[:] = [line for line in me.trouble if "400" not in line and "404" not in line]
    assert wrong == {}
    await asyncio.sleep(0)


async def _sent(me: ReportPage) -> str:
    """Send a report with one line; gives the receipt that stands on the page now."""
    await me.open()
    await me.go_on(WHAT)
    await me.page.get_by_label("何が起きていますか").fill("くつをかくされています")
    for heading in (SCHOOL, FILES, SEND):
        await me.go_on(heading)
    await me.button("送る").click()
    await me.at(SENT)
    return str(await me.page.locator("#code").get_attribute("data-code"))


async def test_row_7_the_receipt_leaves_the_page_in_bodies_alone(pages: OpenReport) -> None:
    """From the receipt to one's own page and back by the code: no address, header, history or store has it."""
    me = await pages()
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    me.page.context.on("request", note)
    code = await _sent(me)
    await me.button("番号をコピーする").click()
    await me.choose("控えました（書きうつすか、写真にとりました）")
    await me.button("次へ").click()
    await me.at(MINE)
    await me.open("/report/answer")
    await me.page.get_by_label("受付番号").fill(code)
    await me.button("開く").click()
    await me.at(MINE)
    left = await me.page.evaluate(
        "() => JSON.stringify([location.href, document.referrer, history.state, {...localStorage}, {...sessionStorage}])"
    )
    me.page.context.remove_listener("request", note)
    asked = [f"{one.url} {await one.all_headers()}" for one in requests]
    assert len(asked) > 10
    for seen in (*asked, left, str(await me.page.context.storage_state())):
        assert code not in seen and code.replace("-", "") not in seen
    # What an address says by itself is neither shown nor looked for.
    await me.open(f"/report/answer?receipt={code}")
    assert code not in await me.page.content()


async def test_row_9_the_receipt_stays_through_a_reload_until_it_is_noted_down(pages: OpenReport) -> None:
    me = await pages()
    code = await _sent(me)
    await me.page.reload()
    await me.at(SENT)
    assert await me.page.locator("#code").get_attribute("data-code") == code
    await me.button("次へ").click()
    await me.at(SENT)
    await me.choose("控えました（書きうつすか、写真にとりました）")
    await me.button("次へ").click()
    await me.at(MINE)
    await me.page.reload()
    assert code not in await me.page.content()
    # A page that was sent by a form and is kept nowhere: the browser itself asks before it would send it again.
    with contextlib.suppress(Error):
        await me.page.go_back()
    await expect(me.page.locator("#code")).to_have_count(0)
