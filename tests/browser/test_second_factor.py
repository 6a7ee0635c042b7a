"""The second factor by keyboard alone and without a script: set up by the picture, asked for, and a lost one taken off."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest_asyncio
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Error, Page, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.browser.test_desk_requests import press
from tests.integration.conftest import OPEN, SEALER, Database, Service, open_service
from tests.support.factors import App, give_factor
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

pytestmark = TOGETHER

#: Where a person who looks at the pages wants their pictures.
PICTURES = os.environ.get("TSUNAGI_PICTURES")
NARROW = "document.documentElement.scrollWidth <= innerWidth"
WIDTHS = ((320, 844), (1280, 800), (390, 844))


@pytest_asyncio.fixture(loop_scope="session")
async def office(database: Database) -> AsyncIterator[tuple[Service, FrozenClock, str]]:
    """A desk with its demo's people, of whom a second factor is demanded, and its address."""
    async with open_service(database) as service:
        service.setting.clock = clock = FrozenClock(OPEN)
        service.setting.demands_factor = True
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            yield service, clock, url


async def sit(browser: Browser, url: str, name: str) -> Person:
    """Somebody who has typed name and password, by keyboard alone."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = await context.new_page()
    person = Person(page, name, url)
    page.on("console", lambda told: person.trouble.append(told.text) if "policy" in told.text else None)
    page.on("pageerror", lambda error: person.trouble.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(url) else person.trouble.append(asked.url))
    await page.goto(f"{url}/desk/")
    await give_password(page, name)
    return person


async def give_password(page: Page, name: str) -> None:
    await expect(page.get_by_role("textbox", name="名前")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(DEMO_PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="二段階の確認", exact=True)).to_be_visible()


async def fits(person: Person, name: str) -> None:
    """Nothing is cut off at any width, axe finds nothing grave, and no request went elsewhere."""
    page = person.page
    await page.wait_for_load_state()
    for width, height in WIDTHS:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(NARROW), f"{name} is cut off at {width}"
        if PICTURES and width != 320:
            await page.screenshot(path=str(Path(PICTURES) / f"factor-{name}-{width}.png"), full_page=True)
    assert await person.axe() == [], name
    assert person.trouble == [], name


async def tab_to(page: Page, label: str) -> None:
    """Go on by the Tab key until this is reached."""
    wanted = page.get_by_label(label, exact=True).or_(page.get_by_role("button", name=label, exact=True))
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no key leads to {label}")


def read_picture(taken: bytes) -> pyotp.TOTP:
    """What an app reads from a picture of the screen."""
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(taken)))
    found = pyotp.parse_uri(code.text)
    assert isinstance(found, pyotp.TOTP)
    return found


async def test_it_is_set_up_from_the_picture_by_keyboard_alone(
    browser: Browser, office: tuple[Service, FrozenClock, str]
) -> None:
    service, clock, url = office
    yuki = await sit(browser, url, "yuki")
    page = yuki.page
    assert await page.get_by_role("navigation").count() == 0, "half in, nothing of the desk stands around it"
    await fits(yuki, "begin")
    await tab_to(page, "設定をはじめる")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("img", name="アプリで読み取るQRコード")).to_be_visible()
    found = read_picture(await page.screenshot(full_page=True))
    assert found.name == "yuki" and found.issuer == service.setting.profile.service_name
    assert (await page.locator("#secret").inner_text()).replace(" ", "") == found.secret
    await fits(yuki, "picture")
    app = App(found.secret, clock)
    await tab_to(page, "アプリに出ている6けたの番号")
    await page.keyboard.type(app.wrong())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("番号がちがう")
    await expect(page.get_by_label("アプリに出ている6けたの番号")).to_be_focused()
    await fits(yuki, "wrong")
    await page.keyboard.type(f"{app.number()[:3]} {app.number()[3:]}")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="予備のコード", exact=True)).to_be_visible()
    codes = await page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    await fits(yuki, "codes")
    await page.emulate_media(media="print")
    assert await page.locator(".no-print:visible").count() == 0 and await page.locator(".codes:visible").count() == 1
    await page.emulate_media(media="screen")
    async with page.expect_download() as loading:
        await press(page, "ファイルで受け取る")
    kept = Path(await (await loading.value).path()).read_text(encoding="utf-8")
    assert all(code in kept for code in codes)
    await tab_to(page, "書き留めました")
    await page.keyboard.press("Space")
    await press(page, "つぎへ進む")
    await page.wait_for_selector("body[data-ready=yes][data-line=open]")
    # Going back shows them to nobody.
    with contextlib.suppress(Error):
        await page.go_back()
    await page.wait_for_load_state()
    await expect(page.locator(".codes")).to_have_count(0)

    # The next time the number is asked for, and stands ready to be typed.
    await page.goto(f"{url}/desk/")
    await press(page, "ログアウト")
    await give_password(page, "yuki")
    await expect(page.get_by_label("6けたの番号", exact=True)).to_be_focused()
    await fits(yuki, "asked")
    await page.get_by_text("アプリの入った機器が手もとにないとき").press("Enter")
    await fits(yuki, "asked-paper")
    await page.get_by_label("予備のコード").fill(codes[0].lower().replace("-", " "))
    await press(page, "コードで入る")
    await expect(page.get_by_role("status")).to_contain_text("予備のコードを一つ使って入りました")
    await expect(page.get_by_text("使っていない予備のコードは、9個です")).to_be_visible()
    for more in await page.locator("details.card > summary").all():
        await more.press("Enter")
    await fits(yuki, "own")


async def test_a_lost_one_is_taken_off_by_two(browser: Browser, office: tuple[Service, FrozenClock, str]) -> None:
    service, clock, url = office
    apps: dict[str, App] = {}
    for name in ("yuki", "kaede", "minato"):
        async with service.store.reading() as tx:
            account = await tx.staff.account(name)
        assert account is not None
        apps[name], _ = await give_factor(service.store, service.setting, account.member, clock)
    people = {}
    for name in ("kaede", "minato"):
        people[name] = await sit(browser, url, name)
        await expect(people[name].page.get_by_label("6けたの番号", exact=True)).to_be_focused()
        await people[name].page.keyboard.type(apps[name].number())
        await people[name].page.keyboard.press("Enter")
        await expect(people[name].page.get_by_role("button", name="ログアウト")).to_be_visible()
    kaede, minato = people["kaede"].page, people["minato"].page
    await people["kaede"].go("/desk/service")
    await kaede.get_by_role("link", name="アカウント").press("Enter")
    hers = kaede.get_by_role("listitem").filter(has_text="ゆき")
    await hers.get_by_text("機器をなくしたので").press("Enter")
    await fits(people["kaede"], "accounts")
    await hers.get_by_label("どうやって本人と確かめたか").fill("電話で声を確かめました。")
    await hers.get_by_role("button", name="はずすように頼む").press("Enter")
    await expect(kaede.get_by_role("status")).to_contain_text("頼みました")
    await expect(kaede.get_by_role("button", name="本人と確かめた。はずす")).to_have_count(0)
    await people["minato"].go("/desk/accounts")
    await expect(minato.get_by_role("region", name="確認を待っている")).to_contain_text("電話で声を確かめました。")
    await fits(people["minato"], "waiting")
    await press(minato, "本人と確かめた。はずす")
    await expect(minato.get_by_role("region", name="この30日に決めたこと")).to_contain_text(
        "ゆきさんの設定をはずしました"
    )
    await fits(people["minato"], "decided")
    yuki = await sit(browser, url, "yuki")
    await expect(yuki.page.get_by_role("region", name="お知らせ")).to_contain_text("かえでさんとみなとさんが")
    await fits(yuki, "told")
