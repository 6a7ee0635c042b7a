"""What a student's own page keeps after the end (WG-9g), what the desk sees of a chat, and the signs of life between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.outgoing import Line
from handoff.domain.session import Owner
from handoff.services.acknowledge_escalation import AcknowledgeEscalation
from handoff.services.break_glass import BreakGlass
from handoff.services.chat.signs import ChatPresence, TypeInChat
from handoff.services.desk.show_typing import ShowTyping
from handoff.services.say import tell
from handoff.web.chat import hub as hub_module
from tests.integration.chat_support import Student, chat_of
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import Bridge
from tests.integration.survey_support import close_and_ask

MINUTES = timedelta(minutes=5)


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def url(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.05)
    async with chat_of(bridge.service) as address:
        yield address


async def live(bridge: Bridge, student: Student, words: str = "話をきいて") -> UUID:
    """A talk with a counsellor; its session's id."""
    await say(student, words)
    await bridge.service.work()
    (session, *_) = await bridge.service.rows("SELECT id FROM sessions ORDER BY opened_at DESC")
    await bridge.service.change(
        "UPDATE sessions SET state = 'waiting', waiting_since = now() WHERE id = :id", id=session.id
    )
    await bridge.claim(session.id, await bridge.person("ゆき"))
    await bridge.service.work()
    return UUID(str(session.id))


async def say(student: Student, words: str) -> None:
    assert (await student.post("say", {"id": str(uuid4()), "text": words}))[0] == 200


async def texts(student: Student) -> list[str]:
    _status, news, _headers = await student.lines()
    return [line["text"] for line in news["lines"]]


async def test_the_view_is_emptied_after_the_minutes_and_the_record_stays(bridge: Bridge, url: str) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        session_id = await live(bridge, student)
        member = await bridge.member("ゆき")
        await bridge.end(session_id, member)
        await bridge.service.work()
        told = (await socket.until("status"))["status"]
        while told["state"] != "ended":
            told = (await socket.until("status"))["status"]
        assert told["clears_in"] == MINUTES.total_seconds()
        await stays_open(bridge)
        bridge.clock.advance(minutes=4, seconds=59)
        assert "話をきいて" in await texts(student)
        bridge.clock.advance(seconds=1)
        assert (await socket.until("keep"))["keep"] == []
        assert await texts(student) == []
    assert ("student", "話をきいて") in await bridge.service.transcript(), "the service keeps its record"


async def test_what_was_cleared_does_not_come_back_with_a_new_word(bridge: Bridge, url: str) -> None:
    """On a page that stayed open a word in the wrap-up opens the same talk again; who sits there may be somebody else."""
    async with Student.begun(url) as student, student.socket() as socket:
        session_id = await live(bridge, student, "きのうの話")
        await bridge.end(session_id, await bridge.member("ゆき"))
        await bridge.service.work()
        await stays_open(bridge)
        bridge.clock.advance(minutes=6)
        await bridge.presence.set_duty(await bridge.member("ゆき"), True)
        await socket.say("また来ました")
        await bridge.service.work()
        (session,) = await bridge.service.rows("SELECT state FROM sessions")
        assert session.state == "live", "as on LINE"
        shown = await texts(student)
        assert "また来ました" in shown and "きのうの話" not in shown


async def stays_open(bridge: Bridge) -> None:
    """The page's heartbeats, for a clock that jumps."""
    await bridge.service.change("UPDATE web_chats SET real_seen_at = real_seen_at + interval '1 day'")


async def test_the_next_one_at_a_tablet_begins_anew_and_meets_nobody_s_answer(bridge: Bridge, url: str) -> None:
    """The page was closed and its minutes are over: the browser's secret opens nothing, whatever is still said there."""
    async with Student.begun(url) as student:
        session_id = await live(bridge, student, "部室のこと")
        await student.post("end", {"id": str(uuid4())})
        await bridge.service.work()
        bridge.clock.advance(minutes=4)
        assert "部室のこと" in await texts(student), "its minutes aren't over"
        bridge.clock.advance(minutes=2)
        async with bridge.service.store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            await tell(tx, bridge.service.setting, session, [Line("部室のこと、ありがとう")], Owner.COUNSELLOR)
        await bridge.service.work()
        status, page, _ = await student.page()
        assert status == 200 and "話せることから、書いてください" in page and 'data-token=""' in page
        assert (await student.post("say", {"id": str(uuid4()), "text": "ぼくの話"}))[0] == 401
        assert (await student.post("start"))[0] == 200
        assert "部室" not in str(await texts(student))
    contacts = await bridge.service.rows("SELECT contact_id FROM web_chats")
    assert len(contacts) == 2, "a chat of their own"


async def test_a_message_that_was_left_goes_from_a_page_that_was_closed_and_stays_with_the_service(
    bridge: Bridge, url: str
) -> None:
    async with Student.begun(url) as student:
        await say(student, "家のことです")
        await bridge.service.work()
        await bridge.service.change("UPDATE sessions SET state = 'left_message'")
        bridge.clock.advance(minutes=4)
        assert "家のことです" in await texts(student)
        bridge.clock.advance(minutes=2)
        assert await texts(student) == []
        (chat,) = await bridge.service.rows("SELECT contact_id FROM web_chats")
        await ChatPresence(bridge.service.store, bridge.service.setting).beat([chat.contact_id], [])
        assert await texts(student) == [], "not by opening it again either"
        await say(student, "つづきです")
        await bridge.service.work()
        shown = await texts(student)
        assert "つづきです" in shown and "家のことです" not in shown
    assert ("student", "家のことです") in await bridge.service.transcript()


async def test_after_the_close_a_word_opens_a_new_consultation(bridge: Bridge, url: str) -> None:
    async with Student.begun(url) as student:
        session_id = await live(bridge, student, "前の相談")
        await bridge.end(session_id, await bridge.member("ゆき"))
        await bridge.service.change("UPDATE sessions SET state = 'closed', closed_at = ended_at")
        bridge.clock.advance(minutes=2)
        await say(student, "新しい相談")
        await bridge.service.work()
        assert len(await bridge.service.rows("SELECT 1 FROM sessions")) == 2
        assert {"前の相談", "新しい相談"} <= set(await texts(student)), "its minutes aren't over"
        bridge.clock.advance(minutes=4)
        shown = await texts(student)
        assert "新しい相談" in shown and "前の相談" not in shown


async def test_the_students_own_end_clears_the_view_in_every_state(bridge: Bridge, url: str) -> None:
    async with Student.begun(url) as student:
        await say(student, "自動の案内だけ")
        await bridge.service.work()
        assert (await student.post("end", {"id": str(uuid4())}))[0] == 200
        await bridge.service.work()
        assert "相談を終わります" in await texts(student), "the words that end one on LINE"
        bridge.clock.advance(minutes=5, seconds=1)
        assert (await student.lines())[0] == 401, "nobody sits there: it opens nothing any more"
    async with Student.begun(url) as other:
        session_id = await live(bridge, other)
        await other.post("end", {"id": str(uuid4())})
        await bridge.service.work()
        (row,) = await bridge.service.rows("SELECT state, ended_by FROM sessions WHERE id = :id", id=session_id)
        assert (row.state, row.ended_by) == ("wrap_up", "student")


async def test_a_survey_after_the_end_is_shown_with_its_buttons_and_answered(bridge: Bridge, url: str) -> None:
    """WG-18: asked once the sheet is done, when the talk itself may be gone from the view already."""
    async with Student.begun(url) as student, student.socket() as socket:
        session_id = await live(bridge, student, "部活のこと")
        member = await bridge.member("ゆき")
        async with bridge.service.store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
        await bridge.send(session_id, member, session.epoch, "聞いています。", uuid4())
        await bridge.service.work()
        await bridge.end(session_id, member)
        await bridge.service.work()
        await stays_open(bridge)
        bridge.clock.advance(minutes=6)
        assert await close_and_ask(bridge.service, session_id)
        await bridge.service.work()
        asked = await socket.hears("聞いてもらえた")
        assert asked["buttons"] == ["はい", "まあまあ", "いいえ"]
        assert await texts(student) == [asked["text"]], "the question alone is still in view"
        await say(student, "はい")
        await bridge.service.work()
        (row,) = await bridge.service.rows("SELECT step FROM surveys")
        assert row.step == 1


async def test_who_closes_the_page_at_risk_is_not_simply_gone(bridge: Bridge, url: str) -> None:
    """Row 27: the talk stays, the counsellor sees it, and somebody is called; the browser's secret opens nothing."""
    async with Student.begun(url) as student:
        session_id = await live(bridge, student, "もう死にたい")
        await student.post(
            "leave",
            f"token={student.form_token()}".encode(),
            **{"content-type": "application/x-www-form-urlencoded"},
        )
        await bridge.service.work()
        (row,) = await bridge.service.rows("SELECT state FROM sessions WHERE id = :id", id=session_id)
        assert row.state == "live"
        causes = await bridge.service.rows("SELECT cause FROM escalation_evidence")
        assert "student_left" in {one.cause for one in causes}
        assert ("student", "［画面を閉じた］") in await bridge.service.transcript()
        # Who breaks the glass reads in words what was kept of the visit, in place of an id of LINE's.
        store, setting = bridge.service.store, bridge.service.setting
        (escalation,) = await bridge.service.rows("SELECT id FROM escalations")
        await AcknowledgeEscalation(store, setting)(escalation.id, "ゆき")
        revealed = await BreakGlass(store, setting)(escalation.id, "ゆき", "命が危ないため")
        assert "IPアドレス 127.0.0.1" in revealed.address and "web:" not in revealed.address


async def test_writing_is_shown_on_both_sides_and_stored_nowhere(bridge: Bridge, url: str) -> None:
    async with Student.begun(url) as student, student.socket() as socket:
        session_id = await live(bridge, student)
        await socket.hears("話を聞きます")
        member = await bridge.member("ゆき")
        store, setting = bridge.service.store, bridge.service.setting
        async with Browser.at(url) as yuki:
            await yuki.enter("ゆき")
            async with yuki.socket(yuki.cursor, session_id) as line:
                await line.until("ready")
                await socket.socket.send_json({"typing": True})
                assert (await line.until("typing"))["typing"] == str(session_id)
        # The page asks again and again; nobody hears of it more often than every three seconds.
        again = TypeInChat(store)
        visitor = (await bridge.service.rows("SELECT contact_id FROM web_chats"))[0]
        async with store.reading() as tx:
            row = (await tx.chats.rows([visitor.contact_id]))[visitor.contact_id]
        assert [await again(row.visitor) for _ in range(3)] == [True, False, False]
        assert await ShowTyping(store, setting, bridge.service.sender)(session_id, member)
        await socket.until("typing")
        asks = asyncio.create_task(student.lines(socket.place, wait=1))
        await asyncio.sleep(0.1)
        assert await ShowTyping(store, setting, bridge.service.sender)(session_id, member)
        assert (await asyncio.wait_for(asks, 5))[1]["typing"] is True


async def test_the_desk_shows_that_it_is_a_chat_and_whether_somebody_sits_there(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BEAT_EVERY", 0.05)
    async with chat_of(bridge.service) as url, Student.begun(url) as student, Browser.at(url) as yuki:
        session_id = await live(bridge, student)
        await yuki.enter("ゆき")
        async with yuki.socket(yuki.cursor, session_id) as line:
            await line.until("ready")
            async with student.socket():
                while not (card := (await line.until("card"))["card"])["here"]:
                    pass
                assert card["channel"] == "web"
            while (await line.until("card"))["card"]["here"]:
                pass


async def test_the_bot_is_told_that_it_is_the_web(bridge: Bridge, url: str) -> None:
    async with Student.begun(url) as student:
        await say(student, "こんにちは")
        await bridge.service.work()
    assert [context.web for context in bridge.service.bot.contexts] == [True, True]
