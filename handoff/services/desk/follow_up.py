"""Tasks that outlive a talk (続きの用事): asking next day whether somebody is safe, and whatever else was promised.

Whoever counsels sees all of them, for the one who has a task may be ill on its day; who did what is on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.staff import Permission, StaffMember
from handoff.services.care_ports import FollowUp
from handoff.services.desk.read_desk import may_open
from handoff.services.desk_view_ports import Card
from handoff.services.ports import Store, Transaction
from handoff.services.retention.words_gone import check_words
from handoff.services.setting import Setting

LONGEST_WHAT: Final = 400
LONGEST_RESULT: Final = 1000
FURTHEST: Final = timedelta(days=365)
#: How long a task that is done stays on the page.
SHOWN_AFTER: Final = timedelta(days=14)
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class FollowUpBoard:
    """The tasks as the page shows them. people: who may have one; aliases: also of those who are gone."""

    today: date
    open: Sequence[FollowUp]
    done: Sequence[FollowUp]
    people: Sequence[StaffMember]
    aliases: Mapping[UUID, str]


async def card_for(tx: Transaction, session_id: UUID, member: StaffMember) -> Card:
    """The session whose care page somebody may open: one that they may read, or in which a task waits for them.

    Raises: NotPermitted. NotFound: there is none, or this person may not; both look the same.
    """
    member.check(Permission.COUNSEL)
    card = await tx.views.card(session_id)
    if card is not None:
        if await may_open(tx, member, card):
            return card
        tasks = await tx.follow_ups.of_contact(card.contact_id, MOST)
        if any(task.done_at is None and member.id in (task.owner_id, task.made_by) for task in tasks):
            return card
    raise NotFound("no such session")


async def team(tx: Transaction) -> Sequence[StaffMember]:
    """Everybody who may have a task."""
    return [member for member in await tx.staff.everybody() if member.may(Permission.COUNSEL)]


async def aliases_of(
    tx: Transaction, people: Sequence[StaffMember], member_ids: Sequence[UUID | None]
) -> Mapping[UUID, str]:
    """How these people are called, also those whose accounts have ended."""
    known = {person.id: person.alias for person in people}
    for member_id in member_ids:
        if member_id is not None and member_id not in known:
            known[member_id] = await tx.staff.alias(member_id)
    return known


def today_of(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(ZONE).date()


def _checked_day(due_on: date, today: date) -> date:
    if not today <= due_on <= today + FURTHEST:
        raise InputRefused("due_on", "日にちには、今日から1年先までの日を入れてください。")
    return due_on


async def _checked_owner(tx: Transaction, owner_id: UUID | None) -> UUID:
    if owner_id is None or all(person.id != owner_id for person in await team(tx)):
        raise InputRefused("owner", "担当する人を、一覧から選んでください。")
    return owner_id


class ReadFollowUps:
    """The page of tasks."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, owner: UUID | None = None) -> FollowUpBoard:
        """Args: owner: only this person's. Raises: NotPermitted."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            people = await team(tx)
            to_do, done = await tx.follow_ups.open(MOST), await tx.follow_ups.done_since(now - SHOWN_AFTER, MOST)
            if owner is not None:
                to_do = [task for task in to_do if task.owner_id == owner]
                done = [task for task in done if owner in (task.owner_id, task.done_by)]
            named = [person for task in (*to_do, *done) for person in (task.owner_id, task.made_by, task.done_by)]
            # What is to be done tells of students, so opening the page is a reading.
            await tx.audit.add(now, member.actor, "open_follow_ups", None, open=len(to_do), done=len(done))
            return FollowUpBoard(today_of(now), to_do, done, people, await aliases_of(tx, people, named))


class AddFollowUp:
    """Note what has to be done after a talk, by whom and when."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, session_id: UUID, member: StaffMember, owner_id: UUID | None, due_on: date, what: str, key: UUID
    ) -> None:
        """Args: key: the same for a request that is sent again.

        Raises: NotPermitted, NotFound, InputRefused.
        """
        member.check(Permission.COUNSEL)
        what, now = what.strip(), self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            await card_for(tx, session_id, member)
            await check_words(tx, session_id, "what")
            if not what or len(what) > LONGEST_WHAT:
                raise InputRefused("what", f"することを、1文字から{LONGEST_WHAT}文字までで書いてください。")
            _checked_day(due_on, today_of(now))
            owner_id = await _checked_owner(tx, owner_id)
            task = FollowUp(key, session_id, session.contact_id, owner_id, due_on, what, member.id, now)
            if not await tx.follow_ups.add(task):
                return
            await tx.audit.add(
                now,
                member.actor,
                "add_follow_up",
                session_id,
                follow_up=str(key),
                owner=str(owner_id),
                due=due_on.isoformat(),
                length=len(what),
            )
            tx.desk.tell(DeskEvent.FOLLOW_UP, session_id, key)


class FinishFollowUp:
    """Write down what came of a task. Anybody who counsels may have done it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, task_id: UUID, member: StaffMember, result: str) -> FollowUp:
        """Give the task as it stands then; asked again with the same words, nothing changes.

        Raises: NotPermitted, NotFound, InputRefused. MoveRefused: somebody finished it already.
        """
        member.check(Permission.COUNSEL)
        result, now = result.strip(), self._setting.clock.now()
        async with self._store.transaction() as tx:
            task = await _locked(tx, task_id)
            if task.done_at is not None:
                if (task.done_by, task.result) == (member.id, result):
                    return task
                raise MoveRefused("done", "done", member.actor)
            if not result or len(result) > LONGEST_RESULT:
                raise InputRefused("result", f"どうなったかを、1文字から{LONGEST_RESULT}文字までで書いてください。")
            task = replace(task, done_by=member.id, done_at=now, result=result)
            await tx.follow_ups.save(task)
            await tx.audit.add(
                now, member.actor, "finish_follow_up", task.session_id, follow_up=str(task_id), length=len(result)
            )
            tx.desk.tell(DeskEvent.FOLLOW_UP, task.session_id, task_id)
            return task


class MoveFollowUp:
    """Give a task another day or another person."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, task_id: UUID, member: StaffMember, owner_id: UUID | None, due_on: date) -> FollowUp:
        """Give the task as it stands then. Raises: NotPermitted, NotFound, InputRefused. MoveRefused: it is done."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            task = await _locked(tx, task_id)
            if task.done_at is not None:
                raise MoveRefused("done", "open", member.actor)
            if (task.owner_id, task.due_on) == (owner_id, due_on):
                return task
            if due_on != task.due_on:  # one that is late may go to somebody else as it is
                _checked_day(due_on, today_of(now))
            moved = replace(task, owner_id=await _checked_owner(tx, owner_id), due_on=due_on)
            await tx.follow_ups.save(moved)
            await tx.audit.add(
                now,
                member.actor,
                "move_follow_up",
                task.session_id,
                follow_up=str(task_id),
                owner=str(moved.owner_id),
                due=due_on.isoformat(),
                was_owner=str(task.owner_id),
                was_due=task.due_on.isoformat(),
            )
            tx.desk.tell(DeskEvent.FOLLOW_UP, task.session_id, task_id)
            return moved


async def _locked(tx: Transaction, task_id: UUID) -> FollowUp:
    """A task, locked after its session."""
    await tx.sessions.lock((await tx.follow_ups.find(task_id)).session_id)
    return await tx.follow_ups.lock(task_id)
