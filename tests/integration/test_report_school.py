"""A report whose school is words alone: people choose it from the register's candidates, or none of them (KAG-6.1キ, WG-18)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.errors import InputRefused, NotPermitted, TraineeRefused
from handoff.domain.fact import Place
from handoff.domain.profile.vocabulary import Founder
from handoff.domain.report import Answers, Danger
from handoff.domain.staff import StaffRole
from handoff.services.desk.reports.choose_school import ChooseReportSchool, chosen_school
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import Browser, account, at_the_desk, entries, member
from tests.integration.desk_support import Screen
from tests.integration.fact_support import flush, school, the_fact
from tests.integration.report_desk_support import ANSWERS, Inbox, staffed
from tests.support.fakes import FrozenClock

TRAINEE = "hikari"
WRITTEN = replace(ANSWERS, school_name="第一中", grade="")


@pytest.fixture
async def inbox(service: Service) -> Inbox:
    inbox = await staffed(service)
    await school(service, "futaba1", {"中2": 90})
    await school(service, "small", {"中2": 9}, town="みさき村")
    await service.change("UPDATE schools SET name = municipality || '立第一中学校'")
    return inbox


async def chosen(inbox: Inbox, report_id: UUID) -> str | None:
    async with inbox.service.store.reading() as tx:
        return chosen_school(await tx.reports.steps(report_id))


async def test_a_school_is_chosen_once_kept_sealed_on_record_and_taken_back(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    choose = ChooseReportSchool(service.store, service.setting)
    report_id, key = await inbox.from_page(WRITTEN), uuid4()
    before = await inbox.report(report_id)
    assert await chosen(inbox, report_id) is None
    await choose(report_id, yuki, "ＦＵＴＡＢＡ１", "", key)
    await choose(report_id, yuki, "futaba1", "", key)  # pressed twice
    await choose(report_id, yuki, "futaba1", "", uuid4())  # somebody else, the same
    assert await chosen(inbox, report_id) == "futaba1"
    assert await inbox.report(report_id) == before, "it waits as it waited, and its words are the reporter's"
    with pytest.raises(InputRefused, match="school") as refused:
        await choose(report_id, yuki, "small", "", uuid4())  # an old page
    assert "ほかの人が" in refused.value.text
    await service.change("UPDATE schools SET retired_on = :d WHERE code = 'small'", d=OPEN.date())
    for wrong in ("small", "nosuchcode", "<b>"):
        with pytest.raises(InputRefused, match="school") as refused:
            await choose(report_id, yuki, wrong, "futaba1", uuid4())
        assert "選べなくなりました" in refused.value.text
    await choose(report_id, yuki, "", "futaba1", uuid4())
    assert await chosen(inbox, report_id) is None
    first, second = await entries(service, "choose_report_school")
    assert (first.actor, first.detail["report"], first.detail["chosen"]) == (yuki.actor, str(report_id), True)
    assert second.detail["chosen"] is False and "futaba1" not in str([first.detail, second.detail])
    rows = await service.rows("SELECT * FROM report_steps WHERE kind = 'school' ORDER BY sequence")
    assert "futaba1" not in str([tuple(row) for row in rows]) and rows[1].words is None
    assert SEALER.open("report_steps", "words", str(rows[0].id), rows[0].words) == "futaba1"


async def test_who_may_not_choose_and_what_a_card_named_already(inbox: Inbox) -> None:
    service = inbox.service
    choose = ChooseReportSchool(service.store, service.setting)
    yuki, trainee = await member(service, "yuki"), await member(service, TRAINEE)
    board = await account(service, "iin", StaffRole.BOARD)
    at_risk = await inbox.from_page(replace(WRITTEN, danger=Danger.NOW))
    with pytest.raises(TraineeRefused):
        await choose(at_risk, trainee, "futaba1", "", uuid4())
    with pytest.raises(NotPermitted):
        await choose(at_risk, board, "futaba1", "", uuid4())
    by_card = await inbox.from_page(replace(WRITTEN, school_code="small", school_name="みさき村立第一中学校"))
    with pytest.raises(InputRefused, match="school"):
        await choose(by_card, yuki, "futaba1", "", uuid4())
    assert await chosen(inbox, at_risk) is None and await chosen(inbox, by_card) is None


async def test_the_fact_is_of_the_school_that_was_chosen_also_after_the_end(inbox: Inbox) -> None:
    service, yuki = inbox.service, await member(inbox.service, "yuki")
    choose = ChooseReportSchool(service.store, service.setting)
    report_id = await inbox.from_page(WRITTEN)
    session_id = (await inbox.report(report_id)).session_id
    await inbox.decided(report_id, yuki)
    await inbox.close(report_id, yuki, "学校と確かめました", uuid4())
    await flush(service)
    assert (await the_fact(service, session_id)).place.school_code is None
    await choose(report_id, yuki, "futaba1", "", uuid4())
    await flush(service)
    fact = await the_fact(service, session_id)
    assert (fact.version, fact.place) == (2, Place("中学校", "futaba1", Founder.MUNICIPAL, "ふたば市"))
    await choose(report_id, yuki, "", "futaba1", uuid4())
    await flush(service)
    assert (await the_fact(service, session_id)).place.school_code is None


@pytest.fixture
async def page(service: Service) -> AsyncIterator[tuple[Inbox, Browser]]:
    service.setting.clock = FrozenClock(OPEN)
    service.screen = ScreenMessage(service.setting, read_event, Screen())
    await school(service, "futaba1", {"中2": 90})
    await school(service, "small", {"中2": 9}, town="みさき村")
    await service.change("UPDATE schools SET name = municipality || '立第一中学校'")
    async with at_the_desk(service, "yuki") as yuki:
        yield Inbox(service), yuki


def radios(text: str) -> dict[str, bool]:
    """Codes of the schools to choose from, and which one is."""
    part = unescape(text)[unescape(text).index('id="school"') :]
    return {code: bool(on) for code, on in re.findall(r'type="radio" name="school" value="([^"]*)"( checked)?', part)}


async def test_the_report_s_page_shows_candidates_and_chooses_none(page: tuple[Inbox, Browser]) -> None:
    inbox, yuki = page
    report_id = await inbox.from_page(WRITTEN)
    at = f"/desk/reports/{report_id}"
    text = await yuki.page(at)
    assert radios(text) == {"": True, "futaba1": False, "small": False} and "短くした名前が同じ" in text
    text = await yuki.page(f"{at}?school=みさき村の第一中")
    assert radios(text) == {"": True, "small": False} and 'value="みさき村の第一中"' in text
    assert radios(await yuki.page(f"{at}?school=ない学校")) == {"": True}
    status, _text, where = await yuki.send(at, f"{at}/school", school="futaba1", was="")
    assert status == 303 and "said=school" in where
    text = await yuki.page(at)
    assert radios(text) == {"": False, "futaba1": True, "small": False}
    assert "台帳の学校を選びました" in text and "ふたば市立第一中学校（ふたば市・中学校）　選んだもの" in text
    status, text, _where = await yuki.send(at, f"{at}/school", school="small", was="")
    assert status == 400 and "ほかの人が、先に" in text and "autofocus" in text
    assert radios(text)["small"], "what was chosen in vain isn't lost"
    status, text, _where = await yuki.send(at, f"{at}/school", school="gone", was="futaba1")
    assert status == 400 and radios(text)["futaba1"], "there is always one that is chosen"
    await yuki.send(at, f"{at}/note", note="x")
    await inbox.service.change("UPDATE schools SET retired_on = :d", d=OPEN.date())
    text = await yuki.page(at)
    assert radios(text)["futaba1"], "closed since, it is still the one that was chosen"
    by_card = await inbox.from_page(replace(WRITTEN, school_code="small"))
    assert 'id="school"' not in await yuki.page(f"/desk/reports/{by_card}")
    silent = await inbox.from_page(Answers(what="いやがらせがあります"))
    assert radios(await yuki.page(f"/desk/reports/{silent}")) == {"": True}
