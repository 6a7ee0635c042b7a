"""Tasks after a talk: added once, done once, moved, seen by the team, and nothing of them in the clear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.staff import StaffRole
from handoff.services.desk.follow_up import AddFollowUp, FinishFollowUp, MoveFollowUp, ReadFollowUps
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_care_support import (
    EMOJI,
    HOSTILE,
    LONG,
    Browser,
    account,
    at_the_desk,
    browser,
    claimed,
    entries,
    hidden,
    later,
    member,
    told,
)

TODAY = date(2026, 11, 20)
TOMORROW = TODAY + timedelta(days=1)
WORDS = "ひみつの安否確認"


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    """A counsellor's browser at the desk."""
    async with at_the_desk(service, "yuki") as at:
        yield at


async def added(service: Service, session_id: UUID, owner: str = "yuki", due_on: date = TOMORROW) -> UUID:
    key = uuid4()
    add, yuki = AddFollowUp(service.store, service.setting), await member(service, "yuki")
    await add(session_id, yuki, (await member(service, owner)).id, due_on, WORDS, key)
    return key


# --- verbs ------------------------------------------------------------------------------------------------------------


async def test_a_task_is_added_once_sealed_and_on_record(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    key = await added(service, session_id)
    add, me = AddFollowUp(service.store, service.setting), await member(service, "yuki")
    await add(session_id, me, me.id, TODAY, "ほかのこと", key)
    (row,) = await service.rows("SELECT * FROM follow_ups")
    assert (row.id, row.session_id, row.due_on, row.owner_id) == (key, session_id, TOMORROW, me.id)
    assert WORDS.encode() not in row.what
    assert SEALER.open("follow_ups", "what", str(key), row.what) == WORDS
    (entry,) = await entries(service, "add_follow_up")
    assert (entry.actor, entry.session_id) == (me.actor, session_id)
    assert entry.detail == {"follow_up": str(key), "owner": str(me.id), "due": "2026-11-21", "length": len(WORDS)}
    (event,) = await told(service, "follow_up")
    assert (event.session_id, event.subject, event.detail) == (session_id, key, {})


async def test_of_many_who_finish_at_once_one_does_and_nothing_is_written_over(service: Service, yuki: Browser) -> None:
    task_id = await added(service, await claimed(service, "yuki"))
    finish = FinishFollowUp(service.store, service.setting)
    people = [await member(service, name) for name in ("yuki", "sora", "hikari", "minato")]
    done = await asyncio.gather(*(finish(task_id, one, f"{one.alias}が確認") for one in people), return_exceptions=True)
    (task,) = [one for one in done if not isinstance(one, BaseException)]
    assert sum(isinstance(one, MoveRefused) for one in done) == len(people) - 1
    doer = next(one for one in people if one.id == task.done_by)
    assert await finish(task_id, doer, f"{doer.alias}が確認") == task, "sent again, it changes nothing"
    assert len(await entries(service, "finish_follow_up")) == 1
    (row,) = await service.rows("SELECT result FROM follow_ups")
    assert "確認".encode() not in row.result
    with pytest.raises(MoveRefused):
        await MoveFollowUp(service.store, service.setting)(task_id, doer, doer.id, TOMORROW + timedelta(days=1))


async def test_a_task_moves_to_another_day_and_person(service: Service, yuki: Browser) -> None:
    task_id = await added(service, await claimed(service, "yuki"))
    move, me, sora = (
        MoveFollowUp(service.store, service.setting),
        await member(service, "yuki"),
        await member(service, "sora"),
    )
    await move(task_id, me, sora.id, TOMORROW + timedelta(days=2))
    await move(task_id, me, sora.id, TOMORROW + timedelta(days=2))
    (entry,) = await entries(service, "move_follow_up")
    assert (entry.detail["was_owner"], entry.detail["owner"]) == (str(me.id), str(sora.id))
    assert (entry.detail["was_due"], entry.detail["due"]) == ("2026-11-21", "2026-11-23")
    for owner, day in (
        (uuid4(), TOMORROW),
        (None, TOMORROW),
        (me.id, TODAY - timedelta(days=1)),
        (me.id, date(2028, 1, 1)),
    ):
        with pytest.raises(InputRefused):
            await move(task_id, me, owner, day)


async def test_a_late_task_goes_to_somebody_else_as_it_is(service: Service, yuki: Browser) -> None:
    task_id = await added(service, await claimed(service, "yuki"))
    later(service, days=5)
    moved = await MoveFollowUp(service.store, service.setting)(
        task_id, await member(service, "minato"), (await member(service, "sora")).id, TOMORROW
    )
    assert moved.due_on == TOMORROW


async def test_who_may_not_open_the_talk_adds_nothing_and_other_roles_see_nothing(
    service: Service, yuki: Browser
) -> None:
    session_id = await claimed(service, "yuki")
    add, sora = AddFollowUp(service.store, service.setting), await member(service, "sora")
    with pytest.raises(NotFound):
        await add(session_id, sora, sora.id, TOMORROW, WORDS, uuid4())
    board = await account(service, "kyoiku", StaffRole.BOARD)
    with pytest.raises(NotPermitted):
        await add(session_id, board, sora.id, TOMORROW, WORDS, uuid4())
    with pytest.raises(NotPermitted):
        await ReadFollowUps(service.store, service.setting)(board)
    with pytest.raises(InputRefused):
        me = await member(service, "yuki")
        await add(session_id, me, board.id, TOMORROW, WORDS, uuid4())
    assert await service.rows("SELECT 1 FROM follow_ups") == []


# --- pages ------------------------------------------------------------------------------------------------------------


async def test_the_page_shows_mine_the_late_ones_first_and_all_by_choice(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    await added(service, session_id, due_on=TODAY + timedelta(days=3))
    late = await added(service, session_id, due_on=TODAY)
    theirs = await added(service, session_id, "sora")
    later(service, days=1)
    page = await yuki.page("/desk/follow-ups")
    assert page.index(f"t-{late}") < page.index("これから") and f"t-{theirs}" not in page
    assert "1日すぎています" in page and "期限をすぎたものが1件" in page
    everybody = await yuki.page("/desk/follow-ups?whose=all")
    assert f"t-{theirs}" in everybody
    sora = (await member(service, "sora")).id
    assert f"t-{late}" not in await yuki.page(f"/desk/follow-ups?whose={sora}")
    assert await yuki.page("/desk/follow-ups?whose=%3Cscript%3E") != ""
    assert len(await entries(service, "open_follow_ups")) == 4


async def test_a_task_is_added_and_finished_with_plain_forms(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "yuki")
    care, action = f"/desk/talks/{session_id}/care", f"/desk/talks/{session_id}/follow-up"
    me = (await member(service, "yuki")).id
    fields = hidden(await yuki.page(care), action) | {"what": HOSTILE, "due_on": "2026-11-21", "owner": str(me)}
    for _ in range(2):
        status, _page, location = await yuki.post(action, fields)
        assert (status, location) == (303, f"{care}?said=added#tasks")
    (row,) = await service.rows("SELECT id FROM follow_ups")
    page = await yuki.page("/desk/follow-ups")
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "\u202e" not in page
    done = f"/desk/follow-ups/{row.id}/done"
    status, page, _ = await yuki.send("/desk/follow-ups", done, result="  ")
    assert status == 400 and "どうなったかを、1文字から" in page and 'aria-invalid="true"' in page
    for _ in range(2):
        status, _page, location = await yuki.post(
            done, {**hidden(await yuki.page(care), action), "result": "無事でした"}
        )
        assert (status, location) == (303, "/desk/follow-ups?whose=mine&said=done")
    assert "無事でした" in await yuki.page("/desk/follow-ups?said=done")
    status, page, _ = await yuki.post(done, {**hidden(await yuki.page(care), action), "result": "ちがうこと"})
    assert status == 409 and "もう終わっています" in page
    later(service, days=15)
    assert "無事でした" not in await yuki.page("/desk/follow-ups"), "done ones leave the page after two weeks"


@pytest.mark.parametrize("what", ["", "   ", LONG, EMOJI])
async def test_what_is_refused_comes_back_as_it_was_typed(service: Service, yuki: Browser, what: str) -> None:
    session_id = await claimed(service, "yuki")
    care, action = f"/desk/talks/{session_id}/care", f"/desk/talks/{session_id}/follow-up"
    me = str((await member(service, "yuki")).id)
    status, page, _ = await yuki.send(care, action, what=what, due_on="2026-11-25", owner=me)
    assert status == 400 and what.strip() in page and "2026-11-25" in page and "することを、1文字から" in page
    for due_on in ("", "あした", "2026-02-30", "2020-01-01", "9999-12-31"):
        status, page, _ = await yuki.send(care, action, what=WORDS, due_on=due_on, owner=me)
        assert status == 400 and WORDS in page
    for owner in ("", "x", str(uuid4())):
        status, page, _ = await yuki.send(care, action, what=WORDS, due_on="2026-11-25", owner=owner)
        assert status == 400 and "担当する人を" in page
    assert await service.rows("SELECT 1 FROM follow_ups") == []


async def test_nothing_changes_from_elsewhere_without_a_token_or_for_what_is_not_there(
    service: Service, yuki: Browser
) -> None:
    session_id = await claimed(service, "yuki")
    task_id = await added(service, session_id)
    done = f"/desk/follow-ups/{task_id}/done"
    fields = hidden(await yuki.page("/desk/follow-ups"), done) | {"result": "x"}
    assert (await yuki.post(done, fields, {"origin": "https://evil.example"}))[0] == 403
    assert (await yuki.post(done, fields, {"sec-fetch-site": "cross-site"}))[0] == 403
    assert (await yuki.post(done, {"result": "x"}))[0] == 403
    assert (await yuki.post(done, fields | {"token": "0" * 64}))[0] == 403
    for path in (f"/desk/follow-ups/{uuid4()}/done", f"/desk/follow-ups/{uuid4()}/move"):
        status, page, _ = await yuki.post(path, fields | {"due_on": "2026-11-25"})
        assert status == 404 and "見つかりません" in page
    assert (await yuki.post("/desk/follow-ups/1/done", fields))[0] == 404
    stranger = browser(yuki.url)
    status, _page, location = await stranger.post(done, fields)
    assert (status, location) == (303, "/desk/?said=expired")
    assert (await stranger.get("/desk/follow-ups"))[0] == 303
    await account(service, "kyoiku", StaffRole.BOARD)
    await stranger.sign_in("iinkai")
    assert (await stranger.get("/desk/follow-ups"))[0] == 403
    await stranger.http.close()
    status, page, _ = await yuki.post(done, fields | {"result": LONG * 10})
    assert status == 413 and "長すぎて" in page
    (row,) = await service.rows("SELECT done_at FROM follow_ups")
    assert row.done_at is None
