"""Sign in and out: who sits at which browser, and for how long."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from handoff.domain.desk import DeskAlarm, DeskEvent
from handoff.domain.errors import (
    FactorRequired,
    NewPasswordRequired,
    SignInRefused,
    SignInRequired,
    SignInSlowed,
)
from handoff.domain.password_rule import LONGEST_PASSWORD
from handoff.domain.second_factor import BEGUN_FOR
from handoff.domain.sign_in_pace import MANY
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.passwords import Passwords
from handoff.services.desk.presence import log_duty
from handoff.services.desk.try_pace import TryPace, of_device, of_name
from handoff.services.desk_ports import Account
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting
from handoff.services.sign_in_ports import OpenSignIn

#: A desk that is left alone is locked after this time, and after this one in any case.
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
#: How long the second factor may take after the password.
HALF: Final = timedelta(minutes=10)
#: The same for who has none yet: an app has to be installed first.
SETTING_UP: Final = BEGUN_FOR
#: How often a request writes down that somebody is still there.
SEEN_EVERY: Final = timedelta(seconds=30)
LONGEST_NAME: Final = 64
_LONGEST_TOKEN: Final = 100
#: Asked for where there is no account, so that an unknown name costs as many statements as a known one.
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Whence:
    """The browser from which somebody signs in.

    Attributes: label: coarse words for it; before: the token that it held until now, whose sign-in ends; device: the mark
    by which it is known, None where it has none; crowded: much was tried in vain from its address.
    """

    label: str = ""
    before: str | None = None
    device: str | None = None
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in that has just begun, or goes on with another token.

    Attributes: token: its secret; half: only the second factor makes it a whole one; device: the mark by which its browser is
    known, given anew at each sign-in so that its time runs from the last one; None where nothing began.
    """

    token: str
    member: StaffMember
    half: bool = False
    device: str | None = None


class SignIn:
    """Open and end a person's sign-in at the desk."""

    def __init__(self, store: Store, setting: Setting, passwords: Passwords, *, demo: bool) -> None:
        """Args: demo: whether accounts made for trying things out are let in."""
        self._store = store
        self._setting = setting
        self._passwords = passwords
        self._demo = demo
        self._pace = TryPace(store, setting)

    async def __call__(self, name: str, password: str, whence: Whence | None = None) -> Opened:
        """Let somebody in, or half in where a second factor is needed.

        Raises: SignInRefused: the name or the password, and which of the two is never said. SignInSlowed: nothing was
        looked at, and whether there is such a name is never said either.
        """
        whence = whence or Whence()
        async with self._store.reading() as tx:
            account = await tx.staff.account(name[: LONGEST_NAME + 1])
            known = await tx.devices.knows(whence.device or "", _NOBODY if account is None else account.member.id)
        key = of_device(account.member.id, whence.device or "") if account and known else of_name(name)
        if whence.crowded and not known:
            raise SignInSlowed("much was tried from there")
        failures = await self._pace.begin(key)
        fits = await self._fits(account, password, key, known=known)
        opened = await self._begin(account, whence) if account is not None and fits else None
        if account is None or opened is None:
            await self._note_refusal(account, failures, known=known)
            raise SignInRefused("refused")
        await self._pace.give_back(key, all_of_it=known)
        await self._renew(account, password)
        return opened

    async def complete(self, tx: Transaction, token: str) -> Opened:
        """The second factor was right: another token opens the desk, and the half one's opens nothing any more.

        In the transaction of whoever counted the factor as used. Raises: SignInRequired: it isn't a half sign-in.
        """
        held = await tx.sign_ins.lock(token)
        if held is None or not held.half or self._is_over(held):
            raise SignInRequired("no half sign-in")
        fresh, sign_in_id = secrets.token_urlsafe(32), uuid4()
        await tx.sign_ins.complete(held.id, sign_in_id, fresh, self._setting.clock.real())
        await self._begin_work(tx, held.member, sign_in_id)
        return Opened(fresh, held.member)

    async def held(self, token: str | None) -> OpenSignIn:
        """The sign-in of this token, half or whole, without counting as somebody's doing. Raises: SignInRequired."""
        if not token:
            raise SignInRequired("no token")
        async with self._store.reading() as tx:
            held = await self._find(tx, token)
        if held is None:
            raise SignInRequired("no such sign-in")
        if self._is_over(held):
            raise SignInRequired("its time is over")
        return held

    async def half(self, token: str | None) -> StaffMember:
        """Who gave their password and not yet the second factor. Raises: SignInRequired."""
        held = await self.held(token)
        if not held.half:
            raise SignInRequired("no half sign-in")
        return held.member

    async def whole(self, token: str | None) -> OpenSignIn:
        """The sign-in of this token, also where a new password has to come before all else; nobody's doing.

        Raises: SignInRequired, FactorRequired.
        """
        held = await self.held(token)
        if held.half:
            raise FactorRequired("half a sign-in")
        return held

    async def view(self, token: str | None) -> OpenSignIn:
        """The sign-in of this token by which the desk opens, without counting as somebody's doing.

        Raises: SignInRequired, FactorRequired, NewPasswordRequired.
        """
        held = await self.whole(token)
        if self.wants_new_password(held):
            raise NewPasswordRequired("a new password comes first")
        return held

    async def who(self, token: str | None) -> StaffMember:
        """Who is signed in by this token, and note that they are there. Raises: as ``view``."""
        held = await self.view(token)
        await self.note_seen(held)
        return held.member

    async def still(self, token: str | None) -> StaffMember:
        """Who is signed in, without counting as somebody's doing. Raises: as ``view``."""
        return (await self.view(token)).member

    async def note_seen(self, held: OpenSignIn) -> None:
        """Somebody did something at this browser."""
        now = self._setting.clock.real()
        if now - held.seen <= SEEN_EVERY:
            return
        async with self._store.transaction() as tx:
            await tx.sign_ins.seen(held.id, now)
            if held.member.may(Permission.COUNSEL):
                await tx.shifts.seen(held.member, self._setting.clock.now())

    def wants_new_password(self, held: OpenSignIn) -> bool:
        """Whether nothing opens before another password; the one of the demo is shown to everybody, and stays.

        How old it may be is asked of the moment of the sign-in: nobody is stopped in the middle of a talk.
        """
        days = self._setting.profile.security.password_days
        old = days is not None and held.since - held.password_at > timedelta(days=days)
        return (held.must_change or old) and not held.member.demo

    async def out(self, token: str) -> StaffMember | None:
        """End this sign-in, whole or half; who was signed in by a whole one leaves their duty where they sit nowhere else.

        None: nobody was signed in by it. Whoever has the password alone drops neither its owner's duty nor their lines.
        """
        async with self._store.transaction() as tx:
            held = await self._find(tx, token)
            if held is None:
                return None
            await self._end(tx, held)
            if held.half:
                return None
            await tx.audit.add(self._setting.clock.now(), held.member.actor, "sign_out", None)
        return held.member

    async def _fits(self, account: Account | None, password: str, key: str, *, known: bool) -> bool:
        encoded = None if account is None else account.password
        try:
            fits = await self._passwords.fits(encoded, password[:LONGEST_PASSWORD], known=known)
        except SignInSlowed:
            await self._pace.give_back(key)  # nobody looked at it
            raise
        return fits and len(password) <= LONGEST_PASSWORD

    def _lets_in(self, member: StaffMember) -> bool:
        return member.active and (self._demo or not member.demo)

    async def _note_refusal(self, account: Account | None, failures: int, *, known: bool) -> None:
        """In a transaction of its own: what is refused afterwards takes nothing back."""
        now = self._setting.clock.now()
        actor = "nobody" if account is None else account.member.actor
        async with self._store.transaction() as tx:
            await tx.audit.add(now, actor, "sign_in_refused", None)
            if failures == MANY and not known:
                await tx.audit.add(now, actor, "sign_in_tried_often", None, failures=failures)
                if account is not None:
                    tx.desk.tell(DeskEvent.ALARM, None, None, code=DeskAlarm.SIGN_IN_TRIED)

    async def _renew(self, account: Account, password: str) -> None:
        """Keep the password at the cost of today."""
        if self._passwords.is_old(account.password):
            encoded = await self._passwords.encode(password)
            async with self._store.transaction() as tx:
                await tx.passwords.renew(account.member.id, account.password, encoded)

    async def _begin(self, account: Account, whence: Whence) -> Opened | None:
        """None: this person isn't let in, or what was looked at isn't their password any more.

        Looking takes its time; a password that was changed or reset meanwhile has ended all sign-ins but this one.
        """
        token, sign_in_id, clock = secrets.token_urlsafe(32), uuid4(), self._setting.clock
        device = whence.device or secrets.token_urlsafe(32)
        async with self._store.transaction() as tx:
            member = await tx.staff.lock(account.member.id)
            if not self._lets_in(member) or await tx.passwords.of(member.id) != account.password:
                return None
            if whence.before and (earlier := await self._find(tx, whence.before)) is not None:
                await self._end(tx, earlier)
            half = self._setting.demands_factor or await tx.factors.needed(member)
            await tx.sign_ins.begin(sign_in_id, token, member.id, clock.real(), whence.label, device, half=half)
            if half:
                # Whoever stops here knows the password and hasn't the device: who looks for a thief looks for this.
                await tx.audit.add(clock.now(), member.actor, "half_sign_in", None)
            else:
                await self._begin_work(tx, member, sign_in_id)
        return Opened(token, member, half, device)

    @staticmethod
    async def _find(tx: Transaction, token: str) -> OpenSignIn | None:
        return await tx.sign_ins.by_token(token) if len(token) <= _LONGEST_TOKEN else None

    def _is_over(self, held: OpenSignIn) -> bool:
        now = self._setting.clock.real()
        if held.half:
            longest = HALF if held.has_factor else SETTING_UP
        else:
            longest = LONGEST
        # What was let in while the service was tried out doesn't outlive the day on which it becomes a real one.
        unproved = self._setting.demands_factor and not held.half and held.factor_at is None
        demo = held.member.demo and not self._demo
        return now - held.since > longest or now - held.seen > IDLE or unproved or demo

    async def _begin_work(self, tx: Transaction, member: StaffMember, sign_in_id: UUID) -> None:
        clock = self._setting.clock
        await tx.devices.remember(member.id, sign_in_id, clock.real())
        await tx.staff.set_duty(member.id, True, clock.real())
        await log_duty(tx, member, True, clock.now())
        await tx.audit.add(clock.now(), member.actor, "sign_in", None)
        tx.desk.tell(DeskEvent.PRESENCE, None, member.id)

    async def _end(self, tx: Transaction, held: OpenSignIn) -> None:
        await tx.sign_ins.end(held.member.id, held.id)
        if not held.half:
            await leave_duty(tx, self._setting, held.member)


async def leave_duty(tx: Transaction, setting: Setting, member: StaffMember) -> None:
    """A sign-in of theirs has ended; who sits at another browser as well stays on duty."""
    if await tx.sign_ins.anywhere(member.id):
        return
    await tx.staff.set_duty(member.id, False, setting.clock.real())
    await log_duty(tx, member, False, setting.clock.now())
    tx.desk.tell(DeskEvent.PRESENCE, None, member.id)


def over_before(now: datetime) -> tuple[datetime, datetime, datetime]:
    """Before when somebody was last seen, a whole sign-in began, a half one of who has a factor began, for its time to be over."""
    return now - IDLE, now - LONGEST, now - HALF
