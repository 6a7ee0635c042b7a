"""Half-way is far enough: what was typed on the report's page is kept, screened, and reaches people (KAG-2, promise 2)."""

from __future__ import annotations

import itertools
import re
from uuid import uuid4

import pytest

from handoff.domain.escalation import Cause
from handoff.domain.report import Answers, Danger, Place, Since, TellSchool, Witness, choices_text
from handoff.services.desk.tend_desk import TendDesk
from handoff.services.report import tend_drafts
from handoff.services.tend_intakes import TendIntakes
from kernel.risk.screen import RiskScreen
from tests.integration.conftest import CLOSED
from tests.integration.desk_support import AT_CRITICAL, AT_HIGH
from tests.integration.report_support import Reporter, Window
from tests.support.fakes import FrozenClock


def turn_of(me: Reporter) -> int:
    """The number that the page's script counts its requests from."""
    (told,) = re.findall(r'name="turn" value="(\d+)"', me.page)
    return int(told)


async def test_who_stops_half_way_has_told_it_all_the_same(window: Window, me: Reporter) -> None:
    await me.step("danger", danger="no", witness="heard")
    window.clock.advance(seconds=5)
    assert (await me.keep("what", what="けら"))["saved"]
    window.clock.advance(seconds=5)
    assert (await me.keep("what", what="けられている人がいます"))["saved"]
    await window.work()
    assert await window.told() == ["けられている人がいます"], "one line, as it was written last"
    window.clock.advance(minutes=29)
    assert await window.tend() == 0
    window.clock.advance(minutes=2)
    assert await window.tend() == 1 and await window.tend() == 0
    row = await window.report()
    assert (row.status, row.unfinished, row.state, row.receipt) == ("new", True, "left_message", None)
    await window.work()
    assert (await window.told())[-1] == "（選んだ答え）危険：いますぐの危険はない／知らせる人：聞いた"
    # The page is still open, and goes on.
    await me.step("what", what="けられている人がいます。2組です")
    await me.post("/report/send")
    assert me.heading.startswith("届きました。") and (await window.report()).unfinished is False


async def test_the_last_words_come_while_the_page_is_closed(window: Window, me: Reporter) -> None:
    await me.step("danger")
    await me.keep("what", what="a")
    assert (await window.report()).version == 2
    told = await me.keep("what", what="ab")
    assert told["saved"] is False, "a page that keeps by itself does so every few seconds"
    told = await me.keep("what", what="abc", leaving="1")
    assert told["saved"] is True
    await window.work()
    assert await window.told() == ["abc"]
    versions = await window.service.rows("SELECT type FROM line_events WHERE level IS NOT NULL ORDER BY sequence")
    assert [row.type for row in versions] == ["message", "messageEdited"], "every version was screened"


async def test_words_that_come_late_replace_no_newer_ones(window: Window, me: Reporter) -> None:
    """What a page gives along while it goes away may be overtaken by the press of a button, also by the last one."""
    await me.step("danger", danger="no")
    first = turn_of(me)
    await me.step("what", "stay", what="けられています。明日もよばれています", turn=str(first + 2))
    assert turn_of(me) == first + 3
    window.clock.advance(seconds=3)
    late = await me.keep("what", what="けられて", leaving="1", turn=str(first + 1))
    assert (late["saved"], late["turn"]) == (False, first + 2)
    await me.post("/report/send")
    window.clock.advance(seconds=3)
    assert not (await me.keep("what", what="け", turn=str(first)))["saved"]
    await window.work()
    assert (await window.told())[0] == "けられています。明日もよばれています"
    assert (await window.report()).status == "new"


async def test_a_page_that_was_overtaken_says_what_stands_on_it_with_its_next_word(
    window: Window, me: Reporter
) -> None:
    """Two tabs, or the browser's Back: the page that somebody writes on is right, and learns how far the visit is."""
    await me.step("danger", danger="no")
    await me.step("what", "stay", what="ひとつめ", turn="9")
    window.clock.advance(seconds=3)
    told = await me.keep("what", what="ふたつめ", turn="3")
    assert not told["saved"]
    assert (await me.keep("what", what="ふたつめ", turn=str(told["turn"] + 1)))["saved"]
    await me.step("what", "stay", what="みっつめ", turn="4")
    await window.work()
    assert await window.told() == ["みっつめ"], "a button is never too late"


async def test_the_newest_words_stand_also_when_the_clock_went_back(window: Window, me: Reporter) -> None:
    await me.write("まえのことば")
    await window.work()
    window.clock.advance(seconds=-90)
    await me.step("what", "stay", what="あとのことば")
    await me.step("what", "stay", what="さいごのことば")
    await window.work()
    assert await window.told() == ["さいごのことば"]


async def test_without_a_visit_that_holds_no_word_is_lost(window: Window, me: Reporter) -> None:
    await me.write("まえのことば")
    first = me.token
    window.clock.advance(hours=13)
    await window.tend()
    assert await window.service.rows("SELECT 1 FROM report_visits") == []
    await me.step("what", what="あとのことば")
    assert me.token != first and "前に書いたところも、届いています" in me.page
    assert [row.status for row in await window.service.rows("SELECT status FROM reports ORDER BY started_at")] == [
        "new",
        "draft",
    ]
    me.token = first
    await me.post("/report/send")
    assert me.status == 404 and "書いたことは届いています" in me.page


async def test_words_at_risk_call_somebody_while_they_are_written(window: Window, me: Reporter) -> None:
    window.service.setting.clock = window.clock = FrozenClock(CLOSED)
    await me.step("danger", danger="no")
    window.clock.advance(seconds=5)
    await me.keep("what", what=f"きょう{AT_CRITICAL}と言っていた")
    await window.work()
    (alarm,) = await window.service.rows("SELECT cause, level FROM escalations")
    assert (alarm.cause, alarm.level) == ("risk", "critical")
    row = await window.report()
    assert (row.status, row.state, row.level, row.human_wanted) == ("draft", "left_message", "critical", "risk")
    said = (await me.keep("what", what=f"きょう{AT_CRITICAL}と言っていた", leaving="1"))["said"]
    assert said and all(line["by"] == "自動の案内" for line in said), "what the service says at risk is shown"
    await me.step("what", what=f"きょう{AT_CRITICAL}と言っていた")
    assert said[0]["text"].partition("\n")[0] in me.page and "窓口から" in me.page
    await me.step("what", "stay", what=f"きょう{AT_CRITICAL}と言っていた", reply="できない", key=str(uuid4()))
    assert me.heading == "何が起きているか" and "返事を受け取りました。" in me.page
    await window.work()
    assert (await window.told())[-1] == "できない"
    causes = await window.service.rows(
        "SELECT cause FROM audit_events, jsonb_to_record(detail) AS d(cause text) WHERE verb = 'add_evidence'"
    )
    assert [row.cause for row in causes] == ["cannot_phone"], "it leads to the way of those who can't phone"
    await me.post("/report/send")
    assert (await window.report()).status == "new"


async def test_words_that_are_changed_at_risk_stay_for_people(window: Window, me: Reporter) -> None:
    await me.write(AT_HIGH)
    await window.work()
    await me.step("what", "back", what="なんでもないです")
    await window.work()
    assert AT_HIGH in await window.told()


async def test_somebody_in_danger_now_is_believed(window: Window, me: Reporter) -> None:
    await me.step("danger", danger="now")
    await window.work()
    assert await window.service.rows("SELECT 1 FROM escalations") == [], "nobody could do anything yet"
    window.clock.advance(seconds=5)
    await me.keep("what", what="体育館のうら")
    await window.work()
    (alarm,) = await window.service.rows("SELECT cause, level FROM escalations")
    assert (alarm.cause, alarm.level) == (Cause.DANGER_TOLD, "high")
    assert (await window.report()).level == "high" and (await window.report()).state == "waiting"
    await me.step("what", what="体育館のうら、3人います")
    await window.work()
    assert len(await window.service.rows("SELECT 1 FROM escalation_evidence")) == 1, "one alarm, not one a word"


async def test_the_choice_calls_somebody_also_when_it_is_made_after_the_words(window: Window, me: Reporter) -> None:
    await me.write("体育館のうら")
    await window.work()
    await me.step("danger", danger="now")
    await window.work()
    (alarm,) = await window.service.rows("SELECT cause FROM escalations")
    assert alarm.cause == Cause.DANGER_TOLD


async def test_the_choices_alone_never_ring(screen: RiskScreen) -> None:
    """The screen reads the line of choices as well; nothing in it may look like a risk to it."""
    lines = {
        choices_text(Answers(danger=danger, witness=witness, places=places, since=since, tell_school=tell))
        for danger, witness in itertools.product((None, Danger.MAYBE, Danger.NO), (None, *Witness))
        for places, since, tell in zip(
            [tuple(Place), *((place,) for place in Place)],
            itertools.cycle(Since),
            itertools.cycle(TellSchool),
            strict=False,
        )
    }
    assert len(lines) > 100
    assert {line for line in lines if screen.assess_after([], line, ()).level in ("high", "critical")} == set()


async def test_empty_ones_hold_up_nobody(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred presses of the first page's button are cheap; who wrote, and who is in danger, doesn't wait for them."""
    monkeypatch.setattr(tend_drafts, "LIMIT", 1)
    async with window.reporter() as nobody:
        for _ in range(3):
            nobody.token = ""
            await nobody.step("danger", danger="no")
    window.clock.advance(minutes=1)
    async with window.reporter() as one, window.reporter() as other:
        await one.write("妹がなぐられています")
        window.clock.advance(minutes=1)
        await other.step("danger", danger="now")
    window.clock.advance(minutes=31)
    new = "SELECT answers, danger FROM reports WHERE status = 'new' ORDER BY sent_at"
    assert await window.tend() == 1
    assert [row.danger for row in await window.service.rows(new)] == ["now"], "whoever is in danger comes first"
    await window.work()
    assert len(await window.service.rows("SELECT 1 FROM escalations")) == 1
    assert (await window.tend(), await window.tend()) == (1, 0)
    assert len(await window.service.rows(new)) == 2
    window.clock.advance(hours=24)
    assert [await window.tend() for _ in range(4)] == [1, 1, 1, 0]
    assert len(await window.service.rows("SELECT 1 FROM sessions WHERE closed_reason = 'silence'")) == 3


async def test_words_at_risk_that_were_erased_come_before_people_as_well(window: Window, me: Reporter) -> None:
    await me.write(AT_CRITICAL)
    await window.work()
    await me.step("what", "stay", what="")
    await window.work()
    window.clock.advance(minutes=31)
    assert await window.tend() == 1 and await window.tend() == 0
    row = await window.report()
    assert (row.status, row.unfinished, row.level) == ("new", True, "critical")


async def test_one_that_was_closed_as_empty_may_still_be_told(window: Window, me: Reporter) -> None:
    await me.step("danger")
    for _ in range(3):  # the page is used, so that its visit lasts, and nothing is told
        window.clock.advance(hours=11)
        await me.step("what")
    assert await window.tend() == 1
    assert (await window.report()).state == "closed"
    await me.step("what", what="やっぱり書きます")
    await window.work()
    window.clock.advance(minutes=31)
    assert await window.tend() == 1
    assert (await window.report()).status == "new"
    states = await window.service.rows("SELECT state FROM sessions ORDER BY opened_at")
    assert [row.state for row in states] == ["closed", "left_message"]


async def test_an_empty_one_is_closed_after_a_day(window: Window, me: Reporter) -> None:
    await me.step("danger", danger="no")
    window.clock.advance(hours=2)
    assert await window.tend() == 0
    window.clock.advance(hours=23)
    assert await window.tend() == 1 and await window.tend() == 0
    row = await window.report()
    assert (row.status, row.state, row.closed_reason) == ("draft", "closed", "silence")


async def test_a_report_is_in_no_queue_and_hears_no_rhythm(window: Window, me: Reporter) -> None:
    setting = window.service.setting
    desk, intakes = TendDesk(window.service.store, setting), TendIntakes(window.service.store, setting)
    async with window.reporter() as other:
        await me.send("ふつうのこと")
        await other.step("danger")
        await other.step("what", what="書きかけ")
        await window.work()
        for hours in (1, 3, 20, 24):
            window.clock.advance(hours=hours)
            await intakes()
            await desk()
            await window.work()
    states = await window.service.rows("SELECT state FROM sessions")
    assert {row.state for row in states} == {"left_message", "intake"}
    assert await window.service.rows("SELECT 1 FROM outbox") == []


async def test_at_risk_by_night_it_stands_in_the_queue_at_the_opening(window: Window, me: Reporter) -> None:
    window.service.setting.clock = window.clock = FrozenClock(CLOSED)
    await me.send("ふつうのこと")
    await window.work()
    await me.post("/report/mine/add", {"words": AT_HIGH, "key": "7f4df9b7-2a1d-4d4c-9a37-0d8c1a3d1d11"})
    await window.work()
    assert (await window.report()).human_wanted == "risk"
    window.clock.advance(hours=16)
    await TendDesk(window.service.store, window.service.setting)()
    assert (await window.report()).state == "waiting"
    window.clock.advance(minutes=30)
    said = len(await window.service.rows("SELECT 1 FROM outbox"))
    await TendDesk(window.service.store, window.service.setting)()
    assert len(await window.service.rows("SELECT 1 FROM outbox")) == said, "nobody waits at a page"
