"""A press is never lost because the page was drawn anew under it, and neither is the place of who uses the keyboard."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Locator, expect

from tests.browser.conftest import TOGETHER
from tests.browser.desk_people import Person, SitDown, session_of, write
from tests.support.running import Running

pytestmark = TOGETHER

PERSON = "相談員と話したい"


async def held(person: Person, button: Locator) -> None:
    """Put a finger on a button, and don't lift it yet."""
    box = await button.bounding_box()
    assert box is not None
    await person.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await person.page.mouse.down()


async def test_a_press_counts_though_somebody_was_quicker_meanwhile(sit: SitDown, service: Running) -> None:
    yuki, sora = await sit("yuki"), await sit("sora")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "友だちのことです", PERSON)
        session = await session_of(service, student)
        await held(sora, sora.waiting("友だち").get_by_role("button", name="担当する"))
        # A finger counts as such for three seconds: here it comes down again and again, however long the other one takes.
        await sora.page.evaluate(
            "window.finger = setInterval(() => dispatchEvent(new PointerEvent('pointerdown')), 500)"
        )
        await yuki.waiting("友だち").get_by_role("button", name="担当する").click()
        await expect(yuki.composer(session)).to_be_visible()
        await asyncio.sleep(0.5)  # long enough for the change to have come to the other desk
        await expect(sora.queue).to_have_count(1)
        await sora.page.evaluate("clearInterval(window.finger)")
        await sora.page.mouse.up()
        await sora.said("担当しています")
        await expect(sora.queue).to_have_count(0)


async def test_a_finger_that_rests_does_not_keep_the_page_old(sit: SitDown, service: Running) -> None:
    sora = await sit("sora")
    async with service.standin() as line:
        student = await line.user()
        await sora.page.mouse.move(5, 5)
        await sora.page.mouse.down()
        await write(line, student, "もう死にたいです")
        await session_of(service, student)
        await expect(sora.queue).to_have_count(1)
        await sora.page.mouse.up()


async def test_a_question_gives_the_focus_back_though_its_talk_went_on_meanwhile(
    sit: SitDown, service: Running
) -> None:
    sora = await sit("sora")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "友だちのことです", PERSON)
        session = await session_of(service, student)
        await sora.next()
        await expect(sora.composer(session)).to_be_focused()
        end = sora.pane(session).get_by_role("button", name="終える")
        await end.press("Enter")
        await expect(sora.page.locator("dialog[open]")).to_be_visible()
        old = await end.element_handle()
        await write(line, student, "もう死にたいです")
        assert old is not None
        await sora.page.wait_for_function("one => !one.isConnected", arg=old)
        await sora.page.keyboard.press("Escape")
        await expect(end).to_be_focused()


async def test_the_button_with_the_focus_stays_while_its_card_is_renewed(sit: SitDown, service: Running) -> None:
    sora = await sit("sora")
    async with service.standin() as line:
        student = await line.user()
        await write(line, student, "友だちのことです", PERSON)
        await session_of(service, student)
        take = sora.waiting("友だち").get_by_role("button", name="担当する")
        await take.focus()
        await write(line, student, "ほんとうは、もう死にたいです")
        await expect(sora.queue.first).to_contain_text("死にたい")
        await expect(sora.queue.first.get_by_role("button", name="担当する")).to_be_focused()


async def test_what_fails_after_a_press_stops_nothing_that_came_with_it(browser: Browser, service: Running) -> None:
    page = await browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    await page.goto(f"{service.web}/desk/")
    order = await page.evaluate(
        """async () => {
            const { afterPress } = await import("/static/press.js");
            const order = [];
            dispatchEvent(new PointerEvent("pointerdown"));
            afterPress(() => { order.push("first"); throw new Error("fails"); });
            afterPress(() => order.push("second"));
            const held = [...order];
            dispatchEvent(new PointerEvent("pointerup"));
            await new Promise((ready) => setTimeout(ready, 200));
            afterPress(() => order.push("third"));
            return [held, order];
        }"""
    )
    assert order == [[], ["first", "second", "third"]]
    assert failed == ["fails"]


async def test_a_question_asked_at_once_after_another_gets_an_answer_of_its_own(sit: SitDown) -> None:
    """A dialog's close is told in a task of its own, and a press can come before it."""
    sora = await sit("sora")
    answers = await sora.page.evaluate(
        """async () => {
            const { choose } = await import("/static/desk/dialogs.js");
            const dialog = document.getElementById("choose");
            const ask = (value) => choose("問い", "", [{ text: "はい", value }]);
            const press = async () => {
                do await new Promise((ready) => setTimeout(ready, 50)); while (!dialog.open);
                dialog.querySelector("#choose-list button").click();
            };
            const first = ask("first");
            await press();
            const second = ask("second");
            await press();
            const none = new Promise((ready) => setTimeout(ready, 3000, "nobody"));
            return Promise.all([first, second].map((one) => Promise.race([one, none])));
        }"""
    )
    assert answers == ["first", "second"]
