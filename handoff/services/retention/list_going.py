"""What the next run takes, thing by thing: its kind, its id and since when it is due. No words, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.domain.kept import Kept
from handoff.domain.retention import Cause, KeptContact, Rule, dues, ordered, parting
from handoff.services.ports import Store, Transaction
from handoff.services.retention.list_due import candidates, rule_of
from handoff.services.retention_ports import OpenOrder
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True, order=True)
class Going:
    """Attributes: at: its deadline, or when two ordered it; id: of the session, or of the person where those go themselves,
    or of a single line; cause: by what.
    """

    at: datetime
    kind: Kept
    id: UUID
    cause: Cause
    single: bool = False


class ListGoing:
    """The reading of it, for whoever has the machine."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self) -> list[Going]:
        """The oldest deadline first, each thing once by its first. Raises: StoreUnavailable."""
        rule, now, found = rule_of(self._setting), self._setting.clock.now(), set[Going]()
        async with self._store.reading() as tx:
            for order in await tx.retention.open_orders():
                found.update(await _of_order(tx, order, now))
        async for page in candidates(self._store, rule, now):
            async with self._store.reading() as tx:
                for contact_id in page:
                    contact = await tx.retention.contact(contact_id, now)
                    found.update(() if contact is None else _by_rule(contact, rule, now))
        return sorted({(one.kind, one.id): one for one in sorted(found, reverse=True)}.values())


def _by_rule(contact: KeptContact, rule: Rule, now: datetime) -> Iterator[Going]:
    going = parting(contact, rule, now)
    for due in dues(contact, rule, now):
        if due.session_id is None:
            if going.contact:
                yield Going(due.at, due.kind, contact.id, Cause.RULE)
        elif due.kind in going.kinds.get(due.session_id, ()):
            yield Going(due.at, due.kind, due.session_id, Cause.RULE)


async def _of_order(tx: Transaction, order: OpenOrder, now: datetime) -> list[Going]:
    """What two decided; nothing while something holds it, or whoever asked hasn't heard of it."""
    given = order.order
    contact = await tx.retention.contact(given.contact_id, now, but=given.request_id) if order.told else None
    if contact is None:
        return []
    # Single lines go while their talk goes on, too.
    chosen = frozenset() if given.line_ids else frozenset(given.session_ids)
    going, held = ordered(contact, chosen, now, everything=order.everything)
    if held:
        return []
    if given.line_ids:
        return [Going(given.ordered_at, Kept.TRANSCRIPT, one, Cause.ORDER, single=True) for one in given.line_ids]
    sessions = [
        Going(given.ordered_at, kind, session, Cause.ORDER) for session, kinds in going.kinds.items() for kind in kinds
    ]
    return sessions + ([Going(given.ordered_at, Kept.CONTACT, contact.id, Cause.ORDER)] if going.contact else [])
