"""The survey after the end (WG-18): three taps and, for who likes, a few words; never in the middle, never at risk.

Pure. ``why_not`` says who isn't asked, ``taken`` what a message means while a survey is open. What isn't plainly an
answer is no answer, and ends the survey: nobody's words are lost to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID, uuid5

from handoff.domain.coding import Outcome, TopicCode, coded
from handoff.domain.desk import EndReason
from handoff.domain.session import URGENT, Level
from handoff.domain.texts import TextKey
from handoff.domain.wrap_up import Sheet

#: So long an answer counts after the survey was asked; and words, after they were announced by the button.
OPEN_FOR: Final = timedelta(hours=24)
WRITE_WITHIN: Final = timedelta(minutes=30)
#: A sheet that is done later than this after the talk's end asks nobody: 今日 would be wrong, and the phone elsewhere.
ASK_WITHIN: Final = timedelta(hours=2)
#: Categories of the risk screen after which nobody is asked how it was.
HARMED: Final = frozenset({"abuse", "sexual_harm"})


class SurveyState(StrEnum):
    """Where a survey stands."""

    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"  # the student wrote of something else, or nothing at all


class Step(IntEnum):
    """What the survey waits for; stored as its number."""

    HEARD = 0
    EASE = 1
    AGAIN = 2
    WORDS = 3  # whether they want to write something
    WRITE = 4  # and what

    @property
    def code(self) -> str:
        """Its name among the answers."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Question:
    """What is said at a step. answers: the buttons' titles, which come back as text, with their codes."""

    text: TextKey
    answers: Mapping[str, str]

    @property
    def buttons(self) -> tuple[str, ...]:
        return tuple(self.answers)

    def title(self, code: str) -> str:
        """A code as people read it."""
        return next((title for title, named in self.answers.items() if named == code), code)


#: No title stands in two neighbouring questions, so that a tap is never taken for an answer to the next one; and none
#: is a word that the risk screen hears distress in, such as 変わらない.
QUESTIONS: Final[Mapping[Step, Question]] = {
    Step.HEARD: Question(TextKey.SURVEY_HEARD, {"はい": "yes", "まあまあ": "somewhat", "いいえ": "no"}),
    Step.EASE: Question(
        TextKey.SURVEY_EASE, {"軽くなった": "lighter", "どちらでもない": "neither", "重くなった": "heavier"}
    ),
    Step.AGAIN: Question(TextKey.SURVEY_AGAIN, {"はい": "yes", "わからない": "unsure", "いいえ": "no"}),
    Step.WORDS: Question(TextKey.SURVEY_WORDS, {"ひとこと書く": "write", "書かない": "leave"}),
    Step.WRITE: Question(TextKey.SURVEY_WRITE, {}),
}
#: The three that are counted, as a page heads them.
COUNTED: Final[Mapping[Step, str]] = {
    Step.HEARD: "話を聞いてもらえたと感じたか",
    Step.EASE: "気持ちの変化",
    Step.AGAIN: "また使いたいか",
}
WORDS_HEADING: Final = "ひとこと"


class WhyNot(StrEnum):
    """Why somebody isn't asked."""

    OFF = "off"  # the board asks for no survey
    NO_LINE = "no_line"  # another channel, or the account is blocked
    NOT_CLOSED = "not_closed"
    ASKED = "asked"  # once a session
    WRITES = "writes"  # a word is on its way, or a new consultation has begun
    QUIET = "quiet"  # they want nothing sent unasked at this hour
    LATE = "late"
    UNREAD = "unread"  # a message that the screen, or we, can't read may hold anything
    AT_RISK = "at_risk"
    HARM = "harm"  # abuse or sexual harm
    ESCALATED = "escalated"
    END = "end"  # ended by silence, by the clock or by the student
    OUTCOME = "outcome"  # it didn't become a consultation
    NOT_SERVED = "not_served"  # no line of a counsellor's reached them


@dataclass(frozen=True, slots=True)
class AskFacts:
    """What the record knows of a session whose sheet is done.

    Attributes: writes: a word of theirs is on its way, or they are in another session; level: None while unscreened; categories: of the risk screen, all messages together; topic: the bot's
    intent; readable: all of that could be opened; escalated: ever, for this session; at_risk: an escalation of this
    contact is open, for whichever session; served: a counsellor's line was delivered.
    """

    on_line: bool
    following: bool
    closed: bool
    asked: bool
    writes: bool
    level: Level | None
    unscreened: bool
    readable: bool
    categories: frozenset[str]
    topic: str | None
    escalated: bool
    at_risk: bool
    ended_reason: str | None
    ended_at: datetime | None
    served: bool


def why_not(facts: AskFacts, sheet: Sheet, wanted: bool | None, quiet: bool, now: datetime) -> WhyNot | None:
    """Why this person isn't asked; None where they may be.

    Args: wanted: the profile's word on the survey; quiet: the person wants nothing sent unasked now; now: aware, on the
    service's clock.
    """
    topics = {sheet.primary, *sheet.secondaries, *coded(facts.topic, ())}
    ended = facts.ended_at
    reasons = (
        (not wanted, WhyNot.OFF),
        (not (facts.on_line and facts.following), WhyNot.NO_LINE),
        (not facts.closed, WhyNot.NOT_CLOSED),
        (facts.asked, WhyNot.ASKED),
        (facts.unscreened or facts.level is None or not facts.readable, WhyNot.UNREAD),
        (facts.level in URGENT or sheet.level in URGENT or facts.at_risk, WhyNot.AT_RISK),
        (bool(HARMED & facts.categories) or TopicCode.ABUSE in topics, WhyNot.HARM),
        (facts.escalated, WhyNot.ESCALATED),
        (facts.ended_reason != EndReason.COUNSELLOR, WhyNot.END),
        (sheet.outcome is not Outcome.ESTABLISHED, WhyNot.OUTCOME),
        (not facts.served, WhyNot.NOT_SERVED),
        (facts.writes, WhyNot.WRITES),
        (quiet, WhyNot.QUIET),
        (ended is None or not timedelta() <= now - ended <= ASK_WITHIN, WhyNot.LATE),
    )
    return next((reason for holds, reason in reasons if holds), None)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer. value: a code, or the words; message: LINE's id of it, by which it can be taken back."""

    value: str
    message: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey. answers: by the step's code; answered_at: the last one (service clock)."""

    session_id: UUID
    contact_id: UUID
    asked_at: datetime
    state: SurveyState = SurveyState.OPEN
    step: Step = Step.HEARD
    answers: Mapping[str, Given] = field(default_factory=dict)
    answered_at: datetime | None = None

    @property
    def words(self) -> str | None:
        """What the student wrote, for people to read."""
        given = self.answers.get(Step.WRITE.code)
        return None if given is None else given.value

    def names(self, message: str) -> str | None:
        """The code of the step that was answered by a LINE message."""
        return next((code for code, given in self.answers.items() if given.message == message), None)


def first_call(session_id: UUID) -> UUID:
    """The key of the call that brings the first question."""
    return uuid5(session_id, "survey")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer changes. says: the next text, with its buttons."""

    survey: Survey
    says: TextKey
    buttons: tuple[str, ...] = ()


def taken(survey: Survey, text: str, message: str | None, at: datetime) -> Taken | None:
    """Read a message as the answer that the survey waits for; None where it isn't one.

    Args: at: when it arrived, aware, on the service's clock. One from before the question is no answer to it.
    """
    if survey.state is not SurveyState.OPEN or not timedelta() <= at - survey.asked_at < OPEN_FOR:
        return None
    if survey.step is Step.WRITE:
        since = survey.answered_at
        if since is None or not timedelta() <= at - since <= WRITE_WITHIN or not text.strip():
            return None
        return _done(_with(survey, text, message, at), TextKey.SURVEY_THANKS)
    code = QUESTIONS[survey.step].answers.get(text)
    if code is None:
        return None
    after = _with(survey, code, message, at)
    if code == "leave":
        return _done(after, TextKey.SURVEY_NO_WORDS)
    following = Step(survey.step + 1)
    return Taken(replace(after, step=following), QUESTIONS[following].text, QUESTIONS[following].buttons)


def _with(survey: Survey, value: str, message: str | None, at: datetime) -> Survey:
    return replace(survey, answers={**survey.answers, survey.step.code: Given(value, message)}, answered_at=at)


def _done(survey: Survey, says: TextKey) -> Taken:
    return Taken(replace(survey, state=SurveyState.DONE), says)


def taken_back(survey: Survey, message: str) -> Survey:
    """The survey without the answer that a withdrawn message was."""
    return replace(survey, answers={code: given for code, given in survey.answers.items() if given.message != message})


def corrected(survey: Survey, message: str, text: str) -> Survey:
    """The survey with words that the student has edited; a tap stays what it was."""
    if survey.names(message) != Step.WRITE.code:
        return survey
    return replace(survey, answers={**survey.answers, Step.WRITE.code: Given(text, message)})


def shown(survey: Survey) -> tuple[tuple[str, str], ...]:
    """What was answered, as headings and answers for the sheet's page; the words come last."""
    taps = [
        (heading, QUESTIONS[step].title(survey.answers[step.code].value))
        for step, heading in COUNTED.items()
        if step.code in survey.answers
    ]
    return (*taps, *([(WORDS_HEADING, survey.words)] if survey.words is not None else []))
