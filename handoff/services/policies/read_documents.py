"""Make the documents that HOK-3.4 wants, from the profile and the screen's rules as they are now."""

from __future__ import annotations

from collections.abc import Callable

from handoff.domain.documents import Document, Kind, RulesInForce, Source, make_document
from handoff.domain.hours import ZONE
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store
from handoff.services.setting import Setting


class ReadDocument:
    """One of the four, made anew each time. The closures of these days are none of their concern."""

    def __init__(self, store: Store, setting: Setting, rules: Callable[[], RulesInForce]) -> None:
        self._store = store
        self._setting = setting
        self._rules = rules

    async def __call__(self, member: StaffMember, kind: Kind, *, with_contacts: bool = False) -> Document:
        """Args: with_contacts: with numbers and addresses of the people on call, for a supervisor; it is on record.

        Raises: NotPermitted.
        """
        member.check(Permission.READ_DOCUMENTS)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        if with_contacts:
            member.check(Permission.SUPERVISE)
            async with self._store.transaction() as tx:
                await tx.audit.add(now, member.actor, "open_ladder", None, profile=profile.id, document=str(kind))
        source = Source(profile, self._rules(), now.astimezone(ZONE).date(), with_contacts)
        return make_document(kind, source)
