"""Row 23: a new word and a hold postpone, an order of two is carried out, one's wish reaches people (KAG-8.4, WG-19)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from handoff.domain.data_request import Decision, Proof, Ruling, Wish
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.kept import Kept
from handoff.domain.retention import Held, HoldKind
from handoff.services.retention.hold_records import EndHold, HoldRecords
from handoff.services.retention.list_due import ListDue
from handoff.services.retention.show_keeping import PassOnWish, ShowKeeping
from tests.integration.conftest import Service
from tests.integration.desk_support import AT_HIGH
from tests.integration.request_support import Office, open_office
from tests.integration.retention.test_retention import run

WORDS = "消してほしい言葉です"
YEAR = 365
PENDING = (
    "INSERT INTO outbox (id, contact_id, session_id, part, retry_key, state, real_created_at, real_next_at)"
    " SELECT gen_random_uuid(), contact_id, id, 0, gen_random_uuid(), 'pending', now(), now() FROM sessions"
)


@pytest.fixture
async def office(service: Service) -> AsyncIterator[Office]:
    yield await open_office(service)


async def over(office: Office, number: int = 1, words: str = WORDS) -> UUID:
    """A talk that is over, with one word of the student's, counted."""
    bridge = office.bridge
    session = await bridge.waiting(number, words)
    await bridge.deliver(number)
    await office.service.change(
        "UPDATE sessions SET state = 'closed', closed_at = :t, human_wanted = NULL WHERE id = :s",
        s=session,
        t=bridge.clock.now(),
    )
    await office.service.change("UPDATE escalations SET state = 'closed', next_alarm_at = NULL")
    await office.service.change("UPDATE outbox SET state = 'sent'")
    await office.service.change("DELETE FROM fact_dues")
    return session


async def said(office: Office) -> list[str | None]:
    return [text for author, text in await office.service.transcript() if author == "student"]


async def test_row_23_a_new_word_the_day_before_and_a_hold_postpone(office: Office) -> None:
    bridge, store, setting = office.bridge, office.service.store, office.service.setting
    first = await over(office)
    bridge.clock.advance(days=YEAR - 1)
    await over(office, words="また話したい")
    bridge.clock.advance(days=2)
    assert (await run(office.service)).disposed == 0
    assert await said(office) == [WORDS, "また話したい"], "all of it stays as long as the new words"
    hold, lift = HoldRecords(store, setting), EndHold(store, setting)
    until = bridge.clock.now().date() + timedelta(days=500)
    yuki = await bridge.person("ゆき")
    with pytest.raises(NotPermitted):
        await hold(first, yuki, uuid4(), HoldKind.SERIOUS, until, "重大な事案の調査のため")
    with pytest.raises(NotFound):
        await hold(uuid4(), office.minato, uuid4(), HoldKind.SERIOUS, until, "重大な事案の調査のため")
    for wrong in (None, bridge.clock.now().date() - timedelta(days=2)):
        with pytest.raises(InputRefused):
            await hold(first, office.minato, uuid4(), HoldKind.SERIOUS, wrong, "重大な事案の調査のため")
    key = uuid4()
    for _again in range(2):
        await hold(first, office.minato, key, HoldKind.SERIOUS, until, "重大な事案の調査のため")
    assert len(await office.service.rows("SELECT id FROM legal_holds")) == 1
    bridge.clock.advance(days=YEAR)
    assert (await run(office.service)).disposed == 0 and len(await said(office)) == 2
    page = await ShowKeeping(store, setting)(first, office.minato)
    assert [one.until for one in page.holds] == [until] and all(Held.HOLD in one.held for one in page.dues)
    due = await ListDue(store, setting)()
    assert due[Kept.TRANSCRIPT].now == due[Kept.TRANSCRIPT].soon == 0, "its last moment is the end of the hold"
    longer = until + timedelta(days=100)
    await hold(first, office.minato, uuid4(), HoldKind.DISPUTE, longer, "裁判になったため、延ばす")
    bridge.clock.advance(days=136)
    assert (await run(office.service)).disposed == 0, "the longer one holds"
    (left,) = [one for one in (await ShowKeeping(store, setting)(first, office.minato)).holds]
    await lift(first, office.minato, left.id, "裁判が終わったため")
    with pytest.raises(InputRefused):
        await lift(first, office.minato, left.id, "裁判が終わったため")
    assert (await run(office.service)).disposed > 0
    assert not await said(office) and not await office.service.rows("SELECT id FROM legal_holds")
    verbs = await bridge.verbs(first)
    assert verbs.count("hold_records") == 2 and verbs.count("end_hold") == 1


async def test_what_is_open_holds_back_and_says_why(office: Office) -> None:
    session = await over(office, words=AT_HIGH)
    office.bridge.clock.advance(days=YEAR + 1)
    for broken, mended in (
        ("UPDATE escalations SET state = 'open'", "UPDATE escalations SET state = 'closed'"),
        (
            PENDING,
            "UPDATE outbox SET state = 'sent'",
        ),
        ("UPDATE line_events SET done_at = NULL", "UPDATE line_events SET done_at = '2026-11-20T09:00Z'"),
        (
            "INSERT INTO fact_dues (id, session_id, at) SELECT gen_random_uuid(), id, now() FROM sessions",
            "DELETE FROM fact_dues",
        ),
    ):
        await office.service.change(broken)
        assert (await run(office.service)).disposed == 0, broken
        assert (await ListDue(office.service.store, office.service.setting)())[Kept.TRANSCRIPT].held_count == 1, broken
        await office.service.change(mended)
    assert (await run(office.service)).disposed > 0
    assert not await office.service.rows("SELECT id FROM messages WHERE session_id = :s", s=session)


async def wish(office: Office, session: UUID, *lines: UUID) -> UUID:
    """One click of a counsellor, and then what two people decide."""
    store, setting = office.service.store, office.service.setting
    made = await PassOnWish(store, setting)(session, office.aoi, uuid4(), lines)
    await office.desk.check(made, office.minato, Proof.ACCOUNT, "相談の中で本人が書いた", uuid4())
    await office.decide(made, Ruling(Decision.GRANT))
    await office.desk.agree(made, office.aoi, "同じ考えです", uuid4())
    await office.desk.order(made, office.minato, uuid4())
    return made


async def test_row_23_an_order_of_two_is_carried_out_after_the_child_heard_of_it(office: Office) -> None:
    session, other = await over(office), await over(office, 2, "ほかの子の言葉")
    made = await wish(office, session)
    assert (await office.row(made)).wish == Wish.DELETE
    office.bridge.clock.advance(hours=25)
    await run(office.service)
    assert WORDS in await said(office), "whoever asked hasn't heard of it, and couldn't be reached afterwards"
    await office.desk.tell(made, office.minato, "相談の中で、消すことを伝えた", uuid4())
    hold = HoldRecords(office.service.store, office.service.setting)
    until = office.bridge.clock.now().date() + timedelta(days=3)
    await hold(session, office.minato, uuid4(), HoldKind.SERIOUS, until, "児童相談所の求めのため")
    await run(office.service)
    assert WORDS in await said(office), "holds are asked again"
    await office.service.change("UPDATE legal_holds SET until = :d", d=date(2026, 11, 20))
    with pytest.raises(InputRefused):
        await office.desk.carry_out(made, office.minato, "消えたことを確かめた", uuid4())
    assert (await run(office.service)).disposed > 0
    assert await said(office) == ["ほかの子の言葉"]
    assert [row.id for row in await office.service.rows("SELECT id FROM sessions")] == [other]
    (order,) = await office.service.rows("SELECT * FROM disposal_orders")
    assert order.done_at is not None
    proofs = await office.service.rows("SELECT DISTINCT cause, decided_by, second_by FROM disposals")
    assert [tuple(one) for one in proofs] == [("order", office.minato.id, office.aoi.id)]
    await office.desk.carry_out(made, office.minato, "消えたことを確かめた", uuid4())
    (contact,) = await office.service.rows("SELECT wiped_at, following FROM contacts WHERE id = :c", c=order.contact_id)
    assert contact.wiped_at is not None, "the order still names the row, and it says nothing any more"


async def test_row_23_single_words_go_and_the_rest_stays(office: Office) -> None:
    bridge = office.bridge
    session = await bridge.waiting(1, AT_HIGH)
    lines = await office.service.rows("SELECT id FROM messages WHERE session_id = :s", s=session)
    await bridge.write("これは残してください")
    with pytest.raises(InputRefused):
        await wish(office, session, uuid4())
    await office.service.change("UPDATE escalations SET state = 'closed', next_alarm_at = NULL")
    await office.service.change("UPDATE outbox SET state = 'sent'")
    made = await wish(office, session, lines[0].id)
    await office.desk.tell(made, office.minato, "その言葉だけ消すと伝えた", uuid4())
    await run(office.service)
    assert await said(office) == [None, "これは残してください"], "while the talk goes on"
    assert not await office.service.rows(
        "SELECT id FROM line_events WHERE id = :e AND payload IS NOT NULL", e=lines[0].id
    )
    await office.desk.carry_out(made, office.minato, "消えたことを確かめた", uuid4())
    assert "dispose_line" in await bridge.verbs(session)
