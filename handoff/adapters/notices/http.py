"""What webhook and voice share: one POST of JSON, and what each answer means."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from handoff.adapters.notices.results import SENT, Code, certificate_refused, failed
from handoff.domain.notice import NoticeOutcome, NoticeResult

#: Seconds that one attempt may take as a whole.
PATIENCE: Final = 10.0
#: Answers below 500 that pass by themselves.
_PASSING: Final = frozenset({408, 425, 429})


class JsonPoster:
    """One HTTP client. Make it inside the running loop (``async with``).

    Follows no redirect, since the token would go along; keeps no cookies; takes no proxy from the environment; never
    reads an answer's body.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, patience: float = PATIENCE) -> None:
        self._tls: ssl.SSLContext | bool = True if tls is None else tls
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._patience),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "tsunagi", "Content-Type": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> NoticeResult:
        """Post a body once and say what came of it."""
        if self._session is None:
            raise RuntimeError("use JsonPoster with `async with`")
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False, ssl=self._tls
            ) as answer:
                return by_status(answer.status)
        except TimeoutError:
            return failed(Code.TIMEOUT)
        except aiohttp.ClientConnectorError as error:
            return failed(Code.TLS_REFUSED if certificate_refused(error) else Code.NOT_REACHED)
        except (aiohttp.ClientError, OSError, ValueError):  # ValueError: an answer that isn't HTTP
            return failed(Code.CONNECTION_LOST)


def by_status(status: int) -> NoticeResult:
    """What an HTTP status means. 409 answers a repeated key: the first attempt had arrived."""
    if 200 <= status < 300 or status == 409:
        return SENT
    if status in (401, 403):
        return failed(Code.NOT_AUTHORISED)
    passing = status >= 500 or status in _PASSING
    return NoticeResult(NoticeOutcome.FAILED_RETRY if passing else NoticeOutcome.FAILED_FOR_GOOD, f"http_{status}")


def as_json(fields: Mapping[str, Any]) -> bytes:
    """The body's bytes, as they are signed and sent."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
