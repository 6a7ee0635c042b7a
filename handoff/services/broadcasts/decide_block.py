"""Block a contact for a time, and lift a block: a supervisor's decisions, with reason and end (TAJ-5). Never at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.block import (
    CALM_FOR,
    Block,
    Lifted,
    Standing,
    check_decision,
    checked_end,
    checked_why,
    obstacle,
)
from handoff.domain.desk import ClosedWithout, DeskEvent
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.profile.vocabulary import Prohibited
from handoff.domain.staff import Permission, StaffMember
from handoff.services.broadcast_ports import Meanwhile
from handoff.services.desk.follow_up import aliases_of
from handoff.services.desk_view_ports import Card
from handoff.services.move_session import close
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.take_survey_answer import end_survey

#: Blocks on one page.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class BlockPage:
    """What the page of the decision shows. against: why there is nothing to decide; running: the block in force."""

    now: datetime
    card: Card
    running: Block | None
    standing: Standing
    against: str | None
    reasons: Sequence[Prohibited]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class BlockList:
    """The blocks that run, and those that are over. ever: how many there were, of which ``blocks`` may be the newest;
    meanwhile: what was written while each of them ran, where anything was.
    """

    now: datetime
    blocks: Sequence[Block]
    running: int
    ever: int
    meanwhile: Mapping[UUID, Meanwhile]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class BlockWish:
    """What a supervisor entered. last_day: in Japan, the last one on which nobody answers."""

    reason: Prohibited | None
    why: str
    last_day: date | None
    compared: bool


class ReadBlock:
    """The page of one decision, from the page beside a talk."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> BlockPage:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.HANDLE_REQUESTS)
        await self._setting.refresh()
        now, conduct = self._setting.clock.now(), self._setting.profile.conduct
        async with self._store.transaction() as tx:
            card = await _card(tx, session_id)
            running = await tx.blocks.running(card.contact_id, now)
            standing = await tx.blocks.standing(card.contact_id, now - CALM_FOR)
            await tx.audit.add(now, member.actor, "open_block", session_id)
            aliases = await aliases_of(tx, await tx.staff.everybody(), [] if running is None else [running.made_by])
        return BlockPage(now, card, running, standing, obstacle(standing, conduct), conduct.prohibited or (), aliases)


class DecideBlock:
    """Block a contact, or decide anew about one who is blocked: the new decision takes the old one's place."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, key: UUID, wish: BlockWish) -> None:
        """Args: key: the same for a request that is sent again.

        An open session that nobody took is closed with it: nobody answers it any more. Raises: NotPermitted, NotFound.
        InputRefused: what was entered, or what speaks against a block.
        """
        member.check(Permission.HANDLE_REQUESTS)
        await self._setting.refresh()
        async with self._store.reading() as tx:
            contact_id = (await _card(tx, session_id)).contact_id
            if await tx.blocks.has(key):
                return
        # Nothing of theirs is screened meanwhile: what comes now finds the block, and ends it where it is at risk.
        try:
            async with self._store.drain_lock(contact_id) as contact:
                if contact is None:
                    raise InputRefused(
                        "standing", "いま、この人の書きこみを読んでいます。少し待って、もう一度押してください。"
                    )
                async with contact.transaction() as tx:
                    await self._decide(tx, session_id, contact_id, member, key, wish)
        finally:
            async with self._store.transaction() as tx:
                if await tx.events.has_undone(contact_id):
                    await tx.jobs.wake_drain(contact_id)  # its own wake-up may have found the lock taken

    async def _decide(
        self, tx: Transaction, session_id: UUID, contact_id: UUID, member: StaffMember, key: UUID, wish: BlockWish
    ) -> None:
        now, setting = self._setting.clock.now(), self._setting
        open_one = await tx.sessions.open_for(contact_id)
        session = None if open_one is None else await tx.sessions.lock(open_one.id)
        standing = await tx.blocks.standing(contact_id, now - CALM_FOR)
        reason = check_decision(standing, setting.profile.conduct, wish.reason, compared=wish.compared)
        why, ends_at = checked_why(wish.why), checked_end(wish.last_day, now)
        running = await tx.blocks.running(contact_id, now)
        block = Block(key, contact_id, session_id, reason, why, wish.compared, member.id, now, ends_at)
        if not await tx.blocks.add(block):
            return
        if running is not None:
            await tx.blocks.lift(running.lifted(now, Lifted.RENEWED, member.id))
        if session is not None:
            await close(tx, setting, session, ClosedWithout.PRANK, member.actor, verb="close_untaken")
        await end_survey(tx, setting, contact_id)
        await tx.audit.add(
            now,
            member.actor,
            "decide_block",
            session_id,
            block=str(key),
            contact=str(contact_id),
            reason=reason,
            ends_at=ends_at.isoformat(),
            compared=wish.compared,
            renews=None if running is None else str(running.id),
            length=len(why),
        )
        tx.desk.tell(DeskEvent.CARE, session_id, contact_id)


class LiftBlock:
    """Answer somebody again before a block's last day."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, block_id: UUID) -> None:
        """One that is over stays as it is. Raises: NotPermitted, NotFound."""
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            block = await tx.blocks.lock(block_id)
            if not block.runs(now):
                return
            await tx.blocks.lift(block.lifted(now, Lifted.SUPERVISOR, member.id))
            await tx.audit.add(
                now, member.actor, "lift_block", block.session_id, block=str(block_id), why=Lifted.SUPERVISOR
            )
            tx.desk.tell(DeskEvent.CARE, block.session_id, block.contact_id)


class ReadBlocks:
    """The list of all of them."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> BlockList:
        """Raises: NotPermitted."""
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            blocks = await tx.blocks.listed(now, MOST)
            running, ever = await tx.blocks.counts(now)
            written = {one.id: await tx.blocks.meanwhile(one) for one in blocks}
            named = [person for one in blocks for person in (one.made_by, one.lifted_by)]
            aliases = await aliases_of(tx, await tx.staff.everybody(), named)
            await tx.audit.add(now, member.actor, "open_blocks", None, blocks=len(blocks))
        meanwhile = {block_id: one for block_id, one in written.items() if one is not None}
        return BlockList(now, blocks, running, ever, meanwhile, aliases)


async def _card(tx: Transaction, session_id: UUID) -> Card:
    """The session; a supervisor may open each. Raises: NotFound."""
    card = await tx.views.card(session_id)
    if card is None:
        raise NotFound("no such session")
    return card
