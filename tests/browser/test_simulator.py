"""A student at the simulator's page, answered by the whole real service."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

from playwright.async_api import expect

from handoff.adapters.profiles import load_profile
from handoff.domain.texts import TextKey
from handoff.settings import ROOT
from tests.browser.conftest import TOGETHER, OpenPhone
from tests.browser.desk_people import clear_desk
from tests.browser.phone import Phone
from tests.support.running import Running

pytestmark = TOGETHER

PROFILES = ROOT / "data" / "profiles"
DEMO, TAJIMI = (load_profile(PROFILES / name) for name in ("demo.yml", "tajimi.yml"))
#: A red dot of one pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


async def test_a_new_friend_is_greeted_with_the_notice(phone: Phone) -> None:
    await expect(phone.log).to_contain_text("まだメッセージはありません")
    await phone.add_friend()
    await expect(phone.log).to_contain_text("友だちに追加しました")
    for key in (TextKey.NOTICE_PROGRAM, TextKey.NOTICE_READERS, TextKey.NOTICE_NAMES, TextKey.INVITE):
        await expect(phone.log).to_contain_text(DEMO.text(key))
    await expect(phone.button("友だち追加")).to_be_hidden()
    await expect(phone.words).to_be_focused()


async def test_a_quick_reply_is_the_students_own_word_and_the_conversation_goes_on(
    phone: Phone, service: Running
) -> None:
    await asyncio.to_thread(clear_desk, service)  # whom other tests left waiting would make a congestion
    await phone.add_friend()
    await phone.say("部活のことで相談したいです")
    labels = await phone.candidates.all_inner_texts()
    assert {"中2", "答えたくない", "相談員と話す"} <= set(labels)
    said = await phone.answers.count()
    await phone.candidates.get_by_text("中2", exact=True).click()
    await phone.answered(said)

    user = await phone.user()
    assert service.session(user)["answers"]["grade"] == "中2"
    assert ("student", "中2") in service.transcript(user)
    await expect(phone.log.locator(".mine").last).to_contain_text("中2")
    # The next question brings its own; those of an earlier one can't be tapped any more.
    await expect(phone.candidates.get_by_text("中2", exact=True)).to_have_count(0)
    await phone.candidates.get_by_text("相談員と話す").click()
    await phone.answered(said + 1)
    await expect(phone.log).to_contain_text(DEMO.text(TextKey.HANDOFF_WAITING))
    assert service.session(user)["state"] == "waiting"


async def test_what_the_phone_shows_is_what_the_service_has_kept(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    await phone.say("部活のことで相談したいです")
    kept = service.transcript(await phone.user())
    shown = [
        text.split("：", 1)[1]
        for text in await phone.log.locator(".bubble:not(.dots)").evaluate_all(
            "bubbles => bubbles.map(one => one.textContent)"
        )
    ]
    assert kept[0] == ("student", "［友だち追加］")
    assert shown == [words for _author, words in kept[1:]]
    assert len(shown) >= 3


async def test_enter_sends_shift_enter_breaks_the_line(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    await phone.words.press_sequentially("一行め")
    await phone.words.press("Shift+Enter")
    await phone.words.press_sequentially("二行め")
    assert await phone.log.locator(".mine").count() == 0
    said = await phone.answers.count()
    await phone.words.press("Enter")
    await expect(phone.words).to_have_value("")
    await phone.answered(said)
    assert ("student", "一行め\n二行め") in service.transcript(await phone.user())


async def test_an_enter_that_ends_a_conversion_does_not_send(phone: Phone) -> None:
    await phone.add_friend()
    await phone.words.focus()
    keyboard = await phone.page.context.new_cdp_session(phone.page)
    # As an input method does it: the composed text stands in the box while Enter is pressed to accept it.
    await keyboard.send("Input.imeSetComposition", {"text": "がっこう", "selectionStart": 4, "selectionEnd": 4})
    await expect(phone.words).to_have_value("がっこう")
    await phone.words.evaluate("box => box.addEventListener('keydown', e => { box.dataset.composing = e.isComposing })")
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    await keyboard.send("Input.dispatchKeyEvent", enter)
    assert await phone.words.get_attribute("data-composing") == "true"
    await keyboard.send("Input.insertText", {"text": "学校"})
    # Safari ends the composition before its Enter, which only the key code 229 gives away.
    late = "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true})"
    await phone.words.evaluate(f"box => box.dispatchEvent({late})")
    await expect(phone.words).to_have_value("学校")
    await expect(phone.log.locator(".mine")).to_have_count(0)

    await phone.page.keyboard.press("Enter")
    await expect(phone.log.locator(".mine")).to_have_count(1)
    await expect(phone.log.locator(".mine")).to_contain_text("学校")


async def test_students_side_by_side_do_not_mix(phones: OpenPhone, service: Running) -> None:
    """Two in one window, one more in another."""
    phone, other = await phones(), await phones()
    await phone.add_friend()
    first = await phone.user()
    await phone.say("中1です。友だちのことで相談したいです")
    await phone.button("生徒をふやす").click()
    await expect(phone.tabs).to_have_count(2)
    second = await phone.user()
    await expect(phone.log).not_to_contain_text("中1です")
    await phone.add_friend()
    await other.add_friend()
    third = await other.user()
    await phone.words.fill("中3です。勉強のことです")
    await other.words.fill("高1です。家のことです")
    said = [await one.answers.count() for one in (phone, other)]
    for one in (phone, other):
        await one.words.press("Enter")
        await expect(one.log.locator(".mine")).to_have_count(1)
    for one, before in zip((phone, other), said, strict=True):
        await one.answered(before)

    assert [service.session(user)["answers"]["grade"] for user in (first, second, third)] == ["中1", "中3", "高1"]
    await expect(other.tabs).to_have_count(1)
    await expect(other.log).not_to_contain_text("中3です")
    # What is being written stays with its student; so does the conversation.
    await phone.words.fill("書きかけ")
    await phone.page.get_by_role("tab", name="生徒1").click()
    await expect(phone.log).to_contain_text("中1です")
    await expect(phone.log).not_to_contain_text("中3です")
    await expect(phone.words).to_have_value("")
    await phone.page.get_by_role("tab", name="生徒2").click()
    await expect(phone.words).to_have_value("書きかけ")


async def test_an_answer_to_the_student_who_is_not_shown_is_counted_on_the_tab(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    await phone.button("生徒をふやす").click()
    await expect(phone.tabs).to_have_count(2)
    first = str(await phone.tabs.first.get_attribute("id")).removeprefix("tab-")
    async with service.standin() as line:
        await line.text(first, "こんにちは")
    await expect(phone.tabs.first).to_contain_text("件の新しい返事")
    await phone.tabs.first.click()
    await expect(phone.tabs.first).not_to_contain_text("件の新しい返事")


async def test_stickers_pictures_and_places_are_sent_and_answered(
    phone: Phone, service: Running, tmp_path: Path
) -> None:
    await phone.add_friend()
    said = await phone.answers.count()
    await phone.button("スタンプをえらぶ").click()
    await phone.button("スタンプ：かなしい").click()
    await phone.answered(said)
    await expect(phone.log).to_contain_text(DEMO.text(TextKey.STICKER_RECEIVED).split("。")[0])

    file = tmp_path / "picture.png"
    file.write_bytes(PICTURE)
    said = await phone.answers.count()
    await phone.button("写真や場所をおくる").click()
    async with phone.page.expect_file_chooser() as chooser:
        await phone.button("写真").click()
    await (await chooser.value).set_files(file)
    await phone.answered(said)
    await expect(phone.log).to_contain_text(DEMO.text(TextKey.MEDIA_REFUSED).split("。")[0])
    picture = phone.log.get_by_role("img", name="送った写真")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1

    said = await phone.answers.count()
    await phone.button("写真や場所をおくる").click()
    await phone.button("場所：公園").click()
    await phone.answered(said)
    await expect(phone.log).to_contain_text(DEMO.text(TextKey.LOCATION_RECEIVED).split("。")[0])
    await expect(phone.log.locator(".mine").last).to_contain_text("公園")
    kinds = service.rows(
        "SELECT kind FROM messages m JOIN sessions s ON s.id = m.session_id "
        "WHERE s.contact_id = %s AND m.author = 'student' ORDER BY m.sequence",
        service.contact(await phone.user()),
    )
    assert [row["kind"] for row in kinds if row["kind"] != "follow"] == ["sticker", "image", "location"]


async def test_an_unsent_message_leaves_the_phone_and_the_transcript(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    await phone.say("山田さんのことがこわいです")
    user = await phone.user()
    assert ("student", "山田さんのことがこわいです") in service.transcript(user)
    await phone.take_back()
    await expect(phone.log).to_contain_text("メッセージの送信を取り消しました")
    await expect(phone.page.locator("body")).not_to_contain_text("山田さん")
    transcript = service.transcript(user)
    assert ("student", None) in transcript
    assert "山田さん" not in str(transcript)


async def test_the_chosen_profile_and_clock_change_what_the_bot_says(phone: Phone, service: Running) -> None:
    absent = "相談員がいない時間"
    await phone.add_friend()
    await expect(phone.log).not_to_contain_text(absent)

    await phone.set(clock="閉まっている夜")
    await expect(phone.page.locator("#now")).to_contain_text("23:3")
    await phone.button("生徒をふやす").click()
    await phone.add_friend()
    await expect(phone.log).to_contain_text(absent)

    await phone.set(clock="年末年始")
    await expect(phone.page.locator("#now")).to_contain_text("12月31日")
    await phone.button("生徒をふやす").click()
    await phone.add_friend()
    await phone.say("相談員と話したいです")
    await expect(phone.log).to_contain_text(absent)
    await expect(phone.log).to_contain_text("次に開くのは1月4日")
    assert service.session(await phone.user())["state"] == "left_message"

    # The same hour of an ordinary day is open.
    await phone.set(clock="日時をえらぶ", at="2026-12-10T18:00")
    await phone.button("生徒をふやす").click()
    await phone.add_friend()
    await expect(phone.log).not_to_contain_text(absent)

    # Another service: what the first one said doesn't belong to it, so a new student begins.
    students = await phone.tabs.count()
    await phone.set(profile="tajimi")
    await expect(phone.tabs).to_have_count(students + 1)
    await expect(phone.page.locator("#service")).to_have_text(TAJIMI.service_name)
    await phone.add_friend()
    await expect(phone.log).to_contain_text(TAJIMI.service_name)
    await expect(phone.log).not_to_contain_text(DEMO.service_name)


async def test_a_reload_keeps_the_students_and_their_conversations(phone: Phone) -> None:
    await phone.add_friend()
    await phone.say("部活のことで相談したいです")
    await phone.page.reload()
    await expect(phone.log).to_contain_text("部活のことで相談したいです")
    await expect(phone.tabs).to_have_count(1)
    await expect(phone.candidates.first).to_be_visible()


async def test_blocking_hides_the_composer_until_the_student_comes_back(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    await phone.button("ブロック").click()
    await expect(phone.words).to_be_hidden()
    await expect(phone.log).to_contain_text("ブロックしました")
    await phone.button("ブロックを解除").click()
    await expect(phone.words).to_be_visible()
    await service.settled()
