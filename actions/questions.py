"""How the questions are put, and the sentences that take in what was told."""

from __future__ import annotations

from typing import Final

from actions.buttons import (
    BUTTONS_A_MESSAGE,
    DONT_KNOW,
    GENDER_TITLES,
    GRADE_TITLES,
    PERSON_TITLES,
    SCHOOL_TITLES,
    SKIP,
    TALK,
    TOPIC_TITLES,
    Role,
)
from actions.memory import Answers, Memory, Question
from actions.plan import Bubble, bubble
from handoff.domain.texts import TextKey

#: Who writes about somebody in their care is asked about that child.
ADULTS: Final = frozenset({Role.GUARDIAN, Role.TEACHER})


def question_bubble(question: Question, memory: Memory) -> Bubble:
    """The question in the words that fit what is known, with its quick replies."""
    adult = memory.answers.role in ADULTS
    match question:
        case Question.AGE_GRADE:
            text = TextKey.ASK_AGE_GRADE_CHILD if adult else TextKey.ASK_AGE_GRADE
        case Question.SCHOOL if adult:
            text = TextKey.ASK_SCHOOL_CHILD
        case Question.SCHOOL:
            text = TextKey.ASK_SCHOOL_NAME if memory.answers.school_type else TextKey.ASK_SCHOOL
        case Question.TOPIC:
            text = TextKey.ASK_TOPIC
        case Question.PERSON:
            text = TextKey.ASK_PERSON
        case Question.GENDER:
            text = TextKey.ASK_GENDER_CHILD if adult else TextKey.ASK_GENDER
    return bubble(text, buttons=buttons_for(question, memory))


def buttons_for(question: Question, memory: Memory) -> tuple[str, ...]:
    """The quick replies of a question: its choices, then skip and talk; never more than LINE shows."""
    choices: tuple[str, ...] = ()
    match question:
        case Question.AGE_GRADE:
            choices = tuple(GRADE_TITLES)
        case Question.SCHOOL if memory.answers.school_type is None:
            choices = tuple(SCHOOL_TITLES)
        case Question.TOPIC:
            choices = tuple(TOPIC_TITLES)
        case Question.PERSON:
            choices = tuple(PERSON_TITLES)
        case Question.GENDER:
            choices = (*GENDER_TITLES, DONT_KNOW)
    return (*choices, SKIP, TALK)[:BUTTONS_A_MESSAGE]


def accepting(answers: Answers, *, new_friend: bool = False) -> TextKey:
    """The sentence that takes in what was told: no diagnosis, no reproach, no cheering on.

    Who worries about a friend is thanked and protected, once (WG-17), whatever the friend's trouble is.
    """
    if answers.role is Role.FRIEND:
        return TextKey.ACCEPT_FRIEND if new_friend else TextKey.ACCEPT
    if answers.role in ADULTS:
        return TextKey.ACCEPT_ADULT
    return TextKey.ACCEPT if answers.topic is None else TextKey(f"accept_{answers.topic.value}")
