"""Sign-ins at the desk as people see and end them, and as they end by themselves."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest

from handoff.domain.errors import SignInRefused, SignInSlowed
from handoff.domain.hours import ZONE
from handoff.domain.sign_in_pace import FREE_TRIES, MANY
from handoff.domain.staff import StaffRole
from handoff.services.desk.own_sign_ins import ForgetSignIns
from handoff.services.desk.sign_in import IDLE
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.sign_in_support import opens, rows


async def test_people_see_where_they_are_signed_in_and_end_it(bridge: Bridge, yuki: Browser, url: str) -> None:
    await bridge.person("そら")
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
    async with Browser.at(url) as away, Browser.at(url) as sora:
        away.http.headers.update({"user-agent": agent})
        await away.enter("ゆき")
        await sora.enter("そら")
        _status, page, _headers = await yuki.get("/desk/account")
        assert "WindowsのEdge" in page and "131" not in page and page.count("このブラウザ</span>") == 1
        assert b"Windows" not in await bridge.everything(), "even the coarse words are sealed"
        end = re.findall(r'action="(/desk/account/sign-ins/[^"]+/end)"', page)
        assert len(end) == 1, "one's own sign-in is ended by signing out"
        # Another's looks like one that is not there.
        told = {"token": sora.form_token()}
        others = await sora.form(end[0], told)
        missing = await sora.form(f"/desk/account/sign-ins/{uuid4()}/end", told)
        assert others[0] == missing[0] == 404 and others[1] == missing[1] and await opens(away)
        assert (await yuki.form(end[0], {"token": "x" * 64}))[0] == 403 and await opens(away)
        assert (await yuki.form(end[0], {"token": yuki.form_token()}))[0] == 303
        assert not await opens(away) and await opens(yuki)
        await away.enter("ゆき")
        assert (await yuki.form("/desk/account/others/end", {"token": yuki.form_token()}))[0] == 303
        assert not await opens(away) and await opens(yuki) and await opens(sora)
        _status, page, _headers = await yuki.get("/desk/account")
        forget = re.findall(r'action="(/desk/account/devices/[^"]+/forget)"', page)
        assert len(forget) == 2
        assert (await sora.form(forget[0], told))[0] == 404
        for one in forget:
            assert (await yuki.form(one, {"token": yuki.form_token()}))[0] == 303
        assert not await bridge.service.rows(
            "SELECT 1 FROM known_devices d JOIN staff s ON s.id = staff_id AND alias = 'ゆき'"
        )
    assert {row.actor for row in await rows(bridge, "end_sign_in")} == {(await bridge.member("ゆき")).actor}


async def test_who_keeps_the_roster_ends_a_sign_in_of_somebody_else(bridge: Bridge, yuki: Browser, url: str) -> None:
    await bridge.person("かえで", StaffRole.ADMINISTRATOR)
    member = await bridge.member("ゆき")
    with pytest.raises(SignInRefused):
        await bridge.sign_in("ゆき", "wrong battery")
    await bridge.service.change("UPDATE sign_in_tries SET failures = :many", many=MANY)
    at = f"/desk/accounts/{member.id}/sign-ins"
    async with Browser.at(url) as kaede:
        await kaede.enter("かえで")
        _status, page, _headers = await kaede.get(at)
        assert "この1時間に、この人の名前で" in page
        end = re.findall(rf'action="({at}/[^"]+/end)"', page)
        async with yuki.socket(0) as line:
            await line.until("ready")
            assert (await yuki.form(end[0], {"token": yuki.form_token()}))[0] in (403, 404), "a counsellor may not"
            assert (await kaede.form(f"{at}/{uuid4()}/end", {"token": kaede.form_token()}))[0] == 404
            assert (await kaede.form(end[0], {"token": kaede.form_token()}))[0] == 303
            assert await line.ended() in (4401, 4408)
        assert not await opens(yuki)
    assert (await yuki.get(at))[0] == 401
    kaede_id = (await bridge.member("かえで")).actor
    assert [(row.actor, row.detail) for row in await rows(bridge, "end_sign_in")] == [
        (kaede_id, {"staff": str(member.id)})
    ]
    assert not await bridge.service.rows("SELECT 1 FROM presence WHERE on_duty AND staff_id = :id", id=member.id)


async def test_an_entry_that_ends_at_midnight_ends_access_by_itself(bridge: Bridge, yuki: Browser) -> None:
    """KAG-6.1ア(カ): nobody has to do anything; the socket hears of it within five seconds, the next request at once."""
    today: date = bridge.clock.now().astimezone(ZONE).date()
    await bridge.service.change("UPDATE roster_entries SET valid_to = :today", today=today)
    async with yuki.socket(0) as line:
        await line.until("ready")
        midnight = bridge.clock.now().astimezone(ZONE).replace(hour=0, minute=0, second=0) + timedelta(days=1)
        left = midnight - bridge.clock.now()
        bridge.clock.advance(seconds=left.total_seconds() - 1)
        await bridge.service.change("UPDATE sign_ins SET real_seen_at = :now", now=bridge.clock.real())
        assert await opens(yuki)
        bridge.clock.advance(seconds=2)
        assert await line.ended() == 4401
    assert (await yuki.get("/desk/api/desk"))[0] == 403
    assert (await yuki.get("/desk/pledge"))[0] == 200, "which says what is missing"


async def test_what_is_over_is_swept_away_and_what_stands_stays(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    await bridge.person("そら")
    await bridge.sign_in("ゆき", PASSWORD)
    sweep = ForgetSignIns(bridge.service.store, bridge.service.setting)
    bridge.clock.advance(minutes=IDLE.total_seconds() / 60 + 1)
    token = (await bridge.sign_in("そら", PASSWORD)).token
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            await bridge.sign_in("だれか", "wrong battery")
    assert await sweep() == 1 and await bridge.sign_in.who(token)
    with pytest.raises(SignInSlowed):
        await bridge.sign_in("だれか", "wrong battery")
    bridge.clock.advance(days=2)
    assert await sweep() == 1
    assert not await bridge.service.rows("SELECT 1 FROM sign_in_tries")
    assert len(await bridge.service.rows("SELECT 1 FROM known_devices")) == 2
    bridge.clock.advance(days=180)
    await sweep()
    assert not await bridge.service.rows("SELECT 1 FROM known_devices")


async def test_the_way_in_takes_no_form_from_nowhere(bridge: Bridge, url: str) -> None:
    """A page of another site can't sign anybody in as somebody else."""
    await bridge.person("ゆき")
    fields = {"name": "ゆき", "password": PASSWORD}
    async with Browser.at(url) as browser:
        _status, page, _headers = await browser.get("/desk/")
        assert '<meta name="referrer" content="same-origin">' in page, "so that our own form tells its origin"
        for headers in (
            {"origin": "https://elsewhere.example"},
            {"origin": "null"},
            {"origin": "null", "sec-fetch-site": "cross-site"},
            {"origin": url, "sec-fetch-site": "same-site"},
        ):
            assert (await browser.form("/desk/sign-in", fields, headers))[0] == 403, headers
        for headers in ({"origin": url}, {"origin": "null", "sec-fetch-site": "same-origin"}):
            assert (await browser.form("/desk/sign-in", fields, headers))[0] == 303, headers
        _status, _page, told = await browser.form("/desk/sign-out", {"token": browser.form_token()}, {"origin": url})
        assert told["clear-site-data"] == '"cache", "storage"' and told["cache-control"] == "no-store"
