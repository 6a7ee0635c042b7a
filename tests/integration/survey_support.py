"""What the tests of the survey share: a talk from the first word to its end, and what the survey holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from handoff.bootstrap.roster import put_on_roster
from handoff.domain.desk import EndReason
from handoff.domain.outgoing import Line
from handoff.domain.session import SessionView
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.survey import QUESTIONS, Step, Survey
from handoff.domain.wrap_up import Sheet
from handoff.services.ask_survey import ask_survey
from handoff.services.desk.claim_session import TakeOverSession
from handoff.services.desk.end_talk import EndTalk, end
from handoff.services.desk.send_line import SendLine
from handoff.services.move_session import close
from tests.integration.conftest import Service
from tests.integration.risk_support import CALM
from tests.support.line_events import arrivals, text

#: Answers up to the words, and words.
TAPS = ("はい", "軽くなった", "わからない")
ALL = (*TAPS, "ひとこと書く")
THANKS = "話を聞いてくれてうれしかったです"


@dataclass(frozen=True)
class Talk:
    """A session that a person has, and who."""

    session_id: UUID
    member: StaffMember


async def person(service: Service, name: str = "minato") -> StaffMember:
    member = StaffMember(uuid4(), name, name, StaffRole.SUPERVISOR)
    async with service.store.transaction() as tx:
        await tx.staff.add(member, None, "x", service.setting.clock.now())
    return await put_on_roster(service.store, service.setting, member)


async def write(service: Service, *words: str) -> None:
    await service.accept(arrivals(*(text(word) for word in words)))
    await service.work()


async def talk(service: Service, *words: str, answer: str | None = "聞いています。") -> Talk:
    """A student writes, a person takes it and answers."""
    await write(service, *(words or (CALM,)))
    (row,) = await service.rows("SELECT id FROM sessions WHERE state <> 'closed'")
    member = await person(service, f"name{uuid4()}")
    session = await TakeOverSession(service.store, service.setting)(row.id, member)
    if answer is not None:
        await SendLine(service.store, service.setting)(row.id, member, session.epoch, answer, uuid4())
    await service.work()
    return Talk(row.id, member)


async def ended(service: Service, *words: str, reason: EndReason = EndReason.COUNSELLOR, **more: Any) -> UUID:
    """The same, up to the sheet."""
    found = await talk(service, *words, **more)
    if reason is EndReason.COUNSELLOR:
        await EndTalk(service.store, service.setting)(found.session_id, found.member)
    else:
        async with service.store.transaction() as tx:
            session = await tx.sessions.lock(found.session_id)
            await end(tx, service.setting, session, reason, "worker", [Line("ここまでにします。")])
    await service.work()
    return found.session_id


async def close_and_ask(service: Service, session_id: UUID, sheet: Sheet | None = None) -> bool:
    """What the filled sheet does."""
    async with service.store.transaction() as tx:
        session: SessionView = await tx.sessions.lock(session_id)
        session = await close(tx, service.setting, session, "established", "worker")
        asked = await ask_survey(tx, service.setting, session, sheet or Sheet())
    await service.work()
    return asked


async def asked(service: Service, *taps: str) -> UUID:
    """A survey that waits, after these answers; what was sent so far is forgotten."""
    session_id = await ended(service)
    assert await close_and_ask(service, session_id)
    for tap in taps:
        await write(service, tap)
    service.line.calls.clear()
    service.bot.heard.clear()
    return session_id


async def survey(service: Service, session_id: UUID) -> Survey:
    async with service.store.reading() as tx:
        found = await tx.surveys.of_session(session_id)
    assert found is not None
    return found


async def answers(service: Service, session_id: UUID) -> dict[str, str]:
    return {code: given.value for code, given in (await survey(service, session_id)).answers.items()}


async def count(service: Service, what: str = "sessions") -> int:
    (row,) = await service.rows(f"SELECT count(*) AS n FROM {what}")
    return int(row.n)


def said(service: Service, step: Step | None = None) -> str:
    question = QUESTIONS[step or Step.HEARD]
    return service.setting.profile.text(question.text)
