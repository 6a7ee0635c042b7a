"""What every process has: the database, the job queue, and where and when the service works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from handoff.adapters.database.demo import DemoSetting
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.adapters.profiles import load_profile
from handoff.adapters.sealing import open_sealer
from handoff.domain.clock import Clock
from handoff.domain.errors import ConfigurationError
from handoff.domain.profile import Profile, gaps_for_students
from handoff.installation import check_address
from handoff.services.setting import Setting
from handoff.settings import ROOT, Settings


@dataclass(frozen=True, slots=True)
class Core:
    """Open until the process ends."""

    store: SqlStore
    jobs: JobQueue
    setting: Setting


@asynccontextmanager
async def open_core(settings: Settings, *, pool_size: int, ping: bool = True) -> AsyncIterator[Core]:
    """Open the database, check its version and load the profile. ``ping`` as in SqlStore.

    Raises: ConfigurationError and its kin: named in one line. StoreUnavailable.
    """
    if settings.database_url is None:
        raise ConfigurationError("TSUNAGI_DATABASE_URL is not set; `make run` sets it for the embedded server")
    jobs = JobQueue(settings.database_url, pool_size=4)
    sealer = open_sealer(settings.sealing_key_file)
    store = SqlStore(settings.database_url, sealer, jobs, pool_size=pool_size, ping=ping)
    try:
        await store.check()
        if not settings.standin:
            await store.check_role()
        clock, profile = Clock(settings.clock_offset), load_profile(settings.profile)
        gaps = gaps_for_students(profile)
        if gaps and not settings.standin:
            # Whoever starts this process, no child may meet a service that nobody has decided about.
            raise ConfigurationError(f"{settings.profile.name}: {len(gaps)} 項目が未定です (例: {gaps[0].path})")
        check_address(settings)
        setting = _demo(settings, clock, profile, store) if settings.standin else Setting(clock, profile, store)
        setting.public_url = settings.public_url
        setting.demands_factor = settings.demands_factor
        setting.backups_due = not settings.standin
        await setting.refresh()
        async with jobs.app.open_async():
            yield Core(store, jobs, setting)
    finally:
        await store.close()


def _demo(settings: Settings, clock: Clock, profile: Profile, store: SqlStore) -> DemoSetting:
    # Their file names are their ids; the one that was asked for may lie anywhere.
    profiles: dict[str, Path] = {path.stem: path for path in sorted((ROOT / "data" / "profiles").glob("*.yml"))}
    profiles[profile.id] = settings.profile
    return DemoSetting(clock, profile, store, profiles, load_profile)
