"""``/desk/retention``: what is due, what is held, what was disposed of, what is asked for research."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import NotFound
from handoff.domain.kept import Kept
from handoff.domain.research import USUAL_GROUP
from handoff.domain.retention import Rule
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.ports import Store
from handoff.services.retention.list_due import ListDue, Outlook, rule_of
from handoff.services.retention_ports import Disposal, Hold, ResearchExport, Run
from handoff.services.setting import Setting

PROOFS: Final = 60
RUNS: Final = 12
EXPORTS: Final = 20
#: A count is shown again for so long; a run looks for itself.
COUNTED_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """What the page shows. holds: without reasons and talks but for supervisors; None for the board."""

    now: datetime
    today: date
    due: Mapping[Kept, Outlook]
    counted_at: datetime
    holds: Sequence[Hold] | None
    disposals: Sequence[Disposal]
    runs: Sequence[Run]
    exports: Sequence[ResearchExport]
    kept_for_research: int
    group: int
    aliases: Mapping[UUID, str]


class ReadRetention:
    """The page's reads."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._due = ListDue(store, setting)
        self._counting = asyncio.Lock()
        self._counted: tuple[datetime, Rule, Mapping[Kept, Outlook]] | None = None

    async def __call__(self, member: StaffMember) -> RetentionPage:
        """Reasons of holds may speak of a child, so a supervisor's look is on record. Raises: NotPermitted."""
        member.check(Permission.READ_RETENTION)
        counted_at, due = await self._outlook(member)
        now, profile = self._setting.clock.now(), self._setting.profile.id
        board, whole = member.may(Permission.INSTRUCT), member.may(Permission.HANDLE_REQUESTS)
        async with self._store.transaction() as tx:
            await tx.audit.add(now, member.actor, "read_retention", None)
            holds = None if board else await tx.retention.holds(profile, today_of(now))
            if holds is not None and not whole:
                holds = [replace(one, reason="", session_id=None) for one in holds]
            disposals = await tx.retention.disposals(profile, PROOFS)
            exports = await tx.research.exports(profile, EXPORTS)
            people = [one.placed_by for one in holds or ()]
            people += [who for one in disposals for who in (one.decided_by, one.second_by) if who]
            people += [who for one in exports for who in (one.made_by, one.decided_by, one.taken_by) if who]
            return RetentionPage(
                now=now,
                today=today_of(now),
                due=due,
                counted_at=counted_at,
                holds=holds,
                disposals=disposals,
                runs=await tx.retention.runs(RUNS),
                exports=exports,
                kept_for_research=await tx.research.count(),
                group=self._setting.profile.keeping.research_group or USUAL_GROUP,
                aliases=await aliases_of(tx, await tx.staff.everybody(), people),
            )

    async def _outlook(self, member: StaffMember) -> tuple[datetime, Mapping[Kept, Outlook]]:
        """What is due, and when it was counted: everybody who has something due is gone over, so not at each look."""
        async with self._counting:
            now, rule, known = self._setting.clock.now(), rule_of(self._setting), self._counted
            if known is None or known[1] != rule or not timedelta() <= now - known[0] < COUNTED_FOR:
                known = self._counted = (now, rule, await self._due(member))
            return known[0], known[2]

    async def proof(self, member: StaffMember, day: date) -> tuple[Sequence[Disposal], Mapping[UUID, str]]:
        """What was disposed of on a day, and who decided. Raises: NotPermitted. NotFound: nothing was."""
        member.check(Permission.READ_RETENTION)
        async with self._store.reading() as tx:
            found = await tx.retention.disposals_of(self._setting.profile.id, day)
            if not found:
                raise NotFound("nothing was disposed of on that day")
            people = [who for one in found for who in (one.decided_by, one.second_by) if who]
            return found, await aliases_of(tx, await tx.staff.everybody(), people)
