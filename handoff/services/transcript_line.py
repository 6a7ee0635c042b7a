"""A line of the transcript, as everything that shows one reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.domain.incoming import MessageKind
from handoff.domain.session import Level


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A line of the transcript for whoever may read it.

    Attributes: id: of a student's line, its event's; author: student, bot, counsellor or system; text: None when its
    words are gone, hidden or can't be opened; detail: further facts as JSON (a location's coordinates); assessment:
    the screen's result as JSON, None without one; unscreened: the screen failed on it.
    """

    sequence: int
    id: UUID
    author: str
    kind: MessageKind
    text: str | None
    detail: str | None
    level: Level | None
    assessment: str | None
    unscreened: bool
    hidden: bool
    removed: bool
    at: datetime
