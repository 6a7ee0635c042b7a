"""The stand-in over real HTTP, on free ports of loopback: signing, delivery, faults, ledger and client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
)
from linebot.v3.webhook import SignatureValidator

from handoff.simulator.app import serve
from handoff.simulator.client import StandIn
from handoff.simulator.config import StandInConfig

pytestmark = pytest.mark.asyncio

SECRET, TOKEN = "secret of the channel", "token of the channel"


class Bot:
    """A small bot: keeps what it got, and answers with ``status``."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.statuses: list[int] = []
        self.forged = 0
        self.url = ""

    async def hook(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if not SignatureValidator(SECRET).validate(raw.decode(), request.headers["x-line-signature"]):
            self.forged += 1
        self.bodies.append(json.loads(raw))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[dict[str, object]]:
        return [event for body in self.bodies for event in body["events"]]  # type: ignore[attr-defined]


@asynccontextmanager
async def bot_and_standin(**settings: object) -> AsyncIterator[tuple[Bot, StandIn, str]]:
    bot, app = Bot(), web.Application()
    app.router.add_post("/line/webhook", bot.hook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}/line/webhook"
    config = StandInConfig(SECRET, TOKEN, bot.url, **settings)  # type: ignore[arg-type]
    try:
        async with serve(config) as url, StandIn(url) as standin:
            yield bot, standin, url
    finally:
        await runner.cleanup()


@asynccontextmanager
async def line_sdk(url: str, token: str = TOKEN) -> AsyncIterator[AsyncMessagingApi]:
    async with AsyncApiClient(Configuration(access_token=token, host=url)) as client:
        yield AsyncMessagingApi(client)


def words(text: str) -> list[TextMessage]:
    return [TextMessage(text=text)]


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.01)


async def test_a_signed_webhook_arrives_and_the_official_sdk_can_answer() -> None:
    async with bot_and_standin() as (bot, standin, url), line_sdk(url) as line:
        student = await standin.user(friend=True)
        sent = await standin.text(student, "こんにちは 😀")
        assert (sent.status, bot.forged) == (200, 0)
        assert bot.events[-1]["message"]["text"] == "こんにちは 😀"  # type: ignore[index]
        assert bot.events[-1]["replyToken"] == sent.reply_token
        answer = await line.reply_message_with_http_info(
            ReplyMessageRequest(replyToken=sent.reply_token, messages=words("はい"))
        )
        assert answer.headers is not None
        assert uuid.UUID(answer.headers["x-line-request-id"])
        (seen,) = await standin.wait_for_answers(student, 1, timeout=1)
        assert (seen.text, seen.via, seen.request_id) == ("はい", "reply", answer.headers["x-line-request-id"])
        assert seen.monotonic > sent.monotonic
        kinds = [(one.author, one.kind, one.delivery) for one in await standin.timeline(student)]
        assert kinds == [
            ("system", "follow", "delivered"),
            ("student", "text", "delivered"),
            ("bot", "text", None),
        ]


async def test_push_by_sdk_409_and_ledger() -> None:
    async with bot_and_standin(monthly_limit=1) as (_, standin, url), line_sdk(url) as line:
        student = await standin.user(friend=True)
        request, key = PushMessageRequest(to=student, messages=words("はい")), str(uuid.uuid4())
        first = await line.push_message_with_http_info(request, x_line_retry_key=key)
        with pytest.raises(ApiException) as again:
            await line.push_message(request, x_line_retry_key=key)
        assert again.value.status == 409
        assert first.headers is not None
        assert again.value.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
        with pytest.raises(ApiException) as full:
            await line.push_message(request, x_line_retry_key=str(uuid.uuid4()))
        assert (full.value.status, json.loads(full.value.body)["message"]) == (
            429,
            "You have reached your monthly limit.",
        )
        assert (await line.get_message_quota()).value == 1
        assert (await line.get_message_quota_consumption()).total_usage == 1
        assert [(call.verdict, call.retry_key == key) for call in await standin.calls("push")] == [
            ("accepted", True),
            ("already_accepted", True),
            ("monthly_limit", False),
        ]
        assert (await line.get_bot_info()).user_id.startswith("U")


async def test_wrong_token_body_and_paths_are_refused_with_a_request_id() -> None:
    async with bot_and_standin() as (_, standin, url), aiohttp.ClientSession() as http:
        student = await standin.user()
        good = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        big = json.dumps({"to": student, "messages": [{"type": "text", "text": "a" * 2_200_000}]}).encode()
        for status, headers, data in (
            (401, {**good, "authorization": "Bearer x"}, b"{}"),
            (401, {"content-type": "application/json"}, b"{}"),
            (415, {**good, "content-type": "text/plain"}, b"{}"),
            (400, good, b"{"),
            (400, good, b"[]"),
            (413, good, big),
        ):
            async with http.post(f"{url}/v2/bot/message/push", data=data, headers=headers) as answer:
                assert answer.status == status
                assert "x-line-request-id" in answer.headers
        async with http.get(f"{url}/v2/bot/nothing") as answer:
            assert (answer.status, "x-line-request-id" in answer.headers) == (404, True)
        assert [call.status for call in await standin.calls()] == [401, 401, 415, 400, 400, 413]


async def test_ordered_faults_happen_once_each_and_then_all_is_well() -> None:
    async with bot_and_standin() as (_, standin, url), line_sdk(url) as line:
        student = await standin.user(friend=True)
        request = PushMessageRequest(to=student, messages=words("はい"))

        async def status() -> int:
            try:
                return (await line.push_message_with_http_info(request)).status_code or 0
            except ApiException as refusal:
                return int(refusal.status)

        await standin.fail("push", "status", status=500, times=2)
        await standin.fail("push", "status", status=429, reason="monthly")
        await standin.fail("push", "status", status=429)
        assert [await status() for _ in range(5)] == [500, 500, 429, 429, 200]
        assert [call.verdict for call in await standin.calls("push")] == [
            "fault", "fault", "monthly_limit", "rate_limit", "accepted",
        ]  # fmt: skip
        assert len(await standin.answers(student)) == 1


@pytest.mark.parametrize("accept", [True, False])
async def test_a_cut_connection_after_or_before_the_acceptance(accept: bool) -> None:
    async with bot_and_standin() as (_, standin, url), line_sdk(url) as line:
        student = await standin.user(friend=True)
        sent = await standin.text(student, "はい")
        request = ReplyMessageRequest(replyToken=sent.reply_token, messages=words("はい"))
        await standin.fail("reply", "drop", accept=accept)
        with pytest.raises(aiohttp.ClientError):
            await line.reply_message(request)
        (call,) = await standin.calls("reply")
        assert (call.status, call.accepted, call.fault) == (None, accept, "drop")
        assert len(await standin.answers(student)) == accept
        if accept:  # the token tells the bot that its first try had come through
            with pytest.raises(ApiException) as second:
                await line.reply_message(request)
            assert json.loads(second.value.body) == {"message": "Invalid reply token"}
        else:
            await line.reply_message(request)


async def test_an_accepted_call_may_hang_and_another_be_late() -> None:
    async with bot_and_standin() as (_, standin, url), line_sdk(url) as line:
        student = await standin.user(friend=True)
        request = PushMessageRequest(to=student, messages=words("はい"))
        await standin.fail("push", "timeout", seconds=30)
        with pytest.raises(TimeoutError):
            await line.push_message(request, _request_timeout=0.2)
        await standin.fail("push", "delay", seconds=0.2)
        started = time.monotonic()
        await line.push_message(request)
        assert time.monotonic() - started >= 0.2
        assert len(await standin.answers(student)) == 2


async def test_redelivery_is_off_by_default_and_retries_any_non_2xx_when_on() -> None:
    async with bot_and_standin() as (bot, standin, _):
        student = await standin.user()
        bot.statuses = [503]
        assert (await standin.text(student, "一")).status == 503
        assert [one.delivery for one in await standin.timeline(student)] == ["failed"]
        await standin.settings(redelivery=True, redelivery_delays=[0.05, 0.05])
        bot.statuses = [503, 302, 200]
        sent = await standin.text(student, "二")
        await until(lambda: len(bot.bodies) == 4)
        again = [one for one in bot.events if one["webhookEventId"] == sent.event_id]
        assert [one["deliveryContext"] for one in again] == [
            {"isRedelivery": False}, {"isRedelivery": True}, {"isRedelivery": True},
        ]  # fmt: skip
        assert {one["replyToken"] for one in again} == {sent.reply_token}


async def test_the_same_event_twenty_times_at_once_and_several_students_in_one_webhook() -> None:
    async with bot_and_standin() as (bot, standin, _):
        one, two = await standin.user(), await standin.user()
        sent = await standin.text(one, "はい")
        assert await standin.redeliver(sent.event_id, copies=20) == [200] * 20
        assert len(bot.bodies) == 21
        await standin.acts([{"user": one, "kind": "text", "text": "a"}, {"user": two, "kind": "sticker"}])
        assert len(bot.bodies[-1]["events"]) == 2  # type: ignore[arg-type]
        assert [check.status for check in await standin.acts([])] == [200]
        assert bot.bodies[-1]["events"] == []


async def test_a_bot_that_is_down_or_slow_shows_as_undelivered() -> None:
    async with bot_and_standin(webhook_timeout=0.2) as (bot, standin, _):
        student = await standin.user()
        await standin.settings(webhook_url="http://127.0.0.1:9/line/webhook")
        sent = await standin.text(student, "はい")
        assert (sent.status, sent.error) == (None, "could_not_connect")
        await standin.settings(webhook_url=bot.url)
        assert await standin.redeliver(sent.event_id) == [200]
        assert [one.delivery for one in await standin.timeline(student)] == ["delivered"]


async def test_prepared_bodies_are_signed_but_not_sent() -> None:
    async with bot_and_standin() as (bot, standin, url), aiohttp.ClientSession() as http, line_sdk(url) as line:
        student = await standin.user()
        (prepared,) = await standin.prepare([{"user": student, "kind": "text", "text": "はい"}])
        assert bot.bodies == []
        headers = {"x-line-signature": prepared.signature}
        async with http.post(bot.url, data=prepared.body.encode(), headers=headers) as answer:
            assert (answer.status, bot.forged) == (200, 0)
        await line.reply_message(ReplyMessageRequest(replyToken=prepared.reply_token, messages=words("はい")))


async def test_content_is_given_until_the_message_is_taken_back() -> None:
    async with bot_and_standin() as (_, standin, url), aiohttp.ClientSession() as http:
        student = await standin.user()
        sent = await standin.image(student, b"\x89PNG picture")
        address, headers = f"{url}/v2/bot/message/{sent.message_id}/content", {"authorization": f"Bearer {TOKEN}"}
        await standin.fail("content", "status", status=202)
        seen = []
        for _ in range(2):
            async with http.get(address, headers=headers) as answer:
                seen.append((answer.status, await answer.read() if answer.status == 200 else b""))
        assert seen == [(202, b""), (200, b"\x89PNG picture")]
        assert sent.message_id is not None
        await standin.unsend(student, sent.message_id)
        async with http.get(address, headers=headers) as answer:
            assert answer.status == 410


async def test_the_stream_begins_with_the_snapshot_and_tells_changes() -> None:
    async with bot_and_standin() as (_, standin, url), aiohttp.ClientSession() as http, line_sdk(url) as line:
        student = await standin.user(friend=True)
        async with http.get(f"{url}/_control/users/{student}/stream") as stream:

            async def change() -> dict[str, object]:
                async for row in stream.content:
                    if row.startswith(b"data: "):
                        found: dict[str, object] = json.loads(row[6:])
                        return found
                raise AssertionError("the stream ended")

            first = await change()
            assert (first["type"], first["friend"], len(first["entries"])) == ("snapshot", True, 1)  # type: ignore[arg-type]
            await line.show_loading_animation(ShowLoadingAnimationRequest(chatId=student, loadingSeconds=5))
            assert await change() == {"type": "loading", "seconds": 5, "user": student}
            await line.push_message(PushMessageRequest(to=student, messages=words("はい")))
            assert await change() == {"type": "loading", "seconds": 0, "user": student}
            assert (await change())["entry"]["text"] == "はい"  # type: ignore[index]


async def test_one_stream_carries_several_students_and_names_those_it_forgot() -> None:
    async with bot_and_standin() as (_, standin, url), aiohttp.ClientSession() as http:
        one, two = await standin.user(), await standin.user()
        async with http.get(f"{url}/_control/stream", params=[("user", one), ("user", "U0"), ("user", two)]) as stream:
            await standin.text(two, "はい")
            found: list[dict[str, object]] = []
            async for row in stream.content:
                if row.startswith(b"data: "):
                    found.append(json.loads(row[6:]))
                if len(found) == 4:
                    break
        assert [(one_["type"], one_["user"]) for one_ in found] == [
            ("snapshot", one), ("unknown", "U0"), ("snapshot", two), ("entry", two),
        ]  # fmt: skip


async def test_browsers_and_foreign_host_names_are_kept_out_of_the_control_api() -> None:
    async with bot_and_standin() as (_, __, url), aiohttp.ClientSession() as http:
        for headers in (
            {"origin": "https://example.jp"},
            {"sec-fetch-site": "cross-site"},
            {"host": "evil.example.jp"},
        ):
            async with http.post(f"{url}/_control/users", json={}, headers=headers) as answer:
                assert answer.status == 403


async def test_unknown_people_and_broken_acts_are_said_clearly() -> None:
    async with bot_and_standin() as (bot, standin, _):
        with pytest.raises(aiohttp.ClientResponseError) as unknown:
            await standin.text("U0", "はい")
        assert unknown.value.status == 404
        with pytest.raises(aiohttp.ClientResponseError) as broken:
            await standin.act(await standin.user(), "dance")
        assert broken.value.status == 400
        with pytest.raises(aiohttp.ClientResponseError):
            await standin.settings(clock="2026-12-31T15:00:00")
        with pytest.raises(TimeoutError):
            await standin.wait_for_answers(await standin.user(), 1, timeout=0.05)
        assert bot.bodies == []


async def test_the_clock_can_be_set_and_reset_forgets_people() -> None:
    async with bot_and_standin(clock="2026-12-31T15:00:00+09:00") as (bot, standin, _):
        student = await standin.user()
        await standin.text(student, "はい")
        assert 0 <= int(str(bot.events[-1]["timestamp"])) - 1798696800000 < 5000
        await standin.settings(clock="now")
        await standin.text(student, "はい")
        assert abs(int(str(bot.events[-1]["timestamp"])) - time.time() * 1000) < 5000
        await standin.reset()
        with pytest.raises(aiohttp.ClientResponseError):
            await standin.timeline(student)


async def test_it_carries_four_hundred_webhooks_a_second() -> None:
    """A floor for benches: 400 signed webhooks through the control API; a slow machine gets three times the time."""
    async with bot_and_standin() as (bot, standin, _):
        student = await standin.user()
        started = time.monotonic()
        gate = asyncio.Semaphore(32)

        async def one(n: int) -> None:
            async with gate:
                assert (await standin.text(student, f"{n}")).status == 200

        await asyncio.gather(*(one(n) for n in range(400)))
        assert len(bot.bodies) == 400
        assert time.monotonic() - started < 3


async def test_it_runs_as_a_process_of_its_own(unused_tcp_port: int) -> None:
    import os
    import sys

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "handoff.simulator", "--port", str(unused_tcp_port),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "LINE_CHANNEL_SECRET": SECRET, "LINE_CHANNEL_ACCESS_TOKEN": TOKEN},
    )  # fmt: skip
    try:
        async with StandIn(f"http://127.0.0.1:{unused_tcp_port}") as standin:
            student = ""
            for _ in range(200):
                with contextlib.suppress(aiohttp.ClientConnectorError):
                    student = await standin.user()
                    break
                await asyncio.sleep(0.05)
            assert student.startswith("U")
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 10)
