"""A device with the app is gone, and the codes on paper with it: an administrator and a supervisor take the factor off
together, and whoever lost it sets up another one at the next sign-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.second_factor import (
    RESET_WAITS,
    FactorState,
    Reset,
    ResetState,
    check_answering,
    check_asking,
    may_answer,
    nobody_together,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: How long the list shows what was decided.
SHOWN_FOR: Final = timedelta(days=30)
_NO_FACTOR: Final = "この人は、二段階の確認をまだ設定していません。次にログインしたときに設定してもらってください。"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request in the eyes of one person. may_answer: whether they are the one who can say yes."""

    reset: Reset
    person: str
    asked_by: str
    answered_by: str
    may_answer: bool


@dataclass(frozen=True, slots=True)
class AccountList:
    """Everybody with an account and where their second factor stands, and the requests."""

    people: Sequence[tuple[StaffMember, FactorState]]
    waiting: Sequence[Waiting]
    decided: Sequence[Waiting]
    demanded: bool


class ReadAccounts:
    """Who has a second factor, and what is asked."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> AccountList:
        """Raises: NotPermitted."""
        member.check(Permission.RESET_FACTOR)
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            people = await tx.staff.everybody()
            states = await tx.factors.states([one.id for one in people])
            waiting = [await _waiting(tx, one, member, now) for one in await tx.factor_resets.open(now)]
            decided = [await _waiting(tx, one, member, now) for one in await tx.factor_resets.decided(now - SHOWN_FOR)]
        return AccountList(
            people=[(one, states.get(one.id, FactorState.NONE)) for one in people],
            waiting=waiting,
            decided=decided,
            demanded=self._setting.demands_factor,
        )

    async def to_answer(self, member: StaffMember) -> int:
        """How many requests wait for this very person's yes."""
        now = self._setting.clock.real()
        async with self._store.reading() as tx:
            return sum(may_answer(one, member, now) for one in await tx.factor_resets.open(now))


async def _waiting(tx: Transaction, reset: Reset, member: StaffMember, now: datetime) -> Waiting:
    return Waiting(
        reset,
        person=await tx.staff.alias(reset.staff_id),
        asked_by="" if reset.asked_by is None else await tx.staff.alias(reset.asked_by),
        answered_by="" if reset.answered_by is None else await tx.staff.alias(reset.answered_by),
        may_answer=may_answer(reset, member, now),
    )


class AskReset:
    """Ask that somebody's factor is taken off. Nothing changes by it yet."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, staff_id: UUID, reason: str) -> None:
        """Args: key: the same for a request that is sent again; reason: how they made sure who it is that asks.

        Raises: NotPermitted, NotFound. OwnReview: for oneself. InputRefused: no reason, no factor, or it is asked already.
        """
        member.check(Permission.RESET_FACTOR)
        clock = self._setting.clock
        now = clock.real()
        async with self._store.transaction() as tx:
            person = await tx.staff.lock(staff_id)
            if not person.active:
                raise NotFound("the account is closed")
            reason = check_asking(member, person, reason)
            kept = await tx.factors.read(staff_id)
            if kept is None or kept.state is not FactorState.ON:
                raise InputRefused("reason", _NO_FACTOR)
            if any(one.staff_id == staff_id and one.id != key for one in await tx.factor_resets.open(now)):
                raise InputRefused(
                    "reason", "この人のことは、もう頼まれています。上の「確認を待っている」を見てください。"
                )
            reset = Reset(key, staff_id, member.id, member.role, reason, now, now + RESET_WAITS)
            if await tx.factor_resets.add(reset):
                told = {"staff": str(staff_id), "reset": str(key)}
                await tx.audit.add(clock.now(), member.actor, "ask_factor_reset", None, **told)


class AnswerReset:
    """The other's yes or no. After a yes the person is signed out everywhere and sets up another factor."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, reset_id: UUID, *, agreed: bool) -> None:
        """Raises: NotPermitted, NotFound. OwnReview: not theirs to answer. MoveRefused: it was answered, is too old, or
        whoever asked may not ask any more.
        """
        member.check(Permission.RESET_FACTOR)
        clock = self._setting.clock
        async with self._store.transaction() as tx:
            reset = await tx.factor_resets.lock(reset_id)
            check_answering(reset, member, clock.real())
            if agreed and not await _still_asks(tx, reset):
                raise MoveRefused(reset.state, ResetState.CONFIRMED, member.actor)
            state = ResetState.CONFIRMED if agreed else ResetState.REFUSED
            await tx.factor_resets.answer(reset_id, state, member.id, clock.real())
            if agreed:
                await _take_off(tx, reset.staff_id)
            verb = "confirm_factor_reset" if agreed else "refuse_factor_reset"
            told = {"staff": str(reset.staff_id), "reset": str(reset_id), "asked_by": str(reset.asked_by)}
            await tx.audit.add(clock.now(), member.actor, verb, None, **told)


class AcknowledgeReset:
    """The person has read that their factor was taken off."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> None:
        async with self._store.transaction() as tx:
            await tx.factor_resets.tell(member.id, self._setting.clock.real())


class BreakGlassFactor:
    """Take a factor off from the machine itself, where the two who decide it aren't there (``tsunagi user reset-factor``)."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, name: str, reason: str) -> None:
        """Raises: NotFound. InputRefused: no reason, no factor, or the two are there and can do it at the desk."""
        clock = self._setting.clock
        reason = reason.strip()
        if not reason:
            raise InputRefused("reason", "理由を書いてください。")
        async with self._store.transaction() as tx:
            account = await tx.staff.account(name)
            if account is None or not account.member.active:
                raise NotFound("no such account")
            person = account.member
            if not nobody_together(person, await tx.staff.everybody()):
                raise InputRefused(
                    "name",
                    "ほかに業務責任者と業務管理担当者がいます。二人で、画面の「アカウント」からはずしてください。",
                )
            now = clock.real()
            reset = Reset(
                uuid4(), person.id, None, None, reason, now, now, state=ResetState.CONFIRMED, real_answered_at=now
            )
            if not await _take_off(tx, person.id):
                raise InputRefused("name", _NO_FACTOR)
            await tx.factor_resets.add(reset)
            told = {"staff": str(person.id), "reset": str(reset.id)}
            await tx.audit.add(clock.now(), "administrator", "break_glass_factor", None, **told)


async def _still_asks(tx: Transaction, reset: Reset) -> bool:
    """Whether the two still decide it: an account that was shut meanwhile may have been a thief's."""
    if reset.asked_by is None:
        return False
    asker = await tx.staff.find(reset.asked_by)
    return asker.active and asker.role is reset.role and asker.may(Permission.RESET_FACTOR)


async def _take_off(tx: Transaction, staff_id: UUID) -> bool:
    """Forget the factor and sign the person out everywhere; whether there was one."""
    await tx.factors.lock(staff_id)
    gone = await tx.factors.drop(staff_id)
    await tx.sign_ins.end_all(staff_id)
    tx.desk.tell(DeskEvent.PRESENCE, None, staff_id)
    return gone
