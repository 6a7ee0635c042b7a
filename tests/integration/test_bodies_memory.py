"""Row 16: at every door, a hundred megabytes that are told rightly, in chunks, or wrongly, ten at once: refused after a few
bytes, in hardly any memory, and with nothing left on the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from handoff.settings import ROOT
from tests.integration.conftest import Database
from tests.integration.house_support import routes

MB: Final = 1_000_000
SENT: Final = 100 * MB
#: What the process may grow by, and what a sender gets rid of at most before the door is shut: the limit of a body, and
#: what lies in the kernel's buffers of both ends.
MOST_GROWTH, MOST_TAKEN = 20 * MB, 16 * MB
BLOCK: Final = b"x" * 65_536
#: How a request tells its length: rightly, not at all, far too large, and far too small.
LENGTHS: Final = (SENT, None, 10**12, 10)
#: Refused for who asks before a byte is read; the rest for their size.
BY_WHO: Final = ("POST /desk/schools/import", "POST /report/evidence", "PUT /report/evidence/<evidence_id:uuid>")


@dataclass
class Process:
    """The web process. folder: where it would put what is temporary."""

    port: int
    pid: int
    token: str
    folder: Path

    def memory(self, name: str) -> int:
        told = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert told is not None
        return int(told.group(1)) * 1024

    async def send(
        self, method: str, path: str, length: int | None, *, head: str = "", body: bytes = b""
    ) -> tuple[int, int]:
        """Send a hundred megabytes until it is refused; the status (0: closed without one), and how much was taken."""
        kind = "application/json" if "/api/" in path else "application/x-www-form-urlencoded"
        told = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = head or f"content-type: {kind}\r\n"
        writer.write(f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{head}{told}\r\n\r\n".encode() + body)
        taken = 0

        async def all_of_it() -> None:
            nonlocal taken
            while taken < SENT:
                writer.write(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) if length is None else BLOCK)
                await writer.drain()
                taken += len(BLOCK)

        sending = asyncio.create_task(all_of_it())
        try:
            async with asyncio.timeout(30):
                line = await reader.readline()
                while await reader.read(65_536):  # until the door is shut
                    pass
            return int(line.split()[1]) if line else 0, taken
        except ConnectionError:
            return 0, taken
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.transport.abort()


@asynccontextmanager
async def process(database: Database, folder: Path) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.whole_site", database.url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
    )  # fmt: skip
    assert started.stdout is not None and started.stdin is not None
    try:
        while not (line := await started.stdout.readline()).startswith(b'{"url"'):
            assert line, "the process ended"
        told = json.loads(line)
        yield Process(urlsplit(told["url"]).port or 0, told["pid"], told["token"], folder)
    finally:
        started.stdin.close()
        await started.communicate()


async def test_row_16_every_door_refuses_a_hundred_megabytes(database: Database, tmp_path: Path) -> None:
    doors = [one for one in routes() if one[0] != "GET"]
    async with process(database, tmp_path) as site:
        addresses = [(method, re.sub(r"<\w+:uuid>", str(uuid4()), path)) for method, path in doors]
        addresses = [(method, re.sub(r"<\w+:ymd>", "2026-11-20", path)) for method, path in addresses]
        addresses = [(method, re.sub(r"<\w+(:\w+)?>", "1", path)) for method, path in addresses]
        for length in (0, 1):  # what is loaded at the first one
            await asyncio.gather(*(site.send("POST", "/report", SENT + length) for _ in range(10)))
        Path(f"/proc/{site.pid}/clear_refs").write_text("5")
        before = site.memory("VmRSS")
        for length in LENGTHS:
            for place in range(0, len(addresses), 10):
                batch = addresses[place : place + 10]
                batch += addresses[: 10 - len(batch)]
                answers = await asyncio.gather(*(site.send(*one, length) for one in batch))
                for (method, path), (status, taken) in zip(batch, answers, strict=True):
                    name = f"{method} {path} with {length}: {status} after {taken}"
                    assert taken < MOST_TAKEN, name
                    known = re.sub(r"[0-9a-f-]{36}", "<evidence_id:uuid>", f"{method} {path}")
                    assert status in (0, 413) or length == 10 or known in BY_WHO, name
        assert site.memory("VmHWM") - before < MOST_GROWTH
        assert list(tmp_path.iterdir()) == []


async def test_row_16_a_stranger_s_files_are_not_waited_for(database: Database, tmp_path: Path) -> None:
    """A form with files is read as far as it tells whose it is; who may send files is let come to an end, and told why not."""
    form = "content-type: multipart/form-data; boundary=b\r\naccept: application/json\r\n"

    def begun(token: str) -> bytes:
        fields = f'--b\r\ncontent-disposition: form-data; name="token"\r\n\r\n{token}\r\n'
        return (fields + '--b\r\ncontent-disposition: form-data; name="f"; filename="a.mp4"\r\n\r\n').encode()

    async with process(database, tmp_path) as site:
        Path(f"/proc/{site.pid}/clear_refs").write_text("5")
        before = site.memory("VmRSS")
        for length in (SENT, None, 10**12):
            for body in (begun("x" * 43), b"y" * 1000, b"--b\r\ncontent-disposition: form-data; name=a\r\n\r\n"):
                sent = (site.send("POST", "/report/evidence", length, head=form, body=body) for _ in range(10))
                for status, taken in await asyncio.gather(*sent):
                    assert status in (0, 200, 303, 400, 404, 413) and taken < MOST_TAKEN, (
                        length,
                        body[:9],
                        status,
                        taken,
                    )
        status, taken = await site.send("POST", "/report/evidence", SENT, head=form, body=begun(site.token))
        assert status == 413 or taken > MOST_TAKEN
        assert site.memory("VmHWM") - before < MOST_GROWTH
        assert list(tmp_path.iterdir()) == []
