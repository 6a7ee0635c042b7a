"""Take an answer to the survey. Whatever isn't one goes the way of every message, and the survey is over.

The screen has read each of these words before: at concern or above, or where it failed, they are never an answer.
"""

from __future__ import annotations

from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import TALKS, EventType, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import Level
from handoff.domain.survey import Survey, Taken, corrected, taken, taken_back
from handoff.services.outside import Reading
from handoff.services.ports import Transaction
from handoff.services.say import say
from handoff.services.setting import Setting


async def is_survey_answer(
    tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading, level: Level | None
) -> bool:
    """Whether these words, read at this level, open no session: they answer a survey, or correct such an answer."""
    if level is not Level.NONE or event.channel not in TALKS:
        return False
    if event.type is EventType.EDITED:
        return reading.target is not None and await tx.surveys.of_message(event.contact_id, reading.target) is not None
    return reading.message is not None and await _answer(tx, setting, event, reading.message) is not None


async def _answer(tx: Transaction, setting: Setting, event: StoredEvent, message: StudentMessage) -> Taken | None:
    if not event.surveyed or message.kind is not MessageKind.TEXT or event.standby or event.payload is None:
        return None
    survey = await tx.surveys.open_for(event.contact_id)
    if survey is None or await tx.sessions.open_for(event.contact_id) is not None:
        return None
    return _taken(setting, survey, event, message)


def _taken(setting: Setting, survey: Survey, event: StoredEvent, message: StudentMessage) -> Taken | None:
    clock = setting.clock
    # By our own receipt, not LINE's clock: it is compared with the time at which we asked.
    arrived = event.received_at + (clock.now() - clock.real())
    return taken(survey, message.text, message.line_message_id, arrived)


async def take_survey_answer(
    tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading, message: StudentMessage
) -> bool:
    """Take a message as the survey's answer and say what follows; False where it isn't one: nothing was written then.

    Finishes the event, so that an answer counts once.
    """
    if event.type is not EventType.MESSAGE or not await is_survey_answer(tx, setting, event, reading, event.level):
        return False
    open_one = await tx.surveys.open_for(event.contact_id)
    if open_one is None:
        return False
    session = await tx.sessions.lock(open_one.session_id)
    survey = await tx.surveys.lock(session.id)
    found = None if survey is None else _taken(setting, survey, event, message)
    if survey is None or found is None:
        return False
    now = setting.clock.now()
    if not await tx.events.finish(event.id, now, "survey"):
        return True
    line_id = message.line_message_id
    if line_id is not None and await tx.events.was_withdrawn(event.contact_id, line_id):
        await tx.events.forget_payload(event.id)  # taken back before we came to it: no answer was given
        return True
    await tx.surveys.save(found.survey)
    await say(
        tx,
        setting,
        event,
        session,
        [Line(setting.profile.text(found.says), found.buttons)],
        reading.reply_token,
    )
    await tx.audit.add(now, "student", "answer_survey", session.id, step=survey.step.code)
    await tx.facts.wake(session.id, now)
    tx.desk.tell(DeskEvent.SHEET, session.id)
    return True


async def change_survey_answer(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Follow an unsend or an edit of a message that answered a survey: what is taken back is gone here as well."""
    if reading.target is None:
        return
    found = await tx.surveys.of_message(event.contact_id, reading.target)
    if found is None:
        return
    await tx.sessions.lock(found.session_id)
    survey = await tx.surveys.lock(found.session_id)
    if survey is None:
        return
    if event.type is EventType.UNSEND:
        after, verb = taken_back(survey, reading.target), "unsend_survey_answer"
    elif reading.edited_text is not None:
        after, verb = corrected(survey, reading.target, reading.edited_text), "edit_survey_answer"
    else:
        return
    await tx.surveys.save(after)
    await tx.audit.add(setting.clock.now(), "student", verb, found.session_id)
    await tx.facts.wake(found.session_id, setting.clock.now())
    tx.desk.tell(DeskEvent.SHEET, found.session_id)


async def shows_more_than_answer(tx: Transaction, event: StoredEvent, reading: Reading) -> bool:
    """Whether an edit made of a survey's answer something that a person has to see, below high as well."""
    if event.type is not EventType.EDITED or reading.target is None or event.level is Level.NONE:
        return False
    return await tx.surveys.of_message(event.contact_id, reading.target) is not None


async def end_survey(tx: Transaction, setting: Setting, contact_id: UUID) -> None:
    """End what is open of a contact's, without a word; a new consultation begins, or they are asked anew."""
    clock = setting.clock
    for session_id in await tx.surveys.expire(contact_id, clock.real()):
        await tx.audit.add(clock.now(), "worker", "end_survey", session_id)
