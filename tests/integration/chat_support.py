"""What the tests of the web chat share: browsers with a chat, over real HTTP and sockets, and the worker beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

from handoff.web.chat.guard import COOKIE, TOKEN_HEADER, form_token
from tests.integration.conftest import SEALER, Service
from tests.support.sites import desk_site

type Answered = tuple[int, dict[str, Any], Mapping[str, str]]


@asynccontextmanager
async def chat_of(service: Service) -> AsyncIterator[str]:
    """One web process of the service; give its address."""
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.sender, demo=False) as url:
        yield url


@dataclass
class Socket:
    """An open socket of a chat. place: how far it has seen."""

    socket: aiohttp.ClientWebSocketResponse
    place: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)

    async def until(self, name: str, seconds: float = 5, other: str | None = None) -> dict[str, Any]:
        """The next message that has this field, or the other one."""
        async with asyncio.timeout(seconds):
            while True:
                message = dict(await self.socket.receive_json())
                self.place = message.get("place", self.place)
                self.lines += message.get("lines", [])
                if {name, other} & message.keys():
                    return message

    async def hears(self, text: str, seconds: float = 5) -> dict[str, Any]:
        """The line with these words, whenever it came."""
        while True:
            for line in self.lines:
                if text in line["text"]:
                    return line
            await self.until("lines", seconds)

    async def tell(self, message: Any) -> None:
        """As a browser writes JSON: letters as they are."""
        await self.socket.send_str(json.dumps(message, ensure_ascii=False))

    async def say(self, text: str, key: str | None = None) -> str:
        """Say something; give its key, once it is stored."""
        key = key or str(uuid4())
        await self.tell({"say": {"id": key, "text": text}})
        assert (await self.until("stored"))["stored"] == key
        return key

    def cut(self) -> None:
        """Let the network drop it, without a word to either side."""
        way = self.socket._response.connection
        assert way is not None and way.transport is not None
        way.transport.abort()

    async def ended(self) -> int | None:
        """The code with which the service closes it."""
        async with asyncio.timeout(8):
            while (await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return self.socket.close_code


@dataclass
class Student:
    """A browser with a chat, or none yet."""

    url: str
    http: aiohttp.ClientSession
    token: str = ""

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, address: str = "127.0.0.1", **headers: str) -> AsyncIterator[Student]:
        """Args: address: from which this browser comes; headers: what it says of itself."""
        way, jar = aiohttp.TCPConnector(local_addr=(address, 0)), aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, connector=way, headers=headers) as http:
            yield cls(url, http)

    @classmethod
    @asynccontextmanager
    async def begun(cls, url: str, address: str = "127.0.0.1", **headers: str) -> AsyncIterator[Student]:
        async with cls.at(url, address, **headers) as student:
            status, told, _headers = await student.post("start")
            assert status == 200, told
            student.token = told["token"]
            yield student

    @property
    def secret(self) -> str:
        """The cookie, which no page can read."""
        return self.http.cookie_jar.filter_cookies(URL(f"{self.url}/chat"))[COOKIE].value

    async def page(self, path: str = "/chat") -> tuple[int, str, Mapping[str, str]]:
        async with self.http.get(self.url + path, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    async def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        named = {"accept": "application/json", TOKEN_HEADER: self.token} | headers
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        async with self.http.post(f"{self.url}/chat/{path}", data=sent, headers=named) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else {}, answer.headers

    async def lines(self, place: str = "", wait: int = 0) -> Answered:
        """Ask without a socket."""
        address = f"{self.url}/chat/lines?place={place}&wait={wait}"
        async with self.http.get(address, headers={"accept": "application/json"}) as answer:
            return answer.status, await answer.json(), answer.headers

    @asynccontextmanager
    async def socket(
        self, place: str = "", at: str | None = None, seconds: float = 5, **headers: str
    ) -> AsyncIterator[Socket]:
        """An open socket that said how far it had seen, and has what it missed."""
        async with self.raw(at, **headers) as socket:
            await socket.socket.send_json({"place": place})
            await socket.until("ready", seconds)
            yield socket

    @asynccontextmanager
    async def raw(self, at: str | None = None, **headers: str) -> AsyncIterator[Socket]:
        url = at or self.url
        named = {"Origin": url} | headers
        if at is not None:
            named["Cookie"] = f"{COOKIE}={self.secret}"
        async with self.http.ws_connect(url.replace("http", "ws", 1) + "/chat/socket", headers=named) as socket:
            yield Socket(socket)

    def form_token(self) -> str:
        return form_token(self.secret)


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    """A worker that goes on beside the block."""

    async def work() -> None:
        while True:
            await service.work()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
