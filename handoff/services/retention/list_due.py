"""What is due, how much, when, and why the rest is held: the dry run of the disposal. Counts alone, no words, no ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.kept import Kept
from handoff.domain.retention import AHEAD, OF_SESSION, Held, Rule, dues
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Contacts that are read at once.
PAGE: Final = 200


@dataclass(slots=True)
class Outlook:
    """Of one kind. days: None where the profile hasn't decided; now: goes with the next run; soon: within the days ahead;
    held: would go, but for this; first_at: when the next of them goes.
    """

    kind: Kept
    days: int | None
    now: int = 0
    soon: int = 0
    held: Counter[Held] = field(default_factory=Counter)
    held_count: int = 0
    first_at: datetime | None = None


def rule_of(setting: Setting) -> Rule:
    """The rule of the profile in force."""
    return Rule.of(setting.profile.retention_days, setting.profile.keeping)


def last_ends(rule: Rule, now: datetime, ahead: timedelta = timedelta()) -> Mapping[Kept, datetime]:
    """By kind, the last end of a session of which something may be due."""
    return {
        kind: now + ahead - timedelta(days=days)
        for kind in (*OF_SESSION, Kept.CONTACT)
        if (days := rule.days.get(kind)) is not None
    }


async def candidates(
    store: Store, rule: Rule, now: datetime, ahead: timedelta = timedelta()
) -> AsyncIterator[list[UUID]]:
    """Contacts of which something may be due, a page at a time."""
    after: UUID | None = None
    ends = last_ends(rule, now, ahead)
    while ends:
        async with store.reading() as tx:
            page = list(await tx.retention.candidates(ends, after, PAGE))
        if not page:
            return
        yield page
        after = page[-1]


class ListDue:
    """The reading of it; nothing is changed."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember | None = None) -> Mapping[Kept, Outlook]:
        """By kind. Args: member: who asks; None: the command, for whoever has the machine. Raises: NotPermitted."""
        if member is not None:
            member.check(Permission.READ_RETENTION)
        rule, now = rule_of(self._setting), self._setting.clock.now()
        found = {kind: Outlook(kind, rule.days.get(kind)) for kind in (*OF_SESSION, Kept.CONTACT)}
        async for page in candidates(self._store, rule, now, AHEAD):
            async with self._store.reading() as tx:
                for contact_id in page:
                    contact = await tx.retention.contact(contact_id, now)
                    if contact is None:
                        continue
                    for due in dues(contact, rule, now):
                        if due.at > now + AHEAD:
                            continue
                        one = found[due.kind]
                        if due.held:
                            one.held.update(due.held)
                            one.held_count += 1
                            continue
                        one.now += due.at <= now
                        one.soon += due.at > now
                        one.first_at = due.at if one.first_at is None else min(one.first_at, due.at)
        return found
