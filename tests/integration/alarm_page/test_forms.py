"""The alarm's page takes its own small forms alone, and what people wrote is never code."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.integration.alarm_page.conftest import RISK, Night, Phone, hidden
from tests.support import alarms


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"token": ""}, {}),
        ({"token": "0" * 64}, {}),
        ({"token": "あ"}, {}),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"origin": "http://127.0.0.1:1"}),
        ({}, {"sec-fetch-site": "cross-site"}),
        ({}, {"sec-fetch-site": "same-site", "origin": "null"}),
    ],
)
async def test_a_form_that_is_not_this_page_s_own_changes_nothing(
    night: Night, phone: Phone, fields: dict[str, str], headers: dict[str, str]
) -> None:
    before, own = await night.audit(), hidden(await phone.page())
    verbs = ("acknowledge", "take-over", "contact", "call", "answer", "close", "glass", f"glass/{uuid4()}/reason")
    for verb in verbs:
        more = {"text": "こんばんは", "agency": "police", "reason": "safe"}
        status, body, _ = await phone.post(f"{phone.at}/{verb}", own | more | fields, headers)
        assert status == 403, verb
        assert "何も変わっていません" in body
    assert [verb for verb in await night.audit() if verb != "read_alarm"] == before
    assert (await night.state()).state == "raised"


async def test_the_form_of_one_link_is_no_form_of_another(night: Night, phones: list[Phone]) -> None:
    first, second = phones
    status, _, _ = await first.post(f"{first.at}/acknowledge", hidden(await second.page()))
    assert status == 403


async def test_what_browsers_say_of_our_own_page_is_taken(night: Night, phone: Phone) -> None:
    """A form of a page without referrer has the origin null; a script's request has its own."""
    for headers in ({"origin": "null", "sec-fetch-site": "same-origin"}, {"origin": night.url}, {}):
        status, _ = await phone.send("acknowledge", headers)
        assert status == 303


async def test_bodies_are_small_forms(night: Night, phone: Phone) -> None:
    own = hidden(await phone.page())
    async with phone.http.post(f"{phone.url}{phone.at}/answer", data=own | {"text": "x" * 70_000}) as answer:
        assert answer.status == 413 and "長すぎます" in await answer.text()
    async with phone.http.post(f"{phone.url}{phone.at}/answer", data=b"x" * 1_200_000) as answer:
        assert answer.status == 413
        assert answer.headers["cache-control"] == "no-store"
    for body, kind in ((b"{}", "application/json"), (b"\xff", "application/x-www-form-urlencoded")):
        headers = {"content-type": kind}
        async with phone.http.post(f"{phone.url}{phone.at}/answer", data=body, headers=headers) as answer:
            assert answer.status == 400
    many = "&".join(f"a{number}=1" for number in range(100))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    async with phone.http.post(f"{phone.url}{phone.at}/answer", data=many, headers=headers) as answer:
        assert answer.status == 400
    assert (await night.state()).state == "raised"


async def test_every_answer_below_alarm_has_the_headers(night: Night, phone: Phone) -> None:
    own = hidden(await phone.page()) | {"text": "はい", "reason": "居場所を伝えるため", "agency": "police"}
    answers = [
        await phone.get(f"/alarm/{await night.link()}"),
        await phone.post(f"/alarm/{await night.link()}", {"a": "b"}),
        await phone.get(phone.at),
        await phone.get(f"{phone.at}/news"),
        await phone.post(f"{phone.at}/glass", own),
        await phone.post(f"{phone.at}/acknowledge", own),
        await phone.post(f"{phone.at}/call", own),
        await phone.post(f"{phone.at}/answer", own),
        await phone.post(f"{phone.at}/contact", own),
        await phone.post(f"{phone.at}/take-over", own),
        await phone.post(f"{phone.at}/glass", own),
        await phone.post(f"{phone.at}/glass/{uuid4()}/reason", own),
        await phone.post(f"{phone.at}/glass/{uuid4()}/review", own),
        await phone.post(f"{phone.at}/close", own),
        await phone.post(f"{phone.at}/close", own | {"reason": "safe"}),
        await phone.post(f"{phone.at}/acknowledge", {}),
        await phone.get(f"{phone.at}/acknowledge"),
        await phone.get("/alarm/nothing"),
        await phone.get("/alarm"),
    ]
    statuses = [status for status, _, _ in answers]
    assert statuses == [200, 303, 200, 200, 409, 303, 303, 303, 303, 303, 200, 404, 404, 400, 303, 403, 405, 404, 404]
    static = await phone.get("/alarm/static/alarm.js")
    assert static[0] == 200 and static[2]["cache-control"] == "no-cache"
    for _, _, headers in answers:
        assert headers["cache-control"] == "no-store"
    for _, _, headers in (*answers, static):
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert (await phone.get("/healthz"))[2]["cache-control"] == "no-store"


async def test_what_people_wrote_is_never_code(night: Night, phone: Phone) -> None:
    service, evil = night.service, "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}死にたい"
    seen = re.search(r'data-seen="(\d+)"', await phone.page())
    assert seen is not None
    await alarms.write(service.store, service.setting, evil, alarms.Risk(["<script>", "死にたい"]))
    place = alarms.location("<b>橋</b>", 35.1, 139.2)
    await alarms.write(service.store, service.setting, "", RISK, message=place)
    page = await phone.page()
    news = (await phone.get(f"{phone.at}/news?seen={seen[1]}"))[1]
    _, refused = await phone.send("close", note=f"</textarea>{evil}", reason=evil)
    for shown in (page, news, refused):
        assert "<img" not in shown and "<b>" not in shown and "alert(1)</script>" not in shown
        assert "&lt;script&gt;" in shown
        assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=(?!alert)", shown)
    assert "緯度 35.1、経度 139.2" in page
    assert "<mark>&lt;script&gt;</mark>" in page
