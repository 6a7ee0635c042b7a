"""The shared phrases on disk: one YAML file in, checked ``Phrase``s out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from handoff.adapters.yaml_source import read_yaml
from handoff.domain.errors import ConfigurationError, ProfileError
from handoff.domain.phrase import Phrase

_LIST: Final = "phrases"


def load_phrases(file: Path) -> tuple[Phrase, ...]:
    """Read and check the list under ``phrases``, in the order of the file.

    Raises ConfigurationError with one Japanese line per fault: file, line, entry, what is wrong.
    """
    try:
        source = read_yaml(file)
    except ProfileError as error:
        raise ConfigurationError(str(error)) from error
    entries = source.data.get(_LIST)
    if set(source.data) != {_LIST} or not isinstance(entries, list) or not entries:
        raise ConfigurationError(source.fault((), f"「{_LIST}:」の下に、定型文を - で始まる並びで書いてください。"))
    found: list[Phrase] = []
    faults: list[str] = []
    for place, entry in enumerate(entries):
        path = (_LIST, place)
        if not isinstance(entry, dict):
            faults.append(source.fault(path, "「項目名: 値」の組で書いてください。"))
            continue
        name = entry.get("id", f"{place + 1}番目")
        try:
            phrase = Phrase.parse(entry)
        except ValueError as error:
            faults.append(source.fault(path, f"「{name}」: {error}。"))
            continue
        if any(phrase.id == one.id for one in found):
            faults.append(source.fault((*path, "id"), f"「{name}」: 同じ id の定型文が二つあります。"))
        if any(phrase.shortcut == one.shortcut for one in found):
            faults.append(
                source.fault((*path, "shortcut"), f"「{name}」: 「/{phrase.shortcut}」はほかの定型文で使われています。")
            )
        found.append(phrase)
    if faults:
        raise ConfigurationError("\n".join(faults))
    return tuple(found)
