"""The worker's own words at risk: every row of the reply table, and what a hostile reading of it found.

EXT-3, WG-13, WG-17; the table is in docs/risk.md.
"""

from __future__ import annotations

import pytest

from handoff.domain.escalation import CloseReason
from handoff.domain.texts import TextKey
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.close_escalation import CloseEscalation
from tests.integration.conftest import Service
from tests.integration.risk_support import (
    ABUSE,
    ACT,
    QUESTIONS,
    STATED,
    THIRD,
    UNSTATED,
    acknowledge,
    at_night,
    holds,
    say,
    session,
    write,
)
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event

# --- every row of the table, acknowledged and not, open and closed -------------------------------------------------

ROWS = [
    (UNSTATED, TextKey.SAFETY_THANKS, TextKey.SAFETY_ASK_WISH),
    (STATED, TextKey.SAFETY_STATED, TextKey.SAFETY_ASK_SAFE),
    (ACT, TextKey.SAFETY_EMERGENCY, TextKey.SAFETY_ASK_SAFE),
    (ABUSE, TextKey.SAFETY_BELIEVE, None),
    (THIRD, TextKey.SAFETY_THIRD, TextKey.SAFETY_ASK_BESIDE),
]


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(("words", "head", "question"), ROWS)
async def test_every_row_before_and_after_somebody_acknowledged(
    risk: Service, words: str, head: TextKey, question: TextKey | None, closed: bool
) -> None:
    if closed:
        at_night(risk)
    await write(risk, words)
    before = list(risk.line.said)
    assert holds(before, say(risk, head)[0])
    assert not any(holds(before, one) for one in say(risk, *QUESTIONS)), "nobody reads an answer yet"
    assert risk.bot.heard == []
    await acknowledge(risk)
    after = risk.line.said[len(before) :]
    assert holds(after, say(risk, TextKey.SAFETY_ACKNOWLEDGED)[0])
    asked = [key for key in QUESTIONS if holds(after, say(risk, key)[0])]
    assert asked == ([] if question is None else [question])


async def test_who_laid_the_phone_away_gets_a_neutral_line_and_the_question_with_the_next_word(risk: Service) -> None:
    at_night(risk)
    await write(risk, UNSTATED)
    clock = risk.setting.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(minutes=20)
    await acknowledge(risk)
    assert risk.line.said[-1] == say(risk, TextKey.SAFETY_NEUTRAL)[0]
    await write(risk, "うん")
    assert holds(risk.line.said[-3:], say(risk, TextKey.SAFETY_ASK_WISH)[0])
    await write(risk, "ある")
    assert holds(risk.line.said[-2:], say(risk, TextKey.SAFETY_WISH_YES)[0])
    await write(risk, "はい")
    assert risk.line.said[-1] == say(risk, TextKey.SAFETY_SAFE_YES)[0]
    assert risk.bot.heard == []


async def test_the_way_of_who_cannot_phone(risk: Service) -> None:
    at_night(risk)
    await write(risk, ACT)
    await write(risk, "できない")
    assert risk.line.said[-1] == say(risk, TextKey.CANNOT_PHONE_PLACE)[0]
    assert "cannot_phone" in {row.cause for row in await risk.rows("SELECT cause FROM escalation_evidence")}
    place = {"id": "501", "type": "location", "title": "x", "address": "y", "latitude": 35.0, "longitude": 139.0}
    await risk.accept(arrivals(event("message", message=place)))
    await risk.work()
    assert risk.line.said[-1] == say(risk, TextKey.CANNOT_PHONE_NEAR)[0]
    await write(risk, "だれもいない")
    assert holds(risk.line.said[-1:], say(risk, TextKey.CANNOT_PHONE_DONE)[0])
    assert holds(risk.line.said[-1:], "talkme.jp"), "a text service that is open now"


# --- what a hostile reading found ----------------------------------------------------------------------------------


async def test_half_a_character_does_not_blind_the_screen(risk: Service) -> None:
    await write(risk, "死にたい\ud83d")
    assert (await session(risk))[1] in ("high", "critical")
    assert await risk.rows("SELECT id FROM line_events WHERE screen_failed") == []


async def test_loneliness_is_no_answer_about_phones(risk: Service) -> None:
    at_night(risk)
    await write(risk, "だれにも話せない。死にたい")
    assert holds(risk.line.said, say(risk, TextKey.SAFETY_STATED)[0])
    assert not holds(risk.line.said, say(risk, TextKey.CANNOT_PHONE_PLACE)[0])


async def test_who_cannot_phone_is_not_asked_to_phone_by_the_acknowledgement(risk: Service) -> None:
    at_night(risk)
    await write(risk, ACT)
    await write(risk, "できない")
    said = len(risk.line.said)
    await acknowledge(risk)
    after = risk.line.said[said:]
    assert after == say(risk, TextKey.SAFETY_ACKNOWLEDGED, TextKey.CANNOT_PHONE_PLACE)
    await write(risk, "つなぎ駅のトイレ")
    assert risk.line.said[-1] == say(risk, TextKey.CANNOT_PHONE_NEAR)[0]


async def test_long_after_somebody_took_it_everybody_is_called_again_and_nothing_else_is_claimed(risk: Service) -> None:
    at_night(risk)
    await write(risk, STATED)
    await acknowledge(risk)
    rang, said = len(risk.notifier.notices), len(risk.line.said)
    clock = risk.setting.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(hours=3)
    await write(risk, ACT)
    assert len(risk.notifier.notices) > rang
    assert not holds(risk.line.said[said:], say(risk, TextKey.SAFETY_ACKNOWLEDGED)[0])


async def test_after_the_end_of_an_escalation_nothing_is_asked_unread(risk: Service) -> None:
    at_night(risk)
    await write(risk, UNSTATED)
    clock = risk.setting.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(minutes=20)
    await acknowledge(risk)
    (row,) = await risk.rows("SELECT id FROM escalations")
    await CloseEscalation(risk.store, risk.setting)(row.id, "当番の業務責任者", CloseReason.NOT_REACHED)
    said = len(risk.line.said)
    await write(risk, "はい")
    assert not any(holds(risk.line.said[said:], one) for one in say(risk, *QUESTIONS, TextKey.SAFETY_ACKNOWLEDGED))


async def test_an_answer_from_the_alarm_page_does_not_silence_the_service_for_ever(risk: Service) -> None:
    at_night(risk)
    await write(risk, STATED)
    (row,) = await risk.rows("SELECT id FROM escalations")
    await AnswerFromAlarm(risk.store, risk.setting)(row.id, "当番の業務責任者", "読みました。")
    await CloseEscalation(risk.store, risk.setting)(row.id, "当番の業務責任者", CloseReason.SAFE)
    said = len(risk.line.said)
    clock = risk.setting.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(hours=20)
    await write(risk, ACT)
    assert holds(risk.line.said[said:], say(risk, TextKey.SAFETY_EMERGENCY)[0])


async def test_nobody_is_said_to_be_called_where_only_a_screen_would_ring(risk: Service) -> None:
    at_night(risk)
    risk.setting.alarms_reach_people = False
    await write(risk, STATED)
    assert not holds(risk.line.said, say(risk, TextKey.SAFETY_ALERTED_ON_CALL)[0])
    assert holds(risk.line.said, "16時")


async def test_a_child_harmed_at_home_is_not_kept_with_whoever_is_there(risk: Service) -> None:
    await write(risk, "友達が家でお父さんに殴られてるみたい")
    await acknowledge(risk)
    assert holds(risk.line.said, say(risk, TextKey.SAFETY_CHILD_LINE)[0])
    for text_key in (TextKey.SAFETY_THIRD_CARE, TextKey.SAFETY_ASK_BESIDE):
        assert not holds(risk.line.said, say(risk, text_key)[0])
