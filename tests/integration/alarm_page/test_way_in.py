"""Who may see the alarm's page: whoever holds a link that holds, and nobody else. (HOK-6, WG-17)"""

from __future__ import annotations

from uuid import uuid4

import aiohttp

from handoff.adapters.database.store import SqlStore
from handoff.domain.escalation import CloseReason
from handoff.domain.profile.vocabulary import Agency
from handoff.services.close_escalation import CloseEscalation
from handoff.services.raise_escalation import RaiseTestAlarm
from tests.integration.alarm_page.conftest import FIRST, RISK, SECOND, SECRET, Night, Phone, browser, hidden
from tests.integration.conftest import CLOSED, SEALER, Service
from tests.integration.test_escalations import with_ladder
from tests.support import alarms
from tests.support.fakes import FrozenClock

TEACHER = alarms.Risk(["たたかれた"], categories=("violence",), suspects=frozenset({"teacher"}))
JSON = {"accept": "application/json"}


async def test_opening_a_link_reveals_nothing_and_changes_nothing(night: Night, stranger: Phone) -> None:
    """A mail scanner opens it, too."""
    before = await night.audit()
    token = await night.link()
    status, page, headers = await stranger.get(f"/alarm/{token}")
    assert status == 200 and "お知らせを開く" in page
    assert "set-cookie" not in headers
    for told in (SECRET, FIRST, night.service.setting.profile.service_name, "死", token, str(night.escalation), "直ち"):
        assert told not in page
    assert await night.audit() == before
    assert (await night.state()).state == "raised"
    assert page == (await stranger.get(f"/alarm/{await night.link(1)}"))[1]


async def test_the_button_gives_a_cookie_and_the_token_leaves_the_address(night: Night, stranger: Phone) -> None:
    token = await night.link()
    status, body, headers = await stranger.post(f"/alarm/{token}", {"any": "thing"})
    assert (status, body) == (303, "")
    assert headers["location"] == f"/alarm/e/{night.escalation}"
    cookie = headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/alarm"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "this machine's http"
    page = await stranger.page()
    assert "もう<mark>死にたい</mark>です、ひみつ" in page
    assert "話してくれて、ありがとう。" in page
    assert token not in page
    assert (await night.audit())[-1] == "read_alarm"


async def test_under_https_the_cookie_travels_encrypted_alone(night: Night) -> None:
    service, token = night.service, await night.link()
    async with (
        alarms.alarm_site(service.store, service.setting, SEALER, "https://Tsunagi.example.jp:443") as url,
        aiohttp.ClientSession() as http,
    ):
        headers = {"origin": "https://tsunagi.example.jp"}
        async with http.post(f"{url}/alarm/{token}", data={"a": "b"}, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
            assert "Secure" in answer.headers["set-cookie"]


async def test_whatever_is_not_there_is_one_and_the_same_page(night: Night, phone: Phone, stranger: Phone) -> None:
    """A wrong token, no cookie, another escalation, one that doesn't exist, an address that no route knows."""
    service, token = night.service, await night.link()
    other = await alarms.write(service.store, service.setting, SECRET, RISK, user="U" + "2" * 32)
    other_id = await alarms.escalation_of(service.store, other)
    tried = []
    for path in ("x" * 43, "e", "static", "あ", "x" * 500):
        tried += [await stranger.get(f"/alarm/{path}"), await stranger.post(f"/alarm/{path}", {"a": "b"})]
    for escalation in (night.escalation, other_id, uuid4(), "1"):
        tried += [await stranger.get(f"/alarm/e/{escalation}"), await stranger.get(f"/alarm/e/{escalation}/news")]
        tried.append(await stranger.post(f"/alarm/e/{escalation}/acknowledge", {"token": "x"}))
    # Somebody who holds a link of one escalation shows it for another.
    for forged in (other_id, uuid4()):
        cookie = f"tsunagi-alarm-{forged.hex}={token}"
        tried.append(await stranger.get(f"/alarm/e/{forged}", cookie=cookie))
        fields = hidden(await phone.page())
        tried.append(await stranger.post(f"/alarm/e/{forged}/acknowledge", fields, {"cookie": cookie}))
    tried += [await stranger.get("/alarm"), await stranger.get("/alarm/e/1/2/3"), await stranger.get("/alarm/static/x")]
    assert {status for status, _, _ in tried} == {404}
    assert len({body for _, body, _ in tried}) == 1
    assert "開けません" in tried[0][1]
    assert {(await night.state()).state} == {"raised"}
    reads = await night.service.rows("SELECT actor FROM audit_events WHERE verb = 'read_alarm'")
    assert len(reads) == 2, "the one who may, twice; the others never"


async def test_a_link_ends_a_day_after_the_alarm_and_its_cookie_with_it(
    night: Night, phone: Phone, stranger: Phone
) -> None:
    token = await night.link()
    await CloseEscalation(night.service.store, night.service.setting)(night.escalation, FIRST, CloseReason.SAFE)
    night.clock.advance(hours=23)
    assert "終わりました" in await phone.page()
    night.clock.advance(hours=1)
    gone = [await phone.get(phone.at), await phone.get(f"{phone.at}/news"), await stranger.get(f"/alarm/{token}")]
    assert [status for status, _, _ in gone] == [404, 404, 404]


async def test_a_school_s_link_is_dead_once_a_teacher_is_suspected(service: Service) -> None:
    service.setting.clock = FrozenClock(CLOSED)
    service.setting.profile = with_ladder(
        service.setting.profile, ("学校の担当者", 0, Agency.SCHOOL), (SECOND, 9, None)
    )
    session = await alarms.write(service.store, service.setting, SECRET, RISK)
    escalation = await alarms.escalation_of(service.store, session)
    token = await alarms.link(service.store, service.setting, escalation)
    async with alarms.alarm_site(service.store, service.setting, SEALER) as url:
        http = browser()
        school, other = (
            Phone(url, http, escalation),
            Phone(url, browser(), escalation),
        )
        try:
            await school.enter(token)
            assert "在籍校" in await school.page()
            fields = hidden(await school.page())
            await alarms.write(service.store, service.setting, "先生にたたかれた", TEACHER)
            assert (await school.get(school.at))[0] == 404
            assert (await school.get(f"{school.at}/news"))[0] == 404
            assert (await school.post(f"{school.at}/acknowledge", fields))[0] == 404
            assert (await school.get(f"/alarm/{token}"))[0] == 404
            await other.enter(await alarms.link(service.store, service.setting, escalation, 1))
            page = await other.page()
            assert "教職員が関わっているおそれ" in page
            assert "在籍校" not in page
        finally:
            await school.http.close()
            await other.http.close()


async def test_a_test_says_that_it_is_one_and_asks_for_nothing(service: Service) -> None:
    escalation = await RaiseTestAlarm(service.store, service.setting)("administrator")
    await service.work()
    async with (
        alarms.alarm_site(service.store, service.setting, SEALER) as url,
        browser() as http,
    ):
        phone = Phone(url, http, escalation)
        await phone.enter(await alarms.link(service.store, service.setting, escalation))
        page = await phone.page()
        assert "これは試験です" in page
        assert "<form" not in page and "tel:" not in page
        status, _, _ = await phone.post(f"{phone.at}/answer", {"token": "x", "text": "はい"})
        assert status == 403


async def test_without_the_database_a_person_is_told_what_to_do(service: Service) -> None:
    away = SqlStore("postgresql://nobody@127.0.0.1:1/none", SEALER, service.jobs)
    async with alarms.alarm_site(away, service.setting, SEALER) as url, aiohttp.ClientSession() as http:
        async with http.get(f"{url}/alarm/{'x' * 43}") as answer:
            assert answer.status == 503
            assert "先に電話をかけてください" in await answer.text()
        async with http.get(f"{url}/alarm/{'x' * 43}", headers=JSON) as answer:
            assert (await answer.json())["code"] == "store_unavailable"
    await away.close()
