"""Row 16: a hundred megabytes, chunked or with a forged length, ten at once; the web process hardly grows, no file is left."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from handoff.settings import ROOT
from tests.integration.conftest import Database
from tests.integration.evidence_support import film
from tests.support import hostile_files as hostile

MB = 1_000_000
#: What the process may grow by while it takes them.
MOST_GROWTH = 20 * MB
BOUNDARY = "b0undary"
BLOCK = film(65536)


@dataclass
class Site:
    """The process with the routes."""

    database: Database
    port: int
    tokens: list[str]
    pid: int

    def memory(self, name: str) -> int:
        """Bytes: ``VmRSS`` now, ``VmHWM`` at most since ``forget_peak``."""
        told = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert told is not None
        return int(told.group(1)) * 1024

    def forget_peak(self) -> int:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.memory("VmRSS")

    def open_files(self) -> list[str]:
        """Files of the process that lie on a disk and aren't the program's own."""
        found = []
        for link in Path(f"/proc/{self.pid}/fd").iterdir():
            target = str(link.readlink()) if link.exists() else ""
            if target.startswith("/") and not target.startswith(("/dev/", "/proc/", str(ROOT), sys.prefix)):
                found.append(target)
        return found

    def count(self, table: str) -> int:
        with psycopg.connect(self.database.url) as connection:
            found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert found is not None
        return int(found[0])

    async def send(self, token: str, size: int, *, length: int | None, picture: bytes | None = None) -> int:
        """Send a form with a film of so many bytes, or with a picture; the status.

        Args: length: what the request says of its length; None: nothing, in chunks.
        """
        name, mime = ("a.mp4", "video/mp4") if picture is None else ("a.jpg", "image/jpeg")
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="token"\r\n\r\n{token}\r\n--{BOUNDARY}\r\n'
        head += f'content-disposition: form-data; name="f"; filename="{name}"\r\ncontent-type: {mime}\r\n\r\n'
        tail = f"\r\n--{BOUNDARY}--\r\n"
        told = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(
            f"POST /report/evidence HTTP/1.1\r\nhost: x\r\n{told}\r\naccept: application/json\r\n"
            f"content-type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode()
        )

        async def give(data: bytes) -> None:
            writer.write(b"%x\r\n%s\r\n" % (len(data), data) if length is None else data)
            await writer.drain()

        async def all_of_it() -> None:
            await give(head.encode())
            for place in range(0, size, len(BLOCK)):
                block = BLOCK if picture is None else picture[place : place + len(BLOCK)]
                await give(block[: size - place])
            await give(tail.encode())
            if length is None:
                writer.write(b"0\r\n\r\n")

        sending = asyncio.create_task(all_of_it())
        try:
            line = await asyncio.wait_for(reader.readline(), 60)
            return int(line.split()[1]) if line else 0
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.transport.abort()


@asynccontextmanager
async def upload_site(database: Database, video_mb: int) -> AsyncIterator[Site]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.upload_site", database.url, str(video_mb),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    try:
        while not (line := await process.stdout.readline()).startswith(b'{"url"'):
            assert line, "the process ended"
        told = json.loads(line)
        site = Site(database, urlsplit(told["url"]).port or 0, told["tokens"], told["pid"])
        assert await site.send(site.tokens.pop(), MB, length=None) == 200  # what is loaded at the first one
        yield site
    finally:
        process.stdin.close()
        await process.communicate()


async def test_ten_pictures_of_noise_and_a_hundred_megabytes_go_through_a_few(database: Database) -> None:
    """Neither what comes nor the copy that is made of a picture is ever whole in the web process.

    No encoder makes noise small: the largest picture is just what the profile takes, and its copy as large as copies get.
    """
    small, large = hostile.noise(900, 700, 99), hostile.noise(4000, 3000, 72)
    assert 2 * MB < len(small) < 3 * MB and 14 * MB < len(large) < 15 * MB
    async with upload_site(database, 110) as site:
        before = site.forget_peak()
        sent = [site.send(site.tokens.pop(), len(one), length=None, picture=one) for one in [large] + [small] * 9]
        assert await asyncio.gather(*sent) == [200] * 10
        assert site.memory("VmHWM") - before < MOST_GROWTH
        assert site.count("evidence WHERE state = 'stored' AND kind = 'image'") == 10
        before, size = site.forget_peak(), 100 * MB
        assert await site.send(site.tokens.pop(), size, length=None) == 200
        assert site.memory("VmHWM") - before < MOST_GROWTH
        assert site.count("evidence_pieces") >= size // (256 * 1024)
        assert site.open_files() == []


async def test_ten_at_once_that_are_too_large_are_refused_and_leave_nothing(database: Database) -> None:
    """In chunks, with a true length, with a forged one; the limit is 3 MB, and a hundred are sent in all."""
    async with upload_site(database, 3) as site:
        kept, before = site.count("evidence_pieces"), site.forget_peak()
        for length in (None, 10 * MB, 10**12):
            sent = [site.send(token, 10 * MB, length=length) for token in site.tokens[:10]]
            assert await asyncio.gather(*sent) == [413] * 10
        assert site.memory("VmHWM") - before < MOST_GROWTH
        for _ in range(100):
            if site.count("evidence_pieces") == kept:
                break
            await asyncio.sleep(0.05)
        assert site.count("evidence_pieces") == kept and site.count("evidence WHERE state = 'receiving'") == 0
        assert site.open_files() == []
        assert await site.send(site.tokens.pop(), MB, length=None) == 200  # and it takes the next one
