"""One notifier for all media: it chooses by the notice's medium and never raises."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from handoff.adapters.notices.results import SENT, Code, failed
from handoff.domain.notice import Medium, Notice, NoticeOutcome, NoticeResult, Notifier

log = structlog.get_logger(__name__)


class Notices:
    """Implements ``domain.notice.Notifier`` by asking the medium's own one."""

    def __init__(self, ways: Mapping[Medium, Notifier]) -> None:
        self._ways = dict(ways)

    @property
    def media(self) -> frozenset[Medium]:
        """The media that are set up; the desk always is."""
        return frozenset({Medium.DESK, *self._ways})

    async def __call__(self, notice: Notice) -> NoticeResult:
        result = await self._attempt(notice)
        if result.outcome is not NoticeOutcome.SENT:
            told = {"notice_id": str(notice.id), "medium": str(notice.medium), "code": result.code}
            log.warning("notice_failed", outcome=str(result.outcome), **told)
        return result

    async def _attempt(self, notice: Notice) -> NoticeResult:
        if notice.medium is Medium.DESK:
            return SENT  # the row that was written for it is what the desk shows
        way = self._ways.get(notice.medium)
        if way is None:
            return failed(Code.NOT_CONFIGURED)
        try:
            return await way(notice)
        except Exception:
            # A fault of ours on one medium must not keep the others, or the next rung, from ringing.
            log.exception("notice_fault", notice_id=str(notice.id), medium=str(notice.medium))
            return failed(Code.FAULT)
