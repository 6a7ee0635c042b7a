"""``tsunagi profile check``: the report and its exit codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from handoff.adapters.profiles import DATA
from handoff.profile_command import BROKEN, FIT, INCOMPLETE, check

PROFILES = DATA / "profiles"


def test_the_demo_is_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(PROFILES / "demo.yml") == FIT == 0
    assert "すべて決まっています" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["hokkaido", "kagoshima", "tajimi", "hyogo"])
def test_the_documents_leave_questions(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(PROFILES / f"{name}.yml") == INCOMPLETE == 1
    out = capsys.readouterr().out
    assert "on_call.who: " in out
    assert "（KAG-4.2）" in out


def test_a_broken_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.yml"
    path.write_text("id: x\nservice_name: y\n", encoding="utf-8")
    assert check(path) == BROKEN == 2
    assert "owner: 必要な項目がありません" in capsys.readouterr().out


def test_a_profile_whose_time_is_over_is_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.yml"
    demo = (PROFILES / "demo.yml").read_text(encoding="utf-8")
    path.write_text(demo.replace("valid_to: null", "valid_to: 2027-03-31"), encoding="utf-8")
    assert check(path, today=date(2027, 3, 31)) == FIT
    assert check(path, today=date(2027, 4, 1)) == INCOMPLETE
    assert "valid_to: 2027-03-31 で期間が終わっています" in capsys.readouterr().out


def test_hours_that_are_over_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    check(PROFILES / "kagoshima.yml", today=date(2027, 4, 1))
    assert "hours: どの版も期間が終わっています" in capsys.readouterr().out
    check(PROFILES / "kagoshima.yml", today=date(2027, 3, 31))
    assert "どの版も" not in capsys.readouterr().out


def test_lines_that_nobody_checked_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    check(PROFILES / "demo.yml")
    assert "verified" in capsys.readouterr().out
