"""The plan and the marks of a contact: the next counsellor sees them, the student never does, and each change stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.staff import StaffRole
from handoff.services.desk.follow_up import AddFollowUp
from handoff.services.desk.keep_care import Agreed, KeepCare, ReadCare
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import (
    EMOJI,
    HOSTILE,
    LONG,
    Browser,
    account,
    at_the_desk,
    claimed,
    entries,
    hidden,
    later,
    member,
    told,
    waiting,
)
from tests.support.line_events import arrivals, text

PLAN, WAY = "ひみつの計画", "ひみつの会い方"


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    """A counsellor's browser at the desk."""
    async with at_the_desk(service, "yuki") as at:
        yield at


async def keep(
    service: Service, session_id: UUID, who: str = "yuki", *, plan: str = PLAN, way: str = WAY, **more: bool
) -> bool:
    """Keep it as somebody who has just read the page."""
    person = await member(service, who)
    seen = (await ReadCare(service.store, service.setting)(session_id, person)).care.updated_at
    marks = {"frequent": True, "impersonation": False} | more
    return await KeepCare(service.store, service.setting)(session_id, person, Agreed(plan, way, seen=seen, **marks))


async def test_it_is_sealed_on_record_and_shown_to_the_next_counsellor(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    assert await keep(service, session_id)
    assert not await keep(service, session_id), "the same again changes nothing"
    (row,) = await service.rows("SELECT * FROM contact_care")
    assert PLAN.encode() not in row.content and WAY.encode() not in row.content
    later(service, minutes=1)
    assert await keep(service, session_id, frequent=False, impersonation=True)
    first, second = await entries(service, "keep_care")
    assert first.detail == {
        "contact": str(row.contact_id),
        "frequent": True,
        "was_frequent": False,
        "impersonation": False,
        "was_impersonation": False,
        "plan_length": len(PLAN),
        "way_length": len(WAY),
    }
    assert (second.detail["was_frequent"], second.detail["impersonation"]) == (True, True)
    assert [event.subject for event in await told(service, "care")] == [row.contact_id] * 2
    await service.change("UPDATE sessions SET state = 'closed', owner = 'none'")
    later(service, days=1)
    again = await waiting(service)
    page = await ReadCare(service.store, service.setting)(again, await member(service, "sora"))
    assert (page.care.plan, page.care.way, page.card.impersonation) == (PLAN, WAY, True)


async def test_a_mark_needs_the_way_agreed_and_an_emptied_page_leaves_nothing(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    with pytest.raises(InputRefused):
        await keep(service, session_id, way="  ")
    for plan, way in ((LONG, ""), ("", LONG)):
        with pytest.raises(InputRefused):
            await keep(service, session_id, plan=plan, way=way)
    assert await service.rows("SELECT 1 FROM contact_care") == []
    await keep(service, session_id)
    later(service, minutes=1)
    await keep(service, session_id, plan="", way="", frequent=False)
    assert await service.rows("SELECT 1 FROM contact_care") == []
    (card,) = (await yuki.json("/desk/api/desk"))["cards"]
    assert (card["planned"], card["frequent"]) == (False, False)


async def test_of_two_who_write_at_once_none_loses_what_the_other_wrote(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    verb, me, boss = (
        KeepCare(service.store, service.setting),
        await member(service, "yuki"),
        await member(service, "minato"),
    )
    done = await asyncio.gather(
        verb(session_id, me, Agreed("ゆきの計画", "", False, False, None)),
        verb(session_id, boss, Agreed("みなとの計画", "", False, False, None)),
        return_exceptions=True,
    )
    (refused,) = [one for one in done if isinstance(one, InputRefused)]
    assert refused.field == "seen" and "書きかえました" in refused.text
    assert len(await entries(service, "keep_care")) == 1


async def test_who_may_open_the_talk_may_open_the_page_and_whoever_has_a_task_there(
    service: Service, yuki: Browser
) -> None:
    session_id = await claimed(service, "yuki")
    read, sora = ReadCare(service.store, service.setting), await member(service, "sora")
    for session in (session_id, uuid4()):
        with pytest.raises(NotFound):
            await read(session, sora)
    with pytest.raises(NotFound):
        await KeepCare(service.store, service.setting)(session_id, sora, Agreed("x", "", False, False, None))
    with pytest.raises(NotPermitted):
        await read(session_id, await account(service, "kanri", StaffRole.ADMINISTRATOR))
    await read(session_id, await member(service, "minato"))
    me = await member(service, "yuki")
    await AddFollowUp(service.store, service.setting)(session_id, me, sora.id, OPEN.date(), "安否確認", uuid4())
    assert (await read(session_id, sora)).tasks[0].owner_id == sora.id
    assert {entry.actor for entry in await entries(service, "open_care")} == {
        sora.actor,
        (await member(service, "minato")).actor,
    }


async def test_the_student_hears_nothing_of_a_mark(risk: Service, yuki: Browser) -> None:
    """The same words are said with and without one (WG-7: nobody is punished)."""
    service = risk
    said = []
    for number, marked in enumerate((False, True)):
        user = "U" + str(number + 3) * 32
        session_id = await waiting(service, user)
        if marked:
            await keep(service, session_id, impersonation=True)
        service.line.calls.clear()
        await service.accept(arrivals(text("こんばんは", user)))
        await service.work()
        said.append([texts for _method, _to, texts in service.line.calls])
    assert said[0] == said[1] != []


async def test_the_page_keeps_what_was_typed_and_shows_what_somebody_else_wrote(
    service: Service, yuki: Browser
) -> None:
    session_id = await claimed(service, "yuki")
    path = f"/desk/talks/{session_id}/care"
    fields = hidden(await yuki.page(path), path)
    later(service, minutes=1)
    await keep(service, session_id, "minato", plan="みなとの計画")
    status, page, _ = await yuki.post(path, fields | {"plan": "ゆきの計画"})
    assert status == 400 and "みなとさんが書きかえました" in page
    assert "ゆきの計画" in page and "みなとの計画" in page and "上書き" in page
    later(service, minutes=1)
    status, _page, location = await yuki.post(path, hidden(page, path) | {"plan": "ふたりの計画"})
    assert (status, location) == (303, f"{path}?said=kept")
    assert (await yuki.post(path, hidden(page, path) | {"plan": "ふたりの計画"}))[2] == f"{path}?said=same"
    page = await yuki.page(path)
    assert "ふたりの計画" in page and "いまの内容" not in page


@pytest.mark.parametrize(("plan", "status"), [(LONG, 400), (EMOJI, 303), (HOSTILE, 303)])
async def test_hostile_words_are_words(service: Service, yuki: Browser, plan: str, status: int) -> None:
    session_id = await claimed(service, "yuki")
    path = f"/desk/talks/{session_id}/care"
    found, page, _ = await yuki.send(path, path, plan=plan)
    assert found == status
    page = page if status == 400 else await yuki.page(path)
    assert "<script>alert" not in page and "\u202e" not in page
    assert plan in page if status == 400 or plan == EMOJI else "&lt;script&gt;" in page
    bad = hidden(await yuki.page(path), path)
    for seen in ("x", "2026-11-20T00:00:00", "9" * 99):
        assert (await yuki.post(path, bad | {"plan": "y", "seen": seen}))[0] == 400


async def test_the_page_is_there_for_nobody_else(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "sora")
    path = f"/desk/talks/{session_id}/care"
    own = f"/desk/talks/{await claimed(service, 'yuki', 'U' + '2' * 32)}/care"
    fields = hidden(await yuki.page(own), own)
    assert (await yuki.get(path))[0] == 404
    assert (await yuki.get(f"/desk/talks/{uuid4()}/care"))[0] == 404
    for wrong in (path, f"/desk/talks/{session_id}/follow-up", f"/desk/talks/{uuid4()}/care"):
        status, page, _ = await yuki.post(wrong, fields | {"plan": "x", "what": "x", "due_on": "2026-11-21"})
        assert status == 404 and "見つかりません" in page
    assert (await yuki.post(own, fields | {"plan": "x"}, {"origin": "https://evil.example"}))[0] == 403
    assert (await yuki.post(own, {"plan": "x"}))[0] == 403
    assert await service.rows("SELECT 1 FROM contact_care") == []
