"""What the bot says next: the conversation's decisions, free of Rasa, of wording and of I/O.

``decide`` maps (reading, memory, frame) to a plan. Its rules, in this order:

1. The notice comes with the first words, once a session; a heavy word goes first, then the notice waits a turn.
2. A person is asked for at any time, the first message included, and no question follows (WG-3).
3. Every question is put at most twice, declined by a word, and never comes again once settled (WG-9c).
4. What is told unasked is taken, in any order, several things at once, and may be corrected later in a word.
5. Who isn't among those the service is for hears so once, is received and pointed on (HOK-8.2); never at risk (WG-16).
6. After the form the student goes on writing: every message gets a short receipt (TAJ-N2), never silence.
7. When the risk screen interrupted the session the form is over, until the student wants it again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from actions import procedures, report_flow
from actions.after_form import SMALL, WAYS_ON, Said, after_the_form, care, new_friend
from actions.any_time import at_any_time
from actions.buttons import AGAIN_TITLES, REPORT, TALK, Act, Again, Topic
from actions.frame import NO_FRAME, Frame
from actions.memory import Memory, Question, Stage
from actions.plan import Bubble, Computed, Cue, Effect, Plan, bubble
from actions.questions import ADULTS, accepting, buttons_for, question_bubble
from actions.reading import Reading
from actions.replies import service_reply
from actions.told import absorb
from handoff.domain.profile.standing import Standing
from handoff.domain.texts import TextKey

#: How often a question is put before the form goes on without an answer.
MOST_TIMES: Final = 2

#: Words that give nothing to go on with, before anything was asked.
_VAGUE: Final = frozenset({Act.UNCLEAR, Act.UNSURE})
#: The ways that are open before anything is told.
_BEGIN: Final = (TALK, REPORT)
#: Two short bubbles: who speaks and who reads; what stays secret and what can't (TAJ-S1 to S3).
NOTICE: Final = (
    bubble(TextKey.WELCOME, TextKey.NOTICE_PROGRAM, TextKey.NOTICE_NAMES, TextKey.NOTICE_READERS),
    bubble(Computed.SECRECY),
)
NOTICE_AGAIN: Final = (replace(NOTICE[0], cues=(Cue(TextKey.WELCOME_BACK), *NOTICE[0].cues[1:])), NOTICE[1])


def decide(reading: Reading, before: Memory, frame: Frame = NO_FRAME) -> Plan:
    """The turn that answers ``reading``."""
    if reading.interrupted:
        before = before.after_interrupt()
    chosen = procedures.chooses(reading, before, frame)
    reporting = before.in_report and report_flow.chooses(reading, before)
    if before.in_procedure:
        reading = procedures.about_the_person(reading, before, frame)
    elif before.in_report:
        reading, before = report_flow.about_others(reading, before)
    counted = replace(
        before,
        turns=before.turns + 1,
        stickers=before.stickers + 1 if reading.act is Act.STICKER else 0,
        suspects=before.suspects | reading.suspects,
        kind=reading.kind or before.kind if _on_the_net(reading, before) else before.kind,
    )
    memory, changed, corrected = absorb(reading, counted)
    first = not before.noticed
    # A tapped choice is a word of ours, whatever the model takes it for; what the screen says counts all the same.
    # Within a procedure or a report the words may be those of somebody else, or about others.
    of_others = before.in_procedure or before.in_report
    heavy = reading.screened_heavy if chosen or reporting or of_others else reading.heavy
    heavy = heavy and reading.act not in (Act.ASK_HUMAN, Act.LEAVE_MESSAGE)
    if not (first and heavy):
        memory = replace(memory, noticed=True)
    if heavy:
        plan = care(reading, before, memory)
        if before.has_procedure_answers and plan.effect is None and plan.memory.stage is Stage.INTAKE:
            plan = replace(plan, memory=replace(plan.memory, stage=Stage.LEFT_MESSAGE), effect=Effect.LEAVE_MESSAGE)
            plan = replace(plan, record=True)
        if before.in_report:
            plan = report_flow.broken_off(reading, before, plan)
    elif reporting:
        plan = report_flow.go_on(reading, memory, frame)
    elif chosen:
        plan = procedures.go_on(reading, memory, frame)
    else:
        plan = _turn(reading, before, memory, corrected, frame, first=first)
    if first and not heavy:
        plan = replace(plan, bubbles=_after_notice(plan.bubbles, returning=frame.returning))
    return replace(plan, record=changed or plan.record or plan.memory.settled != before.settled)


def _on_the_net(reading: Reading, before: Memory) -> bool:
    return Topic.NET_TROUBLE in (reading.told.topic, before.answers.topic)


def _after_notice(bubbles: tuple[Bubble, ...], *, returning: bool) -> tuple[Bubble, ...]:
    """The notice and what follows it, three bubbles in all: the rest is said in one, behind what is true of the hour."""
    cues = tuple(cue for part in bubbles for cue in part.cues if cue.what is not TextKey.GREETING)
    # Where other services are named anyway, and where somebody doesn't come to talk, the hour is told in a word, without
    # numbers to call.
    short = any(cue.what in (Computed.ELSEWHERE, TextKey.REPORT_INTRO) for cue in cues)
    hour = Cue(Computed.CLOSED_WORD if short else Computed.CLOSED_NOW)
    notice = NOTICE_AGAIN if returning else NOTICE
    buttons = bubbles[-1].buttons if bubbles else ()
    rest = (Bubble((hour, *cues), buttons),)
    return (*notice, *rest)


def _turn(
    reading: Reading, before: Memory, memory: Memory, corrected: str | None, frame: Frame, *, first: bool
) -> Plan:
    if report_flow.takes_back(reading, memory):
        return report_flow.take_back(memory)
    if report_flow.begins(reading, memory):
        return report_flow.begin(reading, memory, frame)
    back = report_flow.goes_back(reading, memory)
    plan = None if back else at_any_time(reading, before, memory, waiting_buttons(memory, frame), first=first)
    if plan is not None:
        return plan
    if memory.in_report:
        return report_flow.go_on(reading, memory, frame)
    if memory.in_procedure:
        return procedures.go_on(reading, memory, frame)
    if not reading.interrupted and not memory.pointed_on:
        outside = _outside(reading, memory, frame)
        if outside is not Standing.SERVED:
            return _point_on(before, memory, outside)
    if memory.done:
        return after_the_form(reading, before, memory, corrected)
    if memory.again:
        memory = replace(memory, again=False)
        if reading.again is Again.SAME and not reading.telling:
            done = replace(memory.over(), offers=1)
            return Plan((bubble(TextKey.SAME_THING, Computed.OFFER, buttons=WAYS_ON),), done)
        if reading.again is Again.OTHER and not _tells(reading, memory):
            return Plan((bubble(TextKey.ACK, TextKey.INVITE, buttons=(TALK,)),), memory)
    if first and not _tells(reading, memory):
        return _ask_same(reading, memory) if frame.returning else _invite(reading, memory)
    return _form(reading, before, memory, corrected, frame)


def waiting_buttons(memory: Memory, frame: Frame) -> tuple[str, ...]:
    """The quick replies of the question that still waits; LINE shows them below the newest message alone."""
    if memory.in_report:
        return report_flow.waiting_buttons(memory, frame)
    if memory.in_procedure:
        return procedures.waiting_buttons(memory, frame)
    if memory.asked is not None:
        return buttons_for(memory.asked, memory)
    return () if memory.done else (TALK,)


def _ask_same(reading: Reading, memory: Memory) -> Plan:
    """Who comes again may say so in one tap and skip everything; nothing of the earlier talk is said."""
    answer = service_reply(reading.service) if reading.act is Act.SERVICE and reading.service is not None else ()
    asking = Bubble((*answer, Cue(TextKey.ASK_SAME)), (*AGAIN_TITLES, TALK))
    return Plan((asking,), replace(memory, again=True))


def _outside(reading: Reading, memory: Memory, frame: Frame) -> Standing:
    standing = frame.standing(memory)
    if reading.act is not Act.OUT_OF_AREA or standing is not Standing.SERVED or memory.answers.role in ADULTS:
        return standing
    return Standing.ELSEWHERE if reading.elsewhere else Standing.OUTSIDE


def _point_on(before: Memory, memory: Memory, outside: Standing) -> Plan:
    """Received sincerely and pointed on, with a person still in reach (HOK-8.2); the form's questions make no sense."""
    told = replace(memory.over(), pointed_on=True, offers=memory.offers + 1)
    new_topic = memory.answers.topic is not None and before.answers.topic is None
    thanks = (accepting(memory.answers, new_friend=False),) if new_topic else ()
    said = bubble(*thanks, TextKey(f"out_of_scope_{outside.value}"), Computed.ELSEWHERE, buttons=WAYS_ON)
    return Plan((said,), told)


# --- the form ---------------------------------------------------------------------------------------------------


def _form(reading: Reading, before: Memory, memory: Memory, corrected: str | None, frame: Frame) -> Plan:
    asked = memory.asked
    new_topic = memory.answers.topic is not None and before.answers.topic is None
    if new_topic and memory.answers.topic is Topic.ABUSE:
        return _believe(before, memory)
    told_more = memory.answers != before.answers
    if reading.act is Act.SERVICE and not told_more:
        return _service_in_form(reading, memory)
    understood = True
    if asked is not None:
        if asked not in memory.open_questions() or corrected is None and _answered(asked, reading):
            memory = memory.settle(asked)
        elif reading.act is Act.UNSURE and not reading.declined:
            return _ask_next(memory.settle(asked, unknown=True), (TextKey.ACK_UNSURE,), frame)
        elif _declines(reading):
            return _ask_next(memory.settle(asked, declined=True), (TextKey.ACK_SKIP,), frame)
        elif memory.put >= MOST_TIMES:
            memory = memory.settle(asked)
            understood = told_more or reading.story or reading.act in SMALL
        else:
            understood = told_more or reading.story or reading.act is Act.TOPIC
    elif before.noticed and not told_more and reading.act in _VAGUE and not reading.telling and not before.unclear:
        return _invite(reading, memory)
    acknowledged = _acknowledge(reading, before, memory, corrected, understood=understood)
    if reading.secrecy and before.noticed:
        acknowledged = (*acknowledged, Computed.SECRECY)
    return _ask_next(memory, acknowledged, frame)


def _tells(reading: Reading, memory: Memory) -> bool:
    """Whether the first words tell anything to go on with."""
    return memory.answers.known() or reading.telling and reading.act in (Act.UNCLEAR, Act.INFORM)


def _invite(reading: Reading, memory: Memory) -> Plan:
    """The open invitation, instead of a question, while nothing is told yet."""
    if reading.act is Act.SERVICE and reading.service is not None:
        return Plan((Bubble((*service_reply(reading.service), Cue(TextKey.INVITE)), _BEGIN),), memory)
    if reading.act in _VAGUE:
        return Plan((bubble(TextKey.UNCLEAR, buttons=_BEGIN),), replace(memory, unclear=memory.unclear + 1))
    small = SMALL.get(reading.act)
    return Plan((bubble(*((small,) if small else ()), TextKey.INVITE, buttons=_BEGIN),), memory)


def _answered(asked: Question, reading: Reading) -> bool:
    told = reading.told
    match asked:
        case Question.AGE_GRADE | Question.SCHOOL:
            year = reading.year is not None and asked is Question.AGE_GRADE
            return year or told.school_type is not None or told.grade is not None and asked is Question.SCHOOL
        case Question.PERSON:
            return reading.act is Act.AFFIRM
        case _:
            return False


def _declines(reading: Reading) -> bool:
    return reading.declined or reading.act in (Act.SKIP, Act.DENY)


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


def _ask_next(memory: Memory, acknowledged: Said, frame: Frame) -> Plan:
    """The next open question, or the summary when none is left."""
    question = memory.asked or next(iter(memory.open_questions()), None)
    if question is None:
        return _summarise(memory, acknowledged, frame)
    put = memory.put + 1 if question is memory.asked else 1
    asking = question_bubble(question, memory)
    said = Bubble((*bubble(*acknowledged).cues, *asking.cues), asking.buttons)
    return Plan((said,), replace(memory, asked=question, put=put, unclear=0))


def _summarise(memory: Memory, acknowledged: Said, frame: Frame) -> Plan:
    """What was told, and the ways on: the board's procedure where it has one, a person or a message in any case."""
    head = bubble(*acknowledged, *((Computed.SUMMARY,) if memory.answers.known() else ()))
    if frame.has_procedure(memory):
        return procedures.begin(memory, frame, (head,))
    done = replace(memory.over(), offers=1, unclear=0)
    offer = bubble(Computed.OFFER, buttons=WAYS_ON)
    return Plan((head, offer) if head.cues else (offer,), done)


def _believe(before: Memory, memory: Memory) -> Plan:
    """Abuse: believed, no details asked, no question about school, a person in reach."""
    text = accepting(memory.answers, new_friend=new_friend(before, memory))
    said = bubble(text, TextKey.OFFER_AGAIN, Computed.LINES_IF_CLOSED, buttons=WAYS_ON)
    return Plan((said,), replace(memory.over(), offers=1))
