"""The page of who did what, and the monthly confirmation, over real HTTP as a browser without scripts uses them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.domain.report import Answers, TellSchool
from handoff.domain.report_receipt import in_blocks
from handoff.domain.security_check import Point
from handoff.domain.staff import PERMISSIONS, Permission, StaffRole
from handoff.services.audit.link_rows import LinkRows
from handoff.services.audit.read_audit import PAGE as ROWS
from handoff.services.report.write_report import KeepReport, SendReport
from tests.integration.conftest import OPEN, SEALER, Database, Service
from tests.integration.desk_care_support import at_the_desk, member

PAGE, SECURITY = "/desk/audit", "/desk/security"


async def written(service: Service, count: int, actor: str = "worker", verb: str = "nudge") -> None:
    async with service.store.transaction() as tx:
        for _ in range(count):
            await tx.audit.add(OPEN, actor, verb, uuid4())


def what(page: str) -> list[str]:
    return re.findall(r'<span class="what">([^<]*)', page)


async def test_who_did_what_is_found_by_person_deed_days_and_session(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        yuki = await member(service, "yuki")
        session = uuid4()
        async with service.store.transaction() as tx:
            await tx.audit.add(OPEN, yuki.actor, "open_talk", session, lines=3, to="<b>x</b>")
            await tx.audit.add(OPEN, yuki.actor, "send_line", session, length=9)
            await tx.audit.add(OPEN, "nobody", "sign_in_refused", None)
        page = await kaede.page(PAGE)
        assert "ゆき" in page and "相談を開いた" in what(page) and "ログインできなかった" in what(page)
        assert "だれかわからない人" in page and "11月20日（金）" in page
        assert "&lt;b&gt;x" in page and "<b>x" not in page
        assert what(page).index("生徒に文を送った") < what(page).index("相談を開いた"), "the newest first"
        assert set(what(await kaede.page(f"{PAGE}?who={yuki.actor}"))) >= {"相談を開いた", "生徒に文を送った"}
        assert "ログインできなかった" not in what(await kaede.page(f"{PAGE}?who={yuki.actor}"))
        assert what(await kaede.page(f"{PAGE}?group=talk&who={yuki.actor}")) == ["生徒に文を送った"]
        assert what(await kaede.page(f"{PAGE}?about={session}&first=2026-11-20&last=2026-11-20"))[-2:] == [
            "生徒に文を送った",
            "相談を開いた",
        ]
        assert "この条件に合う記録はありません" in await kaede.page(f"{PAGE}?first=2027-01-01")
        for asked in ("who=x", "group=x", "about=x", "first=x", "first=2026-11-21&last=2026-11-20", "before=x"):
            status, told = await kaede.get(f"{PAGE}?{asked}")
            assert (status, 'role="alert"' in told) == (400, True), asked
        for before in ("0" * 5000, "9" * 5000, "1" + "0" * 19, "9" * 19):
            status, told = await kaede.get(f"{PAGE}?before={before}")
            assert (status, 'role="alert"' in told) == (400, True), len(before)
        # That it was looked at is on record, with what was asked and never with what was seen.
        rows = await service.rows("SELECT actor, detail FROM audit_events WHERE verb = 'read_audit' ORDER BY sequence")
        assert {one.actor for one in rows} == {(await member(service, "kaede")).actor}
        assert rows[0].detail["rows"] > 0 and rows[1].detail["who"] == yuki.actor


async def test_a_report_is_found_by_its_receipt(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        answers = Answers(what="ことば", people="三人", school_name="", tell_school=TellSchool.HIDDEN)
        kept = await KeepReport(service.store, service.setting)("", lambda _: answers)
        sent = await SendReport(service.store, service.setting)(kept.token)
        assert sent.receipt is not None
        page = await kaede.page(f"{PAGE}?about={in_blocks(sent.receipt).lower()}")
        assert "通報を送った" in what(page) and "ログインした" not in what(page)
        told = "".join(str(one.detail) for one in await service.rows("SELECT detail FROM audit_events"))
        assert sent.receipt not in told and in_blocks(sent.receipt) not in told


async def test_older_rows_come_page_by_page_each_once(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        await written(service, 2 * ROWS + 5)
        seen: list[str] = []
        where: str | None = f"{PAGE}?who=worker"
        pages = 0
        while where is not None:
            page = await kaede.page(where)
            seen += re.findall(r'<a class="session[^>]*title="([^"]*)"', page)
            found = re.search(r'<a class="button" href="([^"]*before=[^"]*)"', page)
            where, pages = None if found is None else found[1].replace("&amp;", "&"), pages + 1
        assert (pages, len(seen), len(set(seen))) == (3, 2 * ROWS + 5, 2 * ROWS + 5)


async def test_nobody_else_reads_it(service: Service) -> None:
    assert PERMISSIONS[Permission.READ_AUDIT] == {StaffRole.ADMINISTRATOR}
    for name in ("minato", "yuki", "iinkai"):
        async with at_the_desk(service, name) as browser:
            status, told = await browser.get(PAGE)
            assert status == 403 and "監査記録</h1>" not in told
            assert PAGE not in await browser.page("/desk/service")


async def test_a_month_is_confirmed_with_the_audit_checked(
    service: Service, database: Database, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    """HOK-7.3: kept as it was said, with the end of the chain; the next one finds what was cut off since."""
    link = LinkRows(service.store, service.setting, SEALER.lookup, AnchorNote(tmp_path, SEALER.lookup))
    async with at_the_desk(service, "kaede") as kaede:
        await written(service, 3)
        linked = await link()
        assert "の確認がまだです" not in await kaede.page("/desk/service")
        fields = {"month": "2026-11-01"} | {str(point): "fine" for point in Point}
        status, told, _where = await kaede.send(SECURITY, f"{SECURITY}/confirm", **fields | {"keys": ""})
        assert (
            status == 400
            and "すべての点に、答えを選んでください。" in told
            and told.count(" checked") == len(Point) - 1
        )
        status, told, _where = await kaede.send(SECURITY, f"{SECURITY}/confirm", **fields | {"month": "2026-09-01"})
        assert status == 400 and "確認する月を" in told
        status, _told, where = await kaede.send(SECURITY, f"{SECURITY}/confirm", **fields | {"updates": "open"})
        assert status == 303 and "said=confirmed" in where
        page = await kaede.page(SECURITY)
        assert "2026年11月分" in page and "できていない点あり" in page and f"新しいほうから{linked}件" in page
        (row,) = await service.rows("SELECT number, checked, fault, points FROM security_confirmations")
        assert (row.number, row.checked, row.fault, row.points["updates"]) == (linked, linked, None, "open")
        name = database.url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(postgres.superuser_url.replace("/postgres?", f"/{name}?")) as thief:
            thief.execute("DELETE FROM audit_links WHERE number = (SELECT max(number) FROM audit_links)")
        status, _told, where = await kaede.send(SECURITY, f"{SECURITY}/confirm", **fields)
        assert "said=fault" in where and "終わりの記録が切り取られています" in await kaede.page(SECURITY)
        service.setting.clock.offset += timedelta(days=50)  # the sign-in goes by the real time
        assert "2026年12月の確認がまだです" in await kaede.page("/desk/service")
    async with at_the_desk(service, "iinkai") as board:
        page = await board.page(SECURITY)
        assert "2026年11月分" in page and '<form method="post" action="/desk/security/confirm"' not in page
        status, _told, _where = await board.post(f"{SECURITY}/confirm", fields | {"key": str(uuid4())})
        assert status == 403
        assert "の確認がまだです" not in await board.page("/desk/service")
    assert [
        one.verb for one in await service.rows("SELECT verb FROM audit_events WHERE verb = 'confirm_security'")
    ] == ["confirm_security"] * 2
