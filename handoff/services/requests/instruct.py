"""Put a question to the board (HYO-0 「指示を仰ぐ」), take its answer and its orders, and note what was done because of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.escalation_steps import StepKind
from handoff.domain.instruction import (
    Instruction,
    InstructionKind,
    InstructionState,
    answer,
    checked_words,
    finish,
    withdraw,
)
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.ports import Store
from handoff.services.requests.form_key import act_id
from handoff.services.setting import Setting

PAGE: Final = 50
_WORKS: Final = (Permission.HANDLE_REQUESTS, Permission.KEEP_POLICY)


def check_works(member: StaffMember) -> None:
    """Whoever runs the service asks, and notes what was done. Raises: NotPermitted."""
    if not any(member.may(permission) for permission in _WORKS):
        member.check(Permission.HANDLE_REQUESTS)


def reads_questions(member: StaffMember) -> bool:
    """Whether somebody reads the questions, too; all others read what the board orders."""
    return member.may(Permission.INSTRUCT) or any(member.may(permission) for permission in _WORKS)


def _checked_day(due_on: date | None, today: date) -> date | None:
    if due_on is not None and due_on < today:
        raise InputRefused("due_on", "期限に、もう過ぎた日が入っています。きょうからあとの日を入れてください。")
    return due_on


class AskBoard:
    """Put a question to the board."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, member: StaffMember, key: UUID, question: str, due_on: date | None, *, nameless: bool
    ) -> UUID:
        """Args: key: the same for a form that is sent again; nameless: the asker has looked that nobody can be told from it.

        Raises: NotPermitted, InputRefused.
        """
        check_works(member)
        now, question = self._setting.clock.now(), checked_words("question", question)
        _checked_day(due_on, today_of(now))
        if not nameless:
            raise InputRefused("nameless", "だれのことかがわからないように書いたことを確かめて、印をつけてください。")
        return await _add(
            self._store,
            member,
            Instruction(
                act_id(key, InstructionKind.QUESTION, due_on, question),
                self._setting.profile.id,
                InstructionKind.QUESTION,
                InstructionState.ASKED,
                due_on,
                member.id,
                now,
                question=question,
            ),
        )


class GiveOrder:
    """The board instructs of its own."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, order: str, due_on: date | None) -> UUID:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted, InputRefused."""
        member.check(Permission.INSTRUCT)
        now, order = self._setting.clock.now(), checked_words("order", order)
        _checked_day(due_on, today_of(now))
        return await _add(
            self._store,
            member,
            Instruction(
                act_id(key, InstructionKind.ORDER, due_on, order),
                self._setting.profile.id,
                InstructionKind.ORDER,
                InstructionState.ANSWERED,
                due_on,
                member.id,
                now,
                answer=order,
                answered_by=member.id,
                answered_at=now,
            ),
        )


async def _add(store: Store, member: StaffMember, made: Instruction) -> UUID:
    async with store.transaction() as tx:
        if await tx.requests.instructions.add(made):
            await tx.audit.add(
                made.made_at,
                member.actor,
                "ask_board" if made.kind is InstructionKind.QUESTION else "give_order",
                None,
                instruction=str(made.id),
                due=None if made.due_on is None else made.due_on.isoformat(),
                length=len(made.question or made.answer),
            )
    return made.id


class ActOnInstruction:
    """Answer as the board, note what was done, or take a question back."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def answer(self, instruction_id: UUID, member: StaffMember, words: str) -> None:
        """The same answer by the same person again changes nothing. Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        member.check(Permission.INSTRUCT)
        words = checked_words("answer", words)
        await self._act(
            instruction_id,
            member,
            "answer_instruction",
            lambda one, now: answer(one, words, member.id, now, member.actor),
            lambda one: (one.answer, one.answered_by) == (words, member.id),
        )

    async def finish(self, instruction_id: UUID, member: StaffMember, words: str) -> None:
        """Raises: NotPermitted, NotFound, InputRefused. MoveRefused: it has no answer yet, or is done."""
        check_works(member)
        words = checked_words("result", words)
        await self._act(
            instruction_id,
            member,
            "finish_instruction",
            lambda one, now: finish(one, words, member.id, now, member.actor),
            lambda one: (one.result, one.closed_by) == (words, member.id),
        )

    async def withdraw(self, instruction_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, NotFound. MoveRefused: the board has answered."""
        check_works(member)
        await self._act(
            instruction_id,
            member,
            "withdraw_question",
            lambda one, now: withdraw(one, member.id, now, member.actor),
            lambda one: (one.state, one.closed_by) == (InstructionState.WITHDRAWN, member.id),
        )

    async def _act(
        self,
        instruction_id: UUID,
        member: StaffMember,
        verb: str,
        change: Callable[[Instruction, datetime], Instruction],
        done: Callable[[Instruction], bool],
    ) -> None:
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            found = await tx.requests.instructions.lock(self._setting.profile.id, instruction_id)
            if done(found):
                return
            after = change(found, now)
            await tx.requests.instructions.save(after)
            await tx.audit.add(now, member.actor, verb, None, instruction=str(instruction_id), state=after.state)


@dataclass(frozen=True, slots=True)
class InstructionList:
    """One page. escalations: how many questions to the board of open escalations wait; their words stay there."""

    today: date
    instructions: Sequence[Instruction]
    total: int
    page: int
    ended: bool
    escalations: int
    aliases: Mapping[UUID, str]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


class ReadInstructions:
    """The list, and one of it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def listed(self, member: StaffMember, page: int = 1, *, ended: bool = False) -> InstructionList:
        """Whoever neither runs the service nor is the board reads its orders alone. Raises: NotPermitted."""
        member.check(Permission.READ_DOCUMENTS)
        today, profile = today_of(self._setting.clock.now()), self._setting.profile.id
        orders = not reads_questions(member)
        async with self._store.transaction() as tx:
            await tx.audit.add(self._setting.clock.now(), member.actor, "open_instructions", None)
            total = await tx.requests.instructions.count(profile, ended, orders)
            found = await tx.requests.instructions.listed(profile, ended, PAGE, (page - 1) * PAGE, orders)
            waiting = [] if orders else await tx.escalation_steps.unanswered()
            aliases = await aliases_of(tx, await tx.staff.everybody(), [i for one in found for i in _people(one)])
        asked = sum(kind is StepKind.INSTRUCTION for _escalation, kind, _at in waiting)
        return InstructionList(today, found, total, page, ended, asked, aliases)

    async def one(self, member: StaffMember, instruction_id: UUID) -> tuple[Instruction, Mapping[UUID, str]]:
        """Raises: NotPermitted, NotFound."""
        member.check(Permission.READ_DOCUMENTS)
        async with self._store.transaction() as tx:
            found = await tx.requests.instructions.find(self._setting.profile.id, instruction_id)
            if found.kind is InstructionKind.QUESTION and not reads_questions(member):
                raise NotFound("not for this person")
            now = self._setting.clock.now()
            await tx.audit.add(now, member.actor, "open_instruction", None, instruction=str(instruction_id))
            return found, await aliases_of(tx, await tx.staff.everybody(), _people(found))


def _people(instruction: Instruction) -> list[UUID | None]:
    return [instruction.made_by, instruction.answered_by, instruction.closed_by]
