"""The simulator's page for everybody: by keyboard, by ear, with low sight, on a small phone. (WCAG 2.2 AA)"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import TOGETHER, OpenPhone
from tests.browser.measures import BREAK_THE_POLICY, CONTRAST, HOLD_BACK, REFERENCES, SIDEWAYS, TARGETS
from tests.browser.phone import Phone
from tests.support.running import Running

pytestmark = TOGETHER

#: Roles that a person can operate and that therefore need a name.
_OPERABLE = {"button", "textbox", "combobox", "radio", "tab", "link", "checkbox", "menuitem", "listbox"}
_LONG = "https://example.jp/" + "a" * 120
#: How many pixels of the conversation lie beneath what is in view.
BELOW = "log => log.scrollHeight - log.scrollTop - log.clientHeight"


async def _measure(phone: Phone) -> list[str]:
    wrong = [
        line for measure in (CONTRAST, TARGETS, REFERENCES, SIDEWAYS) for line in await phone.page.evaluate(measure)
    ]
    session = await phone.page.context.new_cdp_session(phone.page)
    tree = await session.send("Accessibility.getFullAXTree")
    nodes = [node for node in tree["nodes"] if not node.get("ignored")]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    assert len([role for role, _ in named if role in _OPERABLE]) >= 3
    return wrong + [f"{role} without a name" for role, name in named if role in _OPERABLE and not name.strip()]


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1280, 800)])
async def test_every_state_of_the_page_is_readable_named_and_fits(
    phones: OpenPhone, service: Running, width: int, height: int
) -> None:
    """Contrast, sizes of targets, names, references, no scrolling sideways."""
    phone = await phones(width, height)
    wrong = {"empty": await _measure(phone)}
    await phone.add_friend()
    wrong["greeting"] = await _measure(phone)
    await phone.say("中2です。友だちのことで相談したいです" + _LONG)
    wrong["candidates"] = await _measure(phone)
    await phone.button("スタンプをえらぶ").click()
    wrong["stickers"] = await _measure(phone)
    said = await phone.answers.count()
    await phone.button("スタンプ：つらい").click()
    await phone.answered(said)
    await phone.button("写真や場所をおくる").click()
    wrong["more"] = await _measure(phone)
    said = await phone.answers.count()
    await phone.button("場所：駅の前").click()
    await phone.answered(said)
    await phone.button("このメッセージの操作").last.click()
    wrong["menu"] = await _measure(phone)
    await phone.button("送信取消").click()
    async with service.standin() as line:
        await line.settings(webhook_url=f"{service.web}/away")
        try:
            await phone.words.fill("書きかけ")
            await phone.words.press("Enter")
            await expect(phone.log).to_contain_text("届きませんでした")
        finally:
            await line.settings(webhook_url=f"{service.web}/line/webhook")
        wrong["not delivered"] = await _measure(phone)
        first = await phone.user()
        for number in range(2, 8):
            await phone.button("生徒をふやす").click()
            await expect(phone.tabs).to_have_count(number)
        await line.text(first, "こんにちは")
    await expect(phone.tabs.first).to_contain_text("件の新しい返事")
    wrong["many students"] = await _measure(phone)
    await phone.add_friend()
    await phone.button("ブロック").click()
    await expect(phone.button("ブロックを解除")).to_be_visible()
    wrong["blocked"] = await _measure(phone)
    if width < 900:
        await phone.button("設定をひらく").click()
    await phone.page.get_by_role("radio", name="日時をえらぶ").check()
    wrong["setting"] = await _measure(phone)
    assert {state: lines for state, lines in wrong.items() if lines} == {}


async def test_an_answer_is_read_out_and_an_old_conversation_is_not(phone: Phone) -> None:
    await expect(phone.log).to_have_attribute("aria-live", "polite")
    await expect(phone.log).to_have_attribute("aria-relevant", "additions")
    await phone.add_friend()
    await expect(phone.log).not_to_have_attribute("aria-busy", "true")
    # Who speaks is heard, too: it is only seen by side and colour.
    await expect(phone.answers.first).to_contain_text("窓口：")
    await phone.say("こんにちは")
    await expect(phone.log.locator(".mine .bubble")).to_contain_text("わたし：")
    # Redrawn as a whole when another student is shown: that isn't news.
    await phone.log.evaluate(
        "log => new MutationObserver(all => { log.dataset.busy ??= all[0].target.getAttribute('aria-busy') ?? 'no' })"
        ".observe(log, {childList: true})"
    )
    await phone.button("生徒をふやす").click()
    await expect(phone.log).to_have_attribute("data-busy", "true")
    await expect(phone.log).not_to_have_attribute("aria-busy", "true")


async def test_a_whole_conversation_by_keyboard_alone(phone: Phone, service: Running) -> None:
    async def tab_to(name: str, key: str = "Tab") -> list[str]:
        passed: list[str] = []
        for _ in range(20):
            await phone.page.keyboard.press(key)
            focused = phone.page.locator(":focus")
            passed.append(await focused.evaluate("one => one.ariaLabel || one.labels?.[0]?.innerText || one.innerText"))
            assert await focused.evaluate("one => getComputedStyle(one).outlineStyle !== 'none' || one.id === 'words'")
            if passed[-1] == name:
                return passed
        raise AssertionError(f"{name} can't be reached by {key}: {passed}")

    assert await tab_to("友だち追加") == ["設定をひらく", "生徒1", "生徒をふやす", "会話", "友だち追加"]
    await phone.page.keyboard.press("Enter")
    await phone.answered(0)
    await expect(phone.words).to_be_focused()
    await phone.page.keyboard.type("部活のことで相談したいです")
    said = await phone.answers.count()
    await phone.page.keyboard.press("Enter")
    await phone.answered(said)
    await tab_to("中2", "Shift+Tab")
    await phone.page.keyboard.press("Enter")
    await phone.answered(said + 1)
    assert service.session(await phone.user())["answers"]["grade"] == "中2"

    # Back to the box, on to the stickers and out again.
    await expect(phone.words).to_be_focused()
    await tab_to("スタンプをえらぶ")
    await phone.page.keyboard.press("Enter")
    await expect(phone.button("スタンプ：うれしい")).to_be_visible()
    await tab_to("スタンプ：うれしい")
    await phone.page.keyboard.press("Escape")
    await expect(phone.button("スタンプ：うれしい")).to_be_hidden()
    await expect(phone.button("スタンプをえらぶ")).to_be_focused()

    # Taking back.
    await tab_to("このメッセージの操作", "Shift+Tab")
    await phone.page.keyboard.press("Enter")
    await expect(phone.button("送信取消")).to_be_focused()
    await phone.page.keyboard.press("Escape")
    await expect(phone.button("このメッセージの操作").last).to_be_focused()

    # Students by arrow, the setting by Enter and Escape.
    await tab_to("生徒をふやす", "Shift+Tab")
    await phone.page.keyboard.press("Enter")
    await expect(phone.tabs).to_have_count(2)
    await tab_to("生徒2", "Shift+Tab")
    await phone.page.keyboard.press("ArrowLeft")
    await expect(phone.page.get_by_role("tab", name="生徒1")).to_be_focused()
    await expect(phone.log).to_contain_text("部活のこと")
    await tab_to("設定をひらく", "Shift+Tab")
    await phone.page.keyboard.press("Enter")
    await expect(phone.page.get_by_label("事業設定")).to_be_focused()
    await phone.page.keyboard.press("Escape")
    await expect(phone.button("設定をひらく")).to_be_focused()


async def test_a_tapped_candidate_does_not_call_up_the_keyboard(phones: OpenPhone) -> None:
    """On a touch screen a focused box brings the keyboard over the answer that is about to come."""
    phone = await phones(touch=True)
    await phone.button("友だち追加").tap()
    await phone.answered(0)
    await expect(phone.words).not_to_be_focused()
    await phone.say("部活のことで相談したいです")
    said = await phone.answers.count()
    await phone.candidates.get_by_text("中2", exact=True).tap()
    await phone.answered(said)
    await expect(phone.words).not_to_be_focused()


async def test_a_message_is_taken_back_by_a_long_press(phones: OpenPhone) -> None:
    phone = await phones(touch=True)
    await phone.add_friend()
    await phone.say("こんにちは")
    bubble = phone.log.locator(".mine .bubble")
    await bubble.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    await phone.button("送信取消").tap()
    await expect(phone.log).to_contain_text("メッセージの送信を取り消しました")


async def test_the_newest_answer_is_in_view_and_a_reader_is_left_alone(phones: OpenPhone) -> None:
    phone = await phones(320, 568)
    await phone.add_friend()
    # Candidates come and go with each of them, which changes the room that the conversation has.
    for words in ("部活のことで相談したいです", "中2です", "答えたくない", "相談員と話す"):
        await phone.say(words)
        await phone.page.wait_for_function(f"() => ({BELOW})(document.getElementById('log')) <= 1")
        await expect(phone.answers.last).to_be_in_viewport()
    # Who reads what was said earlier isn't torn away when something below opens or closes.
    await phone.log.evaluate("log => { log.scrollTop = 0 }")
    await phone.button("スタンプをえらぶ").click()
    assert await phone.log.evaluate("log => log.scrollTop") == 0


async def test_candidates_that_go_and_come_within_a_frame_leave_the_end_in_view(
    phones: OpenPhone, service: Running
) -> None:
    """The height is then what it was, and nothing but the scroll itself tells that there is more to go."""

    async def prepare(page: Page) -> None:
        await page.add_init_script(HOLD_BACK)
        # A picture that has come scrolls, too, and would hide it.
        await page.route("**/knot.svg", lambda route: route.abort())

    phone = await phones(before=prepare)
    await phone.add_friend()
    await phone.say("中2です。部活で先輩に無視されて、行くのがつらいです")
    height = "group => group.offsetHeight"
    before = await phone.page.get_by_role("group", name="返事の候補").evaluate(height)
    said, user = await phone.answers.count(), await phone.user()
    await phone.page.evaluate("() => { window.holding = true }")
    async with service.standin() as line:
        # Answered in the middle of the form, which then asks the same again.
        await line.text(user, "これは秘密にしてもらえますか")
    await service.settled()
    await phone.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => { giveAll(); setTimeout(done, 300) }))"
    )
    assert await phone.answers.count() > said
    assert await phone.page.get_by_role("group", name="返事の候補").evaluate(height) == before > 0
    assert await phone.log.evaluate(BELOW) <= 1
    assert all("net::ERR_FAILED" in line for line in phone.trouble)
    phone.trouble.clear()


async def test_what_the_content_policy_blocks_is_noticed(phone: Phone) -> None:
    assert await phone.page.evaluate(BREAK_THE_POLICY) != "broken"
    async with phone.page.expect_console_message(lambda said: said.text == "end"):
        await phone.page.evaluate("() => setTimeout(() => console.log('end'), 200)")
    assert any("TrustedScript" in line for line in phone.trouble)
    assert any("policy connect-src" in line for line in phone.trouble)
    phone.trouble.clear()
