"""The report's pages without a script: nobody has to have a name, and no word is lost (KAG-2, KAG-4.2, WG-1, WG-17)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Any

import pytest

from handoff.domain.errors import StoreUnavailable
from handoff.domain.profile.access import ReportChannel
from handoff.domain.profile.privacy import Trace
from handoff.domain.profile.vocabulary import ChannelUse
from handoff.domain.report import (
    DANGER_NAMES,
    LONGEST,
    PLACE_NAMES,
    SINCE_NAMES,
    TELL_SCHOOL_NAMES,
    WITNESS_NAMES,
    Danger,
    Place,
    Since,
    TellSchool,
    Witness,
    answers_of,
)
from handoff.domain.wording_rules import must_nots
from handoff.services.report.visits import HoldsVisit
from tests.integration.conftest import CLOSED, OPEN, SEALER
from tests.integration.report_support import Reporter, Window
from tests.support.fakes import FrozenClock

CHOSEN = (
    "危険：いますぐの危険はない／知らせる人：見た／場所：教室や学校の中、SNSやチャット／"
    "いつから：この1週間くらい／学校に伝えること：だれが知らせたかわからない形なら、学校に伝えてよい"
)
_ALL: list[tuple[Any, Mapping[Any, str]]] = [
    (Danger, DANGER_NAMES),
    (Witness, WITNESS_NAMES),
    (Place, PLACE_NAMES),
    (Since, SINCE_NAMES),
    (TellSchool, TELL_SCHOOL_NAMES),
]
SCHOOL, CODE = "つなぎ市立みなと中学校", "cgmzgd"


async def answers(window: Window) -> Any:
    row = await window.report()
    return answers_of(SEALER.open("reports", "answers", str(row.id), row.answers))


async def test_every_answer_can_be_chosen_and_danger_is_asked_first(window: Window, me: Reporter) -> None:
    """Danger before everything else (WG-3), then who tells, where, since when, who is involved, and the school (WG-17)."""
    steps: list[tuple[str, dict[str, Mapping[Any, str]], str]] = [
        ("danger", {"danger": DANGER_NAMES, "witness": WITNESS_NAMES}, ""),
        ("what", {"places": PLACE_NAMES, "since": SINCE_NAMES}, "people"),
        ("school", {"tell_school": TELL_SCHOOL_NAMES}, "tell_how"),
    ]
    await me.get("/report")
    for step, asked, box in steps:
        found = re.findall(
            r'<input type="(radio|checkbox)"[^>]* name="(\w+)" value="(\w+)"[^>]*>(.*?)</label>', me.page, re.DOTALL
        )
        shown: dict[str, dict[str, str]] = {}
        for _kind, name, value, words in found:
            shown.setdefault(name, {})[value] = unescape(re.sub(r"<[^>]+>", "", words)).strip()
        assert list(shown) == list(asked), "in this order, and nothing else"
        for name, names in asked.items():
            assert list(shown[name].items()) == [(str(one), words) for one, words in names.items()]
        assert not box or f'name="{box}"' in me.page
        await me.step(step)
    assert all(names.keys() == set(kind) for kind, names in _ALL), "no choice is without a name"
    assert me.heading == "写真や画面"


async def test_the_whole_way_by_a_school_s_card(window: Window, me: Reporter) -> None:
    await me.get(f"/report/{CODE}")
    assert f"{SCHOOL}のカードから開きました。" in me.page
    await me.step("danger", danger="no", witness="saw", school=CODE)
    assert me.heading == "何が起きているか"
    await me.step("what", what="廊下でけられている", places=["class", "sns"], since="week", people="2組の人")
    assert (me.heading, me.value("school_name")) == ("学校のこと", SCHOOL)
    assert "告げ口ではありません" in me.page and "了解なしに" in me.page, "WG-17, and the profile's own notice"
    await me.step("school", school_name=SCHOOL, grade="2年", tell_school="hidden", tell_how="見たのは3人だけ")
    assert me.heading == "写真や画面" and "送らないでください" in me.page
    await me.step("evidence")
    assert me.heading == "読み直して、送る" and "廊下でけられている" in me.page
    await me.post("/report/send")
    assert me.heading.startswith("届きました。")
    await me.post("/report/kept", {"kept": "yes"})
    assert "届いています。窓口の人が読みます。" in me.page
    row, told = await window.report(), await answers(window)
    assert (row.status, row.state, row.human_wanted, row.unfinished) == ("new", "left_message", None, False)
    assert (told.school_code, told.grade, told.places) == (CODE, "2年", ("class", "sns"))
    await window.work()
    assert await window.told() == [
        f"学校：{SCHOOL}",
        "廊下でけられている",
        "だれが、だれに：2組の人",
        "学年やクラス：2年",
        "知られたくないこと：見たのは3人だけ",
        f"（選んだ答え）{CHOSEN}",
    ]
    assert [row.kind for row in await window.service.rows("SELECT kind FROM desk_events")].count("report") == 1
    assert await window.verbs() == [
        "start_report",
        "keep_report",
        "keep_report",
        "keep_report",
        "leave_message",
        "send_report",
        "keep_receipt",
    ]


async def test_going_back_and_forth_keeps_every_word(window: Window, me: Reporter) -> None:
    await me.write("一行目\r\n二行目 <b>&amp;", where_words="音楽室")
    assert me.heading == "学校のこと"
    await me.step("school", "back", grade="5年")
    assert me.value("what") == "一行目\n二行目 <b>&amp;" and me.value("where_words") == "音楽室"
    await me.step("what", what=me.value("what"), where_words="図工室")
    assert me.value("grade") == "5年"
    await me.step("school", "next", grade="5年")
    await me.step("evidence")
    await me.step("send", "what")
    assert me.heading == "何が起きているか" and me.value("where_words") == "図工室"
    await me.step("what", "back", what="")
    assert me.heading == "はじめに" and 'value="no" checked' in me.page
    await window.work()
    assert "（書いたことを消しました）" in await window.told()


async def test_words_that_are_too_long_stay_in_their_field(window: Window, me: Reporter) -> None:
    await me.step("danger")
    await me.step("what", what="あ" * (LONGEST + 5), people="同じ組")
    assert me.status == 400 and me.heading == "何が起きているか"
    assert len(me.value("what")) == LONGEST + 5 and me.value("people") == "同じ組"
    assert "いま5文字多いです" in me.page and 'href="#what"' in me.page and 'aria-invalid="true"' in me.page
    assert len((await answers(window)).what) == LONGEST, "and what fits is told already"
    await me.step("what", what="ひとつ", people="同じ組")
    assert me.heading == "学校のこと"


async def test_letters_may_come_as_they_are(window: Window, me: Reporter) -> None:
    """What a page gives along while it goes away: as percent signs two full fields would be too much for browsers."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body, status in (("step=what&leaving=1&what=けられた%26👀+".encode(), 200), (b"step=what&what=\xff", 400)):
        async with me.http.post(f"{me.url}/report/keep", data=body, headers=form) as answer:
            assert answer.status == status
    assert (await answers(window)).what == "けられた&👀 "


async def test_nothing_said_is_not_sent(window: Window, me: Reporter) -> None:
    await me.step("danger", danger="no")
    await me.step("what", what="  \n ")
    await me.post("/report/send")
    assert me.status == 400 and "まだ何も書かれていません" in me.page
    assert (await window.report()).status == "draft"


@pytest.mark.parametrize(
    ("field", "words"), [("tell_how", "山田さんが毎日けられています"), ("school_name", "西中"), ("grade", "2年の山田")]
)
async def test_words_in_any_field_are_a_report(window: Window, me: Reporter, field: str, words: str) -> None:
    await me.step("danger")
    await me.step("school", **{field: words})
    await me.post("/report/send")
    assert me.heading.startswith("届きました。") and (await window.report()).status == "new"


async def test_a_school_that_its_card_brought_is_nobody_s_word(window: Window, me: Reporter) -> None:
    await me.step("danger", school=CODE)
    await me.step("school", school_name=SCHOOL)
    await me.post("/report/send")
    assert me.status == 400 and "まだ何も書かれていません" in me.page


async def test_the_first_button_pressed_twice_begins_one_report(window: Window, me: Reporter) -> None:
    """Without a token, too; and whoever has only the page of another one's beginning is let in to nothing of theirs."""
    await me.get("/report")
    (key,) = re.findall(r'name="key" value="([^"]+)"', me.page)
    first = {"token": "", "step": "danger", "go": "next", "danger": "now", "key": key}
    async with window.reporter() as again:
        await asyncio.gather(me.post("/report", first), again.post("/report", first))
        assert (me.heading, again.heading) == ("何が起きているか",) * 2 and me.token != again.token
        assert await window.verbs() == ["start_report", "keep_report"]
        await again.step("what", what="体育館のうら")
        await me.post("/report/send")
    assert (await window.report()).status == "new"
    async with window.reporter() as other:
        await other.post("/report", first)
        await other.step("send", "what")
        assert other.value("what") == ""
    assert len(await window.service.rows("SELECT 1 FROM reports")) == 2


@pytest.mark.parametrize(
    "path", ["/report", "/report/", "/report/nobody", "/report/%F0%9F%98%80", "/report/" + "x" * 90]
)
async def test_a_code_that_nobody_knows_is_the_same_form(window: Window, me: Reporter, path: str) -> None:
    await me.get(path)
    assert me.status == 200 and me.heading == "はじめに" and "のカード" not in me.page
    assert await window.service.rows("SELECT 1 FROM contacts") == [], "nothing is begun by looking"
    await me.step("danger", school="nobody")
    assert (await answers(window)).school_code is None


@pytest.mark.parametrize(("path", "to"), [("/report/send", "/report"), ("/report/mine/add", "/report/answer")])
async def test_a_form_s_address_that_is_opened_again_leads_on(me: Reporter, path: str, to: str) -> None:
    await me.get(path)
    assert (me.status, me.headers["location"]) == (303, to)


async def test_another_name_than_the_card_s_is_another_school(window: Window, me: Reporter) -> None:
    await me.step("danger", school=CODE.upper())
    assert (await answers(window)).school_code == CODE
    await me.step("school", school_name="ほかの中学校")
    told = await answers(window)
    assert (told.school_code, told.school_name) == (None, "ほかの中学校")


@pytest.mark.parametrize(
    ("at", "words"), [(OPEN, "いまは、窓口に人がいる時間です"), (CLOSED, "次に窓口が開くのは、今日の16時です")]
)
async def test_every_page_says_what_one_has_to_know(window: Window, me: Reporter, at: datetime, words: str) -> None:
    window.service.setting.clock = FrozenClock(at)
    pages = [await me.get("/report"), await me.step("danger", danger="now"), await me.step("what", what="けが")]
    pages += [
        await me.step("school"),
        await me.step("evidence"),
        await me.post("/report/send"),
        await me.post("/report/kept", {"kept": "yes"}),
    ]
    pages += [await me.get("/report/answer"), await me.get("/report/no/such/page")]
    for page in pages:
        for needed in (
            "（匿名）",
            "24時間、いつでも",
            words,
            "tel:110",
            "tel:119",
            "0120-0-78310",
            "学校の端末",
            "30日",
            'action="/report/away"',
        ):
            assert needed in page, needed
        assert must_nots(unescape(re.sub(r"<[^>]+>", "", page.partition("<body>")[2]))) == []
    assert all("いまあぶないときは、先に電話してください" in page for page in pages[1:6])


async def test_where_nothing_is_kept_the_page_says_so(window: Window, me: Reporter) -> None:
    setting = window.service.setting
    setting.profile = setting.profile.model_copy(update={"trace": Trace(keep=(), days=None)})
    await me.get("/report")
    assert "こちらからあなたの場所はわかりません。" in me.page
    await me.send()
    assert await window.service.rows("SELECT 1 FROM web_traces") == []


async def test_a_board_without_reports_has_no_such_page(window: Window, me: Reporter) -> None:
    setting = window.service.setting
    channels = setting.profile.channels.model_copy(update={"report": ReportChannel(use=ChannelUse.NOT_OFFERED)})
    setting.profile = setting.profile.model_copy(update={"channels": channels})
    for page in (await me.get("/report"), await me.get("/report/answer"), await me.step("danger")):
        assert me.status == 404 and "ページから知らせることはできません" in page and "tel:110" in page
    assert await window.service.rows("SELECT 1 FROM reports") == []


async def test_no_cookie_no_cache_no_referrer_and_no_foreign_form(window: Window, me: Reporter) -> None:
    for path in ("/report", "/report/answer", "/report/x/y"):
        await me.get(path)
        assert me.headers["cache-control"] == "no-store" and me.headers["referrer-policy"] == "no-referrer"
        policy = me.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert "set-cookie" not in {name.lower() for name in me.headers}
    await me.post("/report", {"step": "what", "what": "x"}, Origin="https://elsewhere.example")
    assert me.status == 403 and "受け取れませんでした" in me.page
    await me.post("/report", {"step": "what", "what": "あ" * 40_000})
    assert me.status == 413 and "短く分けて" in me.page
    assert await window.service.rows("SELECT 1 FROM reports") == []


async def test_while_nothing_can_be_stored_the_words_stay_on_the_page(
    window: Window, me: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: HoldsVisit, token: str) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(HoldsVisit, "__call__", away)
    await me.step("what", what="けられました", where_words="廊下", places=["class"])
    assert me.status == 503 and "この画面に残っています" in me.page and "tel:110" in me.page
    assert (
        me.value("what") == "けられました" and me.value("where_words") == "廊下" and 'value="class" checked' in me.page
    )
