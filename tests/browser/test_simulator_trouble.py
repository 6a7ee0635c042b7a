"""What the simulator's page says when something doesn't work, and how it goes on."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import TOGETHER, OpenPhone
from tests.browser.phone import Phone
from tests.support.running import Running

pytestmark = TOGETHER

UNREACHABLE = "サービスにつながりません。サービスが動いているか確かめて、少し待ってください。"


async def test_a_file_that_is_no_picture_is_refused_with_a_sentence(phone: Phone, tmp_path: Path) -> None:
    await phone.add_friend()
    file = tmp_path / "note.txt"
    file.write_text("x")
    await phone.page.locator("#image-file").set_input_files(file)
    await expect(phone.alert).to_contain_text("この形式の写真は送れません")
    assert phone.trouble.pop().endswith("415 (Unsupported Media Type)")


async def test_a_message_that_did_not_arrive_says_so_and_can_be_sent_again(phone: Phone, service: Running) -> None:
    await phone.add_friend()
    said = await phone.answers.count()
    async with service.standin() as line:
        await line.settings(webhook_url=f"{service.web}/away")
        try:
            await phone.words.fill("きこえますか")
            await phone.words.press("Enter")
            await expect(phone.log).to_contain_text("届きませんでした")
        finally:
            await line.settings(webhook_url=f"{service.web}/line/webhook")
    assert "きこえますか" not in str(service.transcript(await phone.user()))
    await phone.button("もう一度送る").click()
    await phone.answered(said)
    await expect(phone.log).not_to_contain_text("届きませんでした")
    assert [line for line in service.transcript(await phone.user()) if line == ("student", "きこえますか")] != []


async def test_a_page_that_is_open_before_the_service_says_so_and_begins_by_itself(phones: OpenPhone) -> None:
    async def away(page: Page) -> None:
        await page.route("**/simulator/api/**", _refuse)

    phone = await phones(before=away)
    await expect(phone.alert).to_contain_text(UNREACHABLE)
    await phone.page.unroute("**/simulator/api/**")
    await expect(phone.button("友だち追加")).to_be_visible()
    await expect(phone.alert).to_be_hidden()
    _expect_only_failed_requests(phone)
    await phone.add_friend()


async def test_words_that_could_not_be_sent_stay_in_the_box(phone: Phone) -> None:
    await phone.add_friend()
    await phone.page.route("**/simulator/api/acts", _refuse)
    await phone.words.fill("きこえますか")
    await phone.words.press("Enter")
    await expect(phone.alert).to_contain_text(UNREACHABLE)
    await expect(phone.words).to_have_value("きこえますか")
    await phone.page.unroute("**/simulator/api/acts")
    _expect_only_failed_requests(phone)
    said = await phone.answers.count()
    await phone.words.press("Enter")
    await phone.answered(said)


async def _refuse(route: Route) -> None:
    await route.abort("connectionrefused")


def _expect_only_failed_requests(phone: Phone) -> None:
    assert phone.trouble
    assert all("ERR_CONNECTION_REFUSED" in line for line in phone.trouble)
    phone.trouble.clear()
