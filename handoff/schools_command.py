"""``tsunagi schools``: the register of the profile's schools, taken in from a file or written to one."""

from __future__ import annotations

import sys
from pathlib import Path

from handoff.adapters.register_files import csv_bytes, read_file, xlsx_bytes
from handoff.bootstrap.core import open_core
from handoff.domain.errors import ConfigurationError
from handoff.domain.school_register import SHOWN_FAULTS, further_lines
from handoff.services.schools.import_register import take_in
from handoff.services.schools.read_register import table_of_register
from handoff.settings import Settings

#: As other commands name who sits at the machine.
ACTOR = "administrator"


async def import_schools(settings: Settings, file: Path, close_missing: bool) -> int:
    """Take a file in whole, or say every line that is wrong and change nothing; 1 then.

    Raises: ConfigurationError: there is no such file. StoreUnavailable.
    """
    try:
        data = file.read_bytes()
    except OSError:
        raise ConfigurationError(f"{file} を読めません。ファイルの名前を確かめてください。") from None
    read = read_file(data)
    if read.faults:
        for fault in read.faults[:SHOWN_FAULTS]:
            print(f"{fault.place}: {fault.text}", file=sys.stderr)
        more = len(read.faults) - SHOWN_FAULTS
        if more > 0:
            print(f"ほかに{more}か所あります（{further_lines(read.faults)}）。", file=sys.stderr)
        print(f"直すところが{len(read.faults)}か所あります。何も取り込んでいません。", file=sys.stderr)
        return 1
    async with open_core(settings, pool_size=2) as core:
        plan = await take_in(core.store, core.setting, read, ACTOR, close_missing=close_missing)
        profile = core.setting.profile.id
    assert plan is not None  # noqa: S101 - only an import into an empty register is left undone
    print(
        f"{profile}: 新しい学校 {len(plan.added)}、変わった学校 {len(plan.changed)}、同じ {plan.same}、"
        f"ファイルにない学校 {len(plan.missing)}（{'閉じました' if close_missing else 'そのままです'}）"
    )
    if plan.namesakes:
        print(
            f"新しい学校のうち{plan.namesakes}校は、台帳に同じ名前の学校が、ちがうコードであります。", file=sys.stderr
        )
    return 0


async def export_schools(settings: Settings, file: Path) -> None:
    """Write the register as CSV, or as a workbook where the file's name ends in ``.xlsx``."""
    async with open_core(settings, pool_size=2) as core:
        table = await table_of_register(core.store, core.setting, ACTOR)
    file.write_bytes(xlsx_bytes(table) if file.suffix.lower() == ".xlsx" else csv_bytes(table))
    print(f"{file}: {len(table) - 1}校")
