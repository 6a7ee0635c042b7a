"""What this installation makes for itself: addresses and secrets that nobody has to set for a first run."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.addresses import is_lines_own
from handoff.domain.errors import ConfigurationError
from handoff.settings import Settings

NO_OWNER: Final = (
    "本物のLINEでは、表を作る役割を分けてください。TSUNAGI_DATABASE_OWNER_URL に、その役割のアドレスを設定します。"
)
NO_ADDRESS: Final = (
    "本物のLINEでは、TSUNAGI_PUBLIC_URL に、外から見たアドレス (https://…) を設定してください。"
    "ないと、画面もお知らせのリンクも開けません。"
)


@dataclass(frozen=True)
class LocalSecrets:
    """Made once and kept in ``<var>/keys/local.json`` (0600), so that tools can talk to a running service."""

    rasa_token: str
    line_channel_secret: str
    line_channel_access_token: str

    def __repr__(self) -> str:
        return "LocalSecrets(…)"

    @classmethod
    def load_or_make(cls, var: Path) -> LocalSecrets:
        """Reads the file, or makes it where it is missing; whole or not at all.

        Raises: ConfigurationError: the file can't be read or written.
        """
        path = var / "keys" / "local.json"
        names = [field.name for field in fields(cls)]
        try:
            if path.exists():
                held = json.loads(path.read_text(encoding="utf-8"))
                return cls(**{name: str(held[name]) for name in names})
            made = cls(**{name: secrets.token_urlsafe(32) for name in names})
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(made), file)
            draft.replace(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} を使えません ({type(error).__name__})。消すと、作り直されます。"
            ) from error
        return made


def complete(settings: Settings) -> Settings:
    """Fills in what is unset: the embedded database's addresses, Rasa's token, and, without LINE credentials, the
    simulator's address with credentials of its own; and fixes the moment that ``TSUNAGI_CLOCK`` stands for.

    Raises: ConfigurationError: the local secrets can't be kept; or as ``check_owner``.
    """
    check_owner(settings)
    local = LocalSecrets.load_or_make(settings.var)
    update = {"key_file": settings.sealing_key_file} | _both_databases(settings)
    if settings.rasa_token is None:
        update["rasa_token"] = SecretStr(local.rasa_token)
    if not settings.has_line_credentials:
        update["line_channel_secret"] = SecretStr(local.line_channel_secret)
        update["line_channel_access_token"] = SecretStr(local.line_channel_access_token)
    if uses_simulator(settings):
        update |= {"line_api_url": settings.simulator_url, "line_data_api_url": settings.simulator_url}
    if settings.clock is not None and settings.clock_started is None:
        update["clock_started"] = datetime.now(UTC)
    return settings.model_copy(update=update)


def with_owner(settings: Settings) -> Settings:
    """For a command that works as the owner of the tables, also where it may write nothing here: both addresses.

    Raises: ConfigurationError: as ``check_owner``.
    """
    check_owner(settings)
    return settings.model_copy(update=_both_databases(settings))


def _both_databases(settings: Settings) -> dict[str, object]:
    if settings.database_url is None:
        embedded = EmbeddedPostgres(settings.var)
        return {"database_url": embedded.database_url, "database_owner_url": embedded.owner_url}
    return {"database_owner_url": settings.database_owner_url or settings.database_url}


def check_owner(settings: Settings) -> None:
    """Raises: ConfigurationError: LINE is the real one, and the service's own role would own the tables: it could change what
    is on record of it.
    """
    if settings.standin or settings.database_url is None:
        return
    owner = settings.database_owner_url
    if owner is None or urlsplit(owner).username == urlsplit(settings.database_url).username:
        raise ConfigurationError(NO_OWNER)


def check_address(settings: Settings) -> None:
    """Raises: ConfigurationError: LINE is the real one, and people would be sent to this machine's own address: no page is
    answered by another name, and nobody would notice, because the webhook is.
    """
    if not settings.standin and settings.public_address is None:
        raise ConfigurationError(NO_ADDRESS)


def with_database(settings: Settings) -> Settings:
    """For a command beside a running service: the embedded server's address where no other one is set.

    Raises: ConfigurationError: no database is set, and there is none of this installation.
    """
    if settings.database_url is not None:
        return settings
    if not (settings.var / "postgres" / "PG_VERSION").exists():
        raise ConfigurationError("データベースがありません。先に `make run` で始めてください。")
    return settings.model_copy(update={"database_url": EmbeddedPostgres(settings.var).database_url})


def uses_simulator(settings: Settings) -> bool:
    """Whether our own stand-in for LINE is to be started: no credentials, and no other stand-in is named."""
    return not settings.has_line_credentials and is_lines_own(settings.line_api_url)
