"""Who stops in the middle, who comes again, who wants quiet, who plays pranks: what the service does besides the words.

The bot is steered here; that the real one asks, stays silent and says so is shown in tests/conversations and tests/e2e.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handoff.domain.session import HumanWanted
from handoff.domain.texts import TextKey
from handoff.services.keep_quiet import KeepQuiet
from handoff.services.show_session import ShowSession
from handoff.services.want_human import LeaveMessage, RequestHandoff
from kernel.intake.quiet import QuietTime, quiet_times
from tests.integration.conftest import OPEN, Service
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event, text


@pytest.fixture
def at(service: Service) -> FrozenClock:
    """The service's clock in opening hours, standing still; the demo profile nudges after ten minutes."""
    frozen = FrozenClock(OPEN)
    service.setting.clock = frozen
    return frozen


async def write(service: Service, *words: str, waits: bool = False) -> None:
    service.bot.waits = waits
    timestamp = int(service.setting.clock.real().timestamp() * 1000)
    await service.accept(arrivals(*(text(word, timestamp=timestamp) for word in words)))
    await service.work()


async def session(service: Service) -> Any:
    """The newest session."""
    return (await service.rows("SELECT * FROM sessions ORDER BY opened_at DESC, previous_id NULLS LAST LIMIT 1"))[0]


async def tend(service: Service) -> int:
    tended = await service.tend()
    await service.work()
    return tended


def nudge(service: Service) -> str:
    return service.setting.profile.text(TextKey.NUDGE)


# --- one gentle line --------------------------------------------------------------------------------------------------


async def test_who_stops_in_the_middle_hears_one_gentle_line_after_the_profiles_time(
    service: Service, at: FrozenClock
) -> None:
    await write(service, "中2です", waits=True)
    at.advance(minutes=9, seconds=59)
    assert await tend(service) == 0
    at.advance(seconds=1)
    assert await tend(service) == 1
    assert service.line.said[-1] == nudge(service)
    assert service.line.calls[-1][0] == "push"
    at.advance(hours=5)
    assert await tend(service) == 0, "once, and then they are left in peace"
    assert (await session(service)).state == "intake", "the questions stay open"
    assert [row.verb for row in await service.rows("SELECT verb FROM audit_events WHERE verb = 'nudge'")] == ["nudge"]
    assert ("bot", nudge(service)) in await service.transcript()


async def test_who_goes_on_or_was_asked_nothing_hears_none(service: Service, at: FrozenClock) -> None:
    await write(service, "中2です", waits=True)
    at.advance(minutes=8)
    await write(service, "もうやめる", waits=False)
    at.advance(minutes=8)
    assert await tend(service) == 0
    await write(service, "やっぱり話す", waits=True)
    at.advance(minutes=8)
    await write(service, "西中です", waits=True)
    at.advance(minutes=8)
    assert await tend(service) == 0, "the time counts from the last question"
    at.advance(minutes=2)
    assert await tend(service) == 1


async def test_a_profile_without_the_time_nudges_nobody(service: Service, at: FrozenClock) -> None:
    profile = service.setting.profile
    timers = profile.session.model_copy(update={"nudge_minutes": None})
    service.setting.profile = profile.model_copy(update={"session": timers})
    await write(service, "中2です", waits=True)
    at.advance(hours=2)
    assert await tend(service) == 0


@pytest.mark.parametrize(
    "change", ["level = 'high'", "level = 'critical'", "owner = 'counsellor'", "unscreened = true"]
)
async def test_nobody_at_risk_unread_or_with_a_counsellor_is_nudged(
    service: Service, at: FrozenClock, change: str
) -> None:
    await write(service, "中2です", waits=True)
    await service.change(f"UPDATE sessions SET {change}")
    at.advance(minutes=11)
    assert await tend(service) == 0
    assert nudge(service) not in service.line.said


async def test_a_word_that_is_on_its_way_keeps_the_line_back(service: Service, at: FrozenClock) -> None:
    await write(service, "中2です", waits=True)
    at.advance(minutes=11)
    await service.accept(arrivals(text("まって")))
    assert await tend(service) == 0
    assert nudge(service) not in service.line.said


async def test_two_workers_nudge_once(service: Service, at: FrozenClock) -> None:
    await write(service, "中2です", waits=True)
    at.advance(minutes=11)
    assert sum(await asyncio.gather(*(service.tend() for _ in range(4)))) == 1
    await service.work()
    assert service.line.said.count(nudge(service)) == 1


async def test_in_the_hours_that_the_student_ruled_out_nothing_is_sent_unasked(
    service: Service, at: FrozenClock
) -> None:
    await write(service, "夜7時から朝6時までは送らないで", waits=True)
    asked = await session(service)
    await KeepQuiet(service.store, service.setting)(asked.id, quiet_times("夜7時から朝6時までは送らないで"))
    at.advance(hours=2)  # after seven in the evening
    assert await tend(service) == 0
    assert nudge(service) not in service.line.said
    sealed = (await service.rows("SELECT quiet FROM contacts"))[0].quiet
    assert b"1140" not in sealed
    await KeepQuiet(service.store, service.setting)(asked.id, (QuietTime(0, 60),))
    await write(service, "はい", waits=True)
    at.advance(minutes=10)
    assert await tend(service) == 1, "a later wish replaces the earlier one"


# --- the end by silence, and who comes again --------------------------------------------------------------------------


async def test_an_intake_closes_after_a_day_of_silence_and_rasas_memory_goes_with_it(
    service: Service, at: FrozenClock
) -> None:
    await write(service, "中2です", waits=True)
    first = await session(service)
    await service.change(
        "INSERT INTO rasa_trackers (session_id, blob, updated_at) VALUES (:id, :blob, now())",
        id=str(first.id),
        blob=b"x",
    )
    at.advance(hours=23, minutes=59)
    await tend(service)
    assert (await session(service)).state == "intake"
    at.advance(minutes=2)
    await tend(service)
    closed = await session(service)
    assert (closed.state, closed.closed_reason, closed.closed_at is not None) == ("closed", "silence", True)
    assert await service.rows("SELECT * FROM rasa_trackers") == []
    assert ("student", "中2です") in await service.transcript(), "what was said stays where it was"


async def test_the_profile_says_how_long_the_questions_stay_open(service: Service, at: FrozenClock) -> None:
    profile = service.setting.profile
    timers = profile.session.model_copy(update={"intake_open_hours": 2})
    service.setting.profile = profile.model_copy(update={"session": timers})
    await write(service, "中2です")
    at.advance(hours=1)
    await write(service, "まだいます")
    at.advance(hours=1, minutes=30)
    await tend(service)
    assert (await session(service)).state == "intake", "counted from the last word"
    at.advance(hours=1)
    await tend(service)
    assert (await session(service)).state == "closed"


@pytest.mark.parametrize(
    "change",
    [
        *("level = 'high'", "level = 'critical'", "unscreened = true", "state = 'waiting'", "state = 'left_message'"),
        "state = 'live', owner = 'counsellor'",
    ],
)
async def test_no_timer_ends_what_is_at_risk_unread_or_waits_for_a_person(
    service: Service, at: FrozenClock, change: str
) -> None:
    await write(service, "中2です")
    await service.change(f"UPDATE sessions SET {change}")
    state = (await session(service)).state
    at.advance(days=30)
    await tend(service)
    assert (await session(service)).state == state


async def test_what_was_told_is_left_for_a_person_instead_of_closed(service: Service, at: FrozenClock) -> None:
    await write(service, "いじめられています", waits=True)
    told = await session(service)
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(told.id, {"topic": "bullying"})
    at.advance(hours=25)
    await tend(service)
    assert (await session(service)).state == "left_message", "the notice said that a counsellor reads it"


async def test_a_line_that_comes_hours_late_is_not_sent(service: Service, at: FrozenClock) -> None:
    await write(service, "中2です", waits=True)
    at.advance(hours=3)
    assert await tend(service) == 0
    assert nudge(service) not in service.line.said


async def test_a_prank_does_not_stick_to_a_real_request(service: Service, at: FrozenClock) -> None:
    await write(service, "おまえバカ")
    shown = await session(service)
    await ShowSession(service.store, service.setting)(shown.id)
    await LeaveMessage(service.store, service.setting)(shown.id, "student")
    assert (await session(service)).human_wanted == HumanWanted.STUDENT


async def test_who_comes_again_is_known_as_such_and_nothing_else_is_told_of_it(
    service: Service, at: FrozenClock
) -> None:
    await write(service, "いじめられています")
    assert [context.returning for context in service.bot.contexts] == [False]
    at.advance(hours=25)
    await tend(service)
    await write(service, "こんばんは")
    again = await session(service)
    assert (again.returning, again.previous_id is not None, again.intake) == (True, True, None)
    assert service.bot.contexts[-1].returning
    assert service.bot.heard[-1][0] == again.id, "Rasa gets a new memory"


async def test_who_only_added_the_account_is_no_returning_student(service: Service, at: FrozenClock) -> None:
    await service.accept(arrivals(event("follow", follow={"isUnblocked": False})))
    await service.work()
    at.advance(hours=25)
    await tend(service)
    assert (await session(service)).state == "closed"
    await write(service, "はじめまして")
    assert not service.bot.contexts[-1].returning


# --- pranks -----------------------------------------------------------------------------------------------------------


async def test_a_silence_on_purpose_is_no_failing_bot(service: Service, at: FrozenClock) -> None:
    service.bot.lines, service.bot.silent = (), True
    await write(service, "うんこうんこ")
    assert service.line.said == []
    (kept,) = await service.rows("SELECT result FROM line_events")
    assert kept.result == "silent"
    assert (await session(service)).human_wanted is None
    assert await service.transcript() == [("student", "うんこうんこ")]


async def test_a_prank_is_seen_by_a_person_and_a_serious_word_still_gets_one_at_once(
    service: Service, at: FrozenClock
) -> None:
    await write(service, "おまえバカ")
    shown = await session(service)
    show = ShowSession(service.store, service.setting)
    assert await show(shown.id) == "left_message"
    assert await show(shown.id) == "left_message", "again changes nothing"
    assert (await session(service)).human_wanted == HumanWanted.CONDUCT
    at.advance(days=3)
    await tend(service)
    assert (await session(service)).state == "left_message", "only a person closes it"
    assert await RequestHandoff(service.store, service.setting)(shown.id, HumanWanted.STUDENT, "student") == "waiting"
    assert await show(shown.id) == "waiting", "who waits keeps the place"
    assert [row.verb for row in await service.rows("SELECT verb FROM audit_events WHERE verb = 'show_session'")] == [
        "show_session"
    ]
