"""The demo's choice of profile and clock: one row, read by every process before it acts.

Only wired while LINE is a stand-in; a service that real students reach has one profile and the real time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from handoff.adapters.database.connection import named_errors
from handoff.adapters.database.store import READING, SqlStore
from handoff.adapters.database.tables import DemoChoiceRow
from handoff.domain.clock import Clock
from handoff.domain.errors import ProfileError
from handoff.domain.profile import Profile
from handoff.services.setting import Setting

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DemoChoice:
    """What a demo runs with. titles: profile id → the service's name; now: service time; moved: not the real one."""

    profile: str
    titles: Mapping[str, str]
    now: datetime
    moved: bool


class DemoSetting(Setting):
    """A setting that follows the simulator's choice; without one it's what the process was started with."""

    def __init__(
        self,
        clock: Clock,
        profile: Profile,
        store: SqlStore,
        profiles: Mapping[str, Path],
        load: Callable[[Path], Profile],
    ) -> None:
        super().__init__(clock, profile, store)
        self._store = store
        self._profiles = profiles
        self._load = load
        self._loaded = {profile.id: profile}
        self._started_with = (profile.id, clock.offset)

    async def refresh(self, *, anew: bool = False) -> None:
        profile_id, offset = await self._choice()
        self.clock.offset = offset
        await self._read_closures(anew)
        try:
            self._show(self._profile(profile_id))
        except ProfileError:
            # Somebody is editing the file; a student in the demo is answered by the profile of before.
            log.warning("demo_profile_broken", profile=profile_id)

    async def _choice(self) -> tuple[str, timedelta]:
        profile_id, offset = self._started_with
        reading = self._store.engine.execution_options(isolation_level=READING)
        async with named_errors(), reading.connect() as connection:
            row = (await connection.execute(select(DemoChoiceRow.profile, DemoChoiceRow.clock_offset_seconds))).first()
        if row is not None:
            profile_id = row.profile if row.profile in self._profiles else profile_id
            if row.clock_offset_seconds is not None:
                offset = timedelta(seconds=row.clock_offset_seconds)
        return profile_id, offset

    def _profile(self, profile_id: str) -> Profile:
        if profile_id not in self._loaded:
            self._loaded[profile_id] = self._load(self._profiles[profile_id])
        return self._loaded[profile_id]

    async def choice(self) -> DemoChoice:
        """What is chosen now."""
        await self.refresh()
        titles = {name: self._profile(name).service_name for name in sorted(self._profiles)}
        moved = abs(self.clock.offset) > timedelta(seconds=1)
        return DemoChoice(self.profile.id, titles, self.clock.now(), moved)

    async def choose(self, profile: str | None, clock: str | None) -> DemoChoice:
        """Choose a profile, a time (ISO with zone, or ``now``), or both.

        Raises: ValueError: no such profile, or no time with a zone. ProfileError: the profile is broken.
        """
        if profile is not None and profile not in self._profiles:
            raise ValueError("no profile of that name")
        values: dict[str, object] = {}
        if profile is not None:
            self._profile(profile)
            values["profile"] = profile
        if clock is not None:
            offset = timedelta()
            if clock != "now":
                start = datetime.fromisoformat(clock)
                if start.tzinfo is None:
                    raise ValueError("a time needs its zone")
                offset = start - datetime.now(UTC)
            values["clock_offset_seconds"] = offset.total_seconds()
        if values:
            async with named_errors(), self._store.engine.begin() as connection:
                row = insert(DemoChoiceRow).values(id=1, **values)
                await connection.execute(row.on_conflict_do_update(index_elements=[DemoChoiceRow.id], set_=values))
        return await self.choice()
