"""`rasa data validate` and `rasa test` on the project's own domain, rules and data."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.bot.conftest import ROOT

STORIES = ROOT / "tests" / "stories"


def test_rasa_finds_nothing_to_warn_of_in_domain_rules_and_data() -> None:
    """A warning would be an intent in two places, an unused intent, a rule of an unknown action."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rasa", "data", "validate", "--domain", "domain.yml", "--config", "config.yml"),
            *("--data", "data/nlu", "data/rules", "--fail-on-warnings"),
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_flow_goes_the_way_of_its_story(tmp_path: Path) -> None:
    from rasa.core.agent import Agent
    from rasa.core.test import test
    from rasa.model_training import train_core

    model = train_core(str(ROOT / "domain.yml"), str(ROOT / "config.yml"), str(ROOT / "data" / "rules"), str(tmp_path))
    (tmp_path / "out").mkdir()
    report = asyncio.run(test(str(STORIES), Agent.load(str(model)), out_directory=str(tmp_path / "out")))
    told = (STORIES / "dialogue.yml").read_text(encoding="utf-8").count("- story:")
    failed = tmp_path / "out" / "failed_test_stories.yml"
    assert report["precision"] == 1.0, failed.read_text(encoding="utf-8") if failed.exists() else report
    assert report["is_end_to_end_evaluation"] is False
    assert told >= 9
