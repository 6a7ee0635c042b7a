"""Unsend and edit: what a student takes back is gone, what is corrected is read as corrected."""

from __future__ import annotations

import json
from collections.abc import Callable

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import StoredEvent
from handoff.domain.session import URGENT
from handoff.services.evidence.common import take_back
from handoff.services.outside import Reading
from handoff.services.ports import Transaction
from handoff.services.report.hear_reporter import correct_in_report, forget_in_report
from handoff.services.setting import Setting
from handoff.services.transcript_ports import KnownMessage
from kernel.tracker import is_of

#: Stands where the bot repeated words that were taken back.
REMOVED = "（削除されました）"
#: Shorter words (a grade's digit, 「はい」) stand in other sentences by chance; taking them out would only break those.
LEAST_ANSWER = 2
LEAST_TEXT = 4
#: The answer that holds a procedure's record, as JSON.
PROCEDURE = "procedure"


async def unsend(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Remove a withdrawn message's words from all that is kept; a mark stays in the transcript.

    Words whose level is high or critical are only hidden, sealed, until the supervisor decides (EXT-2, promise 2).
    """
    now = setting.clock.now()
    if reading.target is None:
        return
    found = await tx.transcript.find(event.contact_id, reading.target)
    if found is not None and (await _take_file_back(tx, setting, found) or found.level in URGENT):
        await tx.transcript.hide_words(found.id, now)
        await forget_in_report(tx, found)  # they stay sealed in the transcript alone
        await tx.audit.add(now, "student", "unsend_hidden", found.session_id, message=str(found.id))
        tx.desk.tell(DeskEvent.LINE, found.session_id, found.id)
        return
    event_ids = await tx.events.forget_words(event.contact_id, reading.target)
    if found is None:
        return
    await tx.transcript.remove_words(found.id, now)
    for event_id in event_ids:
        await tx.trackers.forget_message(found.session_id, event_id)
    await forget_in_report(tx, found)  # a report is locked before its session
    await _forget_echoes(tx, found)
    await tx.audit.add(now, "student", "unsend", found.session_id, message=str(found.id))
    tx.desk.tell(DeskEvent.LINE, found.session_id, found.id)


async def take_words_out(tx: Transaction, setting: Setting, found: KnownMessage) -> None:
    """Two decided that one line's words go: with its file and what repeats them, whatever their level. A mark stays.

    The caller has asked what speaks against it, and keeps the record of who decided.
    """
    now = setting.clock.now()
    await take_back(tx, setting, found.id, urgent=False, actor="worker")
    await tx.transcript.remove_words(found.id, now)
    # A student's line has its event's id.
    await tx.events.forget_payload(found.id)
    await tx.trackers.forget_message(found.session_id, found.id)
    await forget_in_report(tx, found)
    await _forget_echoes(tx, found)
    tx.desk.tell(DeskEvent.LINE, found.session_id, found.id)


async def _take_file_back(tx: Transaction, setting: Setting, found: KnownMessage) -> bool:
    """A picture goes with its message; in a session at risk it is kept, hidden, which this tells."""
    card = await tx.views.card(found.session_id)
    urgent = card is not None and (card.level in URGENT or card.unscreened)
    return await take_back(tx, setting, found.id, urgent=urgent)


async def _forget_echoes(tx: Transaction, found: KnownMessage) -> None:
    """What repeats the withdrawn words goes with them: answers (a school's name) and the bot's own lines."""
    text = found.text or ""
    answers = await tx.sessions.intake(found.session_id)
    echoed = {name for name, value in answers.items() if value and len(value) >= LEAST_ANSWER and value in text}
    kept = {name: None if name in echoed else value for name, value in answers.items()}
    if kept.get(PROCEDURE):
        kept[PROCEDURE] = _without_words(kept[PROCEDURE] or "", text.strip())
    if kept != answers:
        await tx.sessions.set_intake(found.session_id, kept)
    fragments = {answers[name] or "" for name in echoed} | ({text} if len(text) >= LEAST_TEXT else set())
    if fragments:
        redact = _redactor(sorted(fragments, key=len, reverse=True))
        await tx.transcript.redact_spoken(found.session_id, found.id, redact)
        await tx.outbox.redact(found.session_id, redact)


def _without_words(record: str, words: str) -> str:
    """The record of a board's procedure (actions/progress.py) without the answer that these words were."""
    whole = json.loads(record)
    for one in whole["answers"]:
        if is_of(one["answer"], words):
            one["answer"] = REMOVED
    return json.dumps(whole, ensure_ascii=False)


def _redactor(fragments: list[str]) -> Callable[[str], str]:
    def redact(said: str) -> str:
        for fragment in fragments:
            said = said.replace(fragment, REMOVED)
        return said

    return redact


async def edit(tx: Transaction, setting: Setting, event: StoredEvent, reading: Reading) -> None:
    """Take over an edited text; the largest event time wins (LINE's rule).

    Words at high or critical stay as they were written: what made the level must not vanish by an edit.
    """
    if reading.target is None or reading.edited_text is None:
        return
    if await tx.events.was_withdrawn(event.contact_id, reading.target):
        await tx.events.forget_payload(event.id)
        return
    found = await tx.transcript.find(event.contact_id, reading.target)
    if found is None or found.level in URGENT:
        return
    if await tx.transcript.edit(found, reading.edited_text, event.line_timestamp, event.level, event.assessment):
        await correct_in_report(tx, setting, found, reading.edited_text)
        await tx.audit.add(setting.clock.now(), "student", "edit", found.session_id, message=str(found.id))
        tx.desk.tell(DeskEvent.LINE, found.session_id, found.id)
