"""The policy's pages and the documents for the board, as they are read: phone, desk, keyboard, paper (HOK-8.1, HOK-3.4, WG-10)."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import GRAVE, SitDown
from tests.support.running import Running

pytestmark = TOGETHER

WIDTHS = (320, 390, 1280)
DOCUMENTS = ("flow", "basics", "urgent", "secrecy")
FITS = "document.documentElement.scrollWidth <= innerWidth"


async def test_a_child_reads_the_policy_on_a_small_phone(service: Running, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=True)
    page = await context.new_page()
    trouble: list[str] = []
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    for path, heading in (
        ("/policy", "1分で読めるきまり"),
        ("/policy/full", "くわしいきまり"),
        ("/policy/privacy", "個人情報を何に使うか"),
    ):
        await page.goto(service.web + path)
        told = await page.locator("h2").first.evaluate(
            "one => { const copy = one.cloneNode(true); copy.querySelectorAll('rt, rp').forEach(x => x.remove()); return copy.textContent; }"
        )
        assert told == heading
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 640})
            assert await page.evaluate(FITS), f"{path} is cut off at {width}"
        found: Any = (await Axe().run(page)).response
        assert [one["id"] for one in found["violations"] if one["impact"] in GRAVE] == [], path
    assert trouble == [], "nothing that the headers forbid"
    await page.goto(service.web + "/policy")
    await page.get_by_role("link", name="くわしい版を読む").press("Enter")
    await expect(page.get_by_role("link", name="くわしい版", exact=True)).to_have_attribute("aria-current", "page")
    await context.close()


async def test_the_documents_are_read_on_the_screen_and_printed(sit: SitDown) -> None:
    minato = await sit("minato")
    page = minato.page
    await page.goto(f"{minato.web}/desk/documents")
    await page.get_by_role("link", name="登録から相談・回答までの流れ").press("Enter")
    boxes = page.locator(".steps > li")
    await expect(boxes).to_have_count(7)
    await expect(boxes.nth(1)).to_contain_text("待ち行列")
    for kind in DOCUMENTS:
        await page.goto(f"{minato.web}/desk/documents/{kind}")
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 844})
            assert await page.evaluate(FITS), f"{kind} is cut off at {width}"
        assert await minato.axe() == [], kind
    await page.emulate_media(media="print")
    await expect(page.locator("header.bar")).to_be_hidden()
    await expect(page.get_by_role("link", name="提出書類へ")).to_be_hidden()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.emulate_media(media="screen")


async def test_a_publication_that_can_t_be_is_told_beside_its_field(sit: SitDown) -> None:
    """Nothing is published here: the service is shared with the other tests."""
    minato = await sit("minato", 390, 844)
    page = minato.page
    await page.goto(f"{minato.web}/desk/policies")
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate(FITS), f"cut off at {width}"
    assert await minato.axe() == []
    await page.get_by_label("承認した人（教育委員会）").fill(" ")
    await page.get_by_role("button", name="公開する", exact=True).press("Enter")
    field = page.get_by_label("承認した人（教育委員会）")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(
        "例「学校安全課 課長（文書番号 教安第12号）」 教育委員会のだれが承認したかを書いてください。"
    )
    await expect(page.get_by_role("alert")).to_contain_text("だれが承認したか")
    assert await minato.axe() == []
    assert minato.trouble == [f"400 {minato.web}/desk/policies/publish"]
    minato.trouble.clear()
