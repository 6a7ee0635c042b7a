"""Everybody does anything at once, again and again: whatever comes of it, the rules of the bridge hold in the tables."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import ClosedWithout, NoteKind
from handoff.domain.errors import TsunagiError
from handoff.domain.session import HumanWanted, SessionView
from handoff.domain.staff import StaffMember
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_HIGH, Bridge

ROUNDS, AT_ONCE, STUDENTS = 25, 12, 3
#: The verbs after which somebody else may speak; each raises the epoch by one.
CHANGES_OF_HANDS = "('claim', 'take_over', 'accept_transfer', 'switch_writer', 'release', 'lose_presence')"
#: What must never be found, and how to look for it.
NEVER = {
    "a talk without the one who has it": "SELECT id FROM sessions WHERE state = 'live' AND owner = 'counsellor' "
    "AND counsellor_id IS NULL",
    "a waiting session that somebody has": "SELECT id FROM sessions WHERE state IN ('waiting', 'left_message') "
    "AND (owner <> 'bot' OR counsellor_id IS NOT NULL OR second_id IS NOT NULL OR waiting_since IS NULL)",
    "an offer where nobody talks": "SELECT id FROM sessions WHERE offered_to IS NOT NULL AND state <> 'live'",
    "two at one talk who are one": "SELECT id FROM sessions WHERE second_id = counsellor_id",
    "an epoch that nobody raised": "SELECT id FROM sessions s WHERE epoch - 1 <> (SELECT count(*) FROM audit_events a "
    f"WHERE a.session_id = s.id AND a.verb IN {CHANGES_OF_HANDS})",
    "two open sessions of one student": "SELECT contact_id FROM sessions WHERE state <> 'closed' GROUP BY contact_id "
    "HAVING count(*) > 1",
    "a word that nobody read": "SELECT id FROM line_events WHERE done_at IS NULL",
    "a word that is lost or twice": "SELECT e.id FROM line_events e LEFT JOIN messages m ON m.event_id = e.id "
    "AND m.author = 'student' GROUP BY e.id HAVING count(m.id) <> 1",
    "a line that waits though others have the talk": "SELECT p.id FROM proposals p JOIN sessions s ON s.id = p.session_id "
    "WHERE p.state = 'waiting' AND (s.state <> 'live' OR s.epoch <> p.epoch OR s.counsellor_id <> p.staff_id)",
    "a call delivered under another's epoch": "SELECT o.id FROM outbox o JOIN sessions s ON s.id = o.session_id "
    "WHERE o.state = 'pending' AND o.epoch <> s.epoch",
    "an alarm at rest with nobody there": "SELECT e.id FROM escalations e JOIN sessions s ON s.id = e.session_id "
    "WHERE s.state = 'waiting' AND e.state <> 'raised'",
    "an entry with words": "SELECT sequence FROM desk_events WHERE detail::text !~ '^[ -~]*$'",
}

type Step = Callable[[], Awaitable[Any]]


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


class Evening:
    """Three students and five people at the desk, who act by chance."""

    def __init__(self, bridge: Bridge, chance: random.Random, people: list[StaffMember]) -> None:
        self.bridge, self.chance, self.people = bridge, chance, people
        self.proposals: list[UUID] = []

    async def sessions(self) -> list[tuple[UUID, UUID | None]]:
        """Sessions and who has them, the open ones last."""
        rows = await self.bridge.service.rows("SELECT id, counsellor_id FROM sessions ORDER BY state <> 'closed'")
        return [(row.id, row.counsellor_id) for row in rows]

    def step(self, known: list[tuple[UUID, UUID | None]]) -> Step:
        """Anything that anybody can do, with any session there ever was; mostly with an open one, by whoever has it."""
        bridge, chance = self.bridge, self.chance
        session_id, holder = chance.choice(known[-STUDENTS:] if chance.random() < 0.9 else known)
        member, other = chance.choice(self.people), chance.choice(self.people)
        if holder is not None and chance.random() < 0.5:
            member = next(one for one in self.people if one.id == holder)
        number, yes = chance.randrange(STUDENTS), chance.random() < 0.5
        words = AT_HIGH if chance.random() < 0.1 else chance.choice(("はい", "今日はここまで", "うーん"))
        return chance.choice(
            (
                lambda: bridge.claim(session_id, member),
                lambda: bridge.claim(session_id, member),
                lambda: bridge.take_over(session_id, member),
                lambda: bridge.release(session_id, member),
                lambda: bridge.offer(session_id, member, other.id if yes else None),
                lambda: bridge.answer(session_id, member, yes),
                lambda: bridge.set_second(session_id, member, other.id if yes else None),
                lambda: bridge.switch(session_id, member),
                lambda: bridge.end(session_id, member),
                lambda: bridge.close(session_id, member, ClosedWithout.READ),
                lambda: bridge.note(session_id, member, NoteKind.NOTE, "メモ", uuid4()),
                lambda: self.write(session_id, member),
                lambda: self.write(session_id, member),
                lambda: self.decide(member, yes),
                lambda: bridge.write(words, number),
                lambda: bridge.write(words, number),
                lambda: bridge.tend(),
                lambda: RequestHandoff(bridge.service.store, bridge.service.setting)(
                    session_id, HumanWanted.STUDENT, "student"
                ),
                lambda: bridge.deliver(number),
            )
        )

    async def write(self, session_id: UUID, member: StaffMember) -> None:
        card, key = await self.bridge.card(session_id), uuid4()
        if not await self.bridge.send(session_id, member, card.epoch, "きいています", key):
            self.proposals.append(key)

    async def decide(self, member: StaffMember, yes: bool) -> None:
        if self.proposals:
            proposal = self.chance.choice(self.proposals)
            if yes:
                await self.bridge.decide.approve(proposal, member)
            else:
                await self.bridge.decide.give_back(proposal, member, "もう一度")


async def check(bridge: Bridge) -> None:
    for number in range(STUDENTS):
        await bridge.drain(number)
        await bridge.deliver(number)
    for what, statement in NEVER.items():
        assert not await bridge.service.rows(statement), what


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_at_once_the_rules_hold(bridge: Bridge, seed: int) -> None:
    chance = random.Random(seed)
    people = [*await bridge.people("ゆき", "そら", "うみ"), await bridge.person("ひかり", trainee=True)]
    evening = Evening(bridge, chance, [*people, await bridge.supervisor()])
    for number in range(STUDENTS):
        await bridge.waiting(number)
    worked = 0
    for _round in range(ROUNDS):
        bridge.clock.advance(seconds=chance.choice((1, 20, 200)))
        known = await evening.sessions()
        steps = [evening.step(known)() for _ in range(AT_ONCE)]
        done = await asyncio.gather(*steps, return_exceptions=True)
        # Refusals are fine; a deadlock or a fault of ours is none.
        faults = [found for found in done if isinstance(found, BaseException) and not _is_refusal(found)]
        assert not faults, faults
        worked += sum(isinstance(found, SessionView) for found in done)
        await check(bridge)
    assert worked > 10, "something happened"


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, TsunagiError) and error.status < 500
