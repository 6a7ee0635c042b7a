"""Numbers up to 99 as students write them: 14, 十四, じゅうよん. Texts are normalised and folded to hiragana first."""

from __future__ import annotations

import re

_KANJI_DIGITS = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
# What NFKC makes of Ⅰ–Ⅵ.
_ROMAN_DIGITS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_KANA_DIGITS = {
    "いち": 1,
    "いっ": 1,
    "に": 2,
    "さん": 3,
    "よん": 4,
    "し": 4,
    "よ": 4,
    "ご": 5,
    "ろく": 6,
    "ろっ": 6,
    "なな": 7,
    "しち": 7,
    "はち": 8,
    "はっ": 8,
    "きゅう": 9,
    "きゅー": 9,
    "く": 9,
}
_KANA_UNIT = "いち|いっ|に|さん|よん|しち|し|ご|ろく|ろっ|なな|はち|はっ|きゅう|きゅー|く"

# One or two Arabic digits that aren't a part of a longer number, a decimal or a time (15:30).
ARABIC = r"(?<![0-9])(?<![0-9][.:])[0-9]{1,2}(?![0-9]|[.:][0-9])"
KANJI = r"(?:[二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
# From ten on: shorter ones are syllables of every second word.
KANA_FROM_TEN = rf"(?:にじゅう|にじゅっ|さんじゅう|よんじゅう|じゅう|じゅっ)(?:{_KANA_UNIT})?"
KANA_DIGIT = r"(?:いち|に|さん|よん|し|ご|ろく|なな|はち|きゅう)"

_KANA = re.compile(rf"(?:(?P<tens>に|さん|よん)?(?P<ten>じゅう|じゅっ))?(?P<unit>{_KANA_UNIT}|よ)?")


def number(written: str) -> int | None:
    """Return the value of one number written as ARABIC, KANJI or in kana; None if it isn't one."""
    if not written:
        return None
    if written in _ROMAN_DIGITS:
        return _ROMAN_DIGITS[written]
    if written.isdecimal():
        return int(written)
    if written[0] in _KANJI_DIGITS or written[0] == "十":
        return _kanji(written)
    match = _KANA.fullmatch(written)
    if match is None:
        return None
    tens = (_KANA_DIGITS[match["tens"]] if match["tens"] else 1) if match["ten"] else 0
    return tens * 10 + (_KANA_DIGITS[match["unit"]] if match["unit"] else 0)


def _kanji(written: str) -> int | None:
    head, ten, tail = written.partition("十")
    if any(digit not in _KANJI_DIGITS for digit in head + tail) or len(tail) > 1 or len(head) > (1 if ten else 2):
        return None
    if not ten and len(head) == 2:
        return _KANJI_DIGITS[head[0]] * 10 + _KANJI_DIGITS[head[1]]
    if not ten:
        return _KANJI_DIGITS[head]
    return (_KANJI_DIGITS[head] if head else 1) * 10 + (_KANJI_DIGITS[tail] if tail else 0)
