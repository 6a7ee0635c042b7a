"""Sign in and out, and whether somebody is at their desk."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, NotFound, SignInRefused, SignInRequired
from handoff.domain.staff import Permission, StaffMember, StaffRole, alias_fault
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: A desk that is left alone is locked after this time, and after this one in any case.
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
#: How often a request writes down that somebody is still there.
SEEN_EVERY: Final = timedelta(seconds=30)
SHORTEST_PASSWORD: Final = 10
LONGEST_NAME: Final = 64
LONGEST_PASSWORD: Final = 256


class Passwords(Protocol):
    """argon2 behind two verbs; slow on purpose, and away from the event loop."""

    async def encode(self, password: str) -> str: ...
    async def fits(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the one encoded; takes as long for None."""


class SignIn:
    """Open and end a person's session at the desk."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords, *, demo: bool) -> None:
        """Args: demo: whether accounts made for trying things out are let in."""
        self._store = store
        self._setting = setting
        self._passwords = passwords
        self._demo = demo

    async def __call__(self, name: str, password: str) -> tuple[str, StaffMember]:
        """Give the token of the new sign-in, and who it is. Raises: SignInRefused: which of the two is never said."""
        clock = self._setting.clock
        account = None
        if len(name) <= LONGEST_NAME and len(password) <= LONGEST_PASSWORD:
            async with self._store.reading() as tx:
                account = await tx.staff.account(name)
        fits = await self._passwords.fits(None if account is None else account.password, password[:LONGEST_PASSWORD])
        member = None if account is None else account.member
        if member is None or not fits or not member.active or (member.demo and not self._demo):
            async with self._store.transaction() as tx:
                await tx.audit.add(clock.now(), "nobody" if member is None else member.actor, "sign_in_refused", None)
            raise SignInRefused("refused")
        token = secrets.token_urlsafe(32)
        async with self._store.transaction() as tx:
            await tx.staff.sign_in(token, member.id, clock.real())
            await tx.staff.set_duty(member.id, True, clock.real())
            await _log_duty(tx, member, True, clock.now())
            await tx.audit.add(clock.now(), member.actor, "sign_in", None)
            tx.desk.tell(DeskEvent.PRESENCE, None, member.id)
        return token, member

    async def who(self, token: str | None) -> StaffMember:
        """Who is signed in by this token, and note that they are there. Raises: SignInRequired."""
        if not token or len(token) > 100:
            raise SignInRequired("no token")
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            found = await tx.staff.signed_in(token, now)
        if found is None:
            raise SignInRequired("no such sign-in")
        member, since, seen = found
        if now - since > LONGEST or now - seen > IDLE or (member.demo and not self._demo):
            async with self._store.transaction() as tx:
                await tx.staff.sign_out(token)
            raise SignInRequired("its time is over")
        if now - seen > SEEN_EVERY:
            async with self._store.transaction() as tx:
                await tx.staff.seen(token, now)
                if member.may(Permission.COUNSEL):
                    await tx.shifts.seen(member, self._setting.clock.now())
        return member

    async def still(self, token: str | None) -> StaffMember:
        """Who is signed in, without counting as somebody's doing. Raises: SignInRequired."""
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            found = await tx.staff.signed_in(token or "", now)
        if found is None or now - found[1] > LONGEST or now - found[2] > IDLE or (found[0].demo and not self._demo):
            raise SignInRequired("its time is over")
        return found[0]

    async def out(self, token: str, member: StaffMember) -> None:
        """End this sign-in; the person leaves their duty."""
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            await tx.staff.sign_out(token)
            await tx.staff.set_duty(member.id, False, clock.real())
            await _log_duty(tx, member, False, clock.now())
            await tx.audit.add(clock.now(), member.actor, "sign_out", None)
            tx.desk.tell(DeskEvent.PRESENCE, None, member.id)


async def _log_duty(tx: Transaction, member: StaffMember, on_duty: bool, at: datetime) -> None:
    """What the duty log writes by itself, of those who talk with students."""
    if on_duty and member.may(Permission.COUNSEL):
        await tx.shifts.on_duty([member], at)
    elif not on_duty:
        await tx.shifts.end_duty([member.id], at)


class Presence:
    """Whether desks are open (their heartbeat) and people take sessions."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def beat(self, member_ids: Sequence[UUID]) -> None:
        """Note that these people's desks are open, and that this web process is up."""
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            await tx.staff.beat(member_ids, clock.real())
            if not member_ids:
                return
            # Who may work, and as what, can have changed since they began: a pledge, an entry that begins or ends.
            here = await tx.staff.on_duty(clock.real() - self._setting.profile.desk.grace)
            taking = [one for one in here if one.id in member_ids and one.may(Permission.COUNSEL)]
            await tx.shifts.on_duty(taking, clock.now())
            await tx.shifts.end_duty(
                [one for one in member_ids if one not in {each.id for each in taking}], clock.now()
            )

    async def set_duty(self, member: StaffMember, on_duty: bool) -> None:
        """Begin or pause; sessions that somebody has stay theirs."""
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            await tx.staff.set_duty(member.id, on_duty, clock.real())
            await _log_duty(tx, member, on_duty, clock.now())
            await tx.audit.add(clock.now(), member.actor, "begin_duty" if on_duty else "pause_duty", None)
            tx.desk.tell(DeskEvent.PRESENCE, None, member.id)


class Accounts:
    """Make, change and end accounts, from the command line (``tsunagi user``)."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords) -> None:
        self._store = store
        self._setting = setting
        self._passwords = passwords

    async def add(
        self, name: str, alias: str, role: StaffRole, password: str, *, trainee: bool = False, demo: bool = False
    ) -> StaffMember:
        """Raises: InputRefused: the name is taken, the alias or the password can't be used."""
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise InputRefused("name", f"名前は1文字から{LONGEST_NAME}文字までにしてください。")
        if (fault := alias_fault(alias)) is not None:
            raise InputRefused("alias", fault)
        self._check(password)
        member = StaffMember(uuid4(), name, alias, role, trainee=trainee, demo=demo)
        encoded = await self._passwords.encode(password)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            if not await tx.staff.add(member, None, encoded, now):
                raise InputRefused("name", "この名前か表示名は、もう使われています。")
            await tx.audit.add(now, "administrator", "add_account", None, staff=str(member.id), role=role)
        return member

    async def disable(self, name: str) -> None:
        """Shut somebody out, from every browser. Raises: NotFound."""
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            account = await tx.staff.account(name)
            if account is None:
                raise NotFound("no such account")
            await tx.staff.save(replace(account.member, active=False), now)
            await tx.staff.sign_out_everywhere(account.member.id)
            await tx.audit.add(now, "administrator", "disable_account", None, staff=str(account.member.id))

    async def reset(self, name: str, password: str) -> None:
        """Give a new password; every sign-in with the old one ends. Raises: NotFound, InputRefused."""
        self._check(password)
        encoded = await self._passwords.encode(password)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            account = await tx.staff.account(name)
            if account is None:
                raise NotFound("no such account")
            await tx.staff.set_password(account.member.id, encoded)
            await tx.staff.save(replace(account.member, active=True), now)
            await tx.staff.sign_out_everywhere(account.member.id)
            await tx.audit.add(now, "administrator", "reset_password", None, staff=str(account.member.id))

    @staticmethod
    def _check(password: str) -> None:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise InputRefused("password", f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。")
