"""The passwords of the embedded server's three roles: made once, kept beside the other keys, never in a log or an argument.

They hold 256 random bits, so that the server needs no slow hash for them; each connection costs two round trips more.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from handoff.domain.errors import ConfigurationError


@dataclass(frozen=True, repr=False)
class DatabasePasswords:
    """One for each role. application: of the service's own processes; owner: of migrations alone; superuser: of nobody."""

    application: str
    owner: str
    superuser: str

    @property
    def mark(self) -> str:
        """Tells whether a server knows these ones, and tells nobody what they are."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def load_or_make(cls, var: Path) -> DatabasePasswords:
        """Read ``<var>/keys/database.json`` (0600), or make it where it is missing; whole or not at all.

        Raises: ConfigurationError: the file can't be read or written.
        """
        path = var / "keys" / "database.json"
        names = [field.name for field in fields(cls)]
        try:
            if not path.exists():
                _make(path, {name: secrets.token_urlsafe(32) for name in names})
            held = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{name: str(held[name]) for name in names})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} を使えません ({type(error).__name__})。消すと、次の起動で作り直されます。"
            ) from error


def _make(path: Path, held: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
        # Of two that start together one makes it, and both read that one.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
