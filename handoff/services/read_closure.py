"""What a page or a person shows of the window as it is now: open or not, until when, and what a closure says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handoff.domain.hours import HoursStatus
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class Window:
    """The window now. opens_at: the next opening, None where nobody knows it or it's open; closure: a supervisor's words
    for students about the closure that holds, empty where none does.
    """

    status: HoursStatus
    opens_at: datetime | None
    closure: str


class ReadWindow:
    """Read it; no database beyond what ``Setting.refresh`` asks once a second."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    async def __call__(self) -> Window:
        """Raises: StoreUnavailable: closures were never read."""
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        status = profile.hours.status(now)
        opens_at = None if status is HoursStatus.OPEN else profile.hours.next_opening(now)
        return Window(status, opens_at, profile.closure_words(now))
