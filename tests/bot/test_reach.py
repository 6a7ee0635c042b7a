"""Why findings in Rasa's frozen packages can't be reached (row 30): each reason of data/supply/reach.yml, as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List

import pytest
import yaml

from kernel.model_record import record

ROOT = Path(__file__).parents[2]
REACH: List[Dict[str, Any]] = yaml.safe_load((ROOT / "data" / "supply" / "reach.yml").read_text())["bot"]
#: The module of a package that isn't called like it.
MODULES = {"protobuf": "google.protobuf", "sentry-sdk": "sentry_sdk", "scikit-learn": "sklearn"}
#: What would be there if a client asked somebody; and what would be if aiohttp's server ran beside its client.
AT_WORK = {
    "pymongo": "pymongo.mongo_client.MongoClient",
    "dnspython": "dns.resolver.BaseResolver",
    "redis": "redis.client.Redis",
    "aio-pika": "aio_pika.abc.AbstractConnection",
    "aiohttp": "aiohttp.web_server.Server",
}
AGENT = "rasa.core.agent.Agent"
#: Where the machine keeps what every program reads.
MACHINES = ("/dev", "/etc", "/proc", "/sys", "/usr", "/lib", "/bin", "/sbin")

LOADED = """
import gc, json, os, sys
asked = {"opened": [], "connected": []}
def watch(event, values):
    if event == "open" and isinstance(values[0], (str, bytes)):
        asked["opened"].append(os.path.abspath(os.fsdecode(values[0])))
    elif event in ("socket.connect", "socket.getaddrinfo"):
        asked["connected"].append(event + " " + str(values[1:]))
sys.addaudithook(watch)
from bot.environment import prepare
prepare()
import asyncio
import rasa.core.run, bot.serve, bot.channel, bot.tracker
from rasa.core.agent import Agent
from bot.turn import processor_of, understand
agent = Agent.load(sys.argv[1])
asyncio.run(understand(processor_of(agent), "学校に行きたくない"))
asked["loaded"] = sorted(name for name, module in sys.modules.items() if getattr(module, "__file__", None))
made = {}
for one in gc.get_objects():
    for each in type(one).__mro__:
        name = str(each.__module__) + "." + each.__qualname__
        made[name] = made.get(name, 0) + 1
asked["made"] = {name: made.get(name, 0) for name in sys.argv[2:]}
print("LOADED " + json.dumps(asked))
"""


def of(reach: str) -> List[str]:
    return sorted(row["package"] for row in REACH if row["reach"] == reach)


@pytest.fixture(scope="module")
def server_work(model: Path) -> Dict[str, Any]:
    """What a server has done once it has understood something: loaded, made, opened, connected."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(model), AGENT, *AT_WORK.values()],
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED "))
    found: Dict[str, Any] = json.loads(line[len("LOADED ") :])
    return found


@pytest.fixture(scope="module")
def loaded(server_work: Dict[str, Any]) -> set[str]:
    """The modules with code of their own that it has loaded."""
    return set(server_work["loaded"])


@pytest.mark.parametrize("package", of("never_imported"))
def test_row_30_what_is_said_to_be_never_imported_is_not(loaded: set[str], package: str) -> None:
    assert MODULES.get(package, package) not in loaded


def test_row_30_the_list_of_what_is_loaded_is_a_real_one(loaded: set[str]) -> None:
    assert {"sklearn", "sanic", "pymongo", "rasa.core.agent"} <= loaded


@pytest.mark.parametrize("package", [*of("idle_client"), *(one for one in of("bridge_only") if one != "sanic")])
def test_row_30_no_client_that_is_said_to_be_idle_is_at_work(server_work: Dict[str, Any], package: str) -> None:
    assert server_work["made"][AT_WORK[package]] == 0
    assert server_work["made"][AGENT] == 1, "what is there is counted"


def test_row_30_nobody_is_asked_anything_while_a_message_is_understood(server_work: Dict[str, Any]) -> None:
    assert of("idle_client") and of("bridge_only")
    assert server_work["connected"] == []


def test_row_30_what_is_said_to_read_our_files_reads_no_others(server_work: Dict[str, Any], model: Path) -> None:
    """Of this repository, of its environment, of the machine's own, or unpacked from the model whose hash is on record."""
    assert of("our_files")
    ours = (ROOT, Path(sys.prefix), Path(sys.base_prefix), Path(tempfile.gettempdir()), *map(Path, MACHINES))
    opened = {Path(one) for one in server_work["opened"]}
    assert model in opened, "what is opened is counted"
    assert [one for one in sorted(opened) if not any(place in (one, *one.parents) for place in ours)] == []


def test_row_30_no_server_is_named_that_an_idle_client_could_ask() -> None:
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text())
    assert set(endpoints) == {"action_endpoint", "tracker_store"}
    assert endpoints["tracker_store"]["type"] == "bot.tracker.SealedTrackerStore"
    assert endpoints["action_endpoint"]["headers"] == {"Authorization": "Bearer ${TSUNAGI_RASA_TOKEN}"}
    assert of("idle_client")


def test_row_30_the_only_door_is_the_bridge_s_on_the_loopback_address() -> None:
    assert list(yaml.safe_load((ROOT / "credentials.yml").read_text())) == ["bot.channel.BridgeInput"]
    assert '"--host", default="127.0.0.1"' in (ROOT / "bot" / "serve.py").read_text()
    assert '"--host", "127.0.0.1"' in (ROOT / "handoff" / "up.py").read_text()


@pytest.mark.parametrize("what", ["foreign", "changed"])
def test_row_30_who_only_reads_messages_loads_no_strange_model_either(tmp_path: Path, what: str) -> None:
    """`tsunagi parse` without a server: the archive is refused before Rasa looks at it, and nothing is answered."""
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(b"brought here by somebody")
    if what == "changed":
        record(archive, archive)
        archive.write_bytes(b"brought here by Somebody")
    done = subprocess.run(
        [sys.executable, "-m", "bot.parse", "--model", str(archive)],
        input='{"text": "だれにも言わないで"}\n',
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "model.tar.gz" in line and "so it isn't loaded" in line
