"""Words as they are hidden: from a parent who looks over the shoulder, from a filter, or for no reason at all.

`unhidden` gives a second view of a text in which spaced letters stand together, drawn-out vowels are short, Latin
letters are kana again, and タヒ, 氏, 4 and ○ are read as the word that they stand for. It is a *second* view: what a
rule finds in the first one stays found.
"""

from __future__ import annotations

import itertools
import re

from kernel.text.romaji import romaji_to_kana
from kernel.text.view import View

_KANA = "ぁ-ゖーゝゞ"
_LETTER = f"{_KANA}一-鿿々〇"
_GAP = r"[^\S\n]|[\n.,。、・…‥_\-‐-―~〜*/|!?♡♥☆★♪'\"`^:;=+<>()「」\[\]]"

# At least three single letters with something between each of them: し.に.た.い
_SPACED = re.compile(f"(?<![{_LETTER}])[{_LETTER}](?:(?:{_GAP}){{1,3}}[{_LETTER}](?![{_LETTER}])){{2,60}}")
_GAPS = re.compile(_GAP)
_SPACE = re.compile(f"(?<=[{_LETTER}])[^\\S\\n]{{1,8}}(?=[{_LETTER}])")
_LONG = re.compile(r"(?<=[ぁ-ゖ一-鿿])[ー〜~～-]{1,400}(?=[ぁ-ゖ一-鿿]|$)")
_REPEAT = re.compile(r"([ぁ-ゖーwｗ死殺])\1{2,}")
_SMALL_VOWEL = re.compile("([ぁ-ゖ])([ぁぃぅぇぉ]{1,20})")
_BREAK = re.compile(r"\n")
#: Letters of a line that may be the rest of a word begun in the line before.
SHORT_LINE = 4
_STRAY = re.compile(r"(?<=[ぁ-ゖ])[a-z](?=[ぁ-ゖ])")
_LATIN = re.compile(r"[a-z][a-z '\-]{3,60}[a-z]")

_ENLARGED = dict(zip("ぁぃぅぇぉ", "あいうえお"))
_VOWEL_ROWS = {
    "ぁ": "あかさたなはまやらわがざだばぱゃゎ",
    "ぃ": "いきしちにひみりぎじぢびぴ",
    "ぅ": "うくすつぬふむゆるぐずづぶぷゅ",
    "ぇ": "えけせてねへめれげぜでべぺ",
    "ぉ": "おこそとのほもよろをごぞどぼぽょ",
}

# What follows 死 when it is a verb or a wish; the letters that stand in for 死 are only read as such before these.
_DYING = "(?:[に二2仁](?:た[いくかみきげいし]|てえ|て[ぇー]|そう|ます|まし|ゃ|ゆ)|ね(?![んむる]|こ|ぎ|だ)|ぬ(?:[。!?！？]|し|か|わ|ね|よ|ん|つも|ぞ|$)|の(?:う|お)|んで(?:や|し|も|く|る|$)|んだ(?:ほう|方|ら)|体$)"
_STANDINS = re.compile(
    f"(?:[た夕][ひヒ匕]|歹匕|(?<![一-鿿々0-9ぁ-ゖa-z])(?:氏|[4四])|(?<![0-9])4|し(?=[二2仁]た))(?={_DYING})"
)
_NI = re.compile("死[二2仁](?=た[いくかみ]|そう|ます)")
_TAHI_ALONE = re.compile("[た夕][ひヒ匕](?=って|んで|のう|する|した|しよ|[。!?！？]|$)")
_KILL = re.compile(r"(?<![0-9])(?:5[6b]|ころ(?=す$))(?=[すしさせそ](?![んい]))")

_MASK = "[○●◯〇×✕✖*※＊?？#＃@☆★♡♥・_■□▲△▽▼◎]"
#: Words that are written with one letter covered.
_MASKED_WORDS = (
    "死にたい",
    "しにたい",
    "自殺",
    "殺す",
    "殺され",
    "殺したい",
    "消えたい",
    "りすか",
    "虐待",
    "いじめ",
    "飛び降り",
    "首吊",
    "しにてえ",
)


def _variants(word: str) -> list[tuple[str, str]]:
    """The ways to cover one or two letters of a word in which enough stays to know it."""
    found = []
    for index in range(len(word)):
        rest = word[:index] + "\0" + word[index + 1 :]
        if len(word) >= 3 or word == "自殺":
            found.append((rest, word))
    return found


_MASKED = {rest: word for word in _MASKED_WORDS for rest, word in _variants(word)}
_MASKED_PATTERN = re.compile(
    "|".join(
        "(?<![一-鿿])" * (rest == "\0殺") + re.escape(rest).replace(re.escape("\0"), _MASK)
        for rest in sorted(_MASKED, key=len, reverse=True)
    )
)
_MASK_LETTER = re.compile(_MASK)

_EMOJI = {"💊": "薬", "🔪": "刃物", "🩸": "血", "✂": "はさみ", "🪒": "かみそり"}
_EMOJIS = re.compile("[" + "".join(_EMOJI) + "]")
# ＃ and × are masks, but also hashtags and sums: an ASCII text without any of these letters needs no second view.
_NEEDED = re.compile(
    f"[a-z{''.join(_EMOJI)}夕氏4四二2歹5ぁぃぅぇぉ]|たひ|{_MASK}|[ー〜~～]|([ぁ-ゖ死殺])\\1\\1|[^\\S\\n]|[{_LETTER}](?:{_GAP})[{_LETTER}](?:{_GAP})"
)


def unhidden(view: View, unfolded: str | None = None) -> View:
    """Give the second view of a plain one; the same view where nothing is hidden. Time is linear in its length.

    Args: unfolded: the plain view's text before its katakana became hiragana, where that is known: the long vowel of
    カッター belongs to the word, the one of しにたーい doesn't.
    """
    if _NEEDED.search(view.text) is None:
        return view
    letters = unfolded or view.text

    def shorten(match: re.Match[str]) -> str:
        loanword = "ァ" <= letters[match.start() - 1] <= "ヺ" and match.end() - match.start() == 1
        return match.group() if loanword else ""

    found = view.replaced(_LONG, shorten).replaced(_EMOJIS, lambda m: _EMOJI[m.group()])
    found = found.replaced(_LATIN, _read_latin)
    found = found.replaced(_SPACED, lambda m: _GAPS.sub("", m.group()))
    found = found.replaced(_SPACE, lambda m: "")
    found = found.replaced(_REPEAT, lambda m: m.group(1))
    found = found.replaced(_SMALL_VOWEL, _read_small)
    found = found.replaced(_STRAY, lambda m: "")
    found = found.replaced(_MASKED_PATTERN, lambda m: _MASKED[_MASK_LETTER.sub("\0", m.group(), count=1)])
    found = found.replaced(_STANDINS, lambda m: "死")
    found = found.replaced(_NI, lambda m: "死に")
    found = found.replaced(_TAHI_ALONE, lambda m: "死")
    return found.replaced(_KILL, lambda m: "殺")


def joined(view: View) -> View:
    """Give a view in which short lines stand together (死に, たい, sent one after the other); else the same view."""
    lines = view.text.split("\n")
    if len(lines) == 1:
        return view
    breaks = set()
    position = 0
    for line, following in itertools.pairwise(lines):
        position += len(line)
        if line and following and min(len(line), len(following)) <= SHORT_LINE:
            breaks.add(position)
        position += 1
    return unhidden(view.replaced(_BREAK, lambda m: "" if m.start() in breaks else "\n")) if breaks else view


def _read_latin(match: re.Match[str]) -> str:
    words = re.split(r"[ '\-]+", match.group())
    kana = [romaji_to_kana(word) for word in words]
    joined = "".join(word or "" for word in kana)
    # English stays English: one word that isn't romaji is enough.
    return joined if all(kana) and len(joined) >= 3 else match.group()


def _read_small(match: re.Match[str]) -> str:
    """たぁ is a drawn-out た; たぃ is たい in small letters."""
    out, smalls = match.groups()
    for small in smalls:
        if out[-1] not in _VOWEL_ROWS[small]:
            out += _ENLARGED[small]
    return out
