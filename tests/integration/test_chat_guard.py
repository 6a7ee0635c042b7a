"""To whom a chat opens, and what it leaves behind (rows 13, 14, 25 and 27): its own browser alone, and nothing."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid1, uuid4

import aiohttp
import pytest
from yarl import URL

from handoff.domain.clock import Clock
from handoff.domain.profile.vocabulary import Availability
from handoff.services.keep_trace import ForgetTraces, told_of_visitor
from handoff.web.chat import pace
from handoff.web.chat.guard import COOKIE
from handoff.web.chat.place import PURPOSE, Places
from tests.integration.chat_support import Student, chat_of
from tests.integration.conftest import CLOSED, SEALER, Service
from tests.support.fakes import FrozenClock

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    async with chat_of(service) as address:
        yield address


async def change(service: Service, part: str, **fields: Any) -> None:
    """Another word of the profile."""
    profile = service.setting.profile
    service.setting.profile = profile.model_copy(update={part: getattr(profile, part).model_copy(update=fields)})


async def test_a_socket_is_for_our_own_page_alone(service: Service, url: str) -> None:
    """Row 14: a foreign or absent origin is refused before it is a socket."""
    async with Student.begun(url) as student:
        for told in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Origin": ""}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with student.raw(**told):
                    pass
            assert refused.value.status == 403


async def test_a_socket_shows_the_chat_of_its_cookie_and_no_other(service: Service, url: str) -> None:
    async with Student.begun(url) as mine, Student.begun(url) as other, Student.at(url) as stranger:
        async with mine.socket() as socket:
            await socket.say("わたしの言葉")
            mine_seen = socket.place
        await service.work()
        # Nothing that a page says names a room; whatever it adds is not looked at, and another one's place is none.
        async with other.raw() as socket:
            (first, *_) = await service.rows("SELECT contact_id FROM web_chats ORDER BY real_started_at")
            asked = {"place": mine_seen, "contact": str(first.contact_id), "session": str(uuid4())}
            await socket.socket.send_json(asked)
            await socket.until("ready")
            assert "わたしの言葉" not in str(socket.lines)
        async with stranger.raw() as socket:
            assert await socket.ended() == 4401
        assert (await stranger.lines())[0] == 401
        # With another one's cookie and one's own token nothing is changed.
        told = {"id": str(uuid4()), "text": "なりすまし"}
        stranger.http.cookie_jar.update_cookies({COOKIE: mine.secret}, URL(f"{url}/chat"))
        stranger.token = other.token
        assert (await stranger.post("say", told))[0] == 403
    assert "なりすまし" not in [words for _author, words in await service.transcript()]


@pytest.mark.parametrize("size", [16 * 1024 + 1, 70_000, 2**20 + 1])
async def test_a_message_that_no_page_sends_closes_the_socket(service: Service, url: str, size: int) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        await socket.socket.send_str('{"say": "' + "a" * size + '"}')
        assert await socket.ended() in (1009, 1006)
    async with Student.begun(url) as student, student.raw() as socket:
        await socket.socket.send_str("a" * size)
        assert await socket.ended() in (1009, 1006)
    assert await service.rows("SELECT 1 FROM line_events WHERE type = 'message'") == []


@pytest.mark.parametrize(
    "word", ["{", "[]", "[" * 15_000, '{"say": 5}', '{"say": {"id": "x", "text": "a"}}', '{"end": []}']
)
async def test_what_can_not_be_read_closes_the_socket_and_stores_nothing(service: Service, url: str, word: str) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        await socket.socket.send_str(word)
        assert await socket.ended() == 4408
    assert await service.rows("SELECT 1 FROM line_events WHERE type = 'message'") == []


async def test_a_text_that_is_too_long_is_refused_in_words(service: Service, url: str) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        key = str(uuid4())
        await socket.tell({"say": {"id": key, "text": "あ" * 5001}})
        assert "分けて" in (await socket.until("refused"))["message"]
        await socket.say("あ" * 5000)
        status, told, _headers = await student.post("say", {"id": key, "text": " \n"})
        assert (status, told["code"]) == (400, "input")


@pytest.mark.parametrize("by", ["socket", "poll"])
async def test_who_writes_very_fast_is_taken_slowly_and_nothing_is_lost(
    service: Service, url: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 15: slower, never refused."""
    monkeypatch.setattr(pace, "AT_ONCE", 3)
    monkeypatch.setattr(pace, "EVERY", 0.2)
    words = [f"ことば{number}" for number in range(8)]
    async with Student.begun(url) as student:
        began = time.monotonic()
        if by == "socket":
            async with student.socket() as socket:
                keys = [str(uuid4()) for _ in words]
                for key, text in zip(keys, words, strict=True):
                    await socket.tell({"say": {"id": key, "text": text}})
                assert [(await socket.until("stored"))["stored"] for _ in keys] == keys
        else:
            posts = [student.post("say", {"id": str(uuid4()), "text": text}) for text in words]
            assert [status for status, _told, _headers in await asyncio.gather(*posts)] == [200] * len(words)
        assert time.monotonic() - began > 0.9, "five of the eight had to wait, each a fifth of a second more"
    await service.work()
    said = [text for author, text in await service.transcript() if author == "student"]
    assert sorted(text for text in said if text in words) == words
    assert by == "poll" or [text for text in said if text in words] == words


async def test_a_change_wants_our_own_page_and_its_token(service: Service, url: str) -> None:
    """Row 13."""
    async with Student.begun(url) as student:
        told = {"id": str(uuid4()), "text": "x"}
        for path in ("say", "end", "typing"):
            assert (await student.post(path, told, Origin="https://elsewhere.example"))[0] == 403
            assert (await student.post(path, told, **{"x-tsunagi-chat": "0" * 64}))[0] == 403
        assert (await student.post("leave", b"token=x", **FORM))[0] == 403
        assert (await student.post("start", Origin="https://elsewhere.example"))[0] == 403
        assert (await student.lines())[0] == 200
    assert await service.rows("SELECT 1 FROM line_events WHERE type <> 'follow'") == []


async def test_the_page_and_its_cookie_leave_nothing_behind(service: Service, url: str) -> None:
    async with Student.at(url) as student:
        status, page, headers = await student.page()
        assert status == 200 and "set-cookie" not in headers, "nothing before it begins"
        assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "require-trusted-types-for" in policy
        assert (
            "<script>" not in page and "style=" not in page and "http://" not in page.replace("http://www.w3.org", "")
        )
        _status, _told, headers = await student.post("start")
        cookie = headers["set-cookie"].lower()
        assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/chat"))
        assert "max-age" not in cookie and "expires" not in cookie, "it ends with the browser"


async def test_away_is_a_page_that_says_nothing_and_forgets_the_chat(service: Service, url: str) -> None:
    """Row 27, without a script: a plain link."""
    async with Student.begun(url) as student:
        assert 'href="/chat/away"' in (await student.page())[1]
        for told in ({"sec-fetch-site": "cross-site"}, {"sec-purpose": "prefetch"}):
            async with student.http.get(f"{url}/chat/away", headers=told) as answer:
                assert "set-cookie" not in answer.headers, "neither another site nor a look ahead takes the chat away"
        status, page, headers = await student.page("/chat/away")
        assert status == 200 and headers["cache-control"] == "no-store"
        assert not any(word in page for word in ("相談", "窓口", "チャット", service.setting.profile.service_name))
        assert (await student.lines())[0] == 401


async def test_a_profile_without_the_channel_has_no_chat(service: Service, url: str) -> None:
    profile = service.setting.profile
    web = profile.channels.web.model_copy(update={"use": None})
    await change(service, "channels", web=web)
    async with Student.at(url) as student:
        status, page, _headers = await student.page()
        assert status == 404 and "0120-" in page, "the lines stand there"
        assert (await student.post("start"))[0] == 404


async def test_outside_the_hours_the_page_says_so_where_the_profile_wants_it(service: Service, url: str) -> None:
    service.setting.clock = Clock.starting_at(CLOSED)
    async with Student.begun(url) as student:
        assert (await student.page())[0] == 200, "at any time, with this profile"
    web = service.setting.profile.channels.web.model_copy(update={"availability": Availability.SERVICE_HOURS})
    await change(service, "channels", web=web)
    async with Student.at(url) as student:
        _status, page, _headers = await student.page()
        assert "時間の外" in page and "今日の16時" in page and "110" in page
        status, told, _headers = await student.post("start")
        assert (status, told["code"]) == (409, "chat_closed")


async def test_an_address_is_kept_only_where_the_profile_says_so_and_goes_in_its_time(
    service: Service, url: str
) -> None:
    """Row 25 and TAJ-S2: sealed, for its days, and the page says so."""
    clock = service.setting.clock = FrozenClock(CLOSED)
    async with Student.begun(url) as student:
        assert "30日のあいだ残します" in (await student.page())[1]
    (row,) = await service.rows("SELECT id, contact_id, facts FROM web_traces")
    assert "127.0.0.1" in SEALER.open("web_traces", "facts", str(row.id), row.facts)
    async with service.store.reading() as tx:
        assert "IPアドレス 127.0.0.1" in await told_of_visitor(tx, service.setting, row.contact_id)
    for table in ("contacts", "line_events", "web_chats", "web_traces", "audit_events", "desk_events", "sessions"):
        assert "127.0.0.1" not in str(await service.rows(f"SELECT t::text FROM {table} t")), table
    forget = ForgetTraces(service.store, service.setting)
    assert await forget() == 0
    clock.advance(days=30)
    assert await forget() == 1

    await change(service, "trace", keep=(), days=None)
    async with Student.begun(url) as student:
        assert "こちらからあなたの場所はわかりません" in (await student.page())[1]
    assert await service.rows("SELECT 1 FROM web_traces") == []


async def test_row_29_a_page_s_place_tells_nothing_of_others(service: Service, url: str) -> None:
    """How far the log and the transcript have grown is the whole service's; a page gets no number that grows with them."""
    places = []
    async with Student.begun(url) as mine, Student.begun(url) as other:
        await service.work()
        for _ in range(3):
            _status, news, _headers = await mine.lines()
            assert set(news) == {"place", "lines", "status", "keep", "typing"}
            assert set(news["status"]) == {"state", "clears_in"}
            assert not re.search(r'": ?\d', json.dumps({**news, "status": None}))
            places.append(news["place"])
            await other.post("say", {"id": str(uuid4()), "text": "ほかの人の言葉"})
            await service.work()
        assert len(set(places)) == 3 and len({len(one) for one in places}) == 1
        (row, *_) = await service.rows("SELECT contact_id FROM web_chats ORDER BY real_started_at")
        opened = [Places(SEALER.lookup(PURPOSE, "key")).open(row.contact_id, one) for one in places]
        assert opened[0].number < opened[-1].number, "the others' words are counted in it, and nobody sees that"
        # Of another chat, changed or made up it is the beginning: the whole view, and nobody else's.
        for told in (places[-1][:-2] + "AA", "1", "9" * 18, ""):
            _status, news, _headers = await mine.lines(told)
            assert news["lines"] and "ほかの人の言葉" not in str(news)
        # Nor may a page choose the ids of its words as it likes.
        for key in (UUID(int=7), uuid1()):
            assert (await mine.post("say", {"id": str(key), "text": "x"}))[0] == 400
