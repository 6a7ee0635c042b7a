"""Notices by telephone: a gateway's HTTP API places the call and reads the sentence out (KAG-7.1ア: 電話で直ちに)."""

from __future__ import annotations

from typing import Final

from handoff.adapters.notices.http import JsonPoster, as_json
from handoff.adapters.notices.results import Code, failed
from handoff.adapters.notices.wording import spoken
from handoff.domain.notice import Notice, NoticeResult, is_phone_number

#: How often the sentence is read in one call; whoever wakes up misses the first time.
REPEAT: Final = 2
#: 110, 119 and 189 are called by people, with their own words; a machine never does.
FEWEST_DIGITS: Final = 6


class VoiceNotifier:
    """Implements ``domain.notice.Notifier`` for calls. «Sent» means that the gateway took the call over.

    Whether somebody picked up is told by the acknowledgement alone, so the ladder doesn't wait for it.
    """

    def __init__(self, poster: JsonPoster, url: str, token: str) -> None:
        self._poster = poster
        self._url = url
        self._token = token

    async def __call__(self, notice: Notice) -> NoticeResult:
        number = (notice.to or "").replace("-", "")
        if not is_phone_number(number) or len(number.lstrip("+")) < FEWEST_DIGITS:
            return failed(Code.BAD_NUMBER)
        body = as_json(
            {
                "id": str(notice.id),
                "to": number,
                "say": spoken(notice),
                "repeat": REPEAT,
            }
        )
        return await self._poster.post(
            self._url, body, {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(notice.id)}
        )
