"""The webhook over real HTTP: what isn't LINE's changes nothing, what is LINE's counts once (security threats 1, 2)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import sys
from typing import Any

import aiohttp
import pytest

from tests.support.line_events import body, text
from tests.support.running import Running


def _sign(service: Running, raw: bytes) -> str:
    digest = hmac.new(service.secrets["line_channel_secret"].encode(), raw, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


async def _post(service: Running, raw: bytes, signature: Any) -> int:
    headers = {} if signature is None else {"x-line-signature": signature}
    async with (
        aiohttp.ClientSession() as http,
        http.post(service.web + "/line/webhook", data=raw, headers=headers) as answer,
    ):
        return answer.status


def _counts(service: Running) -> list[Any]:
    tables = ("line_events", "contacts", "sessions", "messages", "outbox", "audit_events")
    return [service.rows(f"SELECT count(*) FROM {table}") for table in tables]


async def test_what_is_not_lines_is_refused_and_changes_nothing(service: Running) -> None:
    raw = body(text("にせもの")).encode()
    good = _sign(service, raw)
    half = raw[: len(raw) // 2]
    invalid = b'{"events": ["\xff\xfe"]}'
    huge = json.dumps({"events": [], "padding": "x" * 3 * 1024 * 1024}).encode()
    before = _counts(service)
    assert await _post(service, raw, None) == 403
    assert await _post(service, raw, "AAAA") == 403
    assert await _post(service, raw, "署名" + good) == 403
    assert await _post(service, raw.replace(b"active", b"activE"), good) == 403
    assert await _post(service, invalid, _sign(service, invalid)) == 403
    assert await _post(service, half, _sign(service, half)) == 400
    for odd in (b"", b"[]", b"null", b'{"events": {}}', b"[" * 100_000):
        assert await _post(service, odd, _sign(service, odd)) == 400, odd[:20]
    assert await _post(service, huge, _sign(service, huge)) == 413
    assert _counts(service) == before


async def test_two_hundred_mutated_requests_store_nothing_and_break_nothing(service: Running) -> None:
    raw, dice = body(text("へんなもの")).encode(), random.Random(7)
    good, before = _sign(service, raw), _counts(service)
    for _ in range(200):
        changed = bytearray(raw)
        for _ in range(dice.randint(1, 4)):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        if bytes(changed) != raw:
            assert await _post(service, bytes(changed), good) == 403
    assert _counts(service) == before


async def test_lines_connectivity_check_and_odd_events_are_taken(service: Running) -> None:
    for events in ([], [{}], [1, "x", None], [{"type": 5, "timestamp": "x", "source": [], "webhookEventId": "\x00"}]):
        raw = json.dumps({"destination": "U" + "0" * 32, "events": events}).encode()
        assert await _post(service, raw, _sign(service, raw)) == 200, events


async def test_the_same_event_twenty_times_in_parallel_and_redelivered_is_answered_once(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        sent = await line.text(user, "一度だけ答えてください")
        assert set(await line.redeliver(sent.event_id, copies=20)) == {200}
        await line.wait_for_answers(user, 1)
        await service.settled()
        assert set(await line.redeliver(sent.event_id, copies=3)) == {200}
        await service.settled()
        replies = [c for c in await line.calls() if c.user == user and c.accepted and c.endpoint in ("reply", "push")]
        assert len(replies) == 1
    students = [words for author, words in service.transcript(user) if author == "student"]
    assert students == ["一度だけ答えてください"]


async def test_thirty_messages_in_one_second_are_kept_and_answered_in_order(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        sent = [await line.text(user, f"{number}番目のことです") for number in range(30)]
        assert {one.status for one in sent} == {200}
        await service.settled()
        tokens = [c.reply_token for c in await line.calls("reply") if c.user == user and c.accepted]
        assert tokens == [one.reply_token for one in sent]
    students = [words for author, words in service.transcript(user) if author == "student"]
    assert students == [f"{number}番目のことです" for number in range(30)]


@pytest.mark.parametrize("path", ["/line/webhook", "/simulator/api/setting"])
async def test_a_refused_request_says_so_in_japanese_and_not_more(service: Running, path: str) -> None:
    async with aiohttp.ClientSession() as http, http.post(service.web + path, data=b"{}") as answer:
        said = await answer.json()
    assert answer.status in (400, 403)
    assert set(said) == {"code", "message"} or "error" in said


async def test_events_of_many_students_in_one_webhook_all_count(service: Running) -> None:
    users = [f"U{number:032x}" for number in range(0xABC0, 0xABC5)]
    raw = body(*(text("いっしょに来た", user) for user in users)).encode()
    assert await _post(service, raw, _sign(service, raw)) == 200
    await service.settled()
    for user in users:
        assert [a for a, _ in service.transcript(user)].count("student") == 1
    await asyncio.sleep(0)


async def test_row_24_the_audit_of_a_running_service_is_linked_and_can_be_checked(service: Running) -> None:
    """The worker's round, the note of the chain's end, and the command, which finds the embedded database by itself."""
    async with asyncio.timeout(30):
        while True:
            linked = service.rows("SELECT count(*) AS n, min(sequence) AS first FROM audit_links")[0]
            if linked["n"] and not service.rows(
                "SELECT 1 FROM audit_events a WHERE NOT EXISTS (SELECT FROM audit_links l WHERE l.sequence = a.sequence)"
            ):
                break
            await asyncio.sleep(0.25)
    command = [sys.executable, "-m", "handoff.cli", "audit", "verify"]
    environment = os.environ | {"TSUNAGI_VAR": str(service.var)}
    done = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await done.communicate()
    assert (done.returncode, err) == (0, b"")
    assert (
        "監査記録は壊れていません" in out.decode()
        and (service.var / "audit" / "end").read_text().split()[0] in out.decode()
    )
