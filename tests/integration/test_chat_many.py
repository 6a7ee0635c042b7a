"""Many chats at once: one listener of the process feeds all sockets, nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from handoff.adapters.database.chats import SqlChats
from tests.integration.chat_support import Student, chat_of, working
from tests.integration.conftest import Service

CHATS = 50
WORDS = 1

type Whole = Callable[..., object]


async def test_fifty_chats_write_and_are_answered_without_loss(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    for name in ("lines", "lines_since", "lines_of_calls", "rows"):
        whole = getattr(SqlChats, name)

        def counted(self: SqlChats, *given: object, _whole: Whole = whole, _name: str = name) -> object:
            asked[_name] += 1
            return _whole(self, *given)

        monkeypatch.setattr(SqlChats, name, counted)

    async def one(url: str, number: int) -> list[str]:
        async with Student.begun(url) as student, student.socket() as socket:
            for round_ in range(WORDS):
                await socket.say(f"{number}-{round_}")
                await socket.hears(f"はい：{number}-{round_}", 30)
            return [line["text"] for line in socket.lines]

    async with chat_of(service) as url, working(service):
        heard = await asyncio.gather(*(one(url, number) for number in range(CHATS)))
    for number, texts in enumerate(heard):
        counts = Counter(texts)
        assert all(counts[f"はい：{number}-{round_}"] == 1 for round_ in range(WORDS))
        assert not [
            text for text in texts if text.startswith("はい：") and text[3].isdigit() and f"：{number}-" not in text
        ]
    answers = CHATS * (WORDS + 1)
    # One read of lines for many sockets: far fewer than one an answer and socket.
    assert asked["lines_of_calls"] <= answers
    assert asked["lines"] + asked["lines_since"] <= 2 * CHATS, "a socket reads its own lines when it opens, and no more"
