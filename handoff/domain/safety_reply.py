"""The reply table: what is said at risk, by situation, whether a person has acknowledged, and who is there now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.domain.safety import (
    AT_ONCE,
    SAY_AGAIN_AFTER,
    Answer,
    Question,
    Safety,
    Situation,
)
from handoff.domain.texts import TextKey

WISH_BUTTONS: Final = ("ある", "ない", "わからない", "言いたくない")
YES_NO: Final = ("はい", "いいえ", "わからない")
CANNOT: Final = ("できない",)


class Reader(StrEnum):
    """Who reads now, as far as the service knows."""

    ACKNOWLEDGED = "acknowledged"  # a person has read, and said so
    ON_DUTY = "on_duty"  # counsellors are there
    ON_CALL = "on_call"  # the on-call person is being called
    NOBODY = "nobody"  # nobody before the next opening


@dataclass(frozen=True, slots=True)
class Say:
    """One bubble: its texts one after the other, and its buttons; place: LINE's location is offered too."""

    texts: tuple[TextKey, ...]
    buttons: tuple[str, ...] = ()
    place: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What the worker says, and what it knows afterwards. alarm: a person has to hear that this one can't phone."""

    says: tuple[Say, ...]
    safety: Safety
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message told: its own row (None below high), an answer, that phoning is impossible, a place sent."""

    situation: Situation | None = None
    answer: Answer | None = None
    cannot_phone: bool = False


def next_turn(safety: Safety, heard: Heard, reader: Reader, now: datetime) -> Turn | None:
    """Give the worker's turn; None where Rasa may answer (a question about the service, thanks, a chat).

    Args: safety: the session's, this message already joined to it.
    """
    if heard.cannot_phone and safety.asked not in (Question.PLACE, Question.NEAR):
        asked = replace(safety, asked=Question.PLACE)
        return Turn((Say((TextKey.CANNOT_PHONE_PLACE,), place=True),), asked, alarm=True)
    if safety.asked in (Question.PLACE, Question.NEAR):
        return _cannot_phone(safety, reader)
    if heard.situation is not None and _is_new(safety, heard.situation, now):
        return _row(safety, heard.situation, reader, now)
    if safety.asked is not None and heard.answer is not None:
        return _answered(safety, safety.asked, heard.answer)
    if safety.ask_when_back:
        return acknowledged_turn(safety, now)
    if heard.situation is not None:
        return Turn((Say((TextKey.SAFETY_HEARD_AGAIN,)),), safety)
    return None


def acknowledged_turn(safety: Safety, now: datetime) -> Turn:
    """Give what is said when a person has acknowledged and the student is there."""
    told = replace(safety, acknowledged_told=True, ask_when_back=False)
    return _row(told, safety.situation, Reader.ACKNOWLEDGED, now)


def neutral_turn(safety: Safety) -> Turn:
    """Give the line for a student who is no longer in the chat: a parent may see the lock screen."""
    told = replace(safety, acknowledged_told=True, ask_when_back=True, asked=None)
    return Turn((Say((TextKey.SAFETY_NEUTRAL,)),), told)


def _is_new(safety: Safety, situation: Situation, now: datetime) -> bool:
    """Whether this row wasn't said lately, nor a more urgent one of its kind."""
    covering = (situation, *_COVERED_BY.get(situation, ()))
    said = (safety.said.get(one.value) for one in covering)
    return not any(at is not None and now - at < SAY_AGAIN_AFTER for at in said)


#: Rows after which another one would only repeat what was said.
_COVERED_BY: Final = {
    Situation.UNSTATED: (Situation.STATED, Situation.PLAN, Situation.ACT),
    Situation.STATED: (Situation.PLAN, Situation.ACT),
    Situation.PLAN: (Situation.ACT,),
    Situation.BELIEVE: (Situation.ATTACK,),
    Situation.THIRD: (Situation.THIRD_NOW,),
}


def _row(safety: Safety, situation: Situation, reader: Reader, now: datetime) -> Turn:
    acknowledged = reader is Reader.ACKNOWLEDGED
    head, question, buttons = _head(safety, situation, acknowledged=acknowledged)
    says = [Say(head, CANNOT if situation in AT_ONCE else ())]
    says.append(Say(_who_comes(safety, reader)))
    if question is not None:
        says.append(Say((_ASKING[question],), buttons))
    known = replace(
        safety,
        asked=question,
        asked_wish=safety.asked_wish or question is Question.WISH,
        said={**safety.said, situation.value: now},
        ask_when_back=False if acknowledged else safety.ask_when_back,
    )
    return Turn(tuple(says), known)


_ASKING: Final = {
    Question.WISH: TextKey.SAFETY_ASK_WISH,
    Question.SAFE: TextKey.SAFETY_ASK_SAFE,
    Question.BESIDE: TextKey.SAFETY_ASK_BESIDE,
}


def _head(
    safety: Safety, situation: Situation, *, acknowledged: bool
) -> tuple[tuple[TextKey, ...], Question | None, tuple[str, ...]]:
    """Give a row's texts and the question that may follow once somebody reads the answer."""
    trusted = TextKey.SAFETY_STAY_TRUSTED if "guardian" in safety.suspects else TextKey.SAFETY_STAY
    believe = _believe(safety)
    match situation:
        case Situation.ACT:
            return (TextKey.SAFETY_EMERGENCY, trusted), Question.SAFE if acknowledged else None, YES_NO
        case Situation.PLAN:
            return (TextKey.SAFETY_STATED, TextKey.SAFETY_EMERGENCY, trusted), _safe_if(acknowledged), YES_NO
        case Situation.ATTACK:
            return (TextKey.SAFETY_ATTACK, *believe), _safe_if(acknowledged), YES_NO
        case Situation.STATED:
            return (TextKey.SAFETY_STATED, TextKey.SAFETY_SAFE_PLACE), _safe_if(acknowledged), YES_NO
        case Situation.BELIEVE:
            return (TextKey.SAFETY_THANKS, *believe), None, ()
        case Situation.HARM_OTHER:
            return (TextKey.SAFETY_HARM_OTHER, TextKey.SAFETY_EMERGENCY_ONLY), None, ()
        case Situation.THIRD_NOW:
            asks = Question.BESIDE if acknowledged else None
            return (TextKey.SAFETY_THIRD_EMERGENCY, TextKey.SAFETY_THIRD), asks, YES_NO
        case Situation.THIRD:
            asks = Question.BESIDE if acknowledged else None
            return (TextKey.SAFETY_THIRD, TextKey.SAFETY_THIRD_CARE), asks, YES_NO
        case Situation.UNSTATED:
            if acknowledged and not (safety.wish_stated or safety.asked_wish):
                return (TextKey.SAFETY_THANKS, TextKey.SAFETY_SAFE_PLACE), Question.WISH, WISH_BUTTONS
            return (TextKey.SAFETY_THANKS, TextKey.SAFETY_SAFE_PLACE), None, ()


def _safe_if(acknowledged: bool) -> Question | None:
    return Question.SAFE if acknowledged else None


def _believe(safety: Safety) -> tuple[TextKey, ...]:
    """Believed, not their fault, no details; 189 where a child is harmed at home or sexually."""
    harmed = bool(safety.categories & {"abuse", "sexual_harm"})
    return (TextKey.SAFETY_BELIEVE, TextKey.SAFETY_CHILD_LINE) if harmed else (TextKey.SAFETY_BELIEVE,)


def _who_comes(safety: Safety, reader: Reader) -> tuple[TextKey, ...]:
    match reader:
        case Reader.ACKNOWLEDGED:
            return (TextKey.SAFETY_ACKNOWLEDGED, TextKey.SAFETY_LINES)
        case Reader.ON_DUTY:
            return (TextKey.SAFETY_ALERTED_ON_DUTY, TextKey.SAFETY_LINES)
        case Reader.ON_CALL:
            return (TextKey.SAFETY_ALERTED_ON_CALL, TextKey.SAFETY_LINES)
        case Reader.NOBODY:
            return (TextKey.SAFETY_UNREAD, TextKey.SAFETY_LINES)


def _answered(safety: Safety, question: Question, answer: Answer) -> Turn:
    known = replace(safety, asked=None)
    match question, answer:
        case Question.WISH, Answer.YES:
            # Only asked once somebody reads; so the next thing to know is whether the place is safe.
            asked = replace(known, asked=Question.SAFE, wish_stated=True)
            return Turn((Say((TextKey.SAFETY_WISH_YES,)), Say((TextKey.SAFETY_ASK_SAFE,), YES_NO)), asked)
        case Question.WISH, Answer.NO:
            return Turn((Say((TextKey.SAFETY_WISH_NO,)),), known)
        case Question.SAFE, Answer.YES:
            return Turn((Say((TextKey.SAFETY_SAFE_YES,)),), known)
        case Question.SAFE, Answer.NO:
            return Turn((Say((TextKey.SAFETY_EMERGENCY,), CANNOT),), known)
        case Question.BESIDE, Answer.YES:
            return Turn((Say((TextKey.SAFETY_BESIDE_YES,)),), known)
        case Question.BESIDE, Answer.NO:
            return Turn((Say((TextKey.SAFETY_BESIDE_NO,), CANNOT),), known)
        case _:
            return Turn((Say((TextKey.SAFETY_UNSURE,)),), known)


def _cannot_phone(safety: Safety, reader: Reader) -> Turn:
    """One question at a time: where are you, who is near; then what can be reached by text."""
    if safety.asked is Question.PLACE:
        key = TextKey.CANNOT_PHONE_NEAR_TRUSTED if "guardian" in safety.suspects else TextKey.CANNOT_PHONE_NEAR
        return Turn((Say((key,)),), replace(safety, asked=Question.NEAR))
    comes = _who_comes(safety, reader)[0]
    done = (TextKey.CANNOT_PHONE_DONE, comes, TextKey.SAFETY_TEXT_LINES)
    return Turn((Say(done),), replace(safety, asked=None), alarm=True)
