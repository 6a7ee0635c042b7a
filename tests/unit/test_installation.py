"""What an installation makes for itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from handoff.domain.errors import ConfigurationError
from handoff.installation import LocalSecrets, check_address, complete, uses_simulator, with_owner
from handoff.settings import Settings


def settings(var: Path, **more: object) -> Settings:
    return Settings.model_construct(**(Settings.model_construct().__dict__ | {"var": var} | more))


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = LocalSecrets.load_or_make(tmp_path)
    assert LocalSecrets.load_or_make(tmp_path) == first
    path = tmp_path / "keys" / "local.json"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert len({first.rasa_token, first.line_channel_secret, first.line_channel_access_token}) == 3
    assert first.rasa_token not in repr(first)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"rasa_token": "x"}'])
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "local.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"local\.json"):
        LocalSecrets.load_or_make(tmp_path)


def test_a_first_run_gets_everything(tmp_path: Path) -> None:
    done = complete(settings(tmp_path))
    assert re.match(r"postgresql://tsunagi:[\w-]{43}@/tsunagi\?host=/tmp/tsunagi-", str(done.database_url))
    assert re.match(r"postgresql://tsunagi_owner:[\w-]{43}@/tsunagi\?host=/tmp/tsunagi-", str(done.database_owner_url))
    assert (tmp_path / "keys" / "database.json").stat().st_mode & 0o077 == 0
    assert done.line_api_url == done.line_data_api_url == done.simulator_url
    assert done.has_line_credentials
    assert done.standin
    assert done.rasa_token is not None
    assert complete(done) == done


def test_what_is_set_stays(tmp_path: Path) -> None:
    given = settings(
        tmp_path,
        database_url="postgresql://a@db/x",
        database_owner_url="postgresql://owner@db/x",
        line_channel_secret=SecretStr("s"),
        line_channel_access_token=SecretStr("t"),
        rasa_token=SecretStr("r"),
    )
    done = complete(given)
    assert (done.database_url, done.database_owner_url) == ("postgresql://a@db/x", "postgresql://owner@db/x")
    assert not done.standin
    assert done.line_channel_secret == SecretStr("s")
    assert done.rasa_token == SecretStr("r")
    assert not uses_simulator(given)


@pytest.mark.parametrize("owner", [None, "postgresql://a:other@db/x"])
def test_with_the_real_line_the_tables_belong_to_another_role(tmp_path: Path, owner: str | None) -> None:
    given = settings(tmp_path, database_url="postgresql://a@db/x", database_owner_url=owner)
    assert complete(given).database_owner_url == (owner or given.database_url), "with a stand-in one role may do"
    real = {"line_channel_secret": SecretStr("s"), "line_channel_access_token": SecretStr("t")}
    with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
        complete(given.model_copy(update=real))


def test_with_the_real_line_people_are_sent_to_no_address_of_this_machine(tmp_path: Path) -> None:
    real = {"line_channel_secret": SecretStr("s"), "line_channel_access_token": SecretStr("t")}
    given = settings(tmp_path, **real)
    with pytest.raises(ConfigurationError, match="TSUNAGI_PUBLIC_URL") as refused:
        check_address(given)
    assert "\n" not in str(refused.value)
    check_address(given.model_copy(update={"public_address": "https://tsunagi.example.jp"}))
    check_address(given.model_copy(update={"line_api_url": "http://127.0.0.1:9"}))
    check_address(settings(tmp_path))


@pytest.mark.parametrize("owner", [None, "postgresql://owner@db/x"])
def test_a_command_of_the_owner_s_finds_its_database_and_makes_nothing(tmp_path: Path, owner: str | None) -> None:
    """A timer's unit may write the folders of the backups and nothing else."""
    given = settings(tmp_path / "var", database_url="postgresql://a@db/x", database_owner_url=owner)
    done = with_owner(given)
    assert (done.database_url, done.database_owner_url) == ("postgresql://a@db/x", owner or "postgresql://a@db/x")
    assert done == given.model_copy(update={"database_owner_url": done.database_owner_url})
    assert not (tmp_path / "var").exists()
    real = {"line_channel_secret": SecretStr("s"), "line_channel_access_token": SecretStr("t")}
    if owner is None:
        with pytest.raises(ConfigurationError, match="TSUNAGI_DATABASE_OWNER_URL"):
            with_owner(given.model_copy(update=real))


def test_another_stand_in_is_used_but_not_started(tmp_path: Path) -> None:
    given = settings(tmp_path, line_api_url="http://127.0.0.1:9")
    assert not uses_simulator(given)
    assert complete(given).line_api_url == "http://127.0.0.1:9"
    held = json.loads((tmp_path / "keys" / "local.json").read_text())
    assert complete(given).line_channel_secret == SecretStr(held["line_channel_secret"])
