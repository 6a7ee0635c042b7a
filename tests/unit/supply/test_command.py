"""``python -m supply``: what it prints and how it ends, by tools that answer as the real ones do (row 30)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from supply import __main__ as command


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


def pip_audit(tools: Path, code: int, *rows: Mapping[str, object]) -> None:
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
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and said[0].startswith("✗ advisories: failed — "), "one line, and no traceback"


def test_row_30_an_environment_that_isn_t_there_fails(
    tools: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pip_audit(tools, 0, SEEN)
    monkeypatch.setattr(command, "ENVIRONMENTS", {"service": tools / "nowhere"})
    assert command.main(["advisories"]) == 1
    assert capsys.readouterr().out.startswith("✗ advisories: failed — the environment nowhere isn't set up")


@pytest.mark.parametrize("kept", [None, "- a list", "words", "a: {b: [", "a: words"])
def test_row_30_without_a_list_of_what_is_harmless_the_secrets_fail_in_a_line(
    tools: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kept: str | None
) -> None:
    (tools / "detect-secrets").write_text("#!/bin/sh\necho '{\"results\": {}}'\n")
    (tools / "detect-secrets").chmod(0o755)
    monkeypatch.setattr(command, "DATA", tools)
    (tools / "harmless.yml").write_text("a.py: [abc]")
    assert command.main(["secrets"]) == 0
    assert capsys.readouterr().out.startswith("✓ secrets: passed — ")
    if kept is None:
        (tools / "harmless.yml").unlink()
    else:
        (tools / "harmless.yml").write_text(kept)
    assert command.main(["secrets"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and said[0].startswith("✗ secrets: failed — ") and "harmless.yml" in said[0]


def test_row_30_a_tool_that_is_missing_fails(tools: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["advisories"]) == 1
    assert "✗ advisories" in capsys.readouterr().out
