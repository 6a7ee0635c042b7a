"""The pages of a shift over HTTP: what they show, to whom, and what they refuse beside its field."""

from __future__ import annotations

import re
from datetime import timedelta

from handoff.domain.texts import TextKey
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, LONG, Browser, at_the_desk, browser, entries, hidden, later

HERE = "/desk/shifts/2026-11-20"


async def confirmed(at: Browser, item: str, page: str = HERE, **fields: str) -> tuple[int, str, str]:
    return await at.send(page, f"{HERE}/confirm/{item}", **fields)


async def begun(at: Browser) -> None:
    """A shift begun by a supervisor, with reasons for what is missing."""
    assert (await at.send("/desk/shifts", "/desk/shifts/open"))[0] == 303
    for item in ("alarm", "staff", "lines", "tasks"):
        status, page, to = await confirmed(at, item, words="研修のため", step="go_on")
        assert (status, to) == (303, f"{HERE}?said=confirmed#{item}"), page
    assert (await at.send(HERE, f"{HERE}/begin"))[2] == f"{HERE}?said=begun"


async def test_the_start_check_is_guided_and_says_that_students_never_wait_for_it(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        assert 'href="/desk/shifts"' in await minato.page("/desk/service")
        page = await minato.page("/desk/shifts")
        assert "16:00から22:00まで" in page and "子どもの相談は止まりません" in page and "まだありません" in page
        assert (await minato.send("/desk/shifts", "/desk/shifts/open"))[2] == f"{HERE}?said=opened"
        page = await minato.page(HERE)
        assert "終わっていなくても、子どもの相談は止まりません" in page
        for words in (
            "当番の業務責任者",
            "これまでに全員が確かめた試験: <strong>まだありません",
            "常に2人以上、業務責任者を除く",
            "相談員があと2人必要です",
            "自動で止まるものはありません",
            "開いている入口: LINE、ウェブのチャット",
            service.setting.profile.text(TextKey.WELCOME),
            "0120-0-78310",
            "前のシフトからの引継ぎはありません",
            "残された伝言",
            "直っていない不具合",
            "終わっていない請求・照会",
        ):
            assert words in page, words
        status, page, _ = await confirmed(minato, "alarm")
        assert status == 400 and "まだ受け取りを確かめていない人がいます。確かめるか" in page
        wrong = re.search(r'<textarea id="w-alarm"[^>]*>', page)
        assert wrong is not None and 'aria-invalid="true" aria-describedby="alarm-fault"' in wrong[0]
        assert page.count('id="alarm-fault"') == 1
        status, page, _ = await minato.send(HERE, f"{HERE}/begin")
        assert status == 400 and "まだ確認していない項目があります" in page
        for item in ("staff", "nothing"):
            status, page, _ = await minato.post(
                f"{HERE}/confirm/{item}", hidden(await minato.page(HERE), f"{HERE}/confirm/staff")
            )
            assert status == (400 if item == "staff" else 404)
        # A test, its state, and receipts by hand.
        assert (await minato.send(HERE, f"{HERE}/alarm"))[2] == f"{HERE}?said=rung#alarm"
        (row,) = await service.rows("SELECT escalation_id FROM shift_alarms")
        await service.sound(row.escalation_id)
        page = await minato.page(HERE)
        assert "画面: 送りました" in page and f"{HERE}/alarm/2/received" in page
        status, page, _ = await minato.send(HERE, f"{HERE}/alarm")
        assert status == 400 and "3分待って" in page
        status, page, _ = await minato.send(HERE, f"{HERE}/alarm/1/received", name="")
        assert status == 400 and 'id="rung-1-fault"' in page
        for rung in range(3):
            assert (await minato.send(HERE, f"{HERE}/alarm/{rung}/received", name=HOSTILE))[0] == 303
        page = await minato.page(HERE)
        assert "さんに確かめました（記録 みなと）" in page and "<script>alert" not in page and "（きょう）" in page
        assert (await confirmed(minato, "alarm"))[0] == 303
        assert "みなと</bdi>さんが18:00" not in page
        assert "みなと</bdi>さんが11月20日（金） 18:00に確認しました" in await minato.page(HERE)


async def test_the_form_that_is_sent_twice_is_one_and_one_page_s_forms_are_several(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        await minato.send("/desk/shifts", "/desk/shifts/open")
        page = await minato.page(HERE)
        for item in ("lines", "tasks", "lines"):
            fields = hidden(page, f"{HERE}/confirm/{item}")
            assert (await minato.post(f"{HERE}/confirm/{item}", fields))[0] == 303
        assert [one.detail["item"] for one in await entries(service, "confirm_shift_item")] == ["lines", "tasks"]
        assert (await minato.post(f"{HERE}/confirm/lines", fields | {"token": "x"}))[0] == 403


async def test_the_papers_of_an_evening(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        await begun(minato)
        # The duty log.
        at = f"{HERE}/duty"
        page = await minato.page(at)
        assert "相談員があと2人必要です" in page and "みなと" in page
        assert (await minato.send(at, at, time="17:30", words="警察から折り返し"))[2] == f"{at}?said=noted#notes"
        for fields, field in (
            ({"time": "x", "words": "a"}, "time"),
            ({"time": "23:00", "words": "a"}, "at"),
            ({"time": "17:00", "words": LONG}, "words"),
            ({"time": "17:00", "words": ""}, "words"),
        ):
            status, page, _ = await minato.send(at, at, **fields)
            assert status == 400 and 'id="note-fault"' in page and page.count('aria-invalid="true"') == 1, field
        status, page, _ = await minato.send(at, f"{HERE}/shortage", words="応援を頼みました")
        assert status == 400 and "どうするかを選んで" in page
        assert (await minato.send(at, f"{HERE}/shortage", step="call_in"))[0] == 303
        page = await minato.page(at)
        assert "警察から折り返し" in page and "応援を呼ぶ" in page and "人が足りなかった時間" in page
        # The handover, and the end.
        at = f"{HERE}/handover"
        assert (await minato.send(at, at, words="下書きの言葉"))[2] == f"{at}?said=saved"
        assert "下書きです" in await minato.page(at)
        status, page, _ = await minato.send(at, at, words=LONG, finish="yes")
        assert status == 400 and LONG in page and 'id="wf"' in page
        assert (await minato.send(at, at, words=HOSTILE, finish="yes"))[0] == 303
        page = await minato.page(at)
        assert (
            "第2版" in page and "<script>alert" not in page and "次のシフトの人は、この版をまだ読んでいません" in page
        )
        assert (
            "直した版を書く" in page and "<textarea" not in page and "<textarea" in await minato.page(f"{at}?again=1")
        )
        at = f"{HERE}/daily"
        assert (await minato.send(at, at, words="静かな夜でした。", finish="yes"))[2] == f"{at}?said=finished"
        page = await minato.page(at)
        assert "静かな夜でした。" in page and "あとから統計が変わっても、この版は変わりません" in page
        at = f"{HERE}/end"
        status, page, _ = await minato.send(at, f"{HERE}/close")
        assert status == 400 and "話している相談、書きかけの文、終了記録、引継ぎ" in page
        for item in ("talks", "drafts", "sheets", "handover"):
            assert (await confirmed(minato, item, at))[2] == f"{at}?said=confirmed#{item}"
        assert (await minato.send(at, f"{HERE}/close"))[2] == f"{at}?said=closed"
        assert "みなとさんが終わりました" in await minato.page(at)
        assert f"{HERE}/confirm/" not in await minato.page(HERE), "nothing of it changes any more"
        page = await minato.page("/desk/shifts")
        assert "終わりました" in page and "1件" in page


async def test_the_next_shift_reads_the_handover(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        await begun(minato)
        at = f"{HERE}/handover"
        await minato.send(at, at, words="あしたは学校が休みです。", finish="yes")
        later(service, days=1)
        following = "/desk/shifts/2026-11-21"
        assert (await minato.send("/desk/shifts", "/desk/shifts/open"))[2] == f"{following}?said=opened"
        page = await minato.page(following)
        assert "11月20日（金）からの引継ぎ" in page and "あしたは学校が休みです。" in page
        status, page, _ = await minato.send(following, f"{following}/confirm/tasks")
        assert status == 400 and "「読みました」に印" in page and 'aria-describedby="tasks-fault"' in page
        (paper,) = await service.rows("SELECT id FROM shift_papers")
        assert (await minato.send(following, f"{following}/confirm/tasks", handover=str(paper.id)))[0] == 303
        page = await minato.page(at)
        assert "読んだ人: <bdi>みなと</bdi>（11月21日（土） 18:00）" in page and "終わっていない緊急対応" in page
        # After the days of the talks its list is gone, and nothing of today stands in its place.
        await service.change("UPDATE shift_papers SET found = NULL")
        page = await minato.page(at)
        assert "一覧は、相談の記録と同じ日数がすぎたので、消しました。" in page and "あしたは学校が休みです。" in page
        assert "下書きです" not in page and "終わっていない緊急対応" not in page and "<textarea" not in page


async def test_a_board_reads_the_daily_report_and_totals_and_no_word_of_the_team(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        await begun(minato)
        for name, words in (("handover", "引継ぎの秘密の言葉"), ("daily", "まだ書きかけ")):
            await minato.send(f"{HERE}/{name}", f"{HERE}/{name}", words=words)
        await minato.send(f"{HERE}/duty", f"{HERE}/duty", time="17:30", words="部屋の秘密の言葉")
        board = browser(minato.url)
        await board.sign_in("iinkai")
        page = await board.page("/desk/shifts")
        assert f"{HERE}/handover" not in page and f"{HERE}/duty" in page and "始まりの確認をする" not in page
        assert "<th scope" in page and "まだです" in page
        assert (await board.get(f"{HERE}/daily"))[0] == 404
        await minato.send(f"{HERE}/daily", f"{HERE}/daily", words="静かな夜でした。", finish="yes")
        page = await board.page(f"{HERE}/daily")
        assert "静かな夜でした。" in page and "<textarea" not in page and f"{HERE}/handover" not in page
        page = await board.page(f"{HERE}/duty")
        assert "秘密の言葉" not in page and "<textarea" not in page and "いた時間" in page
        for path in ("", "/handover", "/end"):
            assert (await board.get(HERE + path))[0] == 403, path
        token = hidden(await board.page("/desk/service"), "/desk/sign-out")["token"]
        assert (await board.post("/desk/shifts/open", {"token": token, "key": "x"}))[0] in (400, 403)
        for path in ("/desk/shifts/2026-11-19", "/desk/shifts/2026-11-19/daily", "/desk/shifts/x"):
            assert (await minato.get(path))[0] == 404, path
        await board.http.close()


async def test_a_counsellor_runs_a_shift_and_leaves_the_daily_report_to_a_supervisor(service: Service) -> None:
    async with at_the_desk(service, "yuki") as yuki:
        await yuki.send("/desk/shifts", "/desk/shifts/open")
        page = await yuki.page(f"{HERE}/daily")
        assert "仕上げるのは業務責任者です" in page and 'name="finish"' not in page
        fields = hidden(page, f"{HERE}/daily") | {"words": "あ", "finish": "yes"}
        assert (await yuki.post(f"{HERE}/daily", fields))[0] == 403
        status, page, _ = await confirmed(yuki, "staff", step="go_on", words="ひとりでします")
        assert status == 400 and "業務責任者が、理由を書いて確認してください" in page


async def test_old_shifts_are_paged(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        clock = service.setting.clock
        for _ in range(33):
            assert (await minato.send("/desk/shifts", "/desk/shifts/open"))[0] == 303
            clock.offset += timedelta(days=1)
        first = await minato.page("/desk/shifts")
        assert "33件" in first and "1 / 2" in first and "12月22日" in first and "2026-11-20" not in first
        assert "2026-11-20" in await minato.page("/desk/shifts?page=2")
        assert "2026-11-20" in await minato.page("/desk/shifts?page=99") and "1 / 2" in await minato.page(
            "/desk/shifts?page=x"
        )


async def test_what_is_written_past_midnight_is_of_that_night_and_a_shift_that_nobody_ended_is_said(
    service: Service,
) -> None:
    async with at_the_desk(service, "minato") as minato:
        await begun(minato)
        later(service, hours=6, minutes=10)
        page = f"{HERE}/duty"
        assert 'value="00:10"' in await minato.page(page)
        assert (await minato.send(page, page, time="00:05", words="警察から折り返し"))[0] == 303
        assert (await minato.send(page, page, time="23:50", words="救急車が来ました"))[0] == 303
        (night, evening) = await service.rows("SELECT at FROM duty_notes ORDER BY at DESC")
        assert (night.at - evening.at).total_seconds() == 15 * 60
        later(service, hours=16)
        page = await minato.page("/desk/shifts")
        assert (await minato.send("/desk/shifts", "/desk/shifts/open"))[0] == 303
        page = await minato.page("/desk/shifts/2026-11-21")
        assert "前のシフト（11月20日（金））は、終わりの確認がまだです" in page and f'href="{HERE}/end"' in page
