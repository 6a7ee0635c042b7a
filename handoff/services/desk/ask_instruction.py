"""Ask somebody outside the team, and write down what they answer: the board (HYO-0), a lawyer, the follow-up (HYO-4.4)."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.escalation_steps import StepKind
from handoff.domain.staff import StaffMember
from handoff.services.desk.escalation_reach import check_open
from handoff.services.escalation_step_ports import EscalationStep
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Letters of a question, and of an answer.
SHORTEST_WORDS = 5
LONGEST_WORDS = 2000


def _checked(field: str, words: str) -> str:
    words = words.strip()
    if not SHORTEST_WORDS <= len(words) <= LONGEST_WORDS:
        raise InputRefused(field, f"{SHORTEST_WORDS}文字から{LONGEST_WORDS}文字までで書いてください。")
    return words


class AskInstruction:
    """Note that somebody was asked; the service itself sends it to nobody. What was asked may be asked again later, and
    after the alarm's end, too: lawyers and follow-ups take longer.
    """

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, escalation_id: UUID, member: StaffMember, kind: StepKind, question: str, key: UUID
    ) -> None:
        """Args: key: the same for a request that is sent again, which asks nothing twice.

        Raises: NotPermitted, TraineeRefused, NotFound: no such escalation, or a test. InputRefused.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        question = _checked("question", question)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            escalation = await tx.escalations.lock(escalation_id)
            if escalation.session_id is None:
                raise NotFound("a test has no student")
            step = EscalationStep(key, escalation_id, kind, question, member.alias, now)
            if not await tx.escalation_steps.add(step):
                return
            await tx.audit.add(
                now,
                member.actor,
                "ask_instruction",
                escalation.session_id,
                escalation=str(escalation_id),
                step=str(key),
                kind=kind,
                length=len(question),
            )
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation_id)


class NoteAnswer:
    """Write down what was answered; once, and never changed."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, step_id: UUID, member: StaffMember, answer: str) -> None:
        """The same answer by the same person again changes nothing.

        Raises: NotPermitted, TraineeRefused, NotFound, InputRefused. MoveRefused: there is an answer already.
        """
        await check_open(self._store, self._setting, escalation_id, member)
        answer = _checked("answer", answer)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            escalation = await tx.escalations.lock(escalation_id)
            step = await tx.escalation_steps.lock(step_id)
            if step.escalation_id != escalation_id:
                raise NotFound("another escalation's step")
            if step.answer is not None:
                if (step.answer, step.answered_by) == (answer, member.alias):
                    return
                raise MoveRefused("answered", "answered", member.actor)
            await tx.escalation_steps.answer(step_id, answer, member.alias, now)
            await tx.audit.add(
                now,
                member.actor,
                "note_answer",
                escalation.session_id,
                escalation=str(escalation_id),
                step=str(step_id),
                length=len(answer),
            )
            tx.desk.tell(DeskEvent.ESCALATION, escalation.session_id, escalation_id)
