"""Files of LINE's messages, as a stream: the SDK would read them whole into memory and take a 202 for an empty file."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import aiohttp

from handoff.domain.evidence import Fetch
from handoff.services.evidence_ports import Take

#: Seconds to connect, and between two parts of a file; and for all of a file together.
CONNECT: Final = 5.0
SILENCE: Final = 20.0
WHOLE: Final = 300.0
#: Bytes read at once.
CHUNK: Final = 64 * 1024


class LineContent:
    """Implements ``services.evidence_ports.MediaSource``. Make it inside the running loop (``async with``)."""

    def __init__(self, access_token: str, data_api_url: str) -> None:
        self._headers = {"authorization": f"Bearer {access_token}"}
        self._url = data_api_url.rstrip("/")
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=WHOLE, sock_connect=CONNECT, sock_read=SILENCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A length that counts what comes: nothing is unpacked on the way.
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def __call__(self, message_id: str, take: Take) -> Fetch:
        assert self._http is not None  # noqa: S101 - opened by whoever made it
        url = f"{self._url}/v2/bot/message/{quote(message_id, safe='')}/content"
        try:
            async with self._http.get(url, headers=self._headers, allow_redirects=False) as answer:
                if answer.status != 200:
                    return _outcome(answer.status)
                told = answer.content_length
                came = 0
                async for data in answer.content.iter_chunked(CHUNK):
                    came += len(data)
                    await take(data)
                # A connection that ends early is no end of a file.
                return Fetch.DONE if told is None or came == told else Fetch.UNREACHABLE
        except (aiohttp.ClientError, asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            return Fetch.UNREACHABLE


def _outcome(status: int) -> Fetch:
    if status == 202:
        return Fetch.PREPARING
    if status == 410:
        return Fetch.GONE
    if status == 404:
        return Fetch.MISSING
    return Fetch.UNREACHABLE if status == 429 or status >= 500 else Fetch.DENIED
