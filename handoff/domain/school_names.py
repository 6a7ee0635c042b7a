"""Which schools a few free words may mean: 第一中, 一中, 1中, いっちゅう (KAG-6.1キ, WG-18).

Pure, and never a decision: pupils write a name as they say it, and many towns have a 第一中学校. What is found are
candidates with the reason for each, for a person to choose from, or none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import lru_cache
from typing import Final

from handoff.domain.profile.vocabulary import SchoolType
from handoff.domain.school import School
from kernel.text.kana import fold_kana

#: Candidates that are shown; with more it says so, and a municipality narrows them.
SHOWN: Final = 8
#: Names that are remembered as they are compared: those of the largest register, or each search would fold all anew.
_REMEMBERED: Final = 32_768
#: Letters of what was written that are looked at.
LONGEST: Final = 60
#: How like two names have to be to be taken for one with a slip in it.
_ALIKE: Final = 0.66


class Reason(IntEnum):
    """Why a school is a candidate, the strongest first."""

    OFFICIAL = 1
    ALIAS = 2
    SHORT = 3
    READING = 4
    PART = 5
    ALIKE = 6


REASON_NAMES: Final = {
    Reason.OFFICIAL: "正式な名前と同じ",
    Reason.ALIAS: "登録された呼び方と同じ",
    Reason.SHORT: "短くした名前が同じ",
    Reason.READING: "読みが同じ",
    Reason.PART: "名前の一部が同じ",
    Reason.ALIKE: "名前が似ている",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A school that may be meant, and why."""

    school: School
    reason: Reason


@dataclass(frozen=True, slots=True)
class Found:
    """The first candidates, best first, and how many there are in all."""

    candidates: tuple[Candidate, ...]
    count: int


_DROPPED: Final = re.compile(r"[\s・･.,、。「」『』()\[\]!?〜~\"'’]+")
#: How a name begins that says whose school it is.
_FOUNDED: Final = re.compile(
    r"(?:(?:学校法人|国立大学法人).{1,12}?(?=学園|学院|大学))|(?:[^立]{0,8}?[都道府県市町村区組合]立|私立|国立|公立)"
)
#: Ends of names, the longest first, and which type they tell.
_ENDS: Final[Sequence[tuple[str, SchoolType]]] = sorted(
    [
        ("小学校", SchoolType.ELEMENTARY),
        ("小学", SchoolType.ELEMENTARY),
        ("小", SchoolType.ELEMENTARY),
        ("しょうがっこう", SchoolType.ELEMENTARY),
        ("しょうがく", SchoolType.ELEMENTARY),
        ("しょう", SchoolType.ELEMENTARY),
        ("中学校", SchoolType.JUNIOR_HIGH),
        ("中学", SchoolType.JUNIOR_HIGH),
        ("中", SchoolType.JUNIOR_HIGH),
        ("ちゅうがっこう", SchoolType.JUNIOR_HIGH),
        ("ちゅうがく", SchoolType.JUNIOR_HIGH),
        ("ちゅう", SchoolType.JUNIOR_HIGH),
        ("高等学校", SchoolType.HIGH),
        ("高等部", SchoolType.HIGH),
        ("高校", SchoolType.HIGH),
        ("高", SchoolType.HIGH),
        ("こうとうがっこう", SchoolType.HIGH),
        ("こうこう", SchoolType.HIGH),
        ("こう", SchoolType.HIGH),
        ("義務教育学校", SchoolType.COMPULSORY),
        ("ぎむきょういくがっこう", SchoolType.COMPULSORY),
        ("中等教育学校", SchoolType.SECONDARY),
        ("中等", SchoolType.SECONDARY),
        ("ちゅうとうきょういくがっこう", SchoolType.SECONDARY),
        ("高等特別支援学校", SchoolType.SPECIAL_NEEDS),
        ("特別支援学校", SchoolType.SPECIAL_NEEDS),
        ("支援学校", SchoolType.SPECIAL_NEEDS),
        ("養護学校", SchoolType.SPECIAL_NEEDS),
        ("特支", SchoolType.SPECIAL_NEEDS),
        ("支援", SchoolType.SPECIAL_NEEDS),
        ("とくべつしえんがっこう", SchoolType.SPECIAL_NEEDS),
        ("しえんがっこう", SchoolType.SPECIAL_NEEDS),
        ("工業高等専門学校", SchoolType.TECHNICAL_COLLEGE),
        ("高等専門学校", SchoolType.TECHNICAL_COLLEGE),
        ("高専", SchoolType.TECHNICAL_COLLEGE),
        ("こうせん", SchoolType.TECHNICAL_COLLEGE),
        ("学校", SchoolType.OTHER),
    ],
    key=lambda pair: -len(pair[0]),
)
#: 第一中 as it is said: いっちゅう, at a high school いちこう, and so on up to ten.
_SPOKEN: Final = {
    "いち": 1,
    "いっ": 1,
    "に": 2,
    "さん": 3,
    "よん": 4,
    "し": 4,
    "ご": 5,
    "ろく": 6,
    "ろっ": 6,
    "なな": 7,
    "しち": 7,
    "はち": 8,
    "はっ": 8,
    "きゅう": 9,
    "く": 9,
    "じゅう": 10,
    "じゅっ": 10,
    "じっ": 10,
}
_KANJI: Final = {kanji: place for place, kanji in enumerate("一二三四五六七八九十", start=1)}
_NUMBERED: Final = re.compile(r"(第|だい)?([一二三四五六七八九十]|十[一二三四五六七八九]|[0-9]{1,2}|[ぁ-ん]+)")
#: 塩ヶ浜 and 塩ケ浜 are one, and かさ and が stand for it as well.
_GA: Final = re.compile(r"(?<=[一-龥々])[ヶケゖけが](?=[一-龥々])")
_SMALL_TYPES: Final = frozenset({SchoolType.ELEMENTARY, SchoolType.JUNIOR_HIGH, SchoolType.HIGH})


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared. whole: folded; core: without whose school it is and without its end; type: by its end."""

    whole: str
    core: str
    type: SchoolType | None


@lru_cache(maxsize=_REMEMBERED)
def folded(text: str) -> str:
    """A text in the form in which names are compared: one width, one kana, no spaces or marks."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    text = text.replace("髙", "高").replace("﨑", "崎").replace("濵", "浜").replace("濱", "浜").replace("邊", "辺")
    kana = fold_kana(_DROPPED.sub("", _GA.sub("ヶ", text)))
    return re.sub(r"(?<=[こゅょ])ー", "う", kana)  # いっちゅー


def candidates(
    text: str,
    schools: Iterable[School],
    *,
    school_type: str | None = None,
    municipality: str = "",
    limit: int = SHOWN,
) -> Found:
    """The schools that a text may mean, best first.

    Args: text: what somebody wrote as a school's name; schools: those that are offered; school_type, municipality: told
    besides. What is told narrows the candidates where some of them agree with it, and is passed over where none does: it
    may be the slip. Whose official name it is stays whatever is told besides, and comes first.
    """
    words = folded(text)
    if not words:
        return Found((), 0)
    place = _stem(folded(municipality))
    found: list[tuple[Candidate, bool, bool]] = []
    for school in schools:
        here = folded(school.municipality)
        stem = _stem(here)
        named = bool(stem) and (words.startswith(stem) or (bool(place) and place == stem))
        reason = _reason(words, here, school)
        if reason is not None:
            found.append((Candidate(school, reason), named, school.school_type == school_type))
    for told in (1, 2):
        agreeing = [one for one in found if one[told]]
        # Only a told place or type that some *good* candidate agrees with narrows: else a slip would hide the right one.
        if any(one[0].reason < Reason.PART for one in agreeing) or all(one[0].reason >= Reason.PART for one in found):
            exact = [one for one in found if one[0].reason is Reason.OFFICIAL and not one[told]]
            found = exact + agreeing if agreeing else found
    best = min((one[0].reason for one in found), default=Reason.ALIKE)
    # Beside the same name a part of one only confuses, and beside a part a similar one.
    weakest = Reason.READING if best < Reason.PART else best
    found = [one for one in found if one[0].reason <= weakest]
    ordered = sorted((one[0] for one in found), key=_order)
    return Found(tuple(ordered[:limit]), len(ordered))


def _order(one: Candidate) -> tuple[Reason, str, str, str]:
    """The same for the same register, in whatever order it is read."""
    return one.reason, one.school.municipality, one.school.name, one.school.code


def _reason(words: str, municipality: str, school: School) -> Reason | None:
    texts = [words]
    for told in (municipality, _stem(municipality)):
        # 「つなぎ市の第一中」「つなぎ第一中」: what is left after the place is the school's name as well.
        rest = words.removeprefix(told).removeprefix("立").removeprefix("の") if told else words
        if rest not in ("", words):
            texts.append(rest)
    return min(filter(None, (_compare(_name(one), school) for one in texts)), default=None)


def _compare(told: _Name, school: School) -> Reason | None:
    official = _name(folded(school.name))
    if told.whole == official.whole:
        return Reason.OFFICIAL
    aliases = [_name(folded(alias)) for alias in school.aliases]
    if any(told.whole == one.whole for one in aliases):
        return Reason.ALIAS
    names = (official, *aliases)
    if any(_same(told, one) for one in names):
        return Reason.SHORT
    readings = [_name(folded(reading)) for reading in school.readings]
    if any(told.whole == one.whole or _same(told, one) for one in readings):
        return Reason.READING
    if any(_part(told, one) for one in (*names, *readings)):
        return Reason.PART
    return Reason.ALIKE if any(_alike(told, one) for one in (*names, *readings)) else None


def _same(told: _Name, name: _Name) -> bool:
    return told.core == name.core and told.type is not None and told.type is name.type


def _part(told: _Name, name: _Name) -> bool:
    """Without a type the core alone (みなと); with one at least two letters of the other core."""
    if told.type is not None and name.type is not None and told.type is not name.type:
        return False
    if told.core == name.core:
        return told.core != ""
    if told.core.isdigit() or name.core.isdigit():
        return False
    return len(told.core) >= 2 and (told.core in name.core or (len(name.core) >= 2 and name.core in told.core))


def _alike(told: _Name, name: _Name) -> bool:
    if told.type is not None and name.type is not None and told.type is not name.type:
        return False
    if min(len(told.core), len(name.core)) < 3 or abs(len(told.core) - len(name.core)) > 2:
        return False
    return SequenceMatcher(None, told.core, name.core).ratio() >= _ALIKE


def _stem(municipality: str) -> str:
    """A place without its 市, 町 or 村; a place of one letter keeps it, or every word would begin with one."""
    stem = re.sub(r"[市町村区]$", "", municipality)
    return stem if len(stem) > 1 else municipality


@lru_cache(maxsize=_REMEMBERED)
def _name(whole: str) -> _Name:
    """Take a folded name apart."""
    core = _FOUNDED.sub("", whole, count=1) if _FOUNDED.match(whole) else whole
    core = re.sub(r"^[ぁ-ん]{0,10}?(?:しりつ|けんりつ|ちょうりつ|そんりつ|くりつ|こくりつ)(?=.)", "", core)
    for end, school_type in _ENDS:
        if core.endswith(end) and len(core) > len(end):
            short = core.removesuffix(end)
            number = _number(short)
            if number is not None and (school_type in _SMALL_TYPES):
                return _Name(whole, str(number), school_type)
            if school_type is SchoolType.OTHER:
                return _Name(whole, short, None)
            return _Name(whole, short, school_type)
    return _Name(whole, core, None)


def _number(core: str) -> int | None:
    """The number of 第一, 一, 1 or いっ; None where it is a name."""
    found = _NUMBERED.fullmatch(core)
    if found is None:
        return None
    told = found[2]
    if told.isdigit():
        return int(told)
    if told in _KANJI:
        return _KANJI[told]
    return 10 + _KANJI[told[1]] if len(told) == 2 and told[0] == "十" and told[1] in _KANJI else _SPOKEN.get(told)
