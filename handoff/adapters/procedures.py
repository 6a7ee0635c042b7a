"""Procedures on disk: a folder of YAML files in, checked ``Procedure``s out."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from handoff.adapters.schema_faults import faults_of
from handoff.adapters.yaml_source import read_yaml
from handoff.domain.errors import ProfileError
from handoff.domain.profile.procedure import Procedure, deletion_is_warned_of


def load_procedures(folder: Path) -> tuple[Procedure, ...]:
    """Read and check every ``*.yml`` of a folder, in order of name.

    Raises ProfileError with one Japanese line per fault: file, line, path within the YAML, what is wrong.
    """
    found: list[Procedure] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        source = read_yaml(path)
        try:
            procedure = Procedure.model_validate(source.data)
        except ValidationError as error:
            faults += faults_of(error, source)
            continue
        if not deletion_is_warned_of(procedure):
            faults.append(
                source.fault(("steps",), "削除依頼にふれる手順には deletion: true と決まった注意が必要です。")
            )
        if any((one.asker, one.kind) == (procedure.asker, procedure.kind) for one in found):
            faults.append(source.fault(("kind",), "同じ相談者と種類の手順が二つあります。一つにしてください。"))
        found.append(procedure)
    if not found and not faults:
        faults.append(f"{folder}: 手順が一つもありません。")
    if faults:
        raise ProfileError("\n".join(faults))
    return tuple(found)
