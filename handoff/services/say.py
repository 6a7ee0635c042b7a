"""Say something to a student: outbox and transcript in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.domain.incoming import StoredEvent
from handoff.domain.outgoing import Line, calls
from handoff.domain.session import Owner, SessionView
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
            await tx.transcript.add_spoken(session.id, Owner.BOT, event.id, outbox_id, call, clock.now())
    await tx.jobs.wake_delivery(event.contact_id)
