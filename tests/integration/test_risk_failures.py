"""When the screen itself fails: unscreened, an alarm, and no word lost."""

from __future__ import annotations

from uuid import UUID

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.clock import Clock
from handoff.domain.escalation import Alarm
from handoff.domain.session import HumanWanted, SessionView, State
from handoff.services.ports import Transaction
from handoff.services.raise_escalation import raise_escalation
from handoff.services.screen_message import ScreenMessage
from handoff.services.setting import Setting
from tests.integration.conftest import Service
from tests.integration.risk_support import (
    ACT,
    NIGHT,
    STATED,
    Exploding,
    holds,
    session,
    write,
)
from tests.support.line_events import arrivals, text

# --- when the screen itself fails ----------------------------------------------------------------------------------


async def test_a_message_that_the_screen_cannot_read_is_unscreened_and_an_alarm(
    risk: Service, caplog: pytest.LogCaptureFixture
) -> None:
    risk.screen = ScreenMessage(risk.setting, read_event, Exploding())
    await write(risk, "ひみつのことば")
    (row,) = await risk.rows("SELECT state, level, unscreened, human_wanted FROM sessions")
    assert (row.state, row.level, row.unscreened) == (State.WAITING, None, True)
    assert row.human_wanted == HumanWanted.RISK
    assert [one.unscreened for one in await risk.rows("SELECT unscreened FROM messages WHERE author='student'")] == [
        True
    ]
    assert [one.cause for one in await risk.rows("SELECT cause FROM escalations")] == ["screen_failure"]
    assert risk.bot.contexts[0].level is None
    assert "ひみつ" not in caplog.text


async def test_a_failing_screen_is_not_asked_for_ever(risk: Service) -> None:
    risk.screen = ScreenMessage(risk.setting, read_event, Exploding())
    await write(risk, "ひとつめ", "ふたつめ")
    await risk.work()
    assert len(await risk.rows("SELECT id FROM escalations")) == 1
    assert len(await risk.rows("SELECT event_id FROM escalation_evidence")) == 2
    assert await risk.rows("SELECT id FROM line_events WHERE done_at IS NULL") == []


async def test_screening_again_after_a_crash_raises_nothing_twice(risk: Service) -> None:
    """The worker dies between a message's screening and its answer; another one screens it again."""
    await risk.accept(arrivals(text(ACT)))
    (contact,) = await risk.rows("SELECT id FROM contacts")
    assert risk.screen is not None
    for _ in range(2):
        async with risk.store.transaction() as tx:
            (stored,) = await tx.events.undone(contact.id)
            await risk.screen(tx, stored, read_event(stored.type, stored.payload))
    await risk.work()
    assert len(await risk.rows("SELECT id FROM escalations")) == 1
    assert len(await risk.rows("SELECT event_id FROM escalation_evidence")) == 1
    assert len(await risk.rows("SELECT id FROM sessions")) == 1
    assert sum(holds(lines, "119（救急）") for _method, _to, lines in risk.line.calls) == 1


async def test_the_clock_of_the_real_service_runs_too(risk: Service) -> None:
    risk.setting.clock = Clock.starting_at(NIGHT)
    await write(risk, STATED)
    assert (await session(risk))[0] == "left_message"


async def test_an_alarm_that_cannot_be_raised_is_tried_again(risk: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    risk.screen = ScreenMessage(risk.setting, read_event, Exploding())
    broken = [True]

    async def failing(tx: Transaction, setting: Setting, session: SessionView, alarm: Alarm) -> UUID | None:
        if broken[0]:
            raise ValueError("no table")
        return await raise_escalation(tx, setting, session, alarm)

    monkeypatch.setattr("handoff.services.screen_message.raise_escalation", failing)
    await risk.accept(arrivals(text("ひみつのことば")))
    (contact,) = await risk.rows("SELECT id FROM contacts")
    with pytest.raises(ValueError, match="no table"):
        await risk.drain(contact.id)
    assert await risk.rows("SELECT id FROM line_events WHERE done_at IS NULL") != []
    broken[0] = False
    await risk.drain(contact.id)
    assert [one.cause for one in await risk.rows("SELECT cause FROM escalations")] == ["screen_failure"]


async def test_an_event_that_cannot_be_opened_is_an_alarm(risk: Service) -> None:
    await risk.accept(arrivals(text("ひみつのことば")))
    await risk.change("UPDATE line_events SET payload = decode('00', 'hex')")
    await risk.work()
    (row,) = await risk.rows("SELECT unscreened FROM sessions")
    assert row.unscreened
    assert [one.cause for one in await risk.rows("SELECT cause FROM escalations")] == ["screen_failure"]
