"""Corrections of sheets whose session is closed: who may, what is kept of them, and that they are counted (KAG-6.1キ)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from handoff.bootstrap.desk import DEMO_PASSWORD, DEMO_PEOPLE
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.coding import TopicCode
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.wrap_up import Sheet
from handoff.services.desk.correct_sheet import Corrected, CorrectSheet, DecideCorrection, ReadCorrections
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import browser, entries, member
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.fact_support import flush, the_fact
from tests.integration.sheet_support import CALM, REPORTED, SECRET, SheetPage, Sheets
from tests.support.sites import desk_site

WHY = "内容を取りちがえました"
RIGHT = replace(CALM, primary=TopicCode.BULLYING)


class Desk(Sheets):
    """Sheets with the verbs of corrections."""

    def __post_init__(self) -> None:
        super().__post_init__()
        store, setting = self.bridge.service.store, self.bridge.service.setting
        self.correct = CorrectSheet(store, setting)
        self.decide = DecideCorrection(store, setting)
        self.corrections = ReadCorrections(store, setting)

    async def closed(
        self, by: StaffMember, words: str = "友だちとけんかした", second: StaffMember | None = None
    ) -> UUID:
        session_id = await self.ended(by, 1, words)
        filled = await self.fill(session_id, by, CALM, 0)
        assert not filled.faults
        if second is not None:
            await self.sign(session_id, second, filled.record.version)
        return session_id


@pytest.fixture
async def desk(service: Service) -> Desk:
    return Desk(Bridge(service))


async def test_a_correction_makes_new_versions_of_sheet_and_fact_and_keeps_what_stood_there(desk: Desk) -> None:
    service = desk.bridge.service
    (yuki,) = await desk.bridge.people("ゆき")
    session_id = await desk.closed(yuki)
    await flush(service)
    key = uuid4()
    for _again in range(2):
        assert await desk.correct(session_id, yuki, RIGHT, WHY, 1, key) == Corrected()
    record = await desk.known(session_id)
    assert record.sheet == replace(RIGHT, level=record.sheet.level if record.sheet else None)
    assert (record.version, record.filled_by) == (2, yuki.id)
    await flush(service)
    fact = await the_fact(service, session_id)
    assert (fact.version, fact.primary) == (2, TopicCode.BULLYING)
    rows = await service.rows("SELECT version, current, primary_topic FROM facts ORDER BY version")
    assert [tuple(row) for row in rows] == [(1, False, "friends"), (2, True, "bullying")]
    (row,) = await service.rows("SELECT * FROM sheet_corrections")
    assert row.id == key and SECRET.encode() not in row.before + row.after and WHY.encode() not in row.reason
    assert '"friends"' in SEALER.open("sheet_corrections", "before", str(key), row.before)
    (entry,) = await entries(service, "correct_sheet")
    assert (entry.actor, entry.detail["correction"], entry.detail["version"]) == (yuki.actor, str(key), 2)
    assert "ひみつ" not in str(entry.detail) and WHY not in str(entry.detail)


async def test_who_may_correct_and_what_is_refused(desk: Desk) -> None:
    yuki, sora = await desk.bridge.people("ゆき", "そら")
    minato = await desk.bridge.supervisor()
    board = await desk.bridge.person("いいんかい", StaffRole.BOARD)
    session_id = await desk.ended(yuki)
    with pytest.raises(MoveRefused):
        await desk.correct(session_id, yuki, RIGHT, WHY, 0, uuid4())
    await desk.fill(session_id, yuki, CALM, 0)
    for somebody in (sora, board):
        with pytest.raises(NotPermitted):
            await desk.correct(session_id, somebody, RIGHT, WHY, 1, uuid4())
    refused: dict[str, tuple[Sheet, str, int]] = {
        "reason": (RIGHT, "  ", 1),
        "sheet": (CALM, WHY, 1),
        "version": (RIGHT, WHY, 0),
    }
    for field, (sheet, reason, seen) in refused.items():
        with pytest.raises(InputRefused) as error:
            await desk.correct(session_id, yuki, sheet, reason, seen, uuid4())
        assert error.value.field == field
    found = await desk.correct(session_id, yuki, replace(RIGHT, primary=None), WHY, 1, uuid4())
    assert [fault.field for fault in found.faults] == ["primary"]
    assert (await desk.known(session_id)).version == 1, "nothing of all that was kept"
    assert await desk.correct(session_id, minato, RIGHT, WHY, 1, uuid4()) == Corrected()


async def test_at_risk_a_second_person_looks_first(desk: Desk) -> None:
    yuki, sora = await desk.bridge.people("ゆき", "そら")
    trainee = await desk.bridge.person("ひかり", trainee=True)
    session_id = await desk.closed(yuki, AT_CRITICAL, second=sora)
    version = (await desk.known(session_id)).version
    key = uuid4()
    assert (await desk.correct(session_id, yuki, RIGHT, WHY, version, key)).waits
    assert (await desk.known(session_id)).version == version
    with pytest.raises(InputRefused, match="state"):
        await desk.correct(session_id, await desk.bridge.supervisor(), RIGHT, WHY, version, uuid4())
    assert [one.id for one, _by in await desk.corrections.waiting(sora)] == [key]
    assert await desk.corrections.waiting(yuki) == [] == await desk.corrections.waiting(trainee)
    with pytest.raises(NotFound):
        await desk.corrections(session_id, key, trainee)
    with pytest.raises(OwnReview):
        await desk.decide(session_id, key, yuki, yes=True, remark="")
    with pytest.raises(NotFound):
        await desk.decide(session_id, key, trainee, yes=True, remark="")
    with pytest.raises(InputRefused, match="remark"):
        await desk.decide(session_id, key, sora, yes=False, remark="")
    for _again in range(2):
        await desk.decide(session_id, key, sora, yes=False, remark="前のままで合っています")
    assert (await desk.known(session_id)).version == version
    another = uuid4()
    await desk.correct(session_id, yuki, RIGHT, WHY, version, another)
    for _again in range(2):
        await desk.decide(session_id, another, sora, yes=True, remark="")
    record = await desk.known(session_id)
    assert (record.version, record.sheet is not None and record.sheet.primary) == (version + 1, TopicCode.BULLYING)
    with pytest.raises(MoveRefused):
        await desk.decide(session_id, another, await desk.bridge.member("みなと"), yes=False, remark="いいえ")
    assert len(await entries(desk.bridge.service, "correct_sheet")) == 1
    await flush(desk.bridge.service)
    assert (await the_fact(desk.bridge.service, session_id)).primary is TopicCode.BULLYING


async def test_a_supervisor_is_the_second_person_for_what_somebody_else_wrote_and_not_for_their_own(desk: Desk) -> None:
    yuki, sora = await desk.bridge.people("ゆき", "そら")
    minato = await desk.bridge.supervisor()
    session_id = await desk.closed(yuki, AT_CRITICAL, second=sora)
    version = (await desk.known(session_id)).version
    assert await desk.correct(session_id, minato, RIGHT, WHY, version, uuid4()) == Corrected()
    await desk.bridge.service.change("UPDATE wrap_ups SET filled_by = :id", id=minato.id)
    assert (await desk.correct(session_id, minato, REPORTED, WHY, version + 1, uuid4())).waits


async def test_the_pages_from_the_wish_to_the_second_person_s_word(desk: Desk) -> None:
    service = desk.bridge.service
    for name, alias, role, trainee in DEMO_PEOPLE:
        added = await desk.bridge.accounts.add(name, alias, role, DEMO_PASSWORD, trainee=trainee, demo=True)
        await put_on_roster(service.store, service.setting, added, trainee=trainee, trained=not trainee)
    yuki, sora = await member(service, "yuki"), await member(service, "sora")
    for person in (yuki, sora):
        await desk.bridge.presence.set_duty(person, True)
    session_id = await desk.closed(yuki, AT_CRITICAL, second=sora)
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        at, other = browser(url), browser(url)
        await at.sign_in("yuki")
        await other.sign_in("sora")
        page = SheetPage(at, session_id)
        assert f"{page.at}/correct" in await at.page(page.at)
        answer = await page.send("fill", "/correct", "/correct", primary="bullying", correction_reason="")
        assert (
            answer.status == 400 and "訂正の理由を、1文字から" in answer.page and 'id="correction-fault"' in answer.page
        )
        forged = {"school_code": "nosuchschool", "correction_reason": WHY}
        answer = await page.send("fill", "/correct", "/correct", primary="bullying", **forged)
        assert answer.status == 400 and "台帳から選べなくなりました" in answer.page, "only a school of the register"
        answer = await page.send("fill", "/correct", "/correct", primary="bullying", correction_reason=WHY)
        assert answer.status == 303 and answer.to.endswith("said=correction_waits")
        shown = await at.page(page.at)
        assert "確認を待っています" in shown and f"{page.at}/correct" not in shown, (
            "another would be refused at its end"
        )
        assert "確認を待つ訂正" not in await at.page("/desk/sheets")
        waiting = await other.page("/desk/sheets")
        (one,) = await service.rows("SELECT id FROM sheet_corrections")
        place = f"/desk/talks/{session_id}/corrections/{one.id}"
        assert "確認を待つ訂正" in waiting and place in waiting
        shown = await other.page(place)
        assert WHY in shown and "友人" in shown and "いじめ" in shown
        status, refused, _ = await other.send(place, place, verb="no", remark=" ")
        assert status == 400 and "訂正しない理由を" in refused
        status, _, to = await other.send(place, place, verb="yes", remark="")
        assert status == 303 and to.endswith("said=correction_made")
        assert 'method="post" action="' + place not in await other.page(place)
        record = await desk.known(session_id)
        assert record.sheet is not None and record.sheet.primary is TopicCode.BULLYING
        await at.http.close()
        await other.http.close()
