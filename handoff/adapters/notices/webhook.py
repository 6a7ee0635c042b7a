"""Notices to one address of the operator's: an SMS gateway, a chat, a pager takes it from there."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

from handoff.adapters.notices.http import JsonPoster, as_json
from handoff.adapters.notices.wording import one_line, short
from handoff.domain.notice import Notice, NoticeResult
from handoff.domain.session import Level

SIGNATURE: Final = "X-Tsunagi-Signature"
KEY: Final = "Idempotency-Key"


class WebhookNotifier:
    """Implements ``domain.notice.Notifier`` for the webhook."""

    def __init__(self, poster: JsonPoster, url: str, secret: str) -> None:
        self._poster = poster
        self._url = url
        self._secret = secret.encode()

    async def __call__(self, notice: Notice) -> NoticeResult:
        body = as_json(
            {
                "id": str(notice.id),
                "kind": "alarm",
                "service": one_line(notice.service_name),
                "urgency": "call_now" if notice.level is Level.CRITICAL else "urgent",
                "who": one_line(notice.who),
                "number": notice.number,
                "test": notice.test,
                "text": short(notice),
                "link": notice.link,
                # Within what is signed, so that a recorded call can't be played again as a new one.
                "sent_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        return await self._poster.post(self._url, body, {SIGNATURE: sign(self._secret, body), KEY: str(notice.id)})


def sign(secret: bytes, body: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256 of the raw body in hexadecimal digits."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
