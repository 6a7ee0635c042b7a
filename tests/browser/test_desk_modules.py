"""The desk's own small modules: hints while a counsellor writes, and a student's words made safe to look at.

They have no page of their own: a blank one in Chromium answers.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright

from handoff.adapters.phrases import load_phrases
from handoff.domain.queue import Waiting, band_of, order
from handoff.domain.session import Level
from tests.browser.conftest import FLAGS, chromium

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "handoff" / "web" / "static" / "desk"

#: ``await ask("hints.js", "hints", [text], [text])``: what the function gives for each list of arguments.
type Ask = Callable[..., Awaitable[list[Any]]]
_PAGE = """async ({ address, name, calls }) => {
  const module = await import(address);
  return calls.map((call) => module[name](...call));
}"""


@asynccontextmanager
async def asking_chromium() -> AsyncIterator[Ask]:
    async def blank(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>-</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", blank)
    app.router.add_static("/desk", STATIC)
    async with TestServer(app) as server, async_playwright() as kit:
        browser = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = await browser.new_page()
        await page.goto(str(server.make_url("/")))

        async def ask(file: str, name: str, *calls: list[Any]) -> list[Any]:
            given = {"address": f"/desk/{file}", "name": name, "calls": list(calls)}
            answers: list[Any] = await page.evaluate(_PAGE, given)
            return answers

        yield ask
        await browser.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ask() -> AsyncIterator[Ask]:
    async with asking_chromium() as asked:
        yield asked


HINTED = {
    "cheering": ["がんばってください。", "頑張りましょう。", "元気を出してください。"],
    "platitude": ["命を大切にしてください。", "いのちは大切です。"],
    "promise": [
        "絶対にだれにも言いません。",
        "必ず秘密にします。",
        "必ずあと5分でお返事します。",
        "１０分ほどお待ちください。",
        "すぐに返事します。",
    ],
    "blame": [
        "なぜ休んだのですか。",
        "なんで言わなかったのですか。",
        "どうして泣いたのですか。",
        "どうしていじめられたのですか。",
    ],
    "speech": [
        "つらいんだよね？",
        "つらいだろ",
        "僕はそう思います。",
        "俺が聞きます。",
        "お前のことです。",
        "君はどう思いますか。",
        "きみのことです。",
        "大変だわ。",
    ],
    "stretched": [
        "そうなんですね～",
        "そうですね〜。",
        "つらいですね…",
        "そうですねー",
        "ありがとうございます！",
        "はい・・・",
    ],
    "questions": [
        "どこにいますか？だれといますか？",
        "いま、どこにいますか。話せますか。",
        "いつからですか？ だれかに話しましたか",
    ],
    "plain": ["それはつらい。", "そうなんだね", "話してくれてありがとう。", "また来てね", "どこ？"],
    "long": ["あ" * 118 + "です。"],
    "too_long": ["あ" * 299 + "です。"],
}
KIND = [
    "",
    "書いて",  # still being written
    "いま読んで考えてい",
    "とてもつらいのですね。いま、死にたい気持ちがありますか。答えたくないときは、答えなくて大丈夫です。",
    "「がんばって」と言われるのが、つらいのですね。",
    "「なんで学校に来ないの？」と聞かれたのですね。どんな気持ちでしたか？",
    "どうしてほしいと思いますか。",
    "いま、どうしていますか。",
    "どうしても行けない日があるのですね。",
    "そうなんですね。悩んでいたのですね。",
    "そうですか。いつからですか。",
    "なんでも書いてください。何でも大丈夫です。",
    "それは悲しいことだろうと思います。",
    "お名前は書かなくて大丈夫です。諸君という言いかたがいやなのですね。",
    "受付は16:00〜21:00です。スーパーやゲームのことでも大丈夫です。",
    "いまこちらも使えます。\nチャイルドライン 0120-99-7777（21:00まで）\n・文字でも話せます",
    "今日は\n来てくれてありがとうございます",
    "ありがとうございます😊",
    "あ" * 117 + "です。",
]


async def test_what_could_be_kinder_is_told_by_its_kind(ask: Ask) -> None:
    cases = [(kind, text) for kind, texts in HINTED.items() for text in texts]
    answers = await ask("hints.js", "hints", *([text] for _kind, text in cases))
    missed = [case for case, found in zip(cases, answers, strict=True) if case[0] not in {one["kind"] for one in found}]
    assert missed == []


async def test_kind_words_are_left_alone(ask: Ask) -> None:
    answers = await ask("hints.js", "hints", *([text] for text in KIND))
    assert {text: found for text, found in zip(KIND, answers, strict=True) if found} == {}


async def test_the_shared_phrases_need_no_hint(ask: Ask) -> None:
    texts = [phrase.text for phrase in load_phrases(ROOT / "data" / "desk" / "phrases.yml")]
    answers = await ask("hints.js", "hints", *([text] for text in texts))
    assert {text: found for text, found in zip(texts, answers, strict=True) if found} == {}


async def test_a_hint_is_one_gentle_sentence_or_two_and_comes_once(ask: Ask) -> None:
    whole = "".join(text for texts in HINTED.values() for text in texts)
    answers = await ask("hints.js", "hints", [whole], ["だよね。"], ["つらい。" + "あ" * 117], [HINTED["long"][0]])
    for found in answers:
        kinds = [one["kind"] for one in found]
        assert len(kinds) == len(set(kinds))
        for one in found:
            assert set(one) == {"kind", "text"}
            assert one["text"].endswith("。")
            assert len(one["text"]) <= 70
    assert {one["kind"] for one in answers[0]} == set(HINTED) - {"plain", "long"}
    assert [one["kind"] for one in answers[1]] == ["speech"]
    assert [one["kind"] for one in answers[2]] == ["plain", "long"]


async def test_letters_beyond_the_basic_plane_count_as_one(ask: Ask) -> None:
    assert await ask("hints.js", "hints", ["😊" * 117 + "です。"], ["😊" * 118 + "です。"]) == [
        [],
        [{"kind": "long", "text": "120字をこえました。二つに分けて送ると、読みやすくなります。"}],
    ]


FAMILY = "👨‍👩‍👧"
READABLE = {
    "ふつうの文です。": "ふつうの文です。",
    "\u202eいたに死\u202c": "⟦RLO⟧いたに死⟦PDF⟧",
    "\u202a\u202b\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c": "".join(
        f"⟦{name}⟧" for name in ("LRE", "RLE", "LRO", "LRI", "RLI", "FSI", "PDI", "LRM", "RLM", "ALM")
    ),
    "\u202e" * 30: "⟦RLO⟧×30",
    "あ" * 20: "あ" * 20,
    "あ" * 21: "あ×21",
    f"つらい{'😭' * 35}です": "つらい😭×35です",
    FAMILY * 22: f"{FAMILY}×22",
    "👍🏽" * 21 + "👍" * 3: "👍🏽×21👍👍👍",
    "あ" * 30 + "5": "あ⟦×30⟧5",  # not 305
    "あ×30": "あ×30",
    "\n" * 25 + "い": "\n×25い",
}


async def test_words_are_readable_and_nothing_is_lost(ask: Ask) -> None:
    answers = await ask("safetext.js", "readable", *([text] for text in READABLE))
    wanted = [{"text": shown, "changed": shown != text} for text, shown in READABLE.items()]
    assert answers == wanted


NOW = datetime.fromisoformat("2026-11-20T18:00:00+09:00")


async def test_the_queue_on_the_page_is_that_of_the_service(ask: Ask) -> None:
    """The page sorts by itself between two words of the service, so it must sort alike."""
    dice = random.Random(11)
    ageing = timedelta(minutes=15)
    for _ in range(30):
        queue = [
            Waiting(
                uuid4(),
                dice.choice([None, *Level]),
                dice.random() < 0.2,
                NOW - timedelta(minutes=dice.randrange(90)),
                NOW - timedelta(minutes=dice.randrange(40)) if dice.random() < 0.3 else None,
                drill=dice.random() < 0.2,
            )
            for _ in range(dice.randrange(12))
        ]
        cards = [
            {
                "id": str(one.id),
                "band": band_of(one.level, one.unscreened),
                "since": one.since.isoformat(),
                "queued_at": one.queued_at and one.queued_at.isoformat(),
                "drill": one.drill,
            }
            for one in queue
        ]
        (found,) = await ask("order.js", "inOrder", [cards, NOW.timestamp() * 1000, ageing.total_seconds()])
        assert [card["id"] for card in found] == [str(one.id) for one in order(queue, NOW, ageing)]
