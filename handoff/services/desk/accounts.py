"""Make, change and end accounts, from the command line (``tsunagi user``)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.staff import StaffMember, StaffRole, alias_fault
from handoff.services.desk.change_password import own_words
from handoff.services.desk.passwords import Passwords, check_new
from handoff.services.desk.sign_in import LONGEST_NAME
from handoff.services.ports import Store
from handoff.services.setting import Setting


class Accounts:
    """Make, change and end accounts, from the command line (``tsunagi user``)."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords) -> None:
        self._store = store
        self._setting = setting
        self._passwords = passwords

    async def add(
        self,
        name: str,
        alias: str,
        role: StaffRole,
        password: str,
        *,
        trainee: bool = False,
        demo: bool = False,
        must_change: bool = False,
    ) -> StaffMember:
        """Args: demo: its password is shown to everybody, and isn't judged; must_change: they choose another one first.

        Raises: InputRefused: the name is taken, the alias or the password can't be used.
        """
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise InputRefused("name", f"名前は1文字から{LONGEST_NAME}文字までにしてください。")
        if (fault := alias_fault(alias)) is not None:
            raise InputRefused("alias", fault)
        member = StaffMember(uuid4(), name, alias, role, trainee=trainee, demo=demo)
        if not demo:
            await check_new(self._passwords, password, own_words(self._setting, member))
        encoded = await self._passwords.encode(password)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            if not await tx.staff.add(member, None, encoded, now):
                raise InputRefused("name", "この名前か表示名は、もう使われています。")
            if must_change:
                await tx.passwords.demand(member.id)
            await tx.audit.add(now, "administrator", "add_account", None, staff=str(member.id), role=role)
        return member

    async def disable(self, name: str) -> None:
        """Shut somebody out, from every browser; what they chose for passwords before is nobody's business any more.

        Raises: NotFound.
        """
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            account = await tx.staff.account(name)
            if account is None:
                raise NotFound("no such account")
            await tx.staff.save(replace(account.member, active=False), now)
            await tx.sign_ins.end_all(account.member.id)
            await tx.devices.forget_all(account.member.id)
            await tx.passwords.forget_earlier(account.member.id)
            await tx.audit.add(now, "administrator", "disable_account", None, staff=str(account.member.id))

    async def reset(self, name: str, password: str) -> None:
        """Give a new password, which its owner has to change; every sign-in with the old one ends.

        Raises: NotFound, InputRefused.
        """
        async with self._store.reading() as tx:
            found = await tx.staff.account(name)
        if found is None:
            raise NotFound("no such account")
        await check_new(self._passwords, password, own_words(self._setting, found.member))
        encoded = await self._passwords.encode(password)
        now, real = self._setting.clock.now(), self._setting.clock.real()
        async with self._store.transaction() as tx:
            account = await tx.staff.account(name)
            if account is None:
                raise NotFound("no such account")
            await tx.passwords.set(account.member.id, encoded, real, must_change=True)
            await tx.staff.save(replace(account.member, active=True), now)
            await tx.sign_ins.end_all(account.member.id)
            await tx.devices.forget_all(account.member.id)
            await tx.audit.add(now, "administrator", "reset_password", None, staff=str(account.member.id))
