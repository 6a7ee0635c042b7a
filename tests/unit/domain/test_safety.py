"""The conversation at risk: the reply table, one question at a time, nothing asked that nobody reads (domain §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.safety import (
    SAY_AGAIN_AFTER,
    Answer,
    Question,
    Safety,
    Situation,
    answer_of,
    cannot_phone,
    is_uneasy,
    joined,
    needs_care,
    situation_of,
)
from handoff.domain.safety_reply import (
    CANNOT,
    WISH_BUTTONS,
    Heard,
    Reader,
    Turn,
    acknowledged_turn,
    neutral_turn,
    next_turn,
)
from handoff.domain.texts import TextKey
from kernel.risk.assessment import Assessment, Evidence

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUESTIONS = {TextKey.SAFETY_ASK_WISH, TextKey.SAFETY_ASK_SAFE, TextKey.SAFETY_ASK_BESIDE}
UNREAD = (Reader.ON_DUTY, Reader.ON_CALL, Reader.NOBODY)


def found(level: str, *categories: str, about: str = "self", signs: tuple[str, ...] = ()) -> Assessment:
    return Assessment(level, categories, about, (), (), frozenset(signs), frozenset(), "test")


def texts(turn: Turn | None) -> list[TextKey]:
    assert turn is not None
    return [key for say in turn.says for key in say.texts]


def turn(assessment: Assessment, reader: Reader, before: Safety | None = None) -> Turn | None:
    safety = joined(before, assessment)
    assert safety is not None
    return next_turn(safety, Heard(situation_of(assessment)), reader, NOW)


@pytest.mark.parametrize(
    ("assessment", "situation"),
    [
        (found("high", "suicide", signs=("wish",)), Situation.STATED),
        (found("high", "suicide"), Situation.UNSTATED),
        (found("high", "self_harm"), Situation.UNSTATED),
        (found("critical", "suicide", signs=("act",)), Situation.ACT),
        (found("critical", "suicide", signs=("means", "wish")), Situation.ACT),
        (found("critical", "self_harm", signs=("place",)), Situation.ACT),
        (found("critical", "suicide"), Situation.ACT),  # the model alone: take the worst
        (found("critical", "suicide", signs=("time",)), Situation.PLAN),
        (found("critical", "suicide", signs=("note",)), Situation.PLAN),
        (found("high", "abuse"), Situation.BELIEVE),
        (found("high", "sexual_harm"), Situation.BELIEVE),
        (found("high", "bullying"), Situation.BELIEVE),
        (found("critical", "abuse", signs=("act",)), Situation.ATTACK),
        (found("critical", "violence", signs=("harms_other", "time")), Situation.HARM_OTHER),
        (found("high", "third_party", "suicide", about="other", signs=("wish",)), Situation.THIRD),
        (found("critical", "third_party", "suicide", about="other"), Situation.THIRD_NOW),
        (found("concern", "crisis"), None),
        (found("none"), None),
    ],
)
def test_a_message_belongs_to_one_row_of_the_table(assessment: Assessment, situation: Situation | None) -> None:
    assert situation_of(assessment) is situation


def test_the_direct_question_comes_only_once_somebody_reads_and_only_where_the_wish_is_not_said() -> None:
    """EXT-3: ask concretely about suicide; never unread at night, never to someone who just said so."""
    unstated = found("high", "self_harm")
    assert TextKey.SAFETY_ASK_WISH in texts(turn(unstated, Reader.ACKNOWLEDGED))
    for reader in UNREAD:
        assert TextKey.SAFETY_ASK_WISH not in texts(turn(unstated, reader))
    for signs in (("wish",), ("wish", "time")):
        level = "critical" if "time" in signs else "high"
        assert TextKey.SAFETY_ASK_WISH not in texts(turn(found(level, "suicide", signs=signs), Reader.ACKNOWLEDGED))


def test_who_said_it_before_is_not_asked_either() -> None:
    said = joined(None, found("high", "suicide", signs=("wish",)))
    assert TextKey.SAFETY_ASK_WISH not in texts(turn(found("high", "self_harm"), Reader.ACKNOWLEDGED, said))
    asked = joined(None, found("high", "self_harm"))
    assert asked is not None
    first = acknowledged_turn(asked, NOW)
    assert TextKey.SAFETY_ASK_WISH in texts(first)
    again = acknowledged_turn(replace(first.safety, asked=None), NOW + timedelta(hours=1))
    assert TextKey.SAFETY_ASK_WISH not in texts(again)


@pytest.mark.parametrize("reader", UNREAD)
@pytest.mark.parametrize("situation", Situation)
def test_nothing_is_asked_while_nobody_has_acknowledged(situation: Situation, reader: Reader) -> None:
    said = next_turn(Safety(situation), Heard(situation), reader, NOW)
    assert not QUESTIONS & set(texts(said))


@pytest.mark.parametrize("situation", [Situation.ACT, Situation.PLAN, Situation.ATTACK, Situation.THIRD_NOW])
@pytest.mark.parametrize("reader", Reader)
def test_now_means_119_or_110_first_and_a_way_for_who_cannot_phone(situation: Situation, reader: Reader) -> None:
    said = next_turn(Safety(situation), Heard(situation), reader, NOW)
    assert said is not None
    first = said.says[0]
    emergency = {TextKey.SAFETY_EMERGENCY, TextKey.SAFETY_ATTACK, TextKey.SAFETY_THIRD_EMERGENCY}
    assert emergency & set(first.texts)
    assert first.buttons == CANNOT


def test_the_abused_are_believed_and_never_sent_to_their_parents() -> None:
    said = texts(turn(found("high", "abuse"), Reader.NOBODY))
    assert TextKey.SAFETY_BELIEVE in said
    assert TextKey.SAFETY_CHILD_LINE in said
    assert TextKey.SAFETY_CHILD_LINE not in texts(turn(found("high", "bullying"), Reader.NOBODY))
    suspected = Safety(Situation.ACT, suspects=frozenset({"guardian"}))
    assert TextKey.SAFETY_STAY not in texts(next_turn(suspected, Heard(Situation.ACT), Reader.NOBODY, NOW))


def test_who_worries_about_another_is_thanked_and_protected() -> None:
    """WG-13, WG-17."""
    said = texts(turn(found("high", "third_party", about="other"), Reader.ACKNOWLEDGED))
    assert TextKey.SAFETY_THIRD in said
    assert TextKey.SAFETY_ASK_BESIDE in said


@pytest.mark.parametrize(
    ("reader", "key"),
    [
        (Reader.ACKNOWLEDGED, TextKey.SAFETY_ACKNOWLEDGED),
        (Reader.ON_DUTY, TextKey.SAFETY_ALERTED_ON_DUTY),
        (Reader.ON_CALL, TextKey.SAFETY_ALERTED_ON_CALL),
        (Reader.NOBODY, TextKey.SAFETY_UNREAD),
    ],
)
def test_it_is_said_truly_who_reads(reader: Reader, key: TextKey) -> None:
    for situation in Situation:
        assert key in texts(next_turn(Safety(situation), Heard(situation), reader, NOW))


def test_the_same_row_is_not_said_twice_within_a_short_time_but_a_worse_one_is() -> None:
    stated = found("high", "suicide", signs=("wish",))
    first = turn(stated, Reader.ON_DUTY)
    assert first is not None
    assert texts(turn(stated, Reader.ON_DUTY, first.safety)) == [TextKey.SAFETY_HEARD_AGAIN]
    worse = turn(found("critical", "suicide", signs=("act",)), Reader.ON_DUTY, first.safety)
    assert TextKey.SAFETY_EMERGENCY in texts(worse)
    other = turn(found("high", "abuse"), Reader.ON_DUTY, first.safety)
    assert TextKey.SAFETY_BELIEVE in texts(other)
    later = next_turn(first.safety, Heard(Situation.STATED), Reader.ON_DUTY, NOW + SAY_AGAIN_AFTER)
    assert TextKey.SAFETY_STATED in texts(later)


@pytest.mark.parametrize(
    ("asked", "answer", "key"),
    [
        (Question.WISH, Answer.YES, TextKey.SAFETY_WISH_YES),
        (Question.WISH, Answer.NO, TextKey.SAFETY_WISH_NO),
        (Question.WISH, Answer.UNSURE, TextKey.SAFETY_UNSURE),
        (Question.SAFE, Answer.YES, TextKey.SAFETY_SAFE_YES),
        (Question.SAFE, Answer.NO, TextKey.SAFETY_EMERGENCY),
        (Question.SAFE, Answer.UNSURE, TextKey.SAFETY_UNSURE),
        (Question.BESIDE, Answer.YES, TextKey.SAFETY_BESIDE_YES),
        (Question.BESIDE, Answer.NO, TextKey.SAFETY_BESIDE_NO),
        (Question.BESIDE, Answer.UNSURE, TextKey.SAFETY_UNSURE),
    ],
)
def test_an_answer_is_answered_and_its_question_is_over(asked: Question, answer: Answer, key: TextKey) -> None:
    said = next_turn(Safety(Situation.UNSTATED, asked=asked), Heard(answer=answer), Reader.ACKNOWLEDGED, NOW)
    assert texts(said)[0] is key
    assert said is not None
    assert said.safety.asked is (Question.SAFE if (asked, answer) == (Question.WISH, Answer.YES) else None)


def test_cannot_phone_is_a_way_of_its_own_one_question_at_a_time() -> None:
    first = next_turn(Safety(Situation.ACT), Heard(cannot_phone=True), Reader.ON_CALL, NOW)
    assert first is not None
    assert first.alarm
    assert texts(first) == [TextKey.CANNOT_PHONE_PLACE]
    assert first.says[0].place
    second = next_turn(first.safety, Heard(), Reader.ON_CALL, NOW)
    assert second is not None
    assert texts(second) == [TextKey.CANNOT_PHONE_NEAR]
    third = next_turn(second.safety, Heard(cannot_phone=True), Reader.ON_CALL, NOW)
    assert third is not None
    assert texts(third)[0] is TextKey.CANNOT_PHONE_DONE
    assert TextKey.SAFETY_TEXT_LINES in texts(third)
    assert next_turn(third.safety, Heard(), Reader.ON_CALL, NOW) is None


def test_the_lock_screen_gets_a_neutral_line_and_the_question_waits_for_the_next_word() -> None:
    away = neutral_turn(Safety(Situation.UNSTATED))
    assert texts(away) == [TextKey.SAFETY_NEUTRAL]
    back = next_turn(away.safety, Heard(), Reader.ACKNOWLEDGED, NOW)
    assert TextKey.SAFETY_ASK_WISH in texts(back)
    assert back is not None
    assert back.says[-1].buttons == WISH_BUTTONS
    assert next_turn(replace(back.safety, asked=None), Heard(), Reader.ACKNOWLEDGED, NOW) is None


def test_other_words_are_left_to_rasa() -> None:
    assert next_turn(Safety(Situation.STATED), Heard(), Reader.ON_DUTY, NOW) is None


@pytest.mark.parametrize(
    "words",
    [
        "できない",
        "『できない』",
        "出来ません",
        "電話できないです",
        "声が出せない",
        "親がいるから",
        "でんわはむり",
        "話せない",
    ],
)
def test_who_cannot_phone_is_understood_without_rasa(words: str) -> None:
    assert cannot_phone(words)


@pytest.mark.parametrize(
    "words", ["うん", "ありがとう", "数学がぜんぜんできないまま高校生になって、もうどうしたらいいのかわからないです"]
)
def test_other_words_are_not_taken_for_it(words: str) -> None:
    assert not cannot_phone(words)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("ある", Answer.YES),
        ("はい", Answer.YES),
        ("うん", Answer.YES),
        ("ない", Answer.NO),
        ("いいえ", Answer.NO),
        ("わからない", Answer.UNSURE),
        ("言いたくない", Answer.UNSURE),
        ("猫がいて", None),
    ],
)
def test_short_answers_are_read_by_their_own_words(words: str, answer: Answer | None) -> None:
    assert answer_of(words) is answer


def test_rasa_helps_where_the_words_alone_say_nothing() -> None:
    assert answer_of("まあ、そういう感じ", "risk_wish") is Answer.YES
    assert answer_of("きょうは平気", "risk_no_wish") is Answer.NO
    assert cannot_phone("となりの部屋に人が", "cannot_phone")


def test_unspecific_distress_asks_for_care_not_for_an_alarm() -> None:
    assert needs_care(found("concern", "crisis"))
    assert needs_care(found("concern", "suicide"))
    assert not needs_care(found("concern", "bullying"))
    assert not needs_care(found("high", "crisis"))


def test_distress_that_only_the_model_hears_is_unease() -> None:
    heard = Evidence(0, 4, "がっこう", "model", "concern")
    named = Evidence(0, 4, "もう限界", "crisis.limit", "concern")
    by_model = replace(found("concern", "crisis"), evidence=(heard,))
    assert (needs_care(by_model), is_uneasy(by_model)) == (False, True)
    by_rule = replace(by_model, evidence=(heard, named))
    assert (needs_care(by_rule), is_uneasy(by_rule)) == (True, False)
    assert not is_uneasy(replace(found("concern", "bullying"), evidence=(heard,)))


ASSESSMENTS = st.builds(
    lambda level, categories, about, signs: Assessment(
        level, tuple(categories), about, (), (), frozenset(signs), frozenset(), "test"
    ),
    st.sampled_from(["none", "concern", "high", "critical"]),
    st.lists(
        st.sampled_from(
            ["suicide", "self_harm", "abuse", "violence", "bullying", "sexual_harm", "third_party", "crisis"]
        ),
        max_size=3,
        unique=True,
    ),
    st.sampled_from(["self", "other", "unknown"]),
    st.sets(st.sampled_from(["wish", "act", "means", "place", "time", "note", "outside", "harms_other"])),
)


@given(st.lists(ASSESSMENTS, max_size=6), st.sampled_from(Reader), st.data())
def test_no_talk_asks_two_things_at_once_or_forgets_what_was_said(
    messages: list[Assessment], reader: Reader, data: st.DataObject
) -> None:
    safety: Safety | None = None
    asked_wish = 0
    stated = False
    for message in messages:
        safety = joined(safety, message)
        if safety is None:
            continue
        stated = stated or "wish" in message.signs and message.about != "other" and situation_of(message) is not None
        heard = Heard(situation_of(message), data.draw(st.sampled_from([None, *Answer])), data.draw(st.booleans()))
        said = next_turn(safety, heard, reader, NOW)
        if said is None:
            continue
        keys = texts(said)
        assert len(QUESTIONS & set(keys)) <= 1
        assert all(say.texts for say in said.says)
        if TextKey.SAFETY_ASK_WISH in keys:
            asked_wish += 1
            assert not stated
            assert reader is Reader.ACKNOWLEDGED
        assert Safety.from_json(said.safety.as_json()) == said.safety
        safety = said.safety
    assert asked_wish <= 1
