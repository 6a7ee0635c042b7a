"""Profiles on disk: YAML in, a checked ``Profile`` with its wording and lines out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from handoff.adapters.procedures import load_procedures
from handoff.adapters.schema_faults import faults_of
from handoff.adapters.yaml_source import Source, read_yaml
from handoff.domain.errors import ProfileError
from handoff.domain.profile import Gap, HelpLine, Profile, blocking_nulls
from handoff.domain.profile.procedure import Procedure
from handoff.domain.profile.vocabulary import LineMedium
from handoff.domain.profile.wording import check_template
from handoff.domain.texts import Band, TextKey

__all__ = ["DATA", "Gap", "blocking_nulls", "load_lines", "load_profile", "load_standard_texts"]

DATA: Final = Path(__file__).resolve().parents[2] / "data"


def load_profile(path: Path, *, data: Path = DATA) -> Profile:
    """Read and check a profile, with the standard wording and the national lines of ``data`` attached.

    Raises ProfileError with one Japanese line per fault: file, line, path within the YAML, what is wrong, the remedy.
    """
    standard = load_standard_texts(data / "responses" / "standard.yml")
    bands = {band: load_band_texts(data / "responses" / f"{band}.yml") for band in Band}
    source = read_yaml(path)
    raw = dict(source.data)
    faults = _put_lines(raw, source, load_lines(data / "lines.yml"))
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        faults += faults_of(error, source)
    if faults:
        raise ProfileError("\n".join(faults))
    procedures: tuple[Procedure, ...] = ()
    if profile.procedures is not None:
        folder = data / "procedures" / profile.procedures
        if not folder.is_dir():
            problem = f"data/procedures に「{profile.procedures}」がありません。フォルダーの名前を確かめてください。"
            raise ProfileError(source.fault(("procedures",), problem))
        procedures = load_procedures(folder)
    return profile.with_standard_texts(standard, bands).with_procedures(procedures)


def load_lines(path: Path) -> Mapping[str, HelpLine]:
    """The standard lines by their id; ProfileError as for a profile."""
    source = read_yaml(path)
    lines: dict[str, HelpLine] = {}
    faults: list[str] = []
    for name, fields in source.data.items():
        try:
            lines[name] = HelpLine.model_validate({"id": name, **fields} if isinstance(fields, dict) else fields)
        except ValidationError as error:
            faults += faults_of(error, source, (name,))
    if faults:
        raise ProfileError("\n".join(faults))
    return lines


def load_standard_texts(path: Path) -> Mapping[TextKey, str]:
    """The standard wording, complete; ProfileError for a missing, unknown or unusable text."""
    source = read_yaml(path)
    missing = [source.fault((key.value,), "標準の文がありません。書き足してください。") for key in _missing(source)]
    return _texts(source, missing)


def load_band_texts(path: Path) -> Mapping[TextKey, str]:
    """What is worded apart for one band of readers; ProfileError for an unknown or unusable text."""
    return _texts(read_yaml(path), [])


def _texts(source: Source, faults: list[str]) -> Mapping[TextKey, str]:
    texts: dict[TextKey, str] = {}
    for name, template in source.data.items():
        try:
            key = TextKey(name)
        except ValueError:
            faults.append(source.fault((name,), f"「{name}」という文はありません。名前を確かめてください。"))
            continue
        if not isinstance(template, str):
            faults.append(source.fault((name,), "文字ではありません。引用符で囲んでください。"))
            continue
        try:
            texts[key] = check_template(key, template)
        except ValueError as error:
            faults.append(source.fault((name,), f"{error}。"))
    if faults:
        raise ProfileError("\n".join(faults))
    return texts


def _missing(source: Source) -> list[TextKey]:
    return [key for key in TextKey if key.value not in source.data]


def _put_lines(raw: dict[str, Any], source: Source, known: Mapping[str, HelpLine]) -> list[str]:
    """Replace the ids of standard lines by the lines; what the schema can judge itself is left to it."""
    faults = []
    for field, medium in (("lines", LineMedium.PHONE), ("lines_by_text", LineMedium.TEXT)):
        entries = raw.get(field)
        if not isinstance(entries, list):
            continue
        unknown = [n for n, entry in enumerate(entries) if isinstance(entry, str) and entry not in known]
        names = "、".join(name for name, line in known.items() if line.medium is medium)
        for number in unknown:
            problem = f"「{entries[number]}」という窓口は data/lines.yml にありません。使える名前: {names}。"
            faults.append(source.fault((field, number), problem))
        whole = [known[entry] if isinstance(entry, str) and entry in known else entry for entry in entries]
        raw[field] = None if unknown else whole
    return faults
