"""Frames that no page of ours would send, at the sockets of the desk and of a chat: none is a failure of ours, none leaves a
row, and each line is ended. (The ways that aren't sockets are in ``test_fuzz_routes``.)
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

import pytest

from handoff.web.chat.guard import COOKIE as CHAT_COOKIE
from handoff.web.desk.guard import COOKIE
from tests.integration.conftest import Service
from tests.integration.house_support import House, open_house
from tests.support.odd_frames import OddSocket, frame, plain_frame, word

#: Lines at each of the two sockets, how many of them at once, and the most odd frames on one.
LINES: Final = 200
AT_ONCE: Final = 10
FRAMES: Final = 5
#: The service's own words for "this went wrong with us".
OUR_FAILURE: Final = 1011


@pytest.fixture
async def house(service: Service) -> AsyncIterator[House]:
    async with open_house(service) as opened:
        yield opened


async def ends(house: House, path: str, cookie: str, first: object, known: list[str]) -> Counter[int]:
    """With which codes so many lines ended. first: what a page of ours says first; every other line begins with that."""
    codes, waiting = Counter[int](), list(range(LINES))

    async def some() -> None:
        while waiting:
            number = waiting.pop()
            dice = random.Random(number)
            line = await OddSocket.open(house.url, path, cookie)
            odd = [frame(word(dice, known), dice) for _ in range(dice.randint(1, FRAMES))]
            await line.say(*([plain_frame(json.dumps(first).encode())] if number % 2 else []), *odd)
            try:
                codes[await line.ended()] += 1
            except TimeoutError:
                pytest.fail(f"{path}: line {number} was not ended")

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return codes


async def test_odd_frames_end_their_line_and_leave_no_row(house: House, recwarn: pytest.WarningsRecorder) -> None:
    ids = [str(one.id) for one in await house.service.rows("SELECT id FROM sessions")]
    async with house.at("counsellor") as at:
        desk = f"{COOKIE}={at.http.cookie_jar.filter_cookies(at.root)[COOKIE].value}"
        before = await house.digest()
        codes = await ends(house, "/desk/socket", desk, {"cursor": 0, "watch": ids[:2]}, ids)
        codes += await ends(house, "/chat/socket", f"{CHAT_COOKIE}={house.chat}", {"place": ""}, ids)
        assert await house.digest() == before
    assert OUR_FAILURE not in codes and codes.total() == 2 * LINES
    # Who hangs up while a connection of the database is made ready leaves it to the next.
    assert [str(one.message)[:60] for one in recwarn if "non-checked-in" in str(one.message)] == []
