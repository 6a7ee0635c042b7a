"""The pages of faults (KAG-8.1, TAJ-N6), over HTTP: from the first press to the printed report."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import aiohttp

from handoff.domain.fault import (
    STANDARD_NOTICE,
)
from handoff.services.faults.read_faults import PAGE
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, Browser, at_the_desk, hidden
from tests.integration.desk_support import Bridge
from tests.integration.fault_support import Log


def fields(page: str, action: str) -> dict[str, str]:
    """All fields that a form of a fault holds, as a browser would send them."""
    form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None
    found = hidden(page, action)
    found |= {
        name: value for name, value in re.findall(r'type="datetime-local" name="(\w+)"[^>]* value="([^"]*)"', form[0])
    }
    found |= {
        name: unescape(text)
        for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n([^<]*)</textarea>', form[0])
    }
    found |= {name: "yes" for name in re.findall(r'name="(effect_\w+)" value="yes" checked', form[0])}
    found |= {
        name: value for name, value in re.findall(r'type="radio" name="(\w+)" value="(\w+)" required checked', form[0])
    }
    found |= {
        name: value for name, value in re.findall(r'<input id="\w-\w+" name="(\w+)"[^>]* value="([^"]*)"', form[0])
    }
    return found | {"provider": re.findall(r'<option value="(\w+)" selected', form[0])[0]}


async def open_by_page(at: Browser) -> str:
    page = await at.page("/desk/faults/new")
    typed = fields(page, "/desk/faults/new") | {
        "began_at": "2026-11-20T17:30",
        "noticed_at": "2026-11-20T17:50",
        "noticed_by": "相談員",
        "what": HOSTILE,
        "effect_reply": "yes",
        "affected": "yes",
        "sessions": "3",
        "provider": "line",
    }
    bad = {name: value for name, value in typed.items() if name != "effect_reply"}
    status, refused, _ = await at.post("/desk/faults/new", bad)
    assert status == 400 and "一つ以上選んでください" in refused and 'id="n-fault"' in refused
    assert 'aria-describedby=" n-fault" aria-invalid="true"' in refused and "17:30" in refused, "what was typed stays"
    status, _, to = await at.post("/desk/faults/new", typed)
    assert status == 303 and to.endswith("?said=opened")
    return to.partition("?")[0]


async def test_the_pages_lead_from_the_first_press_to_the_printed_report(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        empty = await minato.page("/desk/faults")
        assert "障害の記録はありません" in empty and "訓練の記録はありません" in empty
        at = await open_by_page(minato)
        page = await minato.page(at)
        assert "<script>alert" not in page and "&lt;script&gt;" in page and "まだ伝えていません" in page
        assert "まだ伝えていません" in await minato.page("/desk/faults")
        status, refused, _ = await minato.send(at, f"{at}/report", way="", at="2026-11-20T18:00", to="指導課")
        assert status == 400 and "どうやって伝えたか" in refused and 'value="指導課"' in refused
        status, _, to = await minato.send(
            at, f"{at}/report", way="phone", at="2026-11-20T18:00", to="指導課", told="報告"
        )
        assert (status, to) == (303, f"{at}?said=reported#reports")
        status, refused, _ = await minato.send(at, f"{at}/close")
        assert status == 400 and "復旧した日時を入れて" in refused
        status, _, to = await minato.send(at, f"{at}/notice", verb="show", notice=STANDARD_NOTICE)
        assert status == 303 and "お知らせを出しています" in await minato.page("/desk/faults")
        status, refused, _ = await minato.send(at, f"{at}/notice", verb="show", notice="がんばって")
        assert status == 400 and "この文は使えません" in refused
        typed = fields(await minato.page(at), f"{at}/correct") | {
            "restored_at": "2026-11-20T17:59",
            "measures": "電話を案内した",
            "cause": "LINEの障害",
            "prevention": "早く知らせる",
        }
        assert (typed["affected"], typed["sessions"], typed["effect_reply"]) == ("yes", "3", "yes"), "as it was kept"
        status, refused, _ = await minato.post(f"{at}/correct", typed | {"restored_at": "きのう"})
        assert status == 400 and "電話を案内した" in refused and 'id="c-fault"' in refused
        assert (await minato.post(f"{at}/correct", typed))[0] == 303
        sheet = await minato.page(f"{at}/sheet")
        assert "作成：2026年11月20日（金） 18:00" in sheet
        assert "下書き" in sheet and "第2版" in sheet and "指導課" in sheet and "&lt;script&gt;" in sheet
        assert (await minato.send(at, f"{at}/finish"))[0] == 303
        assert "下書き" not in await minato.page(f"{at}/sheet")
        assert (await minato.send(at, f"{at}/close"))[0] == 303
        page = await minato.page(at)
        assert "完了" in page and f"{at}/close" not in page and "変わったところ：" in page

        iinkai = Browser(minato.url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        await iinkai.sign_in("iinkai")
        seen = await iinkai.page(at)
        assert "第2版・確定" in seen and f"{at}/correct" not in seen and "版を書く" not in seen
        assert "障害報告書" in await iinkai.page(f"{at}/sheet")
        assert "障害を記録する" not in await iinkai.page("/desk/faults") and "訓練を始める" not in await iinkai.page(
            "/desk/faults"
        )
        assert (await iinkai.get("/desk/faults/new"))[0] == 403
        await iinkai.http.close()


async def test_long_lists_are_paged_and_drills_are_started_on_the_page(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        async with service.store.reading() as tx:
            account = await tx.staff.account("minato")
        assert account is not None
        log = Log(Bridge(service), account.member, account.member)
        for _ in range(PAGE + 1):
            await log.open(account.member, uuid4(), log.text())
        first, second = await minato.page("/desk/faults"), await minato.page("/desk/faults?page=2")
        assert f"{PAGE + 1}件" in first and "1 / 2ページ" in first and "2 / 2ページ" in second
        assert (first.count('<th scope="row">'), second.count('<th scope="row">')) == (PAGE, 1)
        for wrong in ("0", "x", "-1", "99999999", "%F0%9F%92%A9"):
            assert "障害" in await minato.page(f"/desk/faults?page={wrong}&drills={wrong}")

        status, refused, _ = await minato.send("/desk/faults", "/desk/faults/drills", script="none")
        assert status == 400 and "台本を選んでください" in refused
        status, _, to = await minato.send("/desk/faults", "/desk/faults/drills", script="means")
        assert status == 303 and to.endswith("?said=started")
        at = to.partition("?")[0]
        page = await minato.page(at)
        assert "死にたい気持ちと、手もとの薬" in page and "訓練を止める" in page and "進んでいます" in page
        assert "いま進んでいる訓練を終えると" in await minato.page("/desk/faults")
        assert (await minato.send(at, f"{at}/stop"))[0] == 303
        page = await minato.page(at)
        assert "途中で止めました" in page and "記録なし" in page
        status, refused, _ = await minato.send(at, f"{at}/words", words=" ")
        assert status == 400 and 'id="w-fault"' in refused
        assert (await minato.send(at, f"{at}/words", words=HOSTILE))[0] == 303
        page = await minato.page(at)
        assert "&lt;script&gt;" in page and "<script>alert" not in page
