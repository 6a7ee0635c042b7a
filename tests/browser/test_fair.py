"""The page that a flood brings does its work by itself and goes on; without a script one waits a minute. (row 15, WCAG 2.2 AA)"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect
from sanic import Request

from handoff.domain.fair import LEAST_BITS, Allowance, Purpose, solves
from handoff.domain.report import answers_of
from handoff.web.fair import Fair
from tests.browser.conftest import TOGETHER
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS, TARGETS
from tests.integration.conftest import SEALER
from tests.integration.report_support import Window
from tests.support.flood_site import FloodSite, flood_site

pytestmark = TOGETHER

#: One goes without work; so many in all that the page asks for 18 bits. Windows begin with the clock's own spans: at the
#: turn of one the first would be forgotten, so that they are as long as a day.
ALLOWANCES = {purpose: Allowance(1, 1_000, timedelta(days=1), 18) for purpose in Purpose}
WORDS = "\n 学校で見ました\r\n<b>名前は書きません</b>"


@pytest_asyncio.fixture(loop_scope="session")
async def flooded() -> AsyncIterator[FloodSite]:
    async with flood_site(ALLOWANCES) as site, aiohttp.ClientSession() as http:
        await http.post(f"{site.url}/report", data={"words": "x"})
        yield site


async def write(page: Page, site: FloodSite) -> None:
    await page.goto(f"{site.url}/report")
    await page.locator("textarea").fill(WORDS)
    await page.locator("button").click()


async def test_a_browser_does_the_work_and_the_words_arrive(flooded: FloodSite, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
    await write(page, flooded)
    await expect(page.locator("h1")).to_have_text("stored")
    assert flooded.stored[-1]["words"].split() == WORDS.split() and flooded.stored[-1]["work"]
    # The browser itself writes that the first answer was 429.
    assert [line for line in trouble if "429" not in line] == []


async def test_without_a_script_it_says_what_to_do_and_keeps_the_words(flooded: FloodSite, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await write(page, flooded)
    for _again in range(2):
        await expect(page.get_by_role("heading", name="分ほど待つと、先に進めます")).to_be_visible()
        await expect(page.get_by_role("link", name="警察 110")).to_be_visible()
        held = await page.locator("input[name=words]").get_attribute("value")
        assert held is not None and held.split() == WORDS.split()
        await page.get_by_role("button", name="もう一度送る").click()
    assert len(flooded.stored) == 1
    await context.close()


async def test_the_page_can_be_read_while_it_works(flooded: FloodSite, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    # A device so slow that it never ends: its worker says how far it is, and no more.
    slow = 'self.addEventListener("message", () => self.postMessage({ tries: 65536 }));'
    await page.route("**/worker.js", lambda route: route.fulfill(content_type="text/javascript", body=slow))
    await write(page, flooded)
    await expect(page.get_by_role("progressbar")).to_have_js_property("value", 63)
    await expect(page.locator("#work-said")).to_have_text("計算を続けています。もう少しかかります。")
    await expect(page.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_role("link", name="救急・消防 119")).to_be_visible()
    for measure in (CONTRAST, REFERENCES, SIDEWAYS, TARGETS):
        assert await page.evaluate(measure) == []
    # Also here one can be gone at once (row 27).
    for _time in range(3):
        await page.keyboard.press("Shift")
    await page.wait_for_url("**/chat/away")


@pytest.mark.parametrize("worker", ["none", "not loaded"])
async def test_a_browser_without_a_worker_does_the_work_in_the_page(
    flooded: FloodSite, browser: Browser, worker: str
) -> None:
    """Row 15: an old tablet isn't refused for as long as the flood lasts."""
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    if worker == "none":
        await page.add_init_script("delete window.Worker;")
    else:
        await page.route("**/worker.js", lambda route: route.abort())
    await write(page, flooded)
    await expect(page.locator("h1")).to_have_text("stored", timeout=30_000)
    assert flooded.stored[-1]["words"].split() == WORDS.split() and flooded.stored[-1]["work"]
    assert trouble == []


async def test_the_page_lives_while_it_works_itself(flooded: FloodSite, browser: Browser) -> None:
    page = await browser.new_page()
    await page.add_init_script("delete window.Worker;")
    await page.goto(f"{flooded.url}/report")
    told: Any = await page.evaluate(
        """async () => {
            const { solve } = await import("/static/fair/work.js");
            let beats = 0;
            const parts = [];
            const timer = setInterval(() => { beats += 1; }, 10);
            const nonce = await solve("w1.any", 18, { onProgress: (part) => parts.push(part) });
            clearInterval(timer);
            return { beats, parts, nonce };
        }"""
    )
    assert solves("w1.any", told["nonce"], 18)
    assert told["beats"] > 3, "other things happen in between"
    assert len(told["parts"]) > 3 and told["parts"] == sorted(told["parts"]) and 0 < told["parts"][-1] < 1


async def test_where_no_work_can_be_done_the_page_says_what_to_do(flooded: FloodSite, browser: Browser) -> None:
    page = await browser.new_page()
    await page.route("**/sha256.js", lambda route: route.abort())
    await write(page, flooded)
    await expect(page.get_by_role("button", name="もう一度送る")).to_be_visible()
    await expect(page.get_by_role("progressbar")).to_have_count(0)


async def test_our_digest_is_sha_256_and_a_script_that_is_asked_works(flooded: FloodSite, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{flooded.url}/report")
    lengths = [0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 200]
    made = await page.evaluate(
        """async lengths => {
            await import("/static/fair/sha256.js");
            const { digests, zeroBits } = self.tsunagiWork;
            const hex = state => [...state].map(word => word.toString(16).padStart(8, "0")).join("");
            return lengths.map(length => hex(digests("a".repeat(length))("")) + hex(digests("a".repeat(length))("12345678901234567890")))
                .concat(String(zeroBits(new Uint32Array(8))));
        }""",
        lengths,
    )
    prefixes = ["a" * length for length in lengths]
    wanted = [
        "".join(hashlib.sha256(text.encode()).hexdigest() for text in (prefix, f"{prefix}12345678901234567890"))
        for prefix in prefixes
    ]
    assert made == [*wanted, "256"]
    took = await page.evaluate(
        """async () => {
            const { fairFetch, solve } = await import("/static/fair/work.js");
            const body = new URLSearchParams({ words: "by a script" });
            const answer = await fairFetch("/report", { method: "POST", body });
            const began = performance.now();
            await solve("w1.any", 18);
            return [answer.status, performance.now() - began];
        }"""
    )
    assert took[0] == 200 and flooded.stored[-1]["words"] == "by a script"
    assert took[1] < 10_000
    print(f"18 bits took {took[1]:.0f} ms")


@dataclass
class Flood:
    """A flood that comes and goes. on: for what work is asked now."""

    on: set[Purpose] = field(default_factory=set)


@pytest.fixture
def flood(monkeypatch: pytest.MonkeyPatch) -> Flood:
    made = Flood()

    async def bits(_fair: Fair, _request: Request[Any, Any], purpose: Purpose) -> int:
        return LEAST_BITS if purpose in made.on else 0

    monkeypatch.setattr(Fair, "bits", bits)
    return made


async def told(window: Window) -> list[str]:
    """What the reports of the service say."""
    rows = await window.service.rows("SELECT id, answers FROM reports")
    return [answers_of(SEALER.open("reports", "answers", str(row.id), row.answers)).what for row in rows]


async def test_in_a_flood_the_report_itself_goes_on_by_itself(window: Window, flood: Flood, browser: Browser) -> None:
    """Row 15 at the real pages: to begin, while one types, and with each step; nobody sees more than a moment of waiting."""
    flood.on = set(Purpose)
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    asked: list[str] = []
    page.on("response", lambda one: asked.append(one.url.rpartition("/")[2]) if one.status == 429 else None)
    await page.goto(f"{window.url}/report")
    await page.get_by_role("button", name="次へ").last.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("何が起きているか", timeout=20_000)
    await page.get_by_label("何が起きていますか").fill("けられています")
    await expect(page.get_by_text("ここまで届きました。")).to_be_visible(timeout=20_000)
    assert await told(window) == ["けられています"]
    await page.get_by_role("button", name="次へ").last.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("学校のこと", timeout=20_000)
    assert asked == ["report", "keep", "report"] and trouble == []


async def test_in_a_flood_without_a_script_one_waits_and_goes_on(
    window: Window, flood: Flood, browser: Browser
) -> None:
    """Row 15: phone lines, other ways, and what was typed; a minute later it is sent, while the flood goes on. Also here
    one can be gone.
    """
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = await context.new_page()
    await page.goto(f"{window.url}/report")
    await page.get_by_role("button", name="次へ").last.click()
    await page.get_by_label("何が起きていますか").fill("けられています")
    flood.on = set(Purpose)
    for button in ("次へ", "もう一度送る"):
        async with page.expect_response(lambda answer: answer.status == 429):
            await page.get_by_role("button", name=button).last.click()
        await expect(page.get_by_role("heading", name="1分ほど待つと、先に進めます")).to_be_visible()
    for words in ("になったら、「もう一度送る」", "まだ待っています。", "LINEで送るか、下の電話を使ってください"):
        await expect(page.get_by_text(words)).to_be_visible()
    for name in ("警察 110", "救急・消防 119", "0120-0-78310"):
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    for measure in (CONTRAST, REFERENCES, SIDEWAYS, TARGETS):
        assert await page.evaluate(measure) == []
    # The page's own clock, by its style sheet alone: at the end of its minute it says that one may press.
    await expect(page.get_by_text("もう押せます。")).to_be_hidden()
    await page.evaluate("for (const one of document.getAnimations()) one.currentTime = 59_900")
    await expect(page.get_by_text("もう押せます。")).to_be_visible()
    await expect(page.get_by_text("まだ待っています。")).to_be_hidden()
    window.clock.advance(seconds=60)
    await page.get_by_role("button", name="もう一度送る").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("学校のこと")
    assert await told(window) == ["けられています"]
    await page.get_by_label("学年やクラス").fill("2年")
    await page.get_by_role("button", name="次へ").last.click()
    await expect(page.get_by_role("heading", name="1分ほど待つと、先に進めます")).to_be_visible()
    await page.get_by_role("button", name="すぐに閉じる").click()
    await expect(page.get_by_role("heading")).to_have_text("メモ")
    (row,) = await window.service.rows("SELECT id, answers FROM reports")
    assert answers_of(SEALER.open("reports", "answers", str(row.id), row.answers)).grade == "2年"
    await context.close()


async def test_what_is_typed_before_the_page_s_script_is_here_is_kept_as_well(window: Window, browser: Browser) -> None:
    """On a school's slow network somebody is quicker than the script, and then reads what they wrote."""
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    here = asyncio.Event()

    async def late(route: Route) -> None:
        await here.wait()
        await route.continue_()

    await page.goto(f"{window.url}/report")
    await page.route("**/report.js", late)
    await page.get_by_role("button", name="次へ").last.click(no_wait_after=True)
    await page.get_by_label("何が起きていますか").fill("けられています")
    here.set()
    await expect(page.get_by_text("ここまで届きました。")).to_be_visible(timeout=20_000)
    assert await told(window) == ["けられています"]
