"""The second half of a sign-in: a number of the app, or a code on paper (RFC 6238, 5.2: each counts once).

The row of the factor is locked before the sign-in's, as everywhere, so that two browsers never wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from handoff.domain.errors import SignInRequired, SignInSlowed
from handoff.domain.second_factor import (
    TRIES,
    is_spent,
    refused_after,
    step_of_number,
    typed_number,
    typed_recovery_code,
)
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
                return await self._go_on(tx, token, held, by_code=True)
            key = await _pace_key(tx, held)
            step = await self._step(tx, kept, typed, key)
            if kept is not None and step is not None and not is_spent(step, kept.last_step):
                await tx.factors.use(member.id, step)
                return await self._go_on(tx, token, held, by_code=False)
            # What is written here has to stay, whatever comes next: it is raised after the transaction.
            tries = await self._count(tx, held, key if step is None and typed_number(typed) is not None else None)
        raise refused_after(tries)

    async def _step(self, tx: Transaction, kept: KeptFactor | None, typed: str, key: str) -> int | None:
        """The step to which a number belongs; None also for what is no number. Raises: SignInSlowed."""
        if kept is None or kept.secret is None or typed_number(typed) is None:
            return None
        now = self._setting.clock.real()
        if (await tx.tries.lock(key)).wait(now):
            raise SignInSlowed("too many numbers")
        return step_of_number(typed, now, partial(self._numbers.number, kept.secret))

    async def _count(self, tx: Transaction, held: OpenSignIn, guessed: str | None) -> int:
        """Count a try. guessed: where to count that it might have been right by chance, so that the next ones wait; None: it
        couldn't.
        """
        clock, member = self._setting.clock, held.member
        tries = await tx.factors.count_try(held.id)
        await tx.audit.add(clock.now(), member.actor, "factor_refused", None, tries=tries)
        if guessed is not None:
            await tx.tries.count(guessed, clock.real())
        if tries >= TRIES:
            await tx.sign_ins.end(member.id, held.id)
        return tries

    async def _go_on(self, tx: Transaction, token: str, held: OpenSignIn, *, by_code: bool) -> Passed:
        await tx.tries.forget(await _pace_key(tx, held))
        verb = "use_recovery_code" if by_code else "pass_factor"
        await tx.audit.add(self._setting.clock.now(), held.member.actor, verb, None)
        return Passed(await self._sign_in.complete(tx, token), by_code)


async def _pace_key(tx: Transaction, held: OpenSignIn) -> str:
    """What is counted. A known browser is counted apart, as with passwords: whoever knows the password and guesses
    elsewhere doesn't keep the owner's app out at their own desk.
    """
    known = await tx.devices.of(held.id)
    return f"factor:{held.member.id}" if known is None else f"factor:{held.member.id}:{known}"
