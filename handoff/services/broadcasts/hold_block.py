"""What a block does while it runs, and what ends it: the worker's side of TAJ-5.

Screened first, as ever. Below high the bot stays silent but for one line a block, and nobody is asked for; at high, critical
or unread the block is over before anything else is done, and all goes on as for anybody.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from handoff.domain.block import Block, Lifted, last_day_of
from handoff.domain.desk import DeskAlarm, DeskEvent
from handoff.domain.incoming import StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import URGENT, Owner, SessionView, State
from handoff.domain.texts import TextKey
from handoff.services.broadcasts.wishes import take_wish, wish_told
from handoff.services.outside import Reading
from handoff.services.ports import LockedContact, Transaction
from handoff.services.say import say
from handoff.services.setting import Setting

_WEEK = "月火水木金土日"


async def lift_at_risk(tx: Transaction, setting: Setting, session: SessionView, event_id: UUID) -> None:
    """End whatever block runs for a session's contact, and let supervisors know; nothing where none does."""
    now = setting.clock.now()
    for block_id in await tx.blocks.lift_running(session.contact_id, now, Lifted.RISK):
        await tx.audit.add(
            now, "screen", "lift_block", session.id, block=str(block_id), why=Lifted.RISK, event=str(event_id)
        )
        tx.desk.tell(DeskEvent.ALARM, session.id, block_id, code=DeskAlarm.BLOCK_LIFTED)


async def answered_apart(
    contact: LockedContact,
    setting: Setting,
    event: StoredEvent,
    reading: Reading,
    session: SessionView,
    message: StudentMessage,
) -> bool:
    """Take the turn of a message that the bot doesn't answer: of somebody who is blocked, or words about broadcasts.

    Finishes the event; False where it is the bot's, and then nothing was written but the end of a block.
    """
    wanted = wish_told(event, message)
    if not event.blocked and wanted is None:
        return False
    async with contact.transaction() as tx:
        session = await tx.sessions.lock(session.id)
        if session.owner is not Owner.BOT:
            return False
        # One moment for all of it: what is kept as blocked lies within the block, and is found there by who reads it.
        now = setting.clock.now()
        block = await _holding(tx, setting, session, event, now) if event.blocked else None
        if session.is_urgent:
            return False  # at risk nobody is told of broadcasts; whoever reads it writes it down
        if block is None and wanted is None:
            return False
        if not await tx.events.finish(event.id, now, "wish" if block is None else "blocked"):
            return True
        lines: list[Line] = []
        if wanted is not None:
            lines = await take_wish(tx, setting, session, event, wanted)
        if block is not None:
            # Once a block, whatever is written, and whatever dies in between.
            lines = _words(setting, block) if await tx.blocks.tell_once(block.id, now) else []
        if lines:
            await say(tx, setting, event, session, lines, reading.reply_token)
    return True


async def _holding(
    tx: Transaction, setting: Setting, session: SessionView, event: StoredEvent, now: datetime
) -> Block | None:
    """The block that keeps the bot silent; one that runs into a risk is over, also where the risk came another way (by
    phone, linked to a talk of theirs).

    A session that waits for a person, or had one, goes on: somebody wanted it so after the decision.
    """
    block = await tx.blocks.running(event.contact_id, now)
    if block is None:
        return None
    level = event.level if event.level in URGENT else session.level
    standing = await tx.blocks.standing(event.contact_id, block.made_at)
    unread = session.unscreened or event.screen_failed or not event.screened
    if standing.at_risk or standing.escalated or not block.holds(now, level, unread=unread):
        await lift_at_risk(tx, setting, session, event.id)
        return None
    return block if session.state is State.INTAKE else None


def _words(setting: Setting, block: Block) -> list[Line]:
    profile, day = setting.profile, last_day_of(block)
    until = f"{day.month}月{day.day}日（{_WEEK[day.weekday()]}）"
    texts = [profile.text(TextKey.BLOCKED, until=until)]
    lines = profile.phone_lines(setting.clock.now())
    if lines:
        texts.append(profile.text(TextKey.PHONE_LINES, phone_lines=lines))
    return [Line(text) for text in texts]
