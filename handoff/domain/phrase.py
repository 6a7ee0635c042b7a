"""A canned phrase (定型文): what a counsellor puts into the composer with a few keys, and may still change.

The shared ones lie in ``data/desk/phrases.yml``; a counsellor's own ones have an owner. Both are refused here, when they
are loaded or saved, for what no text for a student may hold; nothing is left for the moment in which somebody writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from handoff.domain.coding import TopicCode
from handoff.domain.profile.procedure import DELETION_WARNING
from handoff.domain.profile.wording import fields_in, render
from handoff.domain.session import Level
from handoff.domain.wording_rules import LONGEST_BUBBLE, must_nots

#: What a talk may be about, as the counsellors' record and the monthly report divide it (KAG-6.1キ).
TOPICS: Final = tuple(TopicCode)
#: The fields that a phrase may hold; ``phone_lines`` is a list of several rows.
FIELDS: Final = ("alias", "service_name", "phone_lines")
LONGEST_TITLE: Final = 30
_NAMES: Final = ("id", "title", "shortcut", "text", "topics", "levels")
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SHORTCUT: Final = re.compile(r"[a-z]{2,8}")
_DELETION: Final = re.compile(r"削除(?:依頼|を(?:頼|お願い))")


class PhraseState(StrEnum):
    """Where a counsellor's own phrase stands on its way to all."""

    PRIVATE = "private"
    OFFERED = "offered"
    SHARED = "shared"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Attributes: shortcut: typed as ``/xx``; topics, levels: where it fits, empty for anywhere; owner: the id of the
    counsellor whose own it is, None for one that all share.
    """

    id: str
    title: str
    shortcut: str
    text: str
    topics: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    owner: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, Any], *, owner: str | None = None) -> Self:
        """Check what people wrote; ValueError, in Japanese, names the field and what is wrong with it.

        Args: fields: id, title, shortcut, text, and topics and levels where it doesn't fit anywhere.
        """
        unknown = sorted(str(name) for name in set(fields) - set(_NAMES))
        if unknown:
            raise ValueError(f"「{unknown[0]}」という項目はありません。使える項目: {'、'.join(_NAMES)}")
        id_, title, shortcut, text = (_words(fields, name) for name in _NAMES[:4])
        if not _ID.fullmatch(id_):
            raise ValueError("id は英小文字で始め、英小文字・数字・_ で40文字までにしてください")
        if len(title) > LONGEST_TITLE:
            raise ValueError(f"title は{LONGEST_TITLE}文字までにしてください")
        if not _SHORTCUT.fullmatch(shortcut):
            raise ValueError("shortcut は英小文字2〜8文字にしてください")
        wrong = faults(text)
        if wrong:
            raise ValueError(f"text は使えません: {'、'.join(wrong)}")
        topics = _codes(fields, "topics", TOPICS)
        levels = _codes(fields, "levels", tuple(Level))
        return cls(id_, title, shortcut, text, topics, tuple(Level(level) for level in levels), owner)


def faults(text: str) -> list[str]:
    """Why a text may not be a phrase, in Japanese; empty for one that may."""
    found = must_nots(text)
    if not text.strip():
        found.append("文が空です")
    if len(text) > LONGEST_BUBBLE:
        found.append(f"{LONGEST_BUBBLE}文字を超えています")
    if _DELETION.search(text) and DELETION_WARNING not in text:
        found.append(f"削除依頼にふれるときは「{DELETION_WARNING}」を一字も変えずに書いてください")
    try:
        unknown = sorted(fields_in(text) - set(FIELDS))
    except ValueError as error:
        return [*found, str(error)]
    if unknown:
        allowed = "、".join(f"{{{name}}}" for name in FIELDS)
        found.append(f"「{{{unknown[0]}}}」は使えません。使える差し込み: {allowed}")
    return found


def fill(phrase: Phrase, *, alias: str, service_name: str, phone_lines: str) -> str:
    """The words for the composer.

    ValueError, in Japanese, when a field that it holds is empty: without an open line, none may be announced.
    """
    fields = {"alias": alias.strip(), "service_name": service_name.strip(), "phone_lines": phone_lines.strip()}
    empty = [_EMPTY[name] for name in FIELDS if name in fields_in(phrase.text) and not fields[name]]
    if empty:
        raise ValueError(f"{'、'.join(empty)}、この定型文は使えません。")
    return render(phrase.text, fields)


_EMPTY: Final = {
    "alias": "相談員の名のりがないため",
    "service_name": "窓口の名前がないため",
    "phone_lines": "いま使える電話の窓口がないため",
}


def fits(phrase: Phrase, topic: str | None, level: Level | None) -> bool:
    """Whether a phrase is for such a talk; where topic or level isn't known (None), only one for any of them is."""
    return (not phrase.topics or topic in phrase.topics) and (not phrase.levels or level in phrase.levels)


def _words(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} を文字で書いてください")
    return value.strip()


def _codes(fields: Mapping[str, Any], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name} は並び（[ ] か、- で始まる行）で書いてください")
    wrong = next((code for code in value if code not in known), None)
    if wrong is not None:
        raise ValueError(f"{name} の「{wrong}」は選べません。次から選んでください: {'、'.join(known)}")
    if len(set(value)) != len(value):
        raise ValueError(f"{name} に同じものが二度書かれています")
    return tuple(value)
