"""The kinds of records that are kept for a time of their own: each has data keys of its own, which die with them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Kept(StrEnum):
    """What a data key seals. Those of a session follow the profile's ``retention_days``."""

    #: What was said and noted in a session: lines, calls on their way, drafts, notes, surveys, tasks that follow.
    TRANSCRIPT = "transcript"
    #: Rasa's memory of a session; it goes when the session closes.
    TRACKER = "tracker"
    #: Files that somebody sent.
    MEDIA = "media"
    REPORT = "report"
    #: The sheet and its corrections.
    WRAP_UP = "wrap_up"
    ESCALATION = "escalation"
    #: What is kept of a person across sessions.
    CONTACT = "contact"
    #: What came in of a person, as it came; each session has the key of the events that began it.
    EVENT = "event"
    #: What belongs to no child: the house's own texts and records.
    HOUSE = "house"


#: The kinds that a session can have a key of.
OF_A_SESSION: Final = frozenset(Kept) - {Kept.CONTACT, Kept.HOUSE}
