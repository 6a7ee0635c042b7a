"""What a process refuses to start with, whoever starts it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import aiohttp
import pytest

from handoff.adapters.database.demo import DemoSetting
from handoff.adapters.jobs import FETCH, SOUND
from handoff.adapters.wake_ups import DELIVER, DRAIN
from handoff.bootstrap.core import open_core
from handoff.bootstrap.web import open_web
from handoff.bootstrap.worker import open_worker
from handoff.domain.errors import ConfigurationError, SchemaError
from handoff.settings import ROOT, Settings
from kernel.sealing import KeyFileError, ensure_key_file
from tests.integration.conftest import Database
from tests.support.sites import free_port, serving


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


@pytest.fixture
def own_profile(tmp_path: Path) -> Path:
    """A profile without gaps that is nobody's invention."""
    demo = (ROOT / "data" / "profiles" / "demo.yml").read_text()
    own = tmp_path / "own.yml"
    own.write_text(demo.replace("id: demo\n", "id: own\n"))
    return own


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
    with pytest.raises(ConfigurationError, match="監査記録や破棄の証明を書きかえられます"):
        async with open_core(owner, pool_size=1):
            pytest.fail("it started")
    standin = _settings(database, key_file, database_url=database.owner_url, line_api_url="http://127.0.0.1:1")
    async with open_core(standin, pool_size=1):
        pass


async def test_a_complete_profile_starts_with_lines_own_address_and_no_demo(
    database: Database, key_file: Path, own_profile: Path
) -> None:
    """And with the address by which people reach it: pages are answered by no other, and the webhook would be all the same."""
    real = _settings(database, key_file).model_copy(update={"profile": own_profile})
    async with open_core(real, pool_size=1) as core:
        assert not isinstance(core.setting, DemoSetting)
    nowhere = real.model_copy(update={"public_address": None})
    with pytest.raises(ConfigurationError, match="TSUNAGI_PUBLIC_URL"):
        async with open_core(nowhere, pool_size=1):
            pytest.fail("it started")


@pytest.mark.parametrize("asked", [False, True])
async def test_with_lines_own_address_everybody_needs_the_second_factor_and_backups_are_due(
    database: Database, key_file: Path, own_profile: Path, asked: bool
) -> None:
    """Whatever TSUNAGI_FACTOR_IN_DEMO says. In a demo it decides, and nobody waits for a backup."""
    real = _settings(database, key_file).model_copy(update={"profile": own_profile, "factor_in_demo": asked})
    async with open_core(real, pool_size=1) as core:
        assert (core.setting.demands_factor, core.setting.backups_due) == (True, True)
        assert core.setting.public_url == "https://tsunagi.example.jp"
    async with open_core(real.model_copy(update={"line_api_url": "http://127.0.0.1:1"}), pool_size=1) as core:
        assert (core.setting.demands_factor, core.setting.backups_due) == (asked, False)


async def test_with_lines_own_address_pages_are_answered_by_the_public_name_alone(
    database: Database, key_file: Path, own_profile: Path
) -> None:
    """Over the parts that `tsunagi serve` opens, from the settings alone."""
    settings = _settings(database, key_file, rasa_token="t").model_copy(update={"profile": own_profile})
    port = free_port()
    async with serving(partial(open_web, settings), port), aiohttp.ClientSession() as http:
        ours = ("tsunagi.example.jp", "Tsunagi.Example.JP.", "tsunagi.example.jp:443")
        for host in (*ours, f"127.0.0.1:{port}", "localhost", "evil.test", "tsunagi.example.jp.evil.test"):
            for path in ("/chat", "/report", "/desk/sign-in", "/policy"):
                asked = http.get(f"http://127.0.0.1:{port}{path}", headers={"host": host}, allow_redirects=False)
                async with asked as answer:
                    assert (answer.status == 421) is (host not in ours), (host, path)
                    assert host not in ours or "strict-transport-security" in answer.headers
        async with http.get(f"http://127.0.0.1:{port}/simulator", headers={"host": ours[0]}) as answer:
            assert answer.status == 404


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
        assert set(parts.wake_ups._handlers) == {DRAIN, DELIVER}
        assert set(parts.core.jobs._handlers) == {FETCH, SOUND}
        assert set(parts.core.jobs._handlers) <= set(parts.core.jobs.app.tasks)
        assert await parts.sweep() == 0
