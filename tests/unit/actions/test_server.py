"""The action server: one process, instances with a bridge, no words in an error."""

from __future__ import annotations

import pickle
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sanic import Sanic

from actions.server import _Factory, create_app
from handoff.adapters.profiles import load_profile
from tests.conversations.fake_bridge import FakeBridge

TOKEN = "a-token-of-the-tests"
SHOWN = {"authorization": f"Bearer {TOKEN}"}
PROFILE = load_profile(Path(__file__).resolve().parents[3] / "data" / "profiles" / "demo.yml")


@asynccontextmanager
async def open_bridge() -> AsyncIterator[FakeBridge]:
    yield FakeBridge(PROFILE, datetime.fromisoformat("2026-11-20T18:00+09:00"))


def call(action: str, message_id: str | None = "m1", text: str = "ひみつの話") -> dict[str, Any]:
    latest = {"text": text, "intent": {"name": "greet"}, "intent_ranking": [], "metadata": {"message_id": message_id}}
    return {"next_action": action, "sender_id": "s1", "tracker": {"sender_id": "s1", "latest_message": latest}}


@pytest.fixture
async def address() -> AsyncIterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(open_bridge, TOKEN)
    app.config.TOUCHUP = False  # it rewrites Sanic's own class, once a process
    server: Any = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    yield f"http://127.0.0.1:{port}"
    await server.before_stop()
    await server.close()
    await server.after_stop()
    Sanic.unregister_app(app)


async def test_an_action_answers_without_a_domain(address: str) -> None:
    async with aiohttp.ClientSession(address, headers=SHOWN) as http:
        assert (await http.get("/health")).status == 200
        names = {entry["name"] for entry in await (await http.get("/actions")).json()}
        assert names == {
            "validate_intake_form",
            "validate_procedure_form",
            "validate_report_form",
            "action_converse",
        }
        answer = await http.post("/webhook", json=call("action_converse"))
        body = await answer.json()
    assert answer.status == 200
    assert "自動の案内" in body["responses"][0]["text"]
    assert {event["name"] for event in body["events"]} >= {"turns", "noticed"}


async def test_the_form_says_which_question_waits(address: str) -> None:
    async with aiohttp.ClientSession(address, headers=SHOWN) as http:
        body = await (await http.post("/webhook", json=call("validate_intake_form"))).json()
    assert body["events"][-1] == {"event": "slot", "timestamp": None, "name": "requested_slot", "value": "topic"}


async def test_row_30_who_has_not_the_token_is_told_nothing(address: str) -> None:
    """An id of a talk is in logs and addresses; whoever saw one must not write to the talk."""
    async with aiohttp.ClientSession(address) as http:
        for given in (
            {},
            {"authorization": TOKEN},
            {"authorization": "Bearer "},
            {"authorization": f"Bearer {TOKEN}x"},
        ):
            for method, path in (("POST", "/webhook"), ("GET", "/actions"), ("GET", "/health/x")):
                answer = await http.request(method, path, headers=given, json=call("action_converse"))
                assert (answer.status, await answer.json()) == (401, {"error": "unauthorised"}), (given, path)
        assert (await http.get("/health")).status == 200


async def test_an_error_quotes_nothing(address: str) -> None:
    async with aiohttp.ClientSession(address, headers=SHOWN) as http:
        answer = await http.post("/webhook", json=call("action_converse", message_id=None))
        assert answer.status == 500
        assert await answer.json() == {"error": "internal", "action_name": ""}


def test_the_factory_can_be_pickled() -> None:
    assert isinstance(pickle.loads(pickle.dumps(_Factory(open_bridge, TOKEN))), _Factory)  # noqa: S301
