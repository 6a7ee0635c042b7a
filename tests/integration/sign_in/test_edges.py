"""The way in where two things happen at once, or the service changes under it (rows 10 and 12)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from multidict import CIMultiDictProxy

from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.domain.errors import InputRefused, NewPasswordRequired, SignInRefused, SignInRequired, SignInSlowed
from handoff.domain.second_factor import TRIES
from handoff.domain.staff import StaffMember
from handoff.services.desk.change_password import ChangePassword
from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.own_sign_ins import ForgetSignIns
from handoff.services.desk.second_factor import BeginFactor, ConfirmFactor, ReadFactor
from handoff.services.desk.sign_in import HALF, SETTING_UP, SignIn, Whence
from handoff.web.desk.way_in import DEVICE_COOKIE
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.factor_support import PAGE, Seat, app_of, verbs
from tests.integration.sign_in_support import NEW, change, opens, rotate, rows
from tests.support.factors import App


@pytest.fixture
async def yuki(bridge: Bridge) -> StaffMember:
    return await bridge.person("ゆき")


@dataclass
class Held:
    """Passwords whose looking takes until it is let go on."""

    inner: Any
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def fits(self, encoded: str | None, password: str, *, known: bool = False) -> bool:
        fits: bool = await self.inner.fits(encoded, password, known=known)
        self.looked.set()
        await self.go_on.wait()
        return fits


# --- a password that ends while it is looked at -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["reset", "change", "disable"])
async def test_row_12_a_sign_in_with_the_old_password_does_not_outlive_it(
    bridge: Bridge, yuki: StaffMember, how: str
) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    own = (await bridge.sign_in("ゆき", PASSWORD)).token
    slow = Held(bridge.sign_in._passwords)
    late = asyncio.create_task(SignIn(store, setting, slow, demo=False)("ゆき", PASSWORD, Whence()))
    await slow.looked.wait()
    if how == "reset":
        await bridge.accounts.reset("ゆき", NEW)
    elif how == "disable":
        await bridge.accounts.disable("ゆき")
    else:
        own = (await ChangePassword(store, setting, slow.inner, bridge.sign_in)(own, PASSWORD, NEW)).token
    slow.go_on.set()
    with pytest.raises(SignInRefused):
        await late
    left = await bridge.service.rows("SELECT id FROM sign_ins")
    assert len(left) == (how == "change"), "only who changed it goes on"
    assert [row.actor for row in await rows(bridge, "sign_in_refused")] == [yuki.actor]


async def test_whoever_changes_the_password_and_whoever_signs_in_there_do_not_wait_for_each_other(
    bridge: Bridge, yuki: StaffMember
) -> None:
    store, rows_of = bridge.service.store, bridge.service.rows
    changing = ChangePassword(store, bridge.service.setting, bridge.sign_in._passwords, bridge.sign_in)
    token = (await bridge.sign_in("ゆき", PASSWORD)).token
    async with store.transaction() as tx:
        # As a sign-in at the same browser does: first the person, then the sign-in that it ends.
        await tx.staff.lock(yuki.id)
        task = asyncio.create_task(changing(token, PASSWORD, NEW))
        async with asyncio.timeout(5):
            while not await rows_of("SELECT 1 FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
            assert await tx.sign_ins.lock(token) is not None
    assert await bridge.sign_in.who((await task).token)


async def test_a_wrong_current_password_marks_its_own_field(bridge: Bridge, yuki: StaffMember, url: str) -> None:
    async with Browser.at(url) as at:
        await at.enter("ゆき")
        status, page = await change(at, "wrong battery", NEW)
        (field_of,) = [line for line in page.split("<p>") if 'name="before"' in line]
        (new,) = [line for line in page.split("<p>") if 'name="password"' in line]
        assert status == 400 and 'aria-invalid="true"' in field_of and "aria-invalid" not in new
        assert 'aria-describedby=" page-fault"' in field_of and 'id="page-fault"' in page
        assert 'aria-describedby="rule"' in new
        _status, page = await change(at, PASSWORD, "password1234")
        (new,) = [line for line in page.split("<p>") if 'name="password"' in line]
        assert 'aria-invalid="true"' in new and 'aria-describedby="rule page-fault"' in new


async def test_who_was_not_looked_at_has_not_failed(bridge: Bridge, yuki: StaffMember) -> None:
    class Full:
        async def fits(self, *_args: object, **_named: object) -> bool:
            raise SignInSlowed("too many wait")

    again: Any = Full()
    confirm = ConfirmPassword(bridge.service.store, bridge.service.setting, again)
    for _ in range(2):
        with pytest.raises(SignInSlowed):
            await confirm(yuki, PASSWORD)
    assert [row.failures for row in await bridge.service.rows("SELECT failures FROM sign_in_tries")] == [0]
    with pytest.raises(InputRefused):
        await ConfirmPassword(bridge.service.store, bridge.service.setting, bridge.sign_in._passwords)(yuki, "x" * 5000)


# --- how long a sign-in stands ----------------------------------------------------------------------------------------


async def test_a_password_that_grows_old_bites_at_the_next_sign_in(bridge: Bridge, yuki: StaffMember) -> None:
    rotate(bridge, required=True, days=30)
    bridge.clock.advance(days=30, seconds=-60)
    token = (await bridge.sign_in("ゆき", PASSWORD)).token
    bridge.clock.advance(minutes=20)
    assert await bridge.sign_in.who(token), "in the middle of a talk nobody is stopped"
    later = (await bridge.sign_in("ゆき", PASSWORD)).token
    with pytest.raises(NewPasswordRequired):
        await bridge.sign_in.who(later)
    assert await bridge.sign_in.still(token)


async def test_what_was_let_in_without_a_factor_ends_when_one_is_demanded(
    bridge: Bridge, yuki: StaffMember, url: str
) -> None:
    async with Seat.at(url) as at, Seat.at(url) as proved:
        await at.enter("ゆき")
        assert await at.is_in()
        app, _ = await app_of(bridge, yuki)
        await proved.come_in("ゆき", app.number())
        bridge.service.setting.demands_factor = True
        assert not await at.is_in() and await at.closed_with(0) == 4401
        assert await proved.is_in(), "who has shown theirs goes on"


async def test_who_has_no_factor_yet_has_half_an_hour_to_set_it_up(bridge: Bridge, yuki: StaffMember, url: str) -> None:
    bridge.service.setting.demands_factor = True
    sora = await bridge.person("そら")
    app, _ = await app_of(bridge, sora)
    async with Seat.at(url) as at, Seat.at(url) as other:
        await at.give_password("ゆき")
        await at.send("begin")
        new = App(await at.begun(), bridge.clock)
        await other.give_password("そら")
        bridge.clock.advance(seconds=HALF.total_seconds() + 60)
        assert await ForgetSignIns(bridge.service.store, bridge.service.setting)() == 1, "そら has one, and it is over"
        assert (await other.send("pass", code=app.number()))[2]["location"] == "/desk/?said=expired"
        bridge.clock.advance(seconds=SETTING_UP.total_seconds() - HALF.total_seconds() - 120)
        assert (await at.send("confirm", code=new.number()))[0] == 200 and await at.is_in()
        # Who closes the page before the codes are noted down is led to it, and can go on.
        status, _body, headers = await at._answer(at.http.get(f"{url}/desk/", allow_redirects=False))
        assert (status, headers["location"]) == (303, PAGE) and "書き留めてあります" in await at.page()
        await at.send("noted", noted="on")
        assert (await at._answer(at.http.get(f"{url}/desk/", allow_redirects=False)))[0] == 200
    async with Seat.at(url) as at:
        await bridge.person("はる")
        await at.give_password("はる")
        await at.send("begin")
        assert 'href="otpauth://totp/' in await at.page(), "on the phone itself nothing has to be photographed"
        bridge.clock.advance(seconds=SETTING_UP.total_seconds() + 1)
        assert (await at.send("begin"))[2]["location"] == "/desk/?said=expired"


async def test_a_sign_in_that_was_ended_confirms_no_factor(bridge: Bridge, yuki: StaffMember) -> None:
    store, setting, numbers = bridge.service.store, bridge.service.setting, PyotpNumbers()
    opened = await bridge.sign_in("ゆき", PASSWORD)
    held = await bridge.sign_in.held(opened.token)
    again = ConfirmPassword(store, setting, bridge.sign_in._passwords)
    await BeginFactor(store, setting, numbers, again)(held, PASSWORD)
    shown = await ReadFactor(store, setting, numbers).fresh(held)
    assert shown is not None
    confirm = ConfirmFactor(store, setting, numbers, bridge.sign_in)
    number = App(shown.secret, bridge.clock).number()
    # Its request was let in before, and comes to its verb afterwards.
    await bridge.sign_in.out(opened.token)
    with pytest.raises(SignInRequired):
        await confirm(held, opened.token, number)
    assert (await ReadFactor(store, setting, numbers)(yuki)).since is None


async def test_the_mark_of_a_browser_is_given_anew_at_each_sign_in(bridge: Bridge, yuki: StaffMember, url: str) -> None:
    async with Browser.at(url) as at:
        given = []
        for _ in range(2):
            _status, _body, headers = await at.form("/desk/sign-in", {"name": "ゆき", "password": PASSWORD})
            assert isinstance(headers, CIMultiDictProxy)
            given += [one for one in headers.getall("set-cookie") if one.startswith(DEVICE_COOKIE)]
        assert len(given) == 2 and len({one.partition(";")[0] for one in given}) == 1, "its days run from the last one"
        assert len(await bridge.service.rows("SELECT 1 FROM known_devices")) == 1
    async with Browser.at(url) as odd:
        odd.http.headers.update({"cookie": f"{DEVICE_COOKIE}=chosen"})
        _status, _body, headers = await odd.form("/desk/sign-in", {"name": "ゆき", "password": PASSWORD})
        assert isinstance(headers, CIMultiDictProxy)
        assert not any("=chosen" in one for one in headers.getall("set-cookie")), "nothing odd is given back"


# --- half a sign-in ---------------------------------------------------------------------------------------------------


async def test_row_24_half_a_sign_in_is_on_record_and_its_end_touches_nobody(
    bridge: Bridge, yuki: StaffMember, url: str
) -> None:
    app, _ = await app_of(bridge, yuki)
    async with Seat.at(url) as own, Seat.at(url) as thief:
        await own.come_in("ゆき", app.number())
        assert (await verbs(bridge, yuki))[-3:] == ["half_sign_in", "pass_factor", "sign_in"]
        before = await verbs(bridge, yuki)
        async with own.socket(0) as line:
            await line.until("ready")
            await thief.give_password("ゆき")
            token = {"token": thief.form_token()}
            assert (await thief.form("/desk/sign-out", token))[2]["location"] == "/desk/?said=out"
            room = str(await bridge.waiting(1))
            await line.socket.send_json({"watch": [room], "since": {room: 0}})
            assert await line.until("caught_up"), "the owner's lines stay"
        told = [verb for verb in await verbs(bridge, yuki) if verb != "open_desk"]
        assert told == [*before, "half_sign_in"], "nor is it a sign-out, or the end of a duty"
        assert await bridge.service.rows("SELECT 1 FROM presence WHERE on_duty AND staff_id = :s", s=yuki.id)
        assert await opens(own) and (await thief.get(PAGE))[0] == 401


async def test_row_10_who_guesses_numbers_elsewhere_keeps_no_known_browser_out(
    bridge: Bridge, yuki: StaffMember, url: str
) -> None:
    app, codes = await app_of(bridge, yuki)
    async with Seat.at(url) as own, Seat.at(url) as thief:
        assert (await own.come_in("ゆき", app.number()))[0] == 303
        await thief.give_password("ゆき")
        for _ in range(TRIES):
            await thief.send("pass", code=app.wrong())
        await thief.give_password("ゆき")
        assert (await thief.send("pass", code=app.next()))[0] == 429
        assert (await own.come_in("ゆき", app.number()))[2]["location"] == "/desk/"
        assert (await thief.send("pass", code=app.number(later=1)))[0] == 429, "nor does that give new tries elsewhere"
        # A slip in a code on paper is no guess at the app: neither counted as one nor made to wait.
        assert (await thief.send("pass", code="ABCD-EFGH", paper="1"))[0] == 401
        # Her own slips are counted there as well.
        await own.give_password("ゆき")
        for _ in range(TRIES):
            await own.send("pass", code=app.wrong())
        await own.give_password("ゆき")
        assert (await own.send("pass", code=app.next()))[0] == 429
        assert (await own.send("pass", code=codes[0]))[0] == 303


async def test_a_slip_in_a_code_on_paper_is_told_at_its_own_field(bridge: Bridge, yuki: StaffMember, url: str) -> None:
    app, codes = await app_of(bridge, yuki)
    async with Seat.at(url) as at:
        await at.give_password("ゆき")
        for left in range(TRIES - 1, 0, -1):
            status, page, _ = await at.send("pass", code=codes[0][:-1] + "?", paper="1")
            assert status == 401 and "予備のコードがちがうか" in page and "アプリにいま出ている番号" not in page
        (paper,) = [line for line in page.splitlines() if 'id="paper"' in line]
        (number,) = [line for line in page.splitlines() if 'id="code"' in line]
        assert 'aria-invalid="true"' in paper and "autofocus" in paper and 'aria-describedby="page-fault left"' in paper
        assert "aria-invalid" not in number and "autofocus" not in number and f"あと{left}回" in page
        assert '<details class="card" open><summary>アプリの入った機器が手もとにないとき' in page
        await at.send("pass", code=codes[0][:-1] + "?", paper="1")
        assert (await at.come_in("ゆき", app.number()))[0] == 303, "no number was guessed"
