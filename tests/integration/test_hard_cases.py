"""What a hostile reader of the core found, each held by a test: words that stayed, silence that spoke, queues that hung."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.adapters.line.sender import LineMessaging
from handoff.adapters.rasa import RasaBot
from handoff.adapters.wake_ups import DELIVER, DRAIN, WakeUps, notice
from handoff.bootstrap.worker import WORKER_CONCURRENCY
from handoff.domain.delivery import Outcome
from handoff.domain.errors import StoreUnavailable
from handoff.domain.incoming import MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.safety import TurnContext
from handoff.services import deliver_outbox
from handoff.services.outside import Answer, Reading
from handoff.services.ports import LockedContact, Transaction
from handoff.services.transcript_ports import OutboxCall
from tests.integration.conftest import Service
from tests.support.line_events import arrivals, event, text, unsend

GROUP = {"type": "group", "groupId": "C" + "1" * 32, "userId": "U" + "1" * 32}
BROKEN = b"\x01broken"


async def _again_and_again(service: Service, times: int = 7) -> None:
    """Let the sweep come round as often as a step may fail."""
    for _ in range(times):
        await service.work()
        await service.change(
            "UPDATE line_events SET real_received_at = now() - interval '9 seconds' WHERE done_at IS NULL"
        )
        await service.sweep()
    await service.work()


async def _payloads(service: Service) -> list[bytes | None]:
    return [row.payload for row in await service.rows("SELECT payload FROM line_events WHERE type = 'message'")]


async def test_words_whose_unsend_came_first_are_not_kept_in_the_event_either(service: Service) -> None:
    await service.accept(arrivals(unsend("m-late", timestamp=2_000)))
    await service.work()
    await service.accept(arrivals(text("おそい", message_id="m-late", timestamp=1_000)))
    await service.work()
    assert await _payloads(service) == [None]


async def test_a_message_whose_words_are_gone_before_its_turn_stays_silent(service: Service) -> None:
    await service.accept(arrivals(text("x", message_id="mm", timestamp=5_000), unsend("mm", timestamp="bad")))
    await service.work()
    assert service.line.calls == []
    assert await service.transcript() == [("student", None)]


async def test_the_bots_own_lines_do_not_keep_unsent_words_and_a_waiting_one_does_not_send_them(
    service: Service,
) -> None:
    await service.accept(arrivals(text("西中の山田太郎です", message_id="m1")))
    await service.work()
    service.line.outcomes = [Outcome.RATE_LIMITED]
    await service.accept(arrivals(text("西中の山田太郎といいます", message_id="m2")))
    await service.work()
    await service.accept(arrivals(unsend("m1"), unsend("m2")))
    await service.work()
    assert all("山田" not in (words or "") for _author, words in await service.transcript())
    await service.change("UPDATE outbox SET real_next_at = now() - interval '1 second'")
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.deliver(contact.id)
    assert "山田" not in service.line.said[-1]
    assert "削除" in service.line.said[-1]


async def test_what_is_said_in_a_group_is_not_kept(service: Service) -> None:
    await service.accept(arrivals(text("みんなのひみつ", source=GROUP), event("join", source=GROUP)))
    await service.work()
    assert await service.rows("SELECT 1 FROM line_events WHERE payload IS NOT NULL") == []
    assert len(service.line.calls) == 1


async def test_a_memory_of_rasas_that_cannot_be_opened_does_not_save_unsent_words(service: Service) -> None:
    await service.accept(arrivals(text("けしたい", message_id="m1")))
    await service.work()
    (session,) = await service.rows("SELECT id FROM sessions")
    await service.change("INSERT INTO rasa_trackers VALUES (:id, :blob, now())", id=str(session.id), blob=BROKEN)
    await service.accept(arrivals(unsend("m1")))
    await service.work()
    assert (await service.transcript())[0] == ("student", None)
    (row,) = await service.rows("SELECT blob FROM rasa_trackers")
    assert row.blob != BROKEN


async def test_one_cell_that_cannot_be_opened_hides_no_other_word(service: Service) -> None:
    await service.accept(arrivals(text("a", timestamp=1000)))
    await service.change("UPDATE line_events SET payload = :blob", blob=BROKEN)
    await service.accept(arrivals(text("たすけて", timestamp=2000)))
    await service.work()
    kinds = await service.rows(
        "SELECT kind, body IS NULL AS gone FROM messages WHERE author = 'student' ORDER BY sequence"
    )
    assert [(row.kind, row.gone) for row in kinds] == [("unknown", True), ("text", False)]
    assert ("student", "たすけて") in await service.transcript()
    assert [row.human_wanted for row in await service.rows("SELECT human_wanted FROM sessions")] == ["bot_failure"]


async def test_an_outbox_row_that_cannot_be_opened_is_a_dead_letter_and_lets_the_next_go(service: Service) -> None:
    await service.accept(arrivals(text("いち"), text("に")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.drain(contact.id)
    await service.change(
        "UPDATE outbox SET body = :blob WHERE sequence = (SELECT min(sequence) FROM outbox)", blob=BROKEN
    )
    await service.deliver(contact.id)
    rows = await service.rows("SELECT state, reason FROM outbox ORDER BY sequence")
    assert [(row.state, row.reason) for row in rows] == [("dead", "unreadable"), ("sent", "accepted")]


async def test_words_to_an_address_that_cannot_be_opened_are_dead_letters_and_not_tried_for_ever(
    service: Service,
) -> None:
    await service.accept(arrivals(text("いち")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.drain(contact.id)
    await service.change("UPDATE contacts SET address = :blob", blob=BROKEN)
    await service.deliver(contact.id)
    rows = await service.rows("SELECT state, reason FROM outbox")
    assert [(row.state, row.reason) for row in rows] == [("dead", "unreadable")]


async def test_a_failing_screen_keeps_no_child_from_being_read(service: Service) -> None:
    class Exploding:
        async def __call__(self, tx: Transaction, stored: StoredEvent, reading: Reading) -> None:
            raise RuntimeError("ひみつ")

        async def failed(self, tx: Transaction, stored: StoredEvent) -> None:
            await tx.events.mark_screen_failed(stored.id)

    service.screen = Exploding()
    await service.accept(arrivals(text("きいて")))
    await service.work()
    assert ("student", "きいて") in await service.transcript()
    assert [row.screened_at for row in await service.rows("SELECT screened_at FROM line_events")] == [None]


@pytest.mark.parametrize("how", ["counsellor", "standby"])
async def test_giving_up_never_speaks_over_a_counsellor_or_another_system(service: Service, how: str) -> None:
    await service.accept(arrivals(text("a")))
    await service.work()
    calls = len(service.line.calls)

    async def explode(*_: object) -> list[Line]:
        if how == "counsellor":
            await service.change("UPDATE sessions SET epoch = 2, owner = 'counsellor', state = 'live'")
        raise RuntimeError

    service.bot.converse = explode  # type: ignore[method-assign, assignment]
    mode = "standby" if how == "standby" else "active"
    await service.accept(arrivals(text("b", mode=mode)))
    await _again_and_again(service)
    assert service.line.calls[calls:] == []
    assert await service.rows("SELECT 1 FROM line_events WHERE done_at IS NULL") == []


async def test_a_free_reply_gets_past_any_number_of_pushes_that_wait_for_next_month(service: Service) -> None:
    for number in range(22):
        pushed = text(f"{number}")
        del pushed["replyToken"]
        service.line.outcomes = [Outcome.MONTHLY_LIMIT]
        await service.accept(arrivals(pushed))
        await service.work()
    service.line.calls.clear()
    service.line.outcomes = []
    await service.accept(arrivals(text("いま")))
    await service.work()
    assert [method for method, _to, _texts in service.line.calls] == ["reply"]


async def test_a_line_that_may_be_out_already_is_called_unknown_not_refused(service: Service) -> None:
    service.line.outcomes = [Outcome.UNCERTAIN]
    await service.accept(arrivals(text("a")))
    await service.work()
    await service.change("UPDATE sessions SET epoch = epoch + 1, owner = 'counsellor'")
    await service.change("UPDATE outbox SET real_next_at = now() - interval '1 second'")
    (row,) = await service.rows("SELECT contact_id FROM outbox")
    await service.deliver(row.contact_id)
    assert [row.state for row in await service.rows("SELECT state FROM outbox")] == ["unknown"]


async def test_a_take_over_between_reading_the_outbox_and_sending_is_seen(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.accept(arrivals(text("a")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.drain(contact.id)
    call = deliver_outbox.DeliverOutbox._call

    async def late(self: deliver_outbox.DeliverOutbox, locked: LockedContact, found: OutboxCall) -> bool:
        await service.change("UPDATE sessions SET epoch = epoch + 1, owner = 'counsellor', state = 'live'")
        return await call(self, locked, found)

    monkeypatch.setattr(deliver_outbox.DeliverOutbox, "_call", late)
    await service.deliver(contact.id)
    assert service.line.calls == []
    assert [row.state for row in await service.rows("SELECT state FROM outbox")] == ["refused"]


async def test_webhooks_with_the_same_events_in_other_order_both_get_through(service: Service) -> None:
    for turn in range(4):
        events = [text(f"{n}", user=f"U{turn:016d}{n:016d}") for n in range(40)]
        await asyncio.gather(service.accept(arrivals(*events)), service.accept(arrivals(*reversed(events))))
    (row,) = await service.rows("SELECT count(*) AS n FROM line_events")
    assert row.n == 160


async def test_wake_ups_in_other_order_wait_for_nobody(service: Service) -> None:
    await service.accept(arrivals(text("a", user="U" + "a" * 32), text("b", user="U" + "b" * 32)))
    await service.lose_wake_ups()
    first, second = [row.id for row in await service.rows("SELECT id FROM contacts")]
    both = asyncio.Barrier(2)

    async def wake(one: UUID, other: UUID) -> None:
        async with service.store.transaction() as tx:
            await tx.jobs.wake_drain(one)
            await both.wait()
            await tx.jobs.wake_drain(other)

    await asyncio.gather(wake(first, second), wake(second, first))
    assert sorted(await service.heard()) == sorted(2 * [notice(DRAIN, first), notice(DRAIN, second)])


async def test_a_database_that_hangs_is_a_503_within_lines_two_seconds_and_nothing_is_lost_twice(
    service: Service, postgres: EmbeddedPostgres
) -> None:
    await asyncio.gather(*(service.accept(arrivals(text("warm"))) for _ in range(5)))
    (row,) = await service.rows("SELECT pg_backend_pid() AS pid")
    with open(f"/proc/{row.pid}/stat") as stat:
        server = int(stat.read().rsplit(")", 1)[1].split()[1])
    backends = [int(child) for child in _children(server)]
    for pid in (server, *backends):
        os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        message = arrivals(text("とまっている"))
        results = await asyncio.gather(*(service.accept(message) for _ in range(12)), return_exceptions=True)
        took = time.monotonic() - started
    finally:
        for pid in (*backends, server):
            os.kill(pid, signal.SIGCONT)
    assert {type(found) for found in results} == {StoreUnavailable}
    assert took < 2.5
    await asyncio.sleep(0.5)
    await service.accept(message)
    await service.work()
    assert [words for _author, words in await service.transcript()].count("とまっている") == 1


def _children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return children.read().split()


async def test_deliveries_that_hang_do_not_hold_back_the_reading_of_new_messages(service: Service) -> None:
    await service.accept(arrivals(*(text("x", user=f"U{n:032d}") for n in range(40))))
    wake_ups = WakeUps(concurrency=WORKER_CONCURRENCY)
    wake_ups.handle(DRAIN, service.drain)
    line = service.line.reply

    async def slow(token: str, lines: list[Line]) -> object:
        await asyncio.sleep(5)
        return await line(token, lines)

    async def listen() -> None:
        while True:
            for told in await service.heard():
                wake_ups.take(told)
            await asyncio.sleep(0.01)

    service.line.reply = slow  # type: ignore[method-assign, assignment]
    wake_ups.handle(DELIVER, service.deliver)
    listener = asyncio.create_task(listen())
    try:
        while len(service.bot.heard) < 40:
            await asyncio.sleep(0.05)
        started = time.monotonic()
        await service.accept(arrivals(text("しにたい", user="U" + "9" * 32)))
        while service.bot.heard[-1][2] != "しにたい":
            await asyncio.sleep(0.02)
            assert time.monotonic() - started < 2
    finally:
        service.line.reply = line  # type: ignore[method-assign]
        listener.cancel()
        await asyncio.wait({listener})
        await wake_ups.close(15)


@asynccontextmanager
async def _answering(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


ODD_ANSWERS = {
    "a page": lambda: web.Response(text="<html>hi", content_type="text/html"),
    "nothing": lambda: web.Response(text=""),
    "another charset": lambda: web.Response(status=502, body="エラー".encode("cp932"), content_type="text/html"),
    "an unknown charset": lambda: web.Response(body=b"{}", headers={"content-type": "application/json; charset=no"}),
    "time-out": lambda: web.Response(status=408),
    "gateway": lambda: web.Response(status=502, text="<html>"),
}


@pytest.mark.parametrize("what", ODD_ANSWERS)
async def test_an_answer_that_is_not_lines_is_an_uncertain_outcome(what: str) -> None:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return ODD_ANSWERS[what]()

    async with _answering(handler) as url, LineMessaging("token", url) as line:
        sent = [await line.push("U1", [Line("a")], uuid4()), await line.reply("t", [Line("a")])]
    assert [one.outcome for one in sent] == [Outcome.UNCERTAIN] * 2


async def test_one_students_failing_turns_do_not_take_the_bot_from_everybody() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if asked["sender"].startswith("0000"):
            return web.json_response({"error": "action_failed"}, status=503)
        return web.json_response({"replies": [{"text": "はい"}]})

    message = StudentMessage(MessageKind.TEXT, "x", None, "1", "text")
    async with _answering(handler) as url, RasaBot(url, "t" * 16) as bot:
        failing = (bot.converse(UUID(int=number), uuid4(), message, TurnContext()) for number in (1, 2, 3))
        assert all(isinstance(found, Exception) for found in await asyncio.gather(*failing, return_exceptions=True))
        assert await bot.converse(uuid4(), uuid4(), message, TurnContext()) == Answer([Line("はい")])


async def test_the_animation_never_swallows_the_cancelling_of_a_drain(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stubborn(_address: str) -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(0.3)
            raise

    monkeypatch.setattr("handoff.services.drain_contact.LOADING_AFTER", 0.01)
    service.line.show_loading = stubborn  # type: ignore[method-assign]
    service.bot.pause = 0.3
    await service.accept(arrivals(text("1", timestamp=1), text("2", timestamp=2)))
    (contact,) = await service.rows("SELECT id FROM contacts")
    drain = asyncio.create_task(service.drain(contact.id))
    await asyncio.sleep(0.45)
    drain.cancel()
    await asyncio.wait({drain}, timeout=5)
    assert drain.cancelled()


async def test_an_unsent_answer_is_gone_from_a_procedures_record(service: Service) -> None:
    words = "鈴木さんの裏アカウント"
    await service.accept(arrivals(text(words, message_id="m1")))
    await service.work()
    (session,) = await service.rows("SELECT id FROM sessions")
    record = {
        "procedure": "I-1",
        "answers": [{"label": "サイト", "answer": words}, {"label": "願い", "answer": "消したい"}],
    }
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(session.id, {"grade": "中2", "procedure": json.dumps(record, ensure_ascii=False)})
    await service.accept(arrivals(unsend("m1")))
    await service.work()
    async with service.store.reading() as tx:
        kept = await tx.sessions.intake(session.id)
    answers = {one["label"]: one["answer"] for one in json.loads(kept["procedure"] or "")["answers"]}
    assert "鈴木" not in str(kept)
    assert (answers["願い"], kept["grade"]) == ("消したい", "中2")
