"""The register's pages over real HTTP: the list, one school, a file in two steps, and the sheet that names a school."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape

import aiohttp
import pytest

from handoff.adapters.register_files import read_file, xlsx_bytes
from handoff.domain.coding import NOT_ASKED, Source, ToldState
from handoff.domain.school_columns import COLUMNS
from handoff.domain.school_register import table_of
from handoff.domain.staff import StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_care_support import HOSTILE, entries
from tests.integration.desk_support import Bridge
from tests.integration.sheet_support import Sheets
from tests.integration.test_schools import ONE, PERSON, TELEPHONE, file_of
from tests.support.registers import fill, whole

SCHOOLS = "/desk/schools"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> AsyncIterator[Browser]:
    await bridge.supervisor()
    async with desk_of(bridge) as url, Browser.at(url) as browser:
        await browser.enter("みなと")
        yield browser


def values(page: str) -> dict[str, str]:
    """What the inputs of a page hold, by name."""
    found = re.findall(r'<input [^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}


async def read(browser: Browser, path: str, status: int = 200) -> str:
    got, page, headers = await browser.get(path, accept="text/html")
    assert got == status, page
    assert "unsafe-inline" not in headers["content-security-policy"] and "style=" not in page
    return unescape(page)


async def send(browser: Browser, path: str, fields: Mapping[str, str], status: int) -> str:
    got, page, _headers = await browser.form(path, {"token": browser.token} | dict(fields))
    assert got == status, page
    return unescape(page)


async def upload(browser: Browser, data: bytes, name: str = "schools.csv", **fields: str) -> tuple[int, str]:
    page = await read(browser, f"{SCHOOLS}/import")
    key = fields.get("key") or values(page)["key"]
    form = aiohttp.FormData({"token": fields.get("token", browser.token), "key": key})
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    async with browser.http.post(f"{browser.url}{SCHOOLS}/import", data=form) as answer:
        return answer.status, unescape(await answer.text())


async def test_a_file_is_looked_through_and_taken_in(bridge: Bridge, minato: Browser) -> None:
    assert "台帳はまだ空です" in await read(minato, SCHOOLS)
    status, page = await upload(minato, xlsx_bytes(table_of(one.onto(None) for one in whole().drafts)), "a.xlsx")
    assert status == 200 and "新しい学校 501校" in re.sub(r"<[^>]+>", "", page) and "ほか481校" in page
    assert "この一覧にない学校" not in page
    (at,) = re.findall(rf'action="({SCHOOLS}/import/[^"]+)"', page)
    seen = values(page)["seen"]
    page = await send(minato, at, {"seen": "another"}, 400)
    assert "もう一度確かめてから" in page
    await send(minato, at, {"seen": seen}, 303)
    await send(minato, at, {"seen": seen}, 303)  # pressed twice
    page = await read(minato, f"{SCHOOLS}?said=imported")
    assert "取り込みました" in page and "71,400" in page and "1 / 11ページ" in page
    assert page.count("<tr>") == 50 + 1 + 8, "a page of the list, and the sums by type"
    assert len(await entries(bridge.service, "import_register")) == 1

    assert "二重に数えられます" not in page
    twice = {"コード": "other1", "正式名称": "つなぎ市立うみかぜ中学校", "市町村": "つなぎ市"}
    status, page = await upload(minato, file_of(ONE | twice))
    assert status == 200 and "新しい学校のうち1校は" in page and "二重に数えられます" in page
    status, page = await upload(minato, file_of({**ONE, "正式名称": HOSTILE}))
    assert status == 200 and "alert(1)" in page
    assert "この一覧にない学校（501校）を閉じる" in page


async def test_every_bad_line_is_named_and_nothing_is_taken_in(bridge: Bridge, minato: Browser) -> None:
    rows = [{**ONE, "コード": f"s{n}", "中1": "-1", "校種": "大きい学校"} for n in range(150)]
    status, page = await upload(minato, file_of(*rows))
    assert status == 400 and "直すところが300か所あります" in page and "ほかに100か所あります（102–151行目）" in page
    assert page.count('<th scope="row" class="number">') == 200
    assert "「-1」は負の数です。0以上の数を入れてください。" in page
    for data, told in (
        (b"", "空です"),
        (b"\xff\xfe\x00x", "UTF-16"),
        (b"PK\x03\x04nonsense", "Excelのファイルとして開けません"),
        (b"x" * (1024 * 1024 + 300_000), "大きすぎます"),
    ):
        status, page = await upload(minato, data)
        assert status == (413 if told == "大きすぎます" else 400) and told in page, told
    (row,) = await bridge.service.rows("SELECT count(*) AS n FROM schools")
    assert row.n == 0
    # Another page's form, and a form that is none.
    assert (await upload(minato, file_of(ONE), token="0" * 64))[0] in (400, 403)
    assert (await minato.http.post(f"{minato.url}{SCHOOLS}/import", data={"token": minato.token})).status in (400, 403)


async def test_the_form_of_one_school(bridge: Bridge, minato: Browser) -> None:
    page = await read(minato, f"{SCHOOLS}/new")
    fields = {name: value for name, value in ONE.items() if name not in ("人数の基準日", "中1", "中2")}
    page = await send(minato, f"{SCHOOLS}/new", fields | {"正式名称": "", "区分": "学校"}, 400)
    assert "空いています。学校の正式な名前を入れてください。" in page and 'aria-invalid="true"' in page
    assert values(page)["別名"] == "一中", "what was typed isn't lost"
    await send(minato, f"{SCHOOLS}/new", fields | {"区分": "学校", "課程:全日制": "1", "部:中学部": "1"}, 303)
    page = await read(minato, f"{SCHOOLS}/ab12?said=added")
    assert values(page)["連絡先1の電話"] == TELEPHONE and values(page)["version"] == "1"
    assert 'name="課程:全日制" value="1" checked' in page and 'name="課程:定時制" value="1">' in page

    page = await send(minato, f"{SCHOOLS}/ab12/pupils", {"version": "1", "人数の基準日": "", "中1": "3"}, 400)
    assert "いつの人数かを" in page and values(page)["中1"] == "3"
    page = await send(
        minato, f"{SCHOOLS}/ab12/pupils", {"version": "1", "人数の基準日": "2026-05-01", "中1": "-3"}, 400
    )
    assert "負の数です" in page
    await send(
        minato, f"{SCHOOLS}/ab12/pupils", {"version": "1", "人数の基準日": "2026-05-01", "中1": "30", "中2": ""}, 303
    )
    page = await read(minato, f"{SCHOOLS}/ab12")
    assert "いまの人数" in page and "中1 30" in page and "中2 " not in re.sub("<label.*?</label>", "", page)
    page = await send(minato, f"{SCHOOLS}/ab12", fields | {"version": "1", "別名": "ほか"}, 400)
    assert "ほかの人がこの学校を直しました" in page
    await send(minato, f"{SCHOOLS}/ab12", fields | {"version": "2", "別名": HOSTILE[:30]}, 303)
    assert "<script>" not in (await minato.get(f"{SCHOOLS}/ab12", accept="text/html"))[1]
    await send(minato, f"{SCHOOLS}/ab12/pupils/drop", {"version": "3", "as_of": "2026-05-01"}, 303)
    await send(minato, f"{SCHOOLS}/ab12/closing", {"version": "4", "閉校日": "2026-11-01"}, 303)
    assert "閉校" in await read(minato, f"{SCHOOLS}/ab12")
    assert "条件に合う学校がありません" in await read(minato, f"{SCHOOLS}?q=ab12")
    assert "ab12" in await read(minato, f"{SCHOOLS}?q=ab12&closed=1")
    await read(minato, f"{SCHOOLS}/nobody", 404)


async def test_telephones_are_for_those_who_keep_the_register(bridge: Bridge, minato: Browser) -> None:
    await send(minato, f"{SCHOOLS}/new", {k: v for k, v in ONE.items() if not k.startswith(("中", "人"))}, 303)
    for name, role in (("sora", StaffRole.COUNSELLOR), ("iin", StaffRole.BOARD), ("gaku", StaffRole.TRAINER)):
        await bridge.person(name, role)
        async with Browser.at(minato.url) as other:
            await other.enter(name)
            if role is StaffRole.TRAINER:
                await read(other, SCHOOLS, 403)
                continue
            assert "みなも市立第一中学校" in await read(other, SCHOOLS)
            page = await read(other, f"{SCHOOLS}/ab12")
            assert PERSON in page and TELEPHONE not in page and "<form" not in page.split("</header>")[1]
            for path in ("/import", "/new", "/export/csv", "/export/xlsx"):
                await read(other, f"{SCHOOLS}{path}", 403)
            for path in ("/new", "/ab12", "/ab12/pupils", "/ab12/closing"):
                await send(other, f"{SCHOOLS}{path}", {"version": "1", "人数の基準日": "2026-05-01"}, 403)
    async with Browser.at(minato.url) as nobody:
        assert (await nobody.get(SCHOOLS))[0] == 401


async def test_what_is_taken_out_and_the_empty_forms(bridge: Bridge, minato: Browser) -> None:
    await fill(bridge.service.store, bridge.service.setting)
    for ending in ("csv", "xlsx"):
        async with minato.http.get(f"{minato.url}{SCHOOLS}/export/{ending}") as answer:
            assert answer.status == 200 and "attachment" in answer.headers["content-disposition"]
            file = read_file(await answer.read())
        assert file.faults == () and len(file.drafts) == 23
        async with minato.http.get(f"{minato.url}{SCHOOLS}/empty/{ending}") as answer:
            (fault,) = read_file(await answer.read()).faults
        assert "学校が一つもありません" in fault.text
    assert (await minato.get(f"{SCHOOLS}/export/exe"))[0] == 404
    assert len(await entries(bridge.service, "export_register")) == 2 and len(COLUMNS) == 42


async def test_the_sheet_shows_candidates_and_chooses_none(bridge: Bridge, minato: Browser) -> None:
    """KAG-6.1キ: what a pupil wrote is matched for the counsellor, and never decided for them."""
    service = bridge.service
    await fill(service.store, service.setting, whole())
    yuki = await bridge.person("ゆき")
    sheets = Sheets(bridge)
    session_id = await sheets.ended(yuki)
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(session_id, {"topic": "friends", "school_name": "第一中", "school_type": "中学校"})
    at = f"/desk/talks/{session_id}/sheet"
    async with Browser.at(minato.url) as desk:
        await desk.enter("ゆき")
        page = await read(desk, at)
        group = page[page.index('data-group="school_code"') :].split("</fieldset>")[0]
        assert group.count('type="radio"') == 9 and "どれでもない" in group
        assert re.findall(r'value="([^"]*)"[^>]* checked', group) == [""], "nothing is chosen for anybody"
        assert "ほかに12校あります" in page
        common = {"primary": "friends", "school_name": "第一中", "school_type": "中学校", "version": "0"}
        page = await send(desk, at, common | {"verb": "school", "school_search": "汐ノ浦市 第一中"}, 200)
        group = page[page.index('data-group="school_code"') :].split("</fieldset>")[0]
        assert group.count('type="radio"') == 2 and "汐ノ浦市立第一中学校（汐ノ浦市・中学校）" in group
        assert await sheets.record(session_id) is None, "looking for a school saves nothing"
        # Enter in a field presses the form's first button.
        assert page.index('value="enter"') < page.index('name="verb" value="school"')
        enter = common | {"verb": "enter", "school_search": "汐ノ浦市 第一中"}
        page = await send(desk, at, enter | {"school_searched": ""}, 200)
        assert "汐ノ浦市立第一中学校" in page and values(page)["school_searched"] == "汐ノ浦市 第一中"
        assert await sheets.record(session_id) is None, "nor does Enter in the search"
        (code,) = re.findall(r'value="(c1[^"]+)"', group)

        await send(desk, at, enter | {"school_searched": "汐ノ浦市 第一中", "school_code": ""}, 303)
        known = await sheets.known(session_id)
        assert known is not None and known.sheet is not None and known.sheet.person.school_code == NOT_ASKED
        for wrong in ("nosuchcode", "<b>"):
            page = await send(desk, at, common | {"verb": "save", "version": "1", "school_code": wrong}, 400)
            assert "選び直してください" in page
        await send(desk, at, common | {"verb": "save", "version": "1", "school_code": code}, 303)
        kept = (await sheets.known(session_id)).sheet
        assert kept is not None and kept.person.school_code.value == code
        assert (kept.person.school_code.state, kept.person.school_code.source) == (ToldState.TOLD, Source.REGISTER)
        assert kept.person.school_name.value == "第一中", "what was said stays as it was said"

        # One that is closed by now is still the one that was chosen.
        await service.change("UPDATE schools SET retired_on = '2026-11-20' WHERE code = :code", code=code)
        page = await read(desk, at)
        assert re.findall(r'value="([^"]*)"[^>]* checked', page[page.index('data-group="school_code"') :])[0] == code
        await send(desk, at, common | {"verb": "fill", "version": "2", "school_code": code, "summary": "x"}, 303)
        page = await read(desk, f"{at}/correct")
        corrected = common | {
            "version": values(page)["version"],
            "key": values(page)["key"],
            "correction_reason": "ちがう学校",
        }
        for wrong in ("nosuchcode", "<b>"):
            page = await send(desk, f"{at}/correct", corrected | {"school_code": wrong, "summary": "x"}, 400)
            assert "選び直してください" in page
        assert not await entries(service, "correct_sheet")
    page = await read(minato, at)
    assert "台帳の学校" in page and "汐ノ浦市立第一中学校（汐ノ浦市・中学校）" in page
