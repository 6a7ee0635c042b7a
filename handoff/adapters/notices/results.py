"""What an attempt came to, in words for the record: short codes, never what a server wrote (it may quote an address)."""

from __future__ import annotations

import ssl
from enum import StrEnum
from typing import Final

from handoff.domain.notice import NoticeOutcome, NoticeResult


class Code(StrEnum):
    """Why a notice wasn't sent; besides these there are ``smtp_…`` and ``http_…`` with the other side's number."""

    NOT_CONFIGURED = "not_configured"
    BAD_ADDRESS = "bad_address"
    BAD_NUMBER = "bad_number"
    TIMEOUT = "timeout"
    NOT_REACHED = "not_reached"
    CONNECTION_LOST = "connection_lost"
    TLS_REFUSED = "tls_refused"
    LOGIN_REFUSED = "login_refused"
    NOT_AUTHORISED = "not_authorised"
    FAULT = "fault"  # ours


#: Failures that only a person can mend; trying again says the same.
_FOR_GOOD: Final = frozenset(
    {
        Code.NOT_CONFIGURED,
        Code.BAD_ADDRESS,
        Code.BAD_NUMBER,
        Code.TLS_REFUSED,
        Code.LOGIN_REFUSED,
        Code.NOT_AUTHORISED,
    }
)
SENT: Final = NoticeResult(NoticeOutcome.SENT)


def failed(code: Code) -> NoticeResult:
    """The result of a failure that has a name; the name says whether trying again makes sense."""
    outcome = NoticeOutcome.FAILED_FOR_GOOD if code in _FOR_GOOD else NoticeOutcome.FAILED_RETRY
    return NoticeResult(outcome, str(code))


def certificate_refused(error: BaseException | None) -> bool:
    """Whether the reason behind an error, however wrapped, is that the other side's certificate isn't to be trusted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
