"""Leaving the report's pages at once: nothing that a browser's history asks for again brings them back (row 27)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from handoff.domain.errors import StoreUnavailable
from handoff.domain.report import answers_of
from handoff.services.report.leave_report import LeaveReport
from handoff.services.report.visits import WRITING
from handoff.web.report.sitting import BACK
from tests.integration.conftest import SEALER
from tests.integration.report_support import Reporter, Window
from tests.support import hostile_files as hostile


def sitting(one: Reporter) -> str:
    """The sign that the page's forms hold."""
    (sign,) = set(re.findall(r'name="sitting" value="([0-9a-f]{32})"', one.page))
    return str(sign)


def address(one: Reporter) -> str:
    """The opened page's address as a browser without a script goes on with it."""
    (found,) = re.findall(r'<noscript><meta http-equiv="refresh" content="0;url=([^"]+)">', one.page)
    return str(found)


async def leave(one: Reporter, **fields: str) -> None:
    await one.post("/report/away", {"sitting": sitting(one)} | fields)
    assert_gone(one)


def assert_gone(one: Reporter) -> None:
    assert (one.status, one.headers["location"], one.page) == (303, "/chat/away", "")


async def told(window: Window) -> dict[str, str]:
    rows = await window.service.rows("SELECT id, answers FROM reports")
    every = [answers_of(SEALER.open("reports", "answers", str(row.id), row.answers)) for row in rows]
    return {one.what: one.grade for one in every}


async def test_what_is_asked_again_after_leaving_shows_nothing_and_begins_nothing(window: Window, me: Reporter) -> None:
    await me.get("/report")
    first = address(me)
    await me.get(first)
    assert me.status == 200 and me.heading == "はじめに" and "<noscript>" not in me.page
    held = {"sitting": sitting(me)}
    await me.step("danger", danger="no", **held)
    danger = {"token": "", "step": "danger", "go": "next", "danger": "no"} | held
    what = {"token": me.token, "step": "what", "go": "next", "what": "けられています"} | held
    await me.post("/report", what)
    assert me.heading == "学校のこと" and sitting(me) == held["sitting"]
    await leave(me, step="school", grade="2年")
    for path, fields in (("/report", danger), ("/report", what), ("/report/send", what), ("/report/mine", what)):
        await me.post(path, fields)
        assert_gone(me)
    await me.post("/report/keep", what | {"leaving": "1"})
    assert_gone(me)
    await me.upload(("a.png", hostile.png()), **held)
    assert_gone(me)
    await me.get(first)
    assert_gone(me)
    assert await told(window) == {"けられています": "2年"}, "what was typed last is told, and nothing twice"
    assert await window.service.rows("SELECT 1 FROM report_visits") == []
    # Whoever opens the page anew can tell of something.
    await me.get("/report")
    assert (me.status, me.heading) == (200, "はじめに")
    window.clock.advance(minutes=BACK / timedelta(minutes=1) + 1)
    await me.get(first)
    assert (me.status, me.heading) == (200, "はじめに") and sitting(me)[:16] != held["sitting"][:16]
    await me.post("/report", what)
    assert_gone(me)


async def test_a_receipt_that_was_typed_is_not_typed_again_by_the_browser(window: Window, me: Reporter) -> None:
    code = await me.send()
    await me.get("/report/answer")
    typed = {"sitting": sitting(me), "receipt": code}
    await me.post("/report/answer", typed)
    assert me.heading == "あなたが知らせたこと"
    await leave(me)
    await me.post("/report/answer", typed)
    assert_gone(me)
    await me.get("/report/answer")
    await me.post("/report/answer", {"sitting": sitting(me), "receipt": code})
    assert me.heading == "あなたが知らせたこと"


async def test_who_was_given_an_address_is_not_sent_away_with_its_giver(window: Window, me: Reporter) -> None:
    """Row 15: a class that opened one address; one of them leaves."""
    await me.get("/report")
    first = address(me)
    async with window.reporter() as giver, window.reporter() as writing:
        for one in (giver, writing, me):
            await one.get(first)
        assert len({sitting(one) for one in (giver, writing, me)}) == 3
        await writing.step("danger", sitting=sitting(writing))
        await leave(giver)
        await writing.step("what", what="わたしのこと", sitting=sitting(writing))
        assert (writing.status, writing.heading) == (200, "学校のこと")
        await me.step("danger", sitting=sitting(me))
        assert (me.status, me.heading) == (200, "何が起きているか")
        # A visit that holds is worth more than a sign that was left.
        await writing.post("/report/away", {"token": "", "sitting": sitting(me)})
        await me.step("what", what="もうひとつ", sitting=sitting(me))
        assert (me.status, me.heading) == (200, "学校のこと")
    assert set(await told(window)) == {"わたしのこと", "もうひとつ"}


async def test_who_has_to_be_gone_is_gone_also_when_nothing_can_be_stored(
    window: Window, me: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise StoreUnavailable("down")

    await me.get("/report")
    monkeypatch.setattr(LeaveReport, "__call__", down)
    await leave(me)


async def test_what_was_left_is_forgotten_when_no_visit_could_last_any_more(window: Window, me: Reporter) -> None:
    await me.get("/report")
    sign = sitting(me)
    await leave(me)
    rows = await window.service.rows("SELECT t::text AS all FROM report_sittings_left t")
    assert len(rows) == 2 and not any(sign[:16] in row.all for row in rows), "as keyed hashes alone"
    await window.tend()
    assert len(await window.service.rows("SELECT 1 FROM report_sittings_left")) == 2
    window.clock.advance(hours=WRITING / timedelta(hours=1) + 1)
    await window.tend()
    assert await window.service.rows("SELECT 1 FROM report_sittings_left") == []
