"""Patterns in our own code that have no place in it (``data/supply/patterns.yml``), as semgrep finds them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Where code that runs in the service lies.
LOOKED_AT: Final = ("handoff", "actions", "kernel", "bot", "supply", "scripts")


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a rule speaks of."""

    file: str
    line: int
    rule: str
    said: str


def find(tool: Path, root: Path, rules: Path, places: Sequence[str] = LOOKED_AT) -> list[Match]:
    """Give all places. Nothing is sent anywhere: the rules are ours.

    Raises: ValueError: the tool gave no answer, or couldn't read a rule.
    """
    command = [
        *(str(tool), "scan", "--config", str(rules), "--json", "--quiet"),
        *("--metrics", "off", "--disable-version-check", "--jobs", "2"),
        *(place for place in places if (root / place).exists()),
    ]
    # semgrep starts its own helpers from PATH.
    environment = {**os.environ, "PATH": f"{tool.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=environment, check=False)
    try:
        answer = json.loads(done.stdout)
        faults = [each for each in answer["errors"] if each.get("level") == "error"]
        if faults:
            raise ValueError(f"semgrep: {faults[0].get('message', 'an error without a message')[:300]}")
        return [
            Match(
                row["path"], row["start"]["line"], row["check_id"].rsplit(".", 1)[-1], row["extra"]["message"].strip()
            )
            for row in answer["results"]
        ]
    except (ValueError, KeyError) as error:
        raise ValueError(f"semgrep ended with {done.returncode}: {error}") from None
