"""A notice: one call to one person that an escalation waits for them. It holds nothing of the student (KAG-7.1ア).

Pure. What a mail, a webhook or a phone call says is made from a ``Notice`` and nothing else, so no word of a student,
no category and no id of LINE can get into it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from handoff.domain.session import Level

#: Plain addresses alone: no comments, no quoted parts, nothing that could begin a header of its own.
_MAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE: Final = re.compile(r"\+?[0-9](?:-?[0-9]){2,14}")
_LONGEST_MAIL: Final = 254
#: Pauses between the attempts at one notice: five within two minutes; then the next rung has long been on its way.
_PAUSES: Final = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60))


#: Outcome of a notice that would have gone out, had it not been a drill.
NOT_IN_DRILL: Final = "drill"


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts (from 1); None when it's given up."""
    return _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else None


def is_mail_address(text: str) -> bool:
    """Whether mail can be sent there, as far as its form tells."""
    return len(text) <= _LONGEST_MAIL and _MAIL.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    """Whether the text is a number that can be dialled: 3 to 15 digits, hyphens between them, perhaps a plus first."""
    return _PHONE.fullmatch(text) is not None


class Medium(StrEnum):
    """How a notice reaches somebody."""

    DESK = "desk"
    MAIL = "mail"
    WEBHOOK = "webhook"
    VOICE = "voice"


class NoticeState(StrEnum):
    """Where a notice stands; all but ``planned`` are final."""

    PLANNED = "planned"
    SENT = "sent"
    FAILED = "failed"
    #: Needed no more: somebody acknowledged, or the person was left out, before it went out.
    DROPPED = "dropped"


class NoticeOutcome(StrEnum):
    """What one attempt came to."""

    SENT = "sent"
    FAILED_RETRY = "failed_retry"
    FAILED_FOR_GOOD = "failed_for_good"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a medium needs to know.

    Attributes: id: stays the same for every attempt (the key by which a repeated one is recognised); who: the role
    that is called, by the profile's name for it; to: mail address or phone number, None for webhook and desk; link:
    address of the alarm's page; number: the n-th alarm of this escalation, from 1; test: nobody is in danger.
    """

    id: UUID
    medium: Medium
    who: str
    to: str | None
    service_name: str
    level: Level
    link: str | None
    number: int
    test: bool


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """What an attempt came to. code: why it failed, for the record (``http_503``, ``smtp_550``); never an address."""

    outcome: NoticeOutcome
    code: str | None = None


class Notifier(Protocol):
    """Sends a notice by its medium; never raises for what the network or the other side does."""

    async def __call__(self, notice: Notice) -> NoticeResult: ...
