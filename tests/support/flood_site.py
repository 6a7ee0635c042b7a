"""A small site that is fair to schools, served over HTTP: one form, one receipt, one file; what came through is counted."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from sanic import Request, Sanic
from sanic.response import HTTPResponse, html, json

from handoff.adapters.profiles import load_profile
from handoff.domain.clock import Clock
from handoff.domain.fair import ALLOWANCES, Allowance, Purpose, solves
from handoff.services.setting import Setting
from handoff.settings import ROOT
from handoff.web.app import STATIC
from handoff.web.fair import Fair, Work, add_fair, fair_of
from handoff.web.fair.fair import HEADER
from tests.support.sites import free_port

RIGHT = "right-code"


@dataclass
class FloodSite:
    """url: of the site; stored: the forms that came through, as their fields; tried: receipts that were looked up."""

    url: str
    stored: list[Mapping[str, str]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


@asynccontextmanager
async def flood_site(
    allowances: Mapping[Purpose, Allowance] = ALLOWANCES, *, proxies: int | None = None
) -> AsyncIterator[FloodSite]:
    """Serve it. proxies: believe a proxy's word on where a request comes from, so that a test can come from anywhere."""
    app: Sanic[Any, Any] = Sanic("flood", configure_logging=False)
    app.config.TOUCHUP = False
    app.config.MOTD = False
    app.config.PROXIES_COUNT = proxies
    setting = Setting(Clock(), load_profile(ROOT / "data" / "profiles" / "demo.yml"))
    app.ctx.parts = SimpleNamespace(fair=Fair(allowances=allowances), desk=SimpleNamespace(setting=setting))
    add_fair(app)
    app.static("/static", STATIC, name="static")
    port = free_port()
    site = FloodSite(f"http://127.0.0.1:{port}")

    @app.get("/report")
    async def page(_request: Request[Any, Any]) -> HTTPResponse:
        return html(
            '<!doctype html><html lang="ja"><link rel="icon" href="/static/desk/icon.svg"><title>form</title>'
            '<form method="post"><textarea name="words"></textarea><button>send</button></form>'
        )

    @app.post("/report")
    async def store(request: Request[Any, Any]) -> HTTPResponse:
        await fair_of(request).check(request, Purpose.REPORT_START)
        fields = request.form if request.form is not None else {}
        site.stored.append({name: values[0] for name, values in fields.items()})
        return html(
            '<!doctype html><html lang="ja"><link rel="icon" href="/static/desk/icon.svg"><title>stored</title><h1>stored</h1>'
        )

    @app.post("/receipt")
    async def receipt(request: Request[Any, Any]) -> HTTPResponse:
        fair, told = fair_of(request), request.json["code"]
        await fair.check(request, Purpose.RECEIPT_WRONG)
        site.tried.append(told)
        if told == RIGHT:
            return json({"report": "it is"})
        await fair.wrong_receipt(request)
        return json({}, status=404)

    server: Any = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.start_serving()
    Sanic.unregister_app(app)
    try:
        yield site
    finally:
        server.close()
        for connection in tuple(server.connections):
            connection.abort()
        await asyncio.sleep(0)


class FromSomewhere:
    """What ``Fair`` asks of a request."""

    def __init__(self, address: str, work: Work | None = None) -> None:
        self.client_ip = address
        self.headers = {} if work is None else {HEADER: f"{work.challenge} {work.nonce}"}
        self.body = b""


def request_from(address: str, work: Work | None = None) -> Request[Any, Any]:
    return cast("Request[Any, Any]", FromSomewhere(address, work))


def solve(challenge: str, bits: int) -> str:
    """The nonce that a patient device finds."""
    begun, tries = hashlib.sha256(challenge.encode()), 0
    edge = (1 << (256 - bits)).to_bytes(32, "big")
    while True:
        digest = begun.copy()
        digest.update(b"%d" % tries)
        if digest.digest() < edge:
            assert solves(challenge, str(tries), bits)
            return str(tries)
        tries += 1
