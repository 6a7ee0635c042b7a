"""How somebody wants their desk: sounds, notices, layout. Nothing of a student's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store

#: What may be wished for, and of which type.
KNOWN: Final[Mapping[str, type]] = {
    "sound": bool,
    "notice": bool,
    "columns": int,
    "large": bool,
}


class Wishes:
    """Read and keep them; they follow the person to any computer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, member: StaffMember) -> Mapping[str, Any]:
        async with self._store.reading() as tx:
            return await tx.staff.wishes(member.id)

    async def keep(self, member: StaffMember, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give all of them afterwards. Raises: NotPermitted. InputRefused: an unknown one."""
        member.check(Permission.COUNSEL)
        for name, value in told.items():
            if name not in KNOWN or type(value) is not KNOWN[name]:
                raise InputRefused("wishes", "この設定は使えません。")
        async with self._store.transaction() as tx:
            kept = {**await tx.staff.wishes(member.id), **told}
            await tx.staff.set_wishes(member.id, kept)
            return kept
