"""The board of short notes for all counsellors (WG-20): what a note may hold, until when it is shown, how it is found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from handoff.domain.errors import InputRefused
from kernel.text.normalise import normalise
from kernel.text.view import View, plain_view

LONGEST_TITLE: Final = 60
LONGEST_TEXT: Final = 600
LONGEST_QUERY: Final = 60
#: How long a note holds where its author says nothing else, and how far ahead one may say.
HOLDS: Final = timedelta(days=90)
FURTHEST: Final = timedelta(days=730)
#: How long a note that is over is listed, so that somebody can renew it.
LISTED_AFTER: Final = timedelta(days=30)


def checked(title: str, text: str, expires_on: date | None, today: date) -> tuple[str, str]:
    """Title and text as they are kept. Raises: InputRefused: one is missing or too long, or the day is over already."""
    title, text = " ".join(title.split()), text.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise InputRefused("title", f"題は1文字から{LONGEST_TITLE}文字までで書いてください。")
    if not text or len(text) > LONGEST_TEXT:
        raise InputRefused("text", f"本文は1文字から{LONGEST_TEXT}文字までで書いてください（いま{len(text)}文字）。")
    if expires_on is not None and not today <= expires_on <= today + FURTHEST:
        raise InputRefused("expires_on", "期限には、今日から2年先までの日を入れてください。")
    return title, text


def is_over(expires_on: date | None, today: date) -> bool:
    """Whether a note's last day is past."""
    return expires_on is not None and expires_on < today


def words_of(query: str) -> tuple[str, ...]:
    """What a search asks for: each word folded (width, case, kana), all of which have to be there."""
    return tuple(dict.fromkeys(word for word in _folded(query[:LONGEST_QUERY]).text.split() if word))


def is_found(words: tuple[str, ...], *texts: str) -> bool:
    """Whether every word stands in one of these texts; true for no words."""
    folded = [_folded(text).text for text in texts]
    return all(any(word in text for text in folded) for word in words)


def pieces(text: str, words: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """A text in pieces ``(words, found)``, as it was written."""
    view = _folded(text)
    shown, done = [], 0
    for start, end in sorted(_places(view, words)):
        if end <= done:
            continue
        shown += [(text[done:start], False), (text[max(start, done) : end], True)]
        done = end
    return tuple((piece, found) for piece, found in (*shown, (text[done:], False)) if piece)


def _places(view: View, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for word in words:
        at = view.text.find(word)
        while at >= 0:
            yield view.span(at, at + len(word))
            at = view.text.find(word, at + len(word))


def _folded(text: str) -> View:
    return plain_view(normalise(text), len(text))
