"""What the tests of sign-ins begin with: a desk, and a counsellor who is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from handoff.web.desk import socket as socket_module
from tests.integration.conftest import Service
from tests.integration.desk_browser import Browser, desk_of
from tests.integration.desk_support import Bridge


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    assert socket_module.LOOK_EVERY <= 4, "a socket hears of its end within five seconds"
    monkeypatch.setattr(socket_module, "LOOK_EVERY", 0.05)


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def url(bridge: Bridge) -> AsyncIterator[str]:
    async with desk_of(bridge) as address:
        yield address


@pytest.fixture
async def yuki(bridge: Bridge, url: str) -> AsyncIterator[Browser]:
    """A counsellor who is signed in."""
    await bridge.person("ゆき")
    async with Browser.at(url) as browser:
        await browser.enter("ゆき")
        yield browser
