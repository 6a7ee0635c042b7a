"""Staff as their browsers ask: pages, forms filled in, and what the desk's scripts ask; and the alarm's page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from tests.integration.desk_browser import Browser
from tests.support.forms import untouched


@dataclass
class Desk(Browser):
    """A browser at the desk. led_to: the path to which its last form led; errors: the bodies of what was refused."""

    led_to: str = ""
    errors: list[bytes] = field(default_factory=list)

    async def page(self, path: str) -> str:
        """A page as somebody reads it."""
        async with self.http.get(self.url + path, headers={"accept": "text/html"}) as answer:
            page = await answer.text()
            assert answer.status == 200, (path, answer.status, page)
            return page

    async def fill(self, page: str, action: str, told: Mapping[str, str] | None = None, /, **fields: str) -> str:
        """Open a page, fill in one of its forms and send it; the page to which that leads. It isn't refused.

        told: fields whose names are no names in Python.
        """
        pairs = dict(untouched(await self.page(page), action)) | dict(told or {}) | fields
        async with self.http.post(self.url + action, data=pairs, headers={"accept": "text/html"}) as answer:
            self.led_to = answer.url.path
            shown = await answer.text()
            assert answer.status == 200 and answer.history, (action, answer.status, shown)
            return shown

    async def open(self, page: str, action: str, **fields: str) -> bytes:
        """The same, where the answer itself is what was asked for, and nothing leads away from it."""
        pairs = dict(untouched(await self.page(page), action)) | fields
        async with self.http.post(self.url + action, data=pairs, headers={"accept": "text/html"}) as answer:
            shown = await answer.read()
            assert answer.status == 200 and not answer.history, (action, answer.status, shown)
            return shown

    async def refused(self, page: str, action: str, **fields: str) -> None:
        """Fill in a form with something that isn't taken: it stands there again, for nobody but whoever typed it."""
        pairs = dict(untouched(await self.page(page), action)) | fields
        status, body, _headers = await self.form(action, pairs)
        assert status == 400, (action, status, body)

    async def asked(self, path: str) -> Any:
        """What the desk's scripts read."""
        status, body, _headers = await self.get(f"/desk/api/{path}")
        assert status == 200, (path, body)
        return json.loads(body)

    async def do(self, path: str, expected: int = 200, **body: Any) -> None:
        """What the desk's scripts change; whatever is refused is kept."""
        status, said, headers = await self.post(path, body)
        assert status == expected, (path, status, said)
        if expected != 200:
            self.errors.append(f"{dict(headers)}{said}".encode())

    async def talk(self, session: str) -> str:
        """All of a talk, as its pane shows it."""
        return json.dumps(await self.asked(f"talks/{session}"), ensure_ascii=False)

    async def send(self, session: str, text: str) -> None:
        """A line to the student, or to whoever approves it."""
        card = (await self.asked(f"talks/{session}"))["card"]
        await self.do(f"talks/{session}/send", epoch=card["epoch"], text=text, key=str(uuid4()))


@dataclass
class Telephone:
    """The alarm's page on the telephone of whoever is on call. at: its path."""

    web: str
    http: aiohttp.ClientSession
    at: str = ""

    async def enter(self, link: str) -> None:
        """Follow the link of a notice, and press its button."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        async with self.http.post(self.web + link, data=b"", headers=kind) as answer:
            assert answer.status == 200, await answer.text()
            self.at = answer.url.path

    async def page(self) -> str:
        async with self.http.get(self.web + self.at) as answer:
            assert answer.status == 200
            return await answer.text()

    async def fill(self, action: str, **fields: str) -> str:
        """Fill in a form of the page; what comes of it, which isn't a refusal."""
        pairs = dict(untouched(await self.page(), self.at + action)) | fields
        async with self.http.post(self.web + self.at + action, data=pairs) as answer:
            shown = await answer.text()
            assert answer.status == 200, (action, answer.status, shown)
            return shown


def after(page: str, words: str, ending: str) -> str:
    """The first address that ends so and stands behind these words."""
    found = re.search(rf'(?:action|href)="(/[^"?#]*{ending})["?#]', page[page.index(words) :])
    assert found is not None, (words, ending)
    return found[1]
