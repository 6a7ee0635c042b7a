"""What the tests of the risk screen in the service share: messages of each kind, and what is said and kept."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.domain.texts import TextKey
from handoff.services.acknowledge_escalation import AcknowledgeEscalation
from kernel.risk.assessment import Assessment
from tests.integration.conftest import CLOSED, Service
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text

STATED = "もう死にたいです"
UNSTATED = "リストカットがやめられません"
ACT = "いま薬をたくさん飲みました"
ABUSE = "お父さんに毎日殴られています"
THIRD = "友達が死にたいって言っています"
CALM = "数学のテストが心配です"
NIGHT = CLOSED


QUESTIONS = (TextKey.SAFETY_ASK_WISH, TextKey.SAFETY_ASK_SAFE, TextKey.SAFETY_ASK_BESIDE)


def at_night(service: Service) -> None:
    service.setting.clock = FrozenClock(NIGHT)


async def write(service: Service, *words: str) -> None:
    await service.accept(arrivals(*(text(word) for word in words)))
    await service.work()


async def session(service: Service) -> tuple[str, str | None, str | None]:
    (row,) = await service.rows(
        "SELECT state, level, human_wanted FROM sessions ORDER BY state = 'closed', opened_at DESC LIMIT 1"
    )
    return row.state, row.level, row.human_wanted


async def acknowledge(service: Service) -> None:
    (row,) = await service.rows("SELECT id FROM escalations WHERE state <> 'closed'")
    await AcknowledgeEscalation(service.store, service.setting)(row.id, "当番の業務責任者")
    await service.work()


def say(service: Service, *keys: TextKey) -> list[str]:
    return [service.setting.profile.text(key) for key in keys]


def holds(lines: Sequence[str], wanted: str) -> bool:
    return any(wanted in line for line in lines)


class Exploding:
    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        raise RuntimeError(text)
