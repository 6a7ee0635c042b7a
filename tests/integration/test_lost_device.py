"""A lost device: an administrator and a supervisor take the factor off together, nobody alone and nobody for themselves."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from types import SimpleNamespace
from unittest.mock import AsyncMock
from uuid import UUID, uuid4

import pytest

from handoff import user_command
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.lost_device import BreakGlassFactor
from tests.integration.conftest import Service
from tests.integration.desk_browser import Answered, desk_of
from tests.integration.desk_support import Bridge
from tests.integration.factor_support import PAGE, Seat, factors
from tests.support.factors import App, give_factor

WHY = "電話で声を確かめ、生年月日を聞きました。"


@dataclass
class Team:
    """Five people, of whom ゆき has lost her device."""

    bridge: Bridge
    url: str
    kaede: StaffMember
    aoi: StaffMember
    minato: StaffMember
    yuki: StaffMember
    app: App
    codes: list[str]

    async def open(self, person: StaffMember) -> UUID:
        """The request about somebody that waits."""
        (row,) = await self.bridge.service.rows(
            "SELECT id FROM factor_resets WHERE staff_id = :s AND state = 'asked'", s=person.id
        )
        return UUID(str(row.id))

    async def audit(self) -> list[tuple[str, str]]:
        rows = await self.bridge.service.rows(
            "SELECT actor, verb, detail FROM audit_events WHERE verb LIKE '%factor_reset%' OR verb LIKE '%break_glass_f%'"
            " ORDER BY sequence"
        )
        assert all(set(row.detail) <= {"staff", "reset", "asked_by"} for row in rows)
        return [(row.actor, row.verb) for row in rows]


@pytest.fixture
async def team(service: Service) -> AsyncIterator[Team]:
    bridge = Bridge(service)
    kaede, aoi = [await bridge.person(name, StaffRole.ADMINISTRATOR) for name in ("かえで", "あおい")]
    minato, yuki = await bridge.supervisor(), await bridge.person("ゆき")
    app, codes = await give_factor(service.store, service.setting, yuki, bridge.clock)
    async with desk_of(bridge) as url:
        yield Team(bridge, url, kaede, aoi, minato, yuki, app, codes)


async def ask(at: Seat, staff_id: UUID, reason: str = WHY, key: UUID | None = None) -> Answered:
    fields = {"token": at.form_token(), "key": str(key or uuid4()), "reason": reason}
    return await at.form(f"/desk/accounts/{staff_id}/reset", fields)


async def answer(at: Seat, reset_id: UUID, word: str = "confirm") -> Answered:
    return await at.form(f"/desk/accounts/resets/{reset_id}/{word}", {"token": at.form_token()})


async def test_two_of_different_roles_take_it_off_and_its_owner_hears_of_it(team: Team) -> None:
    bridge, url, yuki = team.bridge, team.url, team.yuki
    async with Seat.at(url) as kaede, Seat.at(url) as minato, Seat.at(url) as aoi, Seat.at(url) as hers:
        for at, name in ((kaede, "かえで"), (minato, "みなと"), (aoi, "あおい")):
            await at.enter(name)
        await hers.come_in("ゆき", team.app.number())
        before = await factors(bridge, yuki)
        key = uuid4()
        assert (await ask(kaede, yuki.id, key=key))[2]["location"] == "/desk/accounts?said=asked"
        assert (await ask(kaede, yuki.id, key=key))[0] == 303, "sent again it is the same one"
        assert (await ask(aoi, yuki.id))[0] == 400, "it is asked already"
        reset = await team.open(team.yuki)
        assert await factors(bridge, yuki) == before and await hers.is_in(), "nothing changes by asking"
        for one in (kaede, aoi):
            assert (await answer(one, reset))[0] == 403, "nobody alone, and nobody of the same role"
            assert "はずす</button>" not in (await one.get("/desk/accounts"))[1]
        assert await factors(bridge, yuki) == before
        page = (await minato.get("/desk/accounts", accept="text/html"))[1]
        assert WHY in page and "本人と確かめた。はずす" in page and "かえでさん（業務管理担当者）" in page

        # The no changes nothing; it can be asked again.
        assert (await answer(minato, reset, "refuse"))[0] == 303 and (await answer(minato, reset))[0] == 409
        assert await factors(bridge, yuki) == before
        assert (await ask(minato, yuki.id))[0] == 303
        assert (await answer(minato, await team.open(yuki)))[0] == 403
        async with hers.socket(0) as line:
            await line.until("cursor")
            both = await asyncio.gather(answer(kaede, await team.open(yuki)), answer(aoi, await team.open(yuki)))
            assert sorted(one[0] for one in both) == [303, 409], "it is answered once"
            assert await line.ended() == 4401
        assert await factors(bridge, yuki) == [] and not await hers.is_in()
        page = (await minato.get("/desk/accounts", accept="text/html"))[1]
        assert "ゆきさんの設定をはずしました" in page and "ゆきさんの設定をことわりました" in page

    asked, refused, again, off = await team.audit()
    assert asked == (team.kaede.actor, "ask_factor_reset") and again == (team.minato.actor, "ask_factor_reset")
    assert refused == (team.minato.actor, "refuse_factor_reset")
    assert off[0] in (team.kaede.actor, team.aoi.actor) and off[1] == "confirm_factor_reset"
    for row in await bridge.service.rows("SELECT * FROM factor_resets"):
        assert WHY.encode() not in bytes(row.reason)

    # At the next sign-in she sets up another one, and reads who took the old one off before anything else.
    bridge.service.setting.demands_factor = True
    async with Seat.at(url) as at:
        await at.give_password("ゆき")
        assert "あなたの二段階の確認をはずしました" in await at.page() and "みなとさん" in await at.page()
        for old in (team.app.next(), team.codes[0]):
            assert (await at.send("pass", code=old))[0] == 401
        await at.send("begin")
        await at.send("confirm", code=App(await at.begun(), bridge.clock).number())
        assert await at.is_in()
        status, _, headers = await at._answer(at.http.get(f"{url}/desk/", allow_redirects=False))
        assert (status, headers["location"]) == (303, PAGE)
        assert (await at.send("read"))[2]["location"] == "/desk/"
        await at.send("noted", noted="on")
        assert (await at._answer(at.http.get(f"{url}/desk/", allow_redirects=False)))[0] == 200
        assert "お知らせ" not in await at.page()


async def test_nobody_asks_for_themselves_nor_who_may_not_and_a_day_is_all(team: Team) -> None:
    bridge, url = team.bridge, team.url
    async with Seat.at(url) as kaede, Seat.at(url) as minato, Seat.at(url) as sora:
        await bridge.person("そら")
        for at, name in ((kaede, "かえで"), (minato, "みなと"), (sora, "そら")):
            await at.enter(name)
        assert (await ask(kaede, team.kaede.id))[0] == 403
        status, page, _ = await ask(kaede, team.yuki.id, " ")
        assert status == 400 and 'aria-describedby="page-fault" autofocus' in page and 'id="page-fault"' in page
        assert (await ask(kaede, team.yuki.id, "あ" * 501))[0] == 400
        assert (await ask(kaede, team.minato.id))[0] == 400, "who has none needs none taken off"
        assert (await ask(kaede, uuid4()))[0] == 404
        assert (await ask(sora, team.yuki.id))[0] in (403, 404)
        assert (await sora.get("/desk/accounts"))[0] == 403
        assert await bridge.service.rows("SELECT 1 FROM factor_resets") == []

        # A supervisor who lost theirs says yes to nobody's request about themselves.
        own, _ = await give_factor(bridge.service.store, bridge.service.setting, team.minato, bridge.clock)
        assert (await ask(kaede, team.minato.id))[0] == 303
        assert (await answer(minato, await team.open(team.minato)))[0] == 403
        assert "あなたのことです" in (await minato.get("/desk/accounts"))[1]

        assert (await ask(kaede, team.yuki.id))[0] == 303
        reset = await team.open(team.yuki)
        assert (await answer(sora, reset))[0] in (403, 404)
        assert (await answer(minato, uuid4()))[0] == 404
        bridge.clock.advance(hours=24)
        await minato.come_in("みなと", own.number())
        assert (await answer(minato, reset))[0] == 409, "its day is over"
        await kaede.enter("かえで")
        assert "確認を待っている" not in (await kaede.get("/desk/accounts"))[1]
        assert (await ask(kaede, team.yuki.id))[0] == 303
    assert len(await factors(bridge, team.yuki)) == 11


async def test_the_yes_of_one_is_nothing_once_the_other_may_not_ask(team: Team) -> None:
    bridge = team.bridge
    async with Seat.at(team.url) as kaede, Seat.at(team.url) as minato:
        await kaede.enter("かえで")
        await minato.enter("みなと")
        assert (await ask(kaede, team.yuki.id))[0] == 303
        before = await factors(bridge, team.yuki)
        await bridge.accounts.disable("かえで")  # it was a thief who asked
        assert (await answer(minato, await team.open(team.yuki)))[0] == 409
        assert await factors(bridge, team.yuki) == before
        assert (await answer(minato, await team.open(team.yuki), "refuse"))[0] == 303, "a no is always taken"


async def test_the_machine_takes_it_off_only_where_the_two_are_not_there(
    team: Team, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bridge, service = team.bridge, team.bridge.service
    glass = BreakGlassFactor(service.store, service.setting)
    with pytest.raises(InputRefused, match="name"):
        await glass("ゆき", WHY)
    with pytest.raises(NotFound):
        await glass("だれもいない", WHY)
    await bridge.accounts.disable("あおい")
    await give_factor(service.store, service.setting, team.kaede, bridge.clock)
    with pytest.raises(InputRefused, match="reason"):
        await glass("かえで", " ")
    with pytest.raises(InputRefused):
        await glass("みなと", WHY)  # has none
    assert len(await factors(bridge, team.kaede)) == 11

    # The only administrator lost theirs: by the command, with the reason from its input.
    core = nullcontext(SimpleNamespace(store=service.store, setting=service.setting))
    monkeypatch.setattr(user_command, "open_core", lambda _settings, pool_size: core)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WHY}\n"))
    assert await user_command.reset_factor(AsyncMock(), "かえで") == 0
    assert "記録に残り" in capsys.readouterr().out
    assert await factors(bridge, team.kaede) == []
    assert (await team.audit())[-1] == ("administrator", "break_glass_factor")
    async with Seat.at(team.url) as at:
        await at.enter("みなと")
        page = (await at.get("/desk/accounts"))[1]
        assert "かえでさんの設定をはずしました" in page and "この機械を運用している人（一人で）" in page and WHY in page
    async with Seat.at(team.url) as at:
        await at.enter("かえで")
        assert "この機械を運用している人" in await at.page()
