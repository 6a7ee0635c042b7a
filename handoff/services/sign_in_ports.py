"""What the way in needs of the database: who is signed in where, and what was tried. All its times are real time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.sign_in_pace import Pace
from handoff.domain.staff import StaffMember


@dataclass(frozen=True, slots=True)
class OpenSignIn:
    """Somebody who is signed in by a token.

    Attributes: id: of this browser's sign-in; since, seen: when it began and when they last did something; half: the
    password was right and the second factor is still to come; factor_at: when it came; has_factor: whether its person has
    one; must_change: somebody else chose the password; password_at: since when it is this one.
    """

    id: UUID
    member: StaffMember
    since: datetime
    seen: datetime
    half: bool
    factor_at: datetime | None
    has_factor: bool
    must_change: bool
    password_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSignIn:
    """A sign-in as its owner sees it. label: coarse words for the browser, without an address."""

    id: UUID
    label: str
    since: datetime
    seen: datetime
    factor_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A browser that is known as one of this person's. label: coarse words for it."""

    id: UUID
    label: str
    seen: datetime


class Tries(Protocol):
    """How often what was tried; a key is kept as a keyed hash."""

    async def lock(self, key: str) -> Pace:
        """How it stands; nobody else counts this key meanwhile."""

    async def count(self, key: str, at: datetime) -> Pace:
        """One more, as failed until it is given back; how it stands then."""

    async def give_back(self, key: str) -> None: ...
    async def forget(self, key: str) -> None: ...
    async def failures(self, keys: Sequence[str], since: datetime) -> Mapping[str, int]:
        """Of those that were tried since then."""

    async def forget_old(self, before: datetime) -> int: ...


class Devices(Protocol):
    """Browsers in which people have signed in; a browser's mark is found by its keyed hash."""

    async def knows(self, mark: str, member_id: UUID) -> bool:
        """Whether this browser is known as one of this person's."""

    async def of(self, sign_in_id: UUID) -> UUID | None:
        """The browser of a sign-in, half or whole; None where it isn't known as one of its person's."""

    async def remember(self, member_id: UUID, sign_in_id: UUID, at: datetime) -> None:
        """From now on the browser of this sign-in is."""

    async def listed(self, member_id: UUID) -> Sequence[ListedDevice]:
        """The last used first."""

    async def forget(self, member_id: UUID, device_id: UUID) -> bool: ...
    async def forget_all(self, member_id: UUID) -> int: ...
    async def forget_old(self, before: datetime) -> int: ...


class StaffPasswords(Protocol):
    """Passwords as argon2's encodings."""

    async def of(self, member_id: UUID) -> str: ...
    async def set(self, member_id: UUID, encoded: str, at: datetime, *, must_change: bool) -> None:
        """Put another in its place; the one before is kept among the earlier ones."""

    async def demand(self, member_id: UUID) -> None:
        """Its owner has to choose another one before anything else."""

    async def renew(self, member_id: UUID, before: str, encoded: str) -> None:
        """The same password at another cost; nothing happens where it has been changed meanwhile."""

    async def earlier(self, member_id: UUID) -> Sequence[str]:
        """Those from before, the newest first."""

    async def forget_earlier(self, member_id: UUID) -> None:
        """Keep none of those from before."""


class SignIns(Protocol):
    """The sign-ins of people with accounts; a token is found by its keyed hash and stands nowhere."""

    async def begin(
        self,
        sign_in_id: UUID,
        token: str,
        member_id: UUID,
        at: datetime,
        label: str,
        device: str,
        *,
        half: bool = False,
    ) -> None:
        """Args: label: coarse words for the browser; device: its mark."""

    async def by_token(self, token: str) -> OpenSignIn | None:
        """With whoever it is as the roster has them today; None also for a closed account."""

    async def lock(self, token: str) -> OpenSignIn | None:
        """The same, and nobody else changes this sign-in meanwhile."""

    async def complete(self, sign_in_id: UUID, new_id: UUID, new_token: str, at: datetime) -> None:
        """The second factor came: a half sign-in goes on as a whole one with another id and token."""

    async def renew(self, sign_in_id: UUID, new_id: UUID, new_token: str) -> None:
        """It goes on with another id and token; nothing opens by the old ones."""

    async def seen(self, sign_in_id: UUID, at: datetime) -> None: ...

    async def label(self, sign_in_id: UUID) -> str:
        """Coarse words for its browser; empty where the row is gone."""

    async def listed(self, member_id: UUID) -> Sequence[ListedSignIn]:
        """The whole ones of a person, the newest first."""

    async def anywhere(self, member_id: UUID) -> bool:
        """Whether a person is signed in as a whole at any browser."""

    async def end(self, member_id: UUID, sign_in_id: UUID) -> bool:
        """End one of this person's; whether it was there."""

    async def end_all(self, member_id: UUID, but: UUID | None = None) -> int:
        """End all of a person's but one; how many."""

    async def forget(self, idle_since: datetime, begun_before: datetime, half_before: datetime) -> int:
        """Delete those whose time is over: nobody can come back by them; how many.

        Args: half_before: for half ones of people who have a factor; who sets one up may be idle as anybody.
        """
