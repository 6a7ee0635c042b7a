"""Row 23: what the next look would take is shown before it does, by ids and deadlines alone, and nothing is changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from typer.testing import CliRunner

from handoff.cli import app
from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.profile_in_words import KIND_WORDS
from handoff.domain.retention import Cause
from handoff.retention_command import told_going
from handoff.services.retention.list_going import ListGoing
from tests.integration.backup_support import open_keyed
from tests.integration.conftest import OPEN, Database, Service
from tests.integration.desk_support import Bridge
from tests.integration.request_support import open_office
from tests.integration.retention.test_holds_and_orders import PENDING, over, wish
from tests.integration.retention.test_retention import run, seeded


async def test_row_23_the_command_shows_what_would_go_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    async with open_keyed(database, tmp_path) as kept:
        bridge = Bridge(kept.service)
        seed = await seeded(bridge)
        await kept.say("きょうのことば")  # of somebody who came a moment ago
        before = await kept.service.digest()
        bridge.clock.advance(days=365)
        _argv, environment = kept.command(TSUNAGI_CLOCK=bridge.clock.now().isoformat())
        asked = ["retention", "run", "--dry-run", "--most", "3"]
        done = await asyncio.to_thread(CliRunner().invoke, app, asked, env=environment)
        assert done.exit_code == 0, done.stderr
        assert await kept.service.digest() == before
        day = {days: f"{OPEN + timedelta(days=days):%Y-%m-%d %H:%M}" for days in (90, 365)}
        first, *lines, last = done.stdout.splitlines()
        assert first == "次の見回りで消えるもの 4件（いまは、何も消していません）" and last == "ほか 1件"
        assert lines == [
            f"期限 {day[90]}  {KIND_WORDS['media']}  {seed.session}",
            f"期限 {day[365]}  {KIND_WORDS['contact']}  {seed.contact}",
            f"期限 {day[365]}  {KIND_WORDS['report']}  {seed.session}",
        ]
        assert (await run(kept.service)).disposed == 4, "as many as were said"
    nothing = told_going([], 50)
    assert nothing == ["次の見回りで消えるものは、ありません。"]


async def test_row_23_what_two_ordered_is_shown_once_nothing_holds_it(service: Service) -> None:
    office = await open_office(service)
    session, going = await over(office), ListGoing(service.store, service.setting)
    (contact,) = await service.rows("SELECT id FROM contacts")
    made = await wish(office, session)
    office.bridge.clock.advance(hours=25)
    assert await going() == [], "whoever asked hasn't heard of it"
    await office.desk.tell(made, office.minato, "相談の中で、消すことを伝えた", uuid4())
    things = await going()
    assert {(one.kind, one.id, one.cause, one.single) for one in things} == {
        (Kept.TRANSCRIPT, session, Cause.ORDER, False),
        (Kept.CONTACT, contact.id, Cause.ORDER, False),
    }
    at = things[0].at.astimezone(ZONE)
    assert told_going(things, 1)[1].startswith(f"二人の決定による（{at:%Y-%m-%d %H:%M}）  ")
    await service.change(PENDING)
    assert await going() == [], "a line is on its way"
    await service.change("UPDATE outbox SET state = 'sent'")
    assert (await run(service)).disposed == len(things)
    assert await going() == []


async def test_row_23_single_words_are_shown_by_their_ids(service: Service) -> None:
    office = await open_office(service)
    session, going = await over(office), ListGoing(service.store, service.setting)
    (line,) = await service.rows("SELECT id FROM messages WHERE session_id = :s AND author = 'student'", s=session)
    made = await wish(office, session, line.id)
    await office.desk.tell(made, office.minato, "その言葉だけ消すと伝えた", uuid4())
    told = told_going(await going(), 50)
    assert len(told) == 2 and told[1].endswith(f"  言葉の一つ  {line.id}")
    assert (await run(service)).disposed == 1 and await going() == []
