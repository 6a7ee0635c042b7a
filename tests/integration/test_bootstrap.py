"""What a process refuses to start with, whoever starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from handoff.adapters.database.demo import DemoSetting
from handoff.adapters.jobs import DELIVER, DRAIN, FETCH, SOUND
from handoff.bootstrap.core import open_core
from handoff.bootstrap.worker import open_worker
from handoff.domain.errors import ConfigurationError, SchemaError
from handoff.settings import ROOT, Settings
from kernel.sealing import KeyFileError, ensure_key_file
from tests.integration.conftest import Database


def _settings(database: Database, key_file: Path, profile: str = "demo", **more: str) -> Settings:
    values = {
        "database_url": database.url,
        "key_file": key_file,
        "profile": ROOT / "data" / "profiles" / f"{profile}.yml",
        "line_channel_secret": "s",
        "line_channel_access_token": "t",
        "public_address": "https://tsunagi.example.jp",
    }
    return Settings.model_validate(values | more)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    ensure_key_file(tmp_path / "seal.key")
    return tmp_path / "seal.key"


@pytest.mark.parametrize("profile", ["hokkaido", "kagoshima", "tajimi", "hyogo"])
async def test_a_profile_with_gaps_never_meets_lines_own_address(
    database: Database, key_file: Path, profile: str
) -> None:
    with pytest.raises(ConfigurationError, match="未定"):
        async with open_core(_settings(database, key_file, profile), pool_size=1):
            pytest.fail("it started")
    standin = _settings(database, key_file, profile, line_api_url="http://127.0.0.1:1")
    async with open_core(standin, pool_size=1) as core:
        assert core.setting.profile.id == profile
        assert isinstance(core.setting, DemoSetting)


async def test_with_lines_own_address_the_role_can_only_add_to_the_audit(
    database: Database, key_file: Path, tmp_path: Path
) -> None:
    owner = _settings(database, key_file, database_url=database.owner_url)
    with pytest.raises(ConfigurationError, match="監査記録を書きかえられます"):
        async with open_core(owner, pool_size=1):
            pytest.fail("it started")
    standin = _settings(database, key_file, database_url=database.owner_url, line_api_url="http://127.0.0.1:1")
    async with open_core(standin, pool_size=1):
        pass


async def test_a_complete_profile_starts_with_lines_own_address_and_no_demo(
    database: Database, key_file: Path, tmp_path: Path
) -> None:
    """And with the address by which people reach it: pages are answered by no other, and the webhook would be all the same."""
    demo = (ROOT / "data" / "profiles" / "demo.yml").read_text()
    own = tmp_path / "own.yml"
    own.write_text(demo.replace("id: demo\n", "id: own\n"))
    async with open_core(_settings(database, key_file).model_copy(update={"profile": own}), pool_size=1) as core:
        assert not isinstance(core.setting, DemoSetting)
    nowhere = _settings(database, key_file).model_copy(update={"profile": own, "public_address": None})
    with pytest.raises(ConfigurationError, match="TSUNAGI_PUBLIC_URL"):
        async with open_core(nowhere, pool_size=1):
            pytest.fail("it started")


async def test_the_invented_city_never_meets_real_students(database: Database, key_file: Path) -> None:
    with pytest.raises(ConfigurationError, match="未定"):
        async with open_core(_settings(database, key_file), pool_size=1):
            pytest.fail("it started")


async def test_a_database_that_was_not_migrated_and_a_missing_key_are_named(
    empty_database: Database, database: Database, key_file: Path
) -> None:
    with pytest.raises(SchemaError):
        async with open_core(_settings(empty_database, key_file), pool_size=1):
            pytest.fail("it started")
    with pytest.raises(KeyFileError):
        async with open_core(_settings(database, key_file.with_name("none")), pool_size=1):
            pytest.fail("it started")


async def test_a_worker_has_a_verb_for_every_wake_up(database: Database, key_file: Path) -> None:
    settings = _settings(database, key_file, line_api_url="http://127.0.0.1:1", rasa_token="t")
    async with open_worker(settings) as parts:
        assert set(parts.core.jobs._handlers) == {DRAIN, DELIVER, FETCH, SOUND}
        assert set(parts.core.jobs._handlers) <= set(parts.core.jobs.app.tasks)
        assert await parts.sweep() == 0
