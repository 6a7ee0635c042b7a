"""What the tests of backups begin with: three talks in a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.backup_support import Keyed, open_keyed
from tests.integration.backups.hands import CANARY
from tests.integration.conftest import Database


@pytest.fixture
async def kept(database: Database, tmp_path: Path) -> AsyncIterator[Keyed]:
    async with open_keyed(database, tmp_path) as keyed:
        for user in (1, 2, 3):
            await keyed.say(f"{CANARY}その{user}", user)
        yield keyed
