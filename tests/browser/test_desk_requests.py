"""The pages of requests, instructions and leaks in Chromium: by keyboard, on a telephone and at a desk, and for every ear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.staff import StaffRole
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.integration.conftest import OPEN, SEALER, Database, Service, open_service
from tests.integration.desk_care_support import account
from tests.integration.desk_support import address
from tests.support import alarms
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

pytestmark = TOGETHER
DATA, INSTRUCTIONS, LEAKS = "/desk/requests/data", "/desk/requests/instructions", "/desk/requests/leaks"


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database) -> AsyncIterator[tuple[Service, str]]:
    """A desk with its demo's people, and its address."""
    async with open_service(database) as service:
        service.setting.clock = FrozenClock(OPEN)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            await account(service, "aoi", StaffRole.SUPERVISOR)
            yield service, url


async def sit(browser: Browser, url: str, name: str) -> Person:
    """Somebody signed in, with the telephone's width."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = await context.new_page()
    person = Person(page, name, url)
    page.on("console", lambda told: person.trouble.append(told.text) if "policy" in told.text else None)
    page.on("pageerror", lambda error: person.trouble.append(str(error)))
    await page.goto(f"{url}/desk/")
    await page.get_by_role("textbox", name="名前").fill(name)
    await page.get_by_role("textbox", name="パスワード").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="ログイン").press("Enter")
    await expect(page.get_by_role("button", name="ログアウト")).to_be_visible()
    return person


async def fits(person: Person) -> None:
    """Nothing is cut off at any width, and axe finds nothing grave."""
    await person.page.wait_for_load_state()
    for width in (320, 1280, 390):
        await person.page.set_viewport_size({"width": width, "height": 844})
        assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"cut off at {width}"
    assert await person.axe() == []


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).press("Enter")


async def test_a_disclosure_by_two_from_the_letter_to_the_paper(browser: Browser, office: tuple[Service, str]) -> None:
    service, url = office
    risk = alarms.Risk(["たたく"], "high", ("abuse",))
    session = await alarms.write(service.store, service.setting, "お父さんがたたくんです", risk, address(1))
    minato = await sit(browser, url, "minato")
    page = minato.page
    await minato.go("/desk/service")
    await page.get_by_role("link", name="請求と照会").press("Enter")
    await fits(minato)
    await page.get_by_role("link", name="開示・訂正・利用停止・削除の請求").press("Enter")
    await fits(minato)
    await page.get_by_label("どんな請求か").select_option("disclose")
    await page.get_by_label("だれから").select_option("guardian")
    await page.get_by_label("どうやって届いたか").select_option("paper")
    await page.get_by_label("届いた日").fill("2026-11-21")
    await page.get_by_label("何についての請求か").fill("子どもの10月の相談を見せてほしい")
    await press(page, "受け付ける")
    await expect(page.get_by_label("届いた日")).to_have_accessible_description(
        "受けた日に、先の日が入っています。請求が届いた日を入れてください。"
    )
    await expect(page.get_by_label("だれから")).to_have_value("guardian")
    await fits(minato)
    await page.get_by_label("届いた日").fill("2026-11-20")
    await press(page, "受け付ける")
    await expect(page.get_by_role("heading", name="保護者（法定代理人）からの開示請求")).to_be_visible()
    await fits(minato)
    one = page.url.partition("?")[0].removeprefix(url)
    await page.get_by_label("相談の画面のアドレスか").fill(f"{url}/desk/talks/{session}/sheet")
    await press(page, "つなぐ")
    await expect(page.get_by_text("虐待や性被害をうかがわせる")).to_be_visible()
    await page.get_by_label("何で確かめたか").select_option("paper")
    await page.get_by_label("どのように確かめたか").fill("戸籍の写しを見た")
    await press(page, "記録する")
    await fits(minato)
    await page.get_by_label("応じる", exact=True).check()
    await page.get_by_label("子ども本人にたずねたか").select_option("agrees")
    await page.get_by_label("そう決めたわけ").fill("本人と保護者の書類を確かめた")
    await press(page, "この内容で決める")
    await expect(page.get_by_text("確認を待っています")).to_be_visible()
    await expect(page.get_by_role("button", name="写しを開く")).to_have_count(0)
    await fits(minato)
    board = await sit(browser, url, "iinkai")
    await board.go(DATA)
    await board.page.get_by_role("link", name="保護者（法定代理人）からの開示請求").press("Enter")
    await expect(board.page.get_by_text("二人で決める請求です")).to_be_visible()
    await expect(board.page.get_by_text("10月の相談")).to_have_count(0)
    await fits(board)
    await board.page.get_by_label("確認したわけ").fill("同じ考えです")
    await press(board.page, "確認しました")
    await expect(board.page.get_by_role("status")).to_contain_text("二人目として確認しました。")
    await minato.go(one)
    await page.get_by_label("開くわけ").fill("窓口で渡すため")
    await fits(minato)
    await press(page, "写しを開く")
    await expect(page.get_by_role("heading", name="開示する記録の写し")).to_be_visible()
    await expect(page.get_by_role("cell", name="お父さんがたたくんです")).to_be_visible()
    await fits(minato)
    await minato.go(f"{one}/sheet")
    await expect(page.get_by_role("button", name="印刷する")).to_be_visible()
    await fits(minato)
    assert minato.trouble == [] and board.trouble == []


async def test_the_board_is_asked_and_answers_and_reads_of_a_leak(
    browser: Browser, office: tuple[Service, str]
) -> None:
    _service, url = office
    minato, board = await sit(browser, url, "minato"), await sit(browser, url, "iinkai")
    page = minato.page
    question = f"写真の扱いをどうしますか（{uuid4().hex[:4]}）"
    await minato.go(INSTRUCTIONS)
    await page.get_by_label("たずねること").fill(question)
    await press(page, "照会する")
    await expect(page.get_by_label("読み直して")).to_have_accessible_description(
        "だれのことかがわからないように書いたことを確かめて、印をつけてください。"
    )
    await fits(minato)
    await page.get_by_label("読み直して").check()
    await press(page, "照会する")
    await fits(minato)
    await board.go(INSTRUCTIONS)
    await fits(board)
    await board.page.get_by_role("link", name=question).press("Enter")
    await board.page.get_by_label("回答", exact=True).fill("開かずに保管してください")
    await fits(board)
    await press(board.page, "回答する")
    await page.reload()
    await expect(page.get_by_text("開かずに保管してください")).to_be_visible()

    await minato.go(LEAKS)
    await fits(minato)
    await page.get_by_label("何が起きたか").fill("名簿をなくした")
    await press(page, "記録する")
    await expect(page.get_by_text("11月24日（火）まで")).to_be_visible()
    await fits(minato)
    await press(page, "速報を作る")
    await expect(page.locator("#send-fault")).to_contain_text("種類")
    await page.get_by_label("職員の情報").check()
    await page.get_by_label("本人に伝えたか").select_option("not_yet")
    await page.get_by_label("公表したか").select_option("not_yet")
    await press(page, "保存する")
    await press(page, "速報を作る")
    await expect(page.get_by_role("link", name="速報（第1版）")).to_be_visible()
    await fits(minato)
    await board.go(LEAKS)
    await board.page.get_by_role("link", name="速報").press("Enter")
    await expect(board.page.get_by_role("heading", name="漏えい等報告書（速報）")).to_be_visible()
    await fits(board)
    assert minato.trouble == [] and board.trouble == []
