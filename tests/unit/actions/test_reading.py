"""What a message means: buttons before the model, control words only when short, no danger weighed."""

from __future__ import annotations

import pytest

from actions.buttons import Act, Role, Topic
from actions.memory import Question
from actions.reading import Reading, read
from actions.server import parse_facts


def understand(text: str, intent: str, asked: Question | None = None, *others: str) -> Reading:
    ranking = [{"name": name, "confidence": 0.5} for name in (intent, *others)]
    return read(text, intent, ranking, parse_facts(text, asked), asked)


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


@pytest.mark.parametrize(
    "text", ["もう死にたいよ", "シにたい？しにたい", "消えたいな", "助けて", "もう限界です", "リスカした"]
)
def test_heavy_words_keep_the_form_quiet(text: str) -> None:
    assert understand(text, "chitchat").heavy


@pytest.mark.parametrize(
    "text", ["必死に勉強してる", "死ぬほど眠い", "ガチャ爆死した", "死語かな", "中2です", "消しゴムかくされた"]
)
def test_idioms_do_not(text: str) -> None:
    assert not understand(text, "chitchat").heavy
