"""The policy by version: published by those who may, read by anybody, and who saw which and when (HOK-8.1, WG-10, TAJ-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import ProgrammingError

from handoff.domain.delivery import Outcome
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.outgoing import Line
from handoff.domain.policy import BoardWords, Page, SeenBy
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.chat.start_chat import StartChat
from handoff.services.keep_trace import Visit
from handoff.services.policies.keep_policy import PublishPolicy, ReadPolicies
from handoff.services.policies.read_policy import ReadPolicy
from handoff.services.report.write_report import KeepReport, SendReport
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.policy_support import WORDS, ask, publish, write

URL = "https://tsunagi.example.jp"
VISIT = Visit("192.0.2.1", "test")


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    service.setting.public_url = URL
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


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
