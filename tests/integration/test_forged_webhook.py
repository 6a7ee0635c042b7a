"""A webhook that LINE didn't sign changes no row of any table, and breaks nothing (security: forged signature)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
import pytest

from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.bootstrap.web import alarm_verbs
from handoff.web.parts import WebParts
from tests.integration.conftest import SEALER, Service
from tests.support.line_events import body, text
from tests.support.sites import free_port, nobodys_desk, serving

SECRET: Final = "secret-of-the-channel"
MUTATIONS: Final = 1_200
#: Bytes that no UTF-8 has: a lone continuation, an overlong slash, a surrogate, beyond the last letter.
INVALID: Final = (b"\x80", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80")

type Forged = tuple[bytes, str | None]


def sign(raw: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()


def forged(raw: bytes, dice: random.Random) -> Iterator[Forged]:
    """Bodies and signatures of which none is LINE's, endlessly; a few of each kind in a row."""
    good = sign(raw)
    while True:
        place, other = dice.randrange(len(raw)), dice.randbytes(dice.randint(1, 3))
        flipped = bytearray(raw)
        flipped[place] ^= dice.randint(1, 255)
        yield bytes(flipped), good
        yield raw[:place] + other + raw[place:], good
        yield raw[:place], good
        spoilt = raw[:place] + dice.choice(INVALID) + raw[place:]
        yield spoilt, good
        yield spoilt, sign(spoilt)  # rightly signed: LINE sends no such bytes
        letters = list(good)
        at = dice.randrange(len(letters) - 2)  # of the last letter but one of base64 not every bit counts
        letters[at] = dice.choice([letter for letter in "abcXYZ019+/" if letter != letters[at]])
        yield raw, "".join(letters)
        yield raw, dice.choice([None, "", "AAAA", good[:-4], good + "x", good[::-1], sign(raw, "another secret")])


@dataclass
class Door:
    """The front door on a real database."""

    service: Service
    url: str
    http: aiohttp.ClientSession

    async def post(self, raw: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {"x-line-signature": signature}
        async with self.http.post(f"{self.url}/line/webhook", data=raw, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def rows(self) -> dict[str, str | None]:
        return await self.service.digest()


@pytest.fixture
async def door(service: Service) -> AsyncIterator[Door]:
    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        yield WebParts(
            read_webhook=lambda raw, signature: read_webhook(check_signature(SECRET, raw, signature)),
            accept_events=service.accept,
            checks={},
            alarm=alarm_verbs(service.store, service.setting, SEALER, "http://127.0.0.1"),
            desk=nobodys_desk(),
            demo=None,
        )

    port = free_port()
    async with serving(parts, port), aiohttp.ClientSession() as http:
        yield Door(service, f"http://127.0.0.1:{port}", http)


async def test_no_forged_request_changes_a_row_of_any_table(door: Door) -> None:
    raw = body(text("はじめまして")).encode()
    assert await door.post(raw, sign(raw)) == 200
    before, dice = await door.rows(), random.Random(11)
    assert len(before) > 20 and before["line_events"] is not None
    fresh = body(text("にせもの、\U0001f62d")).encode()
    statuses, many = Counter[int](), forged(fresh, dice)
    for _batch in range(MUTATIONS // 20):
        batch = [next(many) for _one in range(20)]
        statuses.update(await asyncio.gather(*(door.post(*one) for one in batch)))
    assert statuses == {403: MUTATIONS}
    assert await door.rows() == before
    # And what they forged is taken when it's true: the digests would have shown it.
    assert await door.post(fresh, sign(fresh)) == 200
    changed = {name for name, digest in (await door.rows()).items() if digest != before[name]}
    assert "line_events" in changed
