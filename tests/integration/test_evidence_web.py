"""Files over real HTTP: in slices that go on after a break, and by a plain form; counted, and gone when it breaks off."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import AsyncMock
from urllib.parse import urlsplit

import aiohttp
import pytest

from handoff.bootstrap.web import alarm_verbs
from handoff.domain.evidence import PIECE, SLICE
from handoff.domain.profile.access import MediaLimits
from handoff.services.evidence.owner import ReportersSession
from handoff.web.parts import WebParts
from handoff.web.report_evidence import TOKEN_HEADER, EvidenceParts
from tests.integration.conftest import SEALER, Service
from tests.integration.evidence_support import Files, film
from tests.support import hostile_files as hostile
from tests.support.fakes import FrozenClock
from tests.support.sites import free_port, nobodys_desk, serving

#: A file of a form: its field, name, type and bytes.
type FormFile = tuple[str, str, str, bytes]


@dataclass
class Page:
    """A report's page in a browser. token: of the visit."""

    files: Files
    url: str
    http: aiohttp.ClientSession
    token: str

    @property
    def root(self) -> str:
        return f"{self.url}/report/evidence"

    async def ask(self, method: str, path: str = "", **sent: Any) -> tuple[int, Any]:
        headers = {TOKEN_HEADER: self.token, "accept": "application/json"} | sent.pop("headers", {})
        async with self.http.request(method, self.root + path, headers=headers, **sent) as answer:
            return answer.status, json.loads(await answer.text())

    async def form(self, fields: Mapping[str, str], files: Sequence[FormFile]) -> tuple[int, Any]:
        body = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
        for name, value in fields.items():
            body.add_field(name, value)
        for name, file_name, mime, data in files:
            body.add_field(name, data, filename=file_name, content_type=mime)
        return await self.ask("POST", data=body)

    async def stored(self) -> list[str]:
        rows = await self.files.service.rows("SELECT state FROM evidence ORDER BY made_at, id")
        return [row.state for row in rows]

    async def settled(self, states: list[str]) -> None:
        """Wait until this is all there is; no piece may be left of anything else."""
        for _ in range(100):
            if await self.stored() == states:
                return
            await asyncio.sleep(0.05)
        assert await self.stored() == states

    async def pieces(self) -> int:
        return len(await self.files.service.rows("SELECT 1 FROM evidence_pieces"))


@asynccontextmanager
async def site(files: Files) -> AsyncIterator[str]:
    """The web process's app with the routes of files."""
    port, service = free_port(), files.service
    url = f"http://127.0.0.1:{port}"
    session_of = ReportersSession(service.store, service.setting)

    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        verbs = alarm_verbs(service.store, service.setting, SEALER, url)
        evidence = EvidenceParts(service.setting, files.verbs, session_of, url)
        yield WebParts(AsyncMock(), AsyncMock(), {}, verbs, nobodys_desk(), None, evidence=evidence)

    async with serving(parts, port):
        yield url


@pytest.fixture
async def page(service: Service, clock: FrozenClock) -> AsyncIterator[Page]:
    files = Files(service)
    files.media(limits=MediaLimits(image_mb=2, video_mb=3, total_mb=5, files_per_report=4))
    token, _session = await files.report()
    async with site(files) as url, aiohttp.ClientSession() as http:
        yield Page(files, url, http, token)


async def begun(page: Page, data: bytes, mime: str = "video/mp4") -> str:
    status, told = await page.ask("POST", "/begin", json={"name": "a.mp4", "type": mime, "size": len(data)})
    assert (status, told["slice"]) == (201, SLICE)
    return str(told["id"])


async def test_a_file_in_slices_goes_on_after_a_break(page: Page) -> None:
    data = film(2 * SLICE + 77)
    one = await begun(page, data)
    assert await page.ask("PUT", f"/{one}?offset=0", data=data[:SLICE]) == (200, {"received": SLICE})
    # The connection breaks off in the second slice: whole pieces of it stay.
    port = urlsplit(page.url).port
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"PUT /report/evidence/{one}?offset={SLICE} HTTP/1.1\r\nhost: x\r\n{TOKEN_HEADER}: {page.token}\r\n"
    writer.write(head.encode() + f"content-length: {SLICE}\r\n\r\n".encode() + data[SLICE : SLICE + 2 * PIECE + 99])
    await writer.drain()
    for _ in range(100):
        status, told = await page.ask("GET", f"/{one}")
        if told["received"] == SLICE + 2 * PIECE:
            break
        await asyncio.sleep(0.02)
    writer.close()
    assert (status, told["state"], told["received"], told["size"]) == (200, "receiving", SLICE + 2 * PIECE, len(data))
    status, told = await page.ask("PUT", f"/{one}?offset={2 * SLICE}", data=data[2 * SLICE :])
    assert (status, told["code"], told["expected"]) == (409, "evidence_place", SLICE + 2 * PIECE)
    assert (await page.ask("POST", f"/{one}/finish"))[0] == 409
    offset = told["expected"]
    while offset < len(data):
        status, told = await page.ask("PUT", f"/{one}?offset={offset}", data=data[offset : offset + SLICE])
        assert status == 200
        offset = told["received"]
    status, told = await page.ask("POST", f"/{one}/finish")
    assert (status, told["state"], told["kind"]) == (200, "stored", "video")
    status, told = await page.ask("GET")
    assert [(one["name"], one["state"], one["received"]) for one in told["files"]] == [("a.mp4", "stored", len(data))]


async def test_a_form_without_a_script_brings_its_files_and_hears_of_each(
    page: Page, capfd: pytest.CaptureFixture[str]
) -> None:
    status, told = await page.form(
        {"token": page.token, "sensitive": "no"},
        [
            ("file", f"{hostile.CANARY}写真.jpg", "image/jpeg", hostile.jpeg()),
            ("file", "x.jpg", "image/jpeg", hostile.HTML),
            ("file", "C:\\Users\\taro\\clip.mp4", "video/mp4", film(PIECE + 5)),
            ("file", "", "application/octet-stream", b""),  # nothing was chosen
        ],
    )
    assert status == 200
    assert [(one["name"], one.get("code")) for one in told["files"]] == [
        (f"{hostile.CANARY}写真.jpg", None),
        ("x.jpg", "evidence_type"),
        ("clip.mp4", None),
    ]
    assert sorted(await page.stored()) == ["refused", "stored", "stored"]
    # Row 25: neither a name nor anything that stands in a file gets into a log, nor does where it came from.
    written = "".join(capfd.readouterr())
    assert hostile.CANARY not in written and "clip.mp4" not in written and "127.0.0.1" not in written


async def test_what_its_sender_calls_sexual_is_told_to_the_sender_as_any_other(page: Page) -> None:
    fields = {"token": page.token, "sensitive": "unsure"}
    assert (await page.form(fields, [("file", "a.png", "image/png", hostile.png())]))[0] == 200
    assert await page.stored() == ["quarantined"]
    _status, told = await page.ask("GET")
    assert told["files"][0]["state"] == "stored"


async def test_nobody_sends_or_sees_files_in_another_s_name(page: Page) -> None:
    """Rows 4 and 13: without the page's token, with another's, and from another site."""
    one = await begun(page, film(PIECE + 5))
    other_token, _session = await page.files.report()
    for token in ("", "x" * 43, other_token):
        stranger = Page(page.files, page.url, page.http, token)
        own = token == other_token
        for method, path, sent in (
            ("PUT", f"/{one}?offset=0", {"data": film(PIECE)}),
            ("POST", f"/{one}/finish", {}),
            ("GET", f"/{one}", {}),
            ("DELETE", f"/{one}", {}),
        ):
            status, told = await stranger.ask(method, path, **sent)
            assert (status, told["code"]) == (404, "not_found")
        status, told = await stranger.ask("GET")
        assert (status, told.get("files")) == ((200, []) if own else (404, None))
        if not own:
            fields = {"token": token}
            assert (await stranger.form(fields, [("file", "a.png", "image/png", hostile.png())]))[0] == 404
    for method, path in (("POST", "/begin"), ("PUT", f"/{one}?offset=0"), ("DELETE", f"/{one}"), ("POST", "")):
        assert (await page.ask(method, path, headers={"origin": "https://evil.example"}, data=b"{}"))[0] == 403
    assert await page.stored() == ["receiving"] and await page.pieces() == 0


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_counted_and_nothing_of_it_stays(page: Page, chunked: bool) -> None:
    """Row 16, at the size that this profile allows; with 100 MB in test_evidence_memory."""
    one = await begun(page, film(2 * SLICE))

    async def body(size: int) -> AsyncIterator[bytes]:
        for place in range(0, size, 65536):
            yield film(size)[place : place + 65536]

    data = body(SLICE + 65536) if chunked else film(SLICE + 1)
    status, told = await page.ask("PUT", f"/{one}?offset=0", data=data)
    assert (status, told["code"]) == (413, "evidence_too_large")
    status, told = await page.form(
        {"token": page.token}, [("file", "a.mp4", "video/mp4", film(3_500_000))]
    )  # one file too large: the rest of the form is taken
    assert (status, [one["code"] for one in told["files"]]) == (200, ["evidence_too_large"])
    large = [("file", f"{n}.mp4", "video/mp4", film(2_900_000)) for n in range(2)]
    status, told = await page.form({"token": page.token}, large)
    assert (status, told["code"]) == (413, "evidence_too_large")
    assert (
        await page.pieces() == 0 or chunked
    )  # of the slice, whole pieces may be here, which the worker's round deletes


@pytest.mark.parametrize("length", ["99999999999", "-5", "x", "5"])
async def test_a_forged_length_does_no_harm(page: Page, length: str) -> None:
    one = await begun(page, film(SLICE))
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(page.url).port)
    head = f"PUT /report/evidence/{one}?offset=0 HTTP/1.1\r\nhost: x\r\n{TOKEN_HEADER}: {page.token}\r\n"
    writer.write(f"{head}content-length: {length}\r\n\r\n".encode() + film(4000))
    answer = await asyncio.wait_for(reader.readline(), 5)
    assert re.match(rb"HTTP/1.1 (413|400|200) ", answer)
    writer.close()
    assert (await page.ask("GET", f"/{one}"))[1]["received"] == 0
    assert await page.pieces() == 0


async def test_a_form_that_breaks_off_leaves_nothing(page: Page) -> None:
    boundary = "b0undary"
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="token"\r\n\r\n{page.token}\r\n'
    part = '--{}\r\ncontent-disposition: form-data; name="file"; filename="{}"\r\ncontent-type: {}\r\n\r\n'
    body = head.encode() + part.format(boundary, "a.png", "image/png").encode() + hostile.png() + b"\r\n"
    body += part.format(boundary, "a.mp4", "video/mp4").encode() + film(3 * PIECE)
    _reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(page.url).port)
    writer.write(
        f"POST /report/evidence HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body) + 100_000}\r\n"
        f"content-type: multipart/form-data; boundary={boundary}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    await page.settled(["receiving", "receiving"])
    writer.transport.abort()
    await page.settled([])
    assert await page.pieces() == 0
    # A form that ends without its end is none either.
    async with page.http.post(
        page.root, data=body, headers={"content-type": f"multipart/form-data; boundary={boundary}"}
    ) as answer:
        assert answer.status == 400
    await page.settled([])
    assert await page.pieces() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=a", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=a", b"--a\r\n" + b"x: " + b"y" * 100_000 + b"\r\n\r\n--a--\r\n"),
        ("multipart/form-data; boundary=a", b"--a\r\ncontent-disposition: form-data\r\n\r\n\r\n" * 200 + b"--a--\r\n"),
        ("application/x-www-form-urlencoded", b"token=x"),
        ("text/plain", b"x"),
    ],
)
async def test_what_is_no_form_is_refused(page: Page, kind: str, body: bytes) -> None:
    async with page.http.post(page.root, data=body, headers={"content-type": kind}) as answer:
        assert answer.status == 400
    assert await page.stored() == []


async def test_long_fields_beside_files_are_refused_and_told_what_was_read(page: Page) -> None:
    fields = {"token": page.token, "what": "あ" * 40_000}
    status, told = await page.form(fields, [("file", "a.png", "image/png", hostile.png())])
    assert (status, told["code"]) == (413, "evidence_too_large")
    assert await page.stored() == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"size": "9"}', b'{"size": 0}', b'{"size": true}', b"\xff", b'{"size": 1e3}']
)
async def test_a_beginning_without_a_size_is_refused(page: Page, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    status, _told = await page.ask("POST", "/begin", data=body, headers=headers)
    assert status == 400 and await page.stored() == []
    one = await begun(page, film(10))
    for offset in ("", "x", "-1", "1.5", "９", "9" * 20):
        assert (await page.ask("PUT", f"/{one}?offset={offset}", data=b"x"))[0] == 400
