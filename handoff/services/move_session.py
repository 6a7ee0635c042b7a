"""Move a session: the one way by which a state is ever written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.kept import Kept
from handoff.domain.session import Change, SessionView, changed
from handoff.services.ports import Transaction
from handoff.services.setting import Setting


async def move(
    tx: Transaction,
    setting: Setting,
    session: SessionView,
    change: Change,
    actor: str,
    *,
    person: UUID | None = None,
    verb: str | None = None,
    **detail: Any,
) -> SessionView:
    """Write a change of a locked session, its audit entry and its note to the desk; give the session after it.

    Args: person: the counsellor who speaks from now on, where the table says that a person does; verb: the audit's word
    where the change's own says too little.

    Raises: MoveRefused: the table doesn't know this change from here.
    """
    now = setting.clock.now()
    after = changed(session, change, now, actor, person)
    await tx.sessions.save(after)
    await tx.audit.add(now, actor, verb or change, session.id, was=session.state, to=after.state, **detail)
    tx.desk.tell(DeskEvent.SESSION, session.id)
    return after


async def close(
    tx: Transaction, setting: Setting, session: SessionView, reason: str, actor: str, *, verb: str | None = None
) -> SessionView:
    """Close a locked session for this reason. What Rasa remembers goes with it; the transcript is what people read, and what
    is counted of it is written by ``services.facts``.

    Raises: MoveRefused.
    """
    now = setting.clock.now()
    await tx.sessions.note_close(session.id, reason, now)
    await tx.facts.wake(session.id, now)
    await tx.trackers.forget(session.id)
    await tx.keys.destroy_session(session.id, {Kept.TRACKER})
    return await move(tx, setting, session, Change.CLOSE, actor, verb=verb, reason=reason)
