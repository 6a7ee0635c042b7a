"""``python -m supply``: what it prints and how it ends, by tools that answer as the real ones do (row 30)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from supply import __main__ as command
from supply import bill


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for tools, and two environments that look like uv's."""
    monkeypatch.setattr(command, "TOOLS", tmp_path)
    environments = {}
    for name in ("service", "bot"):
        (tmp_path / name / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
        environments[name] = tmp_path / name
    monkeypatch.setattr(command, "ENVIRONMENTS", environments)
    return tmp_path


def pip_audit(tools: Path, code: int, *rows: dict[str, object]) -> None:
    """A tool that answers this for every environment."""
    tool = tools / "pip-audit"
    said = json.dumps({"dependencies": rows})
    tool.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write({said!r})\nsys.exit({code})\n")
    tool.chmod(0o755)


SEEN = {"name": "sanic", "version": "25.12", "vulns": []}
UNSEEN = {"name": "sanic", "skip_reason": "could not be looked up"}
FOUND = {"name": "sanic", "version": "25.12", "vulns": [{"id": "GHSA-1", "aliases": [], "fix_versions": ["26"]}]}


def test_row_30_all_looked_up_and_nothing_found_is_passed(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pip_audit(tools, 0, SEEN)
    assert command.main(["advisories", "--needed"]) == 0
    assert capsys.readouterr().out.count("✓ advisories") == 2


def test_row_30_what_was_not_looked_up_is_called_skipped(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pip_audit(tools, 0, UNSEEN)
    assert command.main(["advisories"]) == 0
    said = capsys.readouterr().out
    assert said.count("skipped") == 2 and "passed" not in said
    assert command.main(["advisories", "--needed"]) == 1


def test_row_30_a_finding_fails_and_in_rasas_environment_is_told_with_its_reason(
    tools: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_audit(tools, 1, FOUND)
    assert command.main(["advisories"]) == 1
    said = capsys.readouterr().out
    assert "✗ advisories (service)" in said and "sanic 25.12: GHSA-1, mended in 26" in said
    assert "✓ advisories (bot)" in said and "can't be reached (bridge_only)" in said


@pytest.mark.parametrize("body", ["exit 3", "echo nonsense", ""], ids=["fails", "rubbish", "silent"])
def test_row_30_a_tool_that_gives_no_answer_fails(tools: Path, body: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tools / "pip-audit").write_text(f"#!/bin/sh\n{body}\n")
    (tools / "pip-audit").chmod(0o755)
    assert command.main(["advisories"]) == 1
    assert "✗ advisories" in capsys.readouterr().out


def test_row_30_a_tool_that_is_missing_fails(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["advisories"]) == 1
    assert "✗ advisories" in capsys.readouterr().out


def test_row_30_the_bill_names_every_package_with_its_hashes(tmp_path: Path) -> None:
    uv = next((path for path in command.UVS if path.exists()), Path("uv"))
    service, bot = (json.loads(path.read_text()) for path in bill.write(uv, command.ROOT, tmp_path))
    names = {component["name"] for component in service["components"]}
    assert {"sanic", "cryptography", "sqlalchemy"} <= names and "rasa" not in names and "pytest" not in names
    assert "rasa" in {component["name"] for component in bot["components"]}
    for component in service["components"]:
        files = component["externalReferences"]
        assert files and all(file["hashes"][0]["alg"] == "SHA-256" for file in files), component["name"]
