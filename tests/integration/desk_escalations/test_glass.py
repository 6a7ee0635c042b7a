"""A student's id at the desk: a supervisor at once and reviewed, anybody else with a second person's yes, and once."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from tests.integration.conftest import SEALER
from tests.integration.desk_escalations.conftest import EMOJI, LONG, SECRET, Desk, Person, hidden
from tests.support import alarms

WHY = "居場所を警察に伝えるため"


async def _wish(desk: Desk, yuki: Person, reason: str = WHY) -> UUID:
    assert (await yuki.send("wish", reason=reason))[0] == 303
    (row,) = await desk.service.rows("SELECT id FROM glass_requests WHERE state = 'asked'")
    return UUID(str(row.id))


async def _open(person: Person, wish: UUID) -> tuple[int, str]:
    return await person.send(f"wishes/{wish}/open")


# --- by a supervisor ------------------------------------------------------------------------------------------------


async def test_a_supervisor_sees_it_at_once_in_one_answer_and_another_reviews(
    desk: Desk, yuki: Person, minato: Person
) -> None:
    fields = hidden(await minato.page()) | {"reason": WHY}
    assert (await minato.post(f"{desk.at}/sheet", fields))[0] == 409, "somebody has to have taken it"
    await yuki.send("acknowledge")
    for short in ("", "  急  ", LONG):
        status, page = await minato.send("sheet", reason=short)
        assert status == 400 and alarms.STUDENT not in page
    fields = hidden(await minato.page()) | {"reason": WHY}
    for _ in range(2):
        status, sheet, _where = await minato.post(f"{desk.at}/sheet", fields)
        assert status == 200 and alarms.STUDENT in sheet and "までに、ほかの人が確認します" in sheet
    desk.clock.advance(minutes=1)
    status, page, _where = await minato.post(f"{desk.at}/sheet", fields)
    assert status == 400 and alarms.STUDENT not in page, "an old request that is loaded again shows nothing"
    for path in (desk.at, f"{desk.at}/sheet", "/desk/escalations"):
        assert alarms.STUDENT not in (await minato.get(path))[1]
    (opening,) = await desk.service.rows("SELECT * FROM glass_openings")
    assert opening.who == "みなと" and opening.reviewed_by is None and WHY.encode() not in opening.reason
    at = f"openings/{opening.id}"
    assert "見た本人は、確認できません" in (await minato.send(f"{at}/reason"))[1]
    assert (await minato.send(f"{at}/review"))[0] == 403
    status, page = await yuki.send(f"{at}/reason")
    assert status == 200 and WHY in page and alarms.STUDENT not in page
    for _ in range(2):
        assert (await yuki.send(f"{at}/review"))[0] == 303
    (opening,) = await desk.service.rows("SELECT * FROM glass_openings")
    assert opening.reviewed_by == "ゆき"
    supervisor, counsellor = await desk.actor("minato"), await desk.actor("yuki")
    audit = await desk.audit()
    assert audit.count((supervisor, "break_glass")) == 1
    assert audit.count((counsellor, "read_glass_reason")) == 1 and audit.count((counsellor, "review_glass")) == 1
    whole = repr(await desk.service.rows("SELECT * FROM audit_events"))
    assert alarms.STUDENT not in whole and "警察" not in whole


async def test_a_late_review_is_told_on_the_board(desk: Desk, yuki: Person, minato: Person) -> None:
    await yuki.send("acknowledge")
    await minato.send("sheet", reason=WHY)
    assert "確認の期限" not in (await yuki.get("/desk/escalations"))[1]
    desk.clock.advance(hours=15)
    async with desk.person("sora") as other:
        page = (await other.get("/desk/escalations"))[1]
        assert "確認の期限" in page and "理由を読んで、確認する" in page


# --- by two ---------------------------------------------------------------------------------------------------------


async def test_two_people_open_it_and_the_one_who_asked_sees_it_once(
    desk: Desk, yuki: Person, sora: Person, minato: Person
) -> None:
    assert (await yuki.send("wish", reason=WHY))[0] == 409, "nobody has taken it yet"
    await yuki.send("acknowledge")
    assert (await yuki.send("sheet", reason=WHY))[0] == 404, "alone it's for supervisors"
    assert (await sora.send("wish", reason=WHY))[0] == 409, "it's for the one who has the escalation"
    assert (await yuki.send("wish", reason="急"))[0] == 400
    fields = hidden(await yuki.page()) | {"reason": WHY + EMOJI}
    for _ in range(2):
        assert (await yuki.post(f"{desk.at}/wish", fields))[0] == 303
    assert (await yuki.send("wish", reason="べつの理由を書きます"))[0] == 400, "one wish at a time"
    (wish,) = await desk.service.rows("SELECT * FROM glass_requests")
    assert WHY.encode() not in wish.reason
    assert SEALER.open("glass_requests", "reason", str(wish.id), wish.reason) == WHY + EMOJI
    for grant in ("grant", "refuse"):
        status, page = await yuki.send(f"wishes/{wish.id}/{grant}")
        assert status == 403 and "頼んだ本人は、許可できません" in page
    assert (await _open(yuki, wish.id))[0] == 409, "nobody has said yes"
    assert "ゆきが頼みました" in (await sora.get("/desk/escalations"))[1]
    assert WHY not in await sora.page(), "reading the reason is an act of its own"
    assert WHY in (await sora.send(f"wishes/{wish.id}/reason"))[1]
    for _ in range(2):
        assert (await sora.send(f"wishes/{wish.id}/grant"))[0] == 303
    assert (await sora.send(f"wishes/{wish.id}/refuse"))[0] == 409
    for other in (sora, minato):
        status, page = await _open(other, wish.id)
        assert status == 404 and alarms.STUDENT not in page, "the yes was for another"
    found = await asyncio.gather(_open(yuki, wish.id), _open(yuki, wish.id))
    assert all(status == 200 and alarms.STUDENT in page for status, page in found), "two taps, one opening"
    (opening,) = await desk.service.rows("SELECT * FROM glass_openings")
    assert (opening.who, opening.reviewed_by) == ("ゆき", "そら")
    desk.clock.advance(minutes=2)
    status, page = await _open(yuki, wish.id)
    assert status == 400 and "一度だけ" in page and alarms.STUDENT not in page
    assert alarms.STUDENT not in await yuki.page()
    assert [one for one in await desk.verbs() if "address" in one or "glass" in one] == [
        "ask_for_address",
        "read_glass_reason",
        "grant_address",
        "break_glass",
    ]


async def test_a_no_a_late_yes_and_an_end_show_nothing(desk: Desk, yuki: Person, sora: Person) -> None:
    await yuki.send("acknowledge")
    first = await _wish(desk, yuki)
    assert (await sora.send(f"wishes/{first}/refuse"))[0] == 303
    assert "そらが断りました" in await yuki.page()
    assert (await _open(yuki, first))[0] == 409
    second = await _wish(desk, yuki, "もう一度、理由を書きます")
    await sora.send(f"wishes/{second}/grant")
    assert "一度だけ）" in await yuki.page()
    desk.clock.advance(minutes=29)
    third_page = await yuki.page()
    assert "一度だけ）" in third_page
    desk.clock.advance(minutes=1)
    assert "一度だけ）" not in await yuki.page()
    status, page = await _open(yuki, second)
    assert status == 400 and "30分が過ぎました" in page
    third = await _wish(desk, yuki, "さらに、理由を書きます")
    await sora.send(f"wishes/{third}/grant")
    await yuki.send("close", reason="safe", note="安全を確かめました")
    status, page = await _open(yuki, third)
    assert status == 409 and alarms.STUDENT not in page
    assert await desk.service.rows("SELECT * FROM glass_openings") == []


async def test_who_lost_the_escalation_sees_nothing(desk: Desk, yuki: Person, sora: Person) -> None:
    await yuki.send("acknowledge")
    wish = await _wish(desk, yuki)
    await sora.send(f"wishes/{wish}/grant")
    await sora.send("take-over")
    status, page = await _open(yuki, wish)
    assert status == 409 and alarms.STUDENT not in page


@pytest.mark.parametrize("verb", ["reason", "grant", "refuse", "open"])
async def test_a_wish_belongs_to_its_escalation(desk: Desk, yuki: Person, sora: Person, verb: str) -> None:
    await yuki.send("acknowledge")
    wish = await _wish(desk, yuki)
    other = await alarms.write(
        desk.service.store, desk.service.setting, "死にたい", alarms.Risk(["死にたい"]), "U" + "8" * 32
    )
    elsewhere = await alarms.escalation_of(desk.service.store, other)
    path = f"/desk/escalations/{elsewhere}/wishes/{wish}/{verb}"
    assert (await sora.post(path, hidden(await sora.page())))[0] == 404


# --- the sheet ------------------------------------------------------------------------------------------------------


async def test_the_sheet_tells_what_helps_to_find_somebody_and_not_the_id(desk: Desk, yuki: Person) -> None:
    service = desk.service
    await yuki.send("acknowledge")
    await yuki.send("call", agency="fire", result="reached", whom="指令課", told="橋の上とのこと")
    async with service.store.transaction() as tx:
        told = {"grade": "中2", "school_name": "つなぎ中", "role": "self", "topic": "bullying", "gender": None}
        await tx.sessions.set_intake(desk.session, told)
    status, page = await yuki.get(f"{desk.at}/sheet")
    assert status == 200 and alarms.STUDENT not in page and "この票には出していません" in page
    for told_there in (
        "2026年11月21日 2:00",
        "中2",
        "つなぎ中",
        "自分のこと",
        "いじめ",
        "指令課",
        "橋の上とのこと",
        "取得していません",
    ):
        assert told_there in page, told_there
    assert SECRET.replace("死にたい", "<mark>死にたい</mark>") in page
    assert "open_emergency_sheet" in [verb for _actor, verb in await desk.audit()]
    assert service.line.calls == [], "nothing is asked of LINE"
