"""A row of the policy for a template: readings beside the kanji, numbers to call and addresses as links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from handoff.domain.furigana import with_readings
from handoff.domain.policy import Page, PolicyText

#: An address; a number with its dashes; the three that are short, where they stand alone.
_LINK: Final = re.compile(
    r"https://[^\s「」（）、。]+|(?<![0-9-])0[0-9]{1,3}-[0-9]{1,4}-[0-9]{3,5}(?![0-9-])|(?<![0-9,-])1(?:10|19|89)(?![0-9,-])"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some letters of a row. href: where a tap leads; reading: of the kanji; both mostly empty."""

    text: str
    href: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """points: sentences in pieces; listed: whether each is one of a list (「・」)."""

    heading: str
    points: Sequence[tuple[bool, Sequence[Piece]]]


def shown(text: PolicyText, *, readings: Sequence[Page] = (Page.SHORT,)) -> Mapping[str, Sequence[ShownSection]]:
    """All pages for a template, by their names."""
    return {
        page.value: [
            ShownSection(
                section.heading,
                [
                    (row.startswith("・"), list(pieces(row.removeprefix("・"), readings=page in readings)))
                    for row in section.points
                ],
            )
            for section in text.page(page)
        ]
        for page in Page
    }


def pieces(row: str, *, readings: bool = False) -> Iterator[Piece]:
    """The row in pieces, in order."""
    at = 0
    for found in _LINK.finditer(row):
        yield from _plain(row[at : found.start()], readings=readings)
        told = found[0]
        yield Piece(told, told if told.startswith("https:") else f"tel:{told.replace('-', '')}")
        at = found.end()
    yield from _plain(row[at:], readings=readings)


def _plain(text: str, *, readings: bool) -> Iterator[Piece]:
    if readings:
        yield from (Piece(part, reading=reading) for part, reading in with_readings(text))
    elif text:
        yield Piece(text)
