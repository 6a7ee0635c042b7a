"""What the tests of requests share: the desk's verbs, a person who wrote, and the way of a request up to a step."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.domain.data_request import Arrival, Asker, ChildSaid, Decision, Ground, Proof, Ruling, Wish
from handoff.domain.errors import InputRefused
from handoff.domain.session import HumanWanted
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.want_human import RequestHandoff
from handoff.web.desk.requests.parts import RequestDesk, request_desk
from tests.integration.conftest import Service
from tests.integration.desk_support import Bridge, address
from tests.support import alarms

TODAY = date(2026, 11, 20)
ABOUT = "山田花子さんの10月の相談を見せてほしい"
WHY = "書類と続柄を確かめ、決めました"
YES = Ruling(Decision.GRANT, child=ChildSaid.AGREES)
NO = Ruling(Decision.REFUSE, frozenset({Ground.HARM}), ChildSaid.CANNOT_ASK)


@dataclass
class Office:
    """Two supervisors, the board, and what they do with requests."""

    bridge: Bridge
    desk: RequestDesk
    minato: StaffMember
    aoi: StaffMember
    board: StaffMember

    @property
    def service(self) -> Service:
        return self.bridge.service

    async def received(self, wish: Wish = Wish.DISCLOSE, asker: Asker = Asker.GUARDIAN) -> UUID:
        return await self.desk.receive(self.minato, uuid4(), wish, asker, Arrival.PAPER, TODAY, ABOUT)

    async def checked(self, session_id: UUID, wish: Wish = Wish.DISCLOSE, asker: Asker = Asker.GUARDIAN) -> UUID:
        """A request about the person of a session, from somebody whose papers were seen."""
        made = await self.received(wish, asker)
        await self.desk.link(made, self.minato, f"https://tsunagi.example.jp/desk/talks/{session_id}/sheet", uuid4())
        await self.desk.check(made, self.minato, Proof.PAPER, "戸籍の写しを見た", uuid4())
        return made

    async def decide(self, made: UUID, ruling: Ruling = YES, by: StaffMember | None = None) -> Any:
        return await self.desk.decide(made, by or self.minato, ruling, WHY, uuid4())

    async def row(self, made: UUID) -> Any:
        (row,) = await self.service.rows("SELECT * FROM data_requests WHERE id = :id", id=made)
        return row

    async def harmed(
        self, number: int, *suspects: str, words: str = "お父さんがたたく", categories: tuple[str, ...] = ("abuse",)
    ) -> UUID:
        """A session in which the screen found harm, and whom it suspects."""
        store, setting = self.service.store, self.service.setting
        risk = alarms.Risk([words], "high", categories, frozenset(suspects))
        session_id = await alarms.write(store, setting, words, risk, address(number))
        await RequestHandoff(store, setting)(session_id, HumanWanted.STUDENT, "student")
        return session_id

    async def shut(self, session_id: UUID) -> None:
        """Nothing of a session is open any more."""
        await self.service.change("UPDATE escalations SET state = 'closed', next_alarm_at = NULL")
        await self.service.change("UPDATE sessions SET state = 'closed' WHERE id = :id", id=session_id)


async def open_office(service: Service) -> Office:
    bridge = Bridge(service)
    return Office(
        bridge,
        request_desk(service.store, service.setting),
        await bridge.supervisor("みなと"),
        await bridge.supervisor("あおい"),
        await bridge.person("いいんかい", StaffRole.BOARD, here=False),
    )


async def refused(field: str, act: Awaitable[object]) -> str:
    """What a person is told whose input is refused at this field."""
    with pytest.raises(InputRefused) as error:
        await act
    assert error.value.field == field
    return error.value.text
