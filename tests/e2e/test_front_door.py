"""The service's doors over real HTTP: what isn't LINE's changes nothing, what is LINE's counts once (security threats 1, 2);
who listens where; and what is said while nothing can be sealed.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import socket
import sys
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import pytest

from tests.support.line_events import body, text
from tests.support.listening import listening
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
    """What a request could leave. The worker's rounds add words and records of their own."""
    tables = ("line_events", "contacts", "sessions")
    theirs = "SELECT count(*) FROM audit_events WHERE actor NOT IN ('worker', 'alarm')"
    return [service.rows(f"SELECT count(*) FROM {table}") for table in tables] + [service.rows(theirs)]


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


async def test_row_30_every_process_listens_on_this_machine_alone(service: Running) -> None:
    """Rasa's known weaknesses want somebody who reaches it. The worker and the database wait for nobody's call."""
    urls = {"web": service.web, "rasa": service.rasa, "simulator": service.simulator}
    urls["actions"] = service.environment["TSUNAGI_ACTIONS_URL"]
    places = {name: {("127.0.0.1", urlsplit(url).port)} for name, url in urls.items()}
    assert {name: listening(service.pid(name)) for name in urls} == places
    assert listening(service.process.pid) == set[tuple[str, int | None]]().union(*places.values())
    # One that waits for the whole world would be seen.
    with socket.create_server(("", 0)) as wide, socket.create_server(("::", 0), family=socket.AF_INET6) as wider:
        found = {("0.0.0.0", wide.getsockname()[1]), ("::", wider.getsockname()[1])}
        assert found <= listening(os.getpid())


async def test_row_30_rasa_and_the_actions_answer_nobody_without_the_token(service: Running) -> None:
    actions = service.environment["TSUNAGI_ACTIONS_URL"]
    bridge = f"{service.rasa}/webhooks/bridge"
    shut = [
        *(("POST", f"{bridge}/webhook"), ("POST", f"{bridge}/parse"), ("GET", f"{bridge}/ready")),
        *(("POST", actions), ("GET", actions.removesuffix("webhook") + "actions")),
    ]
    token = service.secrets["rasa_token"]
    call = {"next_action": "action_converse", "sender_id": str(uuid4()), "tracker": {}}
    async with aiohttp.ClientSession() as http:
        for given in (None, "Bearer ", "Bearer wrong", token, f"Bearer {token}x", f"Bearer {token[:-1]}"):
            headers = {} if given is None else {"authorization": given}
            for method, url in shut:
                async with http.request(method, url, headers=headers, json=call) as answer:
                    assert answer.status == 401, (method, url)
        for method, path in (("POST", "/model/parse"), ("GET", f"/conversations/{uuid4()}/tracker"), ("PUT", "/model")):
            async with http.request(method, service.rasa + path, json={}) as answer:
                assert answer.status in (404, 405), path
        for url in (f"{bridge}/ready", actions.removesuffix("webhook") + "actions"):
            async with http.get(url, headers={"authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 200, url


async def _ready(service: Running) -> tuple[int, dict[str, str], str]:
    async with aiohttp.ClientSession() as http, http.get(service.web + "/readyz") as answer:
        return answer.status, await answer.json(), await answer.text()


async def test_row_28_the_running_service_says_that_it_cannot_seal_and_is_well_when_it_can_again(
    service: Running,
) -> None:
    """The key file is away, as a disk that isn't mounted; nothing is started anew."""
    user, path = f"U{uuid4().hex}", service.var / "keys" / "seal.key"
    raw = body(text("鍵のないあいだに", user)).encode()
    processes = {name: service.pid(name) for name in ("web", "worker", "rasa", "actions")}
    await service.ready()
    away = path.rename(path.with_suffix(".away"))
    try:
        status, told, said = await _ready(service)
        refused = await _post(service, raw, _sign(service, raw))
    finally:
        away.rename(path)
    assert (status, refused) == (503, 503)
    assert told.pop("backup").replace("_", "").isalpha()
    assert told == {
        "status": "unready",
        "seal": "seal_unavailable",
        **dict.fromkeys(("database", "rasa", "worker"), "ok"),
    }
    assert str(path) not in said and "key" not in said and said.isascii()
    status, told, _said = await _ready(service)
    assert (status, told["status"], told["seal"]) == (200, "ready", "ok")
    # LINE sends again what it wasn't told 200 for.
    assert await _post(service, raw, _sign(service, raw)) == 200
    await service.settled(user)
    assert [author for author, _words in service.transcript(user)][:2] == ["student", "bot"]
    assert {name: service.pid(name) for name in processes} == processes
