"""What the tests of escalations share: an alarm on a real database, and what became of it."""

from __future__ import annotations

from uuid import UUID

from handoff.domain.escalation import Alarm, Cause, Suspect
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.services.escalation_ports import Escalation
from handoff.services.raise_escalation import raise_escalation
from tests.integration.conftest import Service
from tests.support.line_events import arrivals, text

FIRST, SECOND, THIRD = "当番の業務責任者", "控えの業務責任者", "つなぎ市教育委員会の担当者"
SECRET = "ひみつのことば"
STUDENT = "U" + "1" * 32


def with_ladder(profile: Profile, *steps: tuple[str, int, Agency | None], escalate_high: bool = True) -> Profile:
    raw = [{"who": who, "after_minutes": after, "agency": agency} for who, after, agency in steps]
    on_call = type(profile.on_call).model_validate(
        profile.on_call.model_dump(mode="json") | {"ladder": raw, "escalate_high": escalate_high}
    )
    return profile.model_copy(update={"on_call": on_call})


async def write(service: Service, words: str = SECRET) -> UUID:
    """A student writes and is answered; give the event's id."""
    await service.accept(arrivals(text(words)))
    (event,) = await service.rows("SELECT id FROM line_events ORDER BY sequence DESC LIMIT 1")
    await service.work()
    return UUID(str(event.id))


async def alarm(
    service: Service,
    level: Level = Level.CRITICAL,
    *suspects: Suspect,
    cause: Cause = Cause.RISK,
    event: UUID | None = None,
) -> UUID | None:
    """The screen's part: a message was read, and it's urgent."""
    event = event or await write(service)
    (row,) = await service.rows("SELECT session_id FROM messages WHERE id = :id", id=event)
    raised = Alarm(cause, level, ("suicide",), frozenset(suspects), event)
    async with service.store.transaction() as tx:
        return await raise_escalation(tx, service.setting, await tx.sessions.lock(row.session_id), raised)


async def opened(service: Service, level: Level = Level.CRITICAL, *suspects: Suspect) -> UUID:
    escalation_id = await alarm(service, level, *suspects)
    assert escalation_id is not None
    return escalation_id


async def record(service: Service, escalation_id: UUID) -> Escalation:
    async with service.store.reading() as tx:
        return await tx.escalations.find(escalation_id)


async def verbs(service: Service) -> list[str]:
    return [row.verb for row in await service.rows("SELECT verb FROM audit_events ORDER BY sequence")]


def token(service: Service, number: int = -1) -> str:
    link = service.notifier.notices[number].link
    assert link is not None and link.startswith("https://tsunagi.example.jp/alarm/")
    return link.rpartition("/")[2]
