"""Row 23: when the worker's look is due, and what it takes that hangs on no session: wake-ups, the desks' log, a handover's list."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from handoff.domain.retention import RUN_EVERY
from handoff.services.retention.run_retention import RunRetention, SweepSpent
from handoff.services.shift_ports import PaperKind
from handoff.web.desk.shifts.parts import shift_desk
from tests.integration.conftest import SEALER, Database, Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.retention.test_retention import run, seeded
from tests.integration.shift_support import begun, finished

QUEUES: Final = {"contacts": "drain_contact", "escalations": "sound_alarm", "evidence": "fetch_media"}
STATES: Final = ("todo", "doing", "failed")
_WAKE_UP: Final = text("""
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, queueing_lock, worker_id)
SELECT queue, queue, jsonb_build_object('target', target), CAST(:state AS procrastinate_job_status),
  queue || ':' || target, CAST(:worker AS bigint)
FROM (SELECT CAST(:queue AS text) AS queue, CAST(:target AS text) AS target) AS given
""")


async def test_row_23_the_worker_looks_again_after_its_hours_and_not_before(service: Service) -> None:
    bridge = Bridge(service)
    look = RunRetention(service.store, service.setting)
    first = await look()
    assert first is not None and first.ended and await look() is None
    bridge.clock.advance(seconds=RUN_EVERY.total_seconds() - 1)
    assert await look() is None, "a second too early"
    bridge.clock.advance(seconds=1)
    second = await look()
    assert second is not None and second.at - first.at == RUN_EVERY and await look() is None
    # One that a kill cut off was no look.
    await service.change("UPDATE retention_runs SET real_ended_at = NULL WHERE id = :i", i=second.id)
    assert await look() is not None


async def wake_up(service: Service, table: str, target: UUID, state: str, worker: int | None = None) -> None:
    async with service.store.engine.begin() as connection:
        await connection.execute(
            _WAKE_UP, {"queue": QUEUES[table], "target": str(target), "state": state, "worker": worker}
        )


async def wake_ups(service: Service) -> set[tuple[str, str]]:
    rows = await service.rows("SELECT args ->> 'target' AS target, status::text FROM procrastinate_jobs")
    return {(row.target, row.status) for row in rows}


async def test_row_23_no_wake_up_names_what_is_gone(service: Service) -> None:
    """Of a person, an alarm and a file, in whichever state a job is; but not the one that a living worker has in hand."""
    bridge = Bridge(service)
    seed = await seeded(bridge)
    targets = {"contacts": seed.contact, "escalations": seed.ids["escalations"], "evidence": seed.ids["evidence"]}
    beats = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :s)) RETURNING id"
    async with service.store.engine.begin() as connection:
        alive, dead = [await connection.scalar(text(beats), {"s": seconds}) for seconds in (0, 60)]
    for table, target in targets.items():
        for state in STATES:
            await wake_up(service, table, target, state, dead if state == "doing" else None)
    await wake_up(service, "evidence", seed.ids["evidence"], "doing", alive)
    other = uuid4()
    await wake_up(service, "contacts", other, "todo")
    kept, everything = {(str(other), "todo")}, await wake_ups(service)

    def of(*names: str) -> set[tuple[str, str]]:
        return {(str(targets[name]), state) for name in names for state in STATES}

    assert everything == kept | of(*targets)
    bridge.clock.advance(days=90)
    assert (await run(service)).disposed == 1
    in_hand = {(str(targets["evidence"]), "doing")}
    assert await wake_ups(service) == kept | of("contacts", "escalations") | in_hand, "the file's went with it"
    await service.change("DELETE FROM procrastinate_jobs WHERE worker_id = :a", a=alive)
    bridge.clock.advance(days=275)
    await run(service)
    assert await wake_ups(service) == kept | of("escalations"), "the person's went with them"
    bridge.clock.advance(days=1825 - 365)
    await run(service)
    assert await wake_ups(service) == kept


async def test_row_23_the_desks_log_and_a_handover_s_list_go_in_their_days(
    service: Service, database: Database
) -> None:
    bridge = Bridge(service)
    minato, desk = await bridge.supervisor(), shift_desk(service.store, service.setting)
    day = await begun(bridge, desk, minato)
    risk = await bridge.waiting(1, AT_CRITICAL)
    await finished(desk, minato, day)
    await desk.write_paper(minato, uuid4(), day, PaperKind.DAILY, "静かでした", 0, finish=True)
    (paper,) = await service.rows("SELECT id, found FROM shift_papers WHERE kind = 'handover'")
    assert str(risk) in SEALER.open("shift_papers", "found", str(paper.id), paper.found), "it names the talk"
    log = [row.sequence for row in await service.rows("SELECT sequence FROM desk_events ORDER BY sequence")]
    with psycopg.connect(database.owner_url) as owner:
        for sequence, old in ((log[0], "30 days 1 minute"), (log[1], "29 days 23 hours")):
            owner.execute(
                "UPDATE desk_events SET real_at = now() - CAST(%s AS interval) WHERE sequence = %s", (old, sequence)
            )
    sweep = SweepSpent(service.store, service.setting)
    assert (await sweep()).others == {"desk_events": 1}
    assert [row.sequence for row in await service.rows("SELECT sequence FROM desk_events ORDER BY sequence")] == log[1:]
    days = service.setting.profile.retention_days.transcript
    assert days is not None
    bridge.clock.advance(seconds=timedelta(days=days).total_seconds())
    assert "handovers" not in (await sweep()).others, "not on its last day"
    bridge.clock.advance(seconds=1)
    assert (await sweep()).others == {"handovers": 1}
    kinds = {row.kind: row for row in await service.rows("SELECT kind, found, words FROM shift_papers WHERE finished")}
    assert kinds["handover"].found is None and kinds["handover"].words, "what somebody wrote stays with the shift"
    assert kinds["daily"].found is not None, "numbers alone"
    page = await desk.papers.handover(minato, day)
    assert page.stands and page.gone and page.words and not page.may_open
    assert not page.shown.risks, "the talk of then still waits, and is no part of an old paper"
