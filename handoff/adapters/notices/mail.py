"""Notices by mail: one message, one receiver, over a connection that is encrypted unless it stays on this machine."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from handoff.adapters.notices.results import SENT, Code, certificate_refused, failed
from handoff.adapters.notices.wording import letter, one_line, subject
from handoff.domain.notice import Notice, NoticeOutcome, NoticeResult, is_mail_address

#: Seconds that one attempt may take as a whole; mail servers may greet slowly on purpose.
PATIENCE: Final = 20.0
#: Seconds for the server to answer our goodbye.
GOODBYE: Final = 1.0


class Encryption(StrEnum):
    """How a connection is protected."""

    TLS = "tls"  # from the first byte: smtps://
    STARTTLS = "starttls"  # demanded, never merely tried: else whoever sits between could take it away
    NONE = "none"  # to this machine alone


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. user, password: both or neither."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_smtp_url(url: str, *, on_this_machine: bool) -> SmtpServer:
    """Read ``smtp://user:password@host:587`` or ``smtps://…:465``, already checked by the settings.

    The link in a mail opens the alarm's page, so ``smtp://`` means STARTTLS wherever the mail leaves this machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "smtps":
        encryption, port = Encryption.TLS, 465
    else:
        encryption, port = (Encryption.NONE, 25) if on_this_machine else (Encryption.STARTTLS, 587)
    return SmtpServer(
        parts.hostname or "",
        parts.port or port,
        encryption,
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


class Refused(Exception):
    """The server doesn't do what has to be done before a mail is handed in."""

    def __init__(self, code: Code) -> None:
        super().__init__(str(code))
        self.code = code


class MailNotifier:
    """Implements ``domain.notice.Notifier`` for mail; ``tls`` replaces the system's list of trusted issuers."""

    def __init__(
        self, server: SmtpServer, sender: str, *, tls: ssl.SSLContext | None = None, patience: float = PATIENCE
    ) -> None:
        self._server = server
        self._sender = sender
        self._tls = tls
        self._patience = patience

    async def __call__(self, notice: Notice) -> NoticeResult:
        if notice.to is None or not is_mail_address(notice.to):
            return failed(Code.BAD_ADDRESS)
        message = compose(notice, self._sender, notice.to)
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.encryption is Encryption.TLS,
            start_tls=False,  # done in _prepare, so that a refusal can be told apart
            tls_context=self._tls,
            timeout=self._patience,
            # Else the library asks the network for this machine's name, and tells it.
            local_hostname=self._sender.partition("@")[2],
        )
        try:
            async with asyncio.timeout(self._patience):
                await smtp.connect()
                await self._prepare(smtp)
                await smtp.send_message(message, sender=self._sender, recipients=[notice.to])
            # The server has the mail: whatever comes after must not turn it into a failure, or it's sent again.
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit(timeout=GOODBYE)
        except Refused as error:
            return failed(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:  # OSError: also time-outs and TLS
            return _meaning(error)
        finally:
            smtp.close()
        return SENT

    async def _prepare(self, smtp: aiosmtplib.SMTP) -> None:
        if self._server.encryption is Encryption.STARTTLS:
            await smtp.ehlo()
            if not smtp.supports_extension("starttls"):
                raise Refused(Code.TLS_REFUSED)
            await smtp.starttls()
        if self._server.user is not None:
            await smtp.ehlo()
            if not smtp.supported_auth_methods:
                raise Refused(Code.LOGIN_REFUSED)
            await smtp.login(self._server.user, self._server.password or "")


def compose(notice: Notice, sender: str, to: str) -> EmailMessage:
    """The mail. Its Message-ID is the notice's id, so that a repetition shows as the same mail."""
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = subject(notice)
    message["From"] = Address(one_line(notice.service_name), addr_spec=sender)
    message["To"] = to
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{notice.id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's out-of-office answers
    message["Importance"] = "normal" if notice.test else "high"
    # Base64: Japanese over servers that know seven bits only, and no line is broken inside the link.
    message.set_content(letter(notice), cte="base64")
    return message


def _meaning(error: Exception) -> NoticeResult:
    """What a failed attempt means. In SMTP 4xx is a passing trouble and 5xx is for good."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return failed(Code.LOGIN_REFUSED) if error.code >= 500 else _by_status(error.code)
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _by_status(error.recipients[0].code if error.recipients else 450)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _by_status(error.code)
    if certificate_refused(error):
        return failed(Code.TLS_REFUSED)
    if isinstance(error, TimeoutError):
        return failed(Code.TIMEOUT)
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return failed(Code.NOT_REACHED)
    return failed(Code.CONNECTION_LOST)


def _by_status(status: int) -> NoticeResult:
    outcome = NoticeOutcome.FAILED_FOR_GOOD if 500 <= status < 600 else NoticeOutcome.FAILED_RETRY
    return NoticeResult(outcome, f"smtp_{status}")
