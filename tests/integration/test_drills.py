"""A drill goes through the real service, marked as one, and no count, notice or student ever notices (KAG-7.1ア)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from handoff.adapters.drills import load_drills
from handoff.domain.desk import EndReason
from handoff.domain.drill import Action, Drill, Ending
from handoff.domain.errors import DrillWaits, InputRefused, NotFound, NotPermitted
from handoff.domain.escalation import CloseReason, EscalationState
from handoff.domain.escalation_steps import CallResult, StepKind
from handoff.domain.hours import ZONE
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import HumanWanted, State
from handoff.domain.shift import Shift
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.acknowledge_escalation import RecordCall
from handoff.services.close_escalation import CloseEscalation
from handoff.services.congestion import ReadCongestion
from handoff.services.desk.ask_instruction import AskInstruction
from handoff.services.desk.call_back import CallBack
from handoff.services.desk.follow_up import AddFollowUp, ReadFollowUps
from handoff.services.desk.read_escalations import ReadEscalations
from handoff.services.drills.play_drill import BUSY, StartDrill, StopDrill, TendDrills
from handoff.services.drills.write_words import WriteDrillWords
from handoff.services.faults.read_faults import ReadFaults
from handoff.services.shifts.find_state import find_end, find_handover, find_tasks
from handoff.services.want_human import RequestHandoff
from handoff.settings import ROOT
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.sheet_support import CALM, Sheets

SCRIPTS = load_drills(ROOT / "data" / "drills")


@dataclass
class Practice:
    """A bridge, a supervisor, a counsellor, and the verbs of drills."""

    bridge: Bridge
    minato: StaffMember
    yuki: StaffMember

    def __post_init__(self) -> None:
        store, setting = self.bridge.service.store, self.bridge.service.setting
        self.start = StartDrill(store, setting, SCRIPTS)
        self.stop = StopDrill(store, setting)
        self.tend = TendDrills(store, setting, SCRIPTS)
        self.write = WriteDrillWords(store, setting)
        self.read = ReadFaults(store, setting, SCRIPTS)

    async def begin(self, script: str = "means", key: UUID | None = None) -> UUID:
        return await self.start(self.minato, key or uuid4(), script)

    async def drill(self, drill_id: UUID) -> Drill:
        async with self.bridge.service.store.reading() as tx:
            return await tx.drills.find(drill_id)

    async def round(self, **by: float) -> None:
        """Time passes, two workers do their round at once, and what is to be drained and delivered is."""
        self.bridge.clock.advance(**by)
        await asyncio.gather(self.tend(), self.tend())
        for row in await self.bridge.service.rows("SELECT id FROM contacts WHERE test"):
            await self.bridge.service.drain(row.id)
            await self.bridge.service.deliver(row.id)

    async def to_the_queue(self, script: str = "means") -> tuple[UUID, UUID]:
        """A drill whose third, critical line was read; the ids of drill and session."""
        drill_id = await self.begin(script)
        await self.round()
        session = await self.session(drill_id)
        await RequestHandoff(self.bridge.service.store, self.bridge.service.setting)(
            session, HumanWanted.STUDENT, "student"
        )
        await self.round(seconds=5)
        await self.round(seconds=10)
        return drill_id, session

    async def session(self, drill_id: UUID) -> UUID:
        contact = (await self.drill(drill_id)).contact_id
        (row,) = await self.bridge.service.rows("SELECT id FROM sessions WHERE contact_id = :contact", contact=contact)
        return UUID(str(row.id))


@pytest.fixture
async def practice(service: Service) -> Practice:
    bridge = Bridge(service)
    return Practice(bridge, await bridge.supervisor(), await bridge.person("ゆき"))


async def test_a_supervisor_plays_one_from_start_to_results(practice: Practice) -> None:
    bridge, service = practice.bridge, practice.bridge.service
    key = uuid4()
    assert await practice.begin(key=key) == await practice.begin(key=key) == key, "the same form again"
    (event,) = await service.rows("SELECT * FROM line_events")
    assert event.webhook_event_id == f"drill:{key}:0"
    with pytest.raises(InputRefused):
        await practice.begin("friend")  # one at a time
    practice_rows = await service.rows("SELECT test, channel FROM contacts")
    assert [(row.test, row.channel) for row in practice_rows] == [(True, "web")]
    await practice.round()
    session_id = await practice.session(key)
    await RequestHandoff(service.store, service.setting)(session_id, HumanWanted.STUDENT, "student")
    await practice.round(seconds=5)
    await practice.round(seconds=10)
    await practice.round(seconds=100)
    assert (await practice.drill(key)).step == 3, "the next line waits for a person"

    # The alarm rings on the desk and nowhere else; what would have gone out is on record.
    (raised,) = await service.rows("SELECT * FROM escalations")
    await service.sound(raised.id)
    notices = await service.rows("SELECT medium, state, outcome FROM escalation_notices")
    assert {(row.medium, row.state) for row in notices if row.medium == "desk"} == {("desk", "sent")}
    others = [row for row in notices if row.medium != "desk"]
    assert others and {(row.state, row.outcome) for row in others} == {("dropped", "drill")}
    assert service.notifier.rang() == []
    assert not [row for row in await service.rows("SELECT * FROM escalations WHERE test")], "no test of the bells"

    # Claim, talk: each word of ours lets the script go on.
    session = await bridge.claim(session_id, practice.yuki)
    bridge.clock.advance(seconds=30)
    await bridge.send(
        session.id, practice.yuki, session.epoch, "書いてくれてありがとう。死にたい気持ちがありますか。", uuid4()
    )
    await practice.round(seconds=5)
    assert (await practice.drill(key)).step == 3, "ten seconds after the word"
    await practice.round(seconds=5)
    assert (await practice.drill(key)).step == 4
    record = RecordCall(service.store, service.setting)
    await record(raised.id, "ゆき", Agency.FIRE, result=CallResult.REACHED, whom="訓練", told="訓練")
    await CloseEscalation(service.store, service.setting)(raised.id, "ゆき", CloseReason.SAFE)
    assert (await bridge.end(session_id, practice.yuki)).state is State.WRAP_UP
    await practice.round(minutes=5)
    assert (await practice.drill(key)).step == 4, "no line opens an ended talk again"
    sheets = Sheets(bridge)
    card = await bridge.card(session_id)
    assert not (await sheets.fill(session_id, practice.yuki, replace(CALM, level=card.level), 0)).faults
    with pytest.raises(InputRefused):
        await practice.write(practice.yuki, key, "まだ", 0)
    sora = await bridge.person("そら")
    await sheets.sign(session_id, sora, 1)
    await practice.round(seconds=5)
    done = await practice.drill(key)
    assert (done.ending, done.ended_by) == (Ending.DONE, None)

    page = await practice.read.drill(practice.yuki, key)
    at = {(one.expected.action, one.expected.name): one for one in page.done}
    found = {action for (action, _name), one in at.items() if one.at is not None}
    assert found == {
        *(Action.ACKNOWLEDGED, Action.CLAIMED, Action.REPLIED, Action.SAID),
        *(Action.CALLED, Action.CLOSED, Action.FILLED, Action.SIGNED),
    }
    asked = next(one for one in page.done if "はっきりたずねる" in one.expected.name)
    assert asked.at == raised.raised_at + timedelta(seconds=130)
    assert next(one for one in page.done if "安全な場所" in one.expected.name).at is None, "nobody asked that"
    await practice.write(practice.yuki, key, "居場所を先にたずねる。", 0)
    await practice.write(practice.yuki, key, "居場所を先にたずねる。", 0)
    with pytest.raises(InputRefused):
        await practice.write(sora, key, "べつの文", 0)
    assert "居場所を先に".encode() not in await bridge.everything()
    board = await bridge.person("委員会", StaffRole.BOARD, here=False)
    assert (await practice.read.drill(board, key)).drill.words == "居場所を先にたずねる。"
    assert service.line.calls == [], "LINE never hears of it"
    assert [row for row in await service.rows("SELECT * FROM surveys")] == []
    verbs = await bridge.verbs()
    assert {"start_drill", "end_drill", "write_drill_words", "open_drill"} <= set(verbs)


async def test_who_really_writes_comes_first_everywhere(practice: Practice) -> None:
    bridge = practice.bridge
    # At risk somewhere: none begins, neither while somebody waits nor while an escalation is open.
    critical = await bridge.waiting(1, AT_CRITICAL)
    with pytest.raises(InputRefused) as refused:
        await practice.begin()
    assert refused.value.text == BUSY
    await bridge.claim(critical, practice.yuki)
    with pytest.raises(InputRefused):
        await practice.begin()
    (row,) = await bridge.service.rows("SELECT id FROM escalations")
    await CloseEscalation(bridge.service.store, bridge.service.setting)(row.id, "ゆき", CloseReason.SAFE)
    assert (await practice.read(practice.minato)).busy is False

    # It runs; a calm student still comes before it in the queue.
    drill_id, played = await practice.to_the_queue()
    calm = await bridge.waiting(2)
    cards = [await bridge.card(played), await bridge.card(calm)]
    assert bridge.read.queue(cards) == [calm, played] and cards[0].drill and not cards[1].drill
    # Somebody at risk comes: the script stands still, and nobody takes the drill.
    other = await bridge.waiting(3, AT_CRITICAL)
    step = (await practice.drill(drill_id)).step
    sora = await bridge.person("そら")
    with pytest.raises(DrillWaits):
        await bridge.claim(played, sora)
    await practice.round(minutes=10)
    assert (await practice.drill(drill_id)).step == step
    assert (await practice.read.drill(practice.minato, drill_id)).paused
    await bridge.claim(other, sora)
    (row,) = await bridge.service.rows("SELECT id FROM escalations WHERE session_id = :id", id=other)
    await CloseEscalation(bridge.service.store, bridge.service.setting)(row.id, "そら", CloseReason.SAFE)
    # Whoever plays it can take a real one at any moment, though a critical one fills a counsellor's hands.
    aoi = await bridge.person("あおい")
    await bridge.claim(played, aoi)
    assert (await bridge.claim(calm, aoi)).state is State.LIVE


async def test_no_count_holds_a_drill(practice: Practice) -> None:
    bridge, service = practice.bridge, practice.bridge.service
    drill_id, played = await practice.to_the_queue()
    async with service.store.reading() as tx:
        assert await tx.call_backs.wait_for_talk() == 0
        assert not await tx.drills.real_urgent(), "neither its own level nor its own alarm keeps it from going on"
    calm = await bridge.waiting(2)
    async with service.store.reading() as tx:
        assert await tx.call_backs.wait_for_talk() == 1 and await tx.call_backs.wait_for_talk(but=calm) == 0
    bridge.shape(congested_waiting_per_counsellor=1)
    assert not await ReadCongestion(service.store, service.setting)(calm), "nobody hears that many wait"
    await bridge.claim(played, practice.yuki)
    async with service.store.reading() as tx:
        assert list(await tx.talks.live_levels(practice.yuki.id)) == []
        assert await tx.views.carried() == {}
        assert (await tx.surveys.facts(played)).on_line is False
        (found,) = await tx.escalations.all_open()
        assert found.drill and not found.is_real and not found.test
    assert [one.live for one in await bridge.read.people() if one.member.id == practice.yuki.id] == [0]
    # Its tasks are marked in every list of them; what fails in it is no fault of the service.
    task, today = uuid4(), bridge.clock.now().date()
    await AddFollowUp(service.store, service.setting)(played, practice.yuki, practice.yuki.id, today, "電話する", task)
    (shown,) = (await ReadFollowUps(service.store, service.setting)(practice.yuki)).open
    assert shown.what == "【訓練】電話する"
    for what in (
        "UPDATE sessions SET human_wanted = 'bot_failure' WHERE contact_id = :contact",
        "UPDATE line_events SET screen_failed = true, done_at = NULL WHERE contact_id = :contact",
        "UPDATE line_events SET real_received_at = now() - interval '1 hour' WHERE contact_id = :contact",
        "UPDATE outbox SET state = 'dead', real_settled_at = now() WHERE contact_id = :contact",
    ):
        await service.change(what, contact=(await practice.drill(drill_id)).contact_id)
    assert (await practice.read(practice.minato)).hints == []
    # The board of escalations: last, and named.
    board = await ReadEscalations(service.store, service.setting).board(practice.minato)
    assert [entry.escalation.drill for entry in board.open] == [True]


async def test_the_papers_of_a_shift_know_nothing_of_it(practice: Practice) -> None:
    """Neither the handover nor the end of an evening holds a drill's tasks, drafts, or questions to the board."""
    bridge, service = practice.bridge, practice.bridge.service
    _drill, played = await practice.to_the_queue()
    await bridge.claim(played, practice.yuki)
    (raised,) = await service.rows("SELECT id FROM escalations")
    ask = AskInstruction(service.store, service.setting)
    await ask(raised.id, practice.yuki, StepKind.INSTRUCTION, "訓練です。どうしますか", uuid4())
    await bridge.draft(played, practice.yuki, "まだ送っていない")
    now = bridge.clock.now()
    day = now.astimezone(ZONE).date()
    add = AddFollowUp(service.store, service.setting)
    await add(played, practice.yuki, practice.yuki.id, day, "電話する", uuid4())
    async with service.store.reading() as tx:
        found = await find_handover(tx, service.setting, day)
        assert (found.tasks, found.unanswered, found.at_risk, found.alarms, found.live) == ((), 0, (), (), 0)
        assert (await find_tasks(tx, service.setting, None, day)).due == []
        end = await find_end(tx, service.setting, Shift(uuid4(), "demo", day, practice.minato.id, now))
        assert (end.drafts, end.approvals, end.live, end.unfilled) == (0, 0, 0, 0)


async def test_a_line_that_is_being_read_opens_no_session_after_the_stop(practice: Practice) -> None:
    """A drain that had begun its step would open a session that nobody can stop any more: the stop waits for it."""
    service = practice.bridge.service
    drill_id, _played = await practice.to_the_queue("friend")
    contact = (await practice.drill(drill_id)).contact_id
    async with service.store.drain_lock(contact) as held:
        assert held is not None
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("handoff.services.drills.play_drill.PAUSE", 0.001)
            with pytest.raises(InputRefused) as refused:
                await practice.stop(practice.minato, drill_id)
            assert "読んでいます" in refused.value.text
        stopping = asyncio.create_task(practice.stop(practice.minato, drill_id))
        await asyncio.sleep(0.3)
        assert (await practice.drill(drill_id)).ended_at is None
    await stopping
    assert (await practice.drill(drill_id)).ending is Ending.STOPPED
    assert [row.state for row in await service.rows("SELECT state FROM sessions")] == ["closed"]


async def test_its_alarm_ends_with_it_and_nobody_did_that(practice: Practice) -> None:
    bridge, service = practice.bridge, practice.bridge.service
    stopped, _session = await practice.to_the_queue()
    await practice.stop(practice.minato, stopped)
    page = await practice.read.drill(practice.minato, stopped)
    assert next(one for one in page.done if one.expected.action is Action.CLOSED).at is None
    # Over with its sheet, while the alarm still rang: it rings no more.
    bridge.clock.advance(minutes=1)
    done, played = await practice.to_the_queue()
    await service.change("UPDATE sessions SET state = 'closed', closed_at = now() WHERE id = :id", id=played)
    await practice.round()
    assert (await practice.drill(done)).ending is Ending.DONE
    rows = await service.rows("SELECT state, closed_reason, next_alarm_at FROM escalations")
    assert {tuple(row) for row in rows} == {("closed", "test", None)} and len(rows) == 2


async def test_nobody_who_left_word_waits_longer_for_it(practice: Practice) -> None:
    """Call-backs are handed out by free hands: those who play a drill have them free, and nobody calls a drill back."""
    bridge, service = practice.bridge, practice.bridge.service
    drill_id, played = await practice.to_the_queue("friend")
    # As if it left word and its page were open: all that a call-back asks for.
    await service.change(
        "UPDATE sessions SET one_way = true, level = 'none', unscreened = false WHERE id = :id", id=played
    )
    await service.change("UPDATE escalations SET state = 'closed', next_alarm_at = NULL")
    async with service.store.transaction() as tx:
        contact = (await practice.drill(drill_id)).contact_id
        await tx.chats.start(contact, bridge.clock.real())
        await tx.chats.see([contact], bridge.clock.real(), bridge.clock.real())
    await CallBack(service.store, service.setting)()
    assert (await bridge.card(played)).called_back_at is None


async def test_a_drill_is_stopped_at_once_and_nothing_of_it_goes_on(practice: Practice) -> None:
    bridge, service = practice.bridge, practice.bridge.service
    drill_id, played = await practice.to_the_queue()
    await bridge.claim(played, practice.yuki)
    with pytest.raises(NotPermitted):
        await practice.stop(practice.yuki, drill_id)
    with pytest.raises(NotFound):
        await practice.stop(practice.minato, uuid4())
    await practice.stop(practice.minato, drill_id)
    await practice.stop(practice.minato, drill_id)
    (session,) = await service.rows("SELECT * FROM sessions")
    assert (session.state, session.closed_reason, session.ended_reason) == (
        "closed",
        "drill_stopped",
        EndReason.COUNSELLOR,
    )
    (raised,) = await service.rows("SELECT * FROM escalations")
    assert (raised.state, raised.closed_reason, raised.next_alarm_at) == (EscalationState.CLOSED, "test", None)
    step = (await practice.drill(drill_id)).step
    await practice.round(minutes=30)
    assert (await practice.drill(drill_id)).step == step and len(await service.rows("SELECT * FROM sessions")) == 1
    assert (await bridge.verbs()).count("stop_drill") == 1
    # One that is stopped before its first word was read opens no session afterwards.
    early = await practice.begin()
    await practice.stop(practice.minato, early)
    await practice.round(minutes=1)
    assert len(await service.rows("SELECT * FROM sessions")) == 1
    assert (await practice.drill(early)).ending is Ending.STOPPED


async def test_a_worker_that_died_goes_on_and_says_nothing_twice(practice: Practice) -> None:
    service = practice.bridge.service
    drill_id = await practice.begin()
    await practice.round()
    practice.bridge.clock.advance(minutes=1)
    for _ in range(2):
        # Its process dies after the round's transaction, before the drain; the next worker finds the event undone.
        await asyncio.gather(*(practice.tend() for _ in range(4)))
    assert (await practice.drill(drill_id)).step == 2
    assert len(await service.rows("SELECT * FROM line_events")) == 2
    await practice.round()
    # A line that was stored while its step wasn't counted (a broken commit can't leave that, a restored backup could).
    await service.change("UPDATE drills SET step = step - 1")
    await practice.round(minutes=1)
    students = [text for author, text in await service.transcript() if author == "student"]
    assert len(students) == len(set(students)) == (await practice.drill(drill_id)).step


async def test_only_those_who_may(practice: Practice) -> None:
    bridge = practice.bridge
    for role in (StaffRole.COUNSELLOR, StaffRole.ADMINISTRATOR, StaffRole.BOARD):
        somebody = await bridge.person(f"だれか{role}", role, here=False)
        with pytest.raises(NotPermitted):
            await practice.start(somebody, uuid4(), "means")
    with pytest.raises(InputRefused):
        await practice.begin("nothing")
    drill_id = await practice.begin()
    board = await bridge.person("委員会", StaffRole.BOARD, here=False)
    with pytest.raises(NotFound):
        await practice.read.drill(board, drill_id)
    with pytest.raises(NotPermitted):
        await practice.write(board, drill_id, "x", 0)
    trainer = await bridge.person("学習", StaffRole.TRAINER, here=False)
    with pytest.raises(NotPermitted):
        await practice.read(trainer)
