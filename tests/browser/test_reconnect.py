"""A service that lets nobody in, or everybody out at once, isn't stormed by the pages that are open (row 15)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.chat_room import Room, chat_room, open_chat
from tests.browser.conftest import TOGETHER
from tests.browser.test_desk_requests import sit

pytestmark = TOGETHER

#: Seconds that are looked at, and how often a page may try in them.
SPAN, MOST = 10, 6


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder: Path = tmp_path_factory.mktemp("room")
    async with chat_room(folder) as opened:
        yield opened


@dataclass
class Door:
    """What stands before the service. opens: whether it lets in; welcomes: whether who is let in is at once sent out again."""

    opens: bool = True
    welcomes: bool = False
    tries: int = 0
    asks: int = 0
    inside: list[WebSocketRoute] = field(default_factory=list)

    async def __call__(self, socket: WebSocketRoute) -> None:
        self.tries += 1
        if self.opens:
            socket.connect_to_server()
            self.inside.append(socket)
        elif self.welcomes:
            socket.send('{"ready": true, "cursor": 1, "status": {}}')
            await socket.close(code=4408)
        else:
            await socket.close(code=4408)

    async def ask(self, route: Route) -> None:
        self.asks += 1
        await (route.continue_() if self.opens else route.abort("connectionrefused"))

    async def shut(self, page: Page) -> None:
        """Send everybody out; the page's time stands still from now on."""
        now = datetime.fromtimestamp(await page.evaluate("Date.now()") / 1000, UTC)
        await page.clock.pause_at(now + timedelta(seconds=5))
        self.opens, self.tries, self.asks = False, 0, 0
        for socket in self.inside:
            await socket.close(code=4408)

    async def wait(self, page: Page, seconds: int, step: int = 250) -> None:
        """Let the page's time go on, in steps of milliseconds as fine as its pauses."""
        for _ in range(seconds * 1000 // step):
            await page.clock.run_for(step)


@pytest.mark.parametrize(
    ("path", "welcomes"), [("/desk/", False), ("/desk/overview", True)], ids=["refused", "let in and sent out"]
)
async def test_an_open_desk_tries_at_a_slower_and_slower_pace(
    browser: Browser, room: Room, path: str, welcomes: bool
) -> None:
    person, door = await sit(browser, room.url, "minato"), Door(welcomes=welcomes)
    page = person.page
    await page.route_web_socket("**/desk/socket", door)
    await page.clock.install()
    await person.go(path)
    open_line = page.locator("body[data-ready=yes][data-line=open]")
    await expect(open_line).to_be_attached()
    await door.shut(page)
    await door.wait(page, SPAN)
    assert 3 <= door.tries <= MOST
    # The network is there again, or somebody looks: at once, and for all that not in a storm.
    door.tries, door.opens = 0, False
    await page.clock.run_for(1000)
    before = door.tries
    await page.evaluate("for (let n = 0; n < 50; n += 1) dispatchEvent(new Event('online'))")
    await expect(page.locator("body[data-line=lost]")).to_be_attached()
    assert door.tries <= before + 1
    await door.wait(page, 100, 2000)
    door.tries = 0
    await door.wait(page, 40, 2000)
    assert 1 <= door.tries <= 2, "half a minute, once it lasts"
    door.opens = True
    await page.clock.run_for(1000)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(open_line).to_be_attached()
    assert person.trouble == []


async def test_an_open_chat_tries_at_a_slower_and_slower_pace(browser: Browser, room: Room) -> None:
    pupil, door = await open_chat(browser, room.url), Door()
    page = pupil.page
    await page.route_web_socket("**/chat/socket", door)
    await page.route("**/chat/lines*", door.ask)
    await page.clock.install()
    await page.reload()
    await pupil.start()
    await door.shut(page)
    await door.wait(page, SPAN)
    assert 2 <= door.tries <= MOST and 2 <= door.asks <= MOST
    await pupil.say("切れているとき")
    door.opens = True
    await page.clock.run_for(1000)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.clock.resume()
    await pupil.answered("切れているとき")
    assert pupil.trouble == []
    await pupil.context.close()
