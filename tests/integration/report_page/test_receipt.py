"""The receipt: shown until it is noted down and never again, kept nowhere, and the only way back (rows 4, 6 to 9)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.domain.outgoing import Line
from handoff.domain.report import ReportStatus, TellSchool
from handoff.domain.session import Owner
from handoff.services.say import tell
from handoff.web.access import RULES
from tests.integration.desk_support import AT_CRITICAL, Bridge
from tests.integration.report_support import Reporter, Window

ANSWER = "知らせてくれたことを、確かめています。"


async def add(one: Reporter, words: str = "", **fields: str) -> str:
    return await one.post("/report/mine/add", {"words": words, "key": str(uuid4())} | fields)


async def answer(window: Window, words: str = ANSWER) -> None:
    """A counsellor answers; delivered only by the worker."""
    async with window.service.store.transaction() as tx:
        session = await tx.sessions.lock((await window.report()).session_id)
        await tell(tx, window.service.setting, session, [Line(words)], Owner.COUNSELLOR)


async def end(window: Window, status: ReportStatus = ReportStatus.DONE) -> None:
    """People are done with it, and its session is closed."""
    async with window.service.store.transaction() as tx:
        report = await tx.reports.lock((await window.report()).id)
        await tx.reports.save(replace(report, status=status, closed_at=window.clock.now()))
    await window.service.change("UPDATE sessions SET state = 'closed'")


async def test_row_9_the_page_stays_until_it_is_noted_down_and_never_comes_again(window: Window, me: Reporter) -> None:
    await me.write("ことば")
    await me.post("/report/send")
    code = me.code
    for path, fields in [
        ("/report/send", {}),
        ("/report/kept", {}),
        ("/report/kept", {"kept": "no"}),
        ("/report/mine", {}),
        ("/report", {"step": "what", "what": "ことば"}),
        ("/report/mine/withdraw", {}),
    ]:
        await me.post(path, fields)
        assert me.code == code and 'name="kept" value="yes" required' in me.page, path
    links = set(re.findall(r'<a [^>]*href="([^"]+)"', me.page.partition("<main")[2]))
    assert all(link.startswith(("tel:", "https://", "#")) for link in links), "no link of ours leads on"
    await me.post("/report/kept", {"kept": "yes"})
    assert code not in me.page and "知らせてくれて、ありがとうございます" in me.page
    for path in ("/report/send", "/report/kept", "/report/mine", "/report/answer"):
        await me.post(path, {"receipt": code, "kept": "yes"})
        assert me.status == 200 and code.replace("-", "") not in me.page.replace("-", ""), path
        assert me.heading == "あなたが知らせたこと"
    assert (await window.verbs()).count("keep_receipt") == (await window.verbs()).count("send_report") == 1


async def test_whoever_comes_back_by_the_code_has_it_noted_down(window: Window, me: Reporter) -> None:
    await me.write("ことば")
    await me.post("/report/send")
    first, code = me.token, me.code
    await me.post("/report/answer", {"receipt": code})
    assert me.heading == "あなたが知らせたこと" and me.token != first
    me.token = first
    await me.post("/report/send")
    assert me.heading == "あなたが知らせたこと"


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"　{code.replace('-', '　')} ",
        lambda code: "".join(chr(ord(sign) + 0xFEE0) for sign in code.lower()),
        lambda code: code.replace("-", "ー"),
        lambda code: " ".join(code),
    ],
)
async def test_row_8_however_it_is_typed(window: Window, me: Reporter, typed: Any) -> None:
    code = await me.send()
    await me.post("/report/answer", {"receipt": typed(code)})
    assert me.status == 200 and me.heading == "あなたが知らせたこと" and "廊下でけられている人がいます" in me.page


async def test_row_6_a_wrong_code_is_one_page_and_guessing_grows_dear(window: Window, me: Reporter) -> None:
    code = await me.send()
    pages = set()
    for wrong in ("", "なんでもない", "7K4M2-XQ9TD-00000-00000", code[:-1], "0" * 20, "x" * 5000):
        await me.post("/report/answer", {"receipt": wrong, "sitting": "0" * 32})
        assert me.status == 404
        pages.add(re.sub(r'name="receipt" value="[^"]*"', "", me.page))
    assert len(pages) == 1
    for _ in range(5):
        await me.post("/report/answer", {"receipt": "0" * 20})
    assert me.status == 429 and "計算" in me.page, "work is asked of whoever guesses on"
    assert await window.service.rows("SELECT 1 FROM report_visits WHERE token IS NULL") == []


async def test_row_4_nobody_reaches_another_s_report(window: Window, me: Reporter) -> None:
    async with window.reporter() as other:
        code = await me.send("わたしのこと")
        theirs = await other.send("ほかの人のこと")
        before = await window.service.rows("SELECT * FROM reports ORDER BY started_at LIMIT 1")
        nobody = "A" * 43
        for other.token in (nobody, "", before[0].id.hex, str(before[0].id), code, before[0].receipt.hex()):
            for path, fields in [
                ("/report/mine", {}),
                ("/report/mine/add", {"words": "x", "key": str(uuid4())}),
                ("/report/mine/withdraw", {"sure": "yes"}),
                ("/report/send", {}),
                ("/report/kept", {"kept": "yes"}),
            ]:
                page = await other.post(path, fields)
                assert other.status == 404 and "わたしのこと" not in page, path
        await other.post("/report/answer", {"receipt": theirs})
        assert "わたしのこと" not in other.page
        assert await window.service.rows("SELECT * FROM reports ORDER BY started_at LIMIT 1") == before


async def test_row_4_a_token_of_one_s_own_changes_nothing_of_another_s(window: Window, me: Reporter) -> None:
    """By every form and script of the report's page, with whatever names another one's: they lie in each row as before."""
    await me.send("わたしのこと")
    await window.work()
    (mine,) = await window.service.rows(
        "SELECT r.id, r.session_id, s.contact_id FROM reports r JOIN sessions s ON s.id = r.session_id"
    )
    ids = [str(one) for one in mine]

    async def kept() -> dict[str, list[str]]:
        names = await window.service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        asked = 'SELECT t::text AS row FROM "{}" t WHERE t::text LIKE ANY(:ids) ORDER BY 1'
        like = [f"%{one}%" for one in ids]
        return {name: [one.row for one in await window.service.rows(asked.format(name), ids=like)] for (name,) in names}

    async with window.reporter() as other:
        before = await kept()
        assert {name for name, rows in before.items() if rows} >= {
            "reports",
            "sessions",
            "contacts",
            "line_events",
            "messages",
        }
        addresses = [one for one in RULES if one.startswith("POST /report") and "evidence" not in one]
        assert len(addresses) == 9
        for address in addresses:
            other.token = ""
            await other.send("ほかの人のこと")  # a token that holds, for each of them
            named = dict.fromkeys(("report", "report_id", "session", "session_id", "contact", "id"), ids[0])
            fields = named | {
                "words": "x",
                "what": "x",
                "key": str(uuid4()),
                "kept": "yes",
                "sure": "yes",
                "reply": "x",
            }
            await other.post(address.partition(" ")[2], fields)
            assert "わたしのこと" not in other.page, address
            assert await kept() == before, address


async def test_row_7_the_code_and_the_token_are_in_no_url_log_or_table(
    window: Window, me: Reporter, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await me.send("ひみつのことば")
    tokens = {me.token}
    await me.post("/report/answer", {"receipt": code})
    tokens.add(me.token)
    await add(me, "もうひとつのことば")
    await window.work()
    bare = code.replace("-", "")
    stored = await Bridge(window.service, window.clock).everything()
    logged = "".join(capsys.readouterr())
    for secret in (code, bare, bare.lower(), "ひみつのことば", "もうひとつのことば", *tokens):
        assert secret.encode() not in stored
        assert secret not in logged and not any(secret in url for url in me.urls)
    assert unicodedata.normalize("NFKC", code) == code


async def test_an_answer_is_read_once_it_was_sent(window: Window, me: Reporter) -> None:
    code = await me.send()
    await answer(window)
    await me.post("/report/answer", {"receipt": code})
    assert ANSWER not in me.page and "まだ、返事はありません" in me.page
    await window.work()
    await me.post("/report/mine")
    assert ANSWER in me.page and "窓口の人から" in me.page


async def test_what_is_added_reaches_people_once(window: Window, me: Reporter) -> None:
    await me.send()
    key = str(uuid4())
    for _ in range(2):
        await me.post("/report/mine/add", {"words": "きょうもです", "key": key})
        assert "書き足したことを、受け取りました。" in me.page
    await window.work()
    assert (await window.told()).count("きょうもです") == 1
    await add(me, "  ")
    assert me.status == 400 and "まだ何も書かれていません" in me.page
    await add(me, "あ" * 4001)
    assert me.status == 400 and len(me.value("words")) == 4001
    await add(me, tell_school="no")
    await window.work()
    assert (await window.told())[-1] == "（学校に伝えることについて）どこにも伝えないでほしい"
    await add(me, tell_school="no")
    assert me.status == 400, "nothing new was said"
    async with window.service.store.reading() as tx:
        assert (await tx.reports.find((await window.report()).id)).answers.tell_school is TellSchool.NO


@pytest.mark.parametrize("status", [ReportStatus.DONE, ReportStatus.PRANK])
async def test_what_is_over_is_new_again_with_a_later_word(window: Window, me: Reporter, status: ReportStatus) -> None:
    code = await me.send()
    await window.work()
    await end(window, status)
    await me.post("/report/answer", {"receipt": code})
    assert "この知らせへの対応は終わりました" in me.page
    await add(me, "またありました")
    await window.work()
    assert (await window.report()).status == "new"
    first, later = await window.service.rows("SELECT id, state, one_way FROM sessions ORDER BY opened_at, state")
    assert (first.state, later.state, later.one_way) == ("closed", "left_message", True)
    async with window.service.store.reading() as tx:
        found = await tx.reports.of_session(later.id)
        steps = await tx.reports.steps(found.id if found else later.id)
    assert found is not None and [step.kind for step in steps] == ["reopen"]
    await answer_in(window, later.id)
    await me.post("/report/mine")
    assert ANSWER in me.page


async def answer_in(window: Window, session_id: Any) -> None:
    async with window.service.store.transaction() as tx:
        session = await tx.sessions.lock(session_id)
        await tell(tx, window.service.setting, session, [Line(ANSWER)], Owner.COUNSELLOR)
    await window.work()


async def test_it_is_taken_back_after_a_second_question(window: Window, me: Reporter) -> None:
    await me.send()
    await window.work()
    await me.post("/report/mine/withdraw")
    assert "取り下げますか" in me.page and (await window.report()).status == "new"
    await me.post("/report/mine/withdraw", {"sure": "yes"})
    assert "取り下げました。" in me.page and (await window.report()).status == "withdrawn"
    await me.post("/report/mine/withdraw", {"sure": "yes"})
    assert (await window.verbs()).count("withdraw_report") == 1
    assert await window.tend() == 1
    row = await window.report()
    assert (row.state, row.closed_reason) == ("closed", "withdrawn")
    await add(me, "やっぱり伝えたいです")
    await window.work()
    assert (await window.report()).status == "new"


async def test_at_risk_taking_it_back_is_a_wish(window: Window, me: Reporter) -> None:
    await me.send(AT_CRITICAL)
    await window.work()
    await me.post("/report/mine/withdraw", {"sure": "yes"})
    assert "窓口の人がいちど読んで決めます" in me.page
    row = await window.report()
    assert (row.status, row.state) == ("new", "waiting")
    assert await window.tend() == 0
    (step,) = await window.service.rows("SELECT kind, code FROM report_steps")
    assert (step.kind, step.code) == ("note", "withdrawal_wished")
    assert await window.service.rows("SELECT 1 FROM escalations WHERE state <> 'closed'") != []


async def test_words_that_turn_out_to_be_urgent_bring_a_withdrawn_report_back(window: Window, me: Reporter) -> None:
    await me.send()
    await window.work()
    await me.post("/report/mine/withdraw", {"sure": "yes"})
    report_id = (await window.report()).id
    await add(me, AT_CRITICAL)
    await window.service.change("UPDATE reports SET status = 'withdrawn' WHERE id = :id", id=report_id)
    await window.work()
    assert (await window.report()).status == "new"


async def test_row_7_the_code_and_the_token_are_in_no_file_of_the_database_and_in_no_backup(
    window: Window, me: Reporter, postgres: EmbeddedPostgres
) -> None:
    """What somebody has who takes the disk or a dump: tables, what was written ahead of them, and the server's log."""
    code = await me.send("ひみつのことば")
    tokens = {me.token}
    await me.post("/report/answer", {"receipt": code})
    tokens.add(me.token)
    await window.work()
    name = str(window.service.store.engine.url.database)
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        (own,) = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone() or ("",)
        (programs,) = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone() or ("",)
    dump = await asyncio.create_subprocess_exec(
        f"{programs}/pg_dump",
        postgres.superuser_url.replace("/postgres?", f"/{name}?"),
        env={"PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    backup, _ = await dump.communicate()
    bare = code.replace("-", "")
    words = [word.encode() for word in (code, bare, bare.lower(), "ひみつのことば", *tokens)]
    secrets = [*words, *(word.hex().encode() for word in words)]  # a dump writes bytes as their digits
    seen = dict.fromkeys(("backup", "pg_wal", f"base/{own}"), 0)
    for place, data in [("backup", backup), *files_below(Path(folder))]:
        assert not any(secret in data for secret in secrets), place
        for one in seen:
            seen[one] += place.startswith(one) and b"keep_receipt" in data
    assert all(seen.values()), "the report's other traces are in each of them"


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Their names within the folder, and what lies in them."""
    for file in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # the server tidies up meanwhile
            if file.is_file():
                yield str(file.relative_to(folder)), file.read_bytes()
