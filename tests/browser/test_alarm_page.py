"""The alarm's page as the person on call uses it: woken at night, on a phone, over a bad network. (HOK-6, WCAG 2.2 AA)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from tests.browser.alarm_phone import Alarm, AlarmPhone, open_alarm, raised
from tests.browser.conftest import TOGETHER
from tests.browser.measures import CONTRAST, REFERENCES, SIDEWAYS, TARGETS
from tests.support import alarms
from tests.support.running import OPEN, Running

pytestmark = TOGETHER

FIRST, SECOND = "当番の業務責任者", "控えの業務責任者"
EVIL = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">死にたい"

type OpenAlarm = Callable[..., Awaitable[AlarmPhone]]


@pytest_asyncio.fixture(loop_scope="session")
async def alarm(service: Running) -> AsyncIterator[Alarm]:
    await service.choose(profile="demo", clock=OPEN)
    async with raised(service) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def phones(alarm: Alarm, browser: Browser) -> AsyncIterator[OpenAlarm]:
    """Opens the page of a rung's link; no script may fail, nothing may be blocked, nobody else is asked."""
    opened: list[AlarmPhone] = []

    async def one_more(
        rung: int = 0, width: int = 390, height: int = 844, *, script: bool = True, touch: bool = False
    ) -> AlarmPhone:
        phone = await open_alarm(browser, alarm, width, height, script=script, touch=touch)
        opened.append(phone)
        await phone.enter(await alarm.link(rung))
        return phone

    yield one_more
    assert [line for phone in opened for line in phone.trouble] == []


def forget_failures(phone: AlarmPhone, *codes: str) -> None:
    """Take out the lines that the browser itself writes of answers that a test wanted to fail."""
    phone.trouble[:] = [line for line in phone.trouble if not any(code in line for code in codes)]


async def test_from_the_link_to_the_end_of_the_alarm(alarm: Alarm, phones: OpenAlarm, service: Running) -> None:
    phone = await phones(touch=True)
    assert str(alarm.escalation) in phone.page.url and len(phone.page.url.rpartition("/")[2]) == 36
    await expect(phone.holding).to_have_text("まだ、だれも受けていません")
    await expect(phone.page.locator("mark")).to_have_text("死にたい")
    await phone.button("読みました・対応します").tap()
    await expect(phone.said).to_contain_text("受けました。")
    await expect(phone.holding).to_have_text(f"あなた（{FIRST}）が受けました")
    assert alarm.row()["acknowledged_by"] == FIRST

    await phone.words.fill("読みました。\nそばに人はいますか。")
    await phone.button("返事を送る").dblclick()
    await expect(phone.log).to_contain_text("そばに人はいますか。")
    await expect(phone.words).to_have_value("")
    await service.settled()
    assert alarm.spoken() == ["読みました。\nそばに人はいますか。"]
    await expect(phone.log.get_by_text("送っています…")).to_have_count(0)
    # The same words again, meant again: another message.
    await phone.words.fill("読みました。\nそばに人はいますか。")
    await phone.button("返事を送る").tap()
    await expect(phone.log.get_by_text("そばに人はいますか。")).to_have_count(2)
    await expect(phone.words).to_have_value("")

    police = phone.page.locator(".calls li").first
    await expect(police.get_by_role("link")).to_have_attribute("href", "tel:110")
    await police.get_by_role("button").tap()
    await expect(police).to_contain_text(f"{FIRST}が、かけました")

    await phone.unfold("この対応を終える")
    await phone.page.get_by_label("安全を確かめた").check()
    await phone.page.get_by_label("メモ（書かなくてもかまいません）").fill("交番の人がそばにいます")
    await phone.button("終える").tap()
    await expect(phone.holding).to_contain_text("終わりました")
    await expect(phone.words).to_have_count(0)
    assert alarm.row()["closed_reason"] == "safe"


async def test_new_words_come_by_themselves_and_what_is_being_typed_stays(
    alarm: Alarm, phones: OpenAlarm, service: Running
) -> None:
    phone, other = await phones(), await phones(1)
    await phone.words.fill("書きかけの返事")
    await phone.unfold("この対応を終える")
    await phone.page.get_by_label("連絡がとれなかった").check()
    await alarm.write("いま橋の上にいます")
    await expect(phone.log).to_contain_text("いま橋の上にいます")
    await expect(phone.log.locator("mark").last).to_have_text("橋の上にいます")
    await other.button("読みました・対応します").click()
    await expect(phone.holding).to_have_text(f"{SECOND}が受けました")
    await expect(phone.page.get_by_text(f"{SECOND}が対応しています")).to_be_visible()
    assert await phone.words.input_value() == "書きかけの返事"
    await expect(phone.page.get_by_label("連絡がとれなかった")).to_be_checked()
    # It isn't theirs any more: they are told who has it, and their words are still there.
    await phone.button("返事を送る").click()
    await expect(phone.alert).to_contain_text(f"この緊急対応は、{SECOND}が受けています。")
    await expect(phone.alert).to_contain_text("引き継ぐ")
    assert await phone.words.input_value() == "書きかけの返事"
    await phone.unfold("引き継ぐ")
    await phone.button("わたしが引き継ぐ").click()
    await expect(phone.holding).to_have_text(f"あなた（{FIRST}）が受けました")
    await phone.button("返事を送る").click()
    await expect(phone.log).to_contain_text("書きかけの返事")
    await expect(other.holding).to_have_text(f"{FIRST}が、連絡をとっています")
    assert alarm.spoken() == ["書きかけの返事"]
    forget_failures(phone, "409")


async def test_without_a_network_nothing_typed_is_lost_and_it_goes_out_once(alarm: Alarm, phones: OpenAlarm) -> None:
    phone = await phones()
    lost = 0

    async def lose_the_answer(route: Route) -> None:
        nonlocal lost
        lost += 1
        await route.fetch()
        await route.abort()

    await phone.page.route("**/answer?*", lose_the_answer)
    await phone.words.fill("きこえますか")
    await phone.button("返事を送る").click()
    await expect(phone.alert).to_contain_text("送れたかどうか、わかりません。")
    assert await phone.words.input_value() == "きこえますか"
    await phone.page.unroute("**/answer?*")
    await phone.button("返事を送る").click()
    await expect(phone.words).to_have_value("")
    assert lost == 1 and alarm.spoken() == ["きこえますか"]

    await phone.page.context.set_offline(True)
    await expect(phone.alert).to_contain_text("つながっていません")
    await phone.page.context.set_offline(False)
    await expect(phone.alert).to_be_hidden()
    forget_failures(phone, "ERR_FAILED", "ERR_INTERNET_DISCONNECTED")


async def test_a_long_wait_is_told(phones: OpenAlarm) -> None:
    phone, told = await phones(), asyncio.Event()

    async def slow(route: Route) -> None:
        await told.wait()
        await route.continue_()

    await phone.page.route("**/acknowledge?*", slow)
    await phone.button("読みました・対応します").click()
    await expect(phone.button("お待ちください…")).to_be_visible()
    await expect(phone.said).to_contain_text("時間がかかっています")
    told.set()
    await expect(phone.said).to_contain_text("受けました。")
    await expect(phone.said).to_be_focused()


async def test_all_of_it_works_without_script(alarm: Alarm, phones: OpenAlarm, service: Running) -> None:
    phone = await phones(script=False)
    await phone.button("読みました・対応します").click()
    await expect(phone.said).to_contain_text("受けました。")
    # So it is for a press that comes before the script has loaded, as on a slow line.
    await expect(phone.said).to_be_focused()
    await phone.words.fill("読みました。")
    await phone.button("返事を送る").click()
    await expect(phone.log).to_contain_text("読みました。")
    await phone.page.locator(".calls li").first.get_by_role("button").click()
    await expect(phone.page.locator(".made")).to_contain_text(FIRST)
    await alarm.write("ありがとう")
    await phone.page.get_by_role("link", name="読み込み直す").click()
    await expect(phone.log).to_contain_text("ありがとう")
    await phone.unfold("この対応を終える")
    await phone.page.get_by_label("読んだところ、危険ではなかった").check()
    await phone.button("終える").click()
    await expect(phone.holding).to_contain_text("終わりました")
    assert alarm.spoken() == ["読みました。"]


async def test_the_id_is_seen_once_and_another_person_looks_at_the_reason(alarm: Alarm, phones: OpenAlarm) -> None:
    phone, other = await phones(), await phones(1)
    await phone.button("読みました・対応します").click()
    await phone.unfold("相手のLINEのIDを見る")
    await phone.page.get_by_label("なぜ必要か").fill("居場所を警察に伝えるため")
    await phone.button("理由を記録して、IDを見る").click()
    await expect(phone.page.locator("code")).to_have_text(alarm.student)
    await expect(phone.page.get_by_text("ほかの人が確認します")).to_be_visible()
    await phone.page.get_by_role("link", name="会話に戻る").click()
    await expect(phone.page.get_by_text(f"{FIRST}がIDを見ました。")).to_be_visible()
    assert alarm.student not in await phone.page.content()
    assert len(alarm.service.rows("SELECT 1 FROM glass_openings WHERE escalation_id = %s", alarm.escalation)) == 1

    await other.button("理由を読んで、確認する").click()
    await expect(other.page.locator("blockquote")).to_have_text("居場所を警察に伝えるため")
    await other.button("確認した").click()
    await expect(other.page.get_by_text(f"{SECOND}が確認しました。")).to_be_visible()
    await expect(phone.page.get_by_text(f"{SECOND}が確認しました。")).to_be_visible()


async def test_a_page_whose_link_holds_no_more_shows_nothing_of_it(alarm: Alarm, phones: OpenAlarm) -> None:
    phone = await phones()
    alarm.service.rows(
        # By the service's clock, which stands at OPEN: the machine's own goes on.
        "UPDATE escalations SET state = 'closed', next_alarm_at = NULL, closed_at = %s::timestamptz - interval '3 days' "
        "WHERE id = %s RETURNING id",
        OPEN,
        alarm.escalation,
    )
    await expect(phone.page.get_by_role("heading", level=1)).to_have_text("このページは開けません")
    assert "死にたい" not in await phone.page.content()
    forget_failures(phone, "404")


async def test_what_a_student_writes_is_only_ever_text(alarm: Alarm, phones: OpenAlarm) -> None:
    await alarm.write(EVIL)
    phone = await phones()
    await expect(phone.log).to_contain_text(EVIL)
    await alarm.write(EVIL + "。もう一度")
    await expect(phone.log).to_contain_text("。もう一度")
    assert await phone.page.title() == "緊急のお知らせ - つなぎ市こどもLINE相談"
    assert await phone.page.locator("#lines img, #lines script").count() == 0


async def test_by_keyboard_alone_and_read_out(alarm: Alarm, phones: OpenAlarm) -> None:
    phone = await phones(width=1280, height=800)
    await expect(phone.log).to_have_attribute("aria-live", "polite")
    await expect(phone.log).to_have_attribute("aria-relevant", "additions")
    await expect(phone.said).to_have_attribute("role", "status")
    keyboard = phone.page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(30):
            await keyboard.press("Tab")
            focused = phone.page.locator(":focus")
            assert await focused.evaluate("one => getComputedStyle(one).outlineStyle !== 'none'")
            if await focused.evaluate("one => one.labels?.[0]?.innerText ?? one.innerText") == name:
                return
        raise AssertionError(name)

    await tab_to("会話へ")
    await tab_to("読みました・対応します")
    await keyboard.press("Enter")
    await expect(phone.said).to_be_focused()
    await tab_to("相手に、このまま届きます")
    await keyboard.type("読みました。")
    await tab_to("返事を送る")
    await keyboard.press("Enter")
    await expect(phone.said).to_contain_text("返事を預かりました。")
    await expect(phone.said).to_be_focused()
    await tab_to("相手のLINEのIDを見る")
    await keyboard.press("Enter")
    await tab_to("なぜ必要か（5文字以上）")
    await tab_to("この対応を終える")
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    await keyboard.press("Space")
    await tab_to("終える")
    await keyboard.press("Enter")
    await expect(phone.holding).to_contain_text("終わりました")
    assert alarm.row()["state"] == "closed"


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (1280, 800)])
async def test_every_state_is_readable_and_fits(
    alarm: Alarm, phones: OpenAlarm, browser: Browser, width: int, height: int
) -> None:
    await alarm.write("https://example.jp/" + "a" * 120)
    await alarm.write("", message=alarms.location("つなぎ大橋の上の、とても長い名前の場所" * 3, 35.1, 139.2))
    await alarm.say("話してくれて、ありがとう。" * 12)
    wrong: dict[str, list[str]] = {}

    async def measure(name: str, one: AlarmPhone) -> None:
        await one.page.wait_for_load_state()
        for what in (CONTRAST, TARGETS, REFERENCES, SIDEWAYS):
            found = [line for line in await one.page.evaluate(what) if line != "nothing was measured"]
            if found:
                wrong[f"{name} {width}"] = wrong.get(f"{name} {width}", []) + found

    outside = await open_alarm(browser, alarm, width, height)
    await outside.page.goto(await alarm.link())
    await measure("first", outside)
    await outside.page.goto(alarm.service.web + "/alarm/nothing")
    await measure("gone", outside)
    phone, other = await phones(0, width, height), await phones(1, width, height)
    await measure("raised", phone)
    await phone.button("読みました・対応します").click()
    await expect(other.page.get_by_text(f"{FIRST}が対応しています")).to_be_visible()
    await measure("acknowledged", phone)
    await other.unfold("引き継ぐ")
    await measure("taken", other)
    await phone.words.fill("はい")
    await phone.button("返事を送る").click()
    await expect(phone.log).to_contain_text("はい")
    await phone.unfold("この対応を終える")
    await phone.unfold("相手のLINEのIDを見る")
    await phone.unfold("だれに知らせ、だれが何をしたか")
    await measure("in contact", phone)
    await other.words.wait_for(state="detached")
    await phone.page.get_by_label("なぜ必要か").fill("居場所を伝えるため")
    await phone.button("理由を記録して、IDを見る").click()
    await expect(phone.page.locator("code")).to_be_visible()
    await measure("glass", phone)
    await phone.page.get_by_role("link", name="会話に戻る").click()
    await other.button("理由を読んで、確認する").click()
    await expect(other.page.locator("blockquote")).to_be_visible()
    await measure("review", other)
    await phone.unfold("この対応を終える")
    await phone.page.get_by_label("連絡がとれなかった").check()
    await phone.button("終える").click()
    await expect(phone.holding).to_contain_text("終わりました")
    await measure("closed", phone)
    assert wrong == {}


async def test_no_word_id_or_token_is_in_a_log(alarm: Alarm, phones: OpenAlarm, service: Running) -> None:
    phone = await phones()
    await phone.words.fill("ひみつの返事です")
    await phone.button("返事を送る").click()
    await expect(phone.log).to_contain_text("ひみつの返事です")
    token = (await alarm.link()).rpartition("/")[2]
    logs = [path.read_text(errors="replace") for path in (service.var / "log").rglob("*") if path.is_file()]
    assert len(logs) > 2
    for log in logs:
        for secret in ("死にたい", "ひみつ", token, alarm.student, FIRST):
            assert secret not in log
