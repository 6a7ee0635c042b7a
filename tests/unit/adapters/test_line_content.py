"""LINE's content as a stream: 202 is no file, a broken connection no end, and the bytes are counted as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from handoff.adapters.line.content import LineContent
from handoff.domain.errors import EvidenceTooLarge
from handoff.domain.evidence import Fetch

FILE = bytes(range(256)) * 2000
seen: list[web.Request] = []


async def answer(request: web.Request) -> web.StreamResponse:
    seen.append(request)
    name = request.match_info["id"]
    if name.isdigit():
        return web.Response(status=int(name), body=b"{}")
    if name == "moved":
        raise web.HTTPFound("https://example.com/elsewhere")
    if name == "packed":
        return web.Response(body=b"not gzip at all", headers={"content-encoding": "gzip"})
    response = web.StreamResponse(headers={"content-type": "image/jpeg"})
    if name != "chunked":
        response.content_length = len(FILE)
    await response.prepare(request)
    await response.write(FILE[: 100_000 if name == "cut" else len(FILE)])
    if name == "cut" and request.transport is not None:
        request.transport.close()
    return response


@pytest.fixture
async def content() -> AsyncIterator[LineContent]:
    seen.clear()
    app = web.Application()
    app.router.add_get("/v2/bot/message/{id}/content", answer)
    async with TestServer(app) as server, LineContent("token", str(server.make_url(""))) as made:
        yield made


class Taken(bytearray):
    """What came."""

    async def take(self, data: bytes) -> None:
        self.extend(data)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("202", Fetch.PREPARING),
        ("404", Fetch.MISSING),
        ("410", Fetch.GONE),
        ("429", Fetch.UNREACHABLE),
        ("500", Fetch.UNREACHABLE),
        ("401", Fetch.DENIED),
        ("moved", Fetch.DENIED),
        ("cut", Fetch.UNREACHABLE),
    ],
)
async def test_an_answer_that_brings_no_file_is_called_by_its_name(
    content: LineContent, name: str, outcome: Fetch
) -> None:
    taken = Taken()
    assert await content(name, taken.take) is outcome
    assert len(taken) < len(FILE)
    assert len(seen) == 1  # nobody is followed elsewhere


@pytest.mark.parametrize("name", ["whole", "chunked"])
async def test_a_file_comes_whole_with_the_token_and_is_not_unpacked(content: LineContent, name: str) -> None:
    taken = Taken()
    assert await content(name, taken.take) is Fetch.DONE
    assert bytes(taken) == FILE
    assert seen[0].headers["authorization"] == "Bearer token"
    taken.clear()
    assert await content("packed", taken.take) is Fetch.DONE
    assert bytes(taken) == b"not gzip at all"


async def test_an_id_stays_an_id(content: LineContent) -> None:
    assert await content("../../../info?x=", Taken().take) in (Fetch.MISSING, Fetch.DONE)
    assert all(request.path.startswith("/v2/bot/message/") for request in seen)


async def test_who_takes_the_bytes_may_say_stop(content: LineContent) -> None:
    async def full(_data: bytes) -> None:
        raise EvidenceTooLarge("enough")

    with pytest.raises(EvidenceTooLarge):
        await content("whole", full)


async def test_a_line_that_is_away_is_asked_again_later() -> None:
    async with LineContent("token", "http://127.0.0.1:1") as content:
        assert await content("x", Taken().take) is Fetch.UNREACHABLE
