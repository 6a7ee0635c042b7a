"""Files at the desk, over real HTTP: nothing runs, nothing is guessed, what one may not see isn't there (rows 3, 13, 19, 20)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from handoff.domain.evidence import Purpose
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge, address
from tests.integration.evidence_support import ALL, Files
from tests.support import hostile_files as hostile
from tests.support.line_events import arrivals, event

#: A name that would run where it is read as HTML, or break a header.
NAME = '"><img src=x onerror=alert(1)>\r\nset-cookie: a=b.jpg'


@pytest.fixture
def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
def files(bridge: Bridge) -> Files:
    made = Files(bridge.service)
    made.media(consultation=ALL, window=True)
    return made


@pytest.fixture
async def url(bridge: Bridge) -> AsyncIterator[str]:
    async with desk_of(bridge) as url:
        yield url


async def test_whatever_is_served_is_an_attachment_in_a_sandbox_under_a_name_of_ours(
    bridge: Bridge, files: Files, url: str
) -> None:
    """Row 19: everything is an attachment but the thumbnail, which stands in the page beside the words (ADR 15).

    That one is a JPEG made anew by us from pixels alone, never a stranger's bytes; it comes in the same sandbox with
    ``nosniff``, so that it is a picture or nothing.
    """
    yuki = await bridge.person("ゆき")
    session = (await bridge.live(yuki)).id
    image = await files.send(session, hostile.jpeg(), "image/jpeg", NAME)
    film = await files.send(session, hostile.MP4, "video/mp4", NAME)
    m4a = await files.send(session, hostile.M4A, "audio/x-m4a", NAME)
    mp3 = await files.send(session, hostile.MP3, "audio/mpeg", NAME)
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        for one, path, kind, extension in (
            (image, "shown", "image/jpeg", "jpg"),
            (image, "thumb", "image/jpeg", ""),
            (film, "shown", "video/mp4", "mp4"),
            (m4a, "shown", "audio/mp4", "m4a"),
            (mp3, "shown", "audio/mpeg", "mp3"),
        ):
            async with browser.http.get(f"{url}/desk/evidence/{one.id}/{path}") as answer:
                body, headers = await answer.read(), answer.headers
            assert (answer.status, headers["content-type"]) == (200, kind)
            assert headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert int(headers["content-length"]) == len(body) > 0
            told = headers["content-disposition"]
            name = f'attachment; filename="evidence-{one.id.hex[:8]}.{extension}"'
            assert told == ("inline" if path == "thumb" else name)
            assert "set-cookie" not in headers and "onerror" not in str(headers)
            assert hostile.CANARY.encode() not in body
            assert one is image or body == {film: hostile.MP4, m4a: hostile.M4A, mp3: hostile.MP3}[one]
        status, page, page_headers = await browser.get(f"/desk/evidence/{image.id}", accept="text/html")
        assert status == 200 and "&lt;img src=x onerror=alert(1)&gt;" in page and "<img src=x" not in page
        assert "sandbox" not in page_headers["content-security-policy"]
        assert "取り出す" not in page  # a counsellor's page offers no original


async def test_the_original_wants_a_supervisor_a_reason_and_our_own_form(
    bridge: Bridge, files: Files, url: str
) -> None:
    yuki = await bridge.person("ゆき")
    await bridge.supervisor("みなと")
    session = (await bridge.live(yuki)).id
    image = await files.send(session, hostile.jpeg(), "image/jpeg")
    path, page = f"/desk/evidence/{image.id}/original", {"accept": "text/html"}
    async with Browser.at(url) as browser:
        await browser.enter("みなと")
        good = {"token": browser.form_token(), "key": str(uuid4()), "purpose": "check", "reason": "確かめるため"}
        for wrong, status in (
            ({"token": "x"}, 403),
            ({"reason": " "}, 400),
            ({"purpose": "school"}, 400),
            ({"key": ""}, 400),
        ):
            told, body, _headers = await browser.form(path, good | wrong, page)
            assert told == status and "JFIF" not in body
        elsewhere = await browser.form(path, good, page | {"origin": "https://evil.example"})
        assert elsewhere[0] == 403
        assert await bridge.service.rows("SELECT 1 FROM evidence_openings") == []
        async with browser.http.post(url + path, data=good) as answer:
            assert await answer.read() == hostile.jpeg()
            assert answer.headers["content-type"] == "application/octet-stream"
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["content-disposition"].startswith("attachment;")
        assert len(await bridge.service.rows("SELECT 1 FROM evidence_openings")) == 1
        assert "確かめるため" in (await browser.get(f"/desk/evidence/{image.id}", accept="text/html"))[1]
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        fields = good | {"token": browser.form_token(), "key": str(uuid4())}
        assert (await browser.form(path, fields, page))[0] == 404
        assert "確かめるため" not in (await browser.get(f"/desk/evidence/{image.id}", accept="text/html"))[1]


async def test_another_s_file_looks_like_one_that_is_not_there(bridge: Bridge, files: Files, url: str) -> None:
    yuki, _sora = await bridge.people("ゆき", "そら")
    session = (await bridge.live(yuki)).id
    image = await files.send(session, hostile.jpeg(), "image/jpeg")
    async with Browser.at(url) as browser:
        for path in ("", "/thumb", "/shown"):
            status, _body, _headers = await browser.get(f"/desk/evidence/{image.id}{path}")
            assert status == 401  # nobody is signed in
        await browser.enter("そら")
        for path in ("", "/thumb", "/shown"):
            there, nowhere = [
                await browser.get(f"/desk/evidence/{one}{path}", accept="text/html") for one in (image.id, uuid4())
            ]
            assert there[:2] == nowhere[:2] and there[0] == 404
        status, body, _headers = await browser.post(f"evidence/{image.id}/quarantine", {})
        assert (status, json.loads(body)["code"]) == (404, "not_found")
        assert (await browser.post(f"evidence/{image.id}/quarantine", {}, told=False))[0] == 403


async def test_quarantine_is_two_presses_away_and_leaves_the_police_s_form_to_supervisors(
    bridge: Bridge, files: Files, url: str
) -> None:
    yuki = await bridge.person("ゆき")
    await bridge.supervisor("みなと")
    session = (await bridge.live(yuki)).id
    image = await files.send(session, hostile.jpeg(), "image/jpeg", "はだか.jpg")
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        assert "はだか.jpg" in (await browser.get(f"/desk/evidence/{image.id}", accept="text/html"))[1]
        assert (await browser.post(f"evidence/{image.id}/quarantine", {}))[0] == 200
        for path in ("/thumb", "/shown"):
            assert (await browser.get(f"/desk/evidence/{image.id}{path}"))[0] == 404
        page = (await browser.get(f"/desk/evidence/{image.id}", accept="text/html"))[1]
        assert "隔離しています" in page and "<img" not in page and "取り出す" not in page
        assert "はだか.jpg" not in page  # the name tells what nobody may see
    async with Browser.at(url) as browser:
        await browser.enter("みなと")
        page = (await browser.get(f"/desk/evidence/{image.id}", accept="text/html"))[1]
        assert "はだか.jpg" in page  # the police may ask for it
        assert f'value="{Purpose.POLICE}"' in page and f'value="{Purpose.BOARD}"' not in page and "<img" not in page


async def test_a_talk_s_lines_bring_their_pictures_as_far_as_they_may_be_seen(
    bridge: Bridge, files: Files, url: str
) -> None:
    yuki = await bridge.person("ゆき")
    session = await bridge.live(yuki)
    service = bridge.service
    service.content.files["p1"] = hostile.jpeg()
    picture = {"type": "image", "id": "p1", "contentProvider": {"type": "line"}}
    await service.accept(arrivals(event("message", address(1), message=picture)))
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        async with browser.socket(browser.cursor, session.id) as line:
            await bridge.drain()
            coming = (await line.until("line"))["line"]["evidence"]
            assert (coming["state"], coming["thumb"], coming["open"]) == ("waiting", False, False)
            await service.work()
            while (coming := (await line.until("line"))["line"]["evidence"]) is None or coming["state"] == "waiting":
                pass
            assert (coming["state"], coming["thumb"], coming["open"], coming["told"]) == ("stored", True, True, "")
        status, body, _headers = await browser.get(f"/desk/api/talks/{session.id}")
        shown = [one["evidence"] for one in json.loads(body)["lines"] if one["evidence"]]
        assert status == 200 and shown == [coming]
        assert (await browser.post(f"talks/{session.id}/picture/open", {}))[0] == 200
        assert (await browser.post(f"talks/{session.id}/picture/close", {}))[0] == 200
        assert (await browser.post(f"talks/{session.id}/picture/other", {}))[0] == 404
