"""A picture on LINE that was refused before its talk turned out to be at risk: there nothing is refused by a machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handoff.domain.evidence import EvidenceState, Ground
from handoff.domain.report import Danger
from handoff.services.report.talk_report import KeepTalkReport, SendTalkReport
from handoff.services.screen_message import ScreenMessage
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.evidence_line_support import Line
from tests.integration.report_desk_support import ANSWERS
from tests.support import hostile_files as hostile


@pytest.fixture
def line(service: Service) -> Line:
    """Students of a profile that takes no pictures in a consultation."""
    made = Line(Bridge(service))
    made.media()
    return made


async def test_the_picture_just_before_the_words_is_fetched_too(line: Line) -> None:
    """At risk nothing is refused by a machine, whichever comes first; it is opened by hand. One taken back isn't fetched."""
    earlier = await line.post(message_id="p1", data=hostile.jpeg())
    taken_back = await line.post(message_id="p2", data=hostile.jpeg())
    elsewhere = await line.post(
        message_id="p3", contentProvider={"type": "external", "originalContentUrl": "https://example.jp/x.jpg"}
    )
    other = await line.post(2, message_id="p4", data=hostile.jpeg())
    assert earlier and taken_back and elsewhere and other
    await line.take_back("p2")
    for one in (earlier, taken_back, elsewhere, other):
        assert (await line.fetched(one)).state is EvidenceState.REFUSED
    assert line.service.content.asked == []
    await line.bridge.write(AT_CRITICAL, 1)
    await line.service.work()
    kept = await line.find(earlier.id)
    assert (kept.state, kept.ground, kept.reason) == (EvidenceState.STORED, Ground.RISK, None)
    assert (kept.shows_thumb, kept.is_open, kept.source) == (False, True, None)
    assert line.service.content.asked == ["p1"]
    for one in (taken_back, elsewhere, other):
        assert (await line.find(one.id)).state is EvidenceState.REFUSED


async def test_the_picture_before_words_that_can_t_be_read_is_fetched_too(line: Line) -> None:
    """What may say anything counts as high."""
    earlier = await line.post(data=hostile.jpeg())
    assert earlier is not None
    screen = line.service.screen
    assert isinstance(screen, ScreenMessage)
    event_id = await line.bridge.receive("読めない")
    async with line.service.store.transaction() as tx:
        (stored,) = await tx.events.undone(await line.bridge.contact())
        assert stored.id == event_id
        await screen.failed(tx, stored)
    assert (await line.fetched(earlier)).state is EvidenceState.STORED


async def test_the_picture_before_a_report_that_somebody_is_in_danger_is_fetched_too(line: Line) -> None:
    """Whoever tells the bot that somebody is in danger now is at risk, whatever the words beside it are like."""
    earlier = await line.post(data=hostile.jpeg())
    assert earlier is not None and earlier.event_id is not None and earlier.state is EvidenceState.REFUSED
    store, setting = line.service.store, line.service.setting
    await KeepTalkReport(store, setting)(earlier.session_id, earlier.event_id, replace(ANSWERS, danger=Danger.NOW))
    await SendTalkReport(store, setting)(earlier.session_id)
    assert (await line.fetched(earlier)).ground is Ground.RISK
