"""The risk screen in the service: every message, every state, with the real lexicon and model on a real database.

HOK-5.4, HOK-6, KAG-7.1ア, EXT-3, WG-13, WG-17; the reply table of docs/risk.md, open and closed, acknowledged and not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from handoff.adapters.line.reading import read_event
from handoff.adapters.risk import open_screen
from handoff.domain.clock import Clock
from handoff.domain.escalation import CloseReason
from handoff.domain.session import HumanWanted, State
from handoff.domain.texts import TextKey
from handoff.services.acknowledge_escalation import AcknowledgeEscalation
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.close_escalation import CloseEscalation
from handoff.services.raise_escalation import raise_escalation
from handoff.services.screen_message import ScreenMessage
from handoff.settings import ROOT
from kernel.risk.assessment import Assessment
from kernel.risk.screen import RiskScreen
from tests.integration.conftest import CLOSED, OPEN, SEALER, Service
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event, text, unsend

STATED = "もう死にたいです"
UNSTATED = "リストカットがやめられません"
ACT = "いま薬をたくさん飲みました"
ABUSE = "お父さんに毎日殴られています"
THIRD = "友達が死にたいって言っています"
CALM = "数学のテストが心配です"
NIGHT = CLOSED


@pytest.fixture(scope="session")
def screen() -> RiskScreen:
    return open_screen(ROOT / "data")


@pytest.fixture
def risk(service: Service, screen: RiskScreen) -> Service:
    """The service with its real screen, on a clock that stands still."""
    service.setting.clock = FrozenClock(OPEN)
    service.screen = ScreenMessage(service.setting, read_event, screen)
    return service


def at_night(service: Service) -> None:
    service.setting.clock = FrozenClock(NIGHT)


async def write(service: Service, *words: str) -> None:
    await service.accept(arrivals(*(text(word) for word in words)))
    await service.work()


async def session(service: Service) -> tuple[str, str | None, str | None]:
    (row,) = await service.rows(
        "SELECT state, level, human_wanted FROM sessions ORDER BY state = 'closed', opened_at DESC LIMIT 1"
    )
    return row.state, row.level, row.human_wanted


async def acknowledge(service: Service) -> None:
    (row,) = await service.rows("SELECT id FROM escalations WHERE state <> 'closed'")
    await AcknowledgeEscalation(service.store, service.setting)(row.id, "当番の業務責任者")
    await service.work()


def say(service: Service, *keys: TextKey) -> list[str]:
    return [service.setting.profile.text(key) for key in keys]


def holds(lines: Sequence[str], wanted: str) -> bool:
    return any(wanted in line for line in lines)


# --- what is kept --------------------------------------------------------------------------------------------------


async def test_level_evidence_and_version_are_kept_sealed_with_the_message(risk: Service) -> None:
    await write(risk, STATED)
    (row,) = await risk.rows("SELECT id, level, assessment FROM messages WHERE author = 'student'")
    assert row.level == "high"
    found = Assessment.from_json(json.loads(SEALER.open("messages", "assessment", str(row.id), row.assessment)))
    assert "死にたい" in found.evidence[0].text
    assert found.keywords == ("死にたい",)
    assert found.version.startswith("lexicon ")
    stored = await risk.rows("SELECT assessment FROM line_events")
    assert all(b"\xe6\xad\xbb" not in bytes(one.assessment) for one in stored)  # 死 is nowhere in the clear


async def test_the_level_of_a_session_is_the_highest_so_far_and_never_lowered(risk: Service) -> None:
    await write(risk, STATED)
    await write(risk, "きょうはカレーでした")
    assert (await session(risk))[1] == "high"
    await write(risk, ACT)
    assert (await session(risk))[1] == "critical"


async def test_a_word_split_over_messages_is_read_together(risk: Service) -> None:
    await write(risk, "死に")
    await write(risk, "たい")
    assert (await session(risk))[1] == "high"
    assert [
        row.level for row in await risk.rows("SELECT level FROM messages WHERE author='student' ORDER BY sequence")
    ][1] == "high"


async def test_calm_words_go_to_the_bot_and_alarm_nobody(risk: Service) -> None:
    await write(risk, CALM)
    assert await session(risk) == ("intake", "none", None)
    assert await risk.rows("SELECT id FROM escalations") == []
    assert risk.bot.contexts[0].interrupted is False


async def test_unspecific_distress_is_told_to_the_bot_as_care(risk: Service) -> None:
    await write(risk, "もう限界です。助けてください")
    assert risk.bot.contexts[0].care
    assert (await session(risk))[1] == "concern"


# --- the interrupt -------------------------------------------------------------------------------------------------


async def test_high_interrupts_the_form_and_hands_off_by_push_alone(risk: Service) -> None:
    await write(risk, CALM)
    await write(risk, STATED)
    assert await session(risk) == ("waiting", "high", "risk")
    assert len(risk.bot.heard) == 1, "the bot converses about the calm word alone"
    assert len(risk.bot.interrupted) == 1
    method, _to, lines = risk.line.calls[-1]
    assert method == "push"
    assert holds(lines, say(risk, TextKey.SAFETY_STATED)[0])


async def test_with_rasa_down_the_same_is_said(risk: Service) -> None:
    risk.bot.down = True
    await write(risk, STATED)
    assert holds(risk.line.said, say(risk, TextKey.SAFETY_STATED)[0])
    risk.bot.down = False
    await write(risk, "なんで学校ってあるんですか")
    assert risk.bot.contexts[-1].interrupted, "it hears of the interrupt with the next message"


async def test_after_the_last_reception_a_child_at_risk_still_enters_the_queue(risk: Service) -> None:
    risk.setting.clock = FrozenClock(OPEN.replace(hour=21, minute=45))
    await write(risk, STATED)
    assert (await session(risk))[0] == "waiting"


async def test_at_night_the_on_call_person_is_alarmed_and_the_text_says_so_truly(risk: Service) -> None:
    at_night(risk)
    await write(risk, STATED)
    assert await session(risk) == ("left_message", "high", "risk")
    assert [row.state for row in await risk.rows("SELECT state FROM escalations")] == ["raised"]
    assert risk.notifier.notices, "a notice went out"
    assert holds(risk.line.said, say(risk, TextKey.SAFETY_ALERTED_ON_CALL)[0])
    assert holds(risk.line.said, "0120-279-338"), "a phone line that is open at night"
    assert not holds(risk.line.said, "優先")


async def test_where_nobody_is_on_call_the_next_opening_is_named(risk: Service) -> None:
    at_night(risk)
    profile = risk.setting.profile
    silent = type(profile.on_call).model_validate({})
    risk.setting.profile = profile.model_copy(update={"on_call": silent})
    await write(risk, STATED)
    assert holds(risk.line.said, "16時")
    assert not holds(risk.line.said, say(risk, TextKey.SAFETY_ALERTED_ON_CALL)[0])
    assert [row.state for row in await risk.rows("SELECT state FROM escalations")] == ["raised"], "the desk at least"


async def test_a_second_critical_word_adds_evidence_and_no_second_record(risk: Service) -> None:
    await write(risk, ACT)
    await write(risk, "手首も切りました。血がとまらない")
    assert len(await risk.rows("SELECT id FROM escalations")) == 1
    assert len(await risk.rows("SELECT event_id FROM escalation_evidence")) == 2


# --- every row of the table, acknowledged and not, open and closed -------------------------------------------------

ROWS = [
    (UNSTATED, TextKey.SAFETY_THANKS, TextKey.SAFETY_ASK_WISH),
    (STATED, TextKey.SAFETY_STATED, TextKey.SAFETY_ASK_SAFE),
    (ACT, TextKey.SAFETY_EMERGENCY, TextKey.SAFETY_ASK_SAFE),
    (ABUSE, TextKey.SAFETY_BELIEVE, None),
    (THIRD, TextKey.SAFETY_THIRD, TextKey.SAFETY_ASK_BESIDE),
]
QUESTIONS = (TextKey.SAFETY_ASK_WISH, TextKey.SAFETY_ASK_SAFE, TextKey.SAFETY_ASK_BESIDE)


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


# --- every state ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["intake", "waiting", "live", "wrap_up", "left_message"])
async def test_every_state_is_screened(risk: Service, state: str) -> None:
    await write(risk, CALM)
    owner = "counsellor" if state in ("live", "wrap_up") else "bot"
    await risk.change("UPDATE sessions SET state = :state, owner = :owner", state=state, owner=owner)
    await write(risk, ACT)
    assert (await session(risk))[1] == "critical"
    assert len(await risk.rows("SELECT id FROM escalations")) == 1


async def test_a_word_after_the_end_opens_a_new_session_at_once_at_its_level(risk: Service) -> None:
    await write(risk, CALM)
    await risk.change("UPDATE sessions SET state = 'closed'")
    await write(risk, ACT)
    assert await session(risk) == ("waiting", "critical", "risk")
    (row,) = await risk.rows("SELECT previous_id FROM sessions WHERE state <> 'closed'")
    assert row.previous_id is not None


async def test_a_counsellors_conversation_is_never_spoken_into(risk: Service) -> None:
    await write(risk, CALM)
    await risk.change("UPDATE sessions SET state = 'live', owner = 'counsellor', epoch = epoch + 1")
    said = len(risk.line.said)
    await write(risk, ACT)
    assert len(risk.line.said) == said


async def test_who_blocks_the_account_at_risk_is_not_gone(risk: Service) -> None:
    await write(risk, STATED)
    await risk.accept(arrivals(event("unfollow")))
    await risk.work()
    assert "student_left" in {row.cause for row in await risk.rows("SELECT cause FROM escalation_evidence")}


async def test_words_taken_back_before_anybody_read_are_kept_hidden_at_risk(risk: Service) -> None:
    await risk.accept(arrivals(text(ACT, message_id="77"), unsend("77")))
    await risk.work()
    (row,) = await risk.rows("SELECT body, hidden_at, removed_at FROM messages WHERE author = 'student'")
    assert row.body is not None
    assert row.hidden_at is not None
    assert row.removed_at is None
    assert len(await risk.rows("SELECT id FROM escalations")) == 1


async def test_calm_words_taken_back_take_their_evidence_along(risk: Service) -> None:
    await risk.accept(arrivals(text("もう限界です", message_id="78")))
    await risk.work()
    await risk.accept(arrivals(unsend("78")))
    await risk.work()
    (row,) = await risk.rows("SELECT body, assessment FROM messages WHERE author = 'student'")
    assert (row.body, row.assessment) == (None, None)
    assert [one.assessment for one in await risk.rows("SELECT assessment FROM line_events WHERE type = 'message'")] == [
        None
    ]


async def test_an_edit_is_screened_as_well(risk: Service) -> None:
    await risk.accept(arrivals(text("おはよう", message_id="79")))
    await risk.work()
    await risk.accept(arrivals(event("messageEdited", message={"id": "79", "type": "text", "text": STATED})))
    await risk.work()
    assert (await session(risk))[:2] == ("waiting", "high")
    kept = await risk.rows("SELECT level FROM messages WHERE author = 'student' ORDER BY sequence")
    assert [row.level for row in kept] == ["none", "high"], "what made the level is a line of its own"
    assert holds(risk.line.said, say(risk, TextKey.SAFETY_STATED)[0])


# --- when the screen itself fails ----------------------------------------------------------------------------------


class Exploding:
    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        raise RuntimeError(text)


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
            (stored,) = await tx.events.unscreened(contact.id)
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


async def test_an_alarm_that_cannot_be_raised_is_tried_again(risk: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    risk.screen = ScreenMessage(risk.setting, read_event, Exploding())
    broken = [True]

    async def failing(*told: object) -> None:
        if broken[0]:
            raise ValueError("no table")
        await raise_escalation(*told)  # type: ignore[arg-type]

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
