"""``/desk/reports`` over HTTP: plain forms, what each person may do, and what no page gives away."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.evidence import Sensitive
from handoff.domain.report import Answers, Danger, ReportStatus, TellSchool
from handoff.domain.staff import StaffRole
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, LONG, Browser, account, at_the_desk, browser, entries, hidden
from tests.integration.desk_support import Screen
from tests.integration.evidence_support import Files
from tests.integration.report_desk_support import ANSWERS, WORDS, Inbox
from tests.integration.report_support import report_window
from tests.support import hostile_files as hostile
from tests.support.fakes import FrozenClock

ANSWER = "読みました。\n<あした>、学校に伝えてもよいですか。"


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


async def test_an_answer_reaches_its_reporter_by_the_receipt_once_it_was_delivered(pages: Pages) -> None:
    """From the desk's form through the worker to the page of whoever holds the receipt (KAG-2)."""
    service, clock = pages.inbox.service, pages.inbox.service.setting.clock
    assert isinstance(clock, FrozenClock)
    async with report_window(service, clock) as window, window.reporter() as me, window.reporter() as other:
        code, elsewhere = await me.send(), await other.send("ほかの人のこと")
        await window.work()
        (row,) = await service.rows("SELECT id FROM reports ORDER BY started_at LIMIT 1")
        status, _text, _where = await pages.yuki.send(at(row.id), at(row.id, "answer"), answer=ANSWER)
        assert status == 303
        await me.post("/report/answer", {"receipt": code})
        assert "<あした>" not in unescape(me.page) and "まだ、返事はありません" in me.page, (
            "nothing that isn't delivered"
        )
        await window.work()
        await me.post("/report/answer", {"receipt": code})
        (told,) = re.findall(r'<li><p class="words">(.*?)</p><p class="hint">(.*?)・', me.page, re.DOTALL)
        assert [unescape(one) for one in told] == [ANSWER, "窓口の人（ゆき）から"]
        await other.post("/report/answer", {"receipt": elsewhere})
        assert "まだ、返事はありません" in other.page, "and nobody else's page"


async def test_a_board_hears_after_the_check_by_the_same_form(pages: Pages) -> None:
    """WG-15: but for what is told by phone at once."""
    report_id, yuki = await pages.inbox.from_page(), pages.yuki
    told = {"to": "municipal_board", "way": "phone", "words": WORDS}
    first = "伝える前に、2の照合を記録してください"
    await yuki.send(at(report_id), at(report_id, "triage"), reporting_class="promptly", topic="bullying")
    status, page, _where = await yuki.send(at(report_id), at(report_id, "hand-over"), **told)
    assert status == 400 and "照らし合わせて" in page and WORDS in page and first in page
    await yuki.send(at(report_id), at(report_id, "check"), check="くらべる情報はありませんでした")
    assert first not in await yuki.page(at(report_id))
    assert (await yuki.send(at(report_id), at(report_id, "hand-over"), **told))[0] == 303
    other = await pages.inbox.from_page()
    await yuki.send(at(other), at(other, "triage"), reporting_class="phone_at_once", topic="bullying")
    assert first not in await yuki.page(at(other))
    assert (await yuki.send(at(other), at(other, "hand-over"), **told))[0] == 303
    assert "（照合はこのあと）" in await yuki.page(at(other))


async def test_reports_are_linked_and_parted_put_aside_and_taken_up_again_by_forms(pages: Pages) -> None:
    (one, other), yuki = [await pages.inbox.from_page() for _ in range(2)], pages.yuki
    for verb, fields, said, there in (
        ("link", {"other": str(other)}, "つなげました", f'<li><a href="{at(other)}">'),
        ("unlink", {}, "つながりを外しました", "つなげたものはありません"),
        ("prank", {"prank": "同じ文が続いている"}, "いたずらとして終わりにしました", "もう一度、対応を始める"),
        ("reopen", {"reopen": "<続き>がある"}, "もう一度、対応を始めました", "&lt;続き&gt;がある"),
    ):
        status, text, where = await yuki.send(at(one), at(one, verb), **fields)
        assert (status, where) == (303, f"{at(one)}?said={verb}"), text
        page = await yuki.page(where)
        assert said in page and there in page, verb
    assert (await pages.inbox.report(one)).status is ReportStatus.IN_HAND


async def test_a_second_person_sends_back_or_finishes_what_is_at_risk_by_forms(pages: Pages) -> None:
    """WG-8: whoever asks can't be the one who confirms."""
    report_id = await pages.inbox.from_page(Answers(what="けられています", danger=Danger.NOW))
    await pages.inbox.service.change("UPDATE escalations SET state = 'closed'")
    yuki, sora = pages.yuki, await pages.other("sora")
    await yuki.send(at(report_id), at(report_id, "triage"), reporting_class="promptly", topic="bullying")
    for words, act, fields, after in (
        ("電話しました", "send-back", {"returned": "もう一度、電話してください"}, ReportStatus.IN_HAND),
        ("二度目も電話しました", "close", {}, ReportStatus.DONE),
    ):
        _status, text, where = await yuki.send(at(report_id), at(report_id, "close"), close=words)
        assert where == f"{at(report_id)}?said=asked", text
        page = await yuki.page(where)
        assert "ほかの人の確認を待っています" in page and at(report_id, "send-back") not in page
        page = await sora.page(at(report_id))
        assert words in page and "終わりの確認" in page
        status, text, where = await sora.send(at(report_id), at(report_id, act), **fields)
        assert (status, where) == (303, f"{at(report_id)}?said={act}"), text
        assert (await pages.inbox.report(report_id)).status is after
    page = await sora.page(at(report_id))
    assert "もう一度、電話してください" in page and "電話しました" in page
    await sora.http.close()


async def test_the_page_shows_what_was_sent_and_nothing_of_what_is_quarantined(pages: Pages) -> None:
    """KAG-2, row 20: a picture with its small copy, and one that nobody may see."""
    files, report_id = Files(pages.inbox.service), await pages.inbox.from_page()
    assert "送られたもの" not in await pages.yuki.page(at(report_id))
    session = (await pages.inbox.report(report_id)).session_id
    for name, sensitive in (("けいじばん.jpg", Sensitive.NO), ("かくす.jpg", Sensitive.YES)):
        await files.send(session, hostile.jpeg(), "image/jpeg", name, sensitive)
    page = await pages.yuki.page(at(report_id))
    section = page.partition('id="files-title">送られたもの')[2].partition("</section>")[0]
    found = re.findall(r'<li class="file">.*?</li>', section, re.DOTALL)
    hidden_one, shown = sorted(found, key=lambda one: "けいじばん.jpg" in one)
    (thumb,) = re.findall(r'<img src="(/desk/evidence/[0-9a-f-]+/thumb)"', shown)
    assert "けいじばん.jpg" in shown and f'href="{thumb.removesuffix("thumb")}shown"' in shown
    assert (await pages.yuki.http.get(pages.yuki.url + thumb)).status == 200
    assert "隔離しています。だれも中身を見られません。" in hidden_one and "かくす" not in page
    assert "<img" not in hidden_one and "/shown" not in hidden_one and page.count("<img") == 1


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
    for path, refused in (("/desk/reports", 403), (at(report_id), 404), ("/desk/reports/state", 403)):
        assert (await kanri.get(path))[0] == refused, path
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
