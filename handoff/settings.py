"""Every setting of the service: environment variables, or the file ``.env`` beside the Makefile.

The environment wins over ``.env``. Nothing here opens a file or a connection, except that ``.env`` is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from handoff.addresses import http_url, is_lines_own, is_private_way
from handoff.alarm_settings import AlarmSettings
from handoff.domain.errors import ConfigurationError

ROOT: Final = Path(__file__).resolve().parent.parent
"""The folder that holds the Makefile, ``data/`` and ``domain.yml``."""

LINE_API: Final = "https://api.line.me"
LINE_DATA_API: Final = "https://api-data.line.me"


class Settings(AlarmSettings):
    """What the processes of the service are told; the same object in each of them.

    URLs carry no trailing slash. Paths are absolute after validation (relative ones start at the repository).
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    database_url: str | None = Field(
        default=None,
        validation_alias="TSUNAGI_DATABASE_URL",
        description=(
            "PostgreSQLのURL (postgresql://…)。なければ、同梱のPostgreSQLを自動で起動します。"
            " / PostgreSQL to use; unset: the embedded one is started."
        ),
    )
    database_owner_url: str | None = Field(
        default=None,
        validation_alias="TSUNAGI_DATABASE_OWNER_URL",
        description=(
            "表を作る役割のURL。移行のときだけ使います。なければ TSUNAGI_DATABASE_URL を使います。"
            " / The role that owns the tables; used by migrations only."
        ),
    )
    host: str = Field(
        default="127.0.0.1",
        validation_alias="TSUNAGI_HOST",
        description="ウェブが待ち受けるアドレス。 / Address that the web process listens on.",
    )
    port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        validation_alias="TSUNAGI_PORT",
        description="ウェブが待ち受けるポート。 / Port of the web process.",
    )
    proxies: int = Field(
        default=0,
        ge=0,
        le=5,
        validation_alias="TSUNAGI_PROXIES",
        description=(
            "前に置いた自分のプロキシの数。そのぶんだけ X-Forwarded-For を信じます。0なら、つないできた相手のアドレスを使います。"
            " / How many proxies of your own stand before the web process; 0: X-Forwarded-For is ignored."
        ),
    )
    profile: Path = Field(
        default=ROOT / "data" / "profiles" / "demo.yml",
        validation_alias="TSUNAGI_PROFILE",
        description="事業設定 (YAML) のパス。 / Path of the profile of the municipality's service.",
    )
    rasa_url: str = Field(
        default="http://127.0.0.1:5005",
        validation_alias="TSUNAGI_RASA_URL",
        description=(
            "Rasaのアドレス。この機械のものなら自動で起動します。 / Address of Rasa; started by us where it is on loopback."
        ),
    )
    key_file: Path | None = Field(
        default=None,
        validation_alias="TSUNAGI_KEY_FILE",
        description=(
            "記録を封印する鍵のファイル。なければ <TSUNAGI_VAR>/keys/seal.key を作ります。必ず控えを別の場所に置いてください。"
            " / Key file that seals the records; made under TSUNAGI_VAR where unset. Keep a copy elsewhere."
        ),
    )
    backup_dir: Path | None = Field(
        default=None,
        validation_alias="TSUNAGI_BACKUP_DIR",
        description=(
            "データの控えを置くフォルダ。なければ <TSUNAGI_VAR>/backups です。別の機械のディスクにしてください。"
            " / Folder of the data backups; best on another machine's disk."
        ),
    )
    backup_keys: Path | None = Field(
        default=None,
        validation_alias="TSUNAGI_BACKUP_KEYS",
        description=(
            "記録の鍵の控えのファイル。毎回、上書きします。データの控えとも、封印の鍵とも、別の場所に置いてください。"
            " / File of the wrapped data keys, written over by each backup; apart from the data and from the key file."
        ),
    )
    backup_keep: int = Field(
        default=30,
        ge=1,
        le=3650,
        validation_alias="TSUNAGI_BACKUP_KEEP",
        description="データの控えを置いておく日数。 / Days for which data backups stay.",
    )
    pg_bin: Path | None = Field(
        default=None,
        validation_alias="TSUNAGI_PG_BIN",
        description=(
            "pg_dump と pg_restore のフォルダ。同梱の版より新しいPostgreSQLを使うときに設定します。"
            " / Folder of pg_dump and pg_restore, for a server that is newer than the bundled programs."
        ),
    )
    line_channel_secret: SecretStr | None = Field(
        default=None,
        validation_alias="LINE_CHANNEL_SECRET",
        description="LINEのチャネルシークレット。 / LINE channel secret (signature of webhooks).",
    )
    line_channel_access_token: SecretStr | None = Field(
        default=None,
        validation_alias="LINE_CHANNEL_ACCESS_TOKEN",
        description="LINEのチャネルアクセストークン。 / LINE channel access token.",
    )
    line_api_url: str = Field(
        default=LINE_API,
        validation_alias="LINE_API_URL",
        description="LINE Messaging APIのアドレス。模擬LINEを使うときだけ変えます。 / Changed only to use a stand-in.",
    )
    line_data_api_url: str = Field(
        default=LINE_DATA_API,
        validation_alias="LINE_DATA_API_URL",
        description="LINEのデータ用アドレス。模擬LINEを使うときだけ変えます。 / Changed only to use a stand-in.",
    )
    clock: AwareDatetime | None = Field(
        default=None,
        validation_alias="TSUNAGI_CLOCK",
        description=(
            "時計の開始時刻 (時差つきISO形式)。試験と見学のためのもので、本物のLINEとは使えません。"
            " / ISO time with zone at which the service's clock starts; refused together with LINE's own address."
        ),
    )
    clock_started: AwareDatetime | None = Field(
        default=None,
        validation_alias="TSUNAGI_CLOCK_STARTED",
        description=(
            "TSUNAGI_CLOCK を決めた本当の時刻。自動で入ります。"
            " / Real time that TSUNAGI_CLOCK stands for; set by `make run` so that restarts keep the same clock."
        ),
    )
    rasa_token: SecretStr | None = Field(
        default=None,
        validation_alias="TSUNAGI_RASA_TOKEN",
        description="RasaとのあいだのBearerトークン。なければ自動で作ります。 / Shared token of bridge and Rasa.",
    )
    actions_url: str = Field(
        default="http://127.0.0.1:5055/webhook",
        validation_alias="TSUNAGI_ACTIONS_URL",
        description="アクションサーバのアドレス。 / Address of the action server, as Rasa calls it.",
    )
    var: Path = Field(
        default=ROOT / "var",
        validation_alias="TSUNAGI_VAR",
        description="データベース、鍵、ログを置くフォルダ。 / Folder of the embedded database, keys, logs.",
    )
    simulator_url: str = Field(
        default="http://127.0.0.1:8090",
        validation_alias="TSUNAGI_SIMULATOR_URL",
        description="模擬LINEのアドレス。 / Address of the stand-in for LINE's platform.",
    )

    factor_in_demo: bool = Field(
        default=False,
        validation_alias="TSUNAGI_FACTOR_IN_DEMO",
        description=(
            "模擬LINEのあいだも、全員に二段階の確認を求めます。本物のLINEでは、いつも全員に求めます。"
            " / Demand the second factor of everybody in a demo, too; with the real LINE it always is."
        ),
    )

    @field_validator("rasa_url", "line_api_url", "line_data_api_url", "actions_url", "simulator_url")
    @classmethod
    def _http_url(cls, value: str) -> str:
        return http_url(value)

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _postgres_url(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("postgresql", "postgres"):
            raise ValueError("postgresql:// で始まるアドレスにしてください (ドライバ名は付けません)")
        return value

    @field_validator("var", "profile", "key_file", "backup_dir", "backup_keys", "pg_bin")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else ROOT / value.expanduser()

    @model_validator(mode="after")
    def _belong_together(self) -> Settings:
        if (self.line_channel_secret is None) != (self.line_channel_access_token is None):
            raise ValueError(
                "LINE_CHANNEL_SECRET と LINE_CHANNEL_ACCESS_TOKEN は、両方を設定するか、両方を空にしてください"
            )
        if self.clock is not None and not self.standin:
            raise ValueError("TSUNAGI_CLOCK は本物のLINE (LINE_API_URL) と一緒には使えません")
        if not self.standin and self.public_address is not None and not is_private_way(self.public_address):
            # The alarm's link opens a child's words to whoever has it, so it travels encrypted.
            raise ValueError("TSUNAGI_PUBLIC_URL は https:// で始まるアドレスにしてください")
        return self

    @property
    def has_line_credentials(self) -> bool:
        """Whether both the channel's secret and its access token are set."""
        return self.line_channel_secret is not None and self.line_channel_access_token is not None

    @property
    def standin(self) -> bool:
        """True while no student can be reached: LINE's address is a stand-in's, or the credentials are missing."""
        return not (self.has_line_credentials and is_lines_own(self.line_api_url))

    @property
    def demands_factor(self) -> bool:
        """Whether nobody comes in by a password alone; no profile and no setting changes that while LINE is real."""
        return not self.standin or self.factor_in_demo

    @property
    def public_url(self) -> str:
        """Where people reach the web process: ``TSUNAGI_PUBLIC_URL``, or in a demo this machine. No trailing slash."""
        return self.public_address or f"http://127.0.0.1:{self.port}"

    @property
    def sealing_key_file(self) -> Path:
        """The key file that is used: ``TSUNAGI_KEY_FILE``, or the one under ``TSUNAGI_VAR``."""
        return self.key_file if self.key_file is not None else self.var / "keys" / "seal.key"

    @property
    def backup_folder(self) -> Path:
        """Where data backups lie: ``TSUNAGI_BACKUP_DIR``, or under ``TSUNAGI_VAR``."""
        return self.backup_dir if self.backup_dir is not None else self.var / "backups"

    @property
    def backup_keys_file(self) -> Path:
        """Where the backup of the wrapped data keys lies: ``TSUNAGI_BACKUP_KEYS``, or under ``TSUNAGI_VAR``."""
        return self.backup_keys if self.backup_keys is not None else self.var / "backup-keys" / "data-keys.sealed"

    @property
    def clock_offset(self) -> timedelta:
        """What to add to the real time to get the service's; zero without ``TSUNAGI_CLOCK``.

        Without ``TSUNAGI_CLOCK_STARTED`` the clock starts when it is asked for the first time in this process.
        """
        if self.clock is None:
            return timedelta(0)
        return self.clock - (self.clock_started or _process_started())

    def environment(self) -> dict[str, str]:
        """All that is set, as environment variables for a process that we start (secrets included, never log it)."""
        found: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            elif isinstance(value, datetime):
                value = value.isoformat()
            found[str(field.validation_alias)] = str(value)
        return found


def setting_names() -> list[str]:
    """The names of all environment variables that ``Settings`` reads, in the order of their definition."""
    return [str(field.validation_alias) for field in Settings.model_fields.values()]


def unknown_names(environment: Iterable[str] | None = None) -> list[str]:
    """Variables that look like ours but that nobody reads: most likely misspelt.

    Args: environment: names to look through; ``os.environ`` where not given.
    """
    known = set(setting_names())
    return sorted(n for n in (environment or os.environ) if n.startswith("TSUNAGI_") and n not in known)


def load_settings() -> Settings:
    """Reads the settings.

    Raises: ConfigurationError: with one line per wrong setting, never with its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_input=False, include_url=False, include_context=False):
            name = ".".join(str(part) for part in fault["loc"])
            reason = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {reason}" if name else reason)
        raise ConfigurationError("設定の誤り: " + " / ".join(lines)) from None


_started: datetime | None = None


def _process_started() -> datetime:
    global _started
    if _started is None:
        _started = datetime.now(UTC)
    return _started
