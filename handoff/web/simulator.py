"""The demo's page ``/simulator``: a phone on which one can try the bot as a student, without a LINE account.

The page talks to ``/simulator/api``, which hands a few of the stand-in's paths through. Nothing of it exists when
``app.ctx.demo`` is None: every address here is then a 404.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol, TypedDict

import aiohttp
from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint, Request, Sanic
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse, html, raw
from sanic.response import json as json_response

from handoff.web.headers import SANDBOX

_HERE = Path(__file__).parent
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
# What the service takes in one body at most; the page makes larger pictures smaller before it sends them.
_MAX_PICTURE = 1024 * 1024
# Asked of every change, so that no page of another origin can send one unseen (it would need CORS's consent).
_MARK = "x-tsunagi-simulator"

_templates = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)


class DemoProfile(TypedDict):
    """A profile that can be chosen."""

    name: str
    title: str


class DemoSetting(TypedDict):
    """The demo's present setting. ``clock`` is "now" or the ISO time where it was started, ``now`` its ISO time."""

    profile: str
    profiles: list[DemoProfile]
    clock: str
    now: str


class Demo(Protocol):
    """What the service offers to the page; it lies at ``app.ctx.demo``, and is None outside a demo."""

    async def get(self) -> DemoSetting:
        """The present setting."""

    async def choose(self, profile: str | None, clock: str | None) -> DemoSetting:
        """Change one or both (None: stays); returns when the service works with it. ValueError: no such choice."""


simulator = Blueprint("simulator", url_prefix="/simulator")
simulator.static("/static", _HERE / "static", name="simulator_static")


@simulator.before_server_start
async def open_session(app: Sanic[Any, Any]) -> None:
    """One HTTP session to the stand-in per process; streams have no end, so only connecting is timed."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=2)
    app.ctx.simulator_http = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0))


@simulator.after_server_stop
async def close_session(app: Sanic[Any, Any]) -> None:
    """Give the connections back."""
    await app.ctx.simulator_http.close()


@simulator.on_request
async def only_in_a_demo(request: Request[Any, Any]) -> HTTPResponse | None:
    """404 outside a demo; changes only from our own page."""
    if getattr(request.app.ctx, "demo", None) is None:
        raise NotFound("no demo")
    if request.method != "GET" and request.headers.get(_MARK) != "1":
        return json_response({"error": "forbidden"}, status=403)
    return None


@simulator.get("/", strict_slashes=False)
async def page(_: Request[Any, Any]) -> HTTPResponse:
    """The page; everything else comes by script."""
    return html(_templates.get_template("simulator.html").render())


@simulator.get("/api/setting")
async def setting(request: Request[Any, Any]) -> HTTPResponse:
    """→ DemoSetting."""
    demo: Demo = request.app.ctx.demo
    return await _shown(request, await demo.get())


@simulator.post("/api/setting")
async def choose(request: Request[Any, Any]) -> HTTPResponse:
    """``{"profile"?, "clock"?}`` → DemoSetting."""
    demo: Demo = request.app.ctx.demo
    wanted = request.json if isinstance(request.json, dict) else {}
    profile, clock = (wanted.get(name) if isinstance(wanted.get(name), str) else None for name in ("profile", "clock"))
    try:
        chosen = await demo.choose(profile, clock)
    except ValueError:
        return json_response({"error": "invalid"}, status=400)
    return await _shown(request, chosen)


@simulator.post("/api/users")
async def create_user(request: Request[Any, Any]) -> HTTPResponse:
    """A new student."""
    return await _pass_on(request, "POST", "users", json=request.json)


@simulator.post("/api/acts")
async def act(request: Request[Any, Any]) -> HTTPResponse:
    """Something that a student does."""
    return await _pass_on(request, "POST", "acts", json=request.json)


@simulator.post("/api/events/<event_id:str>/redeliver")
async def redeliver(request: Request[Any, Any], event_id: str) -> HTTPResponse:
    """Send an event again that didn't arrive."""
    return await _pass_on(request, "POST", f"events/{_checked(event_id)}/redeliver", json={})


@simulator.post("/api/contents")
async def upload(request: Request[Any, Any]) -> HTTPResponse:
    """A picture, as bytes."""
    content_type = request.headers.get("content-type", "")
    if content_type not in _PICTURES:
        return json_response({"error": "not_a_picture"}, status=415)
    if len(request.body) > _MAX_PICTURE:
        return json_response({"error": "too_large"}, status=413)
    return await _pass_on(request, "POST", "contents", data=request.body, headers={"content-type": content_type})


@simulator.get("/api/contents/<content_id:str>")
async def download(request: Request[Any, Any], content_id: str) -> HTTPResponse:
    """A picture that a student sent."""
    return await _pass_on(request, "GET", f"contents/{_checked(content_id)}")


@simulator.get("/api/stream")
async def stream(request: Request[Any, Any]) -> HTTPResponse | None:
    """Server-sent events of the students named by ``?user=…``, as the stand-in sends them."""
    users = [("user", _checked(user)) for user in request.args.getlist("user") or []]
    try:
        async with _http(request).get(_address(request, "stream"), params=users) as source:
            if source.status != 200:
                return _unreachable()
            response = await request.respond(content_type="text/event-stream")
            async for chunk in source.content.iter_any():
                await response.send(chunk)
            await response.eof()
            return None
    except aiohttp.ClientConnectorError:
        return _unreachable()
    except aiohttp.ClientError:
        # The stand-in went away in the middle: the browser opens the stream again by itself.
        return None


async def _shown(request: Request[Any, Any], setting: DemoSetting) -> HTTPResponse:
    # The times in the chat follow the service's clock; the webhooks' don't, the service moves those by itself.
    phone_clock = "now" if setting["clock"] == "now" else setting["now"]
    await _pass_on(request, "PATCH", "settings", json={"phone_clock": phone_clock})
    return json_response(setting)


async def _pass_on(request: Request[Any, Any], method: str, path: str, **more: Any) -> HTTPResponse:
    try:
        async with _http(request).request(method, _address(request, path), **more) as answer:
            return raw(
                await answer.read(),
                status=answer.status,
                content_type=answer.content_type,
                headers=dict(SANDBOX),
            )
    except (aiohttp.ClientError, TimeoutError):
        return _unreachable()


def _http(request: Request[Any, Any]) -> aiohttp.ClientSession:
    session: aiohttp.ClientSession = request.app.ctx.simulator_http
    return session


def _address(request: Request[Any, Any], path: str) -> str:
    return f"{str(request.app.ctx.simulator_url).rstrip('/')}/_control/{path}"


def _checked(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise NotFound("no such id")
    return text


def _unreachable() -> HTTPResponse:
    return json_response({"error": "unreachable"}, status=502)
