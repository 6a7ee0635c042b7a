"""The scripts of drills on disk: one YAML file each, checked as it is read."""

from __future__ import annotations

from pathlib import Path

from handoff.adapters.yaml_source import read_yaml
from handoff.domain.drill import Script
from handoff.domain.errors import ConfigurationError, ProfileError


def load_drills(folder: Path) -> tuple[Script, ...]:
    """Read and check all scripts of a folder, in the order of their files' names.

    Raises ConfigurationError with one Japanese line per fault: file and what is wrong.
    """
    found: list[Script] = []
    faults: list[str] = []
    for file in sorted(folder.glob("*.yml")):
        try:
            source = read_yaml(file)
            script = Script.parse(source.data)
        except (ProfileError, ValueError) as error:
            faults.append(f"{file.name}: {error}")
            continue
        if any(script.id == one.id for one in found):
            faults.append(f"{file.name}: 同じ id の台本が二つあります")
        found.append(script)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return tuple(found)
