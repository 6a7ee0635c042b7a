"""Many reach for one session: one has it, the others are told who, and nobody carries more than they may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import ClosedWithout
from handoff.domain.errors import CapacityReached, MoveRefused, NotFound, NotPermitted, SessionTaken, TraineeRefused
from handoff.domain.escalation import EscalationState
from handoff.domain.session import Owner, SessionView, State
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.texts import TextKey
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH, Bridge
from tests.integration.escalation_support import record

#: Sessions over which people race at the same time.
AT_ONCE = 5


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def race(bridge: Bridge, session_id: UUID, people: list[StaffMember]) -> StaffMember:
    """Everybody claims at once; the one who has it, after a look at what all were told."""
    done = await asyncio.gather(*(bridge.claim(session_id, one) for one in people), return_exceptions=True)
    winners = [one for one, found in zip(people, done, strict=True) if isinstance(found, SessionView)]
    assert len(winners) == 1, done
    others = [found for found in done if isinstance(found, SessionTaken)]
    assert len(others) == len(people) - 1, done
    assert {error.taken_by for error in others} == {winners[0].alias}
    assert all(winners[0].alias in error.text and error.status == 409 for error in others)
    return winners[0]


async def reopen(bridge: Bridge, sessions: list[UUID]) -> None:
    """Put sessions back to where they were before a race, with all that was written because of it."""
    await bridge.service.change(
        "UPDATE sessions SET state = 'waiting', owner = 'bot', counsellor_id = NULL WHERE id = ANY(:ids)", ids=sessions
    )


async def owners_of_each_epoch(bridge: Bridge) -> list[int]:
    """How many claims each epoch of each session saw: every claim raises the epoch by one."""
    rows = await bridge.service.rows(
        "SELECT session_id, epoch, (SELECT count(*) FROM audit_events a WHERE a.session_id = s.id AND verb = 'claim') "
        "AS claims FROM sessions s JOIN (SELECT DISTINCT session_id FROM audit_events WHERE verb = 'claim') c "
        "ON c.session_id = s.id"
    )
    return [row.claims - (row.epoch - 1) for row in rows]


# --- the race -------------------------------------------------------------------------------------------------------


async def test_of_twenty_who_claim_at_once_one_has_it_in_each_of_fifty_rounds(bridge: Bridge) -> None:
    bridge.shape(live_per_counsellor=1000)
    people = await bridge.people(*(f"相談員{number}" for number in range(20)))
    session_id = await bridge.waiting()
    for _round in range(50):
        winner = await race(bridge, session_id, people)
        card = await bridge.card(session_id)
        assert (card.state, card.owner, card.counsellor_id) == (State.LIVE, Owner.COUNSELLOR, winner.id)
        await reopen(bridge, [session_id])
    assert (await bridge.verbs(session_id)).count("claim") == 50
    assert await owners_of_each_epoch(bridge) == [0], "one claim an epoch, never two"


async def test_in_950_smaller_races_on_many_sessions_nobody_shares_one(bridge: Bridge) -> None:
    bridge.shape(live_per_counsellor=1000)
    people = await bridge.people(*(f"相談員{number}" for number in range(3)))
    sessions = [await bridge.waiting(number) for number in range(AT_ONCE)]
    for _round in range(950 // AT_ONCE):
        await asyncio.gather(*(race(bridge, session_id, people) for session_id in sessions))
        await reopen(bridge, sessions)
    assert (await bridge.verbs()).count("claim") == 950
    assert await owners_of_each_epoch(bridge) == [0] * AT_ONCE


async def test_a_claim_that_comes_twice_changes_nothing_twice(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session_id = await bridge.waiting()
    found = await asyncio.gather(*(bridge.claim(session_id, yuki) for _ in range(6)))
    assert len({session.epoch for session in found}) == 1
    await bridge.deliver()
    assert bridge.said == [bridge.wording(TextKey.CLAIMED, alias="ゆき")]
    assert (await bridge.verbs(session_id)).count("claim") == 1


# --- who may --------------------------------------------------------------------------------------------------------


async def test_two_claims_of_one_person_at_once_are_counted_one_after_the_other(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    sessions = [await bridge.waiting(number) for number in range(6)]
    done = await asyncio.gather(*(bridge.claim(one, yuki) for one in sessions), return_exceptions=True)
    assert sum(isinstance(found, SessionView) for found in done) == 3, done
    assert sum(isinstance(found, CapacityReached) for found in done) == 3, done
    (row,) = await bridge.service.rows("SELECT count(*) AS live FROM sessions WHERE state = 'live'")
    assert row.live == 3


async def test_who_has_a_critical_session_has_enough(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    await bridge.live(yuki, 1, AT_CRITICAL)
    with pytest.raises(CapacityReached) as refused:
        await bridge.claim(await bridge.waiting(2), yuki)
    assert "緊急の相談は一件だけ" in refused.value.text
    await bridge.live(sora, 3)
    critical = await bridge.waiting(4, AT_CRITICAL)
    assert (await bridge.claim(critical, sora)).counsellor_id == sora.id, "one more fits, and then no other"
    with pytest.raises(CapacityReached):
        await bridge.claim(await bridge.waiting(5), sora)


async def test_nobody_in_training_takes_what_is_at_risk_or_unread(bridge: Bridge) -> None:
    hikari = await bridge.person("ひかり", trainee=True)
    unread = await bridge.waiting(3)
    await bridge.service.change("UPDATE sessions SET unscreened = true WHERE id = :id", id=unread)
    for session_id in (await bridge.waiting(1, AT_HIGH), await bridge.waiting(2, AT_CRITICAL), unread):
        with pytest.raises(TraineeRefused):
            await bridge.claim(session_id, hikari)
        assert (await bridge.card(session_id)).state is State.WAITING
    assert (await bridge.live(hikari, 4)).counsellor_id == hikari.id


@pytest.mark.parametrize("role", [StaffRole.BOARD, StaffRole.TRAINER, StaffRole.ADMINISTRATOR])
async def test_other_roles_claim_nothing(bridge: Bridge, role: StaffRole) -> None:
    member = await bridge.person("ほかの人", role)
    session_id = await bridge.waiting()
    for verb in (bridge.claim, bridge.take_over, bridge.release, bridge.end):
        with pytest.raises(NotPermitted):
            await verb(session_id, member)
    assert (await bridge.card(session_id)).state is State.WAITING


async def test_what_does_not_wait_is_not_claimed(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    with pytest.raises(NotFound):
        await bridge.claim(uuid4(), yuki)
    await bridge.write("こんにちは")
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    minato = await bridge.supervisor()
    for state in ("intake", "closed"):
        await bridge.service.change("UPDATE sessions SET state = :s", s=state)
        with pytest.raises(NotFound):  # a counsellor isn't to know that there is such a talk
            await bridge.claim(session.id, yuki)
        with pytest.raises(MoveRefused):
            await bridge.claim(session.id, minato)


async def test_a_supervisor_takes_over_from_anywhere_and_a_counsellor_does_not(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    minato = await bridge.supervisor()
    theirs = await bridge.live(yuki, 1)
    with pytest.raises(NotPermitted):
        await bridge.take_over(theirs.id, sora)
    for number in range(2, 5):
        await bridge.live(minato, number)
    taken = await bridge.take_over(theirs.id, minato)
    assert (taken.counsellor_id, taken.epoch) == (minato.id, theirs.epoch + 1), "capacity doesn't count"
    assert await bridge.take_over(theirs.id, minato) == taken
    waiting = await bridge.take_over(await bridge.waiting(7), minato)
    assert waiting.state is State.LIVE
    await bridge.deliver(1)
    assert bridge.said[-1] == bridge.wording(TextKey.TRANSFERRED, alias="みなと")
    await bridge.deliver(7)
    assert bridge.said[-1] == bridge.wording(TextKey.CLAIMED, alias="みなと")


# --- the alarm ------------------------------------------------------------------------------------------------------


async def test_a_claim_stops_the_alarm_and_the_alarm_goes_where_the_conversation_goes(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    minato = await bridge.supervisor()
    session_id = await bridge.waiting(1, AT_CRITICAL)
    (row,) = await bridge.service.rows("SELECT id FROM escalations")
    await bridge.service.sound(row.id)
    assert len(bridge.service.notifier.rang()) == 1
    await bridge.claim(session_id, yuki)
    escalation = await record(bridge.service, row.id)
    assert (escalation.state, escalation.acknowledged_by) == (EscalationState.ACKNOWLEDGED, "ゆき")
    assert escalation.next_alarm_at is None
    bridge.clock.advance(hours=1)
    await bridge.service.sound(row.id)
    assert len(bridge.service.notifier.rang()) == 1, "nobody is called any more"
    taken = await bridge.take_over(session_id, minato)
    assert (await record(bridge.service, row.id)).acknowledged_by == "みなと"
    await bridge.write_line(taken, minato, "いま読みました。")
    escalation = await record(bridge.service, row.id)
    assert (escalation.state, escalation.acknowledged_by) == (EscalationState.IN_CONTACT, "みなと")
    actors = await bridge.service.rows(
        "SELECT actor FROM audit_events WHERE verb LIKE '%escalation' OR verb LIKE '%contact'"
    )
    assert {row.actor for row in actors} == {"screen", yuki.actor, minato.actor}, "by id, never by name"
    assert sora.actor not in {row.actor for row in actors}


@pytest.mark.parametrize("lost", [False, True])
async def test_an_alarm_rings_again_when_whoever_took_it_is_gone(bridge: Bridge, lost: bool) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, 1, AT_CRITICAL)
    if lost:
        await bridge.presence.beat([yuki.id])
        for _ in range(8):
            bridge.clock.advance(seconds=10)
            await bridge.presence.beat([])
        await bridge.tend()
    else:
        await bridge.release(session.id, yuki)
    assert (await bridge.card(session.id)).state is State.WAITING
    (row,) = await bridge.service.rows("SELECT id FROM escalations")
    assert (await record(bridge.service, row.id)).state is EscalationState.RAISED
    await bridge.service.sound(row.id)
    assert len(bridge.service.notifier.rang()) == 1


async def test_row_3_who_was_quicker_hears_who_knew_of_the_talk_and_nobody_else(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    minato = await bridge.supervisor()
    session = await bridge.claim(await bridge.waiting(), yuki)

    def all_verbs(member: StaffMember) -> list[Awaitable[object]]:
        return [
            bridge.claim(session.id, member),
            bridge.release(session.id, member),
            bridge.offer(session.id, member, None),
            bridge.answer(session.id, member, True),
            bridge.set_second(session.id, member, member.id),
            bridge.switch(session.id, member),
            bridge.send(session.id, member, session.epoch, "ことば", uuid4()),
            bridge.end(session.id, member),
        ]

    bridge.clock.advance(seconds=30)
    for verb in all_verbs(sora):
        with pytest.raises(SessionTaken):  # it was in their queue a moment ago
            await verb
    with pytest.raises(MoveRefused):
        await bridge.close(session.id, sora, ClosedWithout.PRANK)
    bridge.clock.advance(seconds=31)
    for verb in [*all_verbs(sora), bridge.close(session.id, sora, ClosedWithout.PRANK)]:
        with pytest.raises(NotFound):
            await verb
    line = (await bridge.lines(session.id))[-1].line.id
    with pytest.raises(NotFound):
        await bridge.retry(line, sora)
    await bridge.take_over(session.id, minato)
    bridge.clock.advance(hours=1)
    with pytest.raises(SessionTaken) as taken:  # what they were writing isn't lost without a word
        await bridge.send(session.id, yuki, session.epoch, "書きかけ", uuid4())
    assert taken.value.taken_by == "みなと"
    bridge.clock.advance(hours=12)
    with pytest.raises(NotFound):
        await bridge.send(session.id, yuki, session.epoch, "つぎの日に", uuid4())
