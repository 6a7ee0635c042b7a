"""The papers that are handed in, printed as A4: whole, from their first page, and without the desk around them (HOK-3.4, KAG-8.1)."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pypdfium2
from playwright.async_api import Browser

from handoff.domain.data_request import Arrival, Asker, Wish
from handoff.domain.leak import VersionKind
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.requests.parts import request_desk
from handoff.web.desk.shifts.parts import shift_desk
from tests.browser.conftest import TOGETHER
from tests.browser.test_desk_requests import sit
from tests.integration.conftest import OPEN, SEALER, Database, Service, open_service
from tests.integration.desk_care_support import member
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.fault_support import Log
from tests.integration.request_support import ABOUT, TODAY
from tests.integration.test_leaks import FIRST, LITTLE
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

pytestmark = TOGETHER

#: Where a person who looks at the papers wants them.
PICTURES = os.environ.get("TSUNAGI_PICTURES")
#: Millimetres, upright or on its side.
A4 = (210, 297)
#: What belongs to the desk and not to a paper.
AROUND = ("ログアウト", "運営", "印刷する", "保存する", "仕上げる")


async def written(service: Service) -> dict[str, str]:
    """Something on every paper; their addresses, with words that have to stand on them."""
    store, setting = service.store, service.setting
    minato = await member(service, "minato")
    bridge = Bridge(service, FrozenClock(OPEN))
    await bridge.waiting(1, AT_CRITICAL)
    shifts, requests = shift_desk(store, setting), request_desk(store, setting)
    day = await shifts.open(minato, uuid4())
    for kind, words in ((PaperKind.DAILY, "静かな夜でした。"), (PaperKind.HANDOVER, "あしたも声をかけてください。")):
        await shifts.write_paper(minato, uuid4(), day, kind, words, 0, finish=True)
    log = Log(bridge, minato, minato)
    fault = await log.open(minato, uuid4(), log.text())
    leak = await requests.note_leak(minato, uuid4(), TODAY, LITTLE)
    await requests.save_leak(leak, minato, 1, TODAY, FIRST)
    await requests.send_leak(leak, minato, VersionKind.FIRST, 2, uuid4())
    (version,) = (await requests.read_leaks.one(minato, leak)).versions
    asked = await requests.receive(minato, uuid4(), Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, TODAY, ABOUT)
    return {
        "/desk/documents/flow": "待ち行列",
        "/desk/documents/basics": "公認心理師",
        "/desk/documents/urgent": "当番の業務責任者",
        "/desk/documents/secrecy": "守秘",
        "/desk/rosters/print": "業務従事者名簿",
        f"/desk/shifts/{day}/daily": "静かな夜でした。",
        f"/desk/shifts/{day}/handover": "あしたも声をかけてください。",
        f"/desk/faults/{fault}/sheet": log.text().what,
        f"/desk/requests/leaks/versions/{version.id}": LITTLE.what,
        f"/desk/requests/data/{asked}/sheet": "開示",
    }


def letters(text: str) -> str:
    """Without the breaks of lines, which a paper has anywhere."""
    return "".join(text.split())


async def test_every_paper_is_printed_whole_and_without_the_desk(browser: Browser, database: Database) -> None:
    async with open_service(database) as service:
        service.setting.clock = FrozenClock(OPEN)
        async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
            papers = await written(service)
            minato = await sit(browser, url, "minato")
            for path, words in papers.items():
                await minato.go(path)
                heading = await minato.page.locator("h1").first.inner_text()
                margin = dict.fromkeys(("top", "right", "bottom", "left"), "15mm")
                printed = await minato.page.pdf(prefer_css_page_size=True, format="A4", margin=margin)
                if PICTURES:
                    (Path(PICTURES) / f"{path.strip('/').replace('/', '-')}.pdf").write_bytes(printed)
                with pypdfium2.PdfDocument(printed) as paper:
                    told = [letters(one.get_textpage().get_text_range()) for one in paper]
                    sizes = {tuple(sorted(round(side / 72 * 25.4) for side in one.get_size())) for one in paper}
                assert sizes == {A4}, path
                assert letters(heading) in told[0], f"{path} begins on its first page"
                assert all(told), f"{path} has an empty page"
                assert letters(words) in "".join(told), path
                assert [one for one in AROUND if one in told[0]] == [], path
            assert minato.trouble == []
