"""A counsellor's line that LINE doesn't take: seen at the line at once, tried again, and never lost or doubled."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from handoff.domain.delivery import DeliveryState, Outcome
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, SessionTaken
from handoff.domain.session import SessionView
from handoff.domain.staff import StaffMember
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge

WORDS = "ここにいます"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def sent(bridge: Bridge, *outcomes: Outcome) -> tuple[SessionView, StaffMember, UUID]:
    """A line of a counsellor's that LINE answered like this."""
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    line_id = await bridge.write_line(session, yuki, WORDS)
    bridge.service.line.outcomes = list(outcomes)
    await bridge.deliver()
    return session, yuki, line_id


async def told_desks(bridge: Bridge, session: SessionView) -> int:
    """How often open desks heard of the line's call."""
    call_id = (await bridge.last(session.id)).call_id
    return sum(one.subject == call_id and one.session_id == session.id for one in await bridge.feed("delivery"))


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.ACCEPTED, DeliveryState.SENT),
        (Outcome.RATE_LIMITED, DeliveryState.PENDING),
        (Outcome.MONTHLY_LIMIT, DeliveryState.PENDING),
        (Outcome.UNCERTAIN, DeliveryState.PENDING),
        (Outcome.NOT_SENT, DeliveryState.PENDING),
        (Outcome.NOT_AUTHORISED, DeliveryState.PENDING),
        (Outcome.REJECTED, DeliveryState.DEAD),
    ],
)
async def test_what_LINE_says_of_a_line_is_at_the_desk_at_once(
    bridge: Bridge, outcome: Outcome, state: DeliveryState
) -> None:
    session, _yuki, _line = await sent(bridge, outcome)
    assert await told_desks(bridge, session) == 1
    line = await bridge.last(session.id)
    assert (line.delivery, line.reason, line.attempts) == (state, outcome, 1)
    if state is DeliveryState.PENDING:
        assert line.next_at is not None and line.next_at > bridge.clock.real(), "the desk can say when it goes on"


async def test_a_line_that_is_tried_again_arrives_once(bridge: Bridge) -> None:
    session, _yuki, _line = await sent(bridge, Outcome.RATE_LIMITED, Outcome.UNCERTAIN, Outcome.ALREADY_ACCEPTED)
    for _ in range(2):
        bridge.clock.advance(minutes=5)
        await bridge.deliver()
    assert (await bridge.last(session.id)).delivery is DeliveryState.SENT
    assert bridge.said == [WORDS] * 3 and len(set(bridge.service.line.keys[-3:])) == 1, "one retry key: LINE takes one"
    assert await told_desks(bridge, session) == 3


async def test_a_line_whose_outcome_stays_unknown_says_so(bridge: Bridge) -> None:
    session, yuki, line_id = await sent(bridge, Outcome.UNCERTAIN)
    bridge.clock.advance(hours=24)
    await bridge.deliver()
    line = await bridge.last(session.id)
    assert (line.delivery, line.reason) == (DeliveryState.UNKNOWN, "push_outcome_unknown")
    with pytest.raises(InputRefused) as asked:
        await bridge.retry(line_id, yuki)
    assert asked.value.field == "sure"
    await bridge.retry(line_id, yuki, sure=True)
    await bridge.deliver()
    assert (await bridge.last(session.id)).delivery is DeliveryState.SENT
    assert bridge.said == [WORDS] * 2, "who asked for it was told that it may come twice"


async def test_a_pause_holds_back_the_lines_behind_it_and_keeps_their_order(bridge: Bridge) -> None:
    session, yuki, _line = await sent(bridge, Outcome.RATE_LIMITED)
    await bridge.write_line(session, yuki, "つづきです")
    await bridge.deliver()
    assert bridge.said == [WORDS]
    bridge.clock.advance(minutes=5)
    await bridge.deliver()
    assert bridge.said == [WORDS, WORDS, "つづきです"]
    assert {one.delivery for one in await bridge.lines(session.id) if one.line.author == "counsellor"} == {
        DeliveryState.SENT
    }


# --- trying again by hand -------------------------------------------------------------------------------------------


async def test_a_dead_line_is_sent_again_as_the_same_line_and_a_second_tap_sends_nothing(bridge: Bridge) -> None:
    session, yuki, line_id = await sent(bridge, Outcome.REJECTED)
    before = len(await bridge.lines(session.id))
    done = await asyncio.gather(*(bridge.retry(line_id, yuki) for _ in range(4)), return_exceptions=True)
    # The first one plans the call; the others find it under way and let it be tried at once.
    assert done == [None] * 4
    await bridge.deliver()
    assert bridge.said == [WORDS] * 2
    assert len(await bridge.lines(session.id)) == before, "no second line stands in the transcript"
    assert (await bridge.last(session.id)).delivery is DeliveryState.SENT
    assert (await bridge.verbs(session.id)).count("retry_line") == 1
    with pytest.raises(InputRefused) as refused:
        await bridge.retry(line_id, yuki)
    assert "もう届いています" in refused.value.text


async def test_a_line_that_pauses_is_tried_at_once_by_a_tap(bridge: Bridge) -> None:
    session, yuki, line_id = await sent(bridge, Outcome.RATE_LIMITED)
    await bridge.retry(line_id, yuki)
    await bridge.service.work()
    assert (await bridge.last(session.id)).delivery is DeliveryState.SENT
    assert bridge.said == [WORDS] * 2 and len(set(bridge.service.line.keys[-2:])) == 1
    (row,) = await bridge.service.rows("SELECT count(*) AS calls FROM outbox WHERE session_id = :id", id=session.id)
    assert row.calls == 2, "the greeting's and this one: no new call was made"


async def test_only_the_one_who_has_the_talk_tries_again_and_only_a_person_s_words(bridge: Bridge) -> None:
    session, yuki, line_id = await sent(bridge, Outcome.REJECTED)
    sora = await bridge.person("そら")
    with pytest.raises(SessionTaken):
        await bridge.retry(line_id, sora)
    with pytest.raises(NotFound):
        await bridge.retry(uuid4(), yuki)
    written = await bridge.write("うん")
    greeting = next(one for one in await bridge.lines(session.id) if one.line.author == "bot")
    for other in (written, greeting.line.id):
        with pytest.raises(InputRefused):
            await bridge.retry(other, yuki)
    await bridge.end(session.id, yuki)
    with pytest.raises(MoveRefused):
        await bridge.retry(line_id, yuki)


async def test_a_student_who_blocked_the_account_makes_no_line_vanish(bridge: Bridge) -> None:
    session, yuki, line_id = await sent(bridge, Outcome.REJECTED)
    await bridge.retry(line_id, yuki)
    bridge.service.line.outcomes = [Outcome.REJECTED]
    await bridge.deliver()
    line = await bridge.last(session.id)
    assert (line.line.text, line.delivery, line.reason) == (WORDS, DeliveryState.DEAD, Outcome.REJECTED)
    assert await told_desks(bridge, session) == 1


@pytest.mark.parametrize(
    "words",
    ["<script>alert(1)</script>&amp;", "\u202eさかさま\u202c\u2066x\u2069", "あ" * 2000, "😀" * 1000, "👨‍👩‍👧‍👦" * 200],
)
async def test_strange_words_go_out_as_they_are_and_lie_sealed(bridge: Bridge, words: str) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    await bridge.write_line(session, yuki, words)
    await bridge.deliver()
    assert "".join(bridge.said) == words
    assert (await bridge.last(session.id)).line.text == words
    assert words.encode() not in await bridge.everything()


@pytest.mark.parametrize("words", ["", " \n ", "\0", "あ" * 2001])
async def test_nothing_and_too_much_is_refused(bridge: Bridge, words: str) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    with pytest.raises(InputRefused):
        await bridge.send(session.id, yuki, session.epoch, words, uuid4())
    assert not [one for one in await bridge.lines(session.id) if one.line.author == "counsellor"]
