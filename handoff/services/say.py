"""Say something to a student: outbox and transcript in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4, uuid5

from handoff.domain.desk import DeskEvent
from handoff.domain.incoming import StoredEvent
from handoff.domain.outgoing import Line, calls
from handoff.domain.session import Owner, SessionView, State
from handoff.services.ports import Transaction
from handoff.services.setting import Setting


async def say(
    tx: Transaction,
    setting: Setting,
    event: StoredEvent,
    session: SessionView | None,
    lines: Sequence[Line],
    reply_token: str | None,
) -> None:
    """Plan the calls that bring these lines to the event's contact, the first by reply token where there is one.

    Without a session (a group chat) there is no transcript. Nothing is sent before the transaction's commit.
    """
    clock = setting.clock
    for part, call in enumerate(calls(lines)):
        outbox_id = await tx.outbox.add(
            contact_id=event.contact_id,
            session=session,
            event_id=event.id,
            part=part,
            lines=call,
            # A token is good for one call; what doesn't fit into it goes by push.
            reply_token=reply_token if part == 0 else None,
            token_since=event.received_at,
            at=clock.real(),
        )
        if session is not None:
            added = await tx.transcript.add_spoken(session.id, Owner.BOT, event.id, outbox_id, call, clock.now())
            _show(tx, session, added)
    await tx.jobs.wake_delivery(event.contact_id)


async def say_late(
    tx: Transaction, setting: Setting, event: StoredEvent, session: SessionView, epoch: int, lines: Sequence[Line]
) -> None:
    """Keep what the bot would have said to somebody who talks with a person by now.

    It is planned under the epoch in which the bot was asked, so delivery refuses it, and whoever has the conversation
    sees in the transcript what the student did not get.

    Args: session: locked, as it is now; epoch: of the moment at which the bot was asked.
    """
    await tx.audit.add(setting.clock.now(), "worker", "late_bot_line_refused", session.id)
    if lines:
        await say(tx, setting, event, replace(session, epoch=epoch), lines, None)


async def tell(
    tx: Transaction,
    setting: Setting,
    session: SessionView,
    lines: Sequence[Line],
    author: Owner = Owner.BOT,
    key: UUID | None = None,
) -> bool:
    """Plan calls that answer no event, by push: a word of a counsellor's, or one that something else than a message
    brought about.

    Args: session: locked in this transaction; key: the same for a repeated request, which then plans nothing.

    Gives False where this key was planned already.
    """
    clock, first = setting.clock, key or uuid4()
    for part, call in enumerate(calls(lines)):
        call_id = first if part == 0 else uuid5(first, str(part))
        if part == 0 and key is not None and await tx.outbox.has(call_id):
            return False
        await tx.outbox.add(
            contact_id=session.contact_id,
            session=session,
            event_id=None,
            part=part,
            lines=call,
            reply_token=None,
            token_since=None,
            at=clock.real(),
            call_id=call_id,
        )
        added = await tx.transcript.add_spoken(session.id, author, None, call_id, call, clock.now())
        _show(tx, session, added)
    await tx.jobs.wake_delivery(session.contact_id)
    return True


def _show(tx: Transaction, session: SessionView, lines: Sequence[UUID]) -> None:
    """No desk shows a session that is the bot's alone, so nothing is told of it."""
    if session.state is not State.INTAKE:
        for line_id in lines:
            tx.desk.tell(DeskEvent.LINE, session.id, line_id)
