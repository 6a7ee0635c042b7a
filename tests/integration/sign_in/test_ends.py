"""Sign-ins at the desk: each its own, none for ever, and what ends them (row 12)."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from handoff.domain.errors import InputRefused, NewPasswordRequired, SignInRequired
from handoff.domain.staff import StaffRole
from handoff.services.desk.sign_in import SETTING_UP, Whence
from handoff.web.desk.guard import COOKIE
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.sign_in_support import NEW, change, cookie_of, opens, opens_by, rotate, rows


async def test_row_12_a_new_password_ends_every_other_browser_and_socket(
    bridge: Bridge, yuki: Browser, url: str
) -> None:
    member = await bridge.member("ゆき")
    async with desk_of(bridge) as elsewhere, Browser.at(elsewhere) as other:
        await other.enter("ゆき")
        before = cookie_of(yuki)
        async with other.socket(0) as line:
            await line.until("ready")
            status, page = await change(yuki, "wrong battery", NEW)
            assert status == 400 and "パスワードがちがいます" in page
            status, page = await change(yuki, PASSWORD, NEW, "ningyo-no-umi-8")
            assert status == 400 and "二つでちがっています" in page and NEW not in page
            status, page = await change(yuki, PASSWORD, "password1234")
            assert status == 400 and "よく使われる" in page
            status, page = await change(yuki, PASSWORD, PASSWORD)
            assert status == 400 and "前に使ったパスワード" in page
            assert await opens(other) and cookie_of(yuki) == before, "nothing happened yet"
            assert (await change(yuki, PASSWORD, NEW))[0] == 303
            assert await line.ended() == 4401
        assert not await opens(other)
        assert await opens(yuki) and cookie_of(yuki) != before and not await opens_by(url, before)
    assert [row.actor for row in await rows(bridge, "change_password")] == [member.actor]
    kept = await bridge.service.rows("SELECT count(*) FROM known_devices")
    assert kept[0][0] == 1, "the other browser is a stranger's from now on"
    assert (await yuki.enter("ゆき", PASSWORD))[0] == 403
    assert (await yuki.enter("ゆき", NEW))[0] == 303
    status, page = await change(yuki, NEW, PASSWORD)
    assert status == 400 and "前に使ったパスワード" in page, "nor does the one before come back"
    assert NEW.encode() not in await bridge.everything()


async def test_row_12_each_sign_in_has_a_token_of_its_own_and_ends_the_one_before(
    bridge: Bridge, yuki: Browser, url: str
) -> None:
    first = cookie_of(yuki)
    await yuki.enter("ゆき")
    second = cookie_of(yuki)
    assert first != second and not await opens_by(url, first) and await opens(yuki)
    # Somebody else at the same computer: whoever sat there before is out, and off duty.
    await bridge.person("そら")
    async with yuki.socket(0) as line:
        await line.until("ready")
        await yuki.enter("そら")
        assert await line.ended() == 4401 or not await opens_by(url, second)
    assert not await opens_by(url, second)
    on_duty = await bridge.service.rows("SELECT alias FROM staff JOIN presence ON staff_id = id WHERE on_duty")
    assert [row.alias for row in on_duty] == ["そら"]
    # A try that fails ends nothing, and a token that somebody else chose opens nothing.
    assert (await yuki.enter("ゆき", "wrong battery"))[0] == 403 and await opens(yuki)
    async with Browser.at(url) as fixed:
        fixed.http.cookie_jar.update_cookies({COOKIE: "chosen-by-a-stranger"}, fixed.root)
        await fixed.enter("ゆき")
        assert cookie_of(fixed) != "chosen-by-a-stranger" and await opens(fixed)


async def test_row_12_an_idle_desk_s_socket_is_closed(bridge: Bridge, yuki: Browser) -> None:
    seen = "SELECT 1 FROM sign_ins WHERE real_seen_at = :now"
    async with yuki.socket(0) as line:
        await line.until("ready")
        for _ in range(3):
            bridge.clock.advance(minutes=11)
            await line.socket.send_str(json.dumps({"active": True, "watch": []}))
            async with asyncio.timeout(5):
                while not await bridge.service.rows(seen, now=bridge.clock.real()):
                    await asyncio.sleep(0.02)
        bridge.clock.advance(minutes=31)
        assert await line.ended() == 4401
    await yuki.enter("ゆき")
    async with yuki.socket(0) as line:
        await line.until("ready")
        for _ in range(26):
            bridge.clock.advance(minutes=28)
            await bridge.service.change("UPDATE sign_ins SET real_seen_at = :now", now=bridge.clock.real())
        assert await line.ended() == 4401, "twelve hours are over, whatever they do"


async def test_row_12_what_a_page_does_by_itself_keeps_nobody_signed_in(bridge: Bridge, yuki: Browser) -> None:
    session_id = await bridge.waiting()
    seen = (await bridge.service.rows("SELECT real_seen_at FROM sign_ins"))[0][0]
    bridge.clock.advance(minutes=20)
    for path in (
        "/desk/api/desk",
        f"/desk/api/talks/{session_id}",
        f"/desk/api/phrases?session={session_id}",
        f"/desk/evidence/{uuid4()}/thumb",
        "/desk/escalations/state",
        "/desk/reports/state",
    ):
        assert (await yuki.get(path))[0] in (200, 404), path
    assert (await bridge.service.rows("SELECT real_seen_at FROM sign_ins"))[0][0] == seen
    assert (await yuki.get("/desk/service"))[0] == 200
    assert (await bridge.service.rows("SELECT real_seen_at FROM sign_ins"))[0][0] > seen
    bridge.clock.advance(minutes=31)
    assert not await opens(yuki)


async def test_a_password_that_somebody_else_chose_opens_nothing_but_its_change(
    bridge: Bridge, yuki: Browser, url: str
) -> None:
    async with yuki.socket(0) as line:
        await line.until("ready")
        await bridge.accounts.reset("ゆき", NEW)
        assert await line.ended() == 4401
    assert not await opens(yuki)
    status, _page, _headers = await yuki.enter("ゆき", NEW)
    assert status == 303
    for path in ("/desk/api/desk", "/desk/service", f"/desk/evidence/{uuid4()}/thumb"):
        status, body, _headers = await yuki.get(path)
        assert status == 401 and json.loads(body)["code"] == "new_password_required", path
    assert await yuki.closed_with(0) == 4401
    async with yuki.http.get(f"{url}/desk/service") as answer:
        assert answer.url.path == "/desk/account" and "ほかの人が決めたもの" in await answer.text()
    assert (await change(yuki, NEW, "みずうみ えんぴつ らっぱ"))[0] == 303
    assert await opens(yuki)
    with pytest.raises(InputRefused):
        await bridge.accounts.reset("ゆき", "ゆき-password")
    with pytest.raises(InputRefused):
        await bridge.accounts.add("hina", "ひな", StaffRole.COUNSELLOR, "hinahinahina")


async def test_a_profile_may_want_a_new_password_after_some_days(bridge: Bridge) -> None:
    """HOK-7.1 wants it, ASVS advises against it: without a word of the profile none grows too old."""
    await bridge.person("ゆき")
    rotate(bridge, required=None, days=None)
    bridge.clock.advance(days=400)
    token = (await bridge.sign_in("ゆき", PASSWORD)).token
    assert await bridge.sign_in.who(token)
    rotate(bridge, required=True, days=365)
    with pytest.raises(NewPasswordRequired):
        await bridge.sign_in.who(token)
    for required, days in ((True, 401), (False, 30), (True, None)):
        rotate(bridge, required=required, days=days)
        assert await bridge.sign_in.who(token)


async def test_a_password_at_an_older_cost_is_kept_at_that_of_today(bridge: Bridge) -> None:
    await bridge.person("ゆき")
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await bridge.service.change("UPDATE staff SET password = :old", old=old)
    await bridge.sign_in("ゆき", PASSWORD)
    renewed = (await bridge.service.rows("SELECT password FROM staff"))[0][0]
    assert renewed != old and "m=8,t=1,p=1" in renewed
    await bridge.sign_in("ゆき", PASSWORD)
    assert (await bridge.service.rows("SELECT password FROM staff"))[0][0] == renewed
    assert not await bridge.service.rows("SELECT 1 FROM old_passwords"), "it is the same password"


async def test_a_half_sign_in_opens_nothing_and_is_over_soon(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    await bridge.person("ゆき", here=False)
    monkeypatch.setattr("handoff.adapters.database.factors.SqlFactors.needed", lambda *_args: _yes())
    opened = await bridge.sign_in("ゆき", PASSWORD, Whence("WindowsのEdge"))
    assert opened.half and (await bridge.sign_in.half(opened.token)).alias == "ゆき"
    for look in (bridge.sign_in.who, bridge.sign_in.still, bridge.sign_in.whole):
        with pytest.raises(SignInRequired):
            await look(opened.token)
    assert not await bridge.service.rows("SELECT 1 FROM presence WHERE on_duty"), "nobody works yet"
    assert not await bridge.service.rows("SELECT 1 FROM known_devices"), "nor is the browser known"
    async with bridge.service.store.transaction() as tx:
        whole = await bridge.sign_in.complete(tx, opened.token)
    assert whole.token != opened.token and (await bridge.sign_in.who(whole.token)).alias == "ゆき"
    with pytest.raises(SignInRequired):
        await bridge.sign_in.who(opened.token)
    assert len(await bridge.service.rows("SELECT 1 FROM known_devices")) == 1
    late = (await bridge.sign_in("ゆき", PASSWORD)).token
    bridge.clock.advance(seconds=SETTING_UP.total_seconds() + 1)
    with pytest.raises(SignInRequired):
        await bridge.sign_in.half(late)
    async with bridge.service.store.transaction() as tx:
        with pytest.raises(SignInRequired):
            await bridge.sign_in.complete(tx, late)


async def _yes() -> bool:
    return True
