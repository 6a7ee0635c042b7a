"""Requests as nobody's page sends them: made from the app's own routes, each from a few numbers, so that it can be made
again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_from_bytes, urlencode
from uuid import UUID

#: What stands where a word, a number, a day or an id is expected.
WORDS: Final = (
    "", " ", "0", "-1", "1", "1e999", "NaN", "9" * 400, "2026-11-20", "2026-13-45", "9999-12-31", "0001-01-01", "18:30",
    "99:99", "2026-11-20T18:30", "null", "true", "[]", "{}", "\x00", "a\x00b", "\r\nset-cookie: a=b", "%00", "%ff", "..",
    "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "${7*7}", "<svg onload=alert(1)>", "\u202eabc", "\ufeff", "\U0001f62d" * 50,
    "ことば" * 3000, "か\u3099", "x" * 5000, str(UUID(int=0)), str(UUID(int=0)).upper(), "urn:uuid:" + str(UUID(int=7)),
    "確認のため、見ます。相談が続いているためです。", "yes", "no", "on", "high", "note", "whisper", "police", "take", "other",
    "https://evil.example/", "javascript:alert(1)", "//evil.example", "2026-11-20T18:30:00+09:00", "-", "１２３", "\u0660",
)  # fmt: skip
#: And in JSON.
ODD_JSON: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 2**63, 10**30, 1.5, float("inf"), [], {}, [[]], {"a": {"b": []}}, ["x"], "", "\ud800", "\x00",
)  # fmt: skip
#: Bodies that are no form and no JSON.
RAW: Final = (
    b"", b"\x00", b"\xff\xfe", b"{", b"[" * 2000, b'{"a":' * 500, b'"text"', b"null", b"NaN", b"a=%", b"&" * 100, b"=" * 10,
    b"a=1&" * 200, b"\xed\xa0\x80", "＝".encode("shift_jis"), b"--b\r\n", b"x" * 70_000,
)  # fmt: skip
KINDS: Final = (
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b", "multipart/form-data", "",
    "text/plain", "application/x-www-form-urlencoded; charset=utf-7", "multipart/form-data; boundary=" + "x" * 300,
    "application/octet-stream", "text/html;;;", "\xe3\x81\x82",
)  # fmt: skip
HEADERS: Final = (
    ("accept", "application/json"), ("accept", "*/*"), ("accept", ""), ("accept-language", "\xff"), ("range", "bytes=0-0"),
    ("range", "bytes=9-1"), ("if-modified-since", "never"), ("if-none-match", "*"), ("expect", "100-continue"), ("te", "trailers"),
    ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-host", "evil.example"), ("forwarded", "for=1;host=evil"), ("upgrade", "websocket"),
    ("cookie", "tsunagi-desk=\xff"), ("cookie", "a=b; tsunagi-chat=" + "x" * 3000), ("cookie", ";;==;"), ("user-agent", "\xe3" * 99),
    ("x-http-method-override", "DELETE"), ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"), ("origin", "null"),
    ("x-tsunagi-work", "w1.report_start.16.1.00 5"), ("x-tsunagi-desk", "\xff"), ("x-tsunagi-report", "\xe3"), ("cookie", "tsunagi-chat=\xe3"), ("content-encoding", "gzip"), ("accept-encoding", "gzip"), ("x-line-signature", "x"),
)  # fmt: skip
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X")
_PART: Final = re.compile(r"<(\w+)(?::(\w+))?>")

type Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Sender:
    """Who asks. cookie: all of it; tokens: of the pages, by the first word of an address; rightly: whether what they ask
    could be theirs: signed in, with the token, from our own page.
    """

    name: str
    cookie: str = ""
    tokens: Mapping[str, str] | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Known:
    """What there is. values: by the names that addresses use; forms: what pages send, by the kind of address."""

    values: Mapping[str, Sequence[str]]
    forms: Mapping[str, Sequence[Pairs]]
    fields: Sequence[str]


def request(method: str, route: str, sender: Sender, known: Known, seed: int) -> bytes:
    """One request, the same for the same arguments; most of it is as our pages send it, and something is odd."""
    dice = random.Random(seed)
    if dice.random() < 0.06:
        method = dice.choice(METHODS)
    path = _PART.sub(lambda one: _value(one[1], one[2] or "str", known, dice), route)
    if dice.random() < 0.05:
        path += dice.choice(("/", "//", "/%00", "/../", ";a=b", "/x", "%2f", "."))
    if dice.random() < 0.25:
        path += "?" + _query(known, dice)
    token = (sender.tokens or {}).get(route.split("/")[1], "")
    kind, body = ("", b"") if method in ("GET", "HEAD") and dice.random() < 0.95 else _body(route, token, known, dice)
    headers = [("host", "127.0.0.1"), *sender.headers]
    if sender.cookie:
        headers.append(("cookie", sender.cookie))
    if token:
        headers += [(name, token) for name in ("x-tsunagi-desk", "x-tsunagi-chat", "x-tsunagi-report")]
    if "simulator" in route and dice.random() < 0.8:
        headers.append(("x-tsunagi-simulator", "1"))
    for _ in range(dice.choice((0, 0, 1, 2))):
        headers.append(dice.choice(HEADERS))
    if kind:
        headers.append(("content-type", kind))
    if body or method not in ("GET", "HEAD"):
        chunked = dice.random() < 0.05
        headers.append(("transfer-encoding", "chunked") if chunked else ("content-length", str(len(body))))
        if chunked:
            body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    told = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{method} {path[:7000]} HTTP/1.1\r\n{told}\r\n".encode("latin-1", "replace") + body


def _value(name: str, kind: str, known: Known, dice: random.Random) -> str:
    values = known.values.get(name, ())
    if values and dice.random() < 0.75:
        return dice.choice(values)
    if dice.random() < 0.6:
        plain = {
            "uuid": str(UUID(int=dice.getrandbits(128))),
            "int": str(dice.randrange(-2, 9)),
            "ymd": "2026-11-2" + dice.choice("01x"),
        }
        return plain.get(kind, dice.choice(("x", "claim", "take", "csv", "xlsx", "note", "yes", "policy", "1")))
    return quote_from_bytes(dice.choice(WORDS)[:300].encode("utf-8", "replace"), safe="")


def _query(known: Known, dice: random.Random) -> str:
    if dice.random() < 0.15:
        return dice.choice(("%", "%ff=%fe", "a[]=1&a[]=2", "&&&", "=", "a" * 3000, "said=~", "seen=1&seen=2", "+"))
    return urlencode(
        [(dice.choice(known.fields), _word(known, dice)) for _ in range(dice.randint(1, 4))], errors="replace"
    )


def _word(known: Known, dice: random.Random) -> str:
    if dice.random() < 0.25 and known.values:
        return dice.choice(known.values[dice.choice(sorted(known.values))])
    return dice.choice(WORDS)


def _body(route: str, token: str, known: Known, dice: random.Random) -> tuple[str, bytes]:
    if dice.random() < 0.1:
        return dice.choice(KINDS), dice.choice(RAW)
    forms = known.forms.get(re.sub(_PART, "#", route), ())
    fields: dict[str, Any] = {"token": token} | dict(dice.choice(forms) if forms and dice.random() < 0.85 else ())
    for _ in range(dice.choice((0, 1, 1, 2, 4))):
        name = dice.choice(sorted(fields)) if dice.random() < 0.7 else dice.choice(known.fields)
        if name != "token" or dice.random() < 0.2:
            fields[name] = _word(known, dice)
    if "token" in fields and fields["token"] not in WORDS:
        fields["token"] = token
    fields.setdefault("key", str(UUID(int=dice.getrandbits(128), version=4)))
    by_script = "/api/" in route or route in ("/chat/say", "/chat/end", "/chat/typing", "/report/evidence/begin")
    if by_script and dice.random() < 0.9:
        fields = {name: dice.choice(ODD_JSON) if dice.random() < 0.2 else value for name, value in fields.items()}
        return "application/json", json.dumps(fields).encode()
    if route in ("/desk/schools/import", "/report/evidence", "/report/evidence/"):
        return "multipart/form-data; boundary=b", _multipart(fields, dice)
    return KINDS[0], urlencode(fields, errors="replace").encode()


def _multipart(fields: Mapping[str, Any], dice: random.Random) -> bytes:
    parts = [f'content-disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in sorted(fields.items())]
    name = dice.choice(("a.csv", "a.xlsx", "", "..\\..\\x", '"', "か" * 90, "a.jpg"))
    data = dice.choice(
        ("学校コード,学校名\r\nx,y\r\n", "PK\x03\x04", "\x00" * 999, "", "\xff\xd8\xff\xe0", "a,b\r\n" * 500)
    )
    parts.append(
        f'content-disposition: form-data; name="{dice.choice(("file", "files"))}"; filename="{name}"\r\n\r\n{data}'
    )
    end = dice.choice(("--b--\r\n", "--b--\r\n", "--b--\r\n", "", "--b\r\n", "--c--"))
    return ("".join(f"--b\r\n{part}\r\n" for part in parts) + end).encode("utf-8", "replace")


class Line:
    """One connection that goes on from request to request, and is opened again when the service closes it."""

    def __init__(self, url: str) -> None:
        self._host, self._port = url.removeprefix("http://").split(":")
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, raw: bytes) -> int:
        """The status; 0 where the service closed the connection without one."""
        for fresh in (False, True):
            if self._writer is None or self._reader is None or fresh:
                self.close()
                self._reader, self._writer = await asyncio.open_connection(self._host, int(self._port))
            try:
                async with asyncio.timeout(30):
                    self._writer.write(raw)
                    status = await self._answer(head=raw.startswith(b"HEAD "))
            except (ConnectionError, asyncio.IncompleteReadError):
                status = 0  # perhaps it closed after the one before
            if status:
                return status
        self.close()
        return 0

    async def _answer(self, *, head: bool) -> int:
        assert self._reader is not None
        told = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(told.split(" ", 2)[1])
        if status == 100:
            return await self._answer(head=head)
        length = re.search(r"\r\ncontent-length: (\d+)", told)
        if "transfer-encoding: chunked" in told and not head:
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                await self._reader.readexactly(size + 2)
            await self._reader.readexactly(2)
        elif length is not None and not head:
            await self._reader.readexactly(int(length[1]))
        if status == 101 or "connection: close" in told:
            self.close()
        return status

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = self._reader = None
