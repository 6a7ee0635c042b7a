"""Second factors for the tests: somebody gets one without any page, and shows its numbers."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.domain.second_factor import step_of
from handoff.domain.staff import StaffMember
from handoff.services.desk.second_factor import new_codes
from handoff.services.ports import Store
from handoff.services.setting import Setting
from tests.support.fakes import FrozenClock


@dataclass
class App:
    """An app with one secret, on a device whose clock is the service's real one."""

    secret: str
    clock: FrozenClock

    def number(self, later: int = 0) -> str:
        """What it shows. Args: later: half minutes from now; negative: before."""
        return PyotpNumbers().number(self.secret, step_of(self.clock.real()) + later)

    def next(self) -> str:
        """What it shows after the next change: no number counts twice."""
        self.clock.advance(seconds=30)
        return self.number()

    def wrong(self) -> str:
        """Six digits that it shows neither now nor a little before or after."""
        shown = {self.number(later) for later in range(-3, 4)}
        return next(digits for number in range(10**6) if (digits := f"{number:06}") not in shown)


async def give_factor(store: Store, setting: Setting, member: StaffMember, clock: FrozenClock) -> tuple[App, list[str]]:
    """Somebody's factor, as if they had set it up long ago, and their codes on paper."""
    app, codes = App(PyotpNumbers().new_secret(), clock), new_codes()
    now = setting.clock.real()
    async with store.transaction() as tx:
        sign_in = member.id  # any id will do: nothing waits in it
        await tx.factors.begin(member.id, app.secret, sign_in, now)
        await tx.factors.confirm(member.id, step_of(now) - 10, now)
        await tx.factors.set_codes(member.id, codes, now)
        await tx.factors.note_codes(member.id, now)
    return app, codes
