"""Known findings of the packages that are installed, as pip-audit tells them, and what is to be thought of them.

pip-audit skips a package that it can't look up and ends with "No known vulnerabilities found" and code 0, even when it
has looked up none. So a skipped package makes the result ``skipped`` here, never ``passed``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

#: Findings are looked up over the network: one that hangs must not hold up the rest for ever.
PATIENCE: Final = 300
#: The project itself is on no index.
OURS: Final = "tsunagi"


class Verdict(StrEnum):
    PASSED = "passed"
    #: Something could not be looked up: nothing is known of it.
    SKIPPED = "skipped"
    FAILED = "failed"


class Reach(StrEnum):
    """Why a finding can't be reached; tests/bot/test_reach.py shows each of them of the running server."""

    NEVER_IMPORTED = "never_imported"
    #: A client for a server that isn't named anywhere.
    IDLE_CLIENT = "idle_client"
    #: Rasa's server takes requests of the bridge alone, by the loopback address and with a token.
    BRIDGE_ONLY = "bridge_only"
    #: It reads files that this repository brings, or that were made from them, and nothing else.
    OUR_FILES = "our_files"


@dataclass(frozen=True, slots=True)
class Finding:
    """One advisory for one installed package."""

    package: str
    version: str
    ids: tuple[str, ...]
    mended_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A package whose findings can't be reached. Attributes: until: looked at anew by then."""

    package: str
    reach: Reach
    why: str
    until: date


@dataclass(frozen=True, slots=True)
class Report:
    """What pip-audit said of one environment. Attributes: skipped: packages that it could not look up."""

    looked_up: int
    skipped: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Attributes: open: findings that nobody has answered; answered: those that can't be reached, with the answer;
    stale: answers whose time is over.
    """

    verdict: Verdict
    open: tuple[Finding, ...]
    answered: tuple[tuple[Finding, Accepted], ...]
    stale: tuple[Accepted, ...]


def read_report(text: str) -> Report:
    """Read pip-audit's JSON. Raises: ValueError: it isn't of the expected form."""
    try:
        rows = [row for row in json.loads(text)["dependencies"] if row["name"].lower() != OURS]
        findings = [
            Finding(row["name"], row["version"], (each["id"], *each.get("aliases", ())), tuple(each["fix_versions"]))
            for row in rows
            for each in row.get("vulns", ())
        ]
        skipped = tuple(row["name"] for row in rows if "skip_reason" in row)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"pip-audit's answer isn't of the expected form ({type(error).__name__})") from None
    return Report(len(rows) - len(skipped), skipped, tuple(findings))


def judge(report: Report, accepted: Sequence[Accepted], today: date) -> Judgement:
    """Say what is to be thought of a report. Args: accepted: answers for this environment."""
    answers: Mapping[str, Accepted] = {one.package: one for one in accepted if one.until >= today}
    answered = tuple((one, answers[one.package]) for one in report.findings if one.package in answers)
    unanswered = tuple(one for one in report.findings if one.package not in answers)
    if unanswered:
        verdict = Verdict.FAILED
    elif report.skipped or not report.looked_up:
        verdict = Verdict.SKIPPED
    else:
        verdict = Verdict.PASSED
    return Judgement(verdict, unanswered, answered, tuple(one for one in accepted if one.until < today))


def read_accepted(path: Path) -> list[Accepted]:
    """Read ``data/supply/reach.yml``. Raises: ValueError: an entry is incomplete or named twice."""
    try:
        rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["bot"]
        found = [Accepted(row["package"], Reach(row["reach"]), row["why"].strip(), row["until"]) for row in rows]
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} can't be read: {str(error).splitlines()[0]}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name}: an entry lacks a part ({error})") from None
    if len({one.package for one in found}) != len(found):
        raise ValueError(f"{path.name}: a package stands there twice")
    return found


def ask(tool: Path, environment: Path) -> Report:
    """Have pip-audit look at what is installed. Args: tool: pip-audit; environment: a folder made by uv.

    Raises: ValueError: there is no such environment, or pip-audit gave no answer.
    """
    packages = next(environment.glob("lib/python*/site-packages"), None)
    if packages is None:
        raise ValueError(f"the environment {environment.name} isn't set up: sh scripts/setup.sh")
    command = [str(tool), "--path", str(packages), "-f", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        # 1 says that there are findings.
        if done.returncode not in (0, 1) or not done.stdout:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise ValueError(f"pip-audit ended with {done.returncode}: {last[0][:200]}")
    except subprocess.TimeoutExpired:
        raise ValueError(f"pip-audit gave no answer in {PATIENCE} s") from None
    return read_report(done.stdout)
