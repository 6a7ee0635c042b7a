"""A line of the transcript as the alarm's page shows it: the words in pieces, those that raised the alarm marked.

Pure. Pieces are texts; what makes them HTML is the template, which escapes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handoff.domain.incoming import MessageKind
from handoff.services.transcript_line import TranscriptLine

#: Placeholders of the transcript say what came; these facts say more, in this order.
_FACTS = ("text", "keywords", "title", "address", "fileName")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line. marked: the screen or the profile's keywords found something in it."""

    text: str
    marked: bool


def marked(text: str, assessment: str | None) -> tuple[Piece, ...]:
    """Cut a text where the assessment's evidence and keywords begin and end; without one, or with one that can't be
    read, it is one piece."""
    edges = sorted(_stretches(text, _read(assessment)))
    pieces, at = list[Piece](), 0
    for start, end in edges:
        if end <= at:
            continue
        start = max(start, at)
        if start > at:
            pieces.append(Piece(text[at:start], False))
        if pieces and pieces[-1].marked:
            pieces[-1] = Piece(pieces[-1].text + text[start:end], True)
        else:
            pieces.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:], False))
    return tuple(pieces)


def _read(assessment: str | None) -> Mapping[str, Any]:
    try:
        read = json.loads(assessment) if assessment is not None else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _stretches(text: str, assessment: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Places of code points that lie within the text; an edited text may be shorter than what was assessed."""
    evidence, keywords = assessment.get("evidence"), assessment.get("keywords")
    for one in evidence if isinstance(evidence, list) else ():
        start, end = (one.get("start"), one.get("end")) if isinstance(one, dict) else (None, None)
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text):
            yield start, end
    for word in keywords if isinstance(keywords, list) else ():
        if isinstance(word, str) and word:
            at = text.find(word)
            while at >= 0:
                yield at, at + len(word)
                at = text.find(word, at + len(word))


def facts_of(line: TranscriptLine) -> tuple[str, ...]:
    """What is known of a picture, place or file besides that it came; a place is what somebody may be sent to."""
    if line.detail is None or line.kind is MessageKind.TEXT:
        return ()
    detail = _read(line.detail)
    found = list[str]()
    for name in _FACTS:
        value = detail.get(name)
        if isinstance(value, list):
            value = "、".join(one for one in value if isinstance(one, str))
        if isinstance(value, str) and value.strip():
            found.append(value.strip())
    latitude, longitude = detail.get("latitude"), detail.get("longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        found.append(f"緯度 {latitude}、経度 {longitude}")
    return tuple(found)
