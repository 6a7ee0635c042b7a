"""LINE's pushes of a month are kept back for live talk: asked, kept, shown, and what nobody asked for left out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import uuid4

import pytest

from handoff.adapters.line.quota import LineQuota
from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.incoming import Channel
from handoff.domain.quota import Quota
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.texts import TextKey
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.desk.send_line import SendLine
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.watch_quota import Unasked, WatchQuota, has_spare, may_push
from handoff.simulator.app import serve
from handoff.simulator.client import StandIn
from handoff.simulator.config import StandInConfig
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import browser, entries, later, told, waiting
from tests.integration.survey_support import close_and_ask, ended
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text
from tests.support.sites import desk_site, free_port


@dataclass
class Line:
    """LINE's answers, and how often it was asked."""

    quota: Quota | None
    asked: int = 0

    async def __call__(self) -> Quota | None:
        self.asked += 1
        return self.quota


@pytest.fixture
def at(service: Service) -> FrozenClock:
    """The demo profile, which keeps a hundred pushes back, with the window open."""
    frozen = FrozenClock(OPEN)
    service.setting.clock = frozen
    assert service.setting.profile.desk.push_reserve == 100
    return frozen


async def tell(service: Service, quota: Quota | None) -> None:
    """What LINE says, read by the worker's round."""
    clock = service.setting.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(minutes=5)
    await WatchQuota(service.store, service.setting, Line(quota))()


async def test_line_is_asked_once_in_five_minutes_by_all_workers_together(service: Service, at: FrozenClock) -> None:
    line = Line(Quota(1000, 0))
    await asyncio.gather(*(WatchQuota(service.store, service.setting, line)() for _ in range(8)))
    assert line.asked == 1
    at.advance(minutes=4, seconds=59)
    assert await WatchQuota(service.store, service.setting, line)() is None
    at.advance(seconds=1)
    assert await WatchQuota(service.store, service.setting, line)() == Quota(1000, 0)
    assert line.asked == 2
    (row,) = await service.rows('SELECT "limit", used, real_at FROM line_quota')
    assert (row.limit, row.used, row.real_at) == (1000, 0, at.real())


async def test_what_line_doesnt_tell_leaves_what_it_told_last(service: Service, at: FrozenClock) -> None:
    await tell(service, None)
    async with service.store.reading() as tx:
        assert await tx.quota.read() is None and await has_spare(tx, service.setting)
    await tell(service, Quota(200, 150))
    await tell(service, None)
    async with service.store.reading() as tx:
        assert await tx.quota.read() == Quota(200, 150)


@pytest.mark.parametrize(
    ("quota", "spare", "low"),
    [
        (Quota(None, 10**6), True, False),
        (Quota(1000, 800), True, False),
        (Quota(1000, 801), True, True),
        (Quota(1000, 899), True, True),
        (Quota(1000, 900), False, True),
        (Quota(1000, 1200), False, True),
        (Quota(0, 0), False, True),
    ],
)
async def test_pushes_are_kept_back_and_supervisors_hear_of_it_once_a_day(
    service: Service, at: FrozenClock, quota: Quota, spare: bool, low: bool
) -> None:
    session_id = await waiting(service)
    await tell(service, quota)
    await tell(service, quota)
    async with service.store.transaction() as tx:
        assert await may_push(tx, service.setting, session_id, Unasked.WAITING) is spare
    assert (
        [entry.detail for entry in await entries(service, "leave_out_push")] == [] if spare else [{"what": "waiting"}]
    )
    assert [event.detail for event in await told(service, "alarm")] == ([{"code": "quota_low"}] if low else [])
    later(service, days=1)
    await tell(service, quota)
    assert len(await told(service, "alarm")) == len(await entries(service, "quota_low")) == (2 if low else 0)


async def counsellor(service: Service) -> StaffMember:
    accounts = Accounts(service.store, service.setting, ArgonPasswords())
    added = await accounts.add("kokoro", "こころ", StaffRole.COUNSELLOR, "ningyo-no-umi-7")
    return await put_on_roster(service.store, service.setting, added)


@pytest.mark.parametrize("used", [0, 950])
async def test_the_waiting_rhythm_asks_first(service: Service, at: FrozenClock, used: int) -> None:
    session_id = await waiting(service)
    await tell(service, Quota(1000, used))
    tend = TendDesk(service.store, service.setting)
    for _ in range(2):
        await tend()
    await service.work()
    still = service.setting.profile.text(TextKey.WAITING_STILL)
    assert (still in service.line.said) is (used == 0)
    left_out = [(entry.session_id, entry.detail) for entry in await entries(service, "leave_out_push")]
    assert left_out == ([] if used == 0 else [(session_id, {"what": "waiting"})]), "once, not each round"


@pytest.mark.parametrize("used", [0, 950])
async def test_in_a_talk_the_nudge_asks_first_and_a_persons_words_and_the_last_ones_never(
    service: Service, at: FrozenClock, used: int
) -> None:
    me, session_id = await counsellor(service), await waiting(service)
    await tell(service, Quota(1000, used))
    session = await ClaimSession(service.store, service.setting)(session_id, me)
    await SendLine(service.store, service.setting)(session_id, me, session.epoch, "聞いています。", uuid4())
    await service.work()
    profile = service.setting.profile
    assert service.line.said[-2:] == [profile.text(TextKey.CLAIMED, alias="こころ"), "聞いています。"]
    tend = TendDesk(service.store, service.setting)
    at.advance(minutes=profile.session.nudge_minutes or 0)
    await tend()
    await service.work()
    assert (profile.text(TextKey.LIVE_NUDGE) in service.line.said) is (used == 0)
    assert [entry.detail["what"] for entry in await entries(service, "leave_out_push")] == (
        [] if used == 0 else ["live_nudge"]
    )
    at.advance(minutes=profile.session.silence_close_minutes or 0)
    await tend()
    await service.work()
    assert service.line.said[-1] == profile.text(TextKey.ENDED_SILENT)


@pytest.mark.parametrize("used", [0, 950])
async def test_the_nudge_of_an_intake_asks_first(service: Service, at: FrozenClock, used: int) -> None:
    service.bot.waits = True
    await service.accept(arrivals(text("中2です", timestamp=int(at.real().timestamp() * 1000))))
    await service.work()
    await tell(service, Quota(1000, used))
    at.advance(minutes=10)
    await service.tend()
    await service.work()
    assert (service.setting.profile.text(TextKey.NUDGE) in service.line.said) is (used == 0)
    assert len(await entries(service, "leave_out_push")) == (used > 0)


@pytest.mark.parametrize("used", [0, 950])
async def test_the_survey_asks_first(risk: Service, used: int) -> None:
    session_id = await ended(risk, "こんばんは")
    await tell(risk, Quota(1000, used))
    assert await close_and_ask(risk, session_id) is (used == 0)
    left_out = [(entry.session_id, entry.detail) for entry in await entries(risk, "leave_out_push")]
    assert left_out == ([] if used == 0 else [(session_id, {"what": "survey"})])


# --- LINE, and the desk -------------------------------------------------------------------------------------------------


async def test_line_itself_is_asked_by_its_own_client(service: Service) -> None:
    config = StandInConfig("s", "t", "http://127.0.0.1:9/line/webhook", monthly_limit=5000)
    async with serve(config) as url:
        async with LineQuota("t", url) as ask, StandIn(url) as standin:
            assert await ask() == Quota(5000, 0)
            await standin.settings(monthly_used=4321)
            assert await ask() == Quota(5000, 4321)
            await standin.settings(monthly_limit=None)
            assert await ask() == Quota(None, 4321)
        async with LineQuota("wrong", url) as ask:
            assert await ask() is None, "refused"
    async with LineQuota("t", f"http://127.0.0.1:{free_port()}") as ask:
        assert await ask() is None, "nobody there"


async def test_the_desk_shows_what_is_left(service: Service, at: FrozenClock) -> None:
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        desk = browser(url)
        await desk.sign_in("yuki")
        assert (await desk.json("/desk/api/desk"))["quota"] == {"remaining": None, "reserve": 100}
        await tell(service, Quota(1000, 920))
        assert (await desk.json("/desk/api/desk"))["quota"] == {"remaining": 80, "reserve": 100}
        await desk.http.close()


async def test_what_a_page_of_ours_shows_costs_no_push(service: Service, at: FrozenClock) -> None:
    await tell(service, Quota(200, 150))
    async with service.store.transaction() as tx:
        left = {}
        for channel in (Channel.LINE, Channel.WEB):
            contact = await tx.contacts.find_or_add(channel, f"{channel}:1", at.now())
            session = await tx.sessions.start(contact, "demo", at.now())
            left[channel] = await may_push(tx, service.setting, session.id, Unasked.SURVEY)
    assert left == {Channel.LINE: False, Channel.WEB: True}
