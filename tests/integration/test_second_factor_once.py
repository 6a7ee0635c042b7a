"""A number and a code on paper count once (row 11), guessing is slow, and half a sign-in is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from handoff.domain.second_factor import CODES, TRIES
from handoff.domain.staff import StaffMember
from handoff.services.desk.sign_in import HALF
from handoff.web.desk.guard import COOKIE, TOKEN_HEADER
from tests.integration.conftest import Service
from tests.integration.desk_browser import desk_of
from tests.integration.desk_support import PASSWORD, Bridge
from tests.integration.factor_support import PAGE, Seat, app_of
from tests.integration.test_clearance_routes import Evening, kept, routes

#: What half a sign-in may ask for: the way in and out, what belongs to everybody, and its own second factor.
OPEN_TO_HALF = {
    "GET /desk",
    "GET /desk/static/<__file_uri__:path>",
    "POST /desk/sign-in",
    "POST /desk/sign-out",
    f"GET {PAGE}",
    *(f"POST {PAGE}/{step}" for step in ("pass", "begin", "confirm")),
}


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


# --- row 11: once -----------------------------------------------------------------------------------------------


async def test_row_11_a_number_counts_once(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    app, _ = await app_of(bridge, yuki)
    async with Seat.at(url) as at, Seat.at(url) as other:
        first, early = app.number(), app.number(later=1)
        assert (await at.come_in("ゆき", early))[0] == 303, "a clock may go a little before"
        await other.give_password("ゆき")
        for replayed in (early, first):
            assert (await other.send("pass", code=replayed))[0] == 401, "neither again nor an older one"
        assert (await other.send("pass", code=app.next()))[0] == 401
        assert (await other.send("pass", code=app.next()))[0] == 303
        bridge.clock.advance(minutes=5)
        late = app.number(later=-2)
        await other.give_password("ゆき")
        assert (await other.send("pass", code=late))[0] == 401, "after a minute it is too late"
        assert (await other.send("pass", code=app.number(later=-1)))[0] == 303

    bridge.clock.advance(minutes=5)
    async with AsyncExitStack() as stack:
        seats = [await stack.enter_async_context(Seat.at(url)) for _ in range(10)]
        for one in seats:
            await one.give_password("ゆき")
        number = app.number()
        answers = await asyncio.gather(*(one.send("pass", code=number) for one in seats * 2))
        came_in = [answer for answer in answers if answer[2].get("location") == "/desk/"]
        assert len(came_in) == 1
        # The second request of the one that came in finds its half sign-in gone; all others are refused.
        gone = [answer for answer in answers if answer[2].get("location", "").endswith("said=expired")]
        assert len(gone) <= 1 and [answer[0] for answer in answers].count(401) == 19 - len(gone)
        assert [await one.is_in() for one in seats].count(True) == 1
    rows = await bridge.service.rows("SELECT verb FROM audit_events WHERE verb = 'pass_factor'")
    assert len(rows) == 4


async def test_row_11_a_code_on_paper_counts_once(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    _, codes = await app_of(bridge, yuki)
    async with AsyncExitStack() as stack:
        seats: list[Seat] = []
        for _ in range(8):
            one = await stack.enter_async_context(Seat.at(url))
            await one.give_password("ゆき")
            seats.append(one)
        typed = codes[0].lower()
        answers = await asyncio.gather(*(one.send("pass", code=typed) for one in seats))
        assert sorted(answer[0] for answer in answers) == [303] + [401] * 7
        (refused, *_) = [one for one, answer in zip(seats, answers, strict=True) if answer[0] == 401]
        assert (await refused.send("pass", code=codes[1]))[0] == 303
    (left,) = await bridge.service.rows("SELECT count(*) AS n FROM recovery_codes WHERE real_used_at IS NULL")
    assert left.n == CODES - 2


async def test_row_11_half_a_sign_in_opens_nothing(bridge: Bridge, url: str) -> None:
    minato = await bridge.supervisor()
    app, _ = await app_of(bridge, minato)
    session = await bridge.waiting(1, "ひみつの言葉")
    async with Seat.at(url) as at:
        await at.give_password("みなと")
        evening = Evening(bridge, url, minato, {"session_id": session})
        token, before = at.form_token(), await kept(evening)
        for route in routes():
            if route in OPEN_TO_HALF:
                continue
            method, there = route.partition(" ")[0], url + evening.at(route)
            headers = {TOKEN_HEADER: token, "accept": "text/html"}
            body = None if method == "GET" else {"token": token, "password": PASSWORD, "key": str(uuid4())}
            async with at.http.request(method, there, headers=headers, data=body, allow_redirects=False) as told:
                text = await told.text()
                assert told.status in (303, 400, 401, 403, 404), route
                assert "ひみつ" not in text and "みなと" not in text, route
                assert told.headers.get("location", PAGE) in (PAGE, "/desk/?said=expired"), route
        assert await kept(evening) == before
        assert (await at.get("/desk", accept="text/html"))[0] == 200 and "6けたの番号" in (await at.get("/desk"))[1]
        assert await at.closed_with(0) == 4401, "nor by the socket"
        # It waits for ten minutes, and no number opens it afterwards.
        bridge.clock.advance(seconds=HALF.total_seconds() + 1)
        assert (await at.send("pass", code=app.number()))[2]["location"] == "/desk/?said=expired"
        assert not await at.is_in()


# --- guessing ---------------------------------------------------------------------------------------------------


async def test_wrong_numbers_end_the_sign_in_and_slow_the_next(bridge: Bridge, url: str, yuki: StaffMember) -> None:
    app, codes = await app_of(bridge, yuki)
    async with Seat.at(url) as at:
        await at.give_password("ゆき")
        for left in range(TRIES - 1, 0, -1):
            status, body, _ = await at.send("pass", code=app.wrong())
            assert status == 401 and f"あと{left}回" in body
        half = at.cookie()
        assert (await at.send("pass", code=app.wrong()))[2]["location"] == "/desk/?said=factor"
        # Whoever keeps the cookie has nothing by it, not even with a code that nobody has used.
        at.http.cookie_jar.update_cookies({COOKIE: half}, at.root)
        assert (await at.send("pass", code=codes[1]))[2]["location"] == "/desk/?said=expired"
        assert "続けてまちがえました" in (await at.get("/desk/?said=factor"))[1]
        # With the password again there are no five more: it goes by the person, and so the right one waits as well …
        await at.give_password("ゆき")
        assert (await at.send("pass", code=app.number()))[0] == 429
        # … but for what nobody can guess.
        assert (await at.send("pass", code=codes[0]))[0] == 303
        assert (await at.come_in("ゆき", app.number()))[0] == 303
    tries = await bridge.service.rows("SELECT detail FROM audit_events WHERE verb = 'factor_refused' ORDER BY sequence")
    assert [row.detail for row in tries] == [{"tries": number} for number in range(1, TRIES + 1)]
