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
    """What the worker says, and what it knows afterwards. alarm: a person has to hear of this message too."""

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
    if safety.asked_at is not None and now - safety.asked_at >= SAY_AGAIN_AFTER:
        # Whatever is written so long after a question is no answer to it.
        safety = replace(safety, asked=None, asked_at=None)
    if safety.ask_when_back and reader is not Reader.ACKNOWLEDGED:
        safety = replace(safety, ask_when_back=False)
    on_the_way = safety.asked in _WAY
    if heard.situation is not None and _is_new(safety, heard.situation, now):
        row = _row(safety, heard.situation, reader, now)
        return _with_way(row, safety, now) if on_the_way or heard.cannot_phone else row
    if on_the_way:
        return _cannot_phone(safety, reader, now)
    if heard.cannot_phone:
        return Turn((_PLACE,), _asking(safety, Question.PLACE, now), alarm=True)
    if safety.asked is not None and heard.answer is not None:
        return _answered(safety, safety.asked, heard.answer, now)
    if safety.ask_when_back:
        return acknowledged_turn(safety, now)
    if heard.situation is not None:
        return Turn((Say((TextKey.SAFETY_HEARD_AGAIN,)),), safety)
    return None


_WAY: Final = frozenset({Question.PLACE, Question.NEAR})
_PLACE: Final = Say((TextKey.CANNOT_PHONE_PLACE,), place=True)


def _asking(safety: Safety, question: Question | None, now: datetime) -> Safety:
    return replace(safety, asked=question, asked_at=None if question is None else now)


def _with_way(row: Turn, before: Safety, now: datetime) -> Turn:
    """A row said to somebody who can't phone: the way goes on where it was, and nothing else is asked."""
    says = tuple(say for say in row.says if not set(say.texts) & set(_ASKING.values()))
    if before.asked is Question.NEAR:
        return Turn((*says, Say((_near(before),))), _asking(row.safety, Question.NEAR, now))
    return Turn((*says, _PLACE), _asking(row.safety, Question.PLACE, now), alarm=True)


def acknowledged_turn(safety: Safety, now: datetime) -> Turn:
    """Give what is said when a person has acknowledged and the student is there."""
    told = replace(safety, acknowledged_told=True, ask_when_back=False)
    if told.asked in _WAY:
        # Whoever can't phone isn't asked to again; the question that waits stays the only one.
        again = _PLACE if told.asked is Question.PLACE else Say((_near(told),))
        return Turn((Say((TextKey.SAFETY_ACKNOWLEDGED,)), again), _asking(told, told.asked, now))
    return _row(told, safety.situation, Reader.ACKNOWLEDGED, now)


def neutral_turn(safety: Safety) -> Turn:
    """Give the line for a student who is no longer in the chat: a parent may see the lock screen."""
    told = replace(safety, asked=None, asked_at=None, acknowledged_told=True, ask_when_back=True)
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
        asked_at=None if question is None else now,
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
        case Situation.THIRD_NOW | Situation.THIRD if safety.categories & _HARMED_AT_HOME:
            # Whoever is with that child may be the one who harms it.
            now = (TextKey.SAFETY_THIRD_EMERGENCY,) if situation is Situation.THIRD_NOW else ()
            return (*now, TextKey.SAFETY_THIRD, TextKey.SAFETY_CHILD_LINE), None, ()
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


_HARMED_AT_HOME: Final = frozenset({"abuse", "sexual_harm"})


def _safe_if(acknowledged: bool) -> Question | None:
    return Question.SAFE if acknowledged else None


def _believe(safety: Safety) -> tuple[TextKey, ...]:
    """Believed, not their fault, no details; 189 where a child is harmed at home or sexually."""
    harmed = bool(safety.categories & _HARMED_AT_HOME)
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


def _answered(safety: Safety, question: Question, answer: Answer, now: datetime) -> Turn:
    known = _asking(safety, None, now)
    match question, answer:
        case Question.WISH, Answer.YES:
            # Only asked once somebody reads; so the next thing to know is whether the place is safe.
            asked = replace(_asking(known, Question.SAFE, now), wish_stated=True)
            says = (Say((TextKey.SAFETY_WISH_YES,)), Say((TextKey.SAFETY_ASK_SAFE,), YES_NO))
            return Turn(says, asked, alarm=True)
        case Question.WISH, Answer.NO:
            return Turn((Say((TextKey.SAFETY_WISH_NO,)),), known)
        case Question.SAFE, Answer.YES:
            return Turn((Say((TextKey.SAFETY_SAFE_YES,)),), known)
        case Question.SAFE, Answer.NO:
            return Turn((Say((TextKey.SAFETY_EMERGENCY,), CANNOT),), known, alarm=True)
        case Question.BESIDE, Answer.YES:
            return Turn((Say((TextKey.SAFETY_BESIDE_YES,)),), known)
        case Question.BESIDE, Answer.NO:
            return Turn((Say((TextKey.SAFETY_BESIDE_NO,), CANNOT),), known, alarm=True)
        case _:
            return Turn((Say((TextKey.SAFETY_UNSURE,)),), known)


def _near(safety: Safety) -> TextKey:
    return TextKey.CANNOT_PHONE_NEAR_TRUSTED if "guardian" in safety.suspects else TextKey.CANNOT_PHONE_NEAR


def _cannot_phone(safety: Safety, reader: Reader, now: datetime) -> Turn:
    """One question at a time: where are you, who is near; then what can be reached by text."""
    if safety.asked is Question.PLACE:
        return Turn((Say((_near(safety),)),), _asking(safety, Question.NEAR, now), alarm=True)
    comes = _who_comes(safety, reader)[0]
    done = (TextKey.CANNOT_PHONE_DONE, comes, TextKey.SAFETY_TEXT_LINES)
    return Turn((Say(done),), _asking(safety, None, now), alarm=True)
