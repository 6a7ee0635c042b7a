"""One's own account in a browser: the password by keys alone, where one is signed in, and what is left after signing out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.staff import StaffRole
from handoff.services.desk.accounts import Accounts
from handoff.web.desk.way_in import DEVICE_COOKIE
from tests.browser.conftest import TOGETHER
from tests.browser.test_desk_requests import sit
from tests.browser.test_desk_rosters import fits
from tests.integration.conftest import SEALER, Database, open_service
from tests.integration.desk_support import Bridge
from tests.support.sites import desk_site

pytestmark = TOGETHER

NAME, BEFORE, AFTER = "haru", "correct horse battery", "みずうみ えんぴつ らっぱ"
WORDS = "だれにも見られたくない言葉です"


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database) -> AsyncIterator[tuple[Bridge, str]]:
    """A desk with its demo's people and one more, who isn't of the demo."""
    async with open_service(database) as service:
        bridge = Bridge(service)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            accounts = Accounts(service.store, service.setting, ArgonPasswords())
            haru = await accounts.add(NAME, "はる", StaffRole.SUPERVISOR, BEFORE, must_change=True)
            await put_on_roster(service.store, service.setting, haru)
            yield bridge, url


async def enter(page: Page, url: str, name: str, password: str) -> None:
    await page.goto(f"{url}/desk/")
    await page.get_by_role("textbox", name="名前").fill(name)
    await page.get_by_role("textbox", name="パスワード").fill(password)
    await page.get_by_role("button", name="ログイン").press("Enter")
    await page.wait_for_load_state()


async def test_a_new_password_by_keys_alone(browser: Browser, office: tuple[Bridge, str]) -> None:
    _bridge, url = office
    haru = await sit(browser, url, "minato")  # only for its page and its ear
    page = haru.page
    await page.get_by_role("button", name="ログアウト").press("Enter")
    told: list[str | None] = []

    async def hear(request: Request) -> None:
        if request.url.endswith("/desk/sign-in"):
            told.append((await request.all_headers()).get("origin"))

    page.on("request", hear)
    await enter(page, url, NAME, BEFORE)
    assert page.url == f"{url}/desk/account", "somebody else chose it: nothing else opens"
    assert told == [url], "our own page lets its origin be told"
    await expect(page.get_by_text("ほかの人が決めたもの")).to_be_visible()
    await fits(haru, "account-first")
    await page.goto(f"{url}/desk/overview")
    assert page.url == f"{url}/desk/account"
    await page.get_by_label("いまのパスワード").fill(BEFORE)
    await page.get_by_label("新しいパスワード", exact=True).fill("password1234")
    await page.get_by_label("もう一度").fill("password1234")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("当てられて")
    await expect(page.get_by_label("新しいパスワード", exact=True)).to_be_focused()
    for label, words in (("いまのパスワード", BEFORE), ("新しいパスワード", AFTER), ("もう一度", AFTER)):
        await page.get_by_label(label, exact=label == "新しいパスワード").fill(words)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("パスワードを変えました")
    await fits(haru, "account")
    other = await (await browser.new_context(locale="ja-JP")).new_page()
    await enter(other, url, NAME, AFTER)
    await page.reload()
    await page.get_by_role("button", name="このブラウザのほか").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("ほかの画面を、すべて")
    await expect(other).to_have_url(f"{url}/desk/?said=expired")
    kept = {cookie["name"]: cookie for cookie in await page.context.cookies(f"{url}/desk/sign-in")}
    assert kept[DEVICE_COOKIE].get("httpOnly") and kept[DEVICE_COOKIE].get("sameSite") == "Strict"
    assert DEVICE_COOKIE not in await page.evaluate("document.cookie")
    kaede = await sit(browser, url, "kaede")
    await kaede.go("/desk/accounts")
    await kaede.page.get_by_role("link", name="はるさん").press("Enter")
    await expect(kaede.page.get_by_role("heading", name="はるさんのログイン")).to_be_visible()
    await fits(kaede, "account-others")


async def test_row_12_after_signing_out_back_shows_nothing(browser: Browser, office: tuple[Bridge, str]) -> None:
    bridge, url = office
    minato = await sit(browser, url, "minato")
    page = minato.page
    session_id: UUID = await bridge.waiting(1, WORDS)
    member = await bridge.member("minato")
    await bridge.claim(session_id, member)
    shown = (f"/desk/?talk={session_id}", f"/desk/talks/{session_id}/sheet", "/desk/overview", "/desk/account")
    for path in shown:
        await minato.go(path)
        await page.wait_for_load_state("networkidle")
    read = f"fetch('/desk/api/talks/{session_id}').then((answer) => answer.json()).then(JSON.stringify)"
    assert WORDS in await page.evaluate(read)
    await page.get_by_role("button", name="ログアウト").press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("ログアウトしました")
    for _ in shown:
        await page.go_back()
        await page.wait_for_load_state()
        await expect(page.get_by_role("button", name="ログイン")).to_be_visible()
        assert WORDS not in await page.content() and "ログアウト</button>" not in await page.content()
    for _ in shown:
        await page.go_forward()
        await expect(page.get_by_role("button", name="ログイン")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="ログイン")).to_be_visible()
    asked = "fetch('/desk/api/desk', { headers: { accept: 'application/json' } }).then((answer) => answer.status)"
    assert await page.evaluate(asked) == 401
    kept = await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
    assert kept == "[{},{}]", "not even what was being written"
