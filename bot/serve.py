"""Runs the Rasa server: ``python -m bot.serve --model models/<hash>.tar.gz --port 5005``.

Rasa's own engine behind one door, the bridge channel: Rasa's HTTP API (model swap, conversations, parse) stays off. It
listens on the loopback address unless told otherwise, writes no access log, and its logs hold no words (bot/logs.py).
What is missing or wrong ends the start with one line and exit code 1: a server that runs without a model, or with its
trackers in memory, would look healthy and lose conversations.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, Dict

from bot.environment import prepare
from kernel.loading import loading
from kernel.model_record import ModelUnknown, check

STARTED = time.monotonic()
MAX_BODY_BYTES = 2 * 1024 * 1024
# One turn with a slow action may take five seconds; the bridge has given up by then.
RESPONSE_SECONDS = 30
NEEDED = ("TSUNAGI_DATABASE_URL", "TSUNAGI_KEY_FILE", "TSUNAGI_RASA_TOKEN")
DEFAULT_ACTIONS_URL = "http://127.0.0.1:5055/webhook"

log = logging.getLogger("bot.serve")


class NotStarted(Exception):
    """The server can't start; the text says why, in one line."""


async def load(model: Path, endpoints: Any) -> Any:
    """Load model and tracker store and make sure of both.

    Raises: NotStarted: the model doesn't load or its components are untrained, or trackers would stay in memory.
    """
    from rasa.core.agent import Agent
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.exceptions import RasaException

    from bot.tracker import SealedTrackerStore, TrackerDatabaseDown, TrackerSealBroken
    from bot.turn import TurnFailed, processor_of, understand

    try:
        check(model)
    except (ModelUnknown, OSError) as error:
        raise NotStarted(str(error)) from error
    try:
        store = TrackerStore.create(endpoints.tracker_store)
        agent = Agent(tracker_store=store, lock_store=InMemoryLockStore(), action_endpoint=endpoints.action)
        agent.load_model(str(model))
        processor = processor_of(agent)
        # An untrained component raises here at the latest, not at the first student.
        parsed = await understand(processor, "学校に行きたくない")
    except (RasaException, TurnFailed, OSError, ValueError) as error:
        raise NotStarted(f"the model {model.name} can't be used: {error}") from error
    if not isinstance(processor.tracker_store, SealedTrackerStore):
        raise NotStarted("endpoints.yml: the tracker store is not bot.tracker.SealedTrackerStore")
    if len(parsed.get("intent_ranking", [])) < 2:
        raise NotStarted(f"the model {model.name} knows fewer than two intents")
    try:
        await processor.tracker_store.check_keys()
    except TrackerSealBroken as error:
        await processor.tracker_store.close()
        raise NotStarted(f"TSUNAGI_KEY_FILE: {error}") from error
    except TrackerDatabaseDown as error:
        log.warning("the keys weren't compared: %s", error)  # until it answers, every turn is refused
    return agent


def build(model: Path, endpoints_file: Path, credentials_file: Path) -> Any:
    """Give the Sanic application with the bridge channel; the model is loaded as it starts.

    Raises: NotStarted.
    """
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints
    from rasa.shared.exceptions import RasaException
    from sanic import Sanic

    try:
        endpoints = AvailableEndpoints.read_endpoints(str(endpoints_file))
        channels = rasa.core.run.create_http_input_channels(None, str(credentials_file))
    except RasaException as error:
        raise NotStarted(str(error)) from error
    if [channel.name() for channel in channels] != ["bridge"]:
        raise NotStarted("credentials.yml: the bridge has to be the only channel")
    app = rasa.core.run.configure_app(
        channels, enable_api=False, response_timeout=RESPONSE_SECONDS, endpoints=endpoints, use_uvloop=True
    )
    app.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
    app.config.ACCESS_LOG = False
    app.ctx.refused = None

    async def start(running: Sanic, loop: Any) -> None:
        try:
            with loading():
                running.ctx.agent = await load(model, endpoints)
        except NotStarted as error:
            running.ctx.refused = str(error)
            raise

    async def started(running: Sanic, loop: Any) -> None:
        log.info("rasa is ready with %s after %.1f s", model.name, time.monotonic() - STARTED)

    async def stop(running: Sanic, loop: Any) -> None:
        agent = getattr(running.ctx, "agent", None)
        if agent is not None:
            await agent.processor.tracker_store.close()

    app.register_listener(start, "before_server_start")
    app.register_listener(started, "after_server_start")
    app.register_listener(stop, "after_server_stop")
    return app


def bind(host: str, port: int) -> socket.socket:
    """Take the port before the seconds of loading; nobody is let in until the model is there.

    Raises: NotStarted: another process has it, or the address isn't ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise NotStarted(f"{host}:{port}: {error.strerror or error}") from error
    return taken


def main() -> int:
    """Run until SIGINT or SIGTERM; give 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m bot.serve")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="folder of endpoints.yml and credentials.yml")
    chosen = parser.parse_args()
    root: Path = chosen.root.resolve()
    defaults: Dict[str, str] = {"TSUNAGI_ACTIONS_URL": DEFAULT_ACTIONS_URL}
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        print(f"rasa did not start: {', '.join(missing)} must be set", file=sys.stderr)
        return 1
    if not chosen.model.is_file():
        print(f"rasa did not start: there is no model at {chosen.model}; run `make train`", file=sys.stderr)
        return 1
    prepare()
    from bot.logs import configure

    configure("serve")
    sys.path.insert(0, str(root))
    try:
        door = bind(chosen.host, chosen.port)
        with loading():
            app = build(chosen.model, root / "endpoints.yml", root / "credentials.yml")
        configure("serve")  # importing Rasa and Sanic brought their own handlers
        app.run(sock=door, access_log=False, debug=False, motd=False)
    except NotStarted as error:
        print(f"rasa did not start: {error}", file=sys.stderr)
        return 1
    if app.ctx.refused:
        print(f"rasa did not start: {app.ctx.refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
