"""The pages of the policy and of the documents over HTTP (HOK-8.1, WG-10, TAJ-6)."""

from __future__ import annotations

import re
from html import unescape

import aiohttp

from handoff.domain.policy import BoardWords, SeenBy
from handoff.domain.staff import StaffRole
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import HOSTILE, account, at_the_desk, claimed, hidden, member
from tests.integration.desk_support import Bridge
from tests.integration.policy_support import publish, write
from tests.integration.report_support import report_window
from tests.support.fakes import FrozenClock

ADDRESS = "/desk/policies/publish"


def words_of(page: str) -> str:
    """A page's letters without its readings and marks."""
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(rt|rp)>.*?</\1>", "", page)))


async def test_anybody_reads_it_without_cookie_or_script(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato, aiohttp.ClientSession() as http:

        async def get(path: str, **headers: str) -> tuple[int, str]:
            async with http.get(minato.url + path, headers=headers) as answer:
                assert "set-cookie" not in answer.headers
                policy = answer.headers["content-security-policy"]
                assert "script-src" not in policy and policy.startswith("default-src 'none'")
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert answer.headers["x-robots-tag"] == "noindex, nofollow"
                return answer.status, await answer.text()

        status, page = await get("/policy")
        assert status == 200 and "準備中です" in page and "<script" not in page and "<title>きまり</title>" in page
        assert 'href="/chat/away">すぐに閉じる' in page, "row 27: a child comes here from the report and the chat"
        by = await member(service, "minato")
        await write(service, by, BoardWords(short="夏休みも開いています。", full=HOSTILE[:200]))
        await publish(service, by, note="夏休みのことを足しました。")
        status, page = await get("/policy")
        assert status == 200 and "第1版" in page and "2026年11月20日 18:00から" in page
        assert "夏休みも開いています。" in page and "変わったところ" in page
        assert service.setting.profile.disclosure_notice() in words_of(page)
        assert "<ruby>虐待<rp>（</rp><rt>ぎゃくたい</rt>" in page and '<a href="tel:110">110</a>' in page
        assert 'href="https://example.jp/kodomo-line"' in page, "HOK-8.3"
        _, page = await get("/policy/full")
        assert "免責" not in page and "つながらないとき" in page and 'href="tel:0120078310"' in page
        assert "&lt;script&gt;" in page and "<script" not in page
        _, page = await get("/policy/privacy")
        assert "使う目的" in page and "相談の記録：365日" in page
        status, page = await get("/policy/1")
        assert status == 200 and "くわしいきまり" in page and "使う目的" in page and "くわしい版を読む" not in page
        for path in ("/policy/2", "/policy/nothing", "/policy/99999999999999999999"):
            status, page = await get(path)
            assert status == 404 and "いまの版を開く" in page, path
        async with http.get(f"{minato.url}/chat") as answer:
            assert 'href="/policy">この窓口のきまり（第1版）' in await answer.text()


async def test_the_reports_first_page_names_the_version_that_a_report_then_notes(service: Service) -> None:
    async with report_window(service, FrozenClock(OPEN)) as window, window.reporter() as me:
        assert "/policy" not in await me.get("/report"), "nothing is published"
        minato = await Bridge(service).supervisor()
        service.setting.clock = window.clock
        await publish(service, minato)
        assert 'href="/policy">この窓口のきまり（第1版）' in await me.get("/report")
        await me.send()
        (row,) = await service.rows("SELECT p.number, s.way FROM policy_seen s JOIN policies p ON p.id = s.policy_id")
        assert (row.number, row.way) == (1, "report")


async def test_it_is_published_at_the_desk(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        assert 'href="/desk/policies"' in await minato.page("/desk/service")
        page = await minato.page("/desk/policies")
        assert "まだ公開していません" in page and "まだ一つもありません" in page
        status, page, _ = await minato.send(
            "/desk/policies", "/desk/policies/words", short="あ" * 121, full="", privacy=""
        )
        assert status == 400 and 'id="short-fault"' in page and "あ" * 121 in page, "what was typed stays"
        _, _, to = await minato.send(
            "/desk/policies", "/desk/policies/words", short="夏休みも開いています。", full="", privacy=""
        )
        assert to == "/desk/policies?said=kept"
        assert "夏休みも開いています。" in await minato.page("/desk/policies/next")
        good = {"note": "", "approved_by": "学校安全課 課長", "approved_on": "2026-11-20", "holds_from": ""}
        for name, value in (
            ("approved_by", " "),
            ("approved_on", ""),
            ("approved_on", "2026-11-21"),
            ("holds_from", "2026-11-19T00:00"),
            ("holds_from", "あした"),
            ("shown", "0" * 16),
        ):
            status, page, _ = await minato.send("/desk/policies", ADDRESS, **(good | {name: value}))
            assert status == 400 and f'id="{name}-fault"' in page, (name, value)
        assert await service.rows("SELECT 1 FROM policies") == []
        fields = hidden(await minato.page("/desk/policies"), ADDRESS) | good
        for _ in range(2):
            assert (await minato.post(ADDRESS, fields))[::2] == (303, "/desk/policies?said=published")
        assert len(await service.rows("SELECT 1 FROM policies")) == 1, "the same form again"
        page = await minato.page("/desk/policies")
        assert "いまの版：" in page and "いまの設定とちがいます" not in page and "学校安全課 課長" in page
        profile = service.setting.profile
        service.setting.profile = profile.model_copy(
            update={"session": profile.session.model_copy(update={"soft_limit_minutes": 45})}
        )
        page = await minato.page("/desk/policies")
        assert "いまの設定とちがいます" in page and "<del>" in page and "45分をめやす" in page
        assert (await minato.send("/desk/policies", ADDRESS, **(good | {"note": ""})))[0] == 400
        assert (await minato.send("/desk/policies", ADDRESS, **(good | {"note": "45分になりました。"})))[0] == 303
        page = await minato.page("/desk/policies/2")
        assert "第1版とのちがい" in page and "60分をめやす" in page and "45分になりました。" in page
        assert (await minato.get("/desk/policies/3"))[0] == 404


async def test_who_has_a_talk_sees_which_version_its_person_saw(service: Service) -> None:
    async with at_the_desk(service, "yuki") as yuki:
        session = await claimed(service, "yuki")
        address = f"/desk/talks/{session}/care"
        assert "まだ案内していません" in await yuki.page(address)
        version = await publish(service, await member(service, "minato"))
        async with service.store.transaction() as tx:
            view = await tx.sessions.lock(session)
            now = service.setting.clock.now()
            await tx.policies.mark_seen(view.contact_id, version.id, now, SeenBy.CHAT, None)
        page = await yuki.page(address)
        assert '<a href="/desk/policies/1">第1版</a>（11月20日（金） 18:00 チャットの画面に表示）' in page
        page = await yuki.page("/desk/policies")
        assert "/desk/policies/publish" not in page and "第1版" in page, "a counsellor reads, and publishes nothing"
        token = hidden(await yuki.page("/desk/knowledge"), "/desk/knowledge")["token"]
        fields = {"token": token, "short": "あ", "full": "", "privacy": "", "revision": "0"}
        assert (await yuki.post("/desk/policies/words", fields))[0] == 403


async def test_the_documents_are_read_and_printed_by_those_who_may(service: Service) -> None:
    async with at_the_desk(service, "iinkai") as board:
        page = await board.page("/desk/documents")
        for code, title in (("flow", "流れ"), ("basics", "基本的事項"), ("urgent", "緊急性"), ("secrecy", "守秘義務")):
            assert f'href="/desk/documents/{code}"' in page
            made = await board.page(f"/desk/documents/{code}")
            assert title in made and "2026年11月20日作成" in made and "HOK-3.4" in made and "事業設定 demo" in made
        assert (await board.get("/desk/documents/nothing"))[0] == 404
        urgent = await board.page("/desk/documents/urgent")
        assert "当番の業務責任者" in urgent and "090-0000-0001" not in urgent and "contacts=1" not in urgent
        assert (await board.get("/desk/documents/urgent?contacts=1"))[0] == 403
    async with at_the_desk(service, "minato") as minato:
        assert "090-0000-0001" not in await minato.page("/desk/documents/urgent")
        assert "090-0000-0001" in await minato.page("/desk/documents/urgent?contacts=1")
        assert len(await service.rows("SELECT 1 FROM audit_events WHERE verb = 'open_ladder'")) == 1
    await account(service, "manabu", StaffRole.TRAINER)
    async with at_the_desk(service, "manabu") as trainer:
        assert (await trainer.get("/desk/documents"))[0] == 403
        assert (await trainer.get("/desk/documents/flow"))[0] == 403
