"""Quick replies: what LINE allows, and one meaning each (contract 3)."""

from __future__ import annotations

import pytest

from actions.buttons import BUTTONS_A_MESSAGE, MEANINGS, SKIP, TALK, TITLE_LENGTH, TOPIC_TITLES, Act, Topic, meaning_of
from actions.memory import Answers, Memory, Question
from actions.questions import buttons_for


def test_titles_fit_into_a_quick_reply() -> None:
    assert [title for title in MEANINGS if not 0 < len(title) <= TITLE_LENGTH] == []


def test_no_two_buttons_mean_the_same() -> None:
    seen = [meaning for title, meaning in MEANINGS.items()]
    doubled = [meaning for meaning in seen if seen.count(meaning) > 1]
    # 小学校 as an answer to the grade and to the school says the same thing, and so it should.
    assert {meaning.school_type for meaning in doubled} <= {"小学校"}


@pytest.mark.parametrize("question", list(Question))
def test_every_question_can_be_skipped_and_left_for_a_person(question: Question) -> None:
    titles = buttons_for(question, Memory())
    assert titles[-2:] == (SKIP, TALK)
    assert len(titles) <= BUTTONS_A_MESSAGE
    assert set(titles) <= set(MEANINGS)


def test_a_known_school_type_offers_no_types() -> None:
    assert buttons_for(Question.SCHOOL, Memory(Answers(school_type="高校"))) == (SKIP, TALK)


def test_topics_by_button_are_exact() -> None:
    for title, topic in TOPIC_TITLES.items():
        meaning = meaning_of(title)
        assert meaning is not None
        assert (meaning.act, meaning.topic) == (Act.TOPIC, topic)
    # club has no button: eleven topics, skip and talk are LINE's thirteen
    assert set(Topic) - set(TOPIC_TITLES.values()) == {Topic.CLUB}


def test_a_title_is_known_in_any_width_and_with_space_around_it() -> None:
    meaning = meaning_of(" 中２\n")
    assert meaning is not None
    assert (meaning.grade, meaning.school_type) == ("中2", "中学校")
    assert meaning_of("中2です") is None
