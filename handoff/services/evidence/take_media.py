"""A picture, film or sound comes on LINE: whether it is fetched, and what the student hears where it isn't.

In a session that is the bot's, the bot says it in its turn; where a person has the talk, the service says it itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from handoff.domain.evidence import (
    KINDS,
    TELL_AGAIN_AFTER,
    Evidence,
    EvidenceState,
    Ground,
    Refusal,
    ground_of,
    most_files,
)
from handoff.domain.file_types import EvidenceKind
from handoff.domain.incoming import MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import SessionView
from handoff.domain.texts import TextKey
from handoff.services.evidence.common import flow_of, show
from handoff.services.ports import Transaction
from handoff.services.say import say
from handoff.services.setting import Setting

#: What a student hears whose file isn't taken, by its kind.
_SAID: Final = {MessageKind.AUDIO: TextKey.AUDIO_REFUSED}
_UNSEEN: Final = frozenset({Refusal.NOT_ACCEPTED, Refusal.COUNT, Refusal.EXTERNAL})


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A file that isn't fetched. said: what the student should hear, None where they heard it just now; by_service: the
    bot knows nothing of the reason, so the service says it.
    """

    said: TextKey | None
    by_service: bool


async def take_media(
    tx: Transaction, setting: Setting, session: SessionView, event: StoredEvent, message: StudentMessage
) -> NotTaken | None:
    """Note that a file came with a message, and have it fetched where it is taken.

    Gives None where it is, or where the message brings no file.
    """
    kind = KINDS.get(message.kind)
    if kind is None:
        return None
    known = await tx.evidence.of_event(event.id)
    if known is not None:  # a step that is done again
        refused = known.state is EvidenceState.REFUSED and known.reason in _UNSEEN
        return _not_taken(message, known.reason) if refused else None
    now = setting.clock.now()
    source = None if message.elsewhere else message.line_message_id
    evidence = Evidence(
        id=uuid4(),
        session_id=session.id,
        state=EvidenceState.WAITING,
        ground=Ground.FLOW,
        made_at=now,
        touched_at=now,
        event_id=event.id,
        kind=kind,
        source=source,
        due_at=setting.clock.real(),
    )
    ground, reason = await _ground(tx, setting, session, kind)
    if ground is not None and source is None:
        ground, reason = None, Refusal.EXTERNAL
    if ground is not None:
        await tx.evidence.add(replace(evidence, ground=ground))
        await tx.jobs.wake_fetch(evidence.id)
        return None
    told = await tx.evidence.last_refused(session.id)
    await tx.evidence.add(replace(evidence, state=EvidenceState.REFUSED, reason=reason, due_at=None))
    refusal = _not_taken(message, reason)
    recently = told is not None and now - told < TELL_AGAIN_AFTER
    return replace(refusal, said=None) if recently else refusal


def _not_taken(message: StudentMessage, reason: Refusal | None) -> NotTaken:
    said = _SAID.get(message.kind, TextKey.MEDIA_REFUSED)
    return NotTaken(said, by_service=reason in (Refusal.COUNT, Refusal.EXTERNAL))


async def _ground(
    tx: Transaction, setting: Setting, session: SessionView, kind: EvidenceKind
) -> tuple[Ground | None, Refusal]:
    """Why a file is fetched, or why it isn't."""
    media = setting.profile.media
    ground = ground_of(media, await flow_of(tx, session.id), kind, urgent=session.is_urgent)
    if ground is Ground.FLOW and not session.is_urgent:
        await tx.evidence.hold(session.id)
        if (await tx.evidence.usage(session.id)).files >= most_files(media.limits):
            return None, Refusal.COUNT
    if ground is None and kind is EvidenceKind.IMAGE:
        window, now = await tx.evidence.window(session.id), setting.clock.now()
        if window is not None and window.is_open(now):
            await tx.evidence.set_window(replace(window, used_at=now))
            return Ground.WINDOW, Refusal.NOT_ACCEPTED
    return ground, Refusal.NOT_ACCEPTED


async def fetch_after_all(tx: Transaction, setting: Setting, session_id: UUID) -> None:
    """A session turned out to be at risk: the picture that came just before the words is fetched, too, while LINE has it."""
    for one in await tx.evidence.of_session(session_id):
        evidence = await tx.evidence.lock(one.id)
        if evidence.state is not EvidenceState.REFUSED or evidence.source is None:
            continue
        due_at = setting.clock.real()
        wanted = replace(evidence, state=EvidenceState.WAITING, ground=Ground.RISK, reason=None, due_at=due_at)
        await tx.evidence.save(wanted)
        await tx.jobs.wake_fetch(wanted.id)
        await tx.audit.add(setting.clock.now(), "worker", "fetch_after_all", session_id, evidence=str(wanted.id))
        await show(tx, wanted)


async def say_refused(
    tx: Transaction, setting: Setting, session: SessionView, event: StoredEvent, refused: NotTaken, token: str | None
) -> None:
    """Tell a student whose file isn't taken that words are welcome; nothing where they heard it just now."""
    if refused.said is not None:
        await say(tx, setting, event, session, [Line(setting.profile.text(refused.said))], token)
