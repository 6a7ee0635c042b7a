"""Settings: what is refused, in one line and without values; what a child process is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from handoff.addresses import is_lines_own, is_loopback, port_of
from handoff.domain.errors import ConfigurationError
from handoff.domain.notice import Medium
from handoff.settings import (
    LINE_API,
    ROOT,
    Settings,
    load_settings,
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


@pytest.mark.parametrize("told", ["", "false", "true"])
def test_with_the_real_line_the_second_factor_is_demanded_whatever_is_set(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """And in a demo, which reaches nobody, only where it is asked for."""
    asked = {"TSUNAGI_FACTOR_IN_DEMO": told}
    assert given(monkeypatch, **asked).demands_factor is (told == "true"), "no channel"
    with monkeypatch.context() as standin:
        there = {**CREDENTIALS, "LINE_API_URL": "http://127.0.0.1:8090"}
        assert given(standin, **asked, **there).demands_factor is (told == "true"), "another one than LINE"
    for url in (LINE_API, "https://API.LINE.ME./"):
        assert given(monkeypatch, **asked, **CREDENTIALS, LINE_API_URL=url).demands_factor, url


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


MAIL = {"TSUNAGI_SMTP_URL": "smtps://alarm:p%23w-words@mail.example", "TSUNAGI_MAIL_FROM": "alarm@city.example"}
WEBHOOK = {
    "TSUNAGI_ALARM_WEBHOOK_URL": "https://hooks.example/x-words",
    "TSUNAGI_ALARM_WEBHOOK_SECRET": "sixteen-letters-at-least-words",
}
VOICE = {"TSUNAGI_VOICE_GATEWAY_URL": "https://voice.example/calls", "TSUNAGI_VOICE_GATEWAY_TOKEN": "token-words"}


@pytest.mark.parametrize("way", [MAIL, WEBHOOK, VOICE], ids=["mail", "webhook", "voice"])
def test_half_a_way_out_is_refused(monkeypatch: pytest.MonkeyPatch, way: dict[str, str]) -> None:
    for name, value in way.items():
        with monkeypatch.context() as alone, pytest.raises(ConfigurationError, match="両方を設定するか") as refused:
            given(alone, **{name: value})
        assert all(name in str(refused.value) for name in way)
    assert len(given(monkeypatch, **way).alarm_media) == 2


def test_the_media_are_those_that_are_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().alarm_media == {Medium.DESK}
    assert given(monkeypatch, **MAIL, **WEBHOOK, **VOICE).alarm_media == set(Medium)


@pytest.mark.parametrize(
    "changed",
    [
        {"TSUNAGI_SMTP_URL": "mail.example:587"},
        {"TSUNAGI_SMTP_URL": "http://mail.example"},
        {"TSUNAGI_SMTP_URL": "smtp://alarm@mail.example"},
        {"TSUNAGI_SMTP_URL": "smtp://alarm:half-words/half-words@mail.example"},
        {"TSUNAGI_SMTP_URL": "smtp://alarm:half-words#half-words@mail.example"},
        {"TSUNAGI_SMTP_URL": "smtp://alarm:words@mail.example:words"},
        {"TSUNAGI_SMTP_URL": "smtp://mail.example?words"},
        {"TSUNAGI_MAIL_FROM": "つなぎ <alarm@city.example>"},
        {"TSUNAGI_MAIL_FROM": "alarm@city.example\r\nBcc: x@evil.example"},
        {"TSUNAGI_ALARM_WEBHOOK_SECRET": "short-words"},
        {"TSUNAGI_ALARM_WEBHOOK_URL": "http://hooks.example/x-words"},
        {"TSUNAGI_VOICE_GATEWAY_URL": "http://10.0.0.5/calls"},
        {"TSUNAGI_VOICE_GATEWAY_URL": "voice.example"},
    ],
)
def test_a_wrong_way_out_is_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        given(monkeypatch, **(MAIL | WEBHOOK | VOICE | changed))
    assert next(iter(changed)) in str(refused.value)
    assert "words" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_gateway_on_this_machine_may_go_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"TSUNAGI_VOICE_GATEWAY_URL": "http://127.0.0.1:9/calls", "TSUNAGI_VOICE_GATEWAY_TOKEN": "token-words"}
    assert Medium.VOICE in given(monkeypatch, **here).alarm_media


def test_links_begin_at_this_machine_until_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, TSUNAGI_PORT="1234").public_url == "http://127.0.0.1:1234"
    assert given(monkeypatch, TSUNAGI_PUBLIC_URL="https://tsunagi.example/").public_url == "https://tsunagi.example"


def test_with_real_students_a_link_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = {"TSUNAGI_PUBLIC_URL": "http://192.168.1.5:8080"}
    assert given(monkeypatch, **bare).public_url == bare["TSUNAGI_PUBLIC_URL"]
    with pytest.raises(ConfigurationError, match="TSUNAGI_PUBLIC_URL"):
        given(monkeypatch, **bare, **CREDENTIALS)


def test_secrets_of_the_ways_out_never_show_and_reach_the_children(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, **MAIL, **WEBHOOK, **VOICE)
    assert "words" not in repr(settings) + str(settings)
    environment = settings.environment()
    assert MAIL.items() | WEBHOOK.items() | VOICE.items() <= environment.items()
