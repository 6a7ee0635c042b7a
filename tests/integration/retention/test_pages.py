"""``/desk/retention`` and a talk's ``/keeping`` over HTTP: who sees what, forms that say what is wrong, the proof, research."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.adapters.database.retention import SqlRetention
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, at_the_desk, browser, hidden
from tests.integration.desk_support import address
from tests.integration.fact_support import flush
from tests.integration.retention.test_retention import run
from tests.support import alarms
from tests.support.fakes import FrozenClock

PAGE = "/desk/retention"
WORDS = "きえてほしいことば"


async def talk(service: Service, number: int = 1, *, over: bool = False) -> UUID:
    session = await alarms.write(service.store, service.setting, WORDS, alarms.Risk([]), address(number))
    if over:
        now = service.setting.clock.now()
        await service.change("UPDATE sessions SET state = 'closed', closed_at = :t WHERE id = :s", t=now, s=session)
        await service.change("UPDATE outbox SET state = 'sent'")
        await service.change("DELETE FROM fact_dues")
    return session


async def test_a_hold_from_the_talk_s_page_and_what_others_see_of_it(service: Service) -> None:
    session = await talk(service)
    at = f"/desk/talks/{session}/keeping"
    async with at_the_desk(service, "minato") as minato:
        assert PAGE in await minato.page("/desk/service")
        page = await minato.page(at)
        assert "保全する" in page and WORDS in page
        today = service.setting.clock.now().date()
        right = {"kind": "serious", "until": str(today + timedelta(days=20)), "reason": HOSTILE}
        for field, wrong in (("kind", "x"), ("until", "2020-01-01"), ("until", ""), ("reason", "短い")):
            status, page, _ = await minato.send(at, f"{at}/hold", **(right | {field: wrong}))
            assert status == 400 and 'aria-invalid="true"' in page.partition(f'name="{field}"')[2].partition(">")[0], (
                field
            )
        assert (await minato.send(at, f"{at}/hold", **right))[0] == 303
        for path in (at, PAGE):
            page = await minato.page(path)
            assert "&lt;script&gt;alert" in page and "<script>alert" not in page and "見直す時期です" in page
        kaede = browser(minato.url)
        await kaede.sign_in("kaede")
        page = await kaede.page(PAGE)
        assert "重大な事案" in page and "script" not in page.partition("保全（")[2].partition("</section>")[0]
        assert str(session) not in page and (await kaede.get(at))[0] in (403, 404)
        board = browser(minato.url)
        await board.sign_in("iinkai")
        page = await board.page(PAGE)
        assert "廃棄の証明" in page and "重大な事案" not in page, "the board sees numbers and proofs"
        (hold,) = await service.rows("SELECT id FROM legal_holds")
        status, page, _ = await minato.send(at, f"{at}/lift", hold=str(hold.id), reason="短い")
        assert status == 400 and "文字から" in page
        assert (await minato.send(at, f"{at}/lift", hold=str(hold.id), reason="事案が終わったため"))[0] == 303
        assert "いまはありません" in await minato.page(at)
        assert (await minato.send(at, f"{at}/hold", **(right | {"token": "x"})))[0] in (303, 403)
        await kaede.http.close()
        await board.http.close()


async def test_a_wish_becomes_a_request_with_one_click(service: Service) -> None:
    session = await talk(service)
    at = f"/desk/talks/{session}/keeping"
    async with at_the_desk(service, "minato") as minato:
        status, page, _ = await minato.send(at, f"{at}/wish", what="some")
        assert status == 400 and "一つ以上えらんで" in page
        (line,) = await service.rows("SELECT id FROM messages WHERE author = 'student'")
        status, page, _ = await minato.send(at, f"{at}/wish", what="some", **{f"line-{uuid4()}": "on"})
        assert status == 400 and "この相談にない言葉" in page
        assert (await minato.send(at, f"{at}/wish", what="some", **{f"line-{line.id}": "on"}))[0] == 303
        assert (await minato.send(at, f"{at}/wish", what="all"))[0] == 303
        rows = await service.rows(
            "SELECT id, wish, asker, state, contact_id, line_ids FROM data_requests ORDER BY cardinality(line_ids)"
        )
        assert [(one.wish, one.asker, one.state, len(one.line_ids)) for one in rows] == [
            ("delete", "self", "received", 0),
            ("delete", "self", "received", 1),
        ]
        page = await minato.page(f"/desk/requests/data/{rows[1].id}")
        assert "自分の言葉の一部（1件）" in page and "えらばれた1件の言葉だけ" in page
        assert (await minato.send(at, f"{at}/consent", yes="yes"))[0] == 303
        assert "よいと答えました" in await minato.page(at)
        assert (await minato.send(at, f"{at}/consent", yes="no"))[0] == 303
        assert not await service.rows("SELECT session_id FROM research_consents")
        told = await service.rows("SELECT actor, session_id FROM audit_events WHERE verb = 'research_consent'")
        (who,) = await service.rows("SELECT id FROM staff WHERE name = 'minato'")
        assert [(one.actor, one.session_id) for one in told] == [(f"staff:{who.id}", session)] * 2, "yes, and then no"


async def test_what_is_due_is_counted_once_in_ten_minutes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    real, counted = SqlRetention.candidates, list[datetime]()

    async def candidates(self: SqlRetention, *args: Any) -> Any:
        counted.append(service.setting.clock.now())
        return await real(self, *args)

    monkeypatch.setattr(SqlRetention, "candidates", candidates)
    async with at_the_desk(service, "minato") as minato:
        clock = service.setting.clock
        assert isinstance(clock, FrozenClock)
        for minutes, looks in ((0, 1), (9, 1), (2, 2), (0, 2)):
            clock.advance(minutes=minutes)
            assert "に数えました" in await minato.page(PAGE)
            assert len(counted) == looks


async def test_row_23_the_proof_is_printed_and_tells_nobody(service: Service) -> None:
    service.setting.clock = clock = FrozenClock(service.setting.clock.now())
    session = await talk(service, over=True)
    clock.advance(days=366)
    assert (await run(service)).disposed == 2
    async with at_the_desk(service, "minato") as minato:
        page = await minato.page(PAGE)
        assert "日数による" in page and "まだ何も消していません" not in page
        day = clock.now().date().isoformat()
        proof = await minato.page(f"{PAGE}/proofs/{day}")
        assert "破棄証明書" in proof and "相談の記録" in proof and "相談した人を見分けるID" in proof
        for never in (str(session), WORDS, address(1)):
            assert never not in proof and never not in page
        assert (await minato.get(f"{PAGE}/proofs/2020-01-01"))[0] == 404


async def test_research_takes_consent_the_board_s_yes_and_five_alike(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        clock = service.setting.clock
        assert isinstance(clock, FrozenClock)
        sessions = [await talk(service, number + 1, over=True) for number in range(7)]
        for session in sessions:
            await service.change(
                "INSERT INTO fact_dues (id, session_id, at) VALUES (gen_random_uuid(), :s, now())", s=session
            )
        assert await flush(service) == 7
        who = await service.rows("SELECT id FROM staff LIMIT 1")
        for session in sessions[:5]:
            await service.change("INSERT INTO research_consents VALUES (:s, :m, now())", s=session, m=who[0].id)
        clock.advance(days=366)
        await run(service)
        rows = await service.rows("SELECT xmin::text AS x, * FROM research_rows")
        assert len(rows) == 5, "only who said yes"
        assert len({one.x for one in rows}) == 1 and {one.month.day for one in rows} == {1}
        clock.advance(days=-366)
        assert (await minato.send(PAGE, f"{PAGE}/research", purpose="短い"))[0] == 400
        assert (await minato.send(PAGE, f"{PAGE}/research", purpose="つなぎ大学の研究に使うため"))[0] == 303
        (wish,) = await service.rows("SELECT id FROM research_exports")
        at = f"{PAGE}/research/{wish.id}"
        token = {"token": hidden(await minato.page(PAGE), f"{PAGE}/research")["token"]}
        assert (await minato.post(f"{at}/take", token))[0] == 409, "nobody has approved it"
        mine = token | {"yes": "yes", "remark": "わたしが承認します"}
        assert (await minato.post(f"{at}/decide", mine))[0] in (403, 404)
        board = browser(minato.url)
        await board.sign_in("iinkai")
        assert (await board.send(PAGE, f"{at}/decide", yes="yes", remark="承認します。公表の前に見せること"))[0] == 303
        theirs = {"token": hidden(await board.page(PAGE), "/desk/sign-out")["token"]}
        assert (await board.post(f"{at}/decide", theirs | {"yes": "no", "remark": "やはりやめます"}))[0] == 409
        await service.change("DELETE FROM research_rows WHERE id = :i", i=rows[0].id)
        status, page, _ = await minato.send(PAGE, f"{at}/take")
        assert status == 400 and "5人以上になるまで" in page
        await service.change(
            "INSERT INTO research_rows SELECT gen_random_uuid(), month, channel, school_type, grade, gender, topic, level, outcome, exchanges FROM research_rows LIMIT 1"
        )
        status, file, _ = await minato.send(PAGE, f"{at}/take")
        assert status == 200 and file.count("\r\n") == 6 and "主訴" in file
        for session in sessions:
            assert str(session) not in file
        assert (await minato.post(f"{at}/take", token))[0] == 409, "once"
        verbs = [row.verb for row in await service.rows("SELECT verb FROM audit_events")]
        assert {"ask_research", "decide_research", "export_research"} <= set(verbs)
        await board.http.close()
