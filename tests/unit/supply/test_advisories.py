"""What is to be thought of pip-audit's answer: above all, what it says when it knows nothing (row 30)."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supply.advisories import Accepted, Reach, Verdict, judge, read_accepted, read_report

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 23)


def found(name: str = "aiohttp", **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": [], **more}


def said(*rows: dict[str, Any]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


def vulnerable(name: str) -> dict[str, Any]:
    return found(name, vulns=[{"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"], "description": "…"}])


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found on PyPI and could not be audited"}


def answer(package: str, until: date = date(2027, 1, 1)) -> Accepted:
    return Accepted(package, Reach.NEVER_IMPORTED, "because", until)


def test_row_30_nothing_found_is_passed_only_if_everything_was_looked_up() -> None:
    assert judge(read_report(said(found(), found("b"))), (), TODAY).verdict is Verdict.PASSED
    assert judge(read_report(said(found(), skipped("b"))), (), TODAY).verdict is Verdict.SKIPPED
    assert judge(read_report(said(skipped("a"))), (), TODAY).verdict is Verdict.SKIPPED
    # Not even one package: nothing was looked at.
    assert judge(read_report(said()), (), TODAY).verdict is Verdict.SKIPPED


def test_row_30_a_finding_fails_however_much_was_skipped() -> None:
    judged = judge(read_report(said(vulnerable("a"), skipped("b"))), (), TODAY)
    assert (judged.verdict, judged.open[0].ids) == (Verdict.FAILED, ("GHSA-1", "CVE-1"))


def test_row_30_an_answer_holds_for_its_package_and_until_its_day() -> None:
    report = read_report(said(vulnerable("tensorflow"), vulnerable("other")))
    judged = judge(report, [answer("tensorflow"), answer("other", date(2026, 11, 22))], TODAY)
    assert judged.verdict is Verdict.FAILED
    assert [one.package for one in judged.open] == ["other"]
    assert [one.package for one, _ in judged.answered] == ["tensorflow"]
    assert [one.package for one in judged.stale] == ["other"]
    assert judge(report, [answer("tensorflow"), answer("other", TODAY)], TODAY).verdict is Verdict.PASSED


def test_the_project_itself_is_on_no_index_and_counts_as_nothing() -> None:
    assert judge(read_report(said(found(), skipped("tsunagi"))), (), TODAY).verdict is Verdict.PASSED


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dependencies": [{}]}', '{"dependencies": 1}', "No known"])
def test_an_answer_of_another_form_is_an_error_never_a_pass(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_report(text)


@given(st.lists(st.sampled_from(["found", "skipped", "vulnerable"])))
def test_row_30_passed_says_that_all_were_looked_up_and_none_found(kinds: list[str]) -> None:
    make = {"found": found, "skipped": skipped, "vulnerable": vulnerable}
    judged = judge(read_report(said(*(make[kind](f"p{n}") for n, kind in enumerate(kinds)))), (), TODAY)
    assert (judged.verdict is Verdict.PASSED) == (bool(kinds) and set(kinds) == {"found"})


def test_row_30_each_answer_has_a_reason_and_a_day_that_has_not_passed() -> None:
    accepted = read_accepted(ROOT / "data" / "supply" / "reach.yml")
    locked = {row["name"] for row in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    for one in accepted:
        assert len(one.why) > 20, one.package
        assert one.package in locked, f"{one.package} isn't installed any more: its answer can go"
        assert one.until > date.today(), f"look at {one.package} anew"


def test_row_30_every_package_is_locked_with_a_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    files = [
        (row["name"], file)
        for row in lock["package"]
        if "registry" in row["source"]
        for file in [*row.get("wheels", ()), *([row["sdist"]] if "sdist" in row else ())]
    ]
    assert len(files) > 1_000
    assert not [name for name, file in files if not file.get("hash", "").startswith("sha256:")]
    assert [row["name"] for row in lock["package"] if "registry" not in row["source"]] == ["tsunagi"]
