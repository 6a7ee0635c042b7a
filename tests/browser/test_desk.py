"""An evening at the desk: two counsellors, one in training, a supervisor and four students at once, by real parts."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown, heard, session_of, write
from tests.support.running import CLOSED, Running

pytestmark = TOGETHER

PERSON = "相談員と話したい"


async def test_an_evening(sit: SitDown, service: Running) -> None:
    """Claim race, four chats, transfer, whisper, approval, take-over, wrap-up and sign-off, one after the other."""
    yuki, sora = await sit("yuki"), await sit("sora")
    hikari, minato = await sit("hikari"), await sit("minato", path="/desk/overview")
    async with service.standin() as line:
        students = [await line.user() for _ in range(4)]
        waiting = []
        said = ("友だちとけんかしました", "数学がわかりません", "部活をやめたいです")
        for student, words in zip(students, said, strict=False):
            await write(line, student, words, PERSON)
            waiting.append(await session_of(service, student))
        calm, maths, club = waiting
        await expect(yuki.queue).to_have_count(3)

        # Who is quicker has it, and the other is told who.
        # Both have pressed before either is heard: else the row may be gone from under the second one's finger.
        pressed = asyncio.Barrier(2)

        async def hold(route: Route) -> None:
            await pressed.wait()
            await route.continue_()

        for one in (yuki, sora):
            await one.page.route("**/claim", hold, times=1)
            await one.waiting("友だち").get_by_role("button", name="担当する").click()
        await expect(yuki.queue).to_have_count(2)
        mine = "SELECT name FROM staff JOIN sessions ON counsellor_id = staff.id WHERE sessions.id = %s"
        owner = str(service.rows(mine, calm)[0]["name"])
        first, second = (yuki, sora) if owner == "yuki" else (sora, yuki)
        await expect(second.page.locator("#said")).to_contain_text("担当しています")
        await heard(line, students[0], "が話を聞きます")

        # Words in both directions, with what became of them.
        await first.say(calm, "こんばんは。どんなことがあったか、教えてください。")
        await heard(line, students[0], "どんなことがあったか")
        await expect(first.line(calm, "どんなことがあったか")).to_contain_text("LINEに届きました")
        await write(line, students[0], "ささいなことで、口をきいてくれません")
        await expect(first.line(calm, "口をきいてくれません")).to_be_visible()

        # The most urgent one by a single key, though others wait longer.
        await write(line, students[3], "もう死にたいです")
        grave = await session_of(service, students[3])
        await expect(first.queue.first).to_contain_text("死にたい")
        await hikari.waiting("死にたい").get_by_role("button", name="担当する").click()
        await hikari.said("研修中")
        await first.next()
        await expect(first.composer(grave)).to_be_focused()

        # A trainee's line waits for a yes, and goes out in the supervisor's words.
        await hikari.waiting("勉強").get_by_role("button", name="担当する").click()
        await hikari.say(maths, "がんばってください。")
        await hikari.said("確認に出しました")
        proposal = minato.page.locator("#proposals > li")
        await proposal.locator("textarea").fill("どのあたりから、わからなくなりましたか。")
        await proposal.get_by_role("button", name="この文で送る").click()
        await heard(line, students[1], "どのあたりから")
        await expect(hikari.line(maths, "どのあたりから")).to_be_visible()
        assert all("がんばって" not in answer.text for answer in await line.answers(students[1]))

        # The supervisor looks in and whispers; nobody but the counsellor reads it.
        async with minato.page.context.expect_page() as opened:
            await (
                minato.page.locator("#live tr").filter(has_text="友だち").get_by_role("link", name="様子を見る").click()
            )
        looking = Person(await opened.value, "minato", service.web)
        await looking.page.get_by_role("button", name="情報を開く").click()
        await looking.page.get_by_label("内部メモ").fill("あせらずに聞いてください。")
        await looking.page.get_by_role("button", name="耳うちする").click()
        await expect(first.line(calm, "あせらずに聞いてください。")).to_be_visible()
        assert all("あせらずに" not in answer.text for answer in await line.answers(students[0]))
        looked = service.rows("SELECT 1 FROM audit_events WHERE verb = 'look_in' AND session_id = %s", calm)
        assert looked

        # A colleague is asked, says yes, and the first one can't write any more.
        await first.act(calm, "引き継ぐ・ペア")
        await first.choose(f"{'そら' if first is yuki else 'ゆき'}さんに引き継ぐ")
        await second.act(calm, "から引き継ぐ")
        await expect(second.composer(calm)).to_be_visible()
        await expect(first.composer(calm)).to_have_count(0)
        await heard(line, students[0], "ここからは、相談員の")
        await second.say(calm, "これまでのことは読みました。")
        await heard(line, students[0], "これまでのことは読みました")

        # The supervisor takes over from the trainee.
        await minato.page.locator("#live tr").filter(has_text="勉強").get_by_role("button", name="引き継ぐ").click()
        async with minato.page.context.expect_page():
            await minato.choose("引き継ぐ")
        await expect(hikari.pane(maths)).to_have_count(0)

        # Words of the student after the end open the talk again, before the sheet is done.
        await second.act(calm, "終える")
        await second.choose("終えて記録に進む")
        await second.page.wait_for_url(f"**/desk/talks/{calm}/sheet")
        await write(line, students[0], "まだ話したいことがあります")
        await second.go("/desk/")
        await expect(second.composer(calm)).to_be_visible()
        await expect(second.line(calm, "まだ話したいことがあります")).to_be_visible()
    assert club


@pytest.mark.parametrize("part", ["web", "worker", "postgres"])
async def test_a_live_talk_outlives_any_part_of_the_service(sit: SitDown, service: Running, part: str) -> None:
    """Killed in the middle: the desk is back within five seconds, what came meanwhile is there in order and once."""
    yuki = await sit("yuki")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "友だちのことです", PERSON)
        session = await session_of(service, student)
        await yuki.next()
        await expect(yuki.composer(session)).to_be_focused()
        await yuki.composer(session).fill("書きかけの文")
        await yuki.page.wait_for_timeout(1200)
        if part == "postgres":
            await service.kill_and_wait(part)
        else:
            service.kill(part)
        if part == "web":
            await expect(yuki.page.locator("#line-state")).to_contain_text("つなぎ直しています")
            await service.ready()
        # Without a worker words are taken in all the same, and wait.
        await write(line, student, "一つめ", "二つめ", "三つめ")
        await expect(yuki.page.locator("#line-state")).to_contain_text(
            "つながっています", timeout=10_000 if part == "web" else 5000
        )
        for words in ("一つめ", "二つめ", "三つめ"):
            await expect(yuki.line(session, words)).to_have_count(1, timeout=10000 if part == "web" else 30000)
        shown = await yuki.pane(session).locator(".line.by-student .bubble").all_inner_texts()
        assert [one for one in shown if one.endswith("つめ")] == ["一つめ", "二つめ", "三つめ"]
        await expect(yuki.composer(session)).to_have_value("書きかけの文")
        await yuki.page.reload()
        await expect(yuki.composer(session)).to_have_value("書きかけの文")
        await yuki.say(session, "読みました。")
        await heard(line, student, "読みました。")
        assert [answer.text for answer in await line.answers(student)].count("読みました。") == 1
    # What the browser says of a server that is away is the test's own doing.
    yuki.trouble[:] = [one for one in yuki.trouble if "WebSocket" not in one and "ERR_" not in one and "503" not in one]


async def test_hostile_words_are_inert_and_readable(sit: SitDown, service: Running) -> None:
    yuki = await sit("yuki")
    hostile = "<img src=x onerror=\"document.title='bad'\"><b>太字</b> \u202eうらがえし\u202c " + "😭" * 1000
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "学校のことです", PERSON, hostile, "あ" * 5000)
        session = await session_of(service, student)
        await yuki.next()
        shown = yuki.line(session, "<img src=x")
        await expect(shown).to_contain_text("<b>太字</b>")
        await expect(shown).to_contain_text("⟦RLO⟧うらがえし")
        await expect(shown).to_contain_text("😭×1000")
        assert await shown.locator("img, b").count() == 0
        await expect(yuki.line(session, "あ×5000")).to_be_visible()
        sideways = await yuki.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not sideways


async def test_a_line_that_fails_at_line_is_seen_within_five_seconds(sit: SitDown, service: Running) -> None:
    yuki = await sit("yuki")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "家のことです", PERSON)
        session = await session_of(service, student)
        await yuki.next()
        await heard(line, student, "が話を聞きます")
        await line.fail("push", "status", status=500, times=2)
        await yuki.say(session, "一度目は失敗します")
        await expect(yuki.line(session, "一度目は失敗します")).to_contain_text("まだ届いていません", timeout=5000)
        await heard(line, student, "一度目は失敗します")
        await expect(yuki.line(session, "一度目は失敗します")).to_contain_text("LINEに届きました")
        await line.fail("push", "status", status=400, times=1)
        await yuki.say(session, "これは届きません")
        await expect(yuki.line(session, "これは届きません")).to_contain_text("届きませんでした", timeout=5000)
        await yuki.line(session, "これは届きません").get_by_role("button", name="送り直す").click()
        await heard(line, student, "これは届きません")
        arrived = [answer.text for answer in await line.answers(student)]
        assert arrived.count("一度目は失敗します") == 1 and arrived.count("これは届きません") == 1


async def test_among_the_messages_that_were_left_the_gravest_is_first(sit: SitDown, service: Running) -> None:
    """However long the others have lain there."""
    yuki = await sit("yuki")
    async with service.standin() as line:
        for clock, words in (
            ("2026-11-20T23:00:00+09:00", "友だちとけんかしました"),
            (CLOSED, "もう死にたいです"),
            (CLOSED, "数学がわかりません"),
        ):
            await service.choose(profile="demo", clock=clock)
            student = await line.user()
            await write(line, student, words, PERSON)
            await session_of(service, student)
    left = yuki.page.locator("#left > li")
    await expect(left).to_have_count(3)
    await expect(left.first).to_contain_text("死にたい")
    await expect(left.nth(1)).to_contain_text("友だち")
