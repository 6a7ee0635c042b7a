"""``/desk/reports`` over HTTP: plain forms, what each person may do, and what no page gives away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.report import Answers, TellSchool
from handoff.domain.staff import StaffRole
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, LONG, Browser, account, at_the_desk, browser, entries, hidden
from tests.integration.desk_support import Screen
from tests.integration.report_desk_support import ANSWERS, WORDS, Inbox


@dataclass
class Pages:
    """The inbox on a service, and the browser of somebody who counsels."""

    inbox: Inbox
    yuki: Browser

    async def other(self, name: str) -> Browser:
        at = browser(self.yuki.url)
        await at.sign_in(name)
        return at


@pytest.fixture
async def pages(service: Service) -> AsyncIterator[Pages]:
    service.screen = ScreenMessage(service.setting, read_event, Screen())
    async with at_the_desk(service, "yuki") as yuki:
        yield Pages(Inbox(service), yuki)


def at(report_id: UUID, verb: str = "") -> str:
    return f"/desk/reports/{report_id}" + (f"/{verb}" if verb else "")


async def test_the_inbox_lists_what_waits_and_the_bar_counts_it(pages: Pages) -> None:
    empty = await pages.yuki.page("/desk/reports")
    assert "通報はありません" in empty and 'id="reports-count" hidden' in empty
    report_id = await pages.inbox.from_page()
    page = await pages.yuki.page("/desk/reports")
    assert at(report_id) in page and "未着手" in page and "11月24日（火）までに、区分を決めます" in page
    assert ANSWERS.what not in page, "the list shows nobody's words"
    assert re.search(
        r'id="reports-count"><span class="unseen">未着手</span>1', await pages.yuki.page("/desk/follow-ups")
    )
    await pages.yuki.send(at(report_id), at(report_id, "take"))
    for show, there in (("new", False), ("in_hand", True), ("over", False), ("nonsense", True)):
        assert (at(report_id) in await pages.yuki.page(f"/desk/reports?show={show}")) is there, show
    assert at(report_id) in await pages.yuki.page("/desk/reports?mine")


async def test_a_report_is_worked_on_by_plain_forms(pages: Pages) -> None:
    report_id, yuki = await pages.inbox.from_page(), pages.yuki
    page = await yuki.page(at(report_id))
    for words in (ANSWERS.what, ANSWERS.people, "つなぎ第一中学校", "だれが知らせたかわからない形なら"):
        assert words in page
    assert "いたずら" in page, "never suggested: it lies below a summary"
    for verb, fields in (
        ("take", {}),
        ("triage", {"reporting_class": "periodic", "topic": "bullying"}),
        ("check", {"check": "ほかの通報とくらべました"}),
        ("answer", {"answer": "読みました。ありがとうございます。"}),
        ("hand-over", {"to": "school", "way": "phone", "at": "2026-11-20T18:00", "words": WORDS}),
        ("note", {"note": "あした確かめる"}),
    ):
        status, text, where = await yuki.send(at(report_id), at(report_id, verb), **fields)
        assert status == 303, (verb, text)
        assert "said=" in where
    page = await yuki.page(at(report_id))
    for words in ("ウ 定期報告", "学校に電話で", "ほかの通報とくらべました", "あした確かめる", WORDS):
        assert words in page
    (step,) = re.findall(r"handover\?step=([0-9a-f-]+)", page)
    handed = await yuki.page(f"{at(report_id, 'handover')}?step={step}")
    assert WORDS in handed and "調べたり、たずねたりしないでください" in handed
    assert ANSWERS.what not in handed and "つなぎ第一中学校" not in handed
    status, _text, where = await yuki.send(at(report_id), at(report_id, "close"), close="学校と確かめました")
    assert (status, where) == (303, at(report_id) + "?said=close")
    assert "もう一度、対応を始める" in await yuki.page(at(report_id))


async def test_what_is_refused_stays_typed_and_says_what_to_do(pages: Pages) -> None:
    report_id, yuki = (
        await pages.inbox.from_page(Answers(what="いじめが続いています", tell_school=TellSchool.NO)),
        pages.yuki,
    )
    carried = hidden(await yuki.page(at(report_id)), at(report_id, "note"))
    for verb, fields, words in (
        ("triage", {"topic": "bullying"}, "報告区分を選んでください"),
        ("check", {"check": " "}, "1文字から"),
        ("check", {"check": LONG}, "1文字から"),
        ("note", {"note": ""}, "1文字から"),
        ("close", {"close": "おわり"}, "先に、報告区分と内容を"),
        ("reopen", {"reopen": "続きがある"}, "いまはそうできません"),
        ("link", {"other": str(report_id)}, "一覧から選んで"),
    ):
        status, page, _where = await yuki.post(at(report_id, verb), carried | {"key": str(uuid4())} | fields)
        assert status in (400, 409) and words in page, (verb, page[:400])
    await yuki.send(at(report_id), at(report_id, "triage"), reporting_class="periodic", topic="bullying")
    typed = {"to": "school", "way": "phone", "words": "書いたことは残ります"}
    status, page, _where = await yuki.send(at(report_id), at(report_id, "hand-over"), **typed)
    assert status == 400 and "照らし合わせて" in page and "書いたことは残ります" in page
    status, page, _where = await yuki.send(at(report_id), at(report_id, "hand-over"), **typed | {"at": "きのう"})
    assert status == 400 and "日時を" in page
    decided = typed | {"decided": "yes", "supervisor": "み", "board": "山", "reason": "理", "source_protected": "yes"}
    assert (await yuki.send(at(report_id), at(report_id, "hand-over"), **decided))[0] == 403, "a supervisor's to record"


async def test_hostile_words_are_letters_and_nothing_else(pages: Pages) -> None:
    report_id = await pages.inbox.from_page(Answers(what=HOSTILE, people=HOSTILE, school_name=HOSTILE))
    for path in ("/desk/reports", at(report_id)):
        page = await pages.yuki.page(path)
        assert "<script>alert" not in page and "&lt;script&gt;" in page
    await pages.yuki.send(at(report_id), at(report_id, "note"), note=HOSTILE)
    assert "<script>alert" not in await pages.yuki.page(at(report_id))


async def test_what_isnt_there_looks_like_what_one_may_not_see(pages: Pages) -> None:
    report_id = await pages.inbox.from_page()
    await pages.inbox.service.change("UPDATE reports SET status = 'draft'")
    draft, nothing = await pages.yuki.get(at(report_id)), await pages.yuki.get(at(uuid4()))
    assert draft == nothing and draft[0] == 404
    assert (await pages.yuki.get(f"{at(report_id, 'handover')}?step={uuid4()}"))[0] == 404
    fields = hidden(await pages.yuki.page("/desk/reports"), "/desk/sign-out") | {"key": str(uuid4()), "note": "x"}
    first, second = [await pages.yuki.post(at(one, "note"), fields) for one in (report_id, uuid4())]
    assert first[0] == second[0] == 404 and first[1] == second[1]
    assert (await pages.yuki.get(f"/desk/reports/state?of={report_id}"))[0] == 404


async def test_only_the_signed_in_who_counsel_get_in_and_only_by_our_own_forms(pages: Pages) -> None:
    report_id = await pages.inbox.from_page()
    await account(pages.inbox.service, "kanri", StaffRole.ADMINISTRATOR)
    kanri = await pages.other("kanri")
    for path in ("/desk/reports", at(report_id), "/desk/reports/state"):
        assert (await kanri.get(path))[0] == 403, path
    await kanri.http.close()
    stranger = browser(pages.yuki.url)
    assert (await stranger.get("/desk/reports"))[0] in (303, 401)
    await stranger.http.close()
    fields = hidden(await pages.yuki.page(at(report_id)), at(report_id, "take"))
    assert (await pages.yuki.post(at(report_id, "take"), fields | {"token": "x"}))[0] == 403
    assert (await pages.yuki.post(at(report_id, "take"), fields, {"origin": "https://evil.example"}))[0] == 403
    assert not await entries(pages.inbox.service, "take_report")


async def test_an_open_page_hears_that_it_is_old(pages: Pages) -> None:
    report_id = await pages.inbox.from_page()
    before, inbox = await _version(pages, f"?of={report_id}"), await _version(pages, "")
    assert before == await _version(pages, f"?of={report_id}")
    await pages.yuki.send(at(report_id), at(report_id, "note"), note="あとで")
    assert before != await _version(pages, f"?of={report_id}") and inbox != await _version(pages, "")


async def _version(pages: Pages, of: str) -> object:
    return (await pages.yuki.json(f"/desk/reports/state{of}"))["version"]
