"""What the tests of the desk share: people with accounts, students who write, and the desk's verbs on a real database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from handoff.adapters.line.reading import read_event
from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.incoming import Channel
from handoff.domain.session import HumanWanted, SessionView
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.domain.texts import TextKey
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.approve_line import DecideLine
from handoff.services.desk.claim_session import ClaimSession, TakeOverSession
from handoff.services.desk.end_talk import CloseUntaken, EndTalk
from handoff.services.desk.pair import SetSecond, SwitchWriter
from handoff.services.desk.pass_on import AnswerOffer, OfferTransfer, ReleaseSession
from handoff.services.desk.presence import Presence
from handoff.services.desk.read_desk import ReadDesk
from handoff.services.desk.send_line import RetryLine, SendLine
from handoff.services.desk.sign_in import SignIn
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.desk.write_note import KeepDraft, WriteNote
from handoff.services.desk_view_ports import Card, DeskLine
from handoff.services.screen_message import ScreenMessage
from handoff.services.want_human import RequestHandoff
from tests.integration.conftest import OPEN, Service
from tests.support import alarms
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, text

STUDENT = "U" + "1" * 32
PASSWORD = "correct horse battery"
#: Words that the tests' screen finds, with their levels.
AT_HIGH, AT_CRITICAL = "リスカした", "もう死にたい"


@dataclass
class Screen:
    """A reader that knows two phrases. Implements ``services.outside.RiskReader``."""

    readers: Sequence[alarms.Risk] = (alarms.Risk([AT_CRITICAL], "critical"), alarms.Risk([AT_HIGH], "high"))

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Any:
        found = [reader.assess_after(earlier, text, keywords) for reader in self.readers]
        return next((one for one in found if one.level != "none"), found[0])


def address(number: int) -> str:
    """LINE's id of a student of the tests."""
    return f"U{number:032x}"


@dataclass
class Bridge:
    """A service, its clock standing still at an open hour, and everything that people do at the desk."""

    service: Service
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(OPEN))

    def __post_init__(self) -> None:
        store, setting = self.service.store, self.service.setting
        setting.clock = self.clock
        self.service.screen = ScreenMessage(setting, read_event, Screen())
        self.claim = ClaimSession(store, setting)
        self.take_over = TakeOverSession(store, setting)
        self.release = ReleaseSession(store, setting)
        self.offer = OfferTransfer(store, setting)
        self.answer = AnswerOffer(store, setting)
        self.set_second = SetSecond(store, setting)
        self.switch = SwitchWriter(store, setting)
        self.send = SendLine(store, setting)
        self.retry = RetryLine(store, setting)
        self.decide = DecideLine(store, setting)
        self.end = EndTalk(store, setting)
        self.close = CloseUntaken(store, setting)
        self.note = WriteNote(store, setting)
        self.draft = KeepDraft(store, setting)
        self.read = ReadDesk(store, setting)
        self.tend = TendDesk(store, setting)
        self.presence = Presence(store, setting)
        self.accounts = Accounts(store, setting, ArgonPasswords())
        self.sign_in = SignIn(store, setting, ArgonPasswords(), demo=True)

    # People -----------------------------------------------------------------------------------------------------

    async def person(
        self, name: str, role: StaffRole = StaffRole.COUNSELLOR, *, trainee: bool = False, here: bool = True
    ) -> StaffMember:
        """Somebody with an account, whose desk is open."""
        member = await self.accounts.add(name, name, role, PASSWORD, trainee=trainee)
        member = await put_on_roster(self.service.store, self.service.setting, member, trainee=trainee)
        if here and member.may(Permission.COUNSEL):
            await self.presence.set_duty(member, True)
        return member

    async def people(self, *names: str) -> list[StaffMember]:
        return [await self.person(name) for name in names]

    async def member(self, name: str) -> StaffMember:
        """Somebody who is there already."""
        async with self.service.store.reading() as tx:
            account = await tx.staff.account(name)
        assert account is not None
        return account.member

    async def supervisor(self, name: str = "みなと") -> StaffMember:
        return await self.person(name, StaffRole.SUPERVISOR)

    # Students ---------------------------------------------------------------------------------------------------

    async def waiting(self, number: int = 1, words: str = "話を聞いてほしい") -> UUID:
        """A session in the queue that no worker ever touched; its id."""
        store, setting = self.service.store, self.service.setting
        level = "critical" if AT_CRITICAL in words else "high"
        risk = alarms.Risk([AT_CRITICAL, AT_HIGH], level)
        session_id = await alarms.write(store, setting, words, risk, address(number))
        await RequestHandoff(store, setting)(session_id, HumanWanted.STUDENT, "student")
        return session_id

    async def receive(self, words: str, number: int = 1, **fields: Any) -> UUID:
        """What a student sends is stored, and nothing more is done; the event's id."""
        stamp = int(self.clock.real().timestamp() * 1000)
        await self.service.accept(arrivals(text(words, address(number), **({"timestamp": stamp} | fields))))
        (event,) = await self.service.rows("SELECT id FROM line_events ORDER BY sequence DESC LIMIT 1")
        return UUID(str(event.id))

    async def write(self, words: str, number: int = 1) -> UUID:
        """A student writes, the worker does its part, and LINE gets what there is to say; the event's id."""
        event = await self.receive(words, number)
        await self.drain(number)
        await self.deliver(number)
        return event

    async def contact(self, number: int = 1) -> UUID:
        async with self.service.store.transaction() as tx:
            return await tx.contacts.find_or_add(Channel.LINE, address(number), self.clock.now())

    async def drain(self, number: int = 1) -> None:
        await self.service.drain(await self.contact(number))

    async def deliver(self, number: int = 1) -> None:
        await self.service.deliver(await self.contact(number))

    async def live(self, member: StaffMember, number: int = 1, words: str = "話を聞いてほしい") -> SessionView:
        """A session that this person has."""
        session = await self.claim(await self.waiting(number, words), member)
        await self.deliver(number)
        self.service.line.calls.clear()
        return session

    # What became of it ------------------------------------------------------------------------------------------

    async def card(self, session_id: UUID) -> Card:
        card = await self.read.card(session_id)
        assert card is not None
        return card

    async def lines(self, session_id: UUID) -> Sequence[DeskLine]:
        async with self.service.store.reading() as tx:
            return await tx.views.lines(session_id)

    async def last(self, session_id: UUID) -> DeskLine:
        return (await self.lines(session_id))[-1]

    async def verbs(self, session_id: UUID | None = None) -> list[str]:
        rows = await self.service.rows("SELECT verb, session_id FROM audit_events ORDER BY sequence")
        return [row.verb for row in rows if session_id in (None, row.session_id)]

    async def feed(self, kind: str) -> list[Any]:
        return await self.service.rows("SELECT * FROM desk_events WHERE kind = :kind ORDER BY sequence", kind=kind)

    @property
    def said(self) -> list[str]:
        """The texts that LINE took, in order."""
        return self.service.line.said

    def wording(self, key: TextKey, **fields: str) -> str:
        return self.service.setting.profile.text(key, None, **fields)

    async def write_line(self, session: SessionView, member: StaffMember, words: str) -> UUID:
        """A counsellor's line, planned and not delivered; its id."""
        await self.send(session.id, member, session.epoch, words, uuid4())
        return (await self.last(session.id)).line.id

    async def everything(self) -> bytes:
        """All that lies in the tables, as bytes, to look for words that may not stand there."""
        tables = await self.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        cells = [
            cell
            for table in tables
            for row in await self.service.rows(f'SELECT * FROM "{table.tablename}"')
            for cell in row
        ]
        return b"\n".join(
            cell if isinstance(cell, bytes) else json.dumps(cell, default=str, ensure_ascii=False).encode("utf-8")
            for cell in cells
        )

    def shape(self, **changes: Any) -> None:
        """Change what the profile says of the desk."""
        profile = self.service.setting.profile
        desk = type(profile.desk).model_validate(profile.desk.model_dump() | changes)
        self.service.setting.profile = profile.model_copy(update={"desk": desk})
