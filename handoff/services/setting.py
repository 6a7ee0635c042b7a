"""Where and when the service works: its clock and its profile."""

from __future__ import annotations

from handoff.domain.clock import Clock
from handoff.domain.profile import Profile


class Setting:
    """The clock and the profile of this process; a demo may change both while it runs."""

    def __init__(self, clock: Clock, profile: Profile) -> None:
        self.clock = clock
        self.profile = profile
        #: Whether an alarm goes further than to the desk's screen; the worker knows.
        self.alarms_reach_people = True

    async def refresh(self) -> None:
        """Take up what was chosen elsewhere; nothing, but in a demo."""
