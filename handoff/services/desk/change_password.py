"""Change one's own password: the one thing that a person does about it without anybody else."""

from __future__ import annotations

import secrets
from uuid import uuid4

from handoff.domain.errors import InputRefused, SignInRequired
from handoff.domain.staff import StaffMember
from handoff.services.desk.confirm_password import ConfirmPassword
from handoff.services.desk.passwords import Passwords, check_new
from handoff.services.desk.sign_in import Opened, SignIn
from handoff.services.ports import Store
from handoff.services.setting import Setting


class ChangePassword:
    """Put another password in the place of one's own; every other browser and every known device is out."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords, sign_in: SignIn) -> None:
        self._store = store
        self._setting = setting
        self._passwords = passwords
        self._sign_in = sign_in
        self._confirm = ConfirmPassword(store, setting, passwords)

    async def __call__(self, token: str, before: str, password: str) -> Opened:
        """This browser goes on with another token.

        Args: before: the password until now. Raises: InputRefused: ``before`` is wrong; the new one is weak, or was used
        before; it is the demo's, which everybody is shown. SignInSlowed, SignInRequired, FactorRequired.
        """
        held = await self._sign_in.whole(token)
        member, clock = held.member, self._setting.clock
        if member.demo:
            raise InputRefused("password", "お試しのパスワードは、みんなで使うので変えられません。")
        try:
            await self._confirm(member, before)
        except InputRefused as error:
            raise InputRefused("before", error.text) from error  # the form has two more passwords
        await check_new(self._passwords, password, own_words(self._setting, member))
        await self._check_unused(member, password)
        encoded, fresh = await self._passwords.encode(password), secrets.token_urlsafe(32)
        async with self._store.transaction() as tx:
            await tx.staff.lock(member.id)  # before the sign-in's row, as whoever signs in does
            now = await tx.sign_ins.lock(token)
            if now is None:
                raise SignInRequired("ended meanwhile")
            await tx.passwords.set(member.id, encoded, clock.real(), must_change=False)
            await tx.sign_ins.end_all(member.id, but=held.id)
            await tx.devices.forget_all(member.id)
            await tx.devices.remember(member.id, held.id, clock.real())
            await tx.sign_ins.renew(held.id, uuid4(), fresh)
            await tx.audit.add(clock.now(), member.actor, "change_password", None)
        return Opened(fresh, member)

    async def _check_unused(self, member: StaffMember, password: str) -> None:
        async with self._store.reading() as tx:
            earlier = [await tx.passwords.of(member.id), *await tx.passwords.earlier(member.id)]
        for encoded in earlier:
            if await self._passwords.fits(encoded, password, known=True):
                raise InputRefused("password", "前に使ったパスワードは使えません。新しいものにしてください。")


def own_words(setting: Setting, member: StaffMember) -> tuple[str, ...]:
    """What may not stand in this person's password."""
    return member.name, member.alias, setting.profile.service_name, "tsunagi"
