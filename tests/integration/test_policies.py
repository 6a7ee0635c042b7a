"""The policy by version: published by those who may, read by anybody, and who saw which and when (HOK-8.1, WG-10, TAJ-6)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from sqlalchemy.exc import ProgrammingError

from handoff.domain.delivery import Outcome
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.hours import ZONE
from handoff.domain.outgoing import Line
from handoff.domain.policy import BoardWords, Page, PolicyVersion, SeenBy
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.chat.start_chat import StartChat
from handoff.services.keep_trace import Visit
from handoff.services.policies.keep_policy import KeepWords, Publication, PublishPolicy, ReadPolicies
from handoff.services.policies.read_policy import ReadPolicy
from handoff.services.report.write_report import KeepReport, SendReport
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import HOSTILE, account, at_the_desk, claimed, hidden, member
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.report_support import report_window
from tests.support.fakes import FrozenClock

WORDS = BoardWords(short="夏休みも開いています。")
URL = "https://tsunagi.example.jp"
ADDRESS = "/desk/policies/publish"
VISIT = Visit("192.0.2.1", "test")


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    service.setting.public_url = URL
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


async def ask(service: Service, by: StaffMember, **values: Any) -> Publication:
    """What the form sends that somebody sees now."""
    board = await ReadPolicies(service.store, service.setting)(by)
    told = Publication(
        key=uuid4(),
        revision=board.draft.revision,
        shown=board.next_text.fingerprint,
        note="文を直しました。",
        approved_by="学校安全課 課長",
        approved_on=board.now.astimezone(ZONE).date(),
        holds_from=None,
    )
    return replace(told, **values)


async def publish(service: Service, by: StaffMember, **values: Any) -> PolicyVersion:
    return await PublishPolicy(service.store, service.setting)(by, await ask(service, by, **values))


async def write(service: Service, by: StaffMember, words: BoardWords, revision: int = 0) -> bool:
    return await KeepWords(service.store, service.setting)(by, words, revision)


# --- versions ---------------------------------------------------------------------------------------------------------


async def test_a_version_is_a_frozen_copy_with_its_approval_on_record(bridge: Bridge, minato: StaffMember) -> None:
    service, read = bridge.service, ReadPolicy(bridge.service.store, bridge.service.setting)
    assert (await read()).version is None, "nothing is published: the page says so"
    assert await write(service, minato, WORDS) and not await write(service, minato, WORDS)
    with pytest.raises(InputRefused, match="revision"):
        await write(service, minato, BoardWords(short="別の人の文です。"), revision=0)
    asked = await ask(service, minato, note="")
    first = await PublishPolicy(service.store, service.setting)(minato, asked)
    assert await PublishPolicy(service.store, service.setting)(minato, asked) == first, "the same form again"
    assert (first.number, first.approved_by, first.published_by) == (1, "学校安全課 課長", minato.id)
    (row,) = await service.rows("SELECT * FROM policies")
    assert "夏休み".encode() not in row.words and "課長".encode() not in await bridge.everything()
    assert (await bridge.verbs())[-2:] == ["write_policy", "publish_policy"]
    with pytest.raises(ProgrammingError, match="permission denied"):
        await service.change("UPDATE policies SET number = 9")
    # The profile goes on; the version stays what it was.
    profile = service.setting.profile
    service.setting.profile = profile.model_copy(update={"service_name": "別の名前"})
    shown = await read()
    assert shown.version == first and "別の名前" not in shown.text.rows(Page.SHORT)[0] and shown.holds
    assert shown.text.rows(Page.SHORT)[-1] == "夏休みも開いています。"


async def test_what_changed_since_is_shown_until_a_new_version_says_it(bridge: Bridge, minato: StaffMember) -> None:
    service = bridge.service
    read = ReadPolicies(service.store, service.setting)
    await publish(service, minato)
    assert (await read(minato)).changes == ()
    with pytest.raises(InputRefused, match="shown"):
        await publish(service, minato)  # nothing would change
    profile = service.setting.profile
    session = profile.session.model_copy(update={"soft_limit_minutes": 45})
    seen_before = await ask(service, minato)
    service.setting.profile = profile.model_copy(update={"session": session})
    (change,) = (await read(minato)).changes
    assert "60分" in change.gone[0] and "45分" in change.added[0] and change.page is Page.FULL
    with pytest.raises(InputRefused, match="shown"):
        await PublishPolicy(service.store, service.setting)(minato, seen_before)  # not the text that they saw
    ahead = bridge.clock.now() + timedelta(days=3)
    second = await publish(service, minato, holds_from=ahead)
    board = await read(minato)
    assert (board.changes, board.current and board.current.number, [one.number for one in board.coming]) == ((), 1, [2])
    public = ReadPolicy(service.store, service.setting)
    assert ((await public()).version or second).number == 1
    coming = (await public()).coming
    assert coming is not None and (coming.id, coming.holds_from) == (second.id, ahead)
    bridge.clock.advance(days=3)
    after = await public()
    assert after.version == second and [one.number for one in after.former] == [1] and after.coming is None
    assert "60分" in "".join((await public(1)).text.rows(Page.FULL)) and not (await public(1)).holds
    with pytest.raises(NotFound):
        await public(3)
    (row,) = await service.rows("SELECT count(*) AS n FROM policies")
    assert row.n == 2


async def test_who_may_keep_it_and_who_may_read_it(bridge: Bridge, minato: StaffMember) -> None:
    service = bridge.service
    people = {role: await bridge.person(role.value, role, here=False) for role in StaffRole}
    asked = await ask(service, minato)
    for role in (StaffRole.COUNSELLOR, StaffRole.TRAINER, StaffRole.BOARD):
        with pytest.raises(NotPermitted):
            await write(service, people[role], WORDS)
        with pytest.raises(NotPermitted):
            await PublishPolicy(service.store, service.setting)(people[role], asked)
    with pytest.raises(NotPermitted):
        await ReadPolicies(service.store, service.setting)(people[StaffRole.TRAINER])
    await ReadPolicies(service.store, service.setting)(people[StaffRole.BOARD])
    assert (await publish(service, people[StaffRole.ADMINISTRATOR])).number == 1
    service.setting.profile = service.setting.profile.model_copy(update={"id": "another"})
    assert (await publish(service, minato)).number == 1, "versions are counted by the profile"


# --- who saw which ----------------------------------------------------------------------------------------------------


async def seen(service: Service, contact: UUID) -> list[tuple[int, SeenBy, bool | None]]:
    async with service.store.reading() as tx:
        return [(one.number, one.way, one.arrived) for one in await tx.policies.seen(contact)]


def greet(bridge: Bridge) -> None:
    """The bot says the notice, as it does at the beginning of each consultation."""
    notice = bridge.service.setting.profile.disclosure_notice()
    bridge.service.bot.lines = [Line("こんにちは。"), Line(notice), Line("話せることから。", ("話す",))]


async def close(bridge: Bridge) -> None:
    await bridge.service.change("UPDATE sessions SET state = 'closed'")
    bridge.said.clear()
    bridge.service.line.calls.clear()


async def test_on_line_the_address_follows_the_notice_once_a_version(bridge: Bridge, minato: StaffMember) -> None:
    service, contact = bridge.service, await bridge.contact()
    greet(bridge)
    await bridge.write("こんにちは")
    assert not any("/policy" in line for line in bridge.said), "nothing is published yet"
    await close(bridge)
    await publish(service, minato)
    await bridge.write("こんにちは")
    assert bridge.said[2] == f"この窓口のきまりは {URL}/policy で読めます。", "behind the notice"
    assert len(bridge.said) == 4 and service.line.last[-1].buttons == ("話す",), "the buttons stay at the end"
    assert await seen(service, contact) == [(1, SeenBy.LINE, True)]
    (row,) = await service.rows("SELECT at FROM policy_seen")
    assert row.at == bridge.clock.now()
    await close(bridge)
    # Another version holds: who comes back hears it once.
    await write(service, minato, WORDS)
    bridge.clock.advance(days=1)
    await publish(service, minato)
    await bridge.write("また来ました")
    assert "新しくなりました" in bridge.said[2]
    await close(bridge)
    told_at = bridge.clock.now()
    bridge.clock.advance(hours=1)
    await bridge.write("もう一度")
    (row,) = await service.rows("SELECT max(at) AS at FROM policy_seen")
    assert row.at == told_at, "the first time counts"
    assert not any("新しくなりました" in line for line in bridge.said)
    assert await seen(service, contact) == [(2, SeenBy.LINE, True), (1, SeenBy.LINE, True)]
    # A person who comes for the first time hears of no change.
    other = await bridge.contact(2)
    await bridge.receive("はじめまして", 2)
    await bridge.drain(2)
    assert await seen(service, other) == [(2, SeenBy.LINE, None)], "on its way"


async def test_what_line_never_took_was_not_seen(bridge: Bridge, minato: StaffMember) -> None:
    service, contact = bridge.service, await bridge.contact()
    await publish(service, minato)
    greet(bridge)
    service.line.outcomes = [Outcome.REJECTED] * 3
    await bridge.write("こんにちは")
    assert await seen(service, contact) == [(1, SeenBy.LINE, False)]
    await close(bridge)
    service.line.outcomes = []
    bridge.clock.advance(hours=1)
    await bridge.write("また来ました")
    assert "読めます" in bridge.said[2] and "新しく" not in bridge.said[2]
    assert await seen(service, contact) == [(1, SeenBy.LINE, True)]


async def test_nobody_at_risk_hears_of_rules(bridge: Bridge, minato: StaffMember) -> None:
    service, contact = bridge.service, await bridge.contact()
    await publish(service, minato)
    greet(bridge)
    await bridge.write(AT_CRITICAL)
    await bridge.write("うん")
    assert bridge.said and not any("/policy" in line for line in bridge.said)
    assert await seen(service, contact) == []
    await bridge.service.change("UPDATE sessions SET state = 'closed'")
    bridge.service.bot.lines = [Line("はい")]
    await bridge.write("こんにちは")
    assert not any("/policy" in line for line in bridge.said), "only with the notice"


async def test_chat_and_report_note_the_version_that_their_pages_named(bridge: Bridge, minato: StaffMember) -> None:
    service = bridge.service
    store, setting = service.store, service.setting
    await StartChat(store, setting)(VISIT)
    assert await service.rows("SELECT 1 FROM policy_seen") == [], "nothing was published"
    await publish(service, minato)
    await StartChat(store, setting)(VISIT)
    kept = await KeepReport(store, setting)(
        "a" * 43, lambda answers: replace(answers, what="友だちがたたかれています"), VISIT
    )
    assert len(await service.rows("SELECT 1 FROM policy_seen")) == 1, "a report counts when it is sent"
    await SendReport(store, setting)(kept.token)
    await SendReport(store, setting)(kept.token)
    rows = await service.rows("SELECT way, event_id FROM policy_seen ORDER BY way")
    assert [(row.way, row.event_id) for row in rows] == [("chat", None), ("report", None)]


async def test_the_address_costs_no_call_and_moves_no_line(bridge: Bridge, minato: StaffMember) -> None:
    """The reply is free; a sixth message would be a push, which is counted (LINE takes five a call)."""
    service, notice = bridge.service, bridge.service.setting.profile.disclosure_notice()

    async def calls_of(number: int, lines: list[Line]) -> list[tuple[int, bool]]:
        service.bot.lines = lines
        await bridge.receive("はじめまして", number)
        await bridge.drain(number)
        contact = await bridge.contact(number)
        rows = await service.rows(
            "SELECT part, reply_token IS NOT NULL AS free FROM outbox WHERE contact_id = :id ORDER BY part", id=contact
        )
        return [(row.part, row.free) for row in rows]

    for count in range(1, 6):
        lines = [Line(notice), *(Line(f"{number}つめ") for number in range(1, count))]
        before = await calls_of(10 + count, lines)
        if count == 1:
            assert before == [(0, True)]
    await publish(service, minato)
    for count in range(1, 6):
        lines = [Line(f"{number}つめ") for number in range(1, count)]
        lines.insert(min(1, len(lines)), Line(notice))
        service.line.calls.clear()
        assert await calls_of(20 + count, lines) == [(0, True)], f"{count} lines, one free reply as before"
        await bridge.deliver(20 + count)
        said = "\n".join(bridge.said)
        assert said.count(f"{URL}/policy") == 1
        places = [said.index(words.text) for words in lines]
        assert places == sorted(places) and said.index("/policy") > said.index(notice)
        assert len(bridge.said) == min(count + 1, 5)


async def test_who_has_an_open_escalation_hears_of_no_rules_in_a_new_talk(bridge: Bridge, minato: StaffMember) -> None:
    service, contact = bridge.service, await bridge.contact()
    await publish(service, minato)
    await bridge.waiting(1, AT_CRITICAL)
    await service.change("UPDATE sessions SET state = 'closed'")
    greet(bridge)
    await bridge.write("こんにちは")
    assert bridge.said and not any("/policy" in line for line in bridge.said)
    assert await seen(service, contact) == []
    await service.change("UPDATE escalations SET state = 'closed', next_alarm_at = NULL")
    await close(bridge)
    await bridge.write("こんにちは")
    assert any("/policy" in line for line in bridge.said)


async def test_an_announced_version_can_be_corrected_by_one_that_begins_with_it(
    bridge: Bridge, minato: StaffMember
) -> None:
    """What was mended meanwhile would be lost on the day on which the older text begins to hold."""
    service = bridge.service
    read = ReadPolicies(service.store, service.setting)
    await publish(service, minato)
    ahead = bridge.clock.now() + timedelta(days=3)
    await write(service, minato, WORDS)
    await publish(service, minato, holds_from=ahead)
    await write(service, minato, BoardWords(short="電話番号が変わりました。"), revision=1)
    third = await publish(service, minato)
    board = await read(minato)
    assert board.current == third and board.changes, "the text that begins in three days isn't that of the setting"
    fourth = await publish(service, minato, holds_from=ahead)
    assert (await read(minato)).changes == ()
    with pytest.raises(InputRefused, match="shown"):
        await publish(service, minato, holds_from=ahead)
    bridge.clock.advance(days=3)
    assert (await ReadPolicy(service.store, service.setting)()).version == fourth


# --- the pages --------------------------------------------------------------------------------------------------------


def words_of(page: str) -> str:
    """A page's letters without its readings and marks."""
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(rt|rp)>.*?</\1>", "", page)))


async def test_anybody_reads_it_without_cookie_or_script(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato, aiohttp.ClientSession() as http:

        async def get(path: str, **headers: str) -> tuple[int, str]:
            async with http.get(minato.url + path, headers=headers) as answer:
                assert "set-cookie" not in answer.headers
                policy = answer.headers["content-security-policy"]
                assert "script-src" not in policy and policy.startswith("default-src 'none'")
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert answer.headers["x-robots-tag"] == "noindex, nofollow"
                return answer.status, await answer.text()

        status, page = await get("/policy")
        assert status == 200 and "準備中です" in page and "<script" not in page and "<title>きまり</title>" in page
        by = await member(service, "minato")
        await write(service, by, BoardWords(short="夏休みも開いています。", full=HOSTILE[:200]))
        await publish(service, by, note="夏休みのことを足しました。")
        status, page = await get("/policy")
        assert status == 200 and "第1版" in page and "2026年11月20日 18:00から" in page
        assert "夏休みも開いています。" in page and "変わったところ" in page
        assert service.setting.profile.disclosure_notice() in words_of(page)
        assert "<ruby>虐待<rp>（</rp><rt>ぎゃくたい</rt>" in page and '<a href="tel:110">110</a>' in page
        assert 'href="https://example.jp/kodomo-line"' in page, "HOK-8.3"
        _, page = await get("/policy/full")
        assert "免責" not in page and "つながらないとき" in page and 'href="tel:0120078310"' in page
        assert "&lt;script&gt;" in page and "<script" not in page
        _, page = await get("/policy/privacy")
        assert "使う目的" in page and "相談の記録：365日" in page
        status, page = await get("/policy/1")
        assert status == 200 and "くわしいきまり" in page and "使う目的" in page and "くわしい版を読む" not in page
        for path in ("/policy/2", "/policy/nothing", "/policy/99999999999999999999"):
            status, page = await get(path)
            assert status == 404 and "いまの版を開く" in page, path
        async with http.get(f"{minato.url}/chat") as answer:
            assert 'href="/policy">この窓口のきまり（第1版）' in await answer.text()


async def test_the_reports_first_page_names_the_version_that_a_report_then_notes(service: Service) -> None:
    async with report_window(service, FrozenClock(OPEN)) as window, window.reporter() as me:
        assert "/policy" not in await me.get("/report"), "nothing is published"
        minato = await Bridge(service).supervisor()
        service.setting.clock = window.clock
        await publish(service, minato)
        assert 'href="/policy">この窓口のきまり（第1版）' in await me.get("/report")
        await me.send()
        (row,) = await service.rows("SELECT p.number, s.way FROM policy_seen s JOIN policies p ON p.id = s.policy_id")
        assert (row.number, row.way) == (1, "report")


async def test_it_is_published_at_the_desk(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        assert 'href="/desk/policies"' in await minato.page("/desk/service")
        page = await minato.page("/desk/policies")
        assert "まだ公開していません" in page and "まだ一つもありません" in page
        status, page, _ = await minato.send(
            "/desk/policies", "/desk/policies/words", short="あ" * 121, full="", privacy=""
        )
        assert status == 400 and 'id="short-fault"' in page and "あ" * 121 in page, "what was typed stays"
        _, _, to = await minato.send(
            "/desk/policies", "/desk/policies/words", short="夏休みも開いています。", full="", privacy=""
        )
        assert to == "/desk/policies?said=kept"
        assert "夏休みも開いています。" in await minato.page("/desk/policies/next")
        good = {"note": "", "approved_by": "学校安全課 課長", "approved_on": "2026-11-20", "holds_from": ""}
        for name, value in (
            ("approved_by", " "),
            ("approved_on", ""),
            ("approved_on", "2026-11-21"),
            ("holds_from", "2026-11-19T00:00"),
            ("holds_from", "あした"),
            ("shown", "0" * 16),
        ):
            status, page, _ = await minato.send("/desk/policies", ADDRESS, **(good | {name: value}))
            assert status == 400 and f'id="{name}-fault"' in page, (name, value)
        assert await service.rows("SELECT 1 FROM policies") == []
        fields = hidden(await minato.page("/desk/policies"), ADDRESS) | good
        for _ in range(2):
            assert (await minato.post(ADDRESS, fields))[::2] == (303, "/desk/policies?said=published")
        assert len(await service.rows("SELECT 1 FROM policies")) == 1, "the same form again"
        page = await minato.page("/desk/policies")
        assert "いまの版：" in page and "いまの設定とちがいます" not in page and "学校安全課 課長" in page
        profile = service.setting.profile
        service.setting.profile = profile.model_copy(
            update={"session": profile.session.model_copy(update={"soft_limit_minutes": 45})}
        )
        page = await minato.page("/desk/policies")
        assert "いまの設定とちがいます" in page and "<del>" in page and "45分をめやす" in page
        assert (await minato.send("/desk/policies", ADDRESS, **(good | {"note": ""})))[0] == 400
        assert (await minato.send("/desk/policies", ADDRESS, **(good | {"note": "45分になりました。"})))[0] == 303
        page = await minato.page("/desk/policies/2")
        assert "第1版とのちがい" in page and "60分をめやす" in page and "45分になりました。" in page
        assert (await minato.get("/desk/policies/3"))[0] == 404


async def test_who_has_a_talk_sees_which_version_its_person_saw(service: Service) -> None:
    async with at_the_desk(service, "yuki") as yuki:
        session = await claimed(service, "yuki")
        address = f"/desk/talks/{session}/care"
        assert "まだ案内していません" in await yuki.page(address)
        version = await publish(service, await member(service, "minato"))
        async with service.store.transaction() as tx:
            view = await tx.sessions.lock(session)
            now = service.setting.clock.now()
            await tx.policies.mark_seen(view.contact_id, version.id, now, SeenBy.CHAT, None)
        page = await yuki.page(address)
        assert '<a href="/desk/policies/1">第1版</a>（11月20日（金） 18:00 チャットの画面に表示）' in page
        page = await yuki.page("/desk/policies")
        assert "/desk/policies/publish" not in page and "第1版" in page, "a counsellor reads, and publishes nothing"
        token = hidden(await yuki.page("/desk/knowledge"), "/desk/knowledge")["token"]
        fields = {"token": token, "short": "あ", "full": "", "privacy": "", "revision": "0"}
        assert (await yuki.post("/desk/policies/words", fields))[0] == 403


async def test_the_documents_are_read_and_printed_by_those_who_may(service: Service) -> None:
    async with at_the_desk(service, "iinkai") as board:
        page = await board.page("/desk/documents")
        for code, title in (("flow", "流れ"), ("basics", "基本的事項"), ("urgent", "緊急性"), ("secrecy", "守秘義務")):
            assert f'href="/desk/documents/{code}"' in page
            made = await board.page(f"/desk/documents/{code}")
            assert title in made and "2026年11月20日作成" in made and "HOK-3.4" in made and "事業設定 demo" in made
        assert (await board.get("/desk/documents/nothing"))[0] == 404
        urgent = await board.page("/desk/documents/urgent")
        assert "当番の業務責任者" in urgent and "090-0000-0001" not in urgent and "contacts=1" not in urgent
        assert (await board.get("/desk/documents/urgent?contacts=1"))[0] == 403
    async with at_the_desk(service, "minato") as minato:
        assert "090-0000-0001" not in await minato.page("/desk/documents/urgent")
        assert "090-0000-0001" in await minato.page("/desk/documents/urgent?contacts=1")
        assert len(await service.rows("SELECT 1 FROM audit_events WHERE verb = 'open_ladder'")) == 1
    await account(service, "manabu", StaffRole.TRAINER)
    async with at_the_desk(service, "manabu") as trainer:
        assert (await trainer.get("/desk/documents"))[0] == 403
        assert (await trainer.get("/desk/documents/flow"))[0] == 403
