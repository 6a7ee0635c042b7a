"""The simulator's page as a student uses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.support.running import Running

#: Milliseconds; the service answers in 0.1 s, but other tests may have the machine's cores.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Phone:
    """One browser with the page open. ``trouble``: failed scripts, blocked content, requests to other hosts."""

    page: Page
    service: Running
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = self.page.get_by_role("log")
        self.words = self.page.get_by_label("メッセージ", exact=True)
        self.candidates = self.page.get_by_role("group", name="返事の候補").get_by_role("button")
        self.tabs = self.page.get_by_role("tab")
        #: What the bot said, bubble by bubble.
        self.answers = self.page.locator(".theirs:not(.waiting) .bubble")
        self.alert = self.page.get_by_role("alert")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def user(self) -> str:
        """The LINE user id of the student who is shown."""
        shown = self.page.get_by_role("tab", selected=True)
        return str(await shown.get_attribute("id")).removeprefix("tab-")

    async def add_friend(self) -> None:
        """Add the service as a friend and wait for all of its greeting."""
        await self.button("友だち追加").click()
        await self.answered(0)

    async def say(self, words: str) -> None:
        """Write, press Enter, wait for the answer."""
        said = await self.answers.count()
        await self.words.fill(words)
        await self.words.press("Enter")
        await self.answered(said)

    async def answered(self, said: int) -> None:
        """Wait until the bot has said more than ``said`` bubbles, and all that it had to say is shown."""
        await expect(self.answers.nth(said)).to_be_visible()
        await self.service.settled()
        kept = [author for author, _ in self.service.transcript(await self.user()) if author == "bot"]
        await expect(self.answers).to_have_count(len(kept))

    async def take_back(self) -> None:
        """Unsend the newest message, and wait until the service has done so."""
        await self.button("このメッセージの操作").last.click()
        # The stand-in answers after the webhook did; the phone shows it before.
        async with self.page.expect_response("**/simulator/api/acts"):
            await self.button("送信取消").click()
        await self.service.settled()

    async def set(self, *, profile: str | None = None, clock: str | None = None, at: str | None = None) -> None:
        """Choose in the setting's sheet. profile: id; clock: the choice's label; at: Japanese time as YYYY-MM-DDTHH:MM."""
        if await self.button("設定をひらく").is_visible():
            await self.button("設定をひらく").click()
        if profile is not None:
            await self.page.get_by_label("事業設定").select_option(profile)
        if clock is not None:
            await self.page.get_by_role("radio", name=clock).check()
        if at is not None:
            await self.page.get_by_label("日時（日本時間）").fill(at)
        await self.button("この設定でためす").click()
        await expect(self.page.locator("#setting-status")).to_have_text("切りかえました。")


async def open_phone(
    browser: Browser,
    service: Running,
    width: int,
    height: int,
    *,
    touch: bool = False,
    before: Callable[[Page], Awaitable[None]] | None = None,
) -> Phone:
    """Open the page in a browser context of its own. touch: a finger, no mouse; before: is done before it loads."""
    size: ViewportSize = {"width": width, "height": height}
    context = await browser.new_context(
        viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo", has_touch=touch, is_mobile=touch
    )
    context.set_default_timeout(PATIENCE)
    phone = Phone(await context.new_page(), service)
    await watch(phone.page, service.web, phone.trouble)
    if before is not None:
        await before(phone.page)
    await phone.page.goto(service.web + "/simulator")
    if before is None:
        await expect(phone.tabs.first).to_be_visible()
    return phone


async def watch(page: Page, web: str, trouble: list[str]) -> None:
    """Note failed scripts, blocked content and requests to other hosts."""

    def on_request(request: Any) -> None:
        if not request.url.startswith((web + "/", "data:", "blob:")):
            trouble.append(f"asked another host: {request.url}")

    await page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('policy', e.effectiveDirective, e.blockedURI))"
    )
    page.on("console", lambda said: trouble.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", on_request)
