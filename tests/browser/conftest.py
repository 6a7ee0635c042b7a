"""A real browser at the simulator of the real service."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.desk_people import Person, SitDown, clear_desk, sit_down
from tests.browser.phone import Phone, open_phone
from tests.integration.conftest import OPEN as EVENING
from tests.integration.conftest import Database, database, open_service, postgres  # noqa: F401 - fixtures
from tests.integration.report_support import Window, report_window
from tests.support.fakes import FrozenClock
from tests.support.running import OPEN, Running

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--lang=ja"]

#: One event loop for all tests that share a browser.
TOGETHER = pytest.mark.asyncio(loop_scope="session")

type OpenPhone = Callable[..., Awaitable[Phone]]


def chromium() -> str:
    """The browser's path; the test fails without one, because skipping would hide that the page isn't tested."""
    path = os.environ.get("TSUNAGI_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.fail("no Chromium on PATH: run scripts/browser.sh, or set TSUNAGI_BROWSER", pytrace=False)
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started_browser() -> AsyncIterator[Browser]:
    """One for all files that say ``TOGETHER``: starting one costs more than most tests do."""
    async with async_playwright() as kit:
        started = await kit.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(started_browser: Browser) -> AsyncIterator[Browser]:
    """Nothing of it outlives a test: each has windows, cookies and storage of its own."""
    yield started_browser
    for context in started_browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def phones(service: Running, browser: Browser) -> AsyncIterator[OpenPhone]:
    """Opens phones, each a browser of its own: ``await phones(width=390, height=844)``.

    Whatever a test does, no script may fail, the content policy may block nothing, and nothing may ask another host.
    """
    await service.choose(profile="demo", clock=OPEN)
    opened: list[Phone] = []

    async def one_more(
        width: int = 390,
        height: int = 844,
        *,
        touch: bool = False,
        before: Callable[[Page], Awaitable[None]] | None = None,
    ) -> Phone:
        opened.append(await open_phone(browser, service, width, height, touch=touch, before=before))
        return opened[-1]

    yield one_more
    await service.choose(profile="demo", clock=OPEN)
    assert [line for phone in opened for line in phone.trouble] == []


@pytest_asyncio.fixture(loop_scope="session")
async def phone(phones: OpenPhone) -> Phone:
    """A phone of 390 x 844 px with the simulator open and one student who isn't a friend yet."""
    return await phones()


@pytest_asyncio.fixture(loop_scope="session")
async def sit(service: Running, browser: Browser) -> AsyncIterator[SitDown]:
    """Signs people in at the desk; whatever a test does, no script may fail and nothing may ask another host."""
    await service.choose(profile="demo", clock=OPEN)
    with contextlib.suppress(TimeoutError):
        await service.settled(timeout=20)  # what is still on its way from other tests would come to this desk
    await asyncio.to_thread(clear_desk, service)
    people: list[Person] = []

    async def one(name: str, width: int = 1280, height: int = 800, path: str = "/desk/") -> Person:
        people.append(await sit_down(browser, service, name, width, height, path))
        return people[-1]

    yield one
    trouble = [line for person in people for line in person.trouble]
    await asyncio.to_thread(clear_desk, service)
    await service.choose(profile="demo", clock=OPEN)
    assert trouble == []


@pytest_asyncio.fixture(loop_scope="session")
async def window(database: Database) -> AsyncIterator[Window]:  # noqa: F811 - the fixture
    """The report's page without Rasa and its workers, at an open hour."""
    async with open_service(database) as opened, report_window(opened, FrozenClock(EVENING)) as window:
        yield window
