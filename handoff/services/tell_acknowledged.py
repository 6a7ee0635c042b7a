"""What the student hears once a person has taken the escalation."""

from __future__ import annotations

from handoff.domain.safety import STILL_THERE
from handoff.domain.safety_reply import acknowledged_turn, neutral_turn
from handoff.domain.session import Owner, SessionView
from handoff.services.ports import Transaction
from handoff.services.safety_talk import spoken
from handoff.services.say import tell
from handoff.services.setting import Setting


async def tell_acknowledged(tx: Transaction, setting: Setting, session: SessionView) -> None:
    """Say it at the end of the transaction in which somebody acknowledged; the session is locked.

    A student who is still in the chat gets the table's row at once; one who may have laid the phone away gets a
    neutral line, and the row's question waits for their next word.
    """
    safety = await tx.sessions.safety(session.id)
    if safety is None or session.owner is not Owner.BOT or safety.acknowledged_told:
        return
    now = setting.clock.now()
    last = await tx.transcript.last_word_at(session.id)
    there = last is not None and now - last <= STILL_THERE
    turn = acknowledged_turn(safety, now) if there else neutral_turn(safety)
    await tell(tx, setting, session, spoken(setting, turn.says))
    await tx.sessions.set_safety(session.id, turn.safety)
