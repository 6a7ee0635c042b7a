"""Ask how it was, once the sheet is done (WG-18: not in the middle of a consultation)."""

from __future__ import annotations

from datetime import datetime

from handoff.domain.desk import DeskEvent
from handoff.domain.hours import ZONE
from handoff.domain.outgoing import Line
from handoff.domain.session import SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.survey import QUESTIONS, Step, Survey, first_call, why_not
from handoff.domain.survey_results import Results, results
from handoff.domain.wrap_up import Sheet
from handoff.services.ports import Store, Transaction
from handoff.services.say import tell
from handoff.services.setting import Setting
from handoff.services.take_survey_answer import end_survey
from handoff.services.watch_quota import Unasked, may_push
from kernel.sealing import SealBroken


async def ask_survey(tx: Transaction, setting: Setting, session: SessionView, sheet: Sheet) -> bool:
    """Say the first question to a student whose session this transaction has closed, if they may be asked at all.

    Why somebody isn't asked is written down nowhere: it could say of whom harm is suspected. Asked again, nothing
    happens. Raises: NotFound.
    """
    now, wanted = setting.clock.now(), setting.profile.statements.survey
    session = await tx.sessions.lock(session.id)
    facts = await tx.surveys.facts(session.id)
    if why_not(facts, sheet, wanted, await _quiet(tx, session, now), now) is not None:
        return False
    if not await may_push(tx, setting, session.id, Unasked.SURVEY):
        return False
    await end_survey(tx, setting, session.contact_id)  # one of an earlier talk
    if not await tx.surveys.add(Survey(session.id, session.contact_id, now)):
        return False
    question = QUESTIONS[Step.HEARD]
    line = Line(setting.profile.text(question.text), question.buttons)
    await tell(tx, setting, session, [line], key=first_call(session.id))
    await tx.audit.add(now, "worker", "ask_survey", session.id)
    tx.desk.tell(DeskEvent.SHEET, session.id)
    return True


async def _quiet(tx: Transaction, session: SessionView, now: datetime) -> bool:
    """Whether they want nothing sent unasked now; a wish that can't be read is kept."""
    try:
        times = await tx.contacts.quiet(session.contact_id)
    except SealBroken:
        return True
    at = now.astimezone(ZONE).time()
    return any(time.holds(at) for time in times)


class SurveyResults:
    """What the surveys of a period came to, for the statements (KAG-6.1キ)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, member: StaffMember, start: datetime, end: datetime) -> Results:
        """Count the surveys asked from ``start`` to before ``end`` (aware, on the service's clock).

        Raises: NotPermitted.
        """
        member.check(Permission.SUPERVISE)
        async with self._store.reading() as tx:
            return results(await tx.surveys.asked_between(start, end))
