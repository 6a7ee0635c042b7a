"""One's own second factor over real HTTP: how it is set up, and that it is nobody else's (row 5)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pyotp
import pytest

from handoff.domain.second_factor import CODES
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.second_factor import new_codes
from kernel.sealing import SealBroken
from tests.integration.conftest import Service
from tests.integration.desk_browser import desk_of
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.factor_support import PAGE, Seat, app_of, factors, verbs
from tests.support.factors import App


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def yuki(bridge: Bridge) -> StaffMember:
    return await bridge.person("ゆき")


@pytest.fixture
async def url(bridge: Bridge) -> AsyncIterator[str]:
    async with desk_of(bridge) as url:
        yield url


# --- setting it up ----------------------------------------------------------------------------------------------


async def test_whoever_must_have_one_is_led_to_it_and_sees_codes_once(
    bridge: Bridge, url: str, yuki: StaffMember
) -> None:
    bridge.service.setting.demands_factor = True
    async with Seat.at(url) as at:
        status, _, headers = await at.give_password("ゆき")
        assert (status, headers["location"]) == (303, PAGE)
        half = at.cookie()
        assert "設定をはじめる" in await at.page() and not await at.is_in()
        assert (
            await bridge.service.rows("SELECT 1 FROM presence WHERE staff_id = :s AND real_seen_at > now()", s=yuki.id)
            == []
        )
        assert (await at.send("begin"))[0] == 303
        secret, page = await at.begun(), await at.page()
        assert "<path d=" in page and secret == await at.begun(), "loaded again it is the same one"
        app = App(secret, bridge.clock)
        for wrong in (app.wrong(), "", "12345"):
            assert (await at.send("confirm", code=wrong))[0] == 401
        assert not await at.is_in()
        assert await factors(bridge, yuki) != [] and "confirm_factor" not in await verbs(bridge, yuki)

        status, body, headers = await at.send("confirm", code=app.number())
        codes = re.findall(r"<li><code>([0-9A-Z-]+)</code>", body)
        assert status == 200 and len(set(codes)) == CODES and headers["cache-control"] == "no-store"
        assert at.cookie() != half, "the half sign-in's token opens nothing any more"
        assert await at.is_in()
        # As a file, from the page's own form; nobody else's, and none that aren't.
        status, body, headers = await at.send("codes/file", codes=" ".join(codes))
        assert status == 200 and all(code in body for code in codes)
        assert (
            headers["content-disposition"].startswith("attachment") and "sandbox" in headers["content-security-policy"]
        )
        for odd in ("", " ".join(new_codes()), " ".join([*codes, codes[0]]), "<b>x</b>"):
            assert (await at.send("codes/file", codes=odd))[0] == 404
        status, body, _ = await at.send("noted", codes=" ".join(codes))
        assert status == 400 and codes[0] in body, "without the tick it is asked for again"
        assert (await at.send("noted", noted="on"))[2]["location"] == "/desk/"
        page = await at.page()
        assert secret not in page.replace(" ", "") and not any(code in page for code in codes)
        assert "コードを作り直す" in page and "はずす</button>" not in page
        assert (await at.send("drop", password=PASSWORD))[0] == 400, "it is demanded"

        # The next time it is asked for; the number that proved it is spent.
        assert (await at.send("pass", code="1"))[2]["location"] == "/desk/"
    async with Seat.at(url) as at:
        assert (await at.come_in("ゆき", app.number()))[0] == 401
        before = await factors(bridge, yuki)
        await at.send("begin")
        await at.send("confirm", code=app.number())
        assert await factors(bridge, yuki) == before, "half in nobody sets up another one"
        assert (await at.send("pass", code=app.next()))[2]["location"] == "/desk/"
        assert await at.is_in()
    assert [one for one in await verbs(bridge, yuki) if "factor" in one] == [
        "confirm_factor",
        "factor_refused",
        "pass_factor",
    ]


async def test_who_need_not_have_one_may_and_then_must_use_it(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    async with Seat.at(url) as at, Seat.at(url) as other:
        assert (await at.enter("ゆき"))[2]["location"] == "/desk/"
        assert (await other.enter("ゆき"))[2]["location"] == "/desk/"
        assert (await at.send("begin", password=PASSWORD))[0] == 303
        app = App(await at.begun(), bridge.clock)
        # What one browser shows doesn't become a factor by another, nor is it seen there; nor after half an hour.
        assert 'id="secret"' not in await other.page()
        assert (await other.send("confirm", code=app.number()))[0] == 400
        bridge.clock.advance(minutes=29)
        assert (await at.get("/desk/service"))[0] == (await other.get("/desk/service"))[0] == 200
        bridge.clock.advance(minutes=1)
        assert (await at.send("confirm", code=app.number()))[0] == 400
        await at.send("begin", password=PASSWORD)
        app = App(await at.begun(), bridge.clock)
        async with other.socket(0) as line:
            await line.until("cursor")
            assert (await at.send("confirm", code=app.number()))[0] == 200
            assert await at.is_in() and not await other.is_in(), "every other browser is signed out"
            assert await line.ended() == 4401
        assert (await other.give_password("ゆき"))[2]["location"] == PAGE
        # Another device: until its number came, the old one counts.
        await at.send("begin", password=PASSWORD)
        new = App(await at.begun(), bridge.clock)
        assert (await other.send("pass", code=app.next()))[0] == 303
        assert (await at.send("confirm", code=new.number()))[0] == 200
        assert (await other.come_in("ゆき", app.next()))[0] == 401
        assert (await other.send("pass", code=new.number()))[0] == 303
        assert (await at.send("drop", password=PASSWORD))[0] == 303
        assert await factors(bridge, yuki) == []
        assert (await other.give_password("ゆき"))[2]["location"] == "/desk/"


# --- row 5: one's own -------------------------------------------------------------------------------------------


async def test_row_5_nobody_sees_or_sets_another_s(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    sora, minato = await bridge.person("そら"), await bridge.supervisor()
    (app, mine), (theirs, codes) = await app_of(bridge, minato), await app_of(bridge, sora)
    before = await factors(bridge, sora)
    async with Seat.at(url) as at:
        await at.come_in("みなと", app.number())
        ids = {
            name: str(sora.id) for name in ("staff_id", "staff", "id", "member", "member_id", "person", "user", "key")
        }
        ids |= {"name": "そら", "alias": "そら", "begun_in": str(uuid4())}
        query = "?" + "&".join(f"{name}={value}" for name, value in ids.items())
        for step in ("pass", "begin", "confirm", "codes", "codes/file", "noted", "drop", "read"):
            for told in (
                {"password": PASSWORD},
                {"code": theirs.number()},
                {"codes": " ".join(codes)},
                {"noted": "on"},
            ):
                await at.send(f"{step}{query}", **(ids | told))
                assert (await at.send(f"{sora.id}/{step}", **told))[0] == 404
                assert (await at.send(f"{step}/{sora.id}", **told))[0] == 404
                assert await factors(bridge, sora) == before
            if not await at.is_in():
                await at.come_in("みなと", app.next())
        for path in (f"{PAGE}{query}", f"{PAGE}/{sora.id}", f"{PAGE}/{sora.id}/codes", "/desk/accounts"):
            page = (await at.get(path, accept="text/html"))[1].replace(" ", "").replace("-", "")
            assert theirs.secret not in page and not any(code in page for code in codes)
        # Half in with one's own password, another's number and another's codes are no way on either.
        await app_of(bridge, minato)
        await at.give_password("みなと")
        for code in (theirs.number(), codes[0]):
            assert (await at.send("pass", code=code, **ids))[0] == 401
        assert await factors(bridge, sora) == before
    # A row that is moved to somebody else opens nothing there.
    (row,) = await bridge.service.rows("SELECT secret FROM staff_factors WHERE staff_id = :s", s=sora.id)
    await bridge.service.change("UPDATE staff_factors SET secret = :x WHERE staff_id = :s", x=row.secret, s=minato.id)
    async with bridge.service.store.reading() as tx:
        with pytest.raises(SealBroken):
            await tx.factors.read(minato.id)
    assert len(mine) == CODES


async def test_row_5_one_s_own_wants_the_password_again(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    app, codes = await app_of(bridge, yuki)
    before = await factors(bridge, yuki)
    async with Seat.at(url) as at:
        await at.come_in("ゆき", app.number())
        (used,) = {*await factors(bridge, yuki)} - {*before}
        wrong: list[dict[str, str]] = [{}, {"password": "not the password"}]
        told = [(await at.send(step, **fields))[0] for step in ("begin", "codes", "drop") for fields in wrong]
        # Wrong ones are counted here as well, and then the right one waits, too.
        assert told == [400] * 5 + [429] and (await at.send("drop", password=PASSWORD))[0] == 429
        assert {*await factors(bridge, yuki)} == {used, *before[1:]}
        bridge.clock.advance(minutes=16)
        status, body, _ = await at.send("codes", password=PASSWORD)
        fresh = re.findall(r"<li><code>([0-9A-Z-]+)</code>", body)
        assert status == 200 and len(fresh) == CODES
        for foreign in ({"token": "x" * 64}, {"token": ""}):
            assert (await at.send("codes", password=PASSWORD, **foreign))[0] == 403
    async with Seat.at(url) as at:
        assert (await at.come_in("ゆき", codes[0]))[0] == 401, "the old codes are dead"
        status, _, headers = await at.send("pass", code=fresh[0])
        assert (status, headers["location"]) == (303, f"{PAGE}?said=code")
        assert "9個" in await at.page()


async def test_row_5_secrets_and_codes_lie_nowhere_in_the_clear(bridge: Bridge, yuki: StaffMember) -> None:
    app, codes = await app_of(bridge, yuki)
    names = await bridge.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (name,) in names:
        lying = "\n".join(map(str, await bridge.service.rows(f'SELECT * FROM "{name}"')))
        for word in (app.secret, pyotp.TOTP(app.secret).byte_secret().hex(), *codes):
            assert word not in lying and word.encode().hex() not in lying, name


@pytest.mark.parametrize("role", list(StaffRole))
async def test_with_the_real_line_nobody_comes_in_by_a_password_alone(bridge: Bridge, role: StaffRole) -> None:
    bridge.service.setting.demands_factor = True
    member = await bridge.person("だれか", role)
    opened = await bridge.sign_in(member.name, PASSWORD)
    assert opened.half
