"""Write to the student from the alarm's page: the person who has the escalation takes the conversation over."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.escalation import EscalationState
from handoff.domain.outgoing import Line
from handoff.domain.session import Change, Owner
from handoff.services.acknowledge_escalation import lock_both, take
from handoff.services.escalation_ports import Escalation
from handoff.services.move_session import move
from handoff.services.ports import Store
from handoff.services.say import tell
from handoff.services.setting import Setting

#: Letters of one answer; more is cut into several messages by nobody's wish.
LONGEST_ANSWER = 2000


class AnswerFromAlarm:
    """The on-call person's words, in the counsellor's place."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, escalation_id: UUID, person: str, text: str, key: UUID | None = None) -> Escalation:
        """Send the words by push; the escalation is in contact, the session live and a counsellor's.

        Args: key: the same for a request that is sent again, whose words then go out once.

        Raises: NotFound: no such escalation, or a test. EscalationTaken: somebody else has it. MoveRefused: it's
            closed, or the session is. InputRefused: no words, or too many.
        """
        text = text.strip()
        if not text or len(text) > LONGEST_ANSWER:
            raise InputRefused("text", f"1文字から{LONGEST_ANSWER}文字までで書いてください。")
        await self._setting.refresh()
        async with self._store.transaction() as tx:
            session, escalation = await lock_both(tx, escalation_id)
            if session is None:
                raise NotFound("a test has no session")
            if key is not None and await tx.outbox.has(key):
                return escalation
            taken = await take(tx, self._setting, escalation, EscalationState.IN_CONTACT, person)
            first = escalation.state is not EscalationState.IN_CONTACT
            if first or session.owner is not Owner.ON_CALL or not session.is_served:
                session = await move(tx, self._setting, session, Change.TAKE_OVER, person)
            await tell(tx, self._setting, session, [Line(text)], Owner.COUNSELLOR, key)
            await tx.audit.add(
                self._setting.clock.now(), person, "answer_from_alarm", session.id, escalation=str(escalation_id)
            )
            return taken
