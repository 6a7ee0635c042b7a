"""By which name the service is reached through a proxy, what it says by another, and that our README's proxy is such a one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from handoff.settings import ROOT
from handoff.web.hosts import hosts_of
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.house_support import whole_site
from tests.support import alarms

NAME = "tsunagi.example.jp"
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    """Behind one proxy of the operator's own."""
    hosts = hosts_of(f"https://{NAME}", demo=False)
    async with whole_site(service, hosts=hosts, https=True, proxies=1) as url:
        yield url


async def test_what_a_proxy_says_of_the_host_decides_nothing(url: str, service: Service) -> None:
    """Rows 13 and 19: a rebound page's script sets it; and two proxies make a list of it, which must not shut us up."""
    far = {"x-forwarded-for": "203.0.113.9"}
    async with aiohttp.ClientSession() as http:

        async def ask(host: str, told: str, method: str = "GET", **more: str) -> tuple[int, str]:
            headers = {"host": host, "x-forwarded-host": told, "forwarded": f"host={told}"} | far | more
            async with http.request(method, f"{url}/chat{'/start' * (method == 'POST')}", headers=headers) as answer:
                return answer.status, answer.headers["content-security-policy"]

        for told in (NAME, f"{NAME}, inner"):
            assert (await ask("evil.test", told))[0] == 421, told
        for told in ("evil.test", f"{NAME}, inner", "inner"):
            status, policy = await ask(NAME, told)
            assert status == 200 and f"wss://{NAME};" in policy and "evil" not in policy, told
        assert (await ask(NAME, "evil.test", "POST", origin="https://evil.test"))[0] == 403
    assert await service.rows("SELECT 1 FROM web_chats") == []


async def test_an_alarm_opens_by_whatever_name_its_link_came(url: str, service: Service) -> None:
    """A proxy that doesn't pass the name on must not keep who is on call from a child in danger at night."""
    at_risk = await Bridge(service).waiting(1, AT_CRITICAL)
    escalation = await alarms.escalation_of(service.store, at_risk)
    link = f"/alarm/{await alarms.link(service.store, service.setting, escalation)}"
    page = f"/alarm/e/{escalation}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for host in ("127.0.0.1:8080", "inner", NAME):
            headers = {"host": host, "accept": PAGE}
            cookie = ""
            async with http.get(url + link, headers=headers) as answer:
                assert answer.status == 200, host
            for origin, status in ((url, 303), ("https://evil.test", 403)):
                told = headers | {"origin": origin}
                async with http.post(url + link, headers=told, data={"a": ""}, allow_redirects=False) as answer:
                    assert answer.status == status, (host, origin)
                    cookie = answer.headers.get("set-cookie", cookie).partition(";")[0]
            for path, sent, status in (
                (page, {"cookie": cookie}, 200),
                (page, {}, 404),
                ("/alarm/static/alarm.css", {}, 200),
                (f"/alarm/{'x' * 43}", {}, 404),
            ):
                async with http.get(url + path, headers=headers | sent) as answer:
                    assert answer.status == status, (host, path)
            for path in ("/alarms", "/alarm-x", "/desk"):
                async with http.get(url + path, headers=headers) as answer:
                    assert (answer.status == 421) is (host != NAME), (host, path)


async def test_by_another_name_a_person_gets_a_plain_page(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/chat", "/report", "/desk", "/nothing"):
            async with http.get(url + path, headers={"host": "evil.test", "accept": PAGE}) as answer:
                told = await answer.text()
                assert (answer.status, answer.content_type) == (421, "text/html"), path
                assert "このアドレスでは開けません" in told and "110" in told and '<html lang="ja">' in told
                assert "style" not in told and "script" not in told, "whatever policy this address has"
        for accept in ("application/json", "*/*"):
            async with http.get(f"{url}/chat", headers={"host": "evil.test", "accept": accept}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (421, "misdirected")


async def test_only_the_head_of_a_file_is_answered_as_the_file_is(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/chat/static/chat.js", "/desk/static/desk.css", "/static/chat/chat.js", "/static/nothing.js"):
            seen = []
            for method in ("GET", "HEAD"):
                async with http.request(method, url + path, headers={"host": NAME}) as answer:
                    body = await answer.read()
                    seen.append((answer.status, answer.content_type, answer.headers.get("last-modified")))
                    assert method == "GET" or body == b""
            assert seen[0] == seen[1], path
        async with http.head(f"{url}/desk", headers={"host": NAME}) as answer:
            assert answer.status in (404, 405)


def test_the_readme_s_proxy_passes_on_what_each_door_needs() -> None:
    """Its name, and whose browser asks; for every first word of an address that people open."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^   location ([^{]+?) \{(.*?)^   \}", readme, re.MULTILINE | re.DOTALL)
    reached = {"chat", "report", "policy", "static", "desk", "alarm"}
    for door in reached:
        path = f"/{door}/" if door == "alarm" else f"/{door}"
        (body,) = [
            told
            for way, told in blocks
            if (re.search(way[2:], path) if way.startswith("~ ") else path.startswith(way.removeprefix("= ")))
        ]
        assert "proxy_set_header Host $host;" in body, door
        assert "proxy_set_header X-Forwarded-For $remote_addr;" in body, door
        assert "access_log off;" in body, door
    assert "X-Forwarded-Host" not in "".join(body for _way, body in blocks)
