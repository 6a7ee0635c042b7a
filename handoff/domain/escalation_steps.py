"""The words of what people do beside the alarm itself: calls, questions that wait for an answer, a look at an id."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

#: So long a granted look at an id may be taken; whoever needs it later asks again.
GRANT_LIFE: Final = timedelta(minutes=30)


class CallResult(StrEnum):
    """What a call to an agency came to."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    WILL_CALL_BACK = "will_call_back"


class StepKind(StrEnum):
    """What somebody was asked, and whose answer is waited for."""

    INSTRUCTION = "instruction"  # the board is asked what to do (HYO-0 指示を仰ぐ)
    LAWYER = "lawyer"  # HYO-4.4
    FOLLOW_UP = "follow_up"  # psychological follow-up (HYO-4.4)


class GlassState(StrEnum):
    """Where a wish to see a student's id stands."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    OPENED = "opened"
