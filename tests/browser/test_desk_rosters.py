"""The roster from an account to the board's list, and the statistics, read by ear and by key (KAG-6.1ア, ウ, オ; KAG-6.1キ)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.staff import StaffRole
from handoff.services.desk.accounts import Accounts
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.browser.test_desk_requests import press, sit
from tests.integration.conftest import OPEN, SEALER, Database, Service, open_service
from tests.integration.test_fact_counts import FULL, PLAIN, keep
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

pytestmark = TOGETHER

#: Where a person who looks at the pages wants their pictures.
PICTURES = os.environ.get("TSUNAGI_PICTURES")
#: A wide table turns in a region of its own; the page doesn't.
NARROW = "document.documentElement.scrollWidth <= innerWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database) -> AsyncIterator[tuple[Service, str]]:
    """A desk with its demo's people, and its address."""
    async with open_service(database) as service:
        service.setting.clock = FrozenClock(OPEN)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            yield service, url


async def fits(person: Person, name: str) -> None:
    """Nothing is cut off at any width, and axe finds nothing grave."""
    page = person.page
    await page.wait_for_load_state()
    for width in (320, 1280, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate(NARROW), f"{name} is cut off at {width}"
        if PICTURES and width != 320:
            await page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
    assert await person.axe() == [], name


async def fill_in(page: Page, **fields: str) -> None:
    """The fields of the entry's form, by their names."""
    for name, value in fields.items():
        await page.locator(f"#{name}").fill(value)


async def test_from_an_account_to_the_board_s_list(browser: Browser, office: tuple[Service, str]) -> None:
    service, url = office
    await Accounts(service.store, service.setting, ArgonPasswords()).add(
        "aoi", "あおい", StaffRole.COUNSELLOR, DEMO_PASSWORD, demo=True
    )
    aoi, kaede = await sit(browser, url, "aoi"), await sit(browser, url, "kaede")
    assert aoi.page.url == f"{url}/desk/pledge", "whoever isn't cleared is led to what is missing"
    await fits(aoi, "pledge")
    await aoi.page.get_by_label("読みました").press("Space")
    await aoi.page.get_by_label("あなたのパスワード").fill(DEMO_PASSWORD)
    await press(aoi.page, "誓約する")
    await expect(aoi.page.get_by_text("に誓約しました")).to_be_visible()

    page = kaede.page
    await kaede.go("/desk/service")
    await page.get_by_role("link", name="名簿", exact=True).press("Enter")
    await expect(page.get_by_role("region", name="することがあります")).to_contain_text("あおいさん")
    await fits(kaede, "roster")
    await page.get_by_role("link", name="あおい").press("Enter")
    entry = {"real_name": "佐藤花子", "qualification": "公認心理師", "experience": "県の電話相談で5年働きました。"}
    await fill_in(page, **entry, years="5", holds_from="2026-11-25", valid_to="2026-11-19")
    await press(page, "書く")
    await expect(page.locator("#valid_to")).to_have_attribute("aria-invalid", "true")
    await fits(kaede, "roster-refused")
    await fill_in(page, valid_to="2027-03-31")
    await press(page, "書く")
    await expect(page.locator("main")).to_contain_text("届け出を待っています")
    await page.get_by_label("内容", exact=True).select_option("emergency")
    await fill_in(page, by="県の講師", held_on="2026-11-01", hours="1.5")
    await press(page, "研修を書く")
    await expect(page.locator("#training-h")).to_contain_text("1件")
    await fits(kaede, "roster-person")
    # The list that the change is announced with has it before it holds, and so has the board's.
    await kaede.go("/desk/rosters")
    await page.get_by_role("link", name="教育委員会に出す名簿を印刷する").press("Enter")
    change = page.get_by_role("table", name="これからの変更").get_by_role("row", name="佐藤花子")
    await expect(change).to_contain_text("この名簿で届け出ます")
    await fits(kaede, "roster-print")
    board = await sit(browser, url, "iinkai")
    await board.go("/desk/rosters/print")
    rolled = board.page.get_by_role("table", name="2026年11月20日に有効な人").get_by_role("row", name="ゆき（見本）")
    for told in ("相談員", "公認心理師", "2099年3月31日まで", "緊急のときの対応"):
        await expect(rolled).to_contain_text(told)
    await board.page.emulate_media(media="print")
    await board.page.set_viewport_size({"width": 1040, "height": 700})  # A4 on its side, between its margins
    await expect(board.page.locator("header.bar")).to_be_hidden()
    await expect(board.page.get_by_label("何日の名簿か")).to_be_hidden()
    assert await board.page.evaluate(NARROW)
    if PICTURES:
        await board.page.pdf(path=str(Path(PICTURES) / "roster.pdf"), prefer_css_page_size=True)
    assert aoi.trouble == [] == board.trouble and kaede.trouble == []


async def test_facts_are_counted_by_two_dimensions_and_small_numbers_hidden_from_the_board(
    browser: Browser, office: tuple[Service, str]
) -> None:
    service, url = office
    await keep(service, PLAIN, times=7)
    await keep(service, FULL, times=2)
    minato, board = await sit(browser, url, "minato"), await sit(browser, url, "iinkai")
    await minato.go("/desk/service")
    await minato.page.get_by_role("link", name="統計", exact=True).press("Enter")
    for person, shown in ((minato, ("7", "2")), (board, ("7", "5未満"))):
        page = person.page
        await person.go("/desk/facts")
        await page.get_by_label("いつから").fill("2026-10-01")
        await page.get_by_label("縦の項目").select_option("grade")
        await page.get_by_label("横の項目").select_option("kind")
        await press(page, "集計する")
        table = page.locator("table.facts")
        await expect(table.get_by_role("rowheader", name="中2")).to_be_visible()
        found = await table.inner_text()
        assert shown[0] in found and shown[1] in found, found
        await fits(person, f"facts-{person.name}")
    await board.page.get_by_label("いつまで").fill("2026-01-01")
    await press(board.page, "集計する")
    await expect(board.page.get_by_role("alert")).to_be_visible()
    await fits(board, "facts-refused")
    assert minato.trouble == [] == board.trouble
