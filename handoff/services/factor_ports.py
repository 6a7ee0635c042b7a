"""What second factors need of the outside; ``handoff/adapters`` answers (``database/factors.py``, ``one_time_numbers.py``).

All times are real: an app counts half minutes by the real clock, and a lost device waits for no demo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.second_factor import FactorState, Reset, ResetState
from handoff.domain.staff import StaffMember


class OneTimeNumbers(Protocol):
    """Numbers by RFC 6238, as any app for them makes them."""

    def new_secret(self) -> str:
        """160 bits of chance, in base32."""

    def number(self, secret: str, step: int) -> str:
        """The six digits of a step of time."""

    def address(self, secret: str, name: str, service_name: str) -> str:
        """What the app reads from the picture (``otpauth://…``)."""


@dataclass(frozen=True, slots=True)
class KeptFactor:
    """A person's second factor.

    Attributes: secret: None until one was confirmed; last_step: the newest step of time that was used; fresh: a secret that
    waits to be confirmed in the sign-in ``begun_in``; noted_at: when its owner said that the codes are noted down.
    """

    staff_id: UUID
    secret: str | None
    last_step: int | None
    confirmed_at: datetime | None
    fresh: str | None
    begun_in: UUID | None
    begun_at: datetime | None
    noted_at: datetime | None

    @property
    def state(self) -> FactorState:
        if self.secret is not None:
            return FactorState.ON
        return FactorState.NONE if self.fresh is None else FactorState.BEGUN


class Factors(Protocol):
    """Second factors of people with accounts. Who is asked about is always one's own id, but for ``drop`` and ``states``."""

    async def needed(self, member: StaffMember) -> bool:
        """Whether the password alone doesn't open the desk for this person: they have a factor."""

    async def read(self, member_id: UUID) -> KeptFactor | None: ...
    async def lock(self, member_id: UUID) -> KeptFactor | None:
        """The same, and nobody else uses or changes it meanwhile."""

    async def begin(self, member_id: UUID, secret: str, sign_in_id: UUID, at: datetime) -> None:
        """Keep a secret that waits to be confirmed; one that waited before is gone."""

    async def confirm(self, member_id: UUID, step: int, at: datetime) -> None:
        """The secret that waited is the factor from now on."""

    async def use(self, member_id: UUID, step: int) -> None: ...
    async def drop(self, member_id: UUID) -> bool:
        """Forget factor and codes; whether there was a factor."""

    async def set_codes(self, member_id: UUID, codes: Sequence[str], at: datetime) -> None:
        """These are the codes on paper from now on; all before them are dead."""

    async def use_code(self, member_id: UUID, code: str, at: datetime) -> bool:
        """Use one up; False where it is none of theirs, or was used."""

    async def codes_left(self, member_id: UUID) -> int: ...
    async def own(self, member_id: UUID, codes: Sequence[str]) -> bool:
        """Whether all of these are this person's and unused."""

    async def note_codes(self, member_id: UUID, at: datetime) -> None: ...
    async def count_try(self, sign_in_id: UUID) -> int:
        """One more wrong number in this sign-in; how many by now."""

    async def states(self, member_ids: Sequence[UUID]) -> Mapping[UUID, FactorState]:
        """Where each of them stands; nobody's secret is read."""


class FactorResets(Protocol):
    """Requests to take a factor off, because a device is gone."""

    async def add(self, reset: Reset) -> bool:
        """Keep a request; False where one of this id is there."""

    async def lock(self, reset_id: UUID) -> Reset:
        """Raises: NotFound."""

    async def answer(self, reset_id: UUID, state: ResetState, by: UUID | None, at: datetime) -> None: ...
    async def open(self, at: datetime) -> Sequence[Reset]:
        """Those that wait for an answer and aren't too old."""

    async def decided(self, since: datetime) -> Sequence[Reset]:
        """Those that were answered since then, the newest first."""

    async def untold(self, member_id: UUID) -> Sequence[Reset]:
        """Those by which this person's factor was taken off and which they haven't acknowledged, the newest first."""

    async def tell(self, member_id: UUID, at: datetime) -> None:
        """They have seen them all."""
