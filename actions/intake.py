"""What the bot says next: the conversation's decisions, free of Rasa, of wording and of I/O.

``decide`` maps (reading, memory) to a plan. Its rules, in this order:

1. The notice comes with the first words, once a session; a heavy word goes first, then the notice waits a turn.
2. A person is asked for at any time, the first message included, and no question follows (WG-3).
3. Every question is put at most twice, declined by a word, and never comes again once settled (WG-9c).
4. What is told unasked is taken, in any order, several things at once, and may be corrected later in a word.
5. After the form the student goes on writing: every message gets a short receipt (TAJ-N2), never silence.
6. When the risk screen interrupted the session the form is over, until the student wants it again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from actions.after_form import SMALL, WAYS_ON, Said, after_the_form, care, new_friend, receipt
from actions.buttons import TALK, Act, Topic
from actions.memory import Answers, Memory, Question, Stage
from actions.plan import Bubble, Computed, Cue, Effect, Plan, bubble
from actions.questions import accepting, buttons_for, question_bubble
from actions.reading import Reading
from actions.replies import service_reply
from actions.told import absorb
from handoff.domain.texts import TextKey

#: How often a question is put before the form goes on without an answer.
MOST_TIMES: Final = 2

NOTICE: Final = (
    bubble(TextKey.WELCOME, TextKey.NOTICE_PROGRAM, TextKey.NOTICE_NAMES),
    bubble(TextKey.NOTICE_READERS, Computed.SECRECY, Computed.CLOSED_NOW),
)
_MEDIA: Final = frozenset({Act.STICKER, Act.IMAGE, Act.VIDEO, Act.AUDIO, Act.FILE, Act.LOCATION, Act.UNKNOWN_EVENT})
#: Nothing that comes from a session at risk is refused: these are received there like words.
_REFUSABLE: Final = frozenset({Act.IMAGE, Act.VIDEO, Act.AUDIO, Act.FILE})


def decide(reading: Reading, before: Memory) -> Plan:
    """The turn that answers ``reading``."""
    if reading.interrupted:
        before = before.after_interrupt()
    memory, changed, corrected = absorb(reading, replace(before, turns=before.turns + 1))
    first = not before.noticed
    heavy = reading.heavy and reading.act not in (Act.ASK_HUMAN, Act.LEAVE_MESSAGE)
    if not (first and heavy):
        memory = replace(memory, noticed=True)
    plan = care(reading, before, memory) if heavy else _turn(reading, before, memory, corrected, first=first)
    if first and not heavy:
        plan = replace(plan, bubbles=_after_notice(plan.bubbles))
    return replace(plan, record=changed or plan.record or plan.memory.declined != before.declined)


def _after_notice(bubbles: tuple[Bubble, ...]) -> tuple[Bubble, ...]:
    """The notice and what follows it, three bubbles in all: the rest is said in one."""
    cues = tuple(cue for part in bubbles for cue in part.cues if cue.what is not TextKey.GREETING)
    return (*NOTICE, Bubble(cues, bubbles[-1].buttons))


def _turn(reading: Reading, before: Memory, memory: Memory, corrected: str | None, *, first: bool) -> Plan:
    match reading.act:
        case Act.ASK_HUMAN:
            return _hand_off(before, memory)
        case Act.LEAVE_MESSAGE:
            left = replace(memory, done=True, asked=None, put=0, receipts=0, stage=_not_back(memory.stage))
            return Plan((bubble(Computed.LEFT_MESSAGE),), left, Effect.LEAVE_MESSAGE)
        case Act.FOLLOW:
            return Plan((bubble(TextKey.INVITE) if first else bubble(TextKey.GREETING, TextKey.INVITE),), memory)
        case Act.STOP:
            alone = memory.stage is Stage.INTAKE and not reading.interrupted
            text = TextKey.GOODBYE if alone else TextKey.GOODBYE_RECEIVED
            return Plan((bubble(text),), replace(memory, done=True, asked=None, put=0))
        case Act.START_OVER:
            return _start_over(memory, reading)
        case act if reading.interrupted and act in _REFUSABLE:
            return receipt(memory)
        case act if act in _MEDIA:
            return Plan((bubble(Cue(Computed.MEDIA, act.value.removeprefix("event_"))),), memory)
    if memory.done:
        return after_the_form(reading, before, memory, corrected)
    if first and not _tells(reading, memory):
        return _invite(reading, memory)
    return _form(reading, before, memory, corrected)


# --- the form ---------------------------------------------------------------------------------------------------


def _form(reading: Reading, before: Memory, memory: Memory, corrected: str | None) -> Plan:
    asked = memory.asked
    new_topic = memory.answers.topic is not None and before.answers.topic is None
    if new_topic and memory.answers.topic is Topic.ABUSE:
        return _believe(before, memory)
    told_more = memory.answers != before.answers
    if reading.act is Act.SERVICE and not told_more:
        return _service_in_form(reading, memory)
    understood = True
    if asked is not None:
        if _answered(asked, reading, memory, before):
            memory = memory.settle(asked)
        elif _declines(asked, reading):
            memory = memory.settle(asked, declined=True)
            return _ask_next(memory, (TextKey.ACK_SKIP,))
        elif memory.put >= MOST_TIMES:
            memory = memory.settle(asked)
            understood = told_more or reading.story or reading.act in SMALL
        else:
            understood = told_more or reading.story or reading.act is Act.TOPIC
    elif before.noticed and not told_more and reading.act is Act.UNCLEAR and not reading.telling and not before.unclear:
        return _invite(reading, memory)
    acknowledged = _acknowledge(reading, before, memory, corrected, understood=understood)
    return _ask_next(memory, (*acknowledged, Computed.SECRECY) if reading.secrecy and before.noticed else acknowledged)


def _tells(reading: Reading, memory: Memory) -> bool:
    """Whether the first words tell anything to go on with."""
    return memory.answers.known() or reading.telling and reading.act in (Act.UNCLEAR, Act.INFORM)


def _invite(reading: Reading, memory: Memory) -> Plan:
    """The open invitation, instead of a question, while nothing is told yet."""
    if reading.act is Act.SERVICE and reading.service is not None:
        return Plan((Bubble((*service_reply(reading.service), Cue(TextKey.INVITE))),), memory)
    if reading.act is Act.UNCLEAR:
        return Plan((bubble(TextKey.UNCLEAR, buttons=(TALK,)),), replace(memory, unclear=memory.unclear + 1))
    small = SMALL.get(reading.act)
    return Plan((bubble(*((small,) if small else ()), TextKey.INVITE),), memory)


def _answered(asked: Question, reading: Reading, memory: Memory, before: Memory) -> bool:
    if asked not in memory.open_questions():
        return True
    told = reading.told
    match asked:
        case Question.AGE_GRADE | Question.SCHOOL:
            year = reading.year is not None and asked is Question.AGE_GRADE
            return year or told.school_type is not None or told.grade is not None and asked is Question.SCHOOL
        case Question.PERSON:
            return reading.act is Act.AFFIRM
        case _:
            return False


def _declines(asked: Question, reading: Reading) -> bool:
    return reading.declined or reading.act in (Act.SKIP, Act.DENY, Act.UNSURE)


def _service_in_form(reading: Reading, memory: Memory) -> Plan:
    """The answer, then the form again; a question that was put twice is left standing, not put once more."""
    answer = Bubble(service_reply(reading.service))
    if memory.asked is None:
        return Plan((replace(answer, cues=(*answer.cues, Cue(TextKey.INVITE))),), memory)
    if memory.put >= MOST_TIMES:
        return Plan((replace(answer, buttons=buttons_for(memory.asked, memory)),), memory)
    asking = question_bubble(memory.asked, memory)
    return Plan(
        (replace(answer, cues=(*answer.cues, *asking.cues), buttons=asking.buttons),),
        replace(memory, put=memory.put + 1),
    )


def _acknowledge(reading: Reading, before: Memory, memory: Memory, corrected: str | None, *, understood: bool) -> Said:
    told_more = memory.answers != before.answers
    new_topic = memory.answers.topic is not None and before.answers.topic is None
    friend = new_friend(before, memory)
    if corrected:
        return (Cue(TextKey.ACK_CORRECTION, corrected),)
    if new_topic or friend:
        return (accepting(memory.answers, new_friend=friend),)
    if reading.story:
        return (TextKey.ACCEPT_LONG,)
    if reading.act is Act.GREET:
        return ()
    small = SMALL.get(reading.act)
    if small:
        return (small,)
    if told_more:
        return (TextKey.ACK,)
    if memory.turns == 1 or reading.telling:
        return (TextKey.ACCEPT,)
    if understood:
        return (TextKey.ACK,)
    return (TextKey.ACK_REPEAT if memory.asked else TextKey.ACK_UNKNOWN,)


def _ask_next(memory: Memory, acknowledged: Said) -> Plan:
    """The next open question, or the summary when none is left."""
    question = memory.asked or next(iter(memory.open_questions()), None)
    if question is None:
        return _summarise(memory, acknowledged)
    put = memory.put + 1 if question is memory.asked else 1
    asking = question_bubble(question, memory)
    said = Bubble((*bubble(*acknowledged).cues, *asking.cues), asking.buttons)
    return Plan((said,), replace(memory, asked=question, put=put, unclear=0))


def _summarise(memory: Memory, acknowledged: Said) -> Plan:
    done = replace(memory, done=True, asked=None, put=0, offers=1, unclear=0)
    head = bubble(*acknowledged, *((Computed.SUMMARY,) if memory.answers.known() else ()))
    offer = bubble(Computed.OFFER, buttons=WAYS_ON)
    return Plan((head, offer) if head.cues else (offer,), done)


# --- at any time ------------------------------------------------------------------------------------------------


def _hand_off(before: Memory, memory: Memory) -> Plan:
    after = replace(memory, done=True, asked=None, put=0, receipts=0, stage=Stage.WAITING)
    already = before.stage is Stage.WAITING
    return Plan((bubble(Cue(Computed.HANDOFF, "already" if already else "")),), after, Effect.HANDOFF)


def _not_back(stage: Stage) -> Stage:
    """Who already waits for a counsellor keeps waiting; a message more changes nothing."""
    return stage if stage is Stage.WAITING else Stage.LEFT_MESSAGE


def _start_over(memory: Memory, reading: Reading) -> Plan:
    """The answers are gone; who already asked for a person keeps the place, and isn't asked again."""
    cleared = replace(
        memory, answers=Answers(), settled=frozenset(), declined=frozenset(), asked=None, put=0, unclear=0, offers=0
    )
    if memory.stage is not Stage.INTAKE:
        return Plan((bubble(TextKey.STARTED_OVER, TextKey.RECEIPT),), cleared, record=True)
    again = replace(cleared, done=False, resumed=reading.interrupted)
    return Plan((bubble(TextKey.STARTED_OVER, TextKey.INVITE),), again, record=True)


def _believe(before: Memory, memory: Memory) -> Plan:
    """Abuse: believed, no details asked, no question about school, a person in reach."""
    text = accepting(memory.answers, new_friend=new_friend(before, memory))
    said = bubble(text, TextKey.OFFER_AGAIN, Computed.LINES_IF_CLOSED, buttons=WAYS_ON)
    return Plan((said,), replace(memory, done=True, asked=None, put=0, offers=1))
