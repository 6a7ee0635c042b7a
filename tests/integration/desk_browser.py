"""Browsers at the desk, over real HTTP and with real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import aiohttp
from yarl import URL

from handoff.web.desk.guard import COOKIE, TOKEN_HEADER, form_token
from tests.integration.conftest import SEALER
from tests.integration.desk_support import PASSWORD, Bridge
from tests.support.sites import desk_site

type Answered = tuple[int, str, Mapping[str, str]]


def desk_of(bridge: Bridge) -> AbstractAsyncContextManager[str]:
    """One web process of the service; give its address."""
    service = bridge.service
    return desk_site(service.store, service.jobs, service.setting, SEALER, service.line, demo=False)


@dataclass
class Line:
    """An open socket of a desk."""

    socket: aiohttp.ClientWebSocketResponse

    async def until(self, name: str) -> dict[str, Any]:
        """The next message that has this field."""
        async with asyncio.timeout(5):
            while True:
                message = await self.socket.receive_json()
                if name in message:
                    return dict(message)

    async def ended(self) -> int | None:
        """The code with which the service closes it."""
        async with asyncio.timeout(5):
            while (await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        return self.socket.close_code


@dataclass
class Browser:
    """A browser at the desk. token: of the forms; cursor: how far the log had grown when the desk was opened."""

    url: str
    http: aiohttp.ClientSession
    token: str = ""
    cursor: int = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator[Self]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            yield cls(url, http)

    @property
    def root(self) -> URL:
        return URL(f"{self.url}/desk/")

    async def _answer(self, sent: Any) -> Answered:
        async with sent as answer:
            return answer.status, await answer.text(), answer.headers

    async def get(self, path: str, **headers: str) -> Answered:
        return await self._answer(self.http.get(self.url + path, headers={"accept": "application/json"} | headers))

    async def form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answered:
        return await self._answer(
            self.http.post(self.url + path, data=dict(fields), headers=headers, allow_redirects=False)
        )

    async def post(
        self, path: str, body: Any, headers: Mapping[str, str] | None = None, *, told: bool = True
    ) -> Answered:
        """Change something as the desk's scripts do. told: with the token of this sign-in."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = ({TOKEN_HEADER: self.token} if told else {}) | dict(headers or {})
        return await self._answer(self.http.post(f"{self.url}/desk/api/{path}", data=sent, headers=named))

    async def enter(self, name: str, password: str = PASSWORD) -> Answered:
        """Sign in, and open the desk."""
        answer = await self.form("/desk/sign-in", {"name": name, "password": password})
        status, body, _headers = await self.get("/desk/api/desk")
        if status == 200:
            first = json.loads(body)
            self.token, self.cursor = first["token"], first["cursor"]
        return answer

    def form_token(self) -> str:
        """The token of the forms, from the cookie itself."""
        return form_token(self.http.cookie_jar.filter_cookies(self.root)[COOKIE].value)

    @asynccontextmanager
    async def socket(self, word: Any, *watching: UUID, at: str | None = None, **headers: str) -> AsyncIterator[Line]:
        """An open socket that said how far it had seen, or this very word."""
        url = at or self.url
        if at is not None:
            self.http.cookie_jar.update_cookies(self.http.cookie_jar.filter_cookies(self.root), URL(f"{at}/desk/"))
        named = {"Origin": url} | headers
        async with self.http.ws_connect(url.replace("http", "ws", 1) + "/desk/socket", headers=named) as socket:
            first = {"cursor": word, "watch": [str(one) for one in watching]}
            with contextlib.suppress(ConnectionError):
                await socket.send_str(
                    word if isinstance(word, str) and len(word) > 1 or word == "{" else json.dumps(first)
                )
            yield Line(socket)

    async def closed_with(self, word: Any, **headers: str) -> int | None:
        """The code with which a socket is closed that says this."""
        async with self.socket(word, **headers) as line:
            return await line.ended()
