"""What the tests of sign-ins share: whether a browser is in, and how it changes its password."""

from __future__ import annotations

from typing import Any

from handoff.web.desk.guard import COOKIE
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import Bridge

NEW = "ningyo-no-umi-7"


def cookie_of(browser: Browser) -> str:
    return str(browser.http.cookie_jar.filter_cookies(browser.root)[COOKIE].value)


async def opens(browser: Browser) -> bool:
    status, _body, _headers = await browser.get("/desk/api/desk")
    assert status in (200, 401)
    return status == 200


async def opens_by(url: str, token: str) -> bool:
    """Whether the desk opens for whoever kept this token."""
    async with Browser.at(url) as thief:
        thief.http.cookie_jar.update_cookies({COOKIE: token}, thief.root)
        return await opens(thief)


async def change(browser: Browser, before: str, after: str, again: str | None = None) -> tuple[int, str]:
    fields = {"token": browser.form_token(), "before": before, "password": after, "again": again or after}
    status, page, _headers = await browser.form("/desk/account/password", fields)
    return status, page


async def rows(bridge: Bridge, verb: str) -> list[Any]:
    return await bridge.service.rows("SELECT actor, detail FROM audit_events WHERE verb = :verb", verb=verb)


def rotate(bridge: Bridge, *, required: bool | None, days: int | None) -> None:
    setting = bridge.service.setting
    security = setting.profile.security.model_copy(
        update={"password_rotation_required": required, "password_rotation_days": days}
    )
    setting.profile = setting.profile.model_copy(update={"security": security})
