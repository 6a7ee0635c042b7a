"""What was written while nobody answered is read by a person after all: a task for whoever decided the block (TAJ-5).

The screen reads every word, but no screen finds everything. So nothing that was written into a block is only stored: while
it runs somebody is asked every few days, and when it is over at once, to read it and to decide whether it wants an answer.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from handoff.domain.block import READ_EVERY, Block
from handoff.domain.desk import DeskEvent
from handoff.domain.staff import Permission
from handoff.services.care_ports import FollowUp
from handoff.services.desk.follow_up import team, today_of
from handoff.services.one_at_a_time import tended
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


class TendBlocks:
    """The verb of the worker's round; two workers at once ask nobody twice."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> int:
        """Give how many tasks were made. Raises: StoreUnavailable."""
        async with self._store.reading() as tx:
            found = await tx.blocks.to_be_read(self._setting.clock.now(), READ_EVERY)
        done = 0
        for block_id in found:
            done += await tended(self._ask(block_id), "block", block_id)
        return done

    async def _ask(self, block_id: UUID) -> bool:
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            block = await tx.blocks.lock(block_id)
            written = await tx.blocks.meanwhile(block, unasked=True)
            if written is None:
                return False
            task_id = uuid5(block.id, written.at.isoformat())
            what = (
                f"受付を止めて{'いる' if block.runs(now) else 'いた'}あいだの書きこみが{written.count}件あります。"
                "読んで、返事がいるかを決めてください。"
            )
            owner, due = await _reader(tx, block), today_of(now)
            await tx.follow_ups.add(
                FollowUp(task_id, written.session_id, block.contact_id, owner, due, what, block.made_by, now)
            )
            await tx.blocks.mark_asked(block.id, written.at)
            await tx.audit.add(
                now,
                "worker",
                "ask_to_read_block",
                written.session_id,
                block=str(block.id),
                follow_up=str(task_id),
                messages=written.count,
            )
            tx.desk.tell(DeskEvent.FOLLOW_UP, written.session_id, task_id)
            return True


async def _reader(tx: Transaction, block: Block) -> UUID:
    """Whoever decided it; another supervisor where they are gone."""
    people = [one for one in await team(tx) if one.may(Permission.HANDLE_REQUESTS)]
    return next((one.id for one in people if one.id == block.made_by), people[0].id if people else block.made_by)
