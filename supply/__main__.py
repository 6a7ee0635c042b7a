"""``python -m supply [advisories|secrets|patterns|bill]``: all but the bill without a name (`make lint`).

A line for each, with one of three signs: ✓ passed, – skipped (nothing is known), ✗ failed. Only ✗ makes the code 1;
``--needed`` makes a skipped one fail, too, for a machine that does reach the advisories.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from supply import advisories, bill, patterns, secrets
from supply.advisories import Verdict

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "data" / "supply"
#: Our tools beside the interpreter that runs this; the scanner has an environment of its own.
TOOLS: Final = Path(sys.executable).parent
ENVIRONMENTS: Final = {"service": ROOT / ".venv", "bot": ROOT / ".venv-bot"}
#: Where the environments' script puts its own; else the one on PATH.
UVS: Final = (ROOT / "var" / "tools" / "uv" / "bin" / "uv", Path.home() / ".local" / "bin" / "uv")
SIGNS: Final = {Verdict.PASSED: "✓", Verdict.SKIPPED: "–", Verdict.FAILED: "✗"}


def say(verdict: Verdict, name: str, text: str) -> None:
    print(f"{SIGNS[verdict]} {name}: {verdict} — {text}", flush=True)


def look_up(today: date) -> Verdict:
    accepted = advisories.read_accepted(DATA / "reach.yml")
    verdicts = []
    for name, environment in ENVIRONMENTS.items():
        report = advisories.ask(TOOLS / "pip-audit", environment)
        judged = advisories.judge(report, accepted if name == "bot" else (), today)
        of = report.looked_up + len(report.skipped)
        text = f"{of} packages"
        if report.skipped:
            text += f"; {len(report.skipped)} could not be looked up, so nothing is known of them"
        say(judged.verdict, f"advisories ({name})", text)
        for one in judged.open:
            mended = ", ".join(one.mended_in) or "no version"
            print(f"    {one.package} {one.version}: {one.ids[0]}, mended in {mended}")
        for one, answer in judged.answered:
            print(f"    {one.package} {one.version}: {one.ids[0]} can't be reached ({answer.reach}): {answer.why}")
        for stale in judged.stale:
            print(f"    {stale.package}: its answer held until {stale.until}; look at it anew (data/supply/reach.yml)")
        verdicts.append(judged.verdict)
    return max(verdicts, key=list(Verdict).index)


def look_for_secrets() -> Verdict:
    files = secrets.tracked(ROOT)
    found = secrets.unknown(secrets.find(TOOLS / "detect-secrets", ROOT, files), DATA / "harmless.yml")
    verdict = Verdict.FAILED if found else Verdict.PASSED
    say(verdict, "secrets", f"{len(files)} files")
    for one in found:
        print(f"    {one.file}:{one.line}: {one.kind} ({one.hashed}; if it's harmless: data/supply/harmless.yml)")
    return verdict


def look_for_patterns() -> Verdict:
    tool = ROOT / ".venv-scan" / "bin" / "semgrep"
    if not tool.exists():
        raise ValueError("the scanner isn't set up: sh scripts/setup.sh scan")
    found = patterns.find(tool, ROOT, DATA / "patterns.yml")
    verdict = Verdict.FAILED if found else Verdict.PASSED
    say(verdict, "patterns", "our own rules (data/supply/patterns.yml)")
    for one in found:
        print(f"    {one.file}:{one.line}: {one.rule}: {one.said}")
    return verdict


def write_bill() -> Verdict:
    uv = next((path for path in UVS if path.exists()), Path("uv"))
    written = bill.write(uv, ROOT, ROOT / "results" / "sbom")
    say(Verdict.PASSED, "bill of materials", ", ".join(str(path.relative_to(ROOT)) for path in written))
    return Verdict.PASSED


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    parser.add_argument("what", nargs="*", choices=("advisories", "secrets", "patterns", "bill", []))
    parser.add_argument("--needed", action="store_true", help="a skipped look-up counts as failed")
    given = parser.parse_args(arguments)
    works: dict[str, Callable[[], Verdict]] = {
        "patterns": look_for_patterns,
        "secrets": look_for_secrets,
        "advisories": lambda: look_up(date.today()),
        "bill": write_bill,
    }
    failed = False
    for what in given.what or ("patterns", "secrets", "advisories"):
        try:
            verdict = works[what]()
        except (ValueError, OSError, subprocess.SubprocessError) as error:
            verdict = Verdict.FAILED
            say(verdict, what, str(error))
        failed |= verdict is Verdict.FAILED or (given.needed and verdict is Verdict.SKIPPED)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
