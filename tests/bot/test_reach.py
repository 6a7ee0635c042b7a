"""Why findings in Rasa's frozen packages can't be reached (row 30): each reason of data/supply/reach.yml, as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest
import yaml

ROOT = Path(__file__).parents[2]
REACH: List[Dict[str, Any]] = yaml.safe_load((ROOT / "data" / "supply" / "reach.yml").read_text())["bot"]
#: The module of a package that isn't called like it.
MODULES = {"protobuf": "google.protobuf", "sentry-sdk": "sentry_sdk", "scikit-learn": "sklearn"}

LOADED = """
import json, sys
from bot.environment import prepare
prepare()
import asyncio
import rasa.core.run, bot.serve, bot.channel, bot.tracker
from rasa.core.agent import Agent
from bot.turn import processor_of, understand
agent = Agent.load(sys.argv[1])
asyncio.run(understand(processor_of(agent), "学校に行きたくない"))
print("LOADED " + json.dumps(sorted(name for name, module in sys.modules.items() if getattr(module, "__file__", None))))
"""


def of(reach: str) -> List[str]:
    return sorted(row["package"] for row in REACH if row["reach"] == reach)


@pytest.fixture(scope="module")
def loaded(model: Path) -> set[str]:
    """The modules with code of their own that a server has loaded once it has understood something."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(model)],
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED "))
    return set(json.loads(line[len("LOADED ") :]))


@pytest.mark.parametrize("package", of("never_imported"))
def test_row_30_what_is_said_to_be_never_imported_is_not(loaded: set[str], package: str) -> None:
    assert MODULES.get(package, package) not in loaded


def test_row_30_the_list_of_what_is_loaded_is_a_real_one(loaded: set[str]) -> None:
    assert {"sklearn", "sanic", "pymongo", "rasa.core.agent"} <= loaded


def test_row_30_no_server_is_named_that_an_idle_client_could_ask() -> None:
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text())
    assert set(endpoints) == {"action_endpoint", "tracker_store"}
    assert endpoints["tracker_store"]["type"] == "bot.tracker.SealedTrackerStore"
    assert of("idle_client")


def test_row_30_the_only_door_is_the_bridge_s_on_the_loopback_address() -> None:
    assert list(yaml.safe_load((ROOT / "credentials.yml").read_text())) == ["bot.channel.BridgeInput"]
    assert '"--host", default="127.0.0.1"' in (ROOT / "bot" / "serve.py").read_text()
    assert '"--host", "127.0.0.1"' in (ROOT / "handoff" / "up.py").read_text()
