"""How fast somebody may try at the way in: slowly for who guesses, at once for who comes from their own browser (row 10)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import aiohttp
import pytest

from handoff.adapters.passwords import ArgonPasswords
from handoff.domain.errors import InputRefused, SignInRefused, SignInSlowed
from handoff.domain.fair import ALLOWANCES, Purpose
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.sign_in_pace import FREE_TRIES, MANY
from handoff.domain.staff import StaffRole
from handoff.services.desk.sign_in import SignIn, Whence
from handoff.services.rosters.pledge_secrecy import PledgeSecrecy
from handoff.web.desk.way_in import DEVICE_COOKIE
from tests.integration.desk_browser import Answered, Browser
from tests.integration.desk_support import PASSWORD, Bridge

WRONG = "not the right battery"


SIGN_IN = "/desk/sign-in"


async def tried(url: str, name: str, password: str = WRONG) -> Answered:
    """A try from a browser that nobody knows."""
    async with Browser.at(url) as stranger:
        return await stranger.form(SIGN_IN, {"name": name, "password": password})


async def refusals(bridge: Bridge, verb: str = "sign_in_refused") -> int:
    return int((await bridge.service.rows("SELECT count(*) FROM audit_events WHERE verb = :verb", verb=verb))[0][0])


async def test_row_10_the_sixth_try_in_a_minute_waits_for_known_and_unknown_names(bridge: Bridge, url: str) -> None:
    await bridge.person("ゆき")
    await bridge.person("そら")
    await bridge.accounts.disable("そら")
    told: dict[str, list[tuple[int, str, list[str]]]] = {}
    for name in ("ゆき", "だれもいない", "そら"):
        for _ in range(FREE_TRIES + 2):
            status, page, headers = await tried(url, name)
            told.setdefault(name, []).append((status, page.replace(name, "…"), sorted(headers)))
    assert [status for status, _page, _headers in told["ゆき"]] == [403] * FREE_TRIES + [429] * 2
    assert told["ゆき"] == told["だれもいない"] == told["そら"], "status, body and headers say nothing of who there is"
    assert "1分から15分" in told["ゆき"][-1][1] and "いつもログインしているブラウザ" in told["ゆき"][-1][1]
    assert await refusals(bridge) == 3 * FREE_TRIES, (
        "what waits isn't looked at, and what was looked at stays on record"
    )
    # However it is written, and by another web process: it is the same name.
    other = SignIn(bridge.service.store, bridge.service.setting, ArgonPasswords(), demo=False)
    with pytest.raises(SignInSlowed):
        await other("　ゆき ", PASSWORD)
    assert (await tried(url, "ゆき", PASSWORD))[0] == 429, "the right one isn't looked at either"
    bridge.clock.advance(seconds=59)
    assert (await tried(url, "ゆき", PASSWORD))[0] == 429
    bridge.clock.advance(seconds=1)
    assert (await tried(url, "ゆき"))[0] == 403
    bridge.clock.advance(seconds=119)
    assert (await tried(url, "ゆき", PASSWORD))[0] == 429, "the next wait is longer"
    bridge.clock.advance(seconds=1)
    assert (await tried(url, "ゆき", PASSWORD))[0] == 303
    assert "ゆき".encode() not in b"".join(
        row.lookup for row in await bridge.service.rows("SELECT lookup FROM sign_in_tries")
    )


async def test_row_10_the_victim_on_a_known_device_comes_in(bridge: Bridge, url: str) -> None:
    await bridge.person("ゆき")
    await bridge.person("そら")
    async with Browser.at(url) as own:
        assert (await own.form(SIGN_IN, {"name": "ゆき", "password": PASSWORD}))[0] == 303
        mark = next(one for one in own.http.cookie_jar if one.key == DEVICE_COOKIE)
        assert (
            mark["httponly"] and mark["samesite"] == "Strict" and int(mark["max-age"]) > 0 and mark["path"] == SIGN_IN
        )
        assert DEVICE_COOKIE not in own.http.cookie_jar.filter_cookies(own.root), "it goes to the way in alone"
        assert mark.value.encode() not in await bridge.everything()
        for _ in range(FREE_TRIES):
            assert (await tried(url, "ゆき"))[0] == 403
        assert (await tried(url, "ゆき", PASSWORD))[0] == 429
        # Their own browser is counted apart: five slips of their own, and each success forgets them.
        for _ in range(3):
            for _ in range(FREE_TRIES - 1):
                assert (await own.form(SIGN_IN, {"name": "ゆき", "password": WRONG}))[0] == 403
            assert (await own.form(SIGN_IN, {"name": "ゆき", "password": PASSWORD}))[0] == 303
        for _ in range(FREE_TRIES):
            assert (await own.form(SIGN_IN, {"name": "ゆき", "password": WRONG}))[0] == 403
        assert (await own.form(SIGN_IN, {"name": "ゆき", "password": PASSWORD}))[0] == 429
        # A browser that is known as Yuki's is a stranger's for Sora.
        for _ in range(FREE_TRIES):
            assert (await own.form(SIGN_IN, {"name": "そら", "password": WRONG}))[0] == 403
        assert (await own.form(SIGN_IN, {"name": "そら", "password": PASSWORD}))[0] == 429
        assert (await tried(url, "そら", PASSWORD))[0] == 429
        # With the password the mark ends.
        bridge.clock.advance(hours=2)
        await bridge.accounts.reset("ゆき", "ningyo-no-umi-7")
        for _ in range(FREE_TRIES):
            await tried(url, "ゆき")
        assert (await own.form(SIGN_IN, {"name": "ゆき", "password": "ningyo-no-umi-7"}))[0] == 429


async def test_row_10_twenty_tries_at_the_same_moment_are_five(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    outcomes = await asyncio.gather(*(bridge.sign_in("ゆき", WRONG) for _ in range(20)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["SignInRefused"] * 5 + ["SignInSlowed"] * 15


async def test_whoever_knows_their_password_is_never_slowed(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    for _ in range(3 * FREE_TRIES):
        await bridge.sign_in("ゆき", PASSWORD)
    # Nor does a success of theirs give a stranger new tries.
    for _ in range(FREE_TRIES - 1):
        with pytest.raises(SignInRefused):
            await bridge.sign_in("ゆき", WRONG)
    await bridge.sign_in("ゆき", PASSWORD)
    with pytest.raises(SignInRefused):
        await bridge.sign_in("ゆき", WRONG)
    with pytest.raises(SignInSlowed):
        await bridge.sign_in("ゆき", WRONG)


async def test_many_failures_for_a_name_are_on_record_and_supervisors_hear_of_it(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    for name in ("ゆき", "だれもいない"):
        for _ in range(MANY + 2):
            with pytest.raises(SignInRefused):
                await bridge.sign_in(name, WRONG)
            bridge.clock.advance(minutes=15)
    rows = await bridge.service.rows(
        "SELECT actor, detail FROM audit_events WHERE verb = 'sign_in_tried_often' ORDER BY actor"
    )
    yuki = await bridge.member("ゆき")
    assert [row.actor for row in rows] == ["nobody", yuki.actor], "once each"
    alarms = await bridge.service.rows("SELECT detail FROM desk_events WHERE kind = 'alarm'")
    assert [row.detail["code"] for row in alarms] == ["sign_in_tried"], "of nobody there is nothing to tell"
    assert b"\xe3\x82\x86\xe3\x81\x8d" not in str([row.detail for row in rows]).encode(), "no name"


async def test_an_address_from_which_much_fails_waits_unless_its_browser_is_known(bridge: Bridge, url: str) -> None:
    await bridge.person("ゆき")
    await bridge.person("そら")
    async with Browser.at(url) as own, aiohttp.ClientSession() as http:
        assert (await own.form(SIGN_IN, {"name": "ゆき", "password": PASSWORD}))[0] == 303

        async def guess(number: int) -> int:
            async with http.post(url + SIGN_IN, data={"name": f"name{number}", "password": WRONG}) as answer:
                return answer.status

        guesses = [await guess(number) for number in range(ALLOWANCES[Purpose.SIGN_IN_WRONG].here + 3)]
        assert guesses == [403] * ALLOWANCES[Purpose.SIGN_IN_WRONG].here + [429] * 3
        assert (await tried(url, "そら", PASSWORD))[0] == 429
        assert (await own.form(SIGN_IN, {"name": "ゆき", "password": PASSWORD}))[0] == 303
    rows = await bridge.service.rows("SELECT count(*) FROM sign_in_tries")
    assert rows[0][0] <= ALLOWANCES[Purpose.SIGN_IN_WRONG].here + 3, "what is refused so leaves no row"
    with pytest.raises(SignInSlowed):
        await bridge.sign_in("そら", PASSWORD, Whence(crowded=True))


async def test_a_password_that_is_asked_again_is_counted_as_well(bridge: Bridge) -> None:
    yuki = await bridge.accounts.add("ゆき", "ゆき", StaffRole.COUNSELLOR, PASSWORD)
    pledge = PledgeSecrecy(bridge.service.store, bridge.service.setting, ArgonPasswords())
    for _ in range(FREE_TRIES):
        with pytest.raises(InputRefused):
            await pledge(yuki, uuid4(), PLEDGE_VERSION, WRONG, agreed=True)
    with pytest.raises(SignInSlowed):
        await pledge(yuki, uuid4(), PLEDGE_VERSION, PASSWORD, agreed=True)
    # Somebody at an open desk who guesses doesn't shut the way in, nor the other way round.
    await bridge.sign_in("ゆき", PASSWORD)
    bridge.clock.advance(minutes=1)
    await pledge(yuki, uuid4(), PLEDGE_VERSION, PASSWORD, agreed=True)
    assert (await bridge.member("ゆき")).lacks != yuki.lacks
