"""Training: what is refused, and that a useless model never gets to its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict

import pytest

from bot.train import TrainingRefused, check_domain
from tests.bot.conftest import PROJECT, ROOT


def domain(**changes: Any) -> Any:
    given: Dict[str, Any] = {"expires": 0, "responses": {}, "intents": ["greet"], **changes}
    return SimpleNamespace(
        session_config=SimpleNamespace(session_expiration_time=given["expires"]),
        responses=given["responses"],
        intents=given["intents"],
    )


def test_a_good_domain_passes() -> None:
    check_domain(domain(responses={"utter_a": [{"text": "a", "buttons": [{"title": "b", "payload": "b"}]}]}), ["greet"])


@pytest.mark.parametrize(
    ("given", "intents", "says"),
    [
        (domain(expires=60), ["greet"], "session_expiration_time"),
        (domain(responses={"utter_a": [{"buttons": [{"payload": " /greet"}]}]}), ["greet"], "utter_a"),
        (domain(intents=["greet", "restart"]), ["greet", "restart"], "restart"),
        (domain(), ["greet", "unlisted"], "unlisted"),
    ],
)
def test_what_would_break_a_promise_is_refused(given: Any, intents: Any, says: str) -> None:
    with pytest.raises(TrainingRefused, match=says):
        check_domain(given, intents)


def run(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.train", "--out", str(out), "--config", str(ROOT / "config.yml"), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_too_little_data_ends_with_one_line_and_no_model(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - やあ\n', "utf-8")
    done = run(
        tmp_path / "models" / "m.tar.gz", "--domain", str(PROJECT / "domain.yml"), "--data", str(tmp_path / "nlu.yml")
    )
    assert done.returncode == 1
    assert "fewer than two intents" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("models/*"))


def test_yaml_aliases_in_the_domain_are_named_as_the_cause(tmp_path: Path) -> None:
    text = (PROJECT / "domain.yml").read_text("utf-8")
    head, tail = text.split("slots:\n")
    rest = tail[tail.index("responses:") :]
    slots = "slots:\n  topic: &any\n    type: any\n    mappings: [{type: custom}]\n  grade: *any\n"
    (tmp_path / "domain.yml").write_text(head + slots + rest, "utf-8")
    done = run(
        tmp_path / "models" / "m.tar.gz", "--domain", str(tmp_path / "domain.yml"), "--data", str(PROJECT / "data")
    )
    assert done.returncode == 1
    assert "aliases" in done.stderr and "Traceback" not in done.stderr


def test_an_untrained_model_does_not_get_to_its_place(tmp_path: Path) -> None:
    # Rasa's own classifier trains on nothing without complaint when no message has an intent it can use.
    config = tmp_path / "config.yml"
    config.write_text(
        "recipe: default.v1\nlanguage: ja\nassistant_id: x\npipeline:\n- name: KeywordIntentClassifier\n"
        "policies:\n- name: RulePolicy\n",
        "utf-8",
    )
    nlu = tmp_path / "nlu.yml"
    # Every message belongs to both intents: nothing can tell them apart.
    same = "    - おはよう\n    - こんばんは\n"
    nlu.write_text(
        f'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n{same}- intent: study\n  examples: |\n{same}', "utf-8"
    )
    done = run(
        *(tmp_path / "models" / "m.tar.gz", "--domain", str(PROJECT / "domain.yml"), "--config", str(config)),
        *("--data", str(nlu), "--data", str(PROJECT / "data" / "rules.yml")),
    )
    assert done.returncode == 1, done.stdout
    assert "looks untrained" in done.stderr
    assert not list(tmp_path.glob("models/*"))


def test_training_shows_its_steps(tmp_path: Path) -> None:
    done = run(tmp_path / "m.tar.gz", "--domain", str(PROJECT / "domain.yml"), "--data", str(PROJECT / "data"))
    assert done.returncode == 0, done.stderr
    assert [line[:5] for line in done.stdout.splitlines() if line.startswith("[") and "/4]" in line] == [
        *("[1/4]", "[2/4]", "[3/4]", "[4/4]")
    ]
    assert (tmp_path / "m.tar.gz").is_file()
