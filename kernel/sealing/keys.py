"""The key file: sealing keys with ids, and one key for lookups.

The file is JSON, readable by its owner alone::

    {"active": "k1", "keys": {"k1": "<32 bytes, base64>"}, "lookup": "<32 bytes, base64>",
     "dropped": [], "activated": 0}

``dropped`` holds the ids of keys that were dropped: none is given twice. ``activated`` is when the active key was chosen, in
seconds since 1970. A file that lacks them has dropped none, and chose its key at its making.
The lookup key stands apart because it can't rotate with the others: a contact is found by the keyed hash made with it.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional, Tuple, Union

from kernel.sealing.errors import KeyFileError

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, repr=False)
class Keyring:
    """Keys by id, the id of the one that seals new values, and the lookup key.

    Attributes: active: id of the sealing key; keys: id → 32 bytes; lookup: 32 bytes; dropped: ids that were used;
    activated: seconds since 1970.
    """

    active: str
    keys: Mapping[str, bytes]
    lookup: bytes
    dropped: Tuple[str, ...] = ()
    activated: int = 0

    @classmethod
    def from_file(cls, path: Union[str, Path]) -> Keyring:
        """Read a key file.

        Raises: KeyFileError: the file is missing, unreadable or of an unknown form.
        """
        try:
            raw = json.loads(Path(path).read_text(encoding="utf-8"))
            keys = {str(name): base64.b64decode(value, validate=True) for name, value in raw["keys"].items()}
            lookup = base64.b64decode(raw["lookup"], validate=True)
            dropped = tuple(str(name) for name in raw.get("dropped", ()))
            ring = cls(str(raw["active"]), keys, lookup, dropped, int(raw.get("activated", 0)))
        except FileNotFoundError:
            raise KeyFileError(f"there is no key file at {path}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"the key file {path} can't be read ({type(error).__name__})") from None
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            raise KeyFileError(f"the key file {path} is not of the expected form") from None
        if ring.active not in ring.keys:
            raise KeyFileError(f"the key file {path} names an active key that it doesn't hold")
        if any(len(key) != KEY_BYTES for key in (*ring.keys.values(), ring.lookup)):
            raise KeyFileError(f"a key in {path} is not {KEY_BYTES} bytes long")
        if not all(_KEY_ID.fullmatch(name) for name in ring.keys):
            raise KeyFileError(f"a key id in {path} is not 1 to 32 letters, digits, - or _")
        return ring

    def follows(self, former: Keyring) -> bool:
        """Whether this is the former keyring with keys added, activated or dropped, and not somebody else's."""
        shared = self.keys.keys() & former.keys.keys()
        same = all(self.keys[name] == former.keys[name] for name in shared)
        return self.lookup == former.lookup and same


class KeyFile:
    """The key file, read again when it changed: keys are added and activated while the service runs."""

    def __init__(self, path: Union[str, Path]) -> None:
        """Raises: KeyFileError."""
        self._path = Path(path)
        self._stamp = self._look()
        self._ring = Keyring.from_file(self._path)

    def ring(self, wanted: Optional[str] = None) -> Keyring:
        """Give the keys as the file has them now; read again, too, where a wanted key isn't among them.

        Raises: KeyFileError: the file is missing, unreadable, of an unknown form, or has other keys of the same names.
        """
        stamp = self._look()
        if stamp != self._stamp or (wanted is not None and wanted not in self._ring.keys):
            ring = Keyring.from_file(self._path)
            if not ring.follows(self._ring):
                raise KeyFileError(f"the key file {self._path} is another one than at the start")
            self._stamp, self._ring = stamp, ring
        return self._ring

    def _look(self) -> Tuple[int, int, int]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise KeyFileError(f"there is no key file at {self._path}") from None
        except OSError as error:
            raise KeyFileError(f"the key file {self._path} can't be read ({type(error).__name__})") from None
        return found.st_mtime_ns, found.st_ino, found.st_size


def ensure_key_file(path: Union[str, Path]) -> bool:
    """Make a key file with fresh keys where there is none; give True when one was made.

    The file appears whole or not at all: it's written beside its place and linked there, so that two processes that
    start together agree on one. Raises: KeyFileError: the place can't be written.
    """
    target = Path(path)
    if target.exists():
        return False

    def fresh() -> str:
        return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")

    body = json.dumps({"active": "k1", "keys": {"k1": fresh()}, "lookup": fresh()}, indent=1)
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(body)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, target)
        finally:
            draft.unlink()
    except FileExistsError:
        return False
    except OSError as error:
        raise KeyFileError(f"the key file {path} can't be written ({error.strerror})") from None
    return True
