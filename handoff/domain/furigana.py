"""Readings beside the kanji of the short page, so that a twelve-year-old reads it alone (WG-10).

Pure. Only what the service itself says has its readings here; the board writes its own behind its words in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

#: Words (with the kana that tell which reading is meant) and how they are read; the longest that fits counts.
READINGS: Final = {
    "気になる": "きになる",
    "話せる": "はなせる",
    "自動": "じどう",
    "案内": "あんない",
    "答え": "こたえ",
    "書いた": "かいた",
    "書かなく": "かかなく",
    "窓口": "まどぐち",
    "相談員": "そうだんいん",
    "相談": "そうだん",
    "読みます": "よみます",
    "読めません": "よめません",
    "毎日": "まいにち",
    "月曜日": "げつようび",
    "火曜日": "かようび",
    "水曜日": "すいようび",
    "木曜日": "もくようび",
    "金曜日": "きんようび",
    "土曜日": "どようび",
    "日曜日": "にちようび",
    "翌日": "よくじつ",
    "受付": "うけつけ",
    "休みの日": "やすみのひ",
    "時間": "じかん",
    "決まって": "きまって",
    "決まり": "きまり",
    "名前": "なまえ",
    "大丈夫": "だいじょうぶ",
    "見分ける": "みわける",
    "番号": "ばんごう",
    "残り": "のこり",
    "了解": "りょうかい",
    "学校": "がっこう",
    "家族": "かぞく",
    "伝える": "つたえる",
    "調べる": "しらべる",
    "命": "いのち",
    "体": "からだ",
    "危険": "きけん",
    "虐待": "ぎゃくたい",
    "法律": "ほうりつ",
    "守る": "まもる",
    "必要": "ひつよう",
    "連絡": "れんらく",
    "関係": "かんけい",
    "人には": "ひとには",
    "伝えません": "つたえません",
    "教育委員会": "きょういくいいんかい",
    "児童相談所": "じどうそうだんしょ",
    "警察": "けいさつ",
    "消防": "しょうぼう",
    "運営者": "うんえいしゃ",
    "関係機関": "かんけいきかん",
    "知って": "しって",
    "対応": "たいおう",
    "内容": "ないよう",
    "救急": "きゅうきゅう",
    "電話": "でんわ",
    "人を": "ひとを",
    "傷つける": "きずつける",
    "仮の": "かりの",
    "文面": "ぶんめん",
}
_WORD: Final = re.compile("|".join(sorted(map(re.escape, READINGS), key=len, reverse=True)))
_KANJI: Final = re.compile(r"[々〇一-鿿]")


def with_readings(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces: what stands there, and its reading (empty where none is needed)."""
    at = 0
    for found in _WORD.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], ""
        yield from _parted(found[0], READINGS[found[0]])
        at = found.end()
    if at < len(text):
        yield text[at:], ""


def _parted(word: str, reading: str) -> Iterator[tuple[str, str]]:
    """The kana at a word's end need no reading: 話せる is 話 (はな) and せる."""
    tail = 0
    while tail < len(word) and not _KANJI.match(word[-1 - tail]) and word[-1 - tail] == reading[-1 - tail]:
        tail += 1
    yield (word[: len(word) - tail], reading[: len(reading) - tail])
    if tail:
        yield word[-tail:], ""


def unread(text: str) -> frozenset[str]:
    """The kanji of a text that stand there without a reading."""
    return frozenset(letter for part, reading in with_readings(text) if not reading for letter in _KANJI.findall(part))
