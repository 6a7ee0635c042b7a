"""Goes through a board's procedure: one question at a time, every advice that fits, a record at the end (HYO-4.1②).

Free of what the procedures say: that is data. What no data can change: nothing is asked more than twice, every question
may stay without an answer, and who is suspected is never advised as a contact.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from actions.after_form import SMALL, WAYS_ON
from actions.any_time import PICTURES, not_back
from actions.buttons import DONT_KNOW, KIND_TITLES, SKIP, TALK, Act, Topic
from actions.frame import Frame
from actions.memory import Memory, Question
from actions.plan import Bubble, Computed, Cue, Effect, Plan, bubble
from actions.progress import DECLINED, UNKNOWN, Progress
from actions.reading import NOTHING, Reading
from actions.replies import service_reply
from handoff.domain.profile.procedure import Contact, Kind, Procedure, Slot, Step, stage_of
from handoff.domain.texts import TextKey

MOST_TIMES: Final = 2
#: An answer to another question that says who did it: 「お父さんが勝手に」.
_BLAMES: Final = re.compile(
    r"(?:が|に)(?:勝手|かって|無断|黙って|だまって)|(?:が|に)(?:使われ|登録され|のせられ|書かれ|とられ|やられ|された)"
)
_KIND_BUTTONS: Final = (*KIND_TITLES, SKIP, TALK)
#: Topics that say by themselves who did it.
_SUSPECTED_BY_TOPIC: Final = {Topic.ABUSE: Contact.GUARDIAN, Topic.TEACHER: Contact.TEACHER}
#: How people name who may have done it, where they don't tap a choice.
_WORDS_FOR: Final = {
    Contact.GUARDIAN: re.compile(
        r"お?(?:母|かあ|父|とう)(?:さん|ちゃん|親)?|里親|叔[父母]|伯[父母]|おじさん|おばさん|じいじ|ばあば|ママ|パパ|(?<!母)親(?!友|戚|せき)|[おう]?(?:家|うち)の(?:人|ひと)|家族|保護者|義父|義母|祖父|祖母|おじいちゃん|おばあちゃん"
    ),
    Contact.TEACHER: re.compile(r"先生|せんせい|センコー|先公|担任|顧問|教師|教員|校長|教頭|監督|コーチ|支援員"),
}
#: What a short answer in other words chooses, where the question offers it.
_CHOICE_OF: Final = {Act.AFFIRM: "はい", Act.DENY: "いいえ", Act.UNSURE: DONT_KNOW}


def begin(memory: Memory, frame: Frame, head: tuple[Bubble, ...]) -> Plan:
    """The procedure's first question after ``head``; which kind of trouble it is is asked where the words didn't say."""
    started = replace(memory, done=True, asked=None, put=0, unclear=0, progress=Progress())
    intro = Cue(TextKey.PROCEDURE_INTRO)
    if memory.kind is None:
        asking = Bubble((intro, Cue(TextKey.PROCEDURE_KIND)), _KIND_BUTTONS)
        return Plan((*head, asking), replace(started, progress=Progress(put=1)), record=True)
    return _with_kind(started, frame, memory.kind, (*head, Bubble((intro,))))


def waiting_buttons(memory: Memory, frame: Frame) -> tuple[str, ...]:
    """The quick replies of the question that waits."""
    if memory.progress is None or memory.progress.procedure is None:
        return _KIND_BUTTONS
    step = _waiting(memory, frame)
    return () if step is None else _buttons(step)


def chooses(reading: Reading, memory: Memory, frame: Frame) -> bool:
    """Whether the words are a choice of the question that waits; then they mean that and nothing else."""
    step = _waiting(memory, frame)
    return step is not None and reading.words in step.choices


def about_the_person(reading: Reading, memory: Memory, frame: Frame) -> Reading:
    """The message with the facts of the person concerned alone: an answer may tell of somebody else (「高2の男子」).

    Facts count where the question that waits is for them; whom the talk is about is no news then.
    """
    step = _waiting(memory, frame)
    if step is None or step.slot is None:
        return replace(reading, told=NOTHING, year=None)
    return replace(reading, told=replace(reading.told, topic=None, role=None, gender=None))


def _waiting(memory: Memory, frame: Frame) -> Step | None:
    progress = memory.progress or Progress()
    procedure = frame.by_id(progress.procedure)
    place = None if procedure is None else procedure.step(progress.step or "")
    return None if procedure is None or place is None else procedure.steps[place]


def go_on(reading: Reading, memory: Memory, frame: Frame) -> Plan:
    """The turn that answers ``reading`` while a procedure is open."""
    progress = memory.progress or Progress()
    if progress.procedure is None:
        return _kind(reading, memory, frame, progress)
    procedure = frame.by_id(progress.procedure)
    place = None if procedure is None or progress.step is None else procedure.step(progress.step)
    if procedure is None or place is None:
        # The board changed it meanwhile: what was answered stays, nothing is asked of a version that is gone.
        return _end(memory, progress, ())
    step = procedure.steps[place]
    chosen = reading.words in step.choices
    if reading.act is Act.SERVICE and not chosen:
        return _service(reading, memory, progress, step)
    if reading.act in PICTURES and not step.media:
        return Plan((replace(_media(reading), buttons=_buttons(step)),), memory)
    if reading.act in SMALL and not chosen and progress.put < MOST_TIMES:
        small = bubble(SMALL[reading.act], step.ask or "", buttons=_buttons(step))
        return Plan((small,), replace(memory, progress=replace(progress, put=progress.put + 1)))
    answer = _answer(reading, step)
    memory = replace(memory, suspects=memory.suspects | _named(step, answer))
    progress = progress.answered(step.id, step.record or step.id, answer)
    if step.consent:
        progress = replace(progress, consent=answer)
    thanks = (_media(reading),) if reading.act in PICTURES else (_acknowledge(answer),)
    return _advance(memory, procedure, progress, place + 1, thanks)


def _kind(reading: Reading, memory: Memory, frame: Frame, progress: Progress) -> Plan:
    if reading.kind is not None:
        return _with_kind(memory, frame, reading.kind, (bubble(TextKey.ACK),))
    if progress.put < MOST_TIMES and reading.act not in (Act.SKIP, Act.DENY) and not reading.declined:
        before = service_reply(reading.service) if reading.act is Act.SERVICE else (Cue(TextKey.ACK_REPEAT),)
        again = Bubble((*before, Cue(TextKey.PROCEDURE_KIND)), _KIND_BUTTONS)
        return Plan((again,), replace(memory, progress=replace(progress, put=progress.put + 1)))
    return _end(memory, progress, (bubble(TextKey.ACK_UNKNOWN),))


def _with_kind(memory: Memory, frame: Frame, kind: Kind, head: tuple[Bubble, ...]) -> Plan:
    procedure = frame.procedure(memory, kind)
    memory = replace(memory, kind=kind)
    if procedure is None:
        return _end(memory, memory.progress or Progress(), head)
    return _advance(memory, procedure, (memory.progress or Progress()).begun(procedure), 0, head)


def _advance(memory: Memory, procedure: Procedure, progress: Progress, place: int, head: tuple[Bubble, ...]) -> Plan:
    """Say what comes next up to the next question, or up to the end."""
    said: list[Cue] = [cue for part in head for cue in part.cues]
    for step in procedure.steps[place:]:
        if not _applies(step, memory, progress):
            continue
        if step.counsellor is not None:
            progress = replace(progress, to_do=(*progress.to_do, step.counsellor))
        elif step.say is not None:
            said.append(Cue(step.say))
            progress = replace(progress, said=(*progress.said, step.id))
        elif step.slot is not None and (known := _known(step.slot, memory)):
            # Not asked again, whether it was told or declined.
            progress = progress.answered(step.id, step.record or step.id, known)
        else:
            asked = replace(memory, progress=replace(progress, step=step.id, put=1))
            # In one bubble, which is cut where it gets long: a turn of five messages reads nobody.
            return Plan((Bubble((*said, Cue(step.ask or "")), _buttons(step)),), asked, record=True)
    return _end(memory, progress, (Bubble(tuple(said)),))


def _end(memory: Memory, progress: Progress, head: tuple[Bubble, ...]) -> Plan:
    """Nothing more is asked. What was answered reaches a counsellor whatever comes next (HYO-4.1⑥); nothing is lost by
    not choosing."""
    over = replace(memory, progress=replace(progress, step=None, over=True), offers=memory.offers + 1)
    cues = tuple(cue for part in head for cue in part.cues)
    if not progress.answers:
        return Plan((Bubble((*cues, Cue(Computed.OFFER)), WAYS_ON),), over, record=True)
    kept = replace(over, receipts=0, stage=not_back(over.stage))
    return Plan((Bubble((*cues, Cue(TextKey.PROCEDURE_DONE)), (TALK,)),), kept, Effect.LEAVE_MESSAGE, record=True)


def _service(reading: Reading, memory: Memory, progress: Progress, step: Step) -> Plan:
    """The answer, then the question again; one that was put twice is left standing."""
    answer = Bubble(service_reply(reading.service), _buttons(step))
    if progress.put >= MOST_TIMES:
        return Plan((answer,), memory)
    return Plan((answer, _asking(step)), replace(memory, progress=replace(progress, put=progress.put + 1)))


def _asking(step: Step) -> Bubble:
    return Bubble((Cue(step.ask or ""),), _buttons(step))


def _buttons(step: Step) -> tuple[str, ...]:
    return (*step.choices, SKIP, TALK)


def _media(reading: Reading) -> Bubble:
    return bubble(Cue(Computed.MEDIA, reading.act.value.removeprefix("event_")))


def _answer(reading: Reading, step: Step) -> str:
    choice = reading.words if reading.words in step.choices else _CHOICE_OF.get(reading.act)
    if choice in step.choices:
        return choice or ""
    if reading.declined or reading.act is Act.SKIP:
        return DECLINED
    if reading.act is Act.UNSURE:
        return UNKNOWN if len(reading.words) <= len(DONT_KNOW) else reading.words
    if reading.act in PICTURES:
        return "（画像などが届いた）"
    return reading.words or DECLINED


def _acknowledge(answer: str) -> Bubble:
    return bubble({DECLINED: TextKey.ACK_SKIP, UNKNOWN: TextKey.ACK_UNSURE}.get(answer, TextKey.ACK))


def _named(step: Step, answer: str) -> frozenset[str]:
    """Whom an answer suspects: a choice that names somebody, also inside a longer answer, or the person in other words."""
    if not step.suspects and not _BLAMES.search(answer):
        return frozenset()
    if answer == DECLINED:
        return frozenset()
    chosen = {contact.value for choice, contact in step.suspects.items() if choice in answer}
    return frozenset(chosen | {contact.value for contact, words in _WORDS_FOR.items() if words.search(answer)})


def _known(slot: Slot, memory: Memory) -> str | None:
    told = memory.answers
    if slot is Slot.SCHOOL:
        return told.school_name
    declined = DECLINED if Question.AGE_GRADE in memory.declined else None
    return told.grade or (f"{told.age}歳" if told.age else declined)


def _applies(step: Step, memory: Memory, progress: Progress) -> bool:
    suspected = _suspected(memory)
    if suspected & set(step.advises):
        return False
    if step.when.suspected is not None and not suspected & set(step.when.suspected):
        return False
    told = memory.answers
    if step.when.stage is not None and stage_of(told.grade, told.school_type, told.age) not in step.when.stage:
        return False
    return all(progress.answers.get(name, "") in wanted for name, wanted in (step.when.answered or {}).items())


def _suspected(memory: Memory) -> set[Contact]:
    """Who is never advised as a contact: named by the words, by an answer, or by the topic."""
    named = {contact for contact in Contact if contact.value in memory.suspects}
    topic = memory.answers.topic
    return named | ({_SUSPECTED_BY_TOPIC[topic]} if topic in _SUSPECTED_BY_TOPIC else set())
