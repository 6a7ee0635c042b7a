"""The desk's log: numbers in the order of commits, ids and codes alone; and the fan-out that brings desks up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.exc import ProgrammingError

from handoff.adapters.notifier import LogNotes
from handoff.domain.desk import DeskEvent, NoteKind
from handoff.domain.errors import StoreUnavailable
from handoff.domain.staff import StaffMember
from handoff.services.desk_ports import FeedEntry
from handoff.web.desk import hub as hub_module
from handoff.web.desk.hub import DeskHub, Viewer
from handoff.web.desk.parts import DeskParts
from handoff.web.desk.render import line_json
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


class Notes:
    """Says that the log has grown whenever a test says so."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[None]:
        while True:
            await self.waiting.get()
            yield


def fan_out(bridge: Bridge, notes: Any = None) -> DeskHub:
    parts = SimpleNamespace(read=bridge.read, presence=bridge.presence, notes=notes or Notes())
    return DeskHub(cast(DeskParts, parts))


async def attached(hub: DeskHub, member: StaffMember, cursor: int, *watching: UUID) -> Viewer:
    viewer = Viewer(member, set(watching))
    await hub.attach(viewer, cursor)
    return viewer


def taken(viewer: Viewer) -> list[Any]:
    """What a desk got since the last look, but for what says only how far it is."""
    got = []
    while not viewer.outgoing.empty():
        got.append(viewer.outgoing.get_nowait())
    return [message for message in got if message is None or not message.get("ready")]


def texts(got: list[Any]) -> list[str]:
    return ["".join(words for words, _marked in one["line"]["pieces"]) for one in got if "line" in one]


# --- the log --------------------------------------------------------------------------------------------------------


async def test_who_tells_early_and_commits_late_is_not_overtaken(bridge: Bridge) -> None:
    store = bridge.service.store
    early, late = uuid4(), uuid4()
    told, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with store.transaction() as tx:
            tx.desk.tell(DeskEvent.KNOWLEDGE, None, early)
            told.set()
            await go.wait()

    async def quick() -> None:
        async with store.transaction() as tx:
            tx.desk.tell(DeskEvent.KNOWLEDGE, None, late)

    running = asyncio.create_task(slow())
    await told.wait()
    await quick()
    cursor = await bridge.read.cursor()
    assert [entry.subject for entry in await bridge.read.entries_after(0)] == [late]
    go.set()
    await running
    assert [entry.subject for entry in await bridge.read.entries_after(cursor)] == [early], (
        "its number is the later one"
    )


async def test_a_number_that_is_written_and_not_committed_holds_back_the_next(bridge: Bridge) -> None:
    store = bridge.service.store
    first = await store.engine.connect()
    publish = 'SELECT tsunagi_publish(\'[{"kind": "knowledge", "detail": {}}]\')'
    await first.exec_driver_sql(publish)

    async def second() -> None:
        async with store.transaction() as tx:
            tx.desk.tell(DeskEvent.KNOWLEDGE)

    waiting = asyncio.create_task(second())
    _done, pending = await asyncio.wait({waiting}, timeout=0.2)
    assert pending and await bridge.read.entries_after(0) == [], "a reader can't see the second before the first"
    await first.commit()
    await first.close()
    await waiting
    assert len(await bridge.read.entries_after(0)) == 2


async def test_a_reader_among_many_writers_misses_nothing(bridge: Bridge) -> None:
    store, subjects = bridge.service.store, [uuid4() for _ in range(60)]
    seen: list[FeedEntry] = []

    async def write(number: int) -> None:
        async with store.transaction() as tx:
            tx.desk.tell(DeskEvent.KNOWLEDGE, None, subjects[number])
            await tx.views.cursor()
            await asyncio.sleep(number % 7 * 0.003)

    async def follow() -> None:
        while len(seen) < len(subjects):
            seen.extend(await bridge.read.entries_after(seen[-1].number if seen else 0))

    async with asyncio.timeout(20):
        await asyncio.gather(follow(), *(write(number) for number in range(len(subjects))))
    numbers = [entry.number for entry in seen]
    assert numbers == sorted(set(numbers))
    assert {entry.subject for entry in seen} == set(subjects)


async def test_the_log_holds_ids_and_codes_alone_and_cannot_be_rewritten(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki, 1, AT_CRITICAL)
    await bridge.write_line(session, yuki, "ひみつのへんじ")
    await bridge.note(session.id, yuki, NoteKind.NOTE, "ひみつのメモ", uuid4())
    rows = await bridge.service.rows("SELECT kind, detail, desk_events::text AS whole FROM desk_events")
    assert {row.kind for row in rows} >= {"session", "line", "note", "presence", "escalation"}
    assert all(set(row.detail) <= {"code"} and row.whole.isascii() for row in rows)
    with pytest.raises(ProgrammingError, match="permission denied"):
        await bridge.service.change("UPDATE desk_events SET kind = 'line'")


async def test_a_change_that_fails_tells_nothing(bridge: Bridge) -> None:
    with pytest.raises(StoreUnavailable):
        async with bridge.service.store.transaction() as tx:
            tx.desk.tell(DeskEvent.KNOWLEDGE)
            raise StoreUnavailable("gone")
    assert await bridge.read.entries_after(0) == []


async def test_listening_goes_on_after_its_connection_broke(bridge: Bridge) -> None:
    url = bridge.service.store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    notes = LogNotes(url).__aiter__()
    await anext(notes)
    async with bridge.service.store.transaction() as tx:
        tx.desk.tell(DeskEvent.KNOWLEDGE)
    await asyncio.wait_for(anext(notes), 2)
    await bridge.service.change("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    await asyncio.wait_for(anext(notes), 4)  # a new connection may have missed something
    await notes.aclose()


# --- the fan-out ----------------------------------------------------------------------------------------------------


async def test_a_desk_gets_exactly_what_it_missed_in_order(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    cursor, hub = await bridge.read.cursor(), fan_out(bridge)
    first = await attached(hub, yuki, cursor, session.id)
    taken(first)
    for words in ("いち", "に", "さん"):
        await bridge.write(words)
    hub_reads = await attached(hub, yuki, cursor, session.id)
    assert texts(taken(hub_reads)) == ["いち", "に", "さん"]
    got = taken(first)
    assert texts(got) == ["いち", "に", "さん"], "and a desk that stood open got the same"
    numbers = [message["cursor"] for message in got]
    assert numbers == sorted(numbers)
    again = await attached(hub, yuki, numbers[-1], session.id)
    assert taken(again) == [], "nothing twice"
    middle = next(one["cursor"] for one in got if "line" in one)
    assert texts(taken(await attached(hub, yuki, middle, session.id))) == ["に", "さん"]


async def test_a_web_process_that_just_started_replays_what_was_before_it(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    cursor = await bridge.read.cursor()
    await bridge.write("きこえる？")
    hub = fan_out(bridge)  # it has read nothing of the log yet
    viewer = await attached(hub, yuki, cursor, session.id)
    assert texts(taken(viewer)) == ["きこえる？"]


async def test_a_desk_that_saw_further_by_another_process_sees_nothing_twice(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    session = await bridge.live(yuki)
    behind = fan_out(bridge)
    await attached(behind, yuki, 0)
    await bridge.write("もう見た")
    viewer = await attached(behind, yuki, await bridge.read.cursor(), session.id)
    assert texts(taken(viewer)) == []
    await bridge.write("まだ見ていない")
    await attached(behind, yuki, await bridge.read.cursor())
    assert texts(taken(viewer)) == ["まだ見ていない"]


async def test_who_sees_what_is_asked_for_each_change(bridge: Bridge) -> None:
    yuki, sora, umi = await bridge.people("ゆき", "そら", "うみ")
    minato = await bridge.supervisor()
    session = await bridge.live(yuki)
    await bridge.set_second(session.id, yuki, sora.id)
    cursor, hub = await bridge.read.cursor(), fan_out(bridge)
    desks = {one.alias: await attached(hub, one, cursor, session.id) for one in (yuki, sora, umi, minato)}
    for viewer in desks.values():
        taken(viewer)
    await bridge.write("だれに見えますか")
    await bridge.note(session.id, sora, NoteKind.WHISPER, "耳うちです", uuid4())
    await bridge.note(session.id, yuki, NoteKind.NOTE, "メモです", uuid4())
    await attached(hub, minato, await bridge.read.cursor())
    got = {name: taken(viewer) for name, viewer in desks.items()}
    for name in ("ゆき", "そら", "みなと"):
        assert texts(got[name]) == ["だれに見えますか"]
        assert [one["note"]["text"] for one in got[name] if "note" in one] == ["耳うちです", "メモです"]
    assert got["うみ"] == [], "nor that there is such a session"
    await bridge.release(session.id, yuki)
    await attached(hub, minato, await bridge.read.cursor())
    assert any("card" in one for one in taken(desks["うみ"])), "what waits is for everybody"
    await bridge.claim(session.id, sora)
    await attached(hub, minato, await bridge.read.cursor())
    ((one,),) = [[each for each in taken(desks["うみ"]) if "gone" in each]]
    assert one["gone"]["by"]["alias"] == "そら", "who had it in their queue hears who has it"
    # Whoever comes back hears of what their page shows no more than of what never was.
    again, never = Viewer(umi), uuid4()
    await hub.attach(again, cursor, [session.id, never])
    gone = {one["gone"].pop("id"): one["gone"] for one in taken(again) if "gone" in one}
    assert gone == {str(one): {"state": "", "by": None} for one in (session.id, never)}


async def test_a_page_full_of_foreign_ids_is_one_question_and_holds_up_nobody(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    yuki, umi = await bridge.people("ゆき", "うみ")
    session = await bridge.live(yuki)
    cursor, hub = await bridge.read.cursor(), fan_out(bridge)
    await attached(hub, yuki, cursor)
    asked, shown_to = [], bridge.read.shown_to

    async def noted(*told: Any) -> frozenset[UUID]:
        held = hub._reading.locked()
        questions: list[str] = []
        engine = bridge.service.store.engine.sync_engine

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            questions.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            found = await shown_to(*told)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        asked.append((held, sum("FROM sessions" in one for one in questions)))
        return found

    monkeypatch.setattr(bridge.read, "shown_to", noted)
    viewer = Viewer(umi)
    strange = [uuid4() for _ in range(499)]
    await hub.attach(viewer, cursor, [session.id, *strange])
    assert asked == [(False, 2)], "before the lock; what stands on the desk, and all the others at once"
    assert {one["gone"]["id"] for one in taken(viewer)} == {str(one) for one in (session.id, *strange)}
    # What changes between the question and the lock stands in what is replayed.
    late = Viewer(umi)

    async def meanwhile(*told: Any) -> frozenset[UUID]:
        found = await shown_to(*told)
        await bridge.release(session.id, yuki)
        return found

    monkeypatch.setattr(bridge.read, "shown_to", meanwhile)
    await hub.attach(late, await bridge.read.cursor(), [session.id])
    got = taken(late)
    assert any(one.get("card", {}).get("id") == str(session.id) for one in got)
    assert not any("gone" in one for one in got) and session.id in late.known


async def test_a_desk_that_reads_far_back_holds_up_nobody_s_news(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was away for long, and one that asks for the whole past of a talk: another desk hears what is new meanwhile."""
    yuki, sora = await bridge.people("ゆき", "そら")
    session = await bridge.live(yuki, 1)
    hub, start = fan_out(bridge), await bridge.read.cursor()
    other = await attached(hub, yuki, start, session.id)
    reads, go, asks = asyncio.Event(), asyncio.Event(), bridge.read.entries_after

    async def slow(cursor: int) -> Any:
        if cursor < start:
            reads.set()
            await go.wait()
        return await asks(cursor)

    monkeypatch.setattr(bridge.read, "entries_after", slow)
    await bridge.write_line(session, yuki, "まえのこと")
    late, watcher = Viewer(yuki, {session.id}), await attached(hub, yuki, start, session.id)
    taken(other)
    for slow_one in (hub.attach(late, 0), hub.catch_up(watcher, {session.id: 0})):
        for one in (reads, go):
            one.clear()
        running = asyncio.create_task(slow_one)
        await asyncio.wait_for(reads.wait(), 5)
        await bridge.write_line(session, yuki, "いまのこと")
        await asyncio.wait_for(attached(hub, sora, start), 5)  # looks at the log for all
        assert texts(taken(other)) == ["いまのこと"]
        go.set()
        await asyncio.wait_for(running, 5)
    # And nothing older comes after what is newer, nor is anything missing.
    got = taken(late)
    assert list(dict.fromkeys(texts(got)))[-2:] == ["まえのこと", "いまのこと"]
    cards = [one["card"]["wrote_number"] for one in got if "card" in one]
    assert cards == sorted(cards)
    assert texts(taken(watcher))[-1] == "いまのこと"


async def test_an_alarm_is_for_supervisors_and_for_whom_it_concerns(bridge: Bridge) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    minato = await bridge.supervisor()
    hub = fan_out(bridge)
    desks = [await attached(hub, one, 0) for one in (yuki, sora, minato)]
    async with bridge.service.store.transaction() as tx:
        tx.desk.tell(DeskEvent.ALARM, None, yuki.id, code="presence_lost")
    await attached(hub, minato, await bridge.read.cursor())
    assert [any(one and "alarm" in one for one in taken(desk)) for desk in desks] == [True, False, True]


async def test_a_desk_that_does_not_keep_up_is_let_go_and_the_others_go_on(bridge: Bridge) -> None:
    (yuki,) = await bridge.people("ゆき")
    hub = fan_out(bridge)
    slow, quick = Viewer(yuki, outgoing=asyncio.Queue(3)), await attached(hub, yuki, 0)
    await hub.attach(slow, 0)
    await bridge.people("そら", "うみ", "りく", "なみ")
    await attached(hub, yuki, await bridge.read.cursor())
    assert None in taken(slow) and None not in taken(quick)


async def test_an_entry_that_can_t_be_shown_holds_up_none_after_it(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    (yuki,) = await bridge.people("ゆき")
    session, hub = await bridge.live(yuki), fan_out(bridge)
    viewer = await attached(hub, yuki, await bridge.read.cursor(), session.id)

    def broken(one: Any) -> Any:
        if one.line.text == "開けない":
            raise ValueError("broken")
        return line_json(one)

    monkeypatch.setattr(hub_module, "line_json", broken)
    await bridge.write("開けない")
    await bridge.service.change('SELECT tsunagi_publish(\'[{"kind": "of-tomorrow", "detail": {}}]\')')
    await bridge.write("つぎの言葉")
    await attached(hub, yuki, await bridge.read.cursor())
    assert texts(taken(viewer)) == ["つぎの言葉"]


async def test_a_beat_that_fails_once_comes_again(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    (yuki,) = await bridge.people("ゆき")
    hub, beats = fan_out(bridge), 0
    await attached(hub, yuki, 0)

    async def failing(member_ids: list[UUID]) -> None:
        nonlocal beats
        beats += 1
        if beats == 1:
            raise RuntimeError("whatever")
        assert member_ids == [yuki.id]

    monkeypatch.setattr(bridge.presence, "beat", failing)
    monkeypatch.setattr(hub_module, "BEAT_EVERY", 0.005)
    beating = asyncio.create_task(hub.beat())
    async with asyncio.timeout(5):
        while beats < 3:
            await asyncio.sleep(0.005)
    beating.cancel()
