"""Requests that come to nothing, with a canary wherever one can stand: refused, unreadable, and faults of our own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit
from uuid import uuid4

import aiohttp
from psycopg import sql

from tests.e2e.canary.evening import Evening
from tests.e2e.canary.places import as_owner
from tests.integration.report_support import Reporter
from tests.support.running import Running


async def refused(evening: Evening, word: str) -> list[bytes]:
    """What is said to requests that can't be answered."""
    said, web = [], evening.service.web
    async with aiohttp.ClientSession() as stranger:
        for method, path, body in (
            ("GET", f"/{word}", None),
            ("GET", f"/desk/{word}?{word}={word}", None),
            ("POST", f"/report/{word}", {"what": word}),
            ("POST", "/line/webhook", word.encode()),
            ("POST", "/chat/say", word.encode()),
            ("PUT", f"/report/evidence/{uuid4()}", word.encode() * 10),
            ("POST", "/desk/sign-in", {"name": "nobody", "password": word}),
            ("DELETE", f"/alarm/{word}", None),
            ("GET", f"/alarm/{word}", None),
        ):
            async with stranger.request(method, web + path, data=body, allow_redirects=False) as answer:
                assert 400 <= answer.status < 500, (method, path, answer.status)
                said.append(str(answer.headers).encode() + await answer.read())
        signed = f'{{"events": "{word}"}}'.encode()
        secret = evening.service.secrets["line_channel_secret"].encode()
        signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        headers = {"x-line-signature": signature}
        async with stranger.post(f"{web}/line/webhook", data=signed, headers=headers) as answer:
            assert answer.status == 400
            said.append(str(answer.headers).encode() + await answer.read())
        # The name that was typed stands there again, for nobody but whoever typed it.
        async with stranger.post(f"{web}/desk/sign-in", data={"name": word, "password": word}) as answer:
            assert answer.status == 403, answer.status
    desk, talk = evening.minato, evening.talk
    await desk.do(f"talks/{uuid4()}/send", 404, epoch=1, text=word, key=str(uuid4()))
    await desk.do(f"talks/{talk}/send", 400, epoch=1, text=word * 1_000, key=str(uuid4()))
    await desk.do(f"talks/{talk}/note", 400, kind=word, text=word, key=word)
    await desk.refused("/desk/phrases", "/desk/phrases", title=word * 50, shortcut="kanarib", text=word)
    await desk.refused("/desk/knowledge", "/desk/knowledge", title="題", text=word, expires_on=word)
    return said + desk.errors


async def unreadable(evening: Evening, word: str) -> list[bytes]:
    """What no server can read: broken lines of HTTP, and words on a socket that are no message of ours."""
    address, said = urlsplit(evening.service.web), []
    told = quote(word)
    for broken in (
        f"GET /{told} HTTP/9.9\r\n{told}\r\n\r\n",
        f"{told} / HTTP/1.1\r\nhost: {address.netloc}\r\n\r\n",
        f"POST /report HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-length: {told}\r\n\r\n{word}",
        f"POST /report HTTP/1.1\r\nhost: {address.netloc}\r\ntransfer-encoding: chunked\r\n\r\n{word}\r\n{word}\r\n",
        f"GET /{told} HTTP/1.1\r\nhost: {word}\r\ncookie: {word}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(broken.encode())
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(10):
            answer = await reader.read()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
        said.append(answer)
        writer.close()
    for text in (f'{{"say": "{word}"', word):
        async with evening.student.raw() as socket:
            await socket.socket.send_str(text)
            said.append(str(await socket.ended()).encode())
    async with evening.student.socket() as socket:
        await socket.tell({"say": {"id": word, "text": word}})
        said.append(str(await socket.ended()).encode())
    return said


@asynccontextmanager
async def without(service: Running, *tables: str) -> AsyncIterator[None]:
    """Let these tables be away, as no code of ours expects."""

    def rename(one: str, into: str) -> None:
        with as_owner(service, all_of_it=True) as owner:
            owner.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(one), sql.Identifier(into)))

    for table in tables:
        rename(table, f"{table}_away")
    try:
        yield
    finally:
        for table in tables:
            rename(f"{table}_away", table)


async def faults(evening: Evening, word: str) -> list[bytes]:
    """What is said where we fail ourselves: a table that isn't there, in the middle of everything that takes words."""
    said, service, desk = [], evening.service, evening.minato
    token, reporter = desk.form_token(), Reporter(service.web, evening.reporter.http)
    await reporter.step("danger", danger="no")
    tables = without(service, "line_events", "drafts", "phrases", "reports", "sign_in_tries")
    async with evening.student.socket() as chat, tables:
        await chat.tell({"say": {"id": str(uuid4()), "text": word}})
        said.append(str(await chat.ended()).encode())
        assert (await evening.line.text(evening.calm, word)).status == 500
        for path, fields in (
            (
                "/desk/phrases",
                {"token": token, "key": str(uuid4()), "title": word, "shortcut": "kanaric", "text": word},
            ),
            ("/desk/sign-in", {"name": word, "password": word}),
        ):
            status, body, headers = await desk.form(path, fields, {"accept": "text/html"})
            assert status == 500, (path, status, body)
            said.append(f"{dict(headers)}{body}".encode())
        said.append((await reporter.step("what", what=word)).encode())
        assert reporter.status == 500
        await desk.do(f"talks/{evening.talk}/draft", 500, text=word)
        status, told, headers = await evening.student.post("say", {"id": str(uuid4()), "text": word})
        assert status == 500, told
        said.append(f"{dict(headers)}{told}".encode())
    await service.settled()
    return said + desk.errors
