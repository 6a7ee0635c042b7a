"""A student at risk from the first word to the second signature, and every page of the desk by axe."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown, heard, session_of, write
from tests.support.running import Running

pytestmark = TOGETHER

PAGES = tuple(
    f"/desk/{page}"
    for page in (
        *("overview", "sheets", "escalations", "follow-ups", "knowledge", "phrases"),
        *("reports", "other-ways", "closures", "cards"),
    )
)


async def pressed(person: Person, name: str) -> None:
    """Press a form's button and wait for the page after it."""
    async with person.page.expect_navigation():
        await person.page.get_by_role("button", name=name).click()
    await expect(person.page.locator("p.trouble")).to_have_count(0)


async def test_from_the_first_word_to_the_second_signature(sit: SitDown, service: Running) -> None:
    """Claim stops the ladder; call, instruction and emergency sheet on record; sheet, sign-off, and no survey."""
    yuki, sora, minato = await sit("yuki"), await sit("sora"), await sit("minato")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "中2です", "もう死にたいです")
        session = await session_of(service, student)
        await expect(yuki.queue.first).to_contain_text("緊急対応中")
        await yuki.next()
        await yuki.say(session, "書いてくれてありがとうございます。いま、一人ですか。")
        await heard(line, student, "いま、一人ですか")
        (escalation,) = service.rows("SELECT * FROM escalations WHERE session_id = %s", session)
        assert (escalation["state"], escalation["acknowledged_by"]) == ("in_contact", "ゆき")
        assert escalation["next_alarm_at"] is None

        await yuki.go(f"/desk/escalations/{escalation['id']}")
        await yuki.page.locator("details:has(#agency) > summary").click()
        await yuki.page.locator("#agency").select_option("fire")
        await yuki.page.locator("input[name=result]").first.check()
        await yuki.page.locator("#whom").fill("当直の方")
        await yuki.page.locator("#told").fill("本人の言葉と、おおよその場所")
        await pressed(yuki, "電話を記録する")
        if not await yuki.page.locator("#question").is_visible():
            await yuki.page.locator("details:has(#question) > summary").click()
        await yuki.page.locator("#question").fill("学校への連絡をどうするか、教えてください。")
        await pressed(yuki, "頼んだことを記録する")
        await minato.go(f"/desk/escalations/{escalation['id']}")
        await minato.page.locator("details:has(#glass-reason) > summary").click()
        await minato.page.locator("#glass-reason").fill("警察に場所を伝えるため")
        await pressed(minato, "理由を記録して、IDを出す")
        await expect(minato.page.locator("main")).to_contain_text(student)
        await minato.page.reload()  # the same words again within a minute; not in any address
        assert student not in minato.page.url
        await yuki.go(f"/desk/escalations/{escalation['id']}")
        await yuki.page.locator("details:has(#note) > summary").click()
        await yuki.page.get_by_role("radio", name="安全を確かめた").check()
        await yuki.page.locator("#note").fill("家の人がそばに来て、落ち着いた。")
        await pressed(yuki, "終える")

        await yuki.go("/desk/")
        await expect(yuki.composer(session)).to_be_visible()
        await yuki.act(session, "終える")
        await yuki.choose("終えて記録に進む")
        await yuki.page.wait_for_url(f"**/desk/talks/{session}/sheet")
        await expect(yuki.page.get_by_role("radio", name="自傷・希死")).to_be_checked()
        await yuki.page.get_by_role("textbox", name="まとめ").fill("死にたい気持ちがあった。安全を確かめた。")
        await pressed(yuki, "記録を完了する")
        assert service.session(student)["state"] == "wrap_up"
        await sora.page.locator("#sheets > li").get_by_role("link", name="確認する").click()
        assert await sora.axe() == []
        await pressed(sora, "読んで確認した")
        for _ in range(50):
            if service.session(student)["state"] == "closed":
                break
            await asyncio.sleep(0.1)
        assert service.session(student)["state"] == "closed"
        assert all("三つだけ教えてください" not in answer.text for answer in await line.answers(student))

        # The next word opens a linked session, whose counsellor sees the sheet of this one.
        await write(line, student, "相談員と話したい")
        again = await session_of(service, student)
        assert again != session
        await sora.go("/desk/")
        await sora.page.locator("#queue > li").get_by_role("button", name="読む").click()
        await expect(sora.pane(again)).to_contain_text("安全を確かめた。")
        verbs = {
            str(row["verb"]) for row in service.rows("SELECT verb FROM audit_events WHERE session_id = %s", session)
        }
        assert verbs >= {"claim", "send_line", "record_call", "ask_instruction", "break_glass", "end", "sign_sheet"}


async def test_no_page_has_a_grave_fault_for_those_who_hear_or_type(sit: SitDown, service: Running) -> None:
    """axe on every page; the talk also on a phone and in letters twice as large."""
    minato = await sit("minato")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "中2です。いじめられています", "もう死にたいです")
        session = await session_of(service, student)
        wrong: dict[str, list[str]] = {"queue": await minato.axe()}
        await minato.next()
        await expect(minato.composer(session)).to_be_focused()
        await minato.composer(session).fill("がんばってください～")
        await minato.page.keyboard.press("Alt+i")
        wrong["talk"] = await minato.axe()
        await minato.page.keyboard.press("Alt+t")
        wrong["dialog"] = await minato.axe()
        await minato.page.keyboard.press("Escape")
        for width, height in ((390, 844), (640, 400)):
            await minato.page.set_viewport_size({"width": width, "height": height})
            wrong[f"talk {width}"] = await minato.axe()
            assert not await minato.page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
        await minato.page.set_viewport_size({"width": 1280, "height": 800})
        (escalation,) = service.rows("SELECT id FROM escalations WHERE session_id = %s", session)
        more = (
            f"/desk/talks/{session}/sheet",
            f"/desk/talks/{session}/care",
            f"/desk/talks/{session}/handover?to=municipal_board",
            f"/desk/escalations/{escalation['id']}",
            f"/desk/escalations/{escalation['id']}/sheet",
        )
        for path in (*PAGES, *more):
            await minato.go(path)
            wrong[path] = await minato.axe()
            if path.endswith("/sheet") and "talks" in path:
                await pressed(minato, "途中で保存")  # without a sheet there is nothing to hand over
        await minato.page.context.clear_cookies()
        await minato.go("/desk/")
        wrong["way in"] = await minato.axe()
    assert {name: found for name, found in wrong.items() if found} == {}
