"""Files in a real browser: pictures of a talk are seen, and nothing that somebody sent ever runs (security rows 19 and 20)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.evidence import EvidenceState, Part
from handoff.domain.texts import TextKey
from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person
from tests.browser.measures import SIDEWAYS
from tests.integration.conftest import SEALER, Database, Service, database, open_service, postgres  # noqa: F401 - fixtures
from tests.integration.desk_support import Bridge, address
from tests.integration.evidence_support import ALL, NONE, Files
from tests.support import hostile_files as hostile
from tests.support.line_events import arrivals, event
from tests.support.sites import desk_site

pytestmark = TOGETHER

#: A name that runs where it is read as HTML.
NAME = f'"><img src=x onerror="document.title=\'{hostile.CANARY}\'">{hostile.SCRIPT}.jpg'


@dataclass
class Desk:
    """A counsellor at the desk with a live talk. trouble: what went wrong unseen, violations of the policy among it."""

    bridge: Bridge
    files: Files
    page: Page
    url: str
    session: UUID
    trouble: list[str] = field(default_factory=list)

    async def picture(self, message_id: str, data: bytes) -> UUID:
        """A student sends a picture on LINE, and it is fetched; its id."""
        house = self.bridge.service
        house.content.files[message_id] = data
        told = {"type": "image", "id": message_id, "contentProvider": {"type": "line"}}
        await house.accept(arrivals(event("message", address(1), message=told)))
        await house.work()
        (row,) = await house.rows("SELECT id FROM evidence ORDER BY made_at DESC, stored_at DESC LIMIT 1")
        return UUID(str(row.id))

    async def slip_in(self, data: bytes, mime: str) -> UUID:
        """A file that no check of ours would let in, as if all of them had failed; its id."""
        kept = await self.files.send(self.session, hostile.MP4, "video/mp4", NAME)
        store = self.bridge.service.store
        async with store.transaction() as tx:
            await tx.evidence.drop_pieces(kept.id)
            await tx.evidence.add_piece(kept.id, Part.ORIGINAL, 0, data)
            await tx.evidence.save(replace(kept, mime=mime, bytes=len(data)))
        return kept.id

    async def slip_in_picture(self, data: bytes) -> UUID:
        """The same as a picture: what came, and both copies, as if the program that makes them had been fooled."""
        kept = await self.files.send(self.session, hostile.jpeg(), "image/jpeg", NAME)
        store = self.bridge.service.store
        async with store.transaction() as tx:
            await tx.evidence.drop_pieces(kept.id)
            for part in Part:
                await tx.evidence.add_piece(kept.id, part, 0, data)
            size = len(data)
            await tx.evidence.save(replace(kept, bytes=size, shown_bytes=size, thumb_bytes=size))
        return kept.id

    async def embed(self, page: Page, at: str) -> None:
        """Frame it, load it as a script, show it as a picture: nothing of it becomes anything."""
        assert self.trouble == []
        for how in ("iframe", "script", "img", "object", "embed"):
            assert hostile.CANARY not in await page.evaluate(EMBED, [how, at]), how
        # What the browser says about refusing it is what we want; a script's own fault would be another.
        refusals = ("Refused to", "violates", "requires 'Trusted")
        assert all(any(one in told for one in refusals) for told in self.trouble), self.trouble
        self.trouble.clear()


#: Puts a file into the page in some way, and says what the page's title is after it.
EMBED = """async ([how, at]) => {
    const one = document.createElement(how);
    const done = new Promise((end) => { one.onload = one.onerror = end; setTimeout(end, 300); });
    try {
        one[how === "object" ? "data" : "src"] = at;
        document.body.append(one);
        await done;
    } catch (refused) {
        console.error(`Refused to load: ${refused}`); // a script's address from a string isn't even taken
    }
    one.remove();
    return document.title;
}"""


def watch(page: Page, url: str, trouble: list[str]) -> None:
    page.on("console", lambda told: trouble.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
    page.on("request", lambda asked: None if asked.url.startswith((url, "data:")) else trouble.append(asked.url))


@pytest_asyncio.fixture(loop_scope="session")
async def service(database: Database) -> AsyncIterator[Service]:  # noqa: F811 - the fixture
    async with open_service(database) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session", params=[(1280, 800), (360, 740)], ids=["desk", "phone"])
async def desk(
    service: Service,
    browser: Browser,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Desk]:
    bridge = Bridge(service)
    files = Files(service)
    files.media(consultation=ALL, window=True)
    width, height = request.param
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        yuki = await bridge.member("yuki")
        await bridge.presence.set_duty(yuki, True)
        session = (await bridge.live(yuki)).id
        page = await browser.new_page(viewport={"width": width, "height": height}, locale="ja-JP")
        sat = Desk(bridge, files, page, url, session)
        await sign_in(page, url, "yuki", sat.trouble)
        yield sat
        assert sat.trouble == []
        await page.close()


async def sign_in(page: Page, url: str, name: str, trouble: list[str]) -> None:
    watch(page, url, trouble)
    await page.goto(f"{url}/desk/")
    await page.get_by_role("textbox", name="名前").fill(name)
    await page.get_by_role("textbox", name="パスワード").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="ログイン").click()
    await page.wait_for_selector("body[data-ready=yes][data-line=open]")


async def seen(page: Page, selector: str) -> int:
    """How wide the picture is that a browser made of it; 0: none."""
    width: int = await page.locator(selector).first.evaluate(
        "async (one) => { await one.decode(); return one.naturalWidth; }"
    )
    return width


async def grave(page: Page) -> list[str]:
    return await Person(page, "yuki", "").axe()


async def test_a_picture_of_a_talk_is_seen_opened_and_put_out_of_sight(desk: Desk) -> None:
    page = desk.page
    first = await desk.picture("p1", hostile.jpeg(6))
    await expect(page.locator(".file img")).to_be_visible()
    assert await seen(page, ".file img") == 240
    await page.get_by_role("button", name="大きく開く").focus()
    await page.keyboard.press("Enter")
    assert await seen(page, "#picture img") == hostile.SIZE[0]
    await expect(page.get_by_role("button", name="閉じる", exact=True).last).to_be_focused()
    assert await grave(page) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("#picture")).not_to_be_visible()
    assert await grave(page) == []
    await page.get_by_role("button", name="隔離する").click()
    await page.locator("dialog[open]").get_by_role("button", name="隔離する").click()
    await expect(page.locator(".file")).to_contain_text("隔離しています")
    await expect(page.locator(".file img")).to_have_count(0)
    assert (await desk.files.find(first)).state is EvidenceState.QUARANTINED
    box = await page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert box[0] <= box[1]


@pytest.mark.parametrize("desk", [(1280, 800)], indirect=True, ids=["desk"])
async def test_whatever_a_file_holds_it_never_runs(desk: Desk) -> None:
    """Opened, framed, loaded as a script or shown as a picture: nothing of it becomes anything."""
    page = desk.page
    for data, mime in ((hostile.HTML, "video/mp4"), (hostile.SVG, "video/webm"), (hostile.HTML, "audio/mpeg")):
        one = await desk.slip_in(data, mime)
        await page.goto(f"{desk.url}/desk/evidence/{one}")
        await expect(page.get_by_text("onerror=")).to_be_visible()  # the name, as text
        assert await grave(page) == []
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="を開く").click()
        download = await coming.value
        assert download.suggested_filename.startswith("evidence-")
        assert Path(await download.path()).read_bytes() == data
        async with page.expect_download():  # not even when it is gone to itself
            await page.evaluate("(at) => { location.href = at; }", f"/desk/evidence/{one}/shown")
        await desk.embed(page, f"/desk/evidence/{one}/shown")
    assert hostile.CANARY not in await page.title()


@pytest.mark.parametrize("desk", [(1280, 800)], indirect=True, ids=["desk"])
async def test_row_19_a_page_that_calls_itself_a_picture_never_runs(desk: Desk, browser: Browser) -> None:
    """Its original, its copy and its small picture: each is a file to be taken away, or a picture that isn't one."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    await sign_in(page, desk.url, "minato", desk.trouble)
    for data in (hostile.HTML, hostile.SVG):
        one = await desk.slip_in_picture(data)
        at = f"/desk/evidence/{one}"
        await page.goto(desk.url + at)
        await page.get_by_label("何のために").select_option("中身を確かめる")
        await page.get_by_label("理由").fill("絵かどうかを見るため")
        for press in (
            lambda: page.get_by_role("button", name="取り出す").click(),
            lambda to=at: page.evaluate("(at) => { location.href = at; }", f"{to}/shown"),
        ):
            async with page.expect_download() as coming:
                await press()
            download = await coming.value
            assert download.suggested_filename == f"evidence-{one.hex[:8]}.jpg"
            assert Path(await download.path()).read_bytes() == data
        for path in ("shown", "thumb"):
            await desk.embed(page, f"{at}/{path}")
        # By itself in a window, where a browser that guessed would take it for a page.
        await page.goto(f"{desk.url}{at}/thumb")
        assert hostile.CANARY not in await page.title()
        assert await page.evaluate("[document.contentType, document.images.length]") == ["image/jpeg", 1]
        desk.trouble.clear()
    await page.close()


async def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until the button of this name has the focus, which one sees."""
    for _ in range(60):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        focused = page.locator(":focus")
        if await focused.count() and name in await focused.inner_text():
            assert await focused.evaluate("(one) => getComputedStyle(one).outlineStyle !== 'none'"), name
            return
    raise AssertionError(name)


@pytest.mark.parametrize("desk", [(1280, 800)], indirect=True, ids=["desk"])
async def test_a_window_for_one_picture_is_opened_and_closed_by_keyboard(desk: Desk) -> None:
    """Where a talk takes no pictures the counsellor asks for one, and takes that back; the student hears of both."""
    page, keyboard, house = desk.page, desk.page.keyboard, desk.bridge.service
    desk.files.media(consultation=NONE, window=True)
    text, dialog = house.setting.profile.text, page.locator("dialog[open]")

    async def ask(choice: str | None) -> None:
        await keyboard.press("Enter")
        await expect(dialog.get_by_role("heading", name="写真を一枚受ける")).to_be_visible()
        if choice is None:
            assert await grave(page) == []
            await keyboard.press("Escape")
        else:
            if choice not in await page.locator(":focus").inner_text():
                await tab_to(page, choice)
            await keyboard.press("Enter")
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_role("button", name="写真を一枚受ける")).to_be_focused()

    await tab_to(page, "写真を一枚受ける")
    await ask(None)
    await desk.bridge.deliver()
    assert house.line.said == []  # leaving the question opens nothing
    await ask("一枚だけ、受けられるようにする")
    await expect(page.locator("#said")).to_contain_text("本人に伝えました。")
    await desk.bridge.deliver()
    assert house.line.said == [text(TextKey.PICTURE_WINDOW)]
    await desk.picture("p1", hostile.jpeg())
    await expect(page.locator(".file img")).to_have_count(1)
    await desk.picture("p2", hostile.jpeg())  # the window was for one
    await expect(page.locator(".file").last).to_contain_text("この窓口では受け取らない")
    # On a slow line what takes it back is pressed while what opens it is still on its way, and must not overtake it.
    arrives = asyncio.Event()

    async def slow(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route("**/picture/open", slow)
    await ask("一枚だけ、受けられるようにする")
    await ask("受けるのをやめる")
    arrives.set()
    await expect(page.locator("#said")).to_contain_text("やめました。")
    await desk.bridge.deliver()
    assert house.line.said[-1] == text(TextKey.PICTURE_WINDOW_OVER)
    await desk.picture("p3", hostile.jpeg())
    await expect(page.locator(".file")).to_have_count(3)
    await expect(page.locator(".file img")).to_have_count(1)


@pytest.mark.parametrize("desk", [(360, 740)], indirect=True, ids=["phone"])
async def test_a_supervisor_takes_an_original_out_with_a_reason_on_a_phone(desk: Desk, browser: Browser) -> None:
    """Row 18: the page says what is in an original and that it is on record; what is unseen goes to the police alone."""
    image = await desk.files.send(desk.session, hostile.jpeg(), "image/jpeg", NAME)
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale="ja-JP")
    await sign_in(page, desk.url, "minato", desk.trouble)

    async def look() -> list[str]:
        await page.goto(f"{desk.url}/desk/evidence/{image.id}")
        assert await page.evaluate(SIDEWAYS) == [] and await grave(page) == []
        return await page.get_by_label("何のために").locator("option").all_inner_texts()

    assert await look() == ["警察に渡す", "教育委員会に渡す", "中身を確かめる"]
    await page.get_by_role("button", name="取り出す").click()
    await expect(page.get_by_label("理由")).to_be_focused()  # the browser itself asks for a reason
    await page.get_by_label("何のために").select_option("中身を確かめる")
    await page.get_by_label("理由").fill("とった日を確かめるため")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="取り出す").click()
    download = await coming.value
    assert download.suggested_filename == f"evidence-{image.id.hex[:8]}.jpg"
    assert Path(await download.path()).read_bytes() == hostile.jpeg()
    await look()
    await expect(page.get_by_text("とった日を確かめるため")).to_be_visible()
    await page.get_by_role("button", name="隔離する").click()
    await expect(page.get_by_role("status")).to_contain_text("だれも中身を見られません")
    assert await look() == ["警察に渡す"]
    await page.close()
