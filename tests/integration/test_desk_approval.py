"""A trainee's words wait for a supervisor's yes (WG-8): they go out, go out in other words, come back, or are dropped."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from handoff.domain.desk import DeskAlarm, ProposalState
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.session import SessionView
from handoff.domain.staff import StaffMember, StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_HIGH, Bridge

WORDS = "それはつらかったね。"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def proposed(bridge: Bridge) -> tuple[SessionView, StaffMember, UUID]:
    """A trainee's live talk with one line that waits."""
    hikari = await bridge.person("ひかり", trainee=True)
    session, key = await bridge.live(hikari), uuid4()
    await bridge.draft(session.id, hikari, WORDS)
    assert await bridge.send(session.id, hikari, session.epoch, WORDS, key) is False
    return session, hikari, key


async def state(bridge: Bridge, proposal_id: UUID) -> ProposalState:
    return (await bridge.read.proposal(proposal_id)).state


async def draft(bridge: Bridge, session: SessionView, member: StaffMember) -> str:
    async with bridge.service.store.reading() as tx:
        return await tx.views.draft(session.id, member.id)


async def test_nothing_goes_out_before_a_supervisor_says_yes(bridge: Bridge) -> None:
    session, hikari, key = await proposed(bridge)
    assert await bridge.send(session.id, hikari, session.epoch, WORDS, key) is False, "sent twice, it waits once"
    await bridge.deliver()
    assert bridge.said == []
    assert (await bridge.card(session.id)).approvals == 1
    assert await draft(bridge, session, hikari) == ""
    assert WORDS.encode() not in await bridge.everything()
    minato = await bridge.supervisor()
    done = await asyncio.gather(*(bridge.decide.approve(key, minato) for _ in range(4)), return_exceptions=True)
    assert [found for found in done if found is ProposalState.SENT] == [ProposalState.SENT]
    assert sum(isinstance(found, MoveRefused) for found in done) == 3
    await bridge.deliver()
    assert bridge.said == [WORDS]
    (audit,) = await bridge.service.rows("SELECT actor FROM audit_events WHERE verb = 'send_line'")
    assert audit.actor == hikari.actor
    (audit,) = await bridge.service.rows("SELECT actor, detail FROM audit_events WHERE verb = 'decide_line'")
    assert audit.actor == minato.actor and audit.detail == {"proposal": str(key), "to": "sent"}


async def test_a_supervisor_changes_words_or_sends_them_back(bridge: Bridge) -> None:
    session, hikari, key = await proposed(bridge)
    minato = await bridge.supervisor()
    assert await bridge.decide.approve(key, minato, " それは、しんどかったですね。 ") is ProposalState.EDITED
    second = uuid4()
    await bridge.send(session.id, hikari, session.epoch, "がんばって", second)
    await bridge.decide.give_back(second, minato, "「がんばって」は使いません")
    await bridge.deliver()
    assert bridge.said == ["それは、しんどかったですね。"]
    assert await draft(bridge, session, hikari) == "がんばって"
    returned = await bridge.read.proposal(second)
    assert (returned.state, returned.remark) == (ProposalState.RETURNED, "「がんばって」は使いません")
    with pytest.raises(MoveRefused):
        await bridge.decide.approve(second, minato)
    assert (await bridge.card(session.id)).approvals == 0
    assert "使いません".encode() not in await bridge.everything()


async def test_what_was_begun_meanwhile_is_not_lost_when_a_line_comes_back(bridge: Bridge) -> None:
    session, hikari, key = await proposed(bridge)
    await bridge.draft(session.id, hikari, "つぎに書きかけた文")
    await bridge.decide.give_back(key, await bridge.supervisor(), "")
    found = await draft(bridge, session, hikari)
    assert WORDS in found and "つぎに書きかけた文" in found


async def test_only_a_supervisor_decides_and_nobody_on_their_own_words(bridge: Bridge) -> None:
    _session, hikari, key = await proposed(bridge)
    for member in (hikari, await bridge.person("ゆき"), await bridge.person("委員", StaffRole.BOARD)):
        with pytest.raises(NotPermitted):
            await bridge.decide.approve(key, member)
        with pytest.raises(NotPermitted):
            await bridge.decide.give_back(key, member, "")
    minato = await bridge.supervisor()
    with pytest.raises(NotFound):
        await bridge.decide.approve(uuid4(), minato)
    with pytest.raises(InputRefused):
        await bridge.decide.approve(key, minato, "  ")
    learning = await bridge.person("見習いの責任者", StaffRole.SUPERVISOR, trainee=True)
    theirs, own = await bridge.live(learning, 2), uuid4()
    await bridge.send(theirs.id, learning, theirs.epoch, "こんにちは", own)
    with pytest.raises(OwnReview):
        await bridge.decide.approve(own, learning)
    assert await state(bridge, key) is await state(bridge, own) is ProposalState.WAITING
    await bridge.deliver()
    assert bridge.said == []


async def test_words_of_a_talk_that_somebody_else_has_by_now_are_dropped(bridge: Bridge) -> None:
    session, _hikari, key = await proposed(bridge)
    minato = await bridge.supervisor()
    done = await asyncio.gather(
        bridge.take_over(session.id, minato), bridge.decide.approve(key, minato), return_exceptions=True
    )
    approved = done[1] is ProposalState.SENT
    assert approved or isinstance(done[1], MoveRefused), done
    assert await state(bridge, key) is (ProposalState.SENT if approved else ProposalState.DROPPED)
    await bridge.deliver()
    assert WORDS not in bridge.said, "also what was approved a moment before is refused at delivery"


async def test_lines_that_wait_are_dropped_by_every_change_of_hands(bridge: Bridge) -> None:
    session, hikari, key = await proposed(bridge)
    await bridge.release(session.id, hikari)
    assert await state(bridge, key) is ProposalState.DROPPED
    again, second = await bridge.claim(session.id, hikari), uuid4()
    await bridge.send(session.id, hikari, again.epoch, WORDS, second)
    await bridge.end(session.id, hikari)
    assert await state(bridge, second) is ProposalState.DROPPED
    told = [entry.subject for entry in await bridge.feed("proposal")]
    assert told.count(key) == told.count(second) == 2, "open desks hear that it came and that it went"


# --- nobody looked in time ------------------------------------------------------------------------------------------


async def test_a_line_that_nobody_looked_at_comes_back_and_supervisors_hear_of_it(bridge: Bridge) -> None:
    session, hikari, key = await proposed(bridge)
    bridge.clock.advance(minutes=2, seconds=59)
    await bridge.tend()
    assert await state(bridge, key) is ProposalState.WAITING
    bridge.clock.advance(seconds=2)
    await asyncio.gather(bridge.tend(), bridge.tend())
    assert await state(bridge, key) is ProposalState.LATE
    assert await draft(bridge, session, hikari) == WORDS
    alarms = [entry.detail["code"] for entry in await bridge.feed("alarm") if entry.subject == key]
    assert alarms == [DeskAlarm.APPROVAL_LATE]
    await bridge.deliver()
    assert bridge.said == []


@pytest.mark.parametrize("at_risk", [False, True])
async def test_where_the_profile_says_so_a_late_line_goes_out_but_never_at_risk(bridge: Bridge, at_risk: bool) -> None:
    bridge.shape(approval_timeout="send")
    _session, _hikari, key = await proposed(bridge)
    if at_risk:
        await bridge.write(AT_HIGH)
        assert DeskAlarm.TRAINEE_AT_RISK in [entry.detail["code"] for entry in await bridge.feed("alarm")]
    bridge.clock.advance(minutes=4)
    await asyncio.gather(bridge.tend(), bridge.tend())
    await bridge.deliver()
    assert await state(bridge, key) is (ProposalState.LATE if at_risk else ProposalState.SENT)
    assert bridge.said == ([] if at_risk else [WORDS])


async def test_a_profile_that_asks_for_no_approval_lets_trainees_write(bridge: Bridge) -> None:
    bridge.shape(approve_trainees=False)
    hikari = await bridge.person("ひかり", trainee=True)
    session = await bridge.live(hikari)
    assert await bridge.send(session.id, hikari, session.epoch, WORDS, uuid4()) is True
