"""The conversation's decisions, as rules that hold whatever a student writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.buttons import SKIP, TALK, Act, Role, Topic
from actions.intake import MOST_TIMES, NOTICE, decide
from actions.memory import Answers, Memory, Question, Stage
from actions.plan import Computed, Effect, Plan
from actions.reading import Reading
from actions.service_questions import ServiceQuestion
from handoff.domain.texts import TextKey

QUESTIONS = {
    TextKey.ASK_AGE_GRADE: Question.AGE_GRADE,
    TextKey.ASK_AGE_GRADE_CHILD: Question.AGE_GRADE,
    TextKey.ASK_SCHOOL: Question.SCHOOL,
    TextKey.ASK_SCHOOL_NAME: Question.SCHOOL,
    TextKey.ASK_SCHOOL_CHILD: Question.SCHOOL,
    TextKey.ASK_TOPIC: Question.TOPIC,
    TextKey.ASK_PERSON: Question.PERSON,
    TextKey.ASK_GENDER: Question.GENDER,
    TextKey.ASK_GENDER_CHILD: Question.GENDER,
}
told = st.builds(
    Answers,
    st.none() | st.integers(6, 19),
    st.none() | st.sampled_from(["中1", "高2"]),
    st.none() | st.sampled_from(["中学校", "高校"]),
    st.none() | st.just("北中"),
    st.none(),
    st.none() | st.sampled_from(Topic),
    st.none() | st.sampled_from(Role),
)
readings = st.builds(
    Reading,
    act=st.sampled_from([act for act in Act if act is not Act.START_OVER]),
    told=st.just(Answers()) | told,
    likely_topic=st.none() | st.sampled_from(Topic),
    declined=st.booleans(),
    story=st.booleans(),
    telling=st.booleans(),
    statement=st.booleans(),
    correcting=st.booleans(),
    heavy=st.sampled_from([False, False, False, True]),
    service=st.sampled_from(ServiceQuestion),
)


#: What sounds like a menu to somebody who just said that they want to die.
MENU = {TextKey.OFFER_AGAIN, TextKey.CARE, TextKey.CARE_AGAIN, TextKey.UNCLEAR_AGAIN, Computed.OFFER, Computed.SUMMARY}
REFUSALS = {TextKey.CHITCHAT, TextKey.GOODBYE}


def said(plan: Plan) -> list[TextKey | Computed]:
    return [cue.what for part in plan.bubbles for cue in part.cues]


def may_stay_silent(reading: Reading, after: Memory) -> bool:
    """A prank after the first, or stickers in a row, and then not the one in five that is answered (TAJ-N3)."""
    if reading.heavy or reading.interrupted or after.stage is not Stage.INTAKE:
        return False
    if reading.act is Act.PRANK:
        return after.pranks > 1 and after.pranks % 5 != 0
    return reading.act is Act.STICKER and after.stickers > 2 and after.stickers % 5 != 0


def asked(plan: Plan) -> list[Question]:
    return [QUESTIONS[what] for what in said(plan) if isinstance(what, TextKey) and what in QUESTIONS]


@given(st.lists(readings, max_size=12))
def test_a_talk_never_nags_and_never_stays_silent(talk: list[Reading]) -> None:
    memory, put, notices = Memory(), Counter[Question](), 0
    for reading in talk:
        plan = decide(reading, memory)
        assert plan.silent is (may_stay_silent(reading, plan.memory) and memory.noticed), "silence is only for pranks"
        assert len(plan.bubbles) <= 3
        assert all(part.cues for part in plan.bubbles)
        assert len(asked(plan)) <= 1
        assert not (reading.heavy and asked(plan)), "no question answers a heavy word"
        assert not (reading.heavy and TextKey.CHITCHAT in said(plan))
        assert not (memory.stage is not Stage.INTAKE and asked(plan)), "no question once a person was asked for"
        put.update(asked(plan))
        notices += NOTICE[0] in plan.bubbles
        memory = plan.memory
        if plan.effect is Effect.LEAVE_MESSAGE and memory.stage is Stage.INTAKE:
            memory = replace(memory, stage=Stage.LEFT_MESSAGE)
    assert all(times <= MOST_TIMES for times in put.values()), put
    assert notices <= 1


@given(st.lists(readings, max_size=6))
def test_a_person_is_in_reach_at_any_time(talk: list[Reading]) -> None:
    memory = Memory()
    for reading in talk:
        memory = decide(reading, memory).memory
    plan = decide(Reading(Act.ASK_HUMAN), memory)
    assert plan.effect is Effect.HANDOFF
    assert asked(plan) == []
    assert Computed.HANDOFF in said(plan)


@given(readings)
def test_a_person_is_one_tap_away_from_the_very_first_answer(reading: Reading) -> None:
    """The median number of questions before a person can be asked for is none (goal: at most three)."""
    plan = decide(reading, Memory())
    if (
        plan.effect is None
        and reading.act not in (Act.STOP, Act.THANKS, Act.PRANK)
        and reading.act.value[:6] != "event_"
    ):
        assert TALK in plan.bubbles[-1].buttons, reading.act


def test_the_first_word_gets_the_notice_and_one_question() -> None:
    plan = decide(Reading(Act.TOPIC, Answers(topic=Topic.BULLYING)), Memory())
    assert plan.bubbles[:2] == NOTICE
    assert said(plan)[-2:] == [TextKey.ACCEPT_BULLYING, TextKey.ASK_AGE_GRADE]
    assert plan.bubbles[-1].buttons[-2:] == (SKIP, TALK)
    assert plan.record


def test_a_greeting_is_no_reason_to_ask() -> None:
    plan = decide(Reading(Act.GREET), Memory())
    assert plan.bubbles[:2] == NOTICE
    assert said(plan)[-1] is TextKey.INVITE
    assert asked(plan) == []


def test_following_asks_nothing_and_the_notice_comes_once() -> None:
    first = decide(Reading(Act.FOLLOW), Memory())
    assert said(first)[-1] is TextKey.INVITE
    second = decide(Reading(Act.FOLLOW), first.memory)
    assert NOTICE[0] not in second.bubbles


def test_heavy_words_come_before_the_notice_and_end_the_form() -> None:
    first = decide(Reading(Act.TOPIC, Answers(topic=Topic.HEALTH), heavy=True), Memory())
    assert said(first)[0] is TextKey.CARE
    assert first.memory.done
    second = decide(Reading(Act.TOPIC, Answers(topic=Topic.HEALTH)), first.memory)
    assert second.bubbles[:2] == NOTICE
    assert asked(second) == []


def test_a_question_about_the_service_is_answered_and_the_form_goes_on() -> None:
    memory = Memory(Answers(topic=Topic.CLUB), asked=Question.AGE_GRADE, put=1, noticed=True, turns=1)
    plan = decide(Reading(Act.SERVICE, service=ServiceQuestion.SECRECY), memory)
    assert said(plan) == [Computed.SECRECY, TextKey.ASK_AGE_GRADE]
    again = decide(Reading(Act.SERVICE, service=ServiceQuestion.COST), plan.memory)
    assert said(again) == [TextKey.SERVICE_COST]
    assert again.memory.asked is Question.AGE_GRADE


def test_three_answers_in_one_message_leave_one_question() -> None:
    plan = decide(
        Reading(Act.TOPIC, Answers(14, "中2", "中学校", "北中", None, Topic.FRIENDS, None)),
        Memory(noticed=True, turns=1),
    )
    assert asked(plan) == [Question.PERSON]


def test_a_correction_is_named_in_a_word_at_any_stage() -> None:
    known = Answers(grade="中2", school_type="中学校", topic=Topic.CLUB, role=Role.SELF)
    for stage in Stage:
        memory = Memory(known, noticed=True, done=True, stage=stage, turns=5, offers=1)
        plan = decide(Reading(Act.INFORM, Answers(grade="中3", school_type="中学校"), correcting=True), memory)
        assert [cue.value for part in plan.bubbles for cue in part.cues if cue.what is TextKey.ACK_CORRECTION] == [
            "中3"
        ]
        assert plan.memory.answers.grade == "中3"
        assert plan.record


def test_another_type_of_school_takes_the_grade_with_it() -> None:
    memory = Memory(Answers(grade="中2", school_type="中学校"), noticed=True, done=True, turns=3)
    answers = decide(Reading(Act.INFORM, Answers(school_type="高校"), correcting=True), memory).memory.answers
    assert (answers.grade, answers.school_type) == (None, "高校")


def test_a_long_text_does_not_overwrite_what_was_told() -> None:
    memory = Memory(Answers(grade="中2", topic=Topic.CLUB), asked=Question.PERSON, put=1, noticed=True, turns=3)
    reading = Reading(
        Act.TOPIC, Answers(grade="高1", topic=Topic.FAMILY), story=True, telling=True, statement=False, correcting=True
    )
    answers = decide(reading, memory).memory.answers
    assert (answers.grade, answers.topic) == ("中2", Topic.CLUB)


def test_starting_over_clears_the_answers_and_keeps_the_place() -> None:
    known = Memory(Answers(grade="中2"), noticed=True, done=True, stage=Stage.WAITING, turns=4)
    plan = decide(Reading(Act.START_OVER), known)
    assert plan.memory.answers == Answers()
    assert plan.memory.stage is Stage.WAITING
    assert plan.memory.done
    assert plan.record
    fresh = decide(Reading(Act.START_OVER), replace(known, stage=Stage.INTAKE))
    assert not fresh.memory.done
    assert said(fresh) == [TextKey.STARTED_OVER, TextKey.INVITE]


def test_receipts_vary_by_rule() -> None:
    memory, heard = Memory(noticed=True, done=True, stage=Stage.WAITING, turns=1), []
    for _ in range(5):
        plan = decide(Reading(Act.TOPIC), memory)
        heard += said(plan)
        memory = plan.memory
    short = TextKey.RECEIPT_AGAIN
    assert heard == [TextKey.RECEIPT, short, TextKey.RECEIPT_READ_MARK, short, TextKey.RECEIPT]


@pytest.mark.parametrize("act", [Act.PRANK, Act.STICKER])
@pytest.mark.parametrize(
    ("stage", "interrupted"), [(Stage.WAITING, False), (Stage.LEFT_MESSAGE, False), (Stage.INTAKE, True)]
)
def test_who_is_at_risk_or_waits_is_never_left_in_silence(act: Act, stage: Stage, interrupted: bool) -> None:
    memory = Memory(noticed=True, done=True, stage=stage, turns=1, pranks=1, stickers=5)
    for _ in range(4):
        plan = decide(Reading(act, interrupted=interrupted), memory)
        assert not plan.silent
        assert TextKey.PRANK not in said(plan)
        memory = plan.memory


def test_a_correction_that_answers_is_an_answer() -> None:
    memory = Memory(Answers(grade="中2", school_type="中学校"), asked=Question.GENDER, put=1, noticed=True, turns=4)
    told = Answers(grade="中3", school_type="中学校", gender="女")
    plan = decide(
        Reading(Act.INFORM, told, correcting=True), replace(memory, settled=frozenset(Question) - {Question.GENDER})
    )
    assert asked(plan) == []
    assert TextKey.ACK_CORRECTION in said(plan)


def test_nothing_grave_is_guessed_and_a_refusal_is_no_topic() -> None:
    memory = Memory(asked=Question.TOPIC, put=1, noticed=True, turns=3)
    refused = decide(Reading(Act.UNCLEAR, likely_topic=Topic.FAMILY, declined=True), memory)
    assert refused.memory.answers.topic is None
    assert Question.TOPIC in refused.memory.declined


def test_who_waits_is_not_put_back_by_a_message() -> None:
    memory = Memory(noticed=True, done=True, stage=Stage.WAITING, turns=1)
    assert decide(Reading(Act.LEAVE_MESSAGE), memory).memory.stage is Stage.WAITING


# --- after the risk screen's interrupt --------------------------------------------------------------------------


@given(st.lists(readings, max_size=6), st.lists(readings, min_size=1, max_size=8))
def test_after_the_interrupt_nothing_is_asked_and_no_menu_is_shown(
    earlier: list[Reading], later: list[Reading]
) -> None:
    memory = Memory()
    for reading in earlier:
        memory = decide(reading, memory).memory
    for reading in later:
        plan = decide(replace(reading, interrupted=True), memory)
        assert len(plan.bubbles) <= 3
        assert not plan.silent or may_stay_silent(reading, plan.memory)
        assert all(part.cues for part in plan.bubbles)
        assert plan.memory.done
        assert (plan.memory.asked, plan.memory.put) == (None, 0)
        assert asked(plan) == []
        assert not MENU & set(said(plan))
        assert not REFUSALS & set(said(plan))
        assert not any(part.buttons for part in plan.bubbles)
        assert not plan.memory.in_procedure
        memory = plan.memory


def test_the_notice_waits_for_the_first_turn_that_is_not_heavy() -> None:
    memory = Memory(done=True)
    heavy = decide(Reading(Act.UNCLEAR, heavy=True, interrupted=True), memory)
    assert said(heavy) == [TextKey.ACCEPT, TextKey.CARE_GOES_ON]
    assert not heavy.memory.noticed
    light = decide(Reading(Act.UNCLEAR, interrupted=True), heavy.memory)
    assert light.bubbles[:2] == NOTICE
    assert light.memory.noticed


def test_what_still_works_after_the_interrupt() -> None:
    memory = Memory(noticed=True, done=True, turns=1)

    def answer(act: Act, **more: Any) -> list[TextKey | Computed]:
        return said(decide(Reading(act, interrupted=True, **more), memory))

    assert answer(Act.GREET) == [TextKey.GREETING, TextKey.INVITE]
    assert answer(Act.THANKS) == [TextKey.THANKS]
    assert answer(Act.SERVICE, service=ServiceQuestion.SECRECY) == [Computed.SECRECY]
    assert answer(Act.ASK_HUMAN) == [Computed.HANDOFF]
    assert answer(Act.LEAVE_MESSAGE) == [Computed.LEFT_MESSAGE]
    assert answer(Act.STOP) == [TextKey.GOODBYE_RECEIVED]
    assert answer(Act.UNCLEAR) == answer(Act.CHITCHAT) == answer(Act.IMAGE) == answer(Act.FILE) == [TextKey.RECEIPT]
    assert answer(Act.UNCLEAR, secrecy=True) == [Computed.SECRECY, TextKey.RECEIPT]
    assert answer(Act.LOCATION) == [Computed.MEDIA]


def test_the_form_comes_back_when_the_student_wants_it() -> None:
    memory = Memory(Answers(grade="中2"), noticed=True, done=True, turns=3)
    again = decide(Reading(Act.START_OVER, interrupted=True), memory)
    assert said(again) == [TextKey.STARTED_OVER, TextKey.INVITE]
    plan = decide(Reading(Act.TOPIC, Answers(topic=Topic.CLUB), interrupted=True), again.memory)
    assert asked(plan) == [Question.AGE_GRADE]
    heavy = decide(Reading(Act.UNCLEAR, heavy=True, interrupted=True), plan.memory)
    assert asked(heavy) == []
    assert asked(decide(Reading(Act.UNCLEAR, interrupted=True), heavy.memory)) == []


@pytest.mark.parametrize(
    ("act", "texts"),
    [
        (Act.RISK_WISH, [TextKey.CARE]),
        (Act.RISK_NO_WISH, [TextKey.CARE_AGAIN]),
        (Act.RISK_UNSURE, [TextKey.CARE_AGAIN]),
        (Act.CANNOT_PHONE, [TextKey.SERVICE_PHONE, TextKey.CARE_GOES_ON]),
    ],
)
def test_an_answer_about_dying_ends_the_form_and_asks_nothing(act: Act, texts: list[TextKey]) -> None:
    memory = Memory(asked=Question.SCHOOL, put=1, noticed=True, turns=2)
    plan = decide(Reading(act, heavy=True), memory)
    assert said(plan)[: len(texts)] == texts
    assert (plan.memory.done, plan.memory.asked) == (True, None)
    assert (Computed.LINES_IF_CLOSED in said(plan)) is (act is not Act.CANNOT_PHONE)
