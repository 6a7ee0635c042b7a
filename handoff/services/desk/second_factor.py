"""The second factor of whoever asks: begin, confirm, use, renew and drop it (RFC 6238).

No verb here takes anybody's id: it is about the person of the sign-in, and about nobody else. The row of the factor is
locked before any sign-in's, everywhere, so that two browsers never wait for each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from handoff.domain.errors import FactorRefused, InputRefused, SignInRequired
from handoff.domain.second_factor import (
    BEGUN_FOR,
    CODES,
    FactorState,
    Reset,
    recovery_code,
    step_of_number,
    typed_recovery_code,
)
from handoff.domain.staff import StaffMember
from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.sign_in import Opened, SignIn
from handoff.services.factor_ports import KeptFactor, OneTimeNumbers
from handoff.services.ports import Store
from handoff.services.setting import Setting
from handoff.services.sign_in_ports import OpenSignIn

_AGAIN = "設定の途中で時間がたったか、ほかの画面で始め直されました。もう一度、はじめから設定してください。"


@dataclass(frozen=True, slots=True)
class OwnFactor:
    """What a person sees of their own second factor.

    Attributes: since: when it was confirmed, real; codes_left, noted: of the codes on paper; demanded: whether they can do
    without; taken_off: by whom and when it was taken off, until they have read it.
    """

    state: FactorState
    since: datetime | None
    codes_left: int
    noted: bool
    demanded: bool
    taken_off: Sequence[tuple[Reset, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret that waits to be confirmed: as the app reads it from a picture, and as a person types it."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The codes on paper, which nobody ever sees again; opened: the sign-in that goes on, where it was half one."""

    codes: Sequence[str]
    opened: Opened | None = None


class ReadFactor:
    """Where one's own second factor stands."""

    def __init__(self, store: Store, setting: Setting, numbers: OneTimeNumbers) -> None:
        self._store = store
        self._setting = setting
        self._numbers = numbers

    async def __call__(self, member: StaffMember) -> OwnFactor:
        async with self._store.reading() as tx:
            kept = await tx.factors.read(member.id)
            return OwnFactor(
                state=FactorState.NONE if kept is None else kept.state,
                since=None if kept is None else kept.confirmed_at,
                codes_left=await tx.factors.codes_left(member.id),
                noted=kept is not None and kept.noted_at is not None,
                demanded=self._setting.demands_factor,
                taken_off=[
                    (one, tuple([await tx.staff.alias(who) for who in (one.asked_by, one.answered_by) if who]))
                    for one in await tx.factor_resets.untold(member.id)
                ],
            )

    async def fresh(self, held: OpenSignIn) -> Shown | None:
        """The secret that this very sign-in has begun with; None in every other one, and once it is confirmed."""
        async with self._store.reading() as tx:
            kept = await tx.factors.read(held.member.id)
        if kept is None or not _waits(kept, held, self._setting.clock.real()) or kept.fresh is None:
            return None
        address = self._numbers.address(kept.fresh, held.member.name, self._setting.profile.service_name)
        return Shown(kept.fresh, address)

    async def leads_there(self, member: StaffMember) -> bool:
        """Whether its owner has to see the page of their factor first: others took it off and they haven't read it yet, or
        they haven't said that the codes on paper are noted down.
        """
        async with self._store.reading() as tx:
            if await tx.factor_resets.untold(member.id):
                return True
            kept = await tx.factors.read(member.id)
        return kept is not None and kept.state is FactorState.ON and kept.noted_at is None


def _waits(kept: KeptFactor, held: OpenSignIn, real_now: datetime) -> bool:
    """Whether a secret of this sign-in's own waits for its number.

    A secret that one browser shows must not become somebody's factor through another: whoever knew the password could
    have seen it there.
    """
    return kept.begun_in == held.id and kept.begun_at is not None and real_now - kept.begun_at < BEGUN_FOR


class BeginFactor:
    """Make a new secret, for an app to take up; until a number proves that it did, nothing changes."""

    def __init__(self, store: Store, setting: Setting, numbers: OneTimeNumbers, again: ConfirmPassword) -> None:
        self._store = store
        self._setting = setting
        self._numbers = numbers
        self._again = again

    async def __call__(self, held: OpenSignIn, password: str | None) -> None:
        """Args: password: once more; not asked of whoever has just typed it (a half sign-in).

        Raises: InputRefused: the password. FactorRefused: a half sign-in whose person has a factor must use that one.
        """
        if not held.half:
            await self._again(held.member, password or "")
        async with self._store.transaction() as tx:
            await tx.staff.lock(held.member.id)
            kept = await tx.factors.lock(held.member.id)
            if held.half and kept is not None and kept.state is FactorState.ON:
                raise FactorRefused
            now = self._setting.clock.real()
            await tx.factors.begin(held.member.id, self._numbers.new_secret(), held.id, now)


class ConfirmFactor:
    """Prove by a number that the app has the secret. From then on it counts, and every other browser is signed out."""

    def __init__(self, store: Store, setting: Setting, numbers: OneTimeNumbers, sign_in: SignIn) -> None:
        self._store = store
        self._setting = setting
        self._numbers = numbers
        self._sign_in = sign_in

    async def __call__(self, held: OpenSignIn, token: str, typed: str) -> Confirmed:
        """Args: token: of this sign-in. Raises: FactorRefused. InputRefused: nothing was begun here, or too long ago.
        SignInRequired: it was ended meanwhile.
        """
        clock, member = self._setting.clock, held.member
        codes = new_codes()
        async with self._store.transaction() as tx:
            kept = await tx.factors.lock(member.id)
            now = clock.real()
            # It may have been ended since it was read: by a new password, or by its owner from elsewhere.
            if (stands := await tx.sign_ins.lock(token)) is None or stands.id != held.id:
                raise SignInRequired("ended meanwhile")
            if kept is None or kept.fresh is None or not _waits(kept, held, now):
                raise InputRefused("begun", _AGAIN)
            if held.half and kept.state is FactorState.ON:
                raise FactorRefused
            step = step_of_number(typed, now, partial(self._numbers.number, kept.fresh))
            if step is None:
                raise FactorRefused
            await tx.sign_ins.end_all(member.id, but=held.id)
            await tx.audit.add(clock.now(), member.actor, "confirm_factor", None)
            # Before the factor is there: half a sign-in of who has one is over sooner.
            opened = await self._sign_in.complete(tx, token) if held.half else None
            await tx.factors.confirm(member.id, step, now)
            await tx.factors.set_codes(member.id, codes, now)
        return Confirmed(codes, opened)


class RenewCodes:
    """New codes on paper; the old ones are dead at once."""

    def __init__(self, store: Store, setting: Setting, again: ConfirmPassword) -> None:
        self._store = store
        self._setting = setting
        self._again = again

    async def __call__(self, member: StaffMember, password: str) -> Sequence[str]:
        """Raises: InputRefused: the password; there is no factor."""
        await self._again(member, password)
        codes = new_codes()
        async with self._store.transaction() as tx:
            kept = await tx.factors.lock(member.id)
            if kept is None or kept.state is not FactorState.ON:
                raise InputRefused("state", "二段階の確認を設定してから、予備のコードを作れます。")
            await tx.factors.set_codes(member.id, codes, self._setting.clock.real())
            await tx.audit.add(self._setting.clock.now(), member.actor, "renew_recovery_codes", None)
        return codes


class NoteCodes:
    """Their owner has noted the codes down, or wants them as a file to print."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> None:
        async with self._store.transaction() as tx:
            await tx.factors.note_codes(member.id, self._setting.clock.real())

    async def own(self, member: StaffMember, codes: Sequence[str]) -> bool:
        """Whether all of these are this person's own and unused."""
        known = [code for one in codes[: CODES + 1] if (code := typed_recovery_code(one)) is not None]
        if not 0 < len(known) == len(codes) <= CODES:
            return False
        async with self._store.reading() as tx:
            return await tx.factors.own(member.id, known)


class DropFactor:
    """Do without again, where nobody demands it; every other browser is signed out."""

    def __init__(self, store: Store, setting: Setting, again: ConfirmPassword) -> None:
        self._store = store
        self._setting = setting
        self._again = again

    async def __call__(self, held: OpenSignIn, password: str) -> None:
        """Raises: InputRefused: the password; it is demanded."""
        if self._setting.demands_factor:
            raise InputRefused(
                "state", "ここでは、二段階の確認をはずせません。機器を替えるときは、設定し直してください。"
            )
        await self._again(held.member, password)
        async with self._store.transaction() as tx:
            await tx.factors.lock(held.member.id)
            if await tx.factors.drop(held.member.id):
                await tx.sign_ins.end_all(held.member.id, but=held.id)
                await tx.audit.add(self._setting.clock.now(), held.member.actor, "drop_factor", None)


def new_codes() -> list[str]:
    """As many codes on paper as there are, of fresh chance."""
    return [recovery_code(secrets.token_bytes(32)) for _ in range(CODES)]
