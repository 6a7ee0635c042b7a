"""The second half of a sign-in: a number of the app, or a code on paper (RFC 6238, 5.2: each counts once).

The row of the factor is locked before the sign-in's, as everywhere, so that two browsers never wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from handoff.domain.errors import SignInRequired, SignInSlowed
from handoff.domain.second_factor import (
    TRIES,
    is_spent,
    refused_after,
    step_of_number,
    typed_recovery_code,
)
from handoff.domain.staff import StaffMember
from handoff.services.desk.sign_in import Opened, SignIn
from handoff.services.factor_ports import KeptFactor, OneTimeNumbers
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.sign_in_ports import OpenSignIn


@dataclass(frozen=True, slots=True)
class Passed:
    """The sign-in goes on. by_code: by a code on paper, of which there is one less now."""

    opened: Opened
    by_code: bool


class PassFactor:
    """Take what was typed after the password."""

    def __init__(self, store: Store, setting: Setting, numbers: OneTimeNumbers, sign_in: SignIn) -> None:
        self._store = store
        self._setting = setting
        self._numbers = numbers
        self._sign_in = sign_in

    async def __call__(self, token: str, typed: str) -> Passed:
        """Raises: SignInRequired: it isn't a half sign-in. FactorRefused: wrong, or used; the last one ends the sign-in.
        SignInSlowed: so many numbers were wrong, in whichever sign-ins, that this one wasn't looked at.
        """
        now, code = self._setting.clock.real(), typed_recovery_code(typed)
        member = await self._sign_in.half(token)
        async with self._store.transaction() as tx:
            kept = await tx.factors.lock(member.id)
            held = await tx.sign_ins.lock(token)
            if held is None or not held.half:
                raise SignInRequired("another request was quicker")
            if code is not None and await tx.factors.use_code(member.id, code, now):
                return await self._go_on(tx, token, member, by_code=True)
            step = await self._step(tx, kept, typed)
            if kept is not None and step is not None and not is_spent(step, kept.last_step):
                await tx.factors.use(member.id, step)
                return await self._go_on(tx, token, member, by_code=False)
            # What is written here has to stay, whatever comes next: it is raised after the transaction.
            tries = await self._count(tx, held, guessed=step is None and code is None)
        raise refused_after(tries)

    async def _step(self, tx: Transaction, kept: KeptFactor | None, typed: str) -> int | None:
        """The step to which a number belongs. Raises: SignInSlowed."""
        if kept is None or kept.secret is None:
            return None
        now = self._setting.clock.real()
        pace = await tx.tries.lock(_pace_key(kept.staff_id))
        if pace is not None and pace.wait(now):
            raise SignInSlowed("too many numbers")
        return step_of_number(typed, now, partial(self._numbers.number, kept.secret))

    async def _count(self, tx: Transaction, held: OpenSignIn, *, guessed: bool) -> int:
        """Count a try. guessed: by chance it might have been right, so that the next ones wait, whoever's they are."""
        clock, member = self._setting.clock, held.member
        tries = await tx.factors.count_try(held.id)
        await tx.audit.add(clock.now(), member.actor, "factor_refused", None, tries=tries)
        if guessed:
            await tx.tries.count(_pace_key(member.id), clock.real())
        if tries >= TRIES:
            await tx.sign_ins.end(member.id, held.id)
        return tries

    async def _go_on(self, tx: Transaction, token: str, member: StaffMember, *, by_code: bool) -> Passed:
        await tx.tries.forget(_pace_key(member.id))
        verb = "use_recovery_code" if by_code else "pass_factor"
        await tx.audit.add(self._setting.clock.now(), member.actor, verb, None)
        return Passed(await self._sign_in.complete(tx, token), by_code)


def _pace_key(member_id: UUID) -> str:
    return f"factor:{member_id}"
