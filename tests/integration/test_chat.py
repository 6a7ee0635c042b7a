"""The web chat over real HTTP and sockets (KAG-8.6): it begins, words are stored once, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NoReturn
from uuid import uuid4

import pytest
from yarl import URL

from handoff.adapters.database.store import SqlStore
from handoff.domain.errors import StoreUnavailable
from handoff.domain.outgoing import Line
from handoff.domain.profile.vocabulary import TraceItem
from handoff.services.chat.read_chat import ReadChat
from handoff.services.keep_trace import told_of_visitor
from handoff.web.chat import hub as hub_module
from handoff.web.chat.guard import COOKIE
from tests.integration.chat_support import Student, chat_of, working
from tests.integration.conftest import SEALER, Service
from tests.support.sites import socket_status


async def _broken(*_: object) -> NoReturn:
    raise ValueError("ないしょのカナリア")


def _away(_store: SqlStore) -> NoReturn:
    raise StoreUnavailable("away")


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    async with chat_of(service) as address:
        yield address


async def test_a_chat_begins_with_a_greeting_and_goes_on_like_on_line(service: Service, url: str) -> None:
    service.bot.lines = [Line("こんにちは"), Line("どれにしますか。", ("友だち", "家族"), place=True)]
    async with working(service), Student.begun(url) as student, student.socket() as socket:
        first = await socket.hears("こんにちは")
        assert first["by"] == "bot"
        asked = await socket.hears("どれにしますか")
        assert asked["buttons"] == ["友だち", "家族"], "titles alone: a place is nothing for a page"
        service.bot.lines = None
        await socket.say("けんかした")
        assert (await socket.hears("はい：けんかした"))["id"]
    assert service.line.calls == [], "LINE hears nothing of it"
    assert [author for author, _words in await service.transcript()] == ["student", "bot", "bot", "student", "bot"]
    (contact,) = await service.rows("SELECT channel, address FROM contacts")
    assert contact.channel == "web"
    assert student.secret not in str(await service.rows("SELECT c::text, e::text FROM contacts c, line_events e"))


async def test_what_is_acknowledged_is_stored_and_a_second_time_changes_nothing(service: Service, url: str) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        key = await socket.say("一度だけ")
        await socket.say("一度だけ", key)
        assert (await student.post("say", {"id": key, "text": "一度だけ"}))[0] == 200
        # Nobody has worked on it yet, and a page that opens anew shows it all the same, once.
        _status, news, _headers = await student.lines()
        assert [(line["text"], line["key"]) for line in news["lines"]] == [("一度だけ", key)]
        await service.work()
        _status, news, _headers = await student.lines()
    assert [line["text"] for line in news["lines"] if line["by"] == "me"] == ["一度だけ"]
    assert len(await service.rows("SELECT 1 FROM line_events WHERE type = 'message'")) == 1


async def test_a_page_that_was_away_gets_what_it_missed_in_order_and_no_line_is_skipped(
    service: Service, url: str
) -> None:
    """A line gets its place in the transcript before it's delivered, so its number alone doesn't say what was seen."""
    async with Student.begun(url) as student:
        await service.work()
        async with student.socket() as socket:
            seen = socket.place
        # Two answers are written, and the first one is held back: the later number shows nothing of it.
        await student.post("say", {"id": str(uuid4()), "text": "ひとつめ"})
        (contact,) = await service.rows("SELECT id FROM contacts")
        await service.drain(contact.id)
        async with student.socket(seen) as socket:
            assert not [line for line in socket.lines if line["by"] != "me"], "it is still on its way"
            place = socket.place
            await student.post("say", {"id": str(uuid4()), "text": "ふたつめ"})
            await service.work()
            await socket.hears("はい：ふたつめ")
        async with student.socket(place) as socket:
            assert [line["text"] for line in socket.lines] == ["はい：ひとつめ", "はい：ふたつめ"]
        async with student.socket() as socket:
            assert [line["text"] for line in socket.lines if line["by"] == "bot"][1:] == [
                "はい：ひとつめ",
                "はい：ふたつめ",
            ]


async def test_only_what_was_delivered_is_shown(service: Service, url: str) -> None:
    """Refused and pending lines, notes and lines of the system are on record, and no page shows them."""
    async with Student.begun(url) as student:
        await service.work()
        await student.post("say", {"id": str(uuid4()), "text": "きいて"})
        (contact,) = await service.rows("SELECT id FROM contacts")
        await service.drain(contact.id)
        await service.change(
            "UPDATE sessions SET epoch = epoch + 1"
        )  # somebody has taken it: the bot's line comes late
        await service.work()
        await service.change(
            "INSERT INTO messages (id, session_id, author, kind, body, occurred_at)"
            " SELECT gen_random_uuid(), id, 'system', 'text', '\\x00', now() FROM sessions"
        )
        _status, news, _headers = await student.lines()
        assert "はい：きいて" not in [line["text"] for line in news["lines"]]
        assert {line["by"] for line in news["lines"]} == {"me", "bot"}
        keys = {"id", "by", "name", "text", "buttons", "at", "key"}
        assert all(set(line) == keys for line in news["lines"]), "no levels, no evidence"


async def test_the_way_without_a_socket_brings_the_same(service: Service, url: str) -> None:
    async with Student.begun(url) as student:
        await service.work()
        status, news, _headers = await student.lines()
        assert status == 200 and news["lines"] and news["status"]["state"] == "bot"
        asks = asyncio.create_task(student.lines(news["place"], wait=1))
        await asyncio.sleep(0.2)
        assert not asks.done(), "it waits for news"
        await student.post("say", {"id": str(uuid4()), "text": "ソケットなしで"})
        await service.work()
        _status, more, _headers = await asyncio.wait_for(asks, 5)
        assert [line["text"] for line in more["lines"]] == ["はい：ソケットなしで"]
        assert [line["text"] for line in (await student.lines(more["place"]))[1]["lines"]] == []


async def test_a_killed_socket_comes_back_by_another_process_without_loss(service: Service, url: str) -> None:
    async with chat_of(service) as other, Student.begun(url) as student, working(service):
        async with student.socket() as socket:
            await socket.say("まえ")
            await socket.hears("はい：まえ")
            place = socket.place
            socket.cut()
        key = str(uuid4())
        await student.post("say", {"id": key, "text": "あいだ"})
        async with student.socket(place, at=other) as socket:
            await socket.say("あいだ", key)
            await socket.hears("はい：あいだ")
            await socket.say("あと")
            await socket.hears("はい：あと")
    said = [words for author, words in await service.transcript() if author == "student"]
    assert said[1:] == ["まえ", "あいだ", "あと"]


async def test_who_is_closed_out_by_one_process_is_out_of_all_within_five_seconds(
    service: Service, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 14: a revoked chat's socket closes; of the five seconds one is left for the look itself."""
    assert hub_module.CHECK_EVERY <= 4
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.1)
    async with chat_of(service) as other, Student.begun(url) as student:
        async with student.socket() as here, student.socket(at=other) as there:
            fields = f"token={student.form_token()}".encode()
            form = {"content-type": "application/x-www-form-urlencoded"}
            secret = student.secret
            assert (await student.post("leave", fields, **form))[0] == 204
            assert await here.ended() == 4401
            assert await there.ended() == 4401
        student.http.cookie_jar.update_cookies({COOKIE: secret}, URL(f"{url}/chat"))
        assert (await student.lines())[0] == 401
        assert (await student.post("say", {"id": str(uuid4()), "text": "まだいる"}))[0] == 401


async def test_a_socket_without_a_word_on_its_page_is_refused(url: str) -> None:
    """Row 14: the browser's own cookie, and no Origin at all."""
    async with Student.begun(url) as student:
        cookie = f"{COOKIE}={student.secret}"
        assert await socket_status(url, "/chat/socket", Cookie=cookie) == 403
        assert await socket_status(url, "/chat/socket", Cookie=cookie, Origin=url) == 101


async def test_neither_an_address_nor_a_browser_nor_a_word_reaches_a_log_during_a_chat(
    service: Service, url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Row 25: whatever goes well or wrong."""
    address, words = "127.0.0.77", "ないしょのカナリア"
    async with working(service), Student.begun(url, address, **{"User-Agent": "Kanaria/7.7"}) as student:
        async with student.socket() as socket:
            await socket.say(words)
            await socket.hears(f"はい：{words}")
            with monkeypatch.context() as patch:
                patch.setattr(SqlStore, "transaction", _away)
                assert (await student.post("say", {"id": str(uuid4()), "text": words}))[0] == 503
                await socket.tell({"say": {"id": str(uuid4()), "text": words}})
                await socket.until("again")
            with monkeypatch.context() as patch:
                patch.setattr(ReadChat, "delivered", _broken)
                await socket.say(words * 2)
                assert await socket.ended() == 4408
        assert (await student.post("say", words.encode()))[0] == 400
        assert (await student.post("say", {"id": str(uuid4()), "text": words}, Origin="https://x.example"))[0] == 403
        assert (await student.page(f"/chat/{words}"))[0] == 404
        async with student.socket() as socket:
            await socket.tell(words * 9000)
            assert await socket.ended() == 1009
        async with student.socket() as socket:
            socket.cut()
    told = "".join(capfd.readouterr())
    assert "chat_entries_not_shown" in told, "something is logged at all"
    for leak in (address, "Kanaria", "カナリア", student.secret, student.token):
        assert leak not in told, leak


async def test_where_the_time_alone_is_kept_nothing_tells_the_place(service: Service, url: str) -> None:
    """Row 25 and TAJ-S2: a profile whose trace says access_time, and the page that says so."""
    trace = service.setting.profile.trace.model_copy(update={"keep": (TraceItem.ACCESS_TIME,), "days": 7})
    service.setting.profile = service.setting.profile.model_copy(update={"trace": trace})
    async with Student.begun(url, "127.0.0.77") as student:
        _status, page, _headers = await student.page()
    assert "（つながった時刻）を7日のあいだ残します。こちらからあなたの場所はわかりません" in page
    (row,) = await service.rows("SELECT id, contact_id, facts, at, kept_until FROM web_traces")
    assert list(json.loads(SEALER.open("web_traces", "facts", str(row.id), row.facts))) == ["access_time"]
    assert row.kept_until - row.at == timedelta(days=7)
    async with service.store.reading() as tx:
        told = await told_of_visitor(tx, service.setting, row.contact_id)
    assert "つながった時刻 2026-11-20T18:00" in told and "IP" not in told and "ブラウザ" not in told


async def test_the_database_away_is_said_and_the_words_come_again(
    service: Service, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 28: nothing is acknowledged that isn't stored."""
    async with Student.begun(url) as student, student.socket() as socket:
        await service.work()
        key = str(uuid4())
        with monkeypatch.context() as patch:
            patch.setattr(SqlStore, "transaction", _away)
            await socket.socket.send_json({"say": {"id": key, "text": "とどけ"}})
            assert (await socket.until("again"))["again"] == key
            assert (await student.post("say", {"id": key, "text": "とどけ"}))[0] == 503
        await socket.say("とどけ", key)
    assert len(await service.rows("SELECT 1 FROM line_events WHERE type = 'message'")) == 1
