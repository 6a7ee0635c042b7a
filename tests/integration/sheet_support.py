"""What the tests of wrap-up sheets share: talks that have ended, sheets, and the verbs around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from handoff.domain.coding import Source, Told, ToldState, TopicCode, Way, Writer
from handoff.domain.escalation import Suspect
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up import Person, Reporting, Sheet
from handoff.services.care_ports import WrapUp
from handoff.services.desk.fill_sheet import FillSheet, SaveSheet
from handoff.services.desk.read_sheet import ReadSheet
from handoff.services.desk.sign_sheet import ReturnSheet, SignSheet
from tests.integration.conftest import OPEN, SEALER
from tests.integration.desk_care_support import Browser
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.support.forms import untouched

SECRET = "ひみつのまとめ"
CALM = Sheet(
    person=Person(grade=Told("中2", ToldState.TOLD, Source.COUNSELLOR)),
    primary=TopicCode.FRIENDS,
    secondaries=(TopicCode.STUDY,),
    role=Writer.SELF,
    summary=SECRET,
)
REPORTED = replace(
    CALM,
    reporting=Reporting(
        ReportingClass.PHONE_AT_ONCE,
        decided_by="みなと",
        decided_at=OPEN,
        deadline=OPEN + timedelta(hours=1),
        recipients=(Agency.MUNICIPAL_BOARD,),
        way=Way.PHONE,
    ),
)


@dataclass
class Sheets:
    """A bridge with the sheet's verbs."""

    bridge: Bridge

    def __post_init__(self) -> None:
        store, setting = self.bridge.service.store, self.bridge.service.setting
        self.save = SaveSheet(store, setting)
        self.fill = FillSheet(store, setting)
        self.sign = SignSheet(store, setting)
        self.give_back = ReturnSheet(store, setting)
        self.read = ReadSheet(store, setting, self.bridge.read)

    async def ended(self, member: StaffMember, number: int = 1, words: str = "友だちとけんかした") -> UUID:
        """A talk of this person's that both took part in, and that has ended."""
        session = await self.bridge.live(member, number, words)
        await self.bridge.send(session.id, member, session.epoch, "きこえています。", uuid4())
        await self.bridge.deliver(number)
        await self.bridge.end(session.id, member)
        return session.id

    async def at_risk(self, member: StaffMember, number: int = 1) -> UUID:
        return await self.ended(member, number, AT_CRITICAL)

    async def record(self, session_id: UUID) -> WrapUp | None:
        async with self.bridge.service.store.reading() as tx:
            return await tx.wrap_ups.find(session_id)

    async def known(self, session_id: UUID) -> WrapUp:
        record = await self.record(session_id)
        assert record is not None
        return record

    async def suspect(self, session_id: UUID, *suspects: Suspect) -> None:
        """Let the session's open escalation suspect somebody."""
        async with self.bridge.service.store.transaction() as tx:
            found = await tx.escalations.open_for(session_id)
            assert found is not None
            await tx.escalations.save_detail(replace(found, suspects=frozenset(suspects)))

    async def row(self, session_id: UUID) -> Any:
        (row,) = await self.bridge.service.rows("SELECT * FROM sessions WHERE id = :id", id=session_id)
        return row

    async def audit(self, verb: str) -> list[Any]:
        return await self.bridge.service.rows(
            "SELECT * FROM audit_events WHERE verb = :verb ORDER BY sequence", verb=verb
        )


def opened(column: str, row: Any) -> str:
    """A sealed column of a sheet's row."""
    return SEALER.open("wrap_ups", column, str(row.session_id), getattr(row, column))


# --- pages ----------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    """What the service answered. to: where it leads."""

    status: int
    page: str
    to: str = ""


@dataclass
class SheetPage:
    """One person's browser at one sheet."""

    browser: Browser
    session_id: UUID
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> str:
        return f"/desk/talks/{self.session_id}/sheet"

    async def form(self, suffix: str = "", query: str = "") -> list[tuple[str, str]]:
        """The fields of a form of the page, as the browser would send them."""
        return untouched(await self.browser.page(self.at + query), self.at + suffix)

    async def send(
        self, verb: str = "save", suffix: str = "", query: str = "", **changed: str | Sequence[str]
    ) -> Answer:
        """Fill in the form of the page, with these fields changed, and press a button."""
        fields = [(name, value) for name, value in await self.form(suffix, query) if name not in changed]
        for name, value in changed.items():
            fields.extend((name, one) for one in ([value] if isinstance(value, str) else value))
        return await self.post([*fields, ("verb", verb)], suffix)

    async def post(self, fields: Sequence[tuple[str, str]], suffix: str = "") -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        async with self.browser.http.post(
            self.browser.url + self.at + suffix,
            data=urlencode(fields),
            headers=kind | dict(self.headers),
            allow_redirects=False,
        ) as answer:
            return Answer(answer.status, await answer.text(), answer.headers.get("location", ""))
