"""Keys and passwords that were written into the code by mistake, as detect-secrets finds them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

#: What isn't written by hand, and full of hashes.
LEFT_OUT: Final = ("uv.lock", "data/supply/harmless.yml")
#: Files handed over at a time; an argument list has an end.
AT_ONCE: Final = 400


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that looks like a secret. The secret itself is never shown: this ends in a terminal or a log."""

    file: str
    line: int
    kind: str
    hashed: str


def tracked(root: Path) -> list[str]:
    """The files that git keeps or would keep, by path from the root."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [name for name in names if name and name not in LEFT_OUT and (root / name).is_file()]


def find(tool: Path, root: Path, files: Sequence[str]) -> list[Secret]:
    """Give everything that looks like a secret; nothing of it leaves this machine to be tried out.

    Args: tool: detect-secrets; files: paths from the root.

    Raises: ValueError: the tool gave no answer.
    """
    found: list[Secret] = []
    for start in range(0, len(files), AT_ONCE):
        done = subprocess.run(
            [str(tool), "scan", "--no-verify", *files[start : start + AT_ONCE]],
            capture_output=True,
            text=True,
            cwd=root,
            check=False,
        )
        try:
            results = json.loads(done.stdout)["results"]
        except (ValueError, KeyError):
            raise ValueError(f"detect-secrets ended with {done.returncode} and no answer") from None
        found += [
            Secret(file, row["line_number"], row["type"], row["hashed_secret"])
            for file, rows in results.items()
            for row in rows
        ]
    return found


def unknown(found: Sequence[Secret], harmless: Path) -> list[Secret]:
    """Leave out what was looked at and is no secret.

    Args: harmless: ``data/supply/harmless.yml``: file → hashes (SHA-1, as the tool gives them), so that a moved line
        stays known and another value in the same place doesn't.

    Raises: OSError; ValueError: that file isn't of the expected form.
    """
    try:
        known = yaml.safe_load(harmless.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{harmless.name} can't be read: {str(error).splitlines()[0]}") from None
    if not isinstance(known, dict) or not all(isinstance(hashes, list) for hashes in known.values()):
        raise ValueError(f"{harmless.name} isn't of the expected form: file → hashes")
    return [one for one in found if one.hashed not in known.get(one.file, ())]
