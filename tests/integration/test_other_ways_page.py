"""The page on which a call or a letter is written down, over real HTTP, as a browser without scripts uses it (TAJ-1)."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from typing import Final

import pytest

from handoff.domain.profile.access import Channels
from handoff.domain.staff import StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_care_support import EMOJI, HOSTILE, Browser, account, at_the_desk, claimed, entries, hidden
from tests.integration.desk_support import Bridge

PAGE: Final = "/desk/other-ways"
TYPED: Final = {
    "channel": "phone",
    "came_at": "2026-11-20T17:30",
    "role": "guardian",
    "school": "第三中",
    "name": "山田",
    "words": "子どもが学校に行きたがらないそうです。\n二行目",
}


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    Bridge(service)  # with a screen
    async with at_the_desk(service, "yuki") as browser:
        yield browser


def value(page: str, name: str) -> str:
    """What a field of the page holds."""
    found = re.search(
        rf'<(?:input[^>]*? name="{name}" value="([^"]*)"|textarea[^>]*? name="{name}"[^>]*>\n([^<]*))', page
    )
    assert found is not None, name
    return html.unescape(found[1] if found[1] is not None else found[2])


async def sessions(service: Service) -> int:
    return len(await service.rows("SELECT id FROM sessions"))


async def test_from_the_form_to_the_sheet(service: Service, yuki: Browser) -> None:
    page = await yuki.page(PAGE)
    assert ["phone", "letter", "in_person"] == re.findall(r'name="channel" value="([a-z_]+)"', page)
    assert f'<a href="{PAGE}" aria-current="page">' in page
    status, _page, where = await yuki.send(PAGE, PAGE, **TYPED)
    assert status == 303 and where.endswith("/sheet?said=recorded")
    assert "未判定" in await yuki.page(where), "before the worker has read it"
    await service.work()
    sheet = await yuki.page(where)
    assert '<span class="tag">電話</span> 保護者' in sheet and "11月20日（金）17:30に受けた相談" in sheet
    assert "話した人：<bdi>山田</bdi>" in sheet and "相談者（電話）" in sheet and "未判定" not in sheet
    assert "学校に行きたがらない" in sheet and 'value="第三中"' in sheet
    assert "電話の相談" in sheet and "SNS相談" not in sheet
    assert '<span class="tag">電話</span> <strong>保護者</strong>' in await yuki.page("/desk/sheets")
    (card,) = (await yuki.json("/desk/api/desk"))["cards"]
    assert (card["channel"], card["state"], card["who"]) == ("phone", "wrap_up", "保護者")
    (entry,) = await entries(service, "record_other_way")
    assert entry.detail["channel"] == "phone" and "山田" not in str(entry.detail)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"words": " \n　"}, "聞いたこと、または届いた文を書いてください。"),
        ({"words": "あ" * 20_001}, "20000文字までに分けて"),
        ({"channel": ""}, "手段を選んでください。"),
        ({"channel": "line"}, "手段を選んでください。"),
        ({"channel": "fax"}, "手段を選んでください。"),
        ({"came_at": "きのう"}, "日時を入れてください。"),
        ({"came_at": "9999-12-31T23:59+00:00"}, "日時を入れてください。"),
        ({"came_at": "2027-11-20T17:30"}, "いまより後"),
        ({"came_at": "1026-11-20T17:30"}, "1年より前"),
        ({"name": EMOJI}, "60文字までで"),
    ],
    ids=["blank", "long", "no way", "LINE", "not offered", "no date", "beyond", "ahead", "long ago", "name"],
)
async def test_what_is_refused_comes_back_with_all_that_was_typed(
    service: Service, yuki: Browser, wrong: dict[str, str], said: str
) -> None:
    status, page, _where = await yuki.send(PAGE, PAGE, **(TYPED | wrong))
    assert status == 400 and said in page and 'aria-invalid="true"' in page and await sessions(service) == 0
    typed = TYPED | wrong
    for name in ("school", "name", "words", "came_at"):
        assert value(page, name) == typed[name], name
    assert re.search(r'<option value="guardian" selected>', page)
    # The same form, put right, is taken; and once more it's the same one.
    mended = hidden(page, PAGE) | TYPED
    first, again = await yuki.post(PAGE, mended), await yuki.post(PAGE, mended)
    assert first[0] == 303 and first == again and await sessions(service) == 1


async def test_letters_of_all_kinds_stay_letters(service: Service, yuki: Browser) -> None:
    words = f"{HOSTILE}\n{EMOJI}\r\n{{{{ 7*7 }}}}\x00"
    status, _page, where = await yuki.send(PAGE, PAGE, **(TYPED | {"words": words, "name": HOSTILE[:50]}))
    assert status == 303
    await service.work()
    sheet = await yuki.page(where)
    assert "<script>alert" not in sheet and "&lt;script&gt;alert" in sheet and "{{ 7*7 }}" in sheet
    (line,) = await service.transcript()
    assert line == ("student", f"<script>alert(1)</script>あいうえお\"'><b>&amp;\n{EMOJI}\n{{{{ 7*7 }}}}")


async def test_whoever_is_signed_out_meanwhile_keeps_what_they_wrote(service: Service, yuki: Browser) -> None:
    form = hidden(await yuki.page(PAGE), PAGE) | TYPED
    yuki.http.cookie_jar.clear()
    status, page, _where = await yuki.post(PAGE, form)
    assert status == 401 and value(page, "words") == TYPED["words"] and "別のタブでログイン" in page
    assert "ログアウト" not in page and await sessions(service) == 0
    await yuki.sign_in("sora")
    status, page, _where = await yuki.post(PAGE, hidden(page, PAGE) | TYPED)
    assert status == 403 and value(page, "words") == TYPED["words"] and await sessions(service) == 0
    assert (await yuki.post(PAGE, hidden(page, PAGE) | TYPED))[0] == 303


async def test_another_sites_form_is_refused(service: Service, yuki: Browser) -> None:
    form = hidden(await yuki.page(PAGE), PAGE) | TYPED
    assert (await yuki.post(PAGE, form, {"origin": "https://evil.example"}))[0] == 403
    assert (await yuki.post(PAGE, form, {"sec-fetch-site": "cross-site"}))[0] == 403
    assert (await yuki.post(PAGE, form | {"token": "0" * 64}))[0] == 403
    assert await sessions(service) == 0


async def test_a_service_without_such_ways_says_so(service: Service, yuki: Browser) -> None:
    service.setting.profile = service.setting.profile.model_copy(update={"channels": Channels()})
    page = await yuki.page(PAGE)
    assert "受けていません" in page and "<textarea" not in page


async def test_who_may_not_counsel_has_no_such_page(service: Service, yuki: Browser) -> None:
    await account(service, "kyoiku", StaffRole.BOARD)
    yuki.http.cookie_jar.clear()
    await yuki.sign_in("iinkai")
    assert (await yuki.get(PAGE))[0] == 403


async def test_it_follows_a_session_by_its_sheets_link(service: Service, yuki: Browser) -> None:
    own, others = await claimed(service, "yuki", "U" + "1" * 32), await claimed(service, "sora", "U" + "2" * 32)
    sheet = await yuki.page(f"/desk/talks/{own}/sheet")
    assert f'href="{PAGE}?earlier={own}"' in sheet
    page = await yuki.page(f"{PAGE}?earlier={own}")
    assert "同じ人の前の相談（" in page and "のLINE）の続き" in page
    status, _page, where = await yuki.post(PAGE, hidden(page, PAGE) | TYPED)
    assert status == 303 and "すぐ前の相談" in await yuki.page(where)
    for hidden_one in (str(others), "nonsense", "00000000-0000-4000-8000-000000000000"):
        assert (await yuki.get(f"{PAGE}?earlier={hidden_one}"))[0] == 404
