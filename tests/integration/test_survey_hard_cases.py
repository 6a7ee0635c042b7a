"""The survey where things go wrong: sent twice, two workers, a crash between, words taken back or changed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handoff.domain.survey import Step, SurveyState
from handoff.domain.texts import TextKey
from tests.integration.conftest import Service
from tests.integration.escalation_support import verbs
from tests.integration.risk_support import STATED
from tests.integration.survey_support import ALL, THANKS, answers, asked, count, said, survey, write
from tests.support.line_events import arrivals, event, text, unsend

# --- exactly once ---------------------------------------------------------------------------------------------------


async def test_an_event_that_line_sends_again_counts_once(risk: Service) -> None:
    session_id = await asked(risk)
    again = arrivals(text("はい", webhookEventId="01SAME"))
    for _ in range(3):
        await risk.accept(again)
        await risk.work()
    assert (await survey(risk, session_id)).step is Step.EASE and risk.line.said == [said(risk, Step.EASE)]
    assert (await verbs(risk)).count("answer_survey") == 1 and await count(risk) == 1


async def test_two_workers_at_once_take_an_answer_once(risk: Service) -> None:
    session_id = await asked(risk)
    await risk.accept(arrivals(text("はい")))
    (contact,) = await risk.rows("SELECT id FROM contacts")
    await asyncio.gather(*(risk.drain(contact.id) for _ in range(4)))
    await risk.work()
    assert (await survey(risk, session_id)).step is Step.EASE
    assert risk.line.said == [said(risk, Step.EASE)]


async def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done(risk: Service) -> None:
    session_id = await asked(risk)
    await risk.accept(arrivals(text("はい")))
    (contact,) = await risk.rows("SELECT id FROM contacts")
    risk.setting.profile = risk.setting.profile.model_copy(update={"texts": {TextKey.SURVEY_EASE: "{missing}"}})
    with pytest.raises(KeyError):
        await risk.drain(contact.id)
    assert await answers(risk, session_id) == {} and await count(risk, "outbox WHERE state = 'pending'") == 0
    risk.setting.profile = risk.setting.profile.model_copy(update={"texts": {}})
    await risk.drain(contact.id)
    await risk.work()
    assert await answers(risk, session_id) == {"heard": "yes"} and risk.line.said == [said(risk, Step.EASE)]


async def test_a_second_tap_in_the_same_moment_is_seen_and_has_a_level(risk: Service) -> None:
    session_id = await asked(risk)
    await write(risk, "はい", "はい")
    assert await answers(risk, session_id) == {"heard": "yes"}
    (row,) = await risk.rows("SELECT level FROM sessions WHERE state <> 'closed'")
    assert row.level == "none", "it was screened while there was no session"


async def test_a_tap_followed_at_once_by_words_at_risk_loses_nothing(risk: Service) -> None:
    session_id = await asked(risk)
    await write(risk, "はい", STATED)
    told = [body for _author, body in await risk.transcript()]
    assert "はい" in told and STATED in told and await count(risk, "escalations") == 1
    assert (await survey(risk, session_id)).state is SurveyState.EXPIRED


# --- taking back ----------------------------------------------------------------------------------------------------


async def test_words_that_are_unsent_are_gone(risk: Service) -> None:
    session_id = await asked(risk, *ALL)
    await risk.accept(arrivals(text(THANKS, message_id="w1")))
    await risk.work()
    assert (await survey(risk, session_id)).words == THANKS
    await risk.accept(arrivals(unsend("w1")))
    await risk.work()
    assert (await survey(risk, session_id)).words is None and "unsend_survey_answer" in await verbs(risk)
    rows = await risk.rows("SELECT payload FROM line_events WHERE result = 'survey' ORDER BY sequence DESC LIMIT 1")
    assert rows[0].payload is None and await count(risk) == 1


async def test_a_tap_that_was_taken_back_before_it_was_read_is_no_answer(risk: Service) -> None:
    session_id = await asked(risk)
    await risk.accept(arrivals(text("はい", message_id="t1"), unsend("t1")))
    await risk.work()
    assert await answers(risk, session_id) == {} and risk.line.calls == []


def edited(words: str, message_id: str) -> dict[str, Any]:
    return event("messageEdited", message={"type": "text", "id": message_id, "text": words})


async def test_an_edit_corrects_the_words_and_what_becomes_serious_is_seen(risk: Service) -> None:
    session_id = await asked(risk, *ALL)
    await risk.accept(arrivals(text(THANKS, message_id="w1")))
    await risk.work()
    await risk.accept(arrivals(edited("ありがとうございました", "w1")))
    await risk.work()
    assert (await survey(risk, session_id)).words == "ありがとうございました" and await count(risk) == 1
    await risk.accept(arrivals(edited("しんどい", "w1")))
    await risk.work()
    assert await count(risk) == 2
    assert ("student", "しんどい") in await risk.transcript()
