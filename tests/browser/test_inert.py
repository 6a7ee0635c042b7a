"""Row 20: nothing that people write runs on any page, loads anything, or is even held up by the content policy.

A house is lived in by people who write nothing but attacks, by the pages' own forms; then every page that anybody can
open is opened in a browser.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, Page

from handoff.adapters.database.clear_columns import CLEAR_COLUMNS, Clear
from handoff.web.chat.guard import COOKIE as CHAT_COOKIE
from handoff.web.desk.guard import COOKIE
from tests.browser.conftest import TOGETHER
from tests.integration.conftest import Database, open_service
from tests.integration.house_support import House, open_house, routes
from tests.support.payloads import MARK, PAYLOADS, in_turn

pytestmark = TOGETHER

ROLES = ("supervisor", "counsellor", "administrator", "board")
#: Where an attack stands for sure: the page by its kind, and whose browser shows it.
SHOWN = (
    "/desk/talks/#/sheet", "/desk/talks/#/care", "/desk/follow-ups", "/desk/knowledge", "/desk/phrases", "/desk/escalations/#",
    "/desk/reports/#", "/desk/evidence/#", "/desk/shifts/#/duty", "/desk/faults/#", "/desk/policies", "/desk/schools/#",
    "/desk/requests/data/#",
)  # fmt: skip
TELL = """
document.addEventListener('securitypolicyviolation', (event) => {
  window.heldUp = [...(window.heldUp ?? []), `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`];
});
"""
LOOK = """() => ({ title: document.title, heldUp: window.heldUp ?? [], text: document.documentElement.outerHTML,
  elements: document.querySelectorAll('script:not([src]), iframe, object, embed, [onerror], [onload], [onfocus], base, math').length,
  scripts: [...document.querySelectorAll('a[href], form[action], button[formaction]')]
    .map((one) => one.getAttribute('href') ?? one.getAttribute('action') ?? one.getAttribute('formaction'))
    .filter((at) => /^\\s*(javascript|data|vbscript):/i.test(at)) })"""


@pytest_asyncio.fixture(loop_scope="session")
async def house(database: Database) -> AsyncIterator[House]:
    async with open_service(database) as service, open_house(service, in_turn()) as house:
        yield house


class Visitor:
    """A browser that looks at pages. wrong: what an attack did."""

    def __init__(self, house: House, page: Page) -> None:
        self.house, self.page = house, page
        self.wrong: list[str] = []
        self.shown: set[str] = set()
        page.on("dialog", self._dialog)
        page.on("request", lambda asked: self._asked(asked.url))
        page.on("pageerror", lambda error: self.wrong.append(f"{urlsplit(page.url).path}: {error}"))

    async def _dialog(self, dialog: object) -> None:
        self.wrong.append(f"{self.page.url}: a dialog")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.house.url, "about:")):
            self.wrong.append(f"{self.page.url} asks {url}")

    async def look(self, path: str, ready: str = "body") -> None:
        await self.page.goto(self.house.url + path)
        await self.page.wait_for_selector(ready, state="attached")
        found = await self.page.evaluate(LOOK)
        at = urlsplit(self.page.url).path
        if found["title"] == MARK or found["heldUp"] or found["scripts"] or found["elements"]:
            self.wrong.append(f"{path}: {found['title']} {found['heldUp']} {found['scripts']} {found['elements']}")
        if MARK in found["text"]:
            self.shown.add(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d|(?<=schools/)\w+", "#", at))


def filled(house: House) -> list[str]:
    """An address for every route that is read, where there is something for each of its names."""
    found = []
    for method, path in routes():
        names = re.findall(r"<(\w+)(?::\w+)?>", path)
        if method == "GET" and all(house.known.get(name) for name in names) and "__file_uri__" not in path:
            found.append(re.sub(r"<(\w+)(?::\w+)?>", lambda one: house.known[one[1]][0], path))
    return [
        one
        for one in found
        if not re.search(
            r"/api/|/news|/state|\.pdf|\.csv|/export/|/empty/|/stream|/socket|/thumb|/shown|/chat/away", one
        )
    ]


async def typed_in_the_clear(house: House) -> list[tuple[str, str]]:
    """Row 21: columns of codes and ids into which one of all these forms got what somebody wrote."""
    found = []
    for (table, column), reason in CLEAR_COLUMNS.items():
        if reason not in (Clear.WORKER, Clear.SCHOOL):  # where people write on purpose
            there = f'SELECT EXISTS (SELECT FROM {table} t WHERE strpos(t."{column}"::text, :mark) > 0) AS it'
            found += [(table, column) for row in await house.service.rows(there, mark=MARK) if row.it]
    return found


async def test_row_20_nothing_that_people_write_runs_on_any_page(house: House, browser: Browser) -> None:
    assert len(PAYLOADS) >= 40 and len(set(PAYLOADS)) == len(PAYLOADS) and all(MARK in one for one in PAYLOADS)
    dice, words = random.Random(7), in_turn()
    for name in ROLES:
        await house.walk(name, words, dice)
    assert await typed_in_the_clear(house) == []
    house.learn([f"/desk/escalations/{house.escalation}", f"/alarm/e/{house.escalation}", f"/alarm/{house.alarm}"])
    everywhere = filled(house)
    wrong, shown = list[str](), set[str]()
    for number, name in enumerate(ROLES):
        size = {"width": 390, "height": 844} if number % 2 else {"width": 1280, "height": 800}
        context = await browser.new_context(viewport=size, locale="ja-JP")
        async with house.at(name) as at:
            cookies = {
                COOKIE: (at.http.cookie_jar.filter_cookies(at.root)[COOKIE].value, "/desk"),
                CHAT_COOKIE: (house.chat, "/chat"),
                f"tsunagi-alarm-{house.escalation.hex}": (house.alarm, "/alarm"),
            }
            host = urlsplit(house.url).hostname or ""
            await context.add_cookies(
                [{"name": n, "value": value, "domain": host, "path": path} for n, (value, path) in cookies.items()]
            )
            await context.add_init_script(TELL)
            visitor = Visitor(house, await context.new_page())
            pages = {re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "#", one): one for one in sorted(house.pages[name])}
            for path in sorted({*pages.values(), *everywhere}):
                if path.startswith("/desk") or number == 0:
                    await visitor.look(path)
            if name in ("supervisor", "counsellor"):
                await visitor.look("/desk", "body[data-ready=yes]")  # its lines come by script
            wrong += visitor.wrong
            shown |= visitor.shown
        await context.close()
    assert wrong == []
    missing = [one for one in SHOWN if one not in shown]
    assert missing == [], f"{missing} of {sorted(shown)}"
