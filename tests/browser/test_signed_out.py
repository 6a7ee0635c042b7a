"""The sign-in ends while somebody types: the words stay, and go out once, in the name of who wrote them and of nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.staff import StaffRole
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.browser.test_account import enter
from tests.browser.test_desk_requests import fits, sit
from tests.integration.conftest import SEALER, Database, open_service
from tests.integration.desk_care_support import account, entries
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import Sheets
from tests.support.sites import desk_site

pytestmark = TOGETHER

LONG = "\n".join(f"{number}回目。学校のことを、時間をかけて話してくれた。" for number in range(1, 41))
NEW = "みずうみ えんぴつ らっぱ"
#: Where a page could have put words.
STORED = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state])"


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database) -> AsyncIterator[tuple[Sheets, str]]:
    """A desk with its demo's people, whose clock stands still."""
    async with open_service(database) as service:
        sheets = Sheets(Bridge(service))
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            yield sheets, url


def asked(person: Person) -> Locator:
    """The question that covers the page."""
    return person.page.locator("dialog.again[open]")


async def go_on(person: Person) -> None:
    await asked(person).get_by_role("button", name="続ける").click()


@asynccontextmanager
async def other_tab(person: Person) -> AsyncIterator[Page]:
    """The tab that the question opens, with the way in."""
    async with person.page.context.expect_page() as coming:
        await asked(person).get_by_role("link").click()
    tab = await coming.value
    yield tab
    await tab.close()


async def sign_in_again(person: Person, name: str) -> None:
    """In the tab that opens; whoever is signed in there goes out first."""
    async with other_tab(person) as tab:
        await expect(tab.get_by_role("main")).to_be_visible()
        if await (out := tab.get_by_role("button", name="ログアウト")).count():
            await out.click()
            await expect(out).to_have_count(0)
        await enter(tab, person.web, name, DEMO_PASSWORD)
        await expect(tab.get_by_role("button", name="ログアウト")).to_be_visible()


async def at_a_sheet(sheets: Sheets, browser: Browser, url: str) -> tuple[Person, UUID, Locator]:
    """Yuki has written a long sheet, and has been away from the desk for too long."""
    session = await sheets.ended(await sheets.bridge.member("yuki"))
    yuki = await sit(browser, url, "yuki")
    await yuki.page.clock.install()
    await yuki.go(f"/desk/talks/{session}/sheet")
    summary = yuki.page.locator("#f-summary")
    await summary.fill(LONG)
    sheets.bridge.clock.advance(minutes=31)
    await yuki.page.clock.run_for(31 * 60_000)
    await save(yuki)
    await expect(asked(yuki)).to_be_visible()
    return yuki, session, summary


async def save(person: Person) -> None:
    await person.page.get_by_role("button", name="途中で保存", exact=True).last.click()


async def test_a_long_sheet_stays_and_is_saved_once_by_who_wrote_it(
    browser: Browser, office: tuple[Sheets, str]
) -> None:
    sheets, url = office
    yuki, session, summary = await at_a_sheet(sheets, browser, url)
    await expect(asked(yuki).get_by_role("heading")).to_have_text("ログインが切れました")
    await expect(asked(yuki)).to_contain_text("まだ送られていません")
    await expect(summary).to_have_value(LONG)
    await fits(yuki)
    await go_on(yuki)
    await expect(asked(yuki)).to_be_visible()  # nobody is signed in yet
    assert await sheets.record(session) is None
    await sign_in_again(yuki, "yuki")
    assert "時間をかけて" not in await yuki.page.evaluate(STORED)
    await go_on(yuki)
    await expect(yuki.page.locator(".said")).to_have_text("途中まで保存しました。")
    sheet = (await sheets.known(session)).sheet
    assert sheet is not None and sheet.summary == LONG
    (saved,) = await entries(sheets.bridge.service, "save_sheet")
    assert saved.actor == (await sheets.bridge.member("yuki")).actor
    assert yuki.trouble == []


async def test_who_types_is_there_and_is_asked_nothing(browser: Browser, office: tuple[Sheets, str]) -> None:
    sheets, url = office
    yuki = await sit(browser, url, "yuki")
    await yuki.go("/desk/knowledge")
    await yuki.page.clock.install()
    await yuki.page.get_by_label("題").first.fill("長い文")
    for _ in range(3):
        sheets.bridge.clock.advance(minutes=20)
        await yuki.page.clock.run_for(6 * 60_000)
        async with yuki.page.expect_response("**/desk/standing") as heard:
            await yuki.page.get_by_label("本文").first.press_sequentially("。")
        assert (await heard.value).status == 200
    await yuki.page.get_by_role("button", name="足す", exact=True).click()
    await expect(yuki.page.get_by_role("heading", name="長い文")).to_be_visible()
    assert yuki.trouble == []


async def test_in_another_person_s_name_nothing_goes_out_and_the_words_are_there_to_be_copied(
    browser: Browser, office: tuple[Sheets, str]
) -> None:
    sheets, url = office
    yuki, session, summary = await at_a_sheet(sheets, browser, url)
    await sign_in_again(yuki, "sora")
    await go_on(yuki)
    await expect(asked(yuki).get_by_role("heading")).to_have_text("別の人がログインしています")
    await expect(asked(yuki)).to_contain_text("ゆきさんのものなので、送りませんでした")
    await fits(yuki)
    await asked(yuki).get_by_role("button", name="画面にもどる").click()
    await expect(summary).to_have_value(LONG)
    await save(yuki)  # and again, now that she knows
    await expect(asked(yuki).get_by_role("heading")).to_have_text("別の人がログインしています")
    await asked(yuki).get_by_role("button", name="画面にもどる").click()
    # A page without its script doesn't ask; then the service says it, and shows the words.
    await yuki.page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('sheet-form'))")
    await expect(yuki.page.get_by_role("heading", name="まだ送られていません")).to_be_visible()
    assert LONG in await yuki.page.locator("textarea").evaluate_all("(all) => all.map((one) => one.value)")
    await fits(yuki)
    assert await sheets.record(session) is None and await entries(sheets.bridge.service, "save_sheet") == []
    assert yuki.trouble == []


async def test_who_has_to_choose_a_new_password_first_comes_back_to_what_they_wrote(
    browser: Browser, office: tuple[Sheets, str]
) -> None:
    """Somebody else set the password: that ended the sign-in, and nothing opens before another one is chosen."""
    sheets, url = office
    accounts, service = sheets.bridge.accounts, sheets.bridge.service
    await account(service, "haru", StaffRole.SUPERVISOR)
    await service.change("UPDATE staff SET demo = false WHERE name = 'haru'")
    haru = await sit(browser, url, "haru")
    await haru.page.clock.install()
    await haru.go("/desk/knowledge")
    await haru.page.get_by_label("題").first.fill("電話のあと")
    await haru.page.get_by_label("本文").first.fill(LONG[:400])
    await haru.page.clock.run_for(120_000)
    await accounts.reset("haru", "correct horse battery")
    await haru.page.get_by_role("button", name="足す", exact=True).click()
    async with other_tab(haru) as tab:
        await enter(tab, url, "haru", "correct horse battery")
        await go_on(haru)
        await expect(asked(haru).get_by_role("heading")).to_have_text("ログインが切れました")
        await tab.get_by_label("いまのパスワード").fill("correct horse battery")
        await tab.get_by_label("新しいパスワード", exact=True).fill(NEW)
        await tab.get_by_label("もう一度").fill(NEW)
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_role("status")).to_contain_text("パスワードを変えました")
    await go_on(haru)
    await expect(haru.page.get_by_role("heading", name="電話のあと")).to_be_visible()
    rows = await service.rows("SELECT 1 FROM knowledge_notes")
    assert len(rows) == 1 and haru.trouble == []


async def test_a_line_to_a_student_waits_unseen_until_its_counsellor_is_back(
    browser: Browser, office: tuple[Sheets, str]
) -> None:
    """At the desk's own page: nothing of a talk is seen meanwhile, and the line that was pressed goes out once."""
    sheets, url = office
    bridge = sheets.bridge
    session = (await bridge.live(await bridge.member("yuki"))).id
    yuki = await sit(browser, url, "yuki")
    await yuki.page.wait_for_selector("body[data-ready=yes][data-line=open]")
    async with yuki.page.expect_response("**/draft"):
        await yuki.composer(str(session)).fill("きいています。")
    await bridge.service.change("DELETE FROM sign_ins")
    await yuki.composer(str(session)).press("Control+Enter")
    await expect(asked(yuki)).to_be_visible()
    # The line to the service goes a moment later; who signs in before that has the page loaded anew.
    await yuki.page.wait_for_selector("body[data-line=lost]")
    behind = "(one) => getComputedStyle(one, '::backdrop').backgroundColor"
    assert await asked(yuki).evaluate(behind) == "rgb(243, 241, 236)", "nobody may sit there"
    for _ in range(2):
        await yuki.page.keyboard.press("Escape")
    await expect(asked(yuki)).to_be_visible()
    await sign_in_again(yuki, "sora")
    await go_on(yuki)
    await expect(asked(yuki)).to_contain_text("ゆきさんがログインすると見られます")
    await bridge.deliver()
    assert "きいています。" not in bridge.said
    await sign_in_again(yuki, "yuki")
    await go_on(yuki)
    # It may have been sent from the other tab: the line stays, and its counsellor decides.
    await expect(yuki.composer(str(session))).to_have_value("きいています。")
    await expect(yuki.page.get_by_text("もう一度押してください")).to_be_visible()
    await yuki.composer(str(session)).press("Control+Enter")
    await expect(yuki.line(str(session), "きいています。")).to_have_count(1)
    await expect(yuki.composer(str(session))).to_have_value("")
    await bridge.deliver()
    assert bridge.said.count("きいています。") == 1
    assert yuki.trouble == []


async def test_who_may_not_read_talks_any_more_is_led_away_whatever_was_typed(
    browser: Browser, office: tuple[Sheets, str]
) -> None:
    """Signed in they are: signing in again would help nobody."""
    sheets, url = office
    member = await sheets.bridge.member("yuki")
    session = (await sheets.bridge.live(member)).id
    yuki = await sit(browser, url, "yuki")
    await yuki.page.wait_for_selector("body[data-ready=yes][data-line=open]")
    await yuki.composer(str(session)).fill("きいています。")
    await sheets.bridge.service.change(
        "UPDATE roster_entries SET valid_to = '2001-01-01' WHERE staff_id = :s", s=member.id
    )
    await expect(yuki.composer(str(session))).to_have_count(0, timeout=15_000)
    await expect(asked(yuki)).to_have_count(0)
    await expect(yuki.page.get_by_role("heading", level=1)).to_be_visible()
