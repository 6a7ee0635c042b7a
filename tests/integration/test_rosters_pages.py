"""The roster's pages (KAG-6.1ア, ウ, オ): from the first sign-in to the list for the board, through HTTP."""

from __future__ import annotations

import pytest

from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.domain.pledge import PLEDGES
from handoff.domain.staff import StaffRole
from handoff.services.desk.accounts import Accounts
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser as Line
from tests.integration.desk_care_support import HOSTILE, Browser, at_the_desk, browser, hidden, later, member

TODAY = "2026-11-20"
ENTRY = {
    "role": "counsellor",
    "real_name": "佐藤花子",
    "qualification": "公認心理師",
    "experience": "県の電話相談",
    "years": "5",
    "holds_from": TODAY,
    "valid_to": "2027-03-31",
    "announced_on": TODAY,
    "announced_way": "mail",
}
TRAINING = {"subject": "emergency", "by": "県の講師", "held_on": "2026-11-01", "hours": "1.5"}


async def newcomer(service: Service, role: StaffRole = StaffRole.COUNSELLOR) -> str:
    """An account and nothing else; where its page of the roster is."""
    accounts = Accounts(service.store, service.setting, ArgonPasswords())
    added = await accounts.add("aoi", "あおい", role, DEMO_PASSWORD, demo=True)
    return f"/desk/rosters/{added.id}"


async def test_from_the_first_sign_in_to_the_desk(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        page = await newcomer(service)
        aoi = browser(kaede.url)
        await aoi.sign_in("aoi")
        status, _, to = await open_(aoi, "/desk/")
        assert (status, to) == (303, "/desk/pledge"), "who isn't cleared is told what is missing"
        own = await aoi.page("/desk/pledge")
        assert own.count(">まだ<") == 2 and "足りません" in own and "相談の画面を開けません" in own
        assert all(promise in own for promise in PLEDGES[1])
        for path in ("/desk/overview", "/desk/sheets", "/desk/rosters", "/desk/api/desk", "/desk/reports"):
            assert (await aoi.get(path))[0] == 403, path
        assert "名簿か守秘の誓約" in (await aoi.get("/desk/sheets"))[1]

        status, wrong, _ = await aoi.send("/desk/pledge", "/desk/pledge", agreed="on", password="ちがうパスワード")
        assert status == 400 and 'aria-invalid="true" aria-describedby="pledge-fault"' in wrong
        assert (await aoi.send("/desk/pledge", "/desk/pledge", password=DEMO_PASSWORD))[0] == 400
        assert await service.rows("SELECT 1 FROM pledges p JOIN staff s ON s.id = p.staff_id AND s.name = 'aoi'") == []
        assert (await aoi.send("/desk/pledge", "/desk/pledge", agreed="on", password=DEMO_PASSWORD))[0] == 303
        assert (await aoi.page("/desk/pledge")).count(">まだ<") == 1

        roster = await kaede.page("/desk/rosters")
        assert "あおいさん：名簿にのっていない" in roster and f'href="{page}"' in roster
        status, _, to = await kaede.send(page, f"{page}/entries", **ENTRY)
        assert (status, to) == (303, f"{page}?said=written")
        assert (await aoi.get("/desk/"))[0] == 200, "without signing in anew"
        assert "研修が足りません" in await aoi.page("/desk/") and "研修中" in await aoi.page("/desk/")
        for subject in ("emergency", "sns_counselling"):
            assert (await kaede.send(page, f"{page}/trainings", **(TRAINING | {"subject": subject})))[0] == 303
        shown = await kaede.page(page)
        assert "2027年10月31日" in shown and "1.5時間" in shown and "いま有効" in shown
        assert "研修が足りません" not in await aoi.page("/desk/")
        (row,) = await service.rows("SELECT id FROM trainings WHERE subject = 'emergency' AND held_on = '2026-11-01'")
        assert (await kaede.send(page, f"{page}/trainings/{row.id}/remove"))[0] == 303
        assert "緊急のときの対応）の記録がないか" in await kaede.page("/desk/rosters")
        await aoi.http.close()


async def open_(at: Browser, path: str) -> tuple[int, str, str]:
    async with at.http.get(at.url + path, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def test_a_change_is_announced_shown_printed_and_begins_by_itself(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        yuki = await member(service, "yuki")
        page = f"/desk/rosters/{yuki.id}"
        change = ENTRY | {"role": "supervisor", "holds_from": "2026-11-25", "announced_on": "", "announced_way": ""}
        assert (await kaede.send(page, f"{page}/entries", **change))[0] == 303
        assert "届け出を待っています" in await kaede.page(page)
        printed = await kaede.page("/desk/rosters/print")
        assert "この名簿で届け出ます" in printed and "相談員 → 業務責任者" in printed and "<caption>" in printed
        (row,) = await service.rows("SELECT id FROM roster_entries WHERE announced_on IS NULL")
        form = f"{page}/entries/{row.id}/announce"
        status, wrong, _ = await kaede.send(page, form, announced_on=TODAY, announced_way="")
        assert status == 400 and f'aria-describedby="{row.id}-fault"' in wrong
        assert (await kaede.send(page, form, announced_on=TODAY, announced_way="paper"))[0] == 303
        at = browser(kaede.url)
        await at.sign_in("yuki")
        assert (await at.get("/desk/overview"))[0] == 403
        assert "2026年11月25日からは業務責任者になります" in await at.page("/desk/pledge")
        printed = await kaede.page("/desk/rosters/print")
        assert "この名簿で届け出ます" not in printed and "2026年11月25日" in printed
        later(service, days=5)
        assert (await at.get("/desk/overview"))[0] == 200
        assert "ありません。" in (await kaede.page("/desk/rosters/print")).partition("これからの変更")[2]
        before = await kaede.page("/desk/rosters/print?day=2026-11-20")
        assert "2026年11月20日 現在（作成 2026年11月25日）" in before
        assert (await kaede.get("/desk/rosters/print?day=きのう"))[0] == 400
        assert "この日に有効な人はいません" in await kaede.page("/desk/rosters/print?day=2009-01-01")
        await at.http.close()


async def test_an_old_page_undoes_nothing_that_was_written_meanwhile(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        page = f"/desk/rosters/{(await member(service, 'yuki')).id}"
        old = hidden(await kaede.page(page), f"{page}/entries")
        assert (await kaede.send(page, f"{page}/entries", **(ENTRY | {"trainee": "on"})))[0] == 303
        assert (await member(service, "yuki")).trainee
        status, wrong, _ = await kaede.post(f"{page}/entries", old | ENTRY)
        assert status == 400 and "ほかの人がこの名簿を変えました" in wrong and "佐藤花子" in wrong
        assert (await member(service, "yuki")).trainee, "as it was"
        # The page that came back knows of it; the same form twice is one.
        again = hidden(wrong, f"{page}/entries")
        for _ in range(2):
            assert (await kaede.post(f"{page}/entries", again | ENTRY))[0] == 303
        assert not (await member(service, "yuki")).trainee


async def test_a_change_can_be_called_off_until_it_begins(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        page = f"/desk/rosters/{(await member(service, 'yuki')).id}"
        assert (await kaede.send(page, f"{page}/entries", **(ENTRY | {"holds_from": "2026-12-01"})))[0] == 303
        (row,) = await service.rows("SELECT id FROM roster_entries WHERE holds_from = '2026-12-01'")
        assert (await kaede.send(page, f"{page}/entries/{row.id}/withdraw"))[0] == 303
        assert "取りやめ" in await kaede.page(page)
        (old,) = await service.rows(
            "SELECT e.id FROM roster_entries e JOIN staff s ON s.id = e.staff_id AND s.name = 'yuki' "
            "WHERE holds_from < '2026-12-01'"
        )
        fields = hidden(await kaede.page(page), f"{page}/entries")
        status, wrong, _ = await kaede.post(f"{page}/entries/{old.id}/withdraw", fields)
        assert status == 400 and "もう始まっています" in wrong


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"real_name": ""}, "real_name"),
        ({"role": "board"}, "role"),
        ({"role": "king"}, "role"),
        ({"years": "五"}, "years"),
        ({"holds_from": ""}, "holds_from"),
        ({"valid_to": ""}, "valid_to"),
        ({"valid_to": "2026-11-19"}, "valid_to"),
        ({"valid_to": "あした"}, "valid_to"),
        ({"announced_on": "2026-11-21", "holds_from": "2026-12-01"}, "announced_on"),
        ({"announced_way": "pigeon"}, "announced_way"),
    ],
)
async def test_what_can_t_be_is_refused_beside_its_field_and_keeps_what_was_typed(
    service: Service, change: dict[str, str], field: str
) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        page = await newcomer(service)
        status, wrong, _ = await kaede.send(page, f"{page}/entries", **(ENTRY | {"experience": HOSTILE} | change))
        assert status == 400
        assert f'name="{field}"' in wrong.partition('aria-invalid="true"')[0].rpartition("<p>")[2]
        assert "&lt;script&gt;alert" in wrong and "<script>alert" not in wrong
        assert await service.rows("SELECT 1 FROM roster_entries e JOIN staff s ON s.id = staff_id AND name='aoi'") == []


async def test_trainings_and_papers_that_can_t_be_are_refused_beside_their_fields(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        page = await newcomer(service)
        for change, field in (
            ({"hours": "たくさん"}, "hours"),
            ({"hours": "nan"}, "hours"),
            ({"hours": "-1"}, "hours"),
            ({"held_on": ""}, "held_on"),
            ({"subject": "x"}, "subject"),
            ({"subject": "other"}, "title"),
            ({"by": ""}, "by"),
        ):
            status, wrong, _ = await kaede.send(page, f"{page}/trainings", **(TRAINING | change))
            assert status == 400 and f'name="{field}"' in wrong.partition('aria-invalid="true"')[0].rpartition("<p>")[2]
        paper = {"signed_on": TODAY, "place": "金庫"}
        for change, field in (({"place": ""}, "place"), ({"signed_on": "2027-01-01"}, "signed_on")):
            status, wrong, _ = await kaede.send(page, f"{page}/paper", **(paper | change))
            assert status == 400 and f'name="{field}"' in wrong.partition('aria-invalid="true"')[0].rpartition("<p>")[2]
        assert await service.rows("SELECT 1 FROM trainings t JOIN staff s ON s.id = staff_id AND name = 'aoi'") == []
        assert (await kaede.send(page, f"{page}/paper", **paper))[0] == 303
        assert "金庫" in await kaede.page(page)


async def test_the_board_gets_the_list_and_nobody_else_s_page(service: Service) -> None:
    async with at_the_desk(service, "iinkai") as board:
        page = await board.page("/desk/rosters/print")
        for words in ("ゆき（見本）", "公認心理師", "2010年4月1日から", "2099年3月31日まで", "業務従事者名簿", "書面"):
            assert words in page
        assert "緊急のときの対応" in page and "なし</strong>" in page, "hikari has had no training yet"
        roster = await board.page("/desk/rosters")
        yuki = await member(service, "yuki")
        assert f"/desk/rosters/{yuki.id}" not in roster and "ひかりさん：研修" in roster
        assert (await board.get(f"/desk/rosters/{yuki.id}"))[0] == 404
        assert "名簿にはのりません" in await board.page("/desk/pledge")
        token = hidden(page, "/desk/sign-out")
        for path in ("entries", "trainings", "paper"):
            status, _, _ = await board.post(f"/desk/rosters/{yuki.id}/{path}", token | ENTRY | TRAINING)
            assert status == 404, path
        assert (await board.post(f"/desk/rosters/{yuki.id}/entries", token | ENTRY | {"key": str(yuki.id)}))[0] == 404


async def test_a_supervisor_without_training_goes_on_and_sees_it(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        await service.change("UPDATE trainings SET valid_until = '2026-11-19'")
        page = await minato.page("/desk/overview")
        assert 'class="button small danger" href="/desk/pledge">研修が足りません' in page
        assert "みなとさん：研修" in await minato.page("/desk/rosters")
        assert "下の「まだ」" not in await minato.page("/desk/pledge")


async def test_an_open_desk_closes_when_its_entry_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff.web.desk.socket.LOOK_EVERY", 0.1)
    async with at_the_desk(service, "minato") as minato, Line.at(minato.url) as yuki:
        assert (await yuki.enter("yuki", DEMO_PASSWORD))[0] == 303
        async with yuki.socket(yuki.cursor) as line:
            await line.until("ready")
            await service.change("UPDATE roster_entries SET valid_to = '2026-11-19'")
            assert await line.ended() == 4401, "and its page leads to what is missing"
        assert (await yuki.get("/desk/api/desk"))[0] == 403


async def test_who_can_open_nothing_yet_is_told_where_to_look(service: Service) -> None:
    async with at_the_desk(service, "kaede") as kaede:
        await newcomer(service)
        aoi = browser(kaede.url)
        await aoi.sign_in("aoi")
        page = await aoi.page("/desk/service")
        assert "いま開ける画面はありません" in page and 'href="/desk/pledge"' in page
        assert 'href="/desk/rosters"' not in page and 'href="/desk/rosters"' in await kaede.page("/desk/service")
        await aoi.http.close()
