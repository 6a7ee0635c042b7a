"""The risk screen in the service: every message, every state, with the real lexicon and model on a real database.

HOK-5.4, HOK-6, KAG-7.1ア, EXT-3, WG-13, WG-17; the reply table of docs/risk.md, open and closed, acknowledged and not.
"""

from __future__ import annotations

import json

import pytest

from handoff.domain.texts import TextKey
from kernel.risk.assessment import Assessment
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.risk_support import (
    ACT,
    CALM,
    STATED,
    at_night,
    holds,
    say,
    session,
    write,
)
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event, text, unsend

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
    await write(risk, "しに")
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
