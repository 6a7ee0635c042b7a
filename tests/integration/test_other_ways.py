"""A consultation that came by phone, mail, fax, letter or in person stands in the same records (TAJ-1, HYO-4.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.adapters.pages import PageSender
from handoff.adapters.profiles import load_profile
from handoff.domain.coding import Outcome, Writer
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted
from handoff.domain.incoming import Channel
from handoff.domain.other_ways import PREFIX, OtherWay
from handoff.domain.outgoing import Line
from handoff.domain.session import Level, Owner, State
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.acknowledge_escalation import AcknowledgeEscalation
from handoff.services.answer_from_alarm import AnswerFromAlarm
from handoff.services.break_glass import NO_ADDRESS, BreakGlass
from handoff.services.desk.read_sheet import prefilled_for
from handoff.services.desk.record_other_way import RecordOtherWay
from handoff.services.tend_intakes import TendIntakes
from handoff.settings import ROOT
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.sheet_support import CALM, REPORTED, Sheets

CAME_AT = OPEN - timedelta(hours=2)
WORDS = "部活でつらいことがあると、話してくれました。\n二行目 <b>&amp;"


@dataclass
class Desk:
    """People at a desk that takes all ways."""

    sheets: Sheets
    yuki: StaffMember
    sora: StaffMember

    @property
    def bridge(self) -> Bridge:
        return self.sheets.bridge

    @property
    def service(self) -> Service:
        return self.bridge.service

    async def record(
        self,
        words: str = WORDS,
        channel: Channel = Channel.PHONE,
        *,
        key: UUID | None = None,
        by: StaffMember | None = None,
        earlier: UUID | None = None,
        came_at: datetime = CAME_AT,
        **told: Any,
    ) -> UUID:
        verb = RecordOtherWay(self.service.store, self.service.setting)
        return await verb(by or self.yuki, OtherWay(channel, came_at, words, **told), key or uuid4(), earlier)

    async def screened(self, words: str = WORDS, channel: Channel = Channel.PHONE, **told: Any) -> UUID:
        """Recorded, and read by the worker."""
        session_id = await self.record(words, channel, **told)
        await self.service.work()
        return session_id

    async def counts(self) -> dict[str, int]:
        tables = ("contacts", "sessions", "line_events", "messages", "outbox", "audit_events", "surveys")
        return {table: (await self.service.rows(f"SELECT count(*) AS rows FROM {table}"))[0].rows for table in tables}


@pytest.fixture
async def desk(service: Service) -> Desk:
    profile = load_profile(ROOT / "data" / "profiles" / "tajimi.yml")
    service.setting.profile = service.setting.profile.model_copy(update={"channels": profile.channels})
    bridge = Bridge(service)
    yuki, sora = await bridge.people("ゆき", "そら")
    return Desk(Sheets(bridge), yuki, sora)


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.MAIL, Channel.FAX, Channel.LETTER, Channel.IN_PERSON])
async def test_what_came_another_way_waits_for_the_same_sheet(desk: Desk, channel: Channel) -> None:
    session_id = await desk.screened(channel=channel, role=Writer.GUARDIAN, school="第三中", name="山田")
    card = await desk.bridge.card(session_id)
    assert (card.state, card.owner, card.counsellor_id) == (State.WRAP_UP, Owner.COUNSELLOR, desk.yuki.id)
    assert (card.channel, card.level, card.unscreened, card.opened_at) == (channel, Level.NONE, False, CAME_AT)
    (line,) = await desk.bridge.lines(session_id)
    assert (line.line.author, line.line.text, line.line.level, line.line.at) == (
        "student",
        WORDS,
        Level.NONE,
        CAME_AT,
    )
    talk = await desk.bridge.read.talk(session_id, desk.yuki)
    sheet = prefilled_for(talk)
    assert (sheet.role, sheet.person.school_name.value, sheet.outcome) == (
        Writer.GUARDIAN,
        "第三中",
        Outcome.ESTABLISHED,
    )
    done = await desk.sheets.fill(session_id, desk.yuki, CALM, 0)
    assert (done.faults, done.closed) == ((), True)
    verbs = await desk.bridge.verbs(session_id)
    assert verbs == ["record_other_way", "end", "open_talk", "fill_sheet", "close"]


async def test_nothing_is_ever_said_to_anybody(desk: Desk) -> None:
    """No survey, no push, no queue, no call-back, no bot: not at once, not at the next opening, not at risk."""
    for words in (WORDS, AT_CRITICAL):
        session_id = await desk.screened(words)
        await desk.sheets.save(session_id, desk.yuki, CALM, 0)
    for _round in range(3):
        desk.bridge.clock.advance(hours=9)
        await TendIntakes(desk.service.store, desk.service.setting)()
        await desk.bridge.tend()
        await desk.service.sweep()
        await desk.service.work()
    counts = await desk.counts()
    assert (counts["outbox"], counts["surveys"]) == (0, 0)
    assert desk.service.line.calls == [] and desk.service.bot.heard == []
    states = {row.state for row in await desk.service.rows("SELECT state FROM sessions")}
    assert states == {State.WRAP_UP}


async def test_at_risk_the_ladder_rings_and_another_person_signs(desk: Desk) -> None:
    session_id = await desk.record(AT_CRITICAL, Channel.LETTER)
    assert (await desk.bridge.card(session_id)).unscreened, "what wasn't read yet is never shown as calm"
    with pytest.raises(InputRefused):
        await desk.sheets.fill(session_id, desk.yuki, REPORTED, 0)
    await desk.service.work()
    card = await desk.bridge.card(session_id)
    assert (card.state, card.level, card.unscreened) == (State.WRAP_UP, Level.CRITICAL, False)
    assert card.escalation_id is not None and card.worst is not None and card.worst[0] == AT_CRITICAL
    assert await desk.service.rows("SELECT id FROM escalation_notices"), "somebody is called"
    done = await desk.sheets.fill(session_id, desk.yuki, REPORTED, 0)
    assert (done.faults, done.closed) == ((), False)
    await desk.sheets.sign(session_id, desk.sora, 1)
    assert (await desk.bridge.card(session_id)).state is State.CLOSED


async def test_what_the_screen_cannot_read_counts_as_at_risk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def assess_after(self, _earlier: Sequence[str], _text: str, _keywords: Sequence[str] = ()) -> Any:
            raise RuntimeError("broken")

    monkeypatch.setattr(desk.service.screen, "_risk", Broken())
    session_id = await desk.screened()
    card = await desk.bridge.card(session_id)
    assert card.unscreened and card.escalation_id is not None and card.state is State.WRAP_UP
    (line,) = await desk.bridge.lines(session_id)
    assert line.line.unscreened and line.line.text == WORDS


async def test_the_on_call_person_writes_to_nobody(desk: Desk) -> None:
    session_id = await desk.screened(AT_CRITICAL)
    store, setting = desk.service.store, desk.service.setting
    card = await desk.bridge.card(session_id)
    assert card.escalation_id is not None
    await AcknowledgeEscalation(store, setting)(card.escalation_id, "当番")
    with pytest.raises(MoveRefused):
        await AnswerFromAlarm(store, setting)(card.escalation_id, "当番", "こんにちは")
    revealed = await BreakGlass(store, setting)(card.escalation_id, "当番", "安否をたしかめるため")
    assert revealed.address == NO_ADDRESS
    sent = await PageSender(desk.service.line).push(f"{PREFIX}{uuid4()}", [Line("x")], uuid4())
    assert sent.outcome == "rejected" and desk.service.line.calls == []


async def test_a_form_that_is_sent_again_records_nothing_twice(desk: Desk) -> None:
    key = uuid4()
    first = await desk.record(key=key)
    before = await desk.counts()
    again = await asyncio.gather(*(desk.record(key=key) for _again in range(8)))
    assert set(again) == {first} and await desk.counts() == before
    await desk.service.work()
    await desk.sheets.fill(first, desk.yuki, CALM, 0)
    assert await desk.record(key=key) == first, "also when it's over"
    before = await desk.counts()
    with pytest.raises(InputRefused):
        await desk.record(key=key, channel=Channel.FAX)
    assert await desk.counts() == before


async def test_two_that_come_at_once_are_one(desk: Desk) -> None:
    key = uuid4()
    made = await asyncio.gather(*(desk.record(key=key) for _number in range(10)))
    counts = await desk.counts()
    assert len(set(made)) == 1 and (counts["sessions"], counts["contacts"], counts["messages"]) == (1, 1, 1)


async def test_it_follows_a_session_that_this_person_may_read(desk: Desk) -> None:
    own = await desk.sheets.ended(desk.yuki, 1)
    others = await desk.sheets.ended(desk.sora, 2)
    before = await desk.counts()
    for hidden in (others, uuid4()):
        with pytest.raises(NotFound):
            await desk.record(earlier=hidden)
    assert await desk.counts() == before
    session_id = await desk.record(earlier=own)
    (earlier,) = (await desk.bridge.read.talk(session_id, desk.yuki)).earlier
    assert (earlier.id, earlier.channel) == (own, Channel.LINE)
    async with desk.service.store.reading() as tx:
        assert await tx.wrap_ups.linked(session_id) == (own, None)
    # The student on LINE is nobody of whom the call would know more: their talk is as it was.
    assert (await desk.bridge.card(own)).contact_id != (await desk.bridge.card(session_id)).contact_id


async def test_who_may_not_counsel_records_nothing(desk: Desk) -> None:
    board = await desk.bridge.person("委員会", StaffRole.BOARD)
    before = await desk.counts()
    with pytest.raises(NotPermitted):
        await desk.record(by=board)
    for wrong in ({"channel": Channel.LINE}, {"words": "  "}, {"came_at": OPEN + timedelta(days=1)}):
        with pytest.raises(InputRefused):
            await desk.record(**wrong)
    assert await desk.counts() == before


async def test_words_and_names_stand_sealed_and_nowhere_else(desk: Desk) -> None:
    await desk.screened("ひみつの相談です", role=Writer.STAFF, school="ひみつ中学校", name="ひみつ太郎")
    assert "ひみつ".encode() not in await desk.bridge.everything()
