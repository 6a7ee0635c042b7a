"""The school register as a supervisor keeps it and a counsellor uses it, by keyboard, on a phone and at a desk (KAG-5, WCAG 2.2 AA)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown
from tests.browser.measures import SIDEWAYS
from tests.browser.test_desk_reports import reported
from tests.support.running import Running

pytestmark = TOGETHER

HEAD = "コード,正式名称,別名,市町村,校種,人数の基準日,中1\n"
GOOD = "tb-one,汐見台市立第一中学校,汐一,汐見台市,中学校,2026-05-01,90\ntb-two,汐見台市立第二中学校,,汐見台市,中学校,2026-05-01,80\n"
BAD = "tb-one,汐見台市立第一中学校,,汐見台市,中学校,2026-05-01,-9\nTB-ONE,,,汐見台市,大きい学校,,\n"
WORDS = "部活のことで、先生から電話をもらいました"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def without_traces(service: Running) -> AsyncIterator[None]:
    yield
    service.execute("DELETE FROM schools WHERE code LIKE 'tb-%%'")


async def fits(person: Person, *trouble: str) -> None:
    """The page at both widths: nothing grave, nothing cut off. trouble: what the page was meant to answer."""
    await person.page.wait_for_load_state()
    for width in (1280, 390):
        await person.page.set_viewport_size({"width": width, "height": 844})
        assert await person.axe() == [], f"{person.page.url} at {width}"
        assert await person.page.evaluate(SIDEWAYS) == [], f"{person.page.url} at {width}"
    for text in trouble:
        assert person.trouble.pop().startswith(text), "as it had to be"


async def choose(page: Page, rows: str) -> None:
    """A file is chosen and looked through with a key."""
    file = FilePayload(name="schools.csv", mimeType="text/csv", buffer=(HEAD + rows).encode("cp932"))
    await page.get_by_label("CSV か Excel").set_input_files(file)
    await page.get_by_role("button", name="確かめる").press("Enter")


async def test_a_register_is_imported_searched_and_edited_by_keyboard(sit: SitDown, service: Running) -> None:
    minato = await sit("minato")
    page = minato.page
    await minato.go("/desk/schools")
    await fits(minato)
    await page.get_by_role("link", name="ファイルから取り込む").press("Enter")
    await choose(page, BAD)
    bad = page.get_by_role("table", name="直すところ").get_by_role("row")
    await expect(bad).to_have_count(1 + 4)
    for place, words in (
        ("2 中1", "負の数"),
        ("3 コード", "2行目にも"),
        ("3 正式名称", "空いています"),
        ("3 校種", "大きい学校"),
    ):
        await expect(bad.filter(has_text=words)).to_contain_text(re.compile(r"\s*".join(place.split())))
    await fits(minato, "400 ")
    assert service.rows("SELECT 1 FROM schools WHERE code LIKE 'tb-%%'") == []

    await choose(page, GOOD)
    await expect(page.get_by_role("region", name="新しい学校")).to_contain_text("2校")
    await expect(page.get_by_role("region", name="ファイルにない学校")).to_contain_text("そのまま残ります")
    await expect(page.get_by_label("この一覧にない学校")).not_to_be_checked()
    await fits(minato)
    await page.get_by_role("button", name="取り込む", exact=True).press("Enter")
    await expect(page.get_by_role("status").filter(has_text="取り込みました")).to_be_visible()
    assert len(service.rows("SELECT 1 FROM schools WHERE code LIKE 'tb-%%'")) == 2

    await page.get_by_label("名前・呼び方・コード").fill("汐一")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="件")).to_contain_text("1件")
    await page.get_by_role("link", name="汐見台市立第一中学校").press("Enter")
    await expect(page.get_by_text("いまの人数")).to_be_visible()
    await fits(minato)
    await page.get_by_label("正式名称").fill("")
    await page.get_by_role("button", name="保存する", exact=True).press("Enter")
    await expect(page.get_by_label("正式名称")).to_have_accessible_description(re.compile("空いています"))
    await fits(minato, "400 ")
    await page.get_by_label("正式名称").fill("汐見台市立第一中学校")
    await page.get_by_label("別名").fill("汐一、しおいち")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="保存しました")).to_be_visible()
    await expect(page.get_by_label("別名")).to_have_value("汐一、しおいち")


async def test_a_candidate_is_chosen_on_a_sheet_by_keyboard_and_seen_in_the_talk(
    sit: SitDown, service: Running
) -> None:
    yuki = await sit("yuki")
    page = yuki.page
    await yuki.go("/desk/other-ways")
    await page.get_by_label("電話", exact=True).first.check()
    await page.get_by_label("学校名").fill("第一中")
    await page.get_by_label("聞いたこと").fill(WORDS)
    await page.get_by_role("button", name="記録").press("Enter")
    await page.wait_for_url("**/desk/talks/*/sheet*")
    at = page.url.partition("?")[0]
    session = at.split("/")[-2]
    group = page.locator('[data-group="school_code"]')
    await expect(group.get_by_label("どれでもない")).to_be_checked()
    search = page.get_by_label("台帳でさがす")
    await search.focus()
    await page.keyboard.type("汐ノ浦市 第一中")
    await page.keyboard.press("Enter")
    await expect(group.get_by_role("radio")).to_have_count(2)
    assert service.rows("SELECT 1 FROM wrap_ups WHERE session_id = %s", session) == [], (
        "Enter looked, and saved nothing"
    )
    await expect(group.get_by_label("どれでもない")).to_be_checked()
    await fits(yuki)
    await group.get_by_label("どれでもない").focus()
    await page.keyboard.press("ArrowDown")
    await expect(group.get_by_label("汐ノ浦市立第一中学校")).to_be_checked()
    await page.get_by_role("button", name="途中で保存").last.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="途中まで保存しました")).to_be_visible()
    await expect(group.get_by_label("汐ノ浦市立第一中学校")).to_be_checked()
    await yuki.go(f"/desk/?open={session}")
    await page.get_by_role("button", name="情報を開く").press("Enter")
    await page.get_by_text("学校の候補").press("Enter")
    await expect(page.locator("details", has_text="学校の候補")).to_contain_text("短くした名前が同じ")
    await expect(page.get_by_text("選ぶのは終了記録です。")).to_be_visible()
    await fits(yuki)


async def test_a_school_is_chosen_for_a_report_by_keyboard(sit: SitDown, browser: Browser, service: Running) -> None:
    service.execute("UPDATE reports SET status = 'done'")
    await reported(browser, service)
    (row,) = service.rows("SELECT id FROM reports WHERE status = 'new'")
    yuki = await sit("yuki")
    await yuki.go(f"/desk/reports/{row['id']}")
    page = yuki.page
    group = page.get_by_role("group", name="台帳の学校")
    await expect(group.get_by_label("どれでもない")).to_be_checked()
    await page.get_by_label("台帳でさがす").fill("汐ノ浦市 第一中")
    await page.keyboard.press("Enter")
    await expect(group.get_by_role("radio")).to_have_count(2)
    await expect(group.get_by_label("どれでもない")).to_be_checked()
    await fits(yuki)
    await group.get_by_label("どれでもない").focus()
    await page.keyboard.press("ArrowDown")
    await page.get_by_role("button", name="この学校で記録する").press("Enter")
    await expect(page.get_by_role("status").filter(has_text="台帳の学校を記録しました")).to_be_visible()
    await expect(group.get_by_label("汐ノ浦市立第一中学校")).to_be_checked()
    await expect(page.locator("#steps")).to_contain_text("台帳の学校を選びました")
