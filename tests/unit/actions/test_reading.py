"""What a message means: buttons before the model, control words only when short, no danger weighed."""

from __future__ import annotations

import pytest

from actions.buttons import MEANINGS, Act, Role, Topic
from actions.memory import Question
from actions.reading import UNKNOWN, Reading, read
from actions.screening import Screened
from actions.service_questions import ServiceQuestion
from tests.support.told import told


def understand(
    text: str, intent: str, asked: Question | None = None, *others: str, screen: Screened = UNKNOWN
) -> Reading:
    ranking = [{"name": name, "confidence": 0.5} for name in (intent, *others)]
    return read(text, intent, ranking, told(text, asked), asked, screen)


def test_a_button_outranks_the_model() -> None:
    reading = understand("相談員と話す", "chitchat")
    assert (reading.act, reading.button) == (Act.ASK_HUMAN, True)
    assert understand("いじめ", "nlu_fallback").told.topic is Topic.BULLYING


@pytest.mark.parametrize("intent", ["stop", "start_over", "skip", "deny", "thanks", "leave_message"])
def test_a_control_word_in_a_story_controls_nothing(intent: str) -> None:
    assert (
        understand("部活をやめたいって言ったら顧問に怒鳴られて、それからずっと行けていません", intent).act
        is Act.UNCLEAR
    )


def test_a_person_is_asked_for_in_any_length() -> None:
    text = "もう何日も悩んでいて自分ではどうしようもないので、だれか人とちゃんと話がしたいです"
    assert understand(text, "ask_human").act is Act.ASK_HUMAN


def test_events_mean_what_they_are() -> None:
    assert read("", "event_postback_talk", [], None, None).act is Act.ASK_HUMAN
    assert read("", "event_postback_message", [], None, None).act is Act.LEAVE_MESSAGE
    assert read("", "event_sticker", [], None, None).act is Act.STICKER
    assert read("", "event_of_the_future", [], None, None).act is Act.UNKNOWN_EVENT


def test_a_plain_answer_is_no_topic() -> None:
    reading = understand("中2です", "study", Question.AGE_GRADE)
    assert (reading.act, reading.told.topic, reading.told.grade) == (Act.INFORM, None, "中2")


def test_self_is_only_clear_where_trouble_is_told() -> None:
    assert understand("中2です", "inform").told.role is None
    assert understand("中2です", "inform", Question.PERSON).told.role is Role.SELF
    assert understand("先輩がこわくて部活に行けない", "club").told.role is Role.SELF
    assert understand("娘が部屋から出てきません", "truancy").told.role is Role.GUARDIAN


def test_the_likely_topic_is_kept_for_the_question_of_topics() -> None:
    reading = understand("なんかもう全部", "nlu_fallback", Question.TOPIC, "unsure", "family", "club")
    assert (reading.act, reading.told.topic, reading.likely_topic) == (Act.UNCLEAR, None, Topic.FAMILY)


@pytest.mark.parametrize("text", ["もう死にたいよ", "助けて", "中2です"])
@pytest.mark.parametrize("screen", [Screened(), Screened(heavy=True), Screened(interrupted=True)])
def test_what_is_heavy_is_the_screens_word_alone(text: str, screen: Screened) -> None:
    reading = understand(text, "chitchat", screen=screen)
    assert (reading.heavy, reading.interrupted) == (screen.heavy, screen.interrupted)


@pytest.mark.parametrize("intent", ["risk_wish", "risk_no_wish", "risk_unsure", "cannot_phone"])
def test_an_answer_about_dying_is_heavy_wherever_it_comes(intent: str) -> None:
    reading = understand("そう思うときがある", intent)
    assert (reading.act, reading.heavy) == (Act(intent), True)


@pytest.mark.parametrize("title", list(MEANINGS))
def test_the_words_of_a_button_are_ours_and_never_heavy(title: str) -> None:
    reading = understand(title, "risk_unsure", screen=Screened(heavy=True, interrupted=True))
    assert (reading.button, reading.heavy, reading.interrupted) == (True, False, True)


def test_an_event_has_no_words_that_could_be_heavy() -> None:
    reading = read("", "event_sticker", [], None, None, Screened(heavy=True, interrupted=True))
    assert (reading.act, reading.heavy, reading.interrupted) == (Act.STICKER, False, True)


def test_unease_that_only_the_model_hears_stops_the_form_where_nothing_else_is_told() -> None:
    uneasy = Screened(uneasy=True)
    assert understand("どうせ誰も聞いてない", "nlu_fallback", screen=uneasy).heavy
    assert not understand("がっこうに いきたくない", "truancy", screen=uneasy).heavy
    assert not understand("中2です", "inform", screen=uneasy).heavy


def test_two_topics_that_are_too_close_to_call_are_trouble_all_the_same() -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.3},
        *({"name": n, "confidence": 0.4} for n in ("friends", "truancy")),
    ]
    assert read("友だちとけんかして教室に居づらい", "nlu_fallback", ranking, None, None).told.topic is Topic.FRIENDS
    weak = [
        {"name": "nlu_fallback", "confidence": 0.3},
        *({"name": n, "confidence": 0.2} for n in ("friends", "truancy")),
    ]
    assert read("なんか", "nlu_fallback", weak, None, None).act is Act.UNCLEAR


def test_a_control_word_is_believed_only_when_the_model_is_sure() -> None:
    unsure = [{"name": "deny", "confidence": 0.44}]
    assert read("ばびぶべ", "deny", unsure, None, None).act is Act.UNCLEAR
    assert read("いいえ", "deny", [{"name": "deny", "confidence": 0.9}], None, None).act is Act.DENY


def test_a_refusal_that_sounds_like_a_question_is_a_refusal() -> None:
    ranking = [{"name": "service", "confidence": 0.9}]
    heard = read("は？関係なくない？", "service", ranking, told("は？関係なくない？"), Question.AGE_GRADE)
    assert heard.act is Act.SKIP
    asked = read("名前言わなきゃだめですか", "service", ranking, told("名前言わなきゃだめですか"), Question.SCHOOL)
    assert asked.service is ServiceQuestion.NAMES


def test_a_worry_about_being_told_on_is_about_secrecy_whatever_else_it_sounds_like() -> None:
    heard = read("これ顧問にチクったりしないよな", "club", [{"name": "club", "confidence": 0.9}], None, None)
    assert heard.service is ServiceQuestion.SECRECY


def test_whoever_asks_whether_this_is_a_machine_is_answered_however_they_ask() -> None:
    sure = [{"name": "prank", "confidence": 0.9}]
    rude = read("おまえロボットだろバーカ", "prank", sure, None, None)
    assert (rude.act, rude.service) == (Act.SERVICE, ServiceQuestion.PROGRAM)
    assert read("バーカバーカ", "prank", sure, None, None).act is Act.PRANK
