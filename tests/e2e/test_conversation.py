"""Whole conversations through LINE's stand-in, the worker and a trained Rasa with GiNZA."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain
from typing import Final

import pytest

from handoff.adapters.profiles import load_profile
from handoff.settings import ROOT
from handoff.simulator.client import StandIn
from handoff.simulator.reports import Answer
from kernel.tracker import unpack
from tests.conversations.runner import Case, Reply, Seen, Turn, load_cases, play
from tests.support.running import OPEN, Running

#: Students who write at the same time, so that the suite stays short on two cores.
STUDENTS_AT_ONCE: Final = 6
COMMANDS = ["/restart", "/session_start", "/back", '/greet{"x":1}', "／restart", "\u200b/restart", "  /restart"]


class Phone:
    """A student's phone; each session of a case is a user of LINE."""

    def __init__(self, service: Running, line: StandIn) -> None:
        self._service = service
        self._line = line
        self._users: dict[str, str] = {}
        self._heard: dict[str, int] = {}
        self._earlier: str | None = None

    async def send(self, session: str, message_id: str, turn: Turn) -> Sequence[Reply]:
        if session not in self._users:
            self._users[session] = self._earlier or await self._line.user()
        user = self._users[session]
        if turn.event == "text":
            await self._line.text(user, turn.student)
        elif turn.event == "location":
            await self._line.location(user, 35.0, 139.0)
        elif turn.event.startswith("postback_"):
            await self._line.postback(user, turn.event.removeprefix("postback_"))
        elif turn.event == "unknown":
            await self._line.unknown_message(user)
        elif turn.event == "file":
            await self._line.file(user, "めも.txt")
        else:
            await getattr(self._line, turn.event)(user)
        before = self._heard.get(user, 0)
        if not turn.silent:
            await self._line.wait_for_answers(user, before + 1)
        await self._service.settled(user)
        self._service.not_called_back(user)
        answers: list[Answer] = await self._line.answers(user)
        self._heard[user] = len(answers)
        return [
            Reply(a.text, tuple((str(q["label"]), str(q["text"])) for q in a.quick_replies)) for a in answers[before:]
        ]

    async def has_been_here(self, case: Case) -> None:
        """The student wrote two days before the case, and the session ended by itself."""
        await self._service.choose(profile=case.profile, clock=(case.at() - timedelta(days=2)).isoformat())
        self._earlier = await self._line.user()
        await self._line.text(self._earlier, "こんにちは")
        await self._line.wait_for_answers(self._earlier, 1)
        await self._service.settled()
        self._heard[self._earlier] = len(await self._line.answers(self._earlier))
        await self._service.choose(profile=case.profile, clock=case.at().isoformat())
        async with asyncio.timeout(30):
            while self._service.session(self._earlier)["state"] != "closed":
                await asyncio.sleep(0.2)

    async def seen(self, session: str) -> Seen | None:
        row = self._service.session(self._users[session])
        # While the window is open the worker's next round puts what was left into the queue; how soon says nothing here.
        left = row["state"] == "waiting" and row["one_way"]
        return Seen("left_message" if left else row["state"], row["answers"])


def evenings() -> list[tuple[Case, ...]]:
    """The cases that can happen at the same time; one whose student was there before moves the clock, and is alone."""
    together: dict[tuple[object, ...], list[Case]] = {}
    for case in load_cases():
        together.setdefault((case.profile, case.at(), case.title if case.returning else None), []).append(case)
    return [tuple(cases) for cases in together.values()]


@pytest.mark.parametrize("cases", evenings(), ids=lambda cases: f"{cases[0].profile} {cases[0].title}")
async def test_whole_conversations(service: Running, cases: tuple[Case, ...]) -> None:
    profile = load_profile(ROOT / "data" / "profiles" / f"{cases[0].profile}.yml")
    at_once = asyncio.Semaphore(STUDENTS_AT_ONCE)

    async def play_one(line: StandIn, case: Case) -> list[str]:
        async with at_once:
            phone = Phone(service, line)
            if case.returning:
                await phone.has_been_here(case)
            return await play(case, phone, profile)

    try:
        await service.choose(profile=cases[0].profile, clock=cases[0].at().isoformat())
        async with service.standin() as line:
            assert list(chain(*await asyncio.gather(*(play_one(line, case) for case in cases)))) == []
    finally:
        await service.choose(profile="demo", clock=OPEN)


@pytest.mark.parametrize("command", COMMANDS)
async def test_rasas_commands_are_a_students_words_like_any_other(service: Running, command: str) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "中2です。友だちのことで相談したいです")
        await service.settled()
        before = service.session(user)["answers"]
        assert before["grade"] == "中2"
        await line.text(user, command)
        await service.settled()
        assert service.session(user)["answers"] == before
        assert ("student", command) in service.transcript(user)
        assert len(await line.calls("reply")) >= 2


@pytest.mark.parametrize("words", ["😭" * 5000, "\u200b\u200b", "。" * 5000, "ﷺ" * 5000, " ", "\ud83d", "a\x00b"])
async def test_extreme_texts_are_text_like_any_other(service: Running, words: str) -> None:
    async with service.standin() as line:
        user = await line.user()
        sent = await line.text(user, words)
        assert sent.status == 200
        await line.wait_for_answers(user, 1)
        await service.settled()
    assert service.transcript(user)[0] == ("student", words)
    (event,) = service.rows("SELECT result FROM line_events WHERE contact_id = %s", service.contact(user))
    assert event["result"] == "answered"


async def test_an_unsent_message_is_gone_from_transcript_events_and_rasas_memory(service: Running) -> None:
    secret = "ほんとうは鈴木さんがこわい"
    async with service.standin() as line:
        user = await line.user()
        sent = await line.text(user, secret)
        await service.settled()
        assert sent.message_id is not None
        await line.unsend(user, sent.message_id)
        await service.settled()
        await line.text(user, "中1です")
        await service.settled()
    assert service.transcript(user)[0] == ("student", None)
    assert service.session(user)["answers"]["grade"] == "中1"
    (row,) = service.rows("SELECT * FROM rasa_trackers WHERE session_id = %s", str(service.session(user)["id"]))
    memory = service.sealer.open("rasa_trackers", "blob", row["session_id"], row["blob"])
    assert "鈴木" not in str(unpack(memory))
    payloads = service.rows(
        "SELECT payload FROM line_events WHERE contact_id = %s AND type = 'message' ORDER BY sequence",
        service.contact(user),
    )
    assert [row["payload"] is None for row in payloads] == [True, False]


async def test_the_profile_and_the_clock_can_be_chosen_while_it_runs(service: Running) -> None:
    async with service.standin() as line:
        await service.choose(profile="tajimi", clock="2027-01-01T14:00:00+09:00")
        try:
            user = await line.user()
            await line.follow(user)
            await line.wait_for_answers(user, 1)
            await service.settled()
            said = "\n".join(answer.text for answer in await line.answers(user))
        finally:
            await service.choose(profile="demo", clock=OPEN)
    assert "つなぎ市" not in said
    assert "相談員がいない時間" in said


async def test_students_do_not_hear_each_other(service: Running) -> None:
    async with service.standin() as line:
        users = [await line.user() for _ in range(4)]
        grades = ["中1", "中2", "中3", "高1"]
        await asyncio.gather(*(line.text(user, grade + "です") for user, grade in zip(users, grades, strict=True)))
        await service.settled()
    assert [service.session(user)["answers"]["grade"] for user in users] == grades
