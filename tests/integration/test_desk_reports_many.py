"""The inbox for reports over HTTP where much happens at once: words that came since, and more reports than one page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from handoff.adapters.line.reading import read_event
from handoff.domain.report import Danger
from handoff.services.report.words import write_line
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import Service
from tests.integration.desk_care_support import Browser, at_the_desk, hidden, later
from tests.integration.desk_support import Screen
from tests.integration.report_desk_support import ANSWERS, Inbox


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    service.screen = ScreenMessage(service.setting, read_event, Screen())
    async with at_the_desk(service, "yuki") as browser:
        yield browser


@pytest.fixture
def inbox(service: Service) -> Inbox:
    return Inbox(service)


def at(report_id: UUID, verb: str = "") -> str:
    return f"/desk/reports/{report_id}" + (f"/{verb}" if verb else "")


async def test_an_old_page_ends_nothing_that_was_written_since(inbox: Inbox, yuki: Browser) -> None:
    """What the counsellor hasn't read is read first; what they typed stays."""
    report_id = await inbox.from_page()
    service = inbox.service
    await yuki.send(at(report_id), at(report_id, "triage"), reporting_class="periodic", topic="bullying")
    open_page = await yuki.page(at(report_id))
    (row,) = await service.rows("SELECT contact_id FROM reports")
    async with service.store.transaction() as tx:
        report = await tx.reports.lock(report_id)
        await write_line(tx, service.setting, report, "added-1", "実はされているのはぼくです", "words")
        await tx.reports.save(replace(report, version=report.version + 1))
    await service.drain(row.contact_id)
    for verb in ("close", "prank"):
        fields = hidden(open_page, at(report_id, verb)) | {verb: "ようすを見ます"}
        status, page, _where = await yuki.post(at(report_id, verb), fields)
        assert status == 400 and "知らせた人が書いたことがあります" in page and "実はされているのはぼくです" in page
        assert "ようすを見ます" in page
        for missing in ({"seen": ""}, {"seen": "1"}):
            assert (await yuki.post(at(report_id, verb), fields | {"key": str(uuid4())} | missing))[0] == 400
    status, _page, where = await yuki.send(at(report_id), at(report_id, "close"), close="読みました")
    assert (status, where) == (303, at(report_id) + "?said=close")


async def test_however_many_come_the_gravest_is_first_and_every_one_is_watched(inbox: Inbox, yuki: Browser) -> None:
    """A flood of reports hides none that came before it, neither from the list nor from the deadlines (WG-2)."""
    service = inbox.service
    report_id = await inbox.from_page(replace(ANSWERS, danger=Danger.MAYBE))
    later(service, days=5)
    for table, changed in (
        ("sessions", "'state', 'closed'"),
        ("reports", "'session_id', c.id, 'status', 'new', 'receipt', null, 'sent_at', :at, 'touched_at', :at"),
    ):
        others = (
            "generate_series(1, 501)"
            if table == "sessions"
            else "(SELECT id FROM sessions WHERE id <> (SELECT session_id FROM reports)) c"
        )
        await service.change(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), "
            f"{changed}))).* FROM {table} t, {others}",
            **({"at": service.setting.clock.now()} if table == "reports" else {}),
        )
    page = await yuki.page("/desk/reports")
    assert page.index(at(report_id)) == page.index("/desk/reports/", page.index("通報の一覧"))
    assert page.count('<li class="card report') == 100 and "page=2" in page
    for show, number, count in (("to_do", 6, 2), ("new", 6, 2), ("to_do", 7, 0), ("in_hand", 1, 0), ("over", "x", 0)):
        page = await yuki.page(f"/desk/reports?show={show}&page={number}")
        assert page.count('<li class="card report') == count, (show, number)
        assert at(report_id) not in page and "page=7" not in page
    assert await inbox.watch() == 1
    (late,) = await service.rows("SELECT report_id FROM report_steps WHERE kind = 'late'")
    assert late.report_id == report_id
