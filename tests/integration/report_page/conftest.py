"""Somebody at the report's page, over real HTTP on a real database, in an open hour."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.conftest import OPEN, Service
from tests.integration.report_support import Reporter, Window, report_window
from tests.support.fakes import FrozenClock


@pytest.fixture
async def window(service: Service) -> AsyncIterator[Window]:
    async with report_window(service, FrozenClock(OPEN)) as opened:
        yield opened


@pytest.fixture
async def me(window: Window) -> AsyncIterator[Reporter]:
    async with window.reporter() as one:
        yield one
