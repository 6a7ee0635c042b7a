"""Faults: written down at once, told to the board, never overwritten, explained before they end (KAG-8.1, TAJ-N6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.fault import (
    STANDARD_NOTICE,
    Affected,
    FaultState,
    HintCode,
    ReportWay,
)
from handoff.domain.staff import StaffRole
from handoff.domain.texts import TextKey
from tests.integration.chat_support import chat_of
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import entries
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.fault_support import SECRET, Log
from tests.integration.report_support import report_window
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site


@pytest.fixture
async def log(service: Service) -> Log:
    bridge = Bridge(service)
    return Log(bridge, await bridge.person("ゆき"), await bridge.supervisor())


async def test_a_fault_from_its_beginning_to_its_end(log: Log) -> None:
    key, now = uuid4(), log.bridge.clock.now()
    assert await log.open(log.yuki, key, log.text()) == await log.open(log.yuki, key, log.text()) == key
    assert await log.open_count() == 1 and (await log.fault(key)).state is FaultState.OPEN

    # The board is told at once, by phone; the same form again tells nothing twice.
    told = uuid4()
    for _ in range(2):
        await log.report(
            log.yuki, key, told, ReportWay.PHONE, now, to="指導課", told="止まっています", reply="わかりました"
        )
    page = await log.read.fault(log.yuki, key)
    assert [(one.to, one.reply, one.version) for one in page.reports] == [("指導課", "わかりました", 1)]
    with pytest.raises(InputRefused) as refused:
        await log.close(log.yuki, key)
    assert refused.value.field == "restored_at"

    # Corrections append: the first version stays as it was.
    whole = replace(
        log.text(),
        restored_at=now,
        affected=Affected.YES,
        sessions=4,
        measures="電話を案内した",
        cause="LINEの障害",
        prevention="お知らせを早く出す",
    )
    form = uuid4()
    for _ in range(2):
        await log.correct(log.yuki, key, form, 1, whole)
    with pytest.raises(InputRefused) as late:
        await log.correct(log.minato, key, uuid4(), 1, log.text())
    assert late.value.field == "seen"
    page = await log.read.fault(log.yuki, key)
    assert [one.number for one in page.versions] == [1, 2] and page.versions[0].text == log.text()
    assert page.fault.state is FaultState.RESTORED and await log.open_count() == 0 and page.draft

    # What was finished is the board's; a later version is a draft until it is finished, too.
    board = await log.bridge.person("委員会", StaffRole.BOARD, here=False)
    with pytest.raises(NotFound):
        await log.read.fault(board, key)
    with pytest.raises(MoveRefused):
        await log.finish(log.yuki, key, 1)
    await log.finish(log.yuki, key, 2)
    await log.close(log.yuki, key)
    await log.close(log.yuki, key)
    await log.correct(log.minato, key, uuid4(), 2, replace(whole, cause="LINEの障害と、こちらの待ち時間"))
    with pytest.raises(InputRefused):
        await log.correct(log.minato, key, uuid4(), 3, log.text())  # a fault that is done with can't begin again
    seen = await log.read.fault(board, key)
    assert seen.shown is not None and seen.shown.number == 2 and not seen.draft
    assert (await log.read.fault(log.yuki, key)).draft and seen.fault.state is FaultState.CLOSED

    # Sealed, and in no log: words stand nowhere in clear.
    everything = await log.bridge.everything()
    for words in (SECRET, "指導課", "止まっています", "LINEの障害"):
        assert words.encode() not in everything
    verbs = await log.bridge.verbs()
    assert [verbs.count(verb) for verb in ("open_fault", "report_fault", "correct_fault", "finish_fault_report")] == [
        *(1, 1, 2, 1)
    ]
    assert verbs.count("close_fault") == 1


async def test_a_fault_isnt_done_with_before_the_board_was_told(log: Log) -> None:
    now, key = log.bridge.clock.now(), uuid4()
    whole = replace(log.text(), restored_at=now, affected=Affected.NO, measures="a", cause="b", prevention="c")
    await log.open(log.yuki, key, whole)
    assert (await log.fault(key)).state is FaultState.RESTORED, "written down after it was over"
    with pytest.raises(InputRefused) as refused:
        await log.close(log.yuki, key)
    assert refused.value.field == "to"
    await log.report(log.yuki, key, uuid4(), ReportWay.MAIL, now, to="指導課")
    await log.close(log.yuki, key)
    assert (await log.fault(key)).closed_by == log.yuki.id


async def test_who_may_do_what(log: Log) -> None:
    key = uuid4()
    await log.open(log.yuki, key, log.text())
    for role in (StaffRole.BOARD, StaffRole.ADMINISTRATOR, StaffRole.TRAINER):
        somebody = await log.bridge.person(f"x{role}", role, here=False)
        for refused in (
            log.open(somebody, uuid4(), log.text()),
            log.correct(somebody, key, uuid4(), 1, log.text()),
            log.close(somebody, key),
            log.finish(somebody, key, 1),
            log.report(somebody, key, uuid4(), ReportWay.FAX, log.bridge.clock.now(), to="x"),
            log.tell(somebody, key, STANDARD_NOTICE),
            log.dismiss(somebody, HintCode.WEB_DOWN, log.bridge.clock.now()),
        ):
            with pytest.raises(NotPermitted):
                await refused
    with pytest.raises(NotPermitted):
        await log.tell(log.yuki, key, STANDARD_NOTICE)
    with pytest.raises(NotFound):
        await log.close(log.yuki, uuid4())


async def test_students_hear_of_it_while_it_is_open_and_a_supervisor_says_so(log: Log) -> None:
    """TAJ-N6: on the pages, and before the text that says that the bot can't answer."""
    service, key = log.bridge.service, uuid4()
    await log.open(log.yuki, key, log.text())
    with pytest.raises(InputRefused):
        await log.tell(log.minato, key, "10分以内になおります。")
    assert service.setting.trouble is None
    await log.tell(log.minato, key, STANDARD_NOTICE)
    assert service.setting.trouble == STANDARD_NOTICE
    async with service.store.reading() as tx:
        assert await tx.faults.notice(log.profile) == STANDARD_NOTICE
        assert await tx.faults.notice("another") is None and await tx.faults.open_count("another") == 0
    service.bot.down = True
    await log.bridge.write("こんにちは")
    await log.bridge.write("こんにちは、もう一度")
    said = log.bridge.said
    assert said.count(STANDARD_NOTICE) == 1 and said.index(STANDARD_NOTICE) == 0, "once, before the long text"
    assert log.bridge.wording(TextKey.FALLBACK_AGAIN) in said
    # With its end it goes by itself, in every process.
    await log.correct(log.yuki, key, uuid4(), 1, replace(log.text(), restored_at=log.bridge.clock.now()))
    await service.setting.refresh(anew=True)
    assert service.setting.trouble is None
    with pytest.raises(InputRefused):
        await log.tell(log.minato, key, STANDARD_NOTICE)
    # It breaks again: nobody has read that notice since, so it isn't shown by itself.
    await log.correct(log.yuki, key, uuid4(), 2, log.text())
    await service.setting.refresh(anew=True)
    assert service.setting.trouble is None
    await log.tell(log.minato, key, None)
    assert [entry.detail["length"] for entry in await entries(service, "show_trouble_notice")] == [len(STANDARD_NOTICE)]


async def test_the_notice_stands_on_every_page_for_students(log: Log) -> None:
    service, key = log.bridge.service, uuid4()
    await log.open(log.yuki, key, log.text())
    await log.tell(log.minato, key, STANDARD_NOTICE)
    async with chat_of(service) as url, aiohttp.ClientSession() as http, http.get(f"{url}/chat") as answer:
        assert STANDARD_NOTICE in await answer.text()
    site = desk_site(service.store, service.jobs, service.setting, SEALER, service.line)
    async with site as url, aiohttp.ClientSession() as http, http.get(f"{url}/policy") as answer:
        assert STANDARD_NOTICE in await answer.text()
    async with report_window(service, FrozenClock(OPEN)) as window, aiohttp.ClientSession() as http:
        async with http.get(f"{window.url}/report") as answer:
            assert STANDARD_NOTICE in await answer.text()
        await log.tell(log.minato, key, None)
        async with http.get(f"{window.url}/report") as answer:
            assert STANDARD_NOTICE not in await answer.text()


async def test_what_the_service_notices_is_offered_and_never_taken_for_a_fault_by_itself(log: Log) -> None:
    service = log.bridge.service
    assert (await log.read(log.yuki)).hints == []
    await log.bridge.write("こんにちは")
    session = await log.bridge.waiting(2)
    await service.change("UPDATE outbox SET state = 'unknown', real_settled_at = :at", at=log.bridge.clock.real())
    await service.change("UPDATE sessions SET human_wanted = 'bot_failure' WHERE id = :id", id=session)
    await service.change(
        "UPDATE line_events SET screen_failed = true, done_at = NULL, real_received_at = now() - interval '6 minutes'"
        " WHERE sequence = (SELECT min(sequence) FROM line_events)"
    )
    # Up again after a break, told apart from the very first start by what desks had heard before.
    async with service.store.transaction() as tx:
        await tx.staff.beat([], log.bridge.clock.real())
    await service.change("UPDATE desk_alive SET real_up_since = now() + interval '20 seconds'")
    hints = {one.code: one for one in (await log.read(log.yuki)).hints}
    assert set(hints) == {
        *(HintCode.UNDELIVERED, HintCode.BOT_FAILURE, HintCode.SCREEN_FAILED),
        *(HintCode.WORK_WAITS, HintCode.WEB_DOWN),
    }
    assert hints[HintCode.UNDELIVERED].count == 1
    assert await service.rows("SELECT * FROM faults") == [], "a person decides"
    board = await log.bridge.person("委員会", StaffRole.BOARD, here=False)
    assert (await log.read(board)).hints == ()
    # One press makes a fault of it, another says that it is none; what comes later is shown again.
    await log.open(log.yuki, uuid4(), log.text(), HintCode.UNDELIVERED)
    await log.dismiss(log.yuki, HintCode.BOT_FAILURE, hints[HintCode.BOT_FAILURE].last_at)
    left = {one.code for one in (await log.read(log.yuki)).hints}
    assert left == {HintCode.SCREEN_FAILED, HintCode.WORK_WAITS, HintCode.WEB_DOWN}
    await service.change("UPDATE outbox SET real_settled_at = :at", at=log.bridge.clock.real() + timedelta(seconds=1))
    log.bridge.clock.advance(seconds=1)
    assert HintCode.UNDELIVERED in {one.code for one in (await log.read(log.yuki)).hints}
    await service.change("UPDATE fault_hints SET through = :at", at=log.bridge.clock.now() + timedelta(days=1))
    await service.change("UPDATE outbox SET real_settled_at = now() - interval '8 days'")
    assert HintCode.UNDELIVERED not in {one.code for one in (await log.read(log.yuki)).hints}


async def test_a_notice_that_never_went_out_is_noticed(log: Log) -> None:
    service = log.bridge.service
    await log.bridge.waiting(1, AT_CRITICAL)
    (raised,) = await service.rows("SELECT id FROM escalations")
    await service.sound(raised.id)
    await service.change(
        "UPDATE escalation_notices SET state = 'failed', real_settled_at = now() WHERE medium = 'mail'"
    )
    found = [one.code for one in (await log.read(log.yuki)).hints]
    assert found == [HintCode.NOTICES_FAILED]
