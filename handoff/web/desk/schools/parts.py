"""What these pages need of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handoff.services.ports import Store
from handoff.services.schools.import_register import CheckFile, ImportFile, ReadFile
from handoff.services.schools.keep_school import KeepSchool
from handoff.services.schools.read_register import FindSchools, OfferedSchools, ReadRegister
from handoff.services.setting import Setting

type Table = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class SchoolDesk:
    """The verbs and reads of these pages. write: a table's bytes as a file, by the file's ending."""

    read: ReadRegister
    find: FindSchools
    keep: KeepSchool
    check: CheckFile
    take_in: ImportFile
    write: Mapping[str, Callable[[Table], bytes]]


def school_desk(
    store: Store, setting: Setting, read_file: ReadFile, write: Mapping[str, Callable[[Table], bytes]]
) -> SchoolDesk:
    """Make them. Args: read_file: what a file tells; write: as in SchoolDesk."""
    return SchoolDesk(
        read=ReadRegister(store, setting),
        find=FindSchools(OfferedSchools(store, setting)),
        keep=KeepSchool(store, setting),
        check=CheckFile(store, setting, read_file),
        take_in=ImportFile(store, setting, read_file),
        write=write,
    )
