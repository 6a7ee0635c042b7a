"""What every answer carries, whatever was asked and however it ended (rows 13, 19 and 20)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from yarl import URL

from handoff.web.hosts import hosts_of
from tests.integration.conftest import Service
from tests.integration.house_support import House, open_house, routes, whole_site

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
}
#: Which Trusted Types a part's own pages make.
TYPES = {"desk": "tsunagi-work", "alarm": "tsunagi-alarm", "report": "tsunagi-work", "chat": "tsunagi-work"}
#: What is answered in a form that a browser could take for a page, but is a file.
DOWNLOADS = re.compile(r"^(application/pdf|text/csv|application/vnd|image/jpeg|application/octet)")

#: What a browser shows by itself and our pages and scripts are made of; any other kind is taken away as a file.
OURS = ("text/html", "application/json", "text/event-stream")
#: The small copy of a picture, which stands beside the words.
BESIDE_WORDS = "/thumb"


@pytest.fixture
async def house(service: Service) -> AsyncIterator[House]:
    async with open_house(service) as house:
        yield house


def check(headers: dict[str, str], path: str, kind: str) -> None:
    """Everything that this answer has to say."""
    for name, value in ALWAYS.items():
        assert headers.get(name) == value, (path, name)
    assert "camera=()" in headers["permissions-policy"], path
    policy = headers["content-security-policy"]
    assert policy.startswith(("default-src 'none'", "sandbox; default-src 'none'")) and "unsafe" not in policy, path
    assert "data:" not in policy and "*" not in policy, path
    static = "/static/" in path
    if kind and kind not in OURS and not static:
        way = "inline" if path.endswith(BESIDE_WORDS) and kind == "image/jpeg" else "attachment"
        assert headers.get("content-disposition", "").startswith(way), (path, kind)
        assert policy == "sandbox; default-src 'none'", (path, kind)
    assert headers["cache-control"] == ("no-cache" if static else "no-store"), path
    if DOWNLOADS.match(kind) and not static:
        assert policy == "sandbox; default-src 'none'", path
        return
    assert "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy, path
    if not static:
        assert "require-trusted-types-for 'script'" in policy, path
        types = TYPES.get(path.split("/")[1].partition("?")[0], "'none'")
        assert policy.endswith(f"trusted-types {types}"), path


async def test_every_answer_of_every_route_has_them(house: House) -> None:
    """As nobody and as a supervisor: right, refused, not there, with another method, and by an address of no route."""
    seen: dict[int, int] = {}
    kinds: set[str] = set()
    await house.service.change("UPDATE web_chats SET here = true")
    async with house.at("supervisor") as at, aiohttp.ClientSession() as nobody:
        token = at.form_token()

        async def ask(http: aiohttp.ClientSession, method: str, path: str, **sent: Any) -> None:
            at = URL(house.url + path, encoded=True)
            async with http.request(method, at, allow_redirects=False, **sent) as answer:
                await answer.read() if "stream" not in path else None
                seen[answer.status] = seen.get(answer.status, 0) + 1
                kind = answer.content_type if "content-type" in answer.headers else ""
                kinds.add(kind)
                check({name.lower(): value for name, value in answer.headers.items()}, path, kind)

        (session,) = await house.service.rows("SELECT id FROM sessions WHERE state = 'live' LIMIT 1")
        (picture,) = await house.service.rows("SELECT id FROM evidence LIMIT 1")
        for method, route in sorted(routes(), key=lambda one: "/sign-" in one[1]):  # or nobody is signed in
            if route.endswith("/socket"):
                continue  # a socket's first answer is no page; what is refused before is below
            path = route.replace("<__file_uri__:path>", "desk.css" if "desk" in route else "nothing.css")
            path = path.replace("<session_id:uuid>", str(session.id)).replace("<evidence_id:uuid>", str(picture.id))
            path = path.replace("<ending:str>", "csv").replace("<day:ymd>", "2026-11-20")
            path = re.sub(r"<\w+:uuid>", str(uuid4()), path)
            path = re.sub(r"<\w+:int>", "1", path)
            path = re.sub(r"<\w+(:\w+)?>", "x", path)
            for http in (nobody, at.http):
                await ask(http, method, path)
                if method != "GET":
                    await ask(http, method, path, data={"token": token})
            await ask(nobody, "PATCH", path)
        for path in (
            "/",
            "/nothing",
            "/wp-login.php",
            "/desk/nothing",
            "/desk/talks/no-id/sheet",
            "/nothing/%2e%2e/x",
            "/x" * 900,
        ):
            await ask(nobody, "GET", path)
        for path in ("/desk/socket", "/chat/socket"):
            await ask(nobody, "GET", path)  # no socket is asked for
            await ask(nobody, "GET", path, headers={"origin": "https://elsewhere.example"})
        await ask(nobody, "POST", "/line/webhook", data=b"x" * 2_000_000)
        await ask(nobody, "GET", "/chat/static/chat.js", headers={"range": "bytes=0-9"})
        await ask(nobody, "HEAD", "/desk")
        for name in ("a%00b", ".", "x" * 600, "%2e%2e%2fapp.py"):  # what no disk has as a file
            for root in ("/static", "/desk/static", "/chat/static", "/alarm/static", "/simulator/static"):
                await ask(nobody, "GET", f"{root}/{name}")
    assert {200, 303, 401, 403, 404, 405, 413} <= set(seen), seen
    assert 500 not in seen
    assert {"application/pdf", "text/csv", "image/jpeg"} <= kinds, "files of every making were among them"


async def test_what_is_no_request_is_told_so_with_them(house: House) -> None:
    for raw in (b"nonsense", b"GET / HTTP/1.1\r\nhost", b"GET /\xff HTTP/1.1\r\nhost: a", b"GET / HTTP/9.9\r\nhost: a"):
        reader, writer = await asyncio.open_connection(*house.url.removeprefix("http://").split(":"))
        writer.write(raw + b"\r\n\r\n")
        told = (await asyncio.wait_for(reader.read(), 5)).decode("latin-1")
        writer.close()
        first, *lines = told.partition("\r\n\r\n")[0].split("\r\n")
        assert first.split()[1] == "400", raw
        check({name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, "/", "")


async def test_by_another_name_nothing_is_answered(service: Service) -> None:
    """DNS rebinding: a page of another site whose name leads to our address is told nothing, and can do nothing."""
    async with whole_site(service, hosts=hosts_of("https://tsunagi.example.jp", demo=False), https=True) as url:
        async with aiohttp.ClientSession() as http:

            async def ask(host: str, path: str = "/report", method: str = "GET") -> tuple[int, str | None]:
                async with http.request(method, url + path, headers={"host": host}, allow_redirects=False) as answer:
                    told = await answer.text()
                    if answer.status == 421:
                        assert "TSUNAGI_PUBLIC_URL" in told and "はじめ" not in told
                    return answer.status, answer.headers.get("strict-transport-security")

            for host in ("tsunagi.example.jp", "TSUNAGI.example.JP:443", "tsunagi.example.jp."):
                assert await ask(host) == (200, "max-age=31536000")
            for host in (
                "evil.example",
                "127.0.0.1",
                "localhost",
                "tsunagi.example.jp.evil.example",
                "a b",
                "",
                "x" * 300,
            ):
                for path, method in (
                    ("/report", "GET"),
                    ("/chat/start", "POST"),
                    ("/desk", "GET"),
                    ("/nothing", "GET"),
                ):
                    assert (await ask(host, path, method))[0] == 421, (host, path)
            assert (await ask("10.0.0.7", "/healthz"))[0] == 200
            assert (await ask("10.0.0.7", "/line/webhook", "POST"))[0] == 403, "LINE's signature counts, not the name"
        assert await service.rows("SELECT 1 FROM web_chats") == []


def test_a_demo_is_reached_by_its_numbers_too_and_by_no_other_name() -> None:
    hosts = hosts_of("http://127.0.0.1:8080", demo=True)
    ours = ("127.0.0.1:8080", "localhost", "localhost:9", "192.168.1.5:8080", "[::1]:8080", "[fe80::1]")
    assert all(host in hosts for host in ours)
    others = ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil", "", ":80", "[::1", "localhost.evil")
    assert not any(host in hosts for host in others)
