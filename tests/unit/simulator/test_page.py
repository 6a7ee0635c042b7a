"""The demo's page: what its addresses allow. How it looks and feels: ``tests/browser/``."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sanic import Request, Sanic, response

import handoff.web
from handoff.simulator.app import serve
from handoff.simulator.client import StandIn
from handoff.simulator.config import StandInConfig
from handoff.web.headers import add_headers
from handoff.web.simulator import DemoSetting, simulator

pytestmark = pytest.mark.asyncio

WEB = Path(handoff.web.__file__).parent
MARK = {"x-tsunagi-simulator": "1"}


class Choices:
    """A demo that only remembers what was chosen."""

    def __init__(self) -> None:
        self.profile, self.clock = "demo", "now"

    async def get(self) -> DemoSetting:
        return {
            "profile": self.profile,
            "profiles": [{"name": "demo", "title": "ためしの窓口"}, {"name": "other", "title": "ほかの窓口"}],
            "clock": self.clock,
            "now": datetime.now(UTC).isoformat() if self.clock == "now" else self.clock,
        }

    async def choose(self, profile: str | None, clock: str | None) -> DemoSetting:
        if profile == "nowhere":
            raise ValueError(profile)
        self.profile, self.clock = profile or self.profile, clock or self.clock
        return await self.get()


async def hook(_: Request[Any, Any]) -> response.HTTPResponse:
    """A bot that takes everything and says nothing."""
    return response.empty(200)


@asynccontextmanager
async def house(port: int, demo: Choices | None) -> AsyncIterator[tuple[str, StandIn, Any]]:
    url = f"http://127.0.0.1:{port}"
    app: Sanic[Any, Any] = Sanic("page", configure_logging=False)
    app.config.TOUCHUP = False
    app.blueprint(simulator)
    app.add_route(hook, "/line/webhook", methods=["POST"])
    app.config.RESPONSE_TIMEOUT = 1
    app.ctx.demo, app.ctx.https = demo, False
    app.register_middleware(add_headers, "response")
    async with serve(StandInConfig("s", "t", f"{url}/line/webhook")) as standin_url, StandIn(standin_url) as standin:
        app.ctx.simulator_url = standin_url
        server: Any = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.before_start()
        await server.start_serving()
        try:
            yield url, standin, app.ctx
        finally:
            await server.before_stop()
            server.close()
            for connection in tuple(server.connections):
                connection.abort()
            await server.wait_closed()
            await server.after_stop()
            Sanic.unregister_app(app)


async def test_outside_a_demo_nothing_is_there(unused_tcp_port: int) -> None:
    async with house(unused_tcp_port, None) as (url, _, __), aiohttp.ClientSession() as http:
        for path in ("/simulator", "/simulator/api/setting", "/simulator/api/stream", "/simulator/api/contents/1"):
            async with http.get(url + path) as answer:
                assert answer.status == 404
        async with http.post(f"{url}/simulator/api/users", json={}, headers=MARK) as answer:
            assert answer.status == 404


async def test_the_page_holds_no_inline_code_and_says_so_by_its_policy(unused_tcp_port: int) -> None:
    async with house(unused_tcp_port, Choices()) as (url, _, __), aiohttp.ClientSession() as http:
        async with http.get(f"{url}/simulator") as answer:
            policy, page = answer.headers["content-security-policy"], await answer.text()
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page)
        named = re.findall(r'(?:src|href)="(/simulator/[^"]+)"', page)
        named += [f"/simulator/static/{path.name}" for path in (WEB / "static").glob("simulator*.*")]
        icons = re.findall(r'url\("([^"]+)"\)', (WEB / "static" / "simulator.css").read_text())
        for path in named + [f"/simulator/static/{icon}" for icon in icons]:
            async with http.get(url + path) as answer:
                assert answer.status == 200, path


async def test_changes_need_the_pages_mark_and_only_pictures_come_in(unused_tcp_port: int) -> None:
    async with house(unused_tcp_port, Choices()) as (url, _, __), aiohttp.ClientSession() as http:
        for path in ("users", "acts", "contents", "setting", "events/1/redeliver"):
            async with http.post(f"{url}/simulator/api/{path}", json={}) as answer:
                assert answer.status == 403
        headers = {**MARK, "content-type": "text/html"}
        async with http.post(f"{url}/simulator/api/contents", data=b"<p>", headers=headers) as answer:
            assert answer.status == 415
        for path in ("calls", "faults", "reset", "contents/..%2Fcalls"):
            async with http.get(f"{url}/simulator/api/{path}") as answer:
                assert answer.status in (404, 405), path


async def test_the_setting_can_be_chosen_and_the_times_in_the_chat_go_along(unused_tcp_port: int) -> None:
    async with house(unused_tcp_port, Choices()) as (url, standin, _), aiohttp.ClientSession() as http:
        wanted = {"profile": "other", "clock": "2026-12-31T15:00:00+09:00"}
        async with http.post(f"{url}/simulator/api/setting", json=wanted, headers=MARK) as answer:
            assert (await answer.json())["profile"] == "other"
        student = await standin.user()
        (prepared,) = await standin.prepare([{"user": student, "kind": "text", "text": "はい"}])
        assert 0 <= (await standin.timeline(student))[0].at_ms - 1798696800000 < 5000
        # The webhook keeps the real time: the service moves it by itself.
        sent_ms = json.loads(prepared.body)["events"][0]["timestamp"]
        assert abs(sent_ms - datetime.now(UTC).timestamp() * 1000) < 5000
        async with http.post(f"{url}/simulator/api/setting", json={"profile": "nowhere"}, headers=MARK) as answer:
            assert answer.status == 400


async def test_a_standin_that_is_away_is_502(unused_tcp_port: int) -> None:
    async with house(unused_tcp_port, Choices()) as (url, _, ctx), aiohttp.ClientSession() as http:
        ctx.simulator_url = "http://127.0.0.1:9"
        async with http.get(f"{url}/simulator/api/stream?user=U1") as answer:
            assert answer.status == 502
        async with http.post(f"{url}/simulator/api/users", json={}, headers=MARK) as answer:
            assert (answer.status, await answer.json()) == (502, {"error": "unreachable"})


async def test_a_stream_through_the_page_survives_a_silent_minute(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat keeps it from the server's response timeout, here a second."""
    monkeypatch.setattr("handoff.simulator.control.HEARTBEAT_SECONDS", 0.2)
    async with house(unused_tcp_port, Choices()) as (url, standin, _), aiohttp.ClientSession() as http:
        student = await standin.user()
        async with http.get(f"{url}/simulator/api/stream?user={student}") as stream:
            await asyncio.sleep(2.5)
            await standin.text(student, "はい")
            kinds = []
            async for row in stream.content:
                if row.startswith(b"data: "):
                    kinds.append(json.loads(row[6:])["type"])
                    if kinds[-1] == "entry":
                        break
            assert kinds[-1:] == ["entry"]
