"""The escalations' board: who sees what, and who may not."""

from __future__ import annotations

import re
from uuid import uuid4

import aiohttp
import pytest

from handoff.domain.staff import StaffRole
from tests.integration.desk_escalations.conftest import SECRET, Desk, Person, hidden
from tests.support import alarms

# --- the board ------------------------------------------------------------------------------------------------------


async def test_the_board_shows_the_gravest_and_oldest_first_with_the_ladder(desk: Desk, yuki: Person) -> None:
    service = desk.service
    for number, level in ((2, "high"), (3, "critical"), (4, "high")):
        desk.clock.advance(minutes=1)
        risk = alarms.Risk(["死にたい"], level=level)
        await alarms.write(service.store, service.setting, "死にたい", risk, "U" + str(number) * 32)
    status, page = await yuki.get("/desk/escalations")
    assert status == 200 and SECRET not in page and "ひみつ" not in page
    assert re.findall(r'<span class="level level-(\w+)">', page) == ["critical", "critical", "high", "high"]
    assert page.index(f"/desk/escalations/{desk.escalation}") < page.index("2:02") < page.index("2:01")
    assert "当番の業務責任者" in page and "メール＝送りました" in page, "who was called, by which medium"
    assert "2:05に、控えの業務責任者へ" in page, "who is called next"
    assert "まだ、だれも受けていません" in page and "期限を" not in page
    desk.clock.advance(minutes=9)
    _, page = await yuki.get("/desk/escalations")
    assert page.count("期限を") == 3 and "期限を7分過ぎています" in page
    assert (await desk.actor("yuki"), "open_escalations") in await desk.audit()


async def test_an_open_page_hears_that_it_is_old_and_that_keeps_nobody_signed_in(desk: Desk, yuki: Person) -> None:
    board = "/desk/escalations/state"
    one = f"{board}?of={desk.escalation}"
    before = [await yuki.get(address, accept="application/json") for address in (board, one)]
    assert [await yuki.get(address, accept="application/json") for address in (board, one)] == before
    page = await yuki.page()
    (version,) = re.findall(r'data-version="(\w+)"', page)
    assert version in before[1][1]
    await yuki.send("acknowledge")
    after = [await yuki.get(address, accept="application/json") for address in (board, one)]
    assert all(old[1] != new[1] and new[0] == 200 for old, new in zip(before, after, strict=True))
    for wrong, status in ((f"{board}?of={uuid4()}", 404), (f"{board}?of=x", 404)):
        assert (await yuki.get(wrong, accept="application/json"))[0] == status
    (seen,) = await desk.service.rows("SELECT real_seen_at FROM sign_ins")
    desk.clock.advance(minutes=20)
    assert (await yuki.get(board, accept="application/json"))[0] == 200
    assert await desk.service.rows("SELECT real_seen_at FROM sign_ins") == [seen]
    desk.clock.advance(minutes=11)
    assert (await yuki.get(board, accept="application/json"))[0] == 401


# --- who may --------------------------------------------------------------------------------------------------------


async def test_somebody_in_training_sees_the_list_alone(desk: Desk) -> None:
    async with desk.person("hikari") as trainee:
        status, page = await trainee.get("/desk/escalations")
        assert status == 200 and "研修中の人は" in page and str(desk.escalation) not in page
        for path in (desk.at, f"{desk.at}/sheet"):
            status, page = await trainee.get(path)
            assert status == 403 and "業務責任者に知らせて" in page and SECRET not in page
        token = hidden((await trainee.get("/desk/escalations"))[1])
        for verb in ("acknowledge", "take-over", "contact", "call", "ask", "close", "sheet", "wish"):
            fields = token | {"key": str(uuid4()), "reason": "safe", "note": "確かめました", "kind": "lawyer"}
            fields |= {"question": "あいうえお", "agency": "police", "result": "not_reached"}
            refused = 404 if verb == "sheet" else 403  # that one is a supervisor's, and hides what it is of
            assert (await trainee.post(f"{desk.at}/{verb}", fields))[0] == refused
    assert (await desk.row()).state == "raised" and await desk.verbs() == []


@pytest.mark.parametrize("role", ["administrator", "trainer", "board"])
async def test_other_roles_see_nothing_of_it(desk: Desk, yuki: Person, role: StaffRole) -> None:
    token = hidden(await yuki.page())
    await desk.service.change("UPDATE staff SET role = :role WHERE name = 'yuki'", role=role)
    theirs = "staff_id = (SELECT id FROM staff WHERE name = 'yuki')"
    if role == "board":  # its people aren't on the roster
        await desk.service.change(f"DELETE FROM roster_entries WHERE {theirs}")
    else:
        await desk.service.change(f"UPDATE roster_entries SET role = :role WHERE {theirs}", role=role)
    for path in ("/desk/escalations", desk.at, f"{desk.at}/sheet", "/desk/escalations/state"):
        status, page = await yuki.get(path)
        assert status == (404 if path.startswith(desk.at) else 403)
        assert SECRET not in page and str(desk.escalation) not in page
    assert (await yuki.post(f"{desk.at}/acknowledge", token))[0] == 404
    assert (await desk.row()).state == "raised"


async def test_who_is_not_signed_in_or_comes_from_elsewhere_changes_nothing(desk: Desk, yuki: Person) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await yuki.send("acknowledge", headers))[0] == 403
    assert (await yuki.post(f"{desk.at}/acknowledge", {"token": "x"}))[0] == 403
    assert (await yuki.post(f"{desk.at}/acknowledge"))[0] == 403
    async with aiohttp.ClientSession() as http:
        stranger = Person(desk.url, http, desk.at)
        status, page = await stranger.get(desk.at)
        assert status == 303 and SECRET not in page
        assert (await stranger.post(f"{desk.at}/acknowledge", {"token": "x"}))[0] in (303, 401, 403)
    assert (await desk.row()).state == "raised"


async def test_what_is_not_there_is_not_found(desk: Desk, yuki: Person, minato: Person) -> None:
    await yuki.send("acknowledge")
    foreign = f"/desk/escalations/{uuid4()}"
    fields = hidden(await yuki.page()) | {"reason": "居場所を伝えるため", "answer": "あいうえお", "kind": "lawyer"}
    fields |= {"question": "あいうえお", "agency": "police", "result": "not_reached", "note": "確かめました"}
    assert (await yuki.get(foreign))[0] == (await yuki.get(f"{foreign}/sheet"))[0] == 404
    for verb in ("acknowledge", "take-over", "contact", "call", "ask", "wish"):
        assert (await yuki.post(f"{foreign}/{verb}", fields))[0] == 404, verb
    assert (await yuki.post(f"{foreign}/close", fields | {"reason": "safe"}))[0] == 404
    assert (await minato.post(f"{foreign}/sheet", hidden(await minato.page()) | {"reason": "居場所を伝える"}))[0] == 404
    for part in ("steps/{}/answer", "wishes/{}/reason", "wishes/{}/grant", "wishes/{}/open", "openings/{}/review"):
        path = f"{desk.at}/{part.format(uuid4())}"
        assert (await yuki.post(path, fields))[0] == 404, part


async def test_a_closed_one_is_open_for_a_day_and_then_to_its_own_people(
    desk: Desk, yuki: Person, sora: Person, minato: Person
) -> None:
    await yuki.send("acknowledge")
    await yuki.send("close", reason="safe", note="保護者と話し、安全を確かめた。")
    assert "24時間" in (await sora.get("/desk/escalations"))[1]
    # Real time goes on as well: everybody is signed in again.
    desk.clock.advance(hours=24)
    for name, status in (("yuki", 200), ("sora", 404), ("minato", 200)):
        async with desk.person(name) as person:
            assert (await person.get(desk.at))[0] == status, name
