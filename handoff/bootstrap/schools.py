"""The register's parts, and the made-up register with which a demo begins."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from handoff.adapters.register_files import read_file
from handoff.bootstrap.core import Core
from handoff.domain.errors import ConfigurationError
from handoff.services.schools.import_register import take_in
from handoff.settings import ROOT

log = structlog.get_logger(__name__)

#: Registers of invented places, by the id of their profile.
FOLDER: Final = Path(ROOT / "data" / "schools")


async def ensure_demo_schools(core: Core) -> None:
    """Fill the present profile's register where it is empty and there is an invented one for it.

    Raises: ConfigurationError: the file in the repository is broken.
    """
    path = FOLDER / f"{core.setting.profile.id}.csv"
    if not path.is_file():
        return
    async with core.store.reading() as tx:
        if not await tx.schools.is_empty(core.setting.profile.id):
            return
    file = await asyncio.to_thread(lambda: read_file(path.read_bytes()))
    if file.faults:
        raise ConfigurationError(f"{path.name}: {file.faults[0].place}: {file.faults[0].text}")
    plan = await take_in(core.store, core.setting, file, "administrator", only_empty=True)
    if plan is not None:
        log.info("demo_register_made", schools=len(plan.added))
