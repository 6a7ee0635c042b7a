"""Settings: what is refused, in one line and without values; what a child process is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from handoff.domain.errors import ConfigurationError
from handoff.settings import (
    ROOT,
    Settings,
    is_lines_own,
    is_loopback,
    load_settings,
    port_of,
    setting_names,
    unknown_names,
)

CREDENTIALS = {"LINE_CHANNEL_SECRET": "secret-words", "LINE_CHANNEL_ACCESS_TOKEN": "token-words"}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_nothing_has_to_be_set() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert settings.standin
    assert settings.profile == ROOT / "data" / "profiles" / "demo.yml"
    assert settings.sealing_key_file == ROOT / "var" / "keys" / "seal.key"
    assert settings.clock_offset == timedelta(0)


def test_every_setting_says_what_it_is_in_both_languages() -> None:
    for name, field in Settings.model_fields.items():
        assert field.validation_alias, name
        assert " / " in (field.description or ""), name


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, LINE_CHANNEL_SECRET="", TSUNAGI_DATABASE_URL="").database_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TSUNAGI_PORT", "eighty"),
        ("TSUNAGI_PORT", "70000"),
        ("TSUNAGI_DATABASE_URL", "mysql://secret-words@db/x"),
        ("TSUNAGI_DATABASE_URL", "postgresql+psycopg://secret-words@db/x"),
        ("TSUNAGI_RASA_URL", "127.0.0.1:5005"),
        ("LINE_API_URL", "https://user:secret-words@[broken"),
        ("TSUNAGI_CLOCK", "2026-12-31T23:50"),
        ("TSUNAGI_CLOCK", "new year"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting_and_not_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        given(monkeypatch, **{name: value})
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret-words" not in str(refused.value)


@pytest.mark.parametrize("only", sorted(CREDENTIALS))
def test_half_of_the_credentials_is_refused(monkeypatch: pytest.MonkeyPatch, only: str) -> None:
    with pytest.raises(ConfigurationError, match="LINE_CHANNEL_SECRET"):
        given(monkeypatch, **{only: CREDENTIALS[only]})


def test_a_moved_clock_is_refused_with_lines_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"TSUNAGI_CLOCK": "2026-12-31T23:50:00+09:00"}
    assert given(monkeypatch, **clock).standin
    with pytest.raises(ConfigurationError, match="TSUNAGI_CLOCK"):
        given(monkeypatch, **clock, **CREDENTIALS)
    with pytest.raises(ConfigurationError, match="TSUNAGI_CLOCK"):
        given(monkeypatch, **clock, **CREDENTIALS, LINE_API_URL="https://API.LINE.ME./")
    assert given(monkeypatch, **clock, **CREDENTIALS, LINE_API_URL="http://127.0.0.1:8090").standin


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://api.line.me", True),
        ("https://API.Line.me./", True),
        ("https://line.me:8443/x", True),
        ("http://127.0.0.1:8090", False),
        ("http://api.line.me.example", False),
        ("http://notline.me", False),
    ],
)
def test_lines_own_addresses(url: str, own: bool) -> None:
    assert is_lines_own(url) is own


def test_loopback_and_ports() -> None:
    assert is_loopback("http://localhost:5005")
    assert is_loopback("http://127.8.0.1")
    assert is_loopback("http://[::1]:1")
    assert not is_loopback("http://rasa.internal:5005")
    assert not is_loopback("http://10.0.0.1")
    assert (port_of("http://x:5"), port_of("http://x"), port_of("https://x")) == (5, 80, 443)


def test_a_child_reads_the_same_settings_back(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(
        monkeypatch,
        **CREDENTIALS,
        LINE_API_URL="http://127.0.0.1:9/",
        TSUNAGI_PORT="1234",
        TSUNAGI_CLOCK="2026-12-31T23:50:00+09:00",
        TSUNAGI_CLOCK_STARTED="2026-06-01T00:00:00+00:00",
        TSUNAGI_VAR="elsewhere",
        TSUNAGI_DATABASE_URL="postgresql://tsunagi@/tsunagi?host=/tmp/x",
    )
    environment = settings.environment()
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    again = given(monkeypatch, **environment)
    assert again == settings
    assert again.clock_offset == datetime(2026, 12, 31, 14, 50, tzinfo=UTC) - datetime(2026, 6, 1, tzinfo=UTC)


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, **CREDENTIALS, TSUNAGI_RASA_TOKEN="rasa-words")
    for shown in (repr(settings), str(settings)):
        assert not any(word in shown for word in ("secret-words", "token-words", "rasa-words"))


def test_dot_env_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TSUNAGI_PORT=1111\nTSUNAGI_HOST=0.0.0.0\n")
    monkeypatch.setattr(Settings, "model_config", SettingsConfigDict(**{**Settings.model_config, "env_file": file}))
    settings = given(monkeypatch, TSUNAGI_PORT="2222")
    assert (settings.host, settings.port) == ("0.0.0.0", 2222)


def test_misspelt_names_are_found() -> None:
    assert unknown_names(["TSUNAGI_PROT", "TSUNAGI_PORT", "HOME", "TSUNAGI_VAR"]) == ["TSUNAGI_PROT"]
