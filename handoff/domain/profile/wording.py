"""The words of a profile: filling templates, the secrecy notice, the lines that are open now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from string import Formatter
from typing import Final

from handoff.domain.hours import ZONE, HoursStatus
from handoff.domain.profile.duty import HelpLine
from handoff.domain.profile.privacy import Disclosure
from handoff.domain.profile.vocabulary import AGENCY_NAMES, NonurgentDisclosure
from handoff.domain.texts import TextKey, fields_of
from handoff.domain.wording_rules import must_nots

#: The marker of everything that stands in for words the board still has to give.
PLACEHOLDER_MARK: Final = "これは仮の文面です。"


def fields_in(template: str) -> frozenset[str]:
    """The names in braces; ValueError (Japanese) for anything but plain ``{name}``."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError("波かっこ { } の組が合いません。文字として書くときは {{ }} と重ねてください") from None
    names = set()
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"「{{{' '.join(name.split())}}}」は使えません。{{ }} の中には名前だけを書いてください")
        names.add(name)
    return frozenset(names)


def check_template(key: TextKey, template: str) -> str:
    """The template itself; ValueError (Japanese) for a field the key doesn't have, or a false promise."""
    if not template.strip():
        raise ValueError("文が空です。標準の文を使うときは、この行を消してください")
    unknown = sorted(fields_in(template) - fields_of(key))
    if unknown:
        allowed = "、".join(f"{{{name}}}" for name in sorted(fields_of(key))) or "なし"
        raise ValueError(f"「{{{unknown[0]}}}」は使えません。この文に使える差し込み: {allowed}")
    faults = must_nots(template)
    if faults:
        raise ValueError("、".join(faults))
    return template


def render(template: str, fields: Mapping[str, str]) -> str:
    """The template with its fields filled in; KeyError when one is missing."""
    return template.format_map(fields).strip()


def _told_without_consent(disclosure: Disclosure) -> str:
    agencies = list(disclosure.classification_to or ())
    if disclosure.nonurgent is NonurgentDisclosure.WHEN_NEEDED:
        agencies = [*(disclosure.nonurgent_to or ()), *agencies]
    return "や".join(dict.fromkeys(AGENCY_NAMES[agency] for agency in agencies))


def disclosure_notice(disclosure: Disclosure) -> str:
    """What stays secret and what doesn't, for a student to read.

    The exception for life, body and legal duty is always told, also where the board hasn't filled it in yet: leaving
    it out would be a false promise (TAJ-S3). Where anybody is told without consent (KAG-7.1) nothing promises
    consent; where the board is silent nothing is promised at all.
    """
    told = _told_without_consent(disclosure)
    if disclosure.nonurgent is None:
        sentences = [f"{PLACEHOLDER_MARK}学校や家族に伝えるときの決まりは、まだ決まっていません。"]
    elif told:
        sentences = [
            "関係のない人には伝えません。",
            f"{told}が知って対応したほうがよいときは、内容を伝えることがあります。",
        ]
    else:
        sentences = ["あなたの了解なしに学校や家族に伝えることはしません。"]
    if disclosure.identify_user is False:
        sentences.append("あなたがだれなのかを、こちらから調べることはしません。")
    sentences.append(
        "ただ、命や体の危険があるときや、虐待など法律で決まっているときは、守るために必要なところへ連絡します。"
    )
    return "".join(sentences)


def open_lines(lines: Iterable[HelpLine], at: datetime) -> tuple[HelpLine, ...]:
    """The lines that take a call or a message at this moment, in the profile's order."""
    day = at.astimezone(ZONE).date()
    return tuple(
        line
        for line in lines
        if line.valid_from <= day <= (line.valid_to or day) and line.hours.status(at) is HoursStatus.OPEN
    )


#: Stands before a line that not every handset reaches, where others beside it are reached.
NOT_EVERYWHERE: Final = "※"


def needs_contract(lines: Iterable[HelpLine]) -> tuple[bool, bool]:
    """Whether some of these lines can't be reached from a handset without a call contract, and whether none can (WG-21).
    Of a line that says nothing of it nothing is said.
    """
    told = [line.without_contract is False for line in lines]
    return any(told), bool(told) and all(told)


def lines_text(lines: Iterable[HelpLine], at: datetime) -> str:
    """One open line a row: name, number or address, until when; empty when none is open. Where only some of them need a
    call contract those are marked.
    """
    here = open_lines(lines, at)
    some, all_of_them = needs_contract(here)
    rows = []
    for line in here:
        until = line.hours.reception_until(at)
        when = "24時間" if line.hours.always_open(at) or until is None else f"{until:%H:%M}まで"
        mark = NOT_EVERYWHERE if some and not all_of_them and line.without_contract is False else ""
        rows.append(f"{mark}{line.name} {line.number or line.url}（{when}）")
    return "\n".join(rows)
