"""What is said to a question about the service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actions.plan import Computed, Cue
from actions.service_questions import ServiceQuestion
from handoff.domain.texts import TextKey

_REPLIES: Final[Mapping[ServiceQuestion, tuple[TextKey | Computed, ...]]] = {
    ServiceQuestion.PROGRAM: (TextKey.NOTICE_PROGRAM, TextKey.SERVICE_COUNSELLOR),
    ServiceQuestion.READERS: (TextKey.NOTICE_READERS,),
    ServiceQuestion.SECRECY: (Computed.SECRECY,),
    ServiceQuestion.HOURS: (Computed.HOURS, Computed.LINES_IF_CLOSED),
    ServiceQuestion.WAIT: (TextKey.SERVICE_WAIT, Computed.CLOSED_NOW),
    ServiceQuestion.COST: (TextKey.SERVICE_COST,),
    ServiceQuestion.MEDIA: (TextKey.SERVICE_MEDIA,),
    ServiceQuestion.DELETE: (TextKey.SERVICE_DELETE,),
    ServiceQuestion.REGION: (TextKey.SERVICE_REGION,),
    ServiceQuestion.PHONE: (TextKey.SERVICE_PHONE, Computed.LINES),
    ServiceQuestion.NAMES: (TextKey.NOTICE_NAMES,),
    ServiceQuestion.OTHERS: (TextKey.SERVICE_OTHERS,),
    ServiceQuestion.TOPICS: (TextKey.SERVICE_TOPICS,),
    ServiceQuestion.QUIT: (TextKey.SERVICE_QUIT,),
    ServiceQuestion.COUNSELLOR: (TextKey.SERVICE_COUNSELLOR,),
    ServiceQuestion.OPERATOR: (TextKey.WELCOME, TextKey.SERVICE_COUNSELLOR),
    ServiceQuestion.KEPT: (TextKey.SERVICE_KEPT,),
    ServiceQuestion.ADULTS: (TextKey.SERVICE_ADULTS,),
    ServiceQuestion.HOW: (TextKey.SERVICE_HOW,),
    ServiceQuestion.SAME: (TextKey.SERVICE_SAME,),
    ServiceQuestion.NOTIFICATION: (TextKey.SERVICE_NOTIFICATION,),
    ServiceQuestion.MEETING: (TextKey.SERVICE_MEETING,),
    ServiceQuestion.ELSEWHERE: (TextKey.SERVICE_OTHER, Computed.ELSEWHERE),
    ServiceQuestion.OTHER: (TextKey.SERVICE_OTHER,),
}


def service_reply(question: ServiceQuestion | None) -> tuple[Cue, ...]:
    """The sentences that answer ``question``; None is answered like one that no pattern knows."""
    return tuple(Cue(what) for what in _REPLIES[question or ServiceQuestion.OTHER])
