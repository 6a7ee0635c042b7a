"""Where and when the service works: its clock and its profile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from handoff.domain.clock import Clock
from handoff.domain.errors import StoreUnavailable
from handoff.domain.profile import Profile
from handoff.domain.window_closure import WindowClosure

if TYPE_CHECKING:
    from handoff.services.ports import Store

log = structlog.get_logger(__name__)

#: Seconds for which the closures that were read hold; so late a process may hear of one that another made.
CLOSURES_HOLD: Final = 1.0
#: Closures that are over for longer are of no interest to any timer.
OVER_SINCE: Final = timedelta(days=1)


class Setting:
    """The clock and the profile of this process; a demo may change both while it runs.

    The profile's hours have the supervisors' closures on them, as they were at the last ``refresh``.
    """

    def __init__(
        self, clock: Clock, profile: Profile, store: Store | None = None, *, hold: float = CLOSURES_HOLD
    ) -> None:
        """Args: store: where closures are; None: there are none. hold: seconds for which what was read of them holds."""
        self.clock = clock
        self.profile = profile
        #: Whether an alarm goes further than to the desk's screen; the worker knows.
        self.alarms_reach_people = True
        #: Whether everybody needs a second factor; only while LINE is a stand-in nobody has to, and whoever has one does.
        self.demands_factor = True
        #: Whether backups have to be made: the words of real students are kept.
        self.backups_due = False
        #: Where people reach the pages, without a trailing slash; empty: nothing may name an address of ours.
        self.public_url = ""
        #: The number of the policy's version that holds, for the pages that link to it; None: nothing is published.
        self.policy_number: int | None = None
        #: What students read of a fault that is open now (TAJ-N6); None where nothing has to be told.
        self.trouble: str | None = None
        self._closures_in = store
        if store is not None:
            # Whoever replaces or moves the clock moves the day by which the store reads the roster.
            store.go_by(lambda: self.clock.now())
        self._hold = hold
        self._closures: Sequence[WindowClosure] | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def refresh(self, *, anew: bool = False) -> None:
        """Take up what was chosen elsewhere: a supervisor's closures, and in a demo profile and clock.

        Args: anew: also what was read just now. Raises: StoreUnavailable: closures were never read.
        """
        await self._read_closures(anew)
        self._show(self.profile)

    def _show(self, profile: Profile) -> None:
        """Let this be the profile, with the closures on it; in one step, because others read it meanwhile."""
        self.profile = profile.closed_in(self._closures or ())

    async def _read_closures(self, anew: bool) -> None:
        if self._closures_in is None or not (anew or self._is_old()):
            return
        async with self._reading:  # who comes while another one reads waits for it, and goes on with nothing older
            if not (anew or self._is_old()):
                return
            now = time.monotonic()
            try:
                async with self._closures_in.reading() as tx:
                    self._closures = await tx.closures.not_over_before(self.clock.now() - OVER_SINCE)
                    self.policy_number = await tx.policies.number_in_force(self.profile.id, self.clock.now())
                    self.trouble = await tx.faults.notice(self.profile.id)
            except StoreUnavailable:
                if self._closures is None:
                    raise
                log.warning("closures_unread")  # what was read last holds
            finally:
                self._read_at = now

    def _is_old(self) -> bool:
        return self._closures is None or time.monotonic() - self._read_at >= self._hold
