"""The survey after the end, on a real database with the real screen: three taps, each counted once, nobody unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from handoff.domain.delivery import Outcome
from handoff.domain.errors import NotPermitted
from handoff.domain.outgoing import Line
from handoff.domain.session import Level
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.survey import QUESTIONS, Step, SurveyState
from handoff.domain.texts import TextKey
from handoff.services.ask_survey import SurveyResults
from handoff.services.screen_message import ScreenMessage
from kernel.risk.assessment import Assessment
from tests.integration.conftest import SEALER, Service
from tests.integration.escalation_support import verbs
from tests.integration.risk_support import STATED, Exploding
from tests.integration.survey_support import (
    ALL,
    TAPS,
    THANKS,
    answers,
    asked,
    close_and_ask,
    count,
    ended,
    person,
    said,
    survey,
    write,
)
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event, text

HOSTILE = [
    "<script>alert(1)</script>{{ 7*7 }}",
    "\u202eい\u0000は\u200b",
    "ありがとう" * 1000,
    "😀" * 1000,
    "'; DROP TABLE surveys; --",
    '{"value": "yes", "message": null}',
]


class Worried:
    """A screen that hears distress in everything."""

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        return Assessment("concern", ("crisis",), "self", (), (), frozenset(), frozenset(), "test")


def clock_of(service: Service) -> FrozenClock:
    assert isinstance(service.setting.clock, FrozenClock)
    return service.setting.clock


async def results_of(service: Service, *events: str) -> list[str]:
    rows = await service.rows("SELECT result FROM line_events ORDER BY sequence DESC LIMIT :n", n=len(events) or 1)
    return [row.result for row in rows][::-1]


# --- the way through ------------------------------------------------------------------------------------------------


async def test_the_first_question_comes_with_its_buttons_once_the_session_is_closed(risk: Service) -> None:
    session_id = await ended(risk)
    assert await close_and_ask(risk, session_id)
    assert risk.line.last[-1] == Line(said(risk), ("はい", "まあまあ", "いいえ"))
    assert (await risk.transcript())[-1] == ("bot", said(risk)), "a spoken line of the session that ended"
    (row,) = await risk.rows("SELECT state, step, answers FROM surveys")
    assert (row.state, row.step, row.answers) == ("open", 0, None)
    assert (await verbs(risk))[-1] == "ask_survey"


async def test_three_taps_and_a_word_are_kept_sealed_and_open_nothing(risk: Service) -> None:
    session_id = await asked(risk)
    lines = len(await risk.transcript())
    for tap in ALL:
        await write(risk, tap)
    assert [call[0] for call in risk.line.calls] == ["reply"] * 4
    assert risk.line.said == [said(risk, step) for step in (Step.EASE, Step.AGAIN, Step.WORDS, Step.WRITE)]
    await write(risk, THANKS)
    assert risk.line.said[-1] == risk.setting.profile.text(TextKey.SURVEY_THANKS)
    assert await count(risk) == 1 and risk.bot.heard == []
    assert await answers(risk, session_id) == {
        "heard": "yes",
        "ease": "lighter",
        "again": "unsure",
        "words": "write",
        "write": THANKS,
    }
    found = await survey(risk, session_id)
    assert (found.state, found.words) == (SurveyState.DONE, THANKS)
    assert await results_of(risk, *ALL, THANKS) == ["survey"] * 5
    told = await risk.transcript()
    assert len(told) == lines + 5 and all(author == "bot" for author, _ in told[lines:])
    assert (await verbs(risk))[-5:] == ["answer_survey"] * 5
    (row,) = await risk.rows("SELECT answers FROM surveys")
    assert THANKS.encode() not in row.answers and b"lighter" not in row.answers
    opened = json.loads(SEALER.open("surveys", "answers", str(session_id), row.answers))
    assert opened["write"]["value"] == THANKS
    details = await risk.rows("SELECT detail FROM audit_events WHERE verb = 'answer_survey'")
    assert all(set(one.detail) == {"step"} for one in details), "which question, never what was answered"


async def test_who_writes_nothing_is_thanked_and_the_next_word_is_a_new_consultation(risk: Service) -> None:
    session_id = await asked(risk, *TAPS)
    await write(risk, "書かない")
    assert risk.line.said == [risk.setting.profile.text(TextKey.SURVEY_NO_WORDS)]
    await write(risk, "はい")
    assert await count(risk) == 2 and len(risk.bot.heard) == 1
    assert (await survey(risk, session_id)).state is SurveyState.DONE


@pytest.mark.parametrize("words", HOSTILE)
async def test_whatever_is_written_as_a_word_is_kept_or_seen(risk: Service, words: str) -> None:
    session_id = await asked(risk, *ALL)
    await write(risk, words)
    found = await survey(risk, session_id)
    if await count(risk) == 1:
        assert found.words == words and await results_of(risk) == ["survey"]
    else:
        assert found.words is None and found.state is SurveyState.EXPIRED
        assert words in [body for _author, body in await risk.transcript()]


@pytest.mark.parametrize("words", [*HOSTILE, "はい。", "こんにちは", "もっと話したいです"])
async def test_any_other_text_ends_it_without_a_word_and_goes_the_way_of_every_message(
    risk: Service, words: str
) -> None:
    session_id = await asked(risk)
    await write(risk, words)
    assert await count(risk) == 2
    assert (await survey(risk, session_id)).state is SurveyState.EXPIRED
    rows = await risk.rows("SELECT level, previous_id FROM sessions WHERE state <> 'closed'")
    assert [row.previous_id for row in rows] == [session_id] and rows[0].level is not None
    assert "end_survey" in await verbs(risk)
    await write(risk, "はい")
    assert await answers(risk, session_id) == {}, "it is over"


@pytest.mark.parametrize("message", [{"type": "sticker", "text": "はい"}, {"type": "sticker"}, {"type": "image"}])
async def test_what_is_no_text_ends_it_as_well(risk: Service, message: dict[str, str]) -> None:
    session_id = await asked(risk)
    await risk.accept(arrivals(event("message", message=message | {"id": "s1"})))
    await risk.work()
    assert await count(risk) == 2 and (await survey(risk, session_id)).state is SurveyState.EXPIRED


# --- nobody unseen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taps", [(), TAPS, ALL])
@pytest.mark.parametrize("words", [STATED, "しんどい", "友達に殴られています"])
async def test_words_at_concern_or_above_are_never_swallowed(risk: Service, taps: tuple[str, ...], words: str) -> None:
    session_id = await asked(risk, *taps)
    await write(risk, words)
    (row,) = await risk.rows("SELECT level FROM sessions WHERE state <> 'closed'")
    assert row.level != "none"
    found = await survey(risk, session_id)
    assert found.state is SurveyState.EXPIRED and found.words is None
    assert words in [body for _author, body in await risk.transcript()]
    escalations = await count(risk, "escalations")
    assert escalations == (1 if row.level in ("high", "critical") else 0)


async def test_a_title_that_the_screen_hears_something_in_is_no_answer(risk: Service) -> None:
    session_id = await asked(risk)
    assert isinstance(risk.screen, ScreenMessage)
    risk.screen._risk = Worried()
    await write(risk, "はい")
    assert await count(risk) == 2 and await answers(risk, session_id) == {}


async def test_the_screen_hears_nothing_in_the_titles_themselves(risk: Service) -> None:
    assert isinstance(risk.screen, ScreenMessage)
    for question in QUESTIONS.values():
        for title in question.buttons:
            found = risk.screen._risk.assess_after((), title, risk.setting.profile.keywords or ())
            assert Level(found.level) is Level.NONE, title


@pytest.mark.parametrize("taps", [(), ALL])
async def test_where_the_screen_fails_a_person_sees_it(risk: Service, taps: tuple[str, ...]) -> None:
    session_id = await asked(risk, *taps)
    assert isinstance(risk.screen, ScreenMessage)
    risk.screen._risk = Exploding()
    await write(risk, "はい")
    (row,) = await risk.rows("SELECT unscreened FROM sessions WHERE state <> 'closed'")
    assert row.unscreened and await count(risk, "escalations") == 1
    assert (await survey(risk, session_id)).state is SurveyState.EXPIRED


async def test_a_question_that_waits_for_line_is_dropped_once_somebody_writes_of_something_else(risk: Service) -> None:
    session_id = await ended(risk)
    risk.line.outcomes = [Outcome.RATE_LIMITED]
    assert await close_and_ask(risk, session_id)
    risk.line.calls.clear()
    await write(risk, STATED)
    clock_of(risk).advance(minutes=10)
    (contact,) = await risk.rows("SELECT id FROM contacts")
    await risk.deliver(contact.id)
    assert said(risk) not in risk.line.said and risk.line.said
    (row,) = await risk.rows("SELECT state, reason, body FROM outbox WHERE reason = 'survey_over'")
    assert (row.state, row.body) == ("refused", None)


# --- time -----------------------------------------------------------------------------------------------------------


async def test_after_a_day_a_tap_is_a_word_like_any_other(risk: Service) -> None:
    session_id = await asked(risk)
    clock_of(risk).advance(hours=24)
    await write(risk, "はい")
    assert await count(risk) == 2 and (await survey(risk, session_id)).state is SurveyState.EXPIRED


async def test_words_that_come_after_half_an_hour_are_a_consultation(risk: Service) -> None:
    session_id = await asked(risk, *ALL)
    clock_of(risk).advance(minutes=31)
    await write(risk, THANKS)
    assert await count(risk) == 2 and (await survey(risk, session_id)).words is None


async def test_words_that_came_in_time_count_however_late_we_read_them(risk: Service) -> None:
    session_id = await asked(risk, *ALL)
    await risk.accept(arrivals(text(THANKS)))
    clock_of(risk).advance(hours=2)
    await risk.work()
    assert (await survey(risk, session_id)).words == THANKS


async def test_a_word_from_before_the_question_is_no_answer_to_it(risk: Service) -> None:
    session_id = await ended(risk)
    early = clock_of(risk).real() - timedelta(seconds=2)
    assert await close_and_ask(risk, session_id)
    await risk.accept(arrivals(text("はい")))
    await risk.change("UPDATE line_events SET real_received_at = :at WHERE done_at IS NULL", at=early)
    await risk.work()
    assert await answers(risk, session_id) == {} and await count(risk) == 2


# --- an answer that can't be opened, and the results ----------------------------------------------------------------


async def test_answers_that_cannot_be_opened_stop_nobody(risk: Service) -> None:
    await asked(risk, "はい")
    await risk.change("UPDATE surveys SET answers = '\\x00'")
    await write(risk, "軽くなった")
    assert await count(risk) == 2 and len(risk.bot.heard) == 1


async def test_the_results_of_a_period_hold_numbers_alone(risk: Service) -> None:
    await asked(risk, *ALL, THANKS)
    now = clock_of(risk).now()
    member = await person(risk)
    read = SurveyResults(risk.store)
    found = await read(member, now - timedelta(days=1), now + timedelta(seconds=1))
    assert (found.asked, found.answered, found.wrote, found.rate) == (1, 1, 1, 1.0)
    assert found.questions[0].by_title == {"はい": 1, "まあまあ": 0, "いいえ": 0}
    assert THANKS not in repr(found)
    assert (await read(member, now - timedelta(days=2), now - timedelta(days=1))).asked == 0
    counsellor = StaffMember(member.id, "yuki", "ゆき", StaffRole.COUNSELLOR, lacks=frozenset())
    with pytest.raises(NotPermitted):
        await read(counsellor, now, now)
