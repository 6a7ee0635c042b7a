"""``/desk/requests`` over HTTP: a whole disclosure, the warning that others don't see, the board's pages, what is refused."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from handoff.domain.staff import StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, LONG, account, at_the_desk, browser, hidden
from tests.integration.desk_support import address
from tests.support import alarms

DATA, INSTRUCTIONS, LEAKS = "/desk/requests/data", "/desk/requests/instructions", "/desk/requests/leaks"
NEW = {
    "wish": "disclose",
    "asker": "guardian",
    "arrival": "paper",
    "received_on": "2026-11-20",
    "about": "山田花子さんの10月の相談",
}


async def harmed(service: Service, *suspects: str) -> UUID:
    risk = alarms.Risk(["お父さんがたたく"], "high", ("abuse",), frozenset(suspects))
    return await alarms.write(service.store, service.setting, "お父さんがたたくんです", risk, address(1))


async def test_a_disclosure_from_its_arrival_to_the_paper_by_two_supervisors(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        assert "/desk/requests" in await minato.page("/desk/service")
        assert DATA in await minato.page("/desk/requests")
        assert "請求が届いたら" in await minato.page(DATA)
        status, page, _ = await minato.send(DATA, DATA, **(NEW | {"received_on": "2026-11-21"}))
        assert status == 400 and "先の日" in page and "山田花子さんの10月の相談" in page
        assert 'aria-invalid="true"' in page.partition('name="received_on"')[2].partition(">")[0]
        _, _, to = await minato.send(DATA, DATA, **NEW)
        one = to.partition("?")[0]
        session = await harmed(service)
        assert (await minato.send(one, f"{one}/link", found=f"/desk/talks/{session}/sheet"))[0] == 303
        page = await minato.page(one)
        assert "虐待や性被害をうかがわせる" in page and "78条1項1号" in page
        assert 'value="account"' not in page.partition('name="proof"')[2].partition("</select>")[0]
        assert (await minato.send(one, f"{one}/check", proof="paper", how="戸籍を見た"))[0] == 303
        status, page, _ = await minato.send(
            one, f"{one}/decide", decision="grant", child="unknown", reason="確かめました"
        )
        assert status == 400 and "子ども本人にたずねたか" in page
        decided = {"decision": "grant", "child": "agrees", "reason": "確かめました"}
        assert (await minato.send(one, f"{one}/decide", **decided))[0] == 303
        page = await minato.page(one)
        assert "二人目" in page and f'action="{one}/agree"' not in page and f'action="{one}/copy"' not in page
        fields = {"token": hidden(page, f"{one}/reconsider")["token"], "key": str(uuid4())}
        assert (await minato.post(f"{one}/agree", fields | {"second": "自分でよいと思う"}))[0] == 403
        assert (await minato.post(f"{one}/copy", fields | {"copy": "早く渡したい"}))[0] == 409
        await account(service, "aoi", StaffRole.SUPERVISOR)
        aoi = browser(minato.url)
        await aoi.sign_in("aoi")
        assert (await aoi.send(one, f"{one}/agree", second="同じ考えです"))[0] == 303
        status, copy, _ = await minato.send(one, f"{one}/copy", copy="保護者に渡すため")
        assert status == 200 and "お父さんがたたくんです" in copy and "相談した人" in copy
        article = copy.partition("<article")[2]
        for never in ("みなと", "あおい", "high", "虐待", "危険度"):
            assert never not in article, "no name of staff, no sign of risk"
        assert (await minato.send(one, f"{one}/tell", told="書面で送った"))[0] == 303
        assert (await minato.send(one, f"{one}/carry-out", done="窓口で渡した"))[0] == 303
        sheet = await minato.page(f"{one}/sheet")
        assert "2026年11月20日" in sheet and "2026年12月20日" in sheet and "窓口で渡した" in sheet
        assert "完了" in await minato.page(f"{DATA}?ended=1") and "請求が届いたら" in await minato.page(DATA)
        await aoi.http.close()


async def test_a_suspect_s_yes_is_refused_on_the_page_and_a_deletion_says_that_nothing_is_gone_yet(
    service: Service,
) -> None:
    async with at_the_desk(service, "minato") as minato:
        session = await harmed(service, "guardian")
        _, _, to = await minato.send(DATA, DATA, **(NEW | {"wish": "delete"}))
        one = to.partition("?")[0]
        await minato.send(one, f"{one}/link", found=str(session))
        await minato.send(one, f"{one}/check", proof="paper", how="戸籍を見た")
        assert "傷つけている人かもしれません" in await minato.page(one)
        yes = {"decision": "grant", "child": "agrees", "reason": "消してほしいとのこと"}
        status, page, _ = await minato.send(one, f"{one}/decide", **yes)
        assert status == 400 and "応じられません" in page and "消してほしいとのこと" in page
        no = {"decision": "refuse", "child": "cannot_ask", "reason": "害するおそれ", "ground-abuse": "on"}
        assert (await minato.send(one, f"{one}/decide", **no))[0] == 303
        assert "虐待が疑われる" in await minato.page(one)
        _, _, to = await minato.send(DATA, DATA, **(NEW | {"wish": "delete", "asker": "self"}))
        one = to.partition("?")[0]
        await minato.send(one, f"{one}/link", found=str(session))
        await minato.send(one, f"{one}/check", proof="account", how="相談の中で書いた")
        assert (await minato.send(one, f"{one}/decide", decision="grant", child="unknown", reason="本人の希望"))[
            0
        ] == 303
        board = browser(minato.url)
        await board.sign_in("iinkai")
        page = await board.page(one)
        assert "本人の希望" in page and "山田" not in page and "たたく" not in page and "虐待" not in page
        assert "家の人が関わっている" not in page and "二人で決める請求" in page
        assert (await board.send(one, f"{one}/agree", second="同じ考えです"))[2] == f"{DATA}?said=agree"
        assert (await board.get(one))[0] == 404
        page = await minato.page(one)
        assert "すぐには消えません" in page
        await service.change("UPDATE escalations SET state = 'closed'")
        status, page, _ = await minato.send(one, f"{one}/dispose")
        assert status == 400 and "続いている相談" in page
        await service.change("UPDATE sessions SET state = 'closed'")
        assert (await minato.send(one, f"{one}/dispose"))[0] == 303
        assert "まだ消えていません" in await minato.page(one)
        await board.http.close()


async def test_what_people_write_stays_words_and_too_much_is_refused_beside_its_field(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        _, _, to = await minato.send(DATA, DATA, **(NEW | {"about": HOSTILE}))
        one = to.partition("?")[0]
        for path in (one, f"{one}/sheet"):
            page = await minato.page(path)
            assert "&lt;script&gt;alert" in page and "<script>alert" not in page
        status, page, _ = await minato.send(DATA, DATA, **(NEW | {"about": LONG}))
        assert status == 400 and "いま5000文字" in page
        for name in ("wish", "asker", "arrival"):
            status, page, _ = await minato.send(DATA, DATA, **(NEW | {name: "x"}))
            assert status == 400 and 'aria-invalid="true"' in page.partition(f'name="{name}"')[2].partition(">")[0]
        token = hidden(await minato.page(DATA), DATA)
        assert (await minato.post(f"{one}/nothing", token))[0] == 404
        assert (await minato.post(f"{DATA}/{uuid4()}/tell", token | {"told": "書面で送った"}))[0] == 404
        assert (await minato.post(f"{one}/tell", token | {"token": "x", "told": "書面で送った"}))[0] == 403


async def test_a_question_goes_to_the_board_and_its_answer_comes_back(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        board = browser(minato.url)
        await board.sign_in("iinkai")
        question = {"question": "写真の扱いをどうしますか", "due_on": "2026-11-25"}
        status, page, _ = await minato.send(INSTRUCTIONS, INSTRUCTIONS, **question)
        assert status == 400 and "印をつけてください" in page and "写真の扱いをどうしますか" in page
        _, _, to = await minato.send(INSTRUCTIONS, INSTRUCTIONS, nameless="on", **question)
        one = to.partition("?")[0]
        assert "写真の扱いをどうしますか" in await board.page(INSTRUCTIONS)
        assert f'action="{one}/answer"' not in await minato.page(one)
        assert (await board.send(one, f"{one}/answer", answer="短"))[0] == 400
        assert (await board.send(one, f"{one}/answer", answer="開かずに保管してください"))[0] == 303
        assert "開かずに保管してください" in await minato.page(one)
        assert (await minato.send(one, f"{one}/finish", result="手順書に書いた"))[0] == 303
        assert "手順書に書いた" in await board.page(one)
        assert (await board.send(INSTRUCTIONS, INSTRUCTIONS, order="受付を18時に始めてください", due_on=""))[0] == 303
        yuki = browser(minato.url)
        await yuki.sign_in("yuki")
        page = await yuki.page(INSTRUCTIONS)
        assert "受付を18時に" in page and "照会する" not in page and "指示を出す" not in page
        assert (await yuki.get(one))[0] == 404
        index = await yuki.page("/desk/requests")
        assert DATA not in index and LEAKS not in index
        for path in (DATA, LEAKS):
            assert (await yuki.get(path))[0] == 403
        await board.http.close()
        await yuki.http.close()


async def test_a_leak_is_noted_filled_in_reported_and_read_by_the_board(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        _, _, to = await minato.send(
            LEAKS, LEAKS, noticed_on="2026-11-20", noticed_by="業務責任者", what="名簿をなくした"
        )
        one = to.partition("?")[0]
        page = await minato.page(one)
        assert "11月22日" in page and "11月24日" in page and "12月19日" in page
        status, page, _ = await minato.send(one, f"{one}/first")
        assert status == 400 and "種類" in page
        filled = {
            "noticed_on": "2026-11-20",
            "what": "名簿をなくした",
            "persons": "3",
            "cause": "lost",
            "why": "持ち出した",
            "told": "yes",
            "announced": "not_needed",
            "kind-words": "on",
            "wrongful": "on",
        }
        status, page, _ = await minato.send(one, f"{one}/save", **(filled | {"persons": "三人"}))
        assert status == 400 and "数字で" in page and "持ち出した" in page and page.count(" checked") == 2
        assert (await minato.send(one, f"{one}/save", **filled))[0] == 303
        page = await minato.page(one)
        assert "1月18日" in page and "60日" in page, "harm was meant"
        assert (await minato.send(one, f"{one}/first"))[0] == 303
        board = browser(minato.url)
        await board.sign_in("iinkai")
        page = await board.page(LEAKS)
        (version,) = set(re.findall(rf"{LEAKS}/versions/[0-9a-f-]+", page))
        sheet = await board.page(version)
        assert "漏えい等報告書（速報）" in sheet and "名簿をなくした" in sheet and "2026年11月20日" in sheet
        assert "調べています" in sheet, "what isn't known yet"
        assert (await board.get(one))[0] == 404
        kaede = browser(minato.url)
        await kaede.sign_in("kaede")
        page = await kaede.page(one)
        assert "名簿をなくした" in page and f'action="{one}/save"' not in page
        await board.http.close()
        await kaede.http.close()


async def test_nobody_gets_in_without_signing_in(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        stranger = browser(minato.url)
        for path in ("/desk/requests", DATA, INSTRUCTIONS, LEAKS):
            assert (await stranger.get(path))[0] == 303, path
        await stranger.http.close()
