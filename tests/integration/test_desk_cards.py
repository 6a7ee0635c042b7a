"""The page of the cards: for those who print them, with the addresses under which the service is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp

from handoff.domain.staff import StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge
from tests.support.registers import fill, whole

PDF = "/desk/cards.pdf"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> AsyncIterator[Browser]:
    """A supervisor at the desk."""
    await bridge.supervisor()
    await fill(bridge.service.store, bridge.service.setting)
    async with desk_of(bridge) as url, Browser.at(url) as browser:
        await browser.enter("みなと")
        yield browser


async def sheets(browser: Browser, path: str) -> list[list[str]]:
    """The addresses on each sheet of a download, without the origin."""
    async with browser.http.get(browser.url + path) as answer:
        assert answer.status == 200 and answer.content_type == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment")
        pages = pypdfium2.PdfDocument(await answer.read())
    read = [[code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())] for page in pages]
    assert all(url.startswith(browser.url + "/report") for sheet in read for url in sheet)
    return [[urlsplit(url).path for url in sheet] for sheet in read]


async def test_all_schools_with_their_codes(minato: Browser) -> None:
    status, page, _headers = await minato.get("/desk/cards", accept="text/html")
    assert status == 200 and page.count("<svg") == 24 and "中学校（6校）" in page and "つなぎ市立みなと中学校" in page
    assert 'href="/desk/cards" aria-current="page"' in page
    found = await sheets(minato, PDF)
    assert [len(sheet) for sheet in found] == [10, 10, 3] and len({url for sheet in found for url in sheet}) == 23


async def test_a_whole_prefecture_is_paged_and_narrowed(bridge: Bridge, minato: Browser) -> None:
    """KAG-6.1コ: 500 schools are never drawn on one page, and what is asked for is what is printed."""
    await bridge.service.change("DELETE FROM schools")
    await fill(bridge.service.store, bridge.service.setting, whole())
    _status, page, _headers = await minato.get("/desk/cards", accept="text/html")
    assert page.count("<svg") == 31 and "全部（501校）をPDFにする" in page and "1 / 17ページ" in page
    _status, page, _headers = await minato.get("/desk/cards?page=99", accept="text/html")
    assert "17 / 17ページ" in page
    asked = "q=%E7%AC%AC%E4%B8%80%E4%B8%AD&municipality=%E6%B1%90%E3%83%8E%E6%B5%A6%E5%B8%82"
    _status, page, _headers = await minato.get(f"/desk/cards?{asked}", accept="text/html")
    assert page.count("<svg") == 1 and "汐ノ浦市立第一中学校" in page and "この条件の全部（1校）" in page
    ((path,),) = await sheets(minato, f"{PDF}?{asked}")
    assert path.startswith("/report/c1992")
    _status, page, _headers = await minato.get("/desk/cards?q=%E3%81%AA%E3%81%84%E5%AD%A6%E6%A0%A1", accept="text/html")
    assert "この条件に合う学校がありません" in page
    async with minato.http.get(minato.url + PDF) as answer:
        assert answer.status == 200 and len(pypdfium2.PdfDocument(await answer.read())) == 51


async def test_a_closed_school_has_no_card(bridge: Bridge, minato: Browser) -> None:
    await bridge.service.change("UPDATE schools SET retired_on = '2026-11-20' WHERE code = 'cgmzgd'")
    _status, page, _headers = await minato.get("/desk/cards", accept="text/html")
    assert "みなと中学校" not in page and page.count("<svg") == 23
    assert await sheets(minato, f"{PDF}?school=cgmzgd&school=c6zhf3") == [["/report/c6zhf3"]]


async def test_those_that_were_chosen_and_no_other(minato: Browser) -> None:
    assert sorted(*await sheets(minato, f"{PDF}?school=cgmzgd&school=c6zhf3&school=nobody")) == [
        "/report/c6zhf3",
        "/report/cgmzgd",
    ]
    assert await sheets(minato, f"{PDF}?school=-") == [["/report"] * 10]


async def test_only_who_prints_them_sees_them(bridge: Bridge) -> None:
    for name, role in (("sora", StaffRole.COUNSELLOR), ("jimu", StaffRole.ADMINISTRATOR), ("iin", StaffRole.BOARD)):
        await bridge.person(name, role)
    async with desk_of(bridge) as url:
        for name, seen in (("sora", 403), ("iin", 403), ("jimu", 200)):
            async with Browser.at(url) as browser:
                await browser.enter(name)
                for path in ("/desk/cards", PDF):
                    assert (await browser.http.get(url + path)).status == seen, (name, path)
                page = await (await browser.http.get(f"{url}/desk/")).text()
                assert ("/desk/cards" in page) is (seen == 200), name
        async with Browser.at(url) as browser:
            assert (await browser.get("/desk/cards"))[0] == 401


async def test_a_board_without_a_list_still_has_a_card(bridge: Bridge, minato: Browser) -> None:
    setting = bridge.service.setting
    setting.profile = setting.profile.model_copy(update={"id": "nobody"})
    _status, page, _headers = await minato.get("/desk/cards", accept="text/html")
    assert "学校の一覧がまだありません" in page and page.count("<svg") == 1
    assert await sheets(minato, PDF) == [["/report"] * 10]
