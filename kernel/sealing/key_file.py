"""Changing the key file while processes read it: add a key, choose the active one, drop one.

Each change replaces the whole file at once. A reader sees the former file or the new one, never a half one, and a new
file that couldn't be read back never takes the old one's place.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator, Optional, Union

from kernel.sealing.errors import KeyFileError
from kernel.sealing.keys import KEY_BYTES, Keyring

_NUMBERED = re.compile(r"k([0-9]{1,9})")
#: Whoever could read the file can read the new one, but for those who are neither its owner nor of its group.
_KEPT_MODE = 0o660


def add_key(path: Union[str, Path], name: Optional[str] = None) -> str:
    """Add a fresh key, which seals nothing until it is activated; give its id.

    Args: name: its id; by default the next of k1, k2, … Raises: KeyFileError: it's there already, a key that was
    dropped had it (processes that still remember that one would take the file for somebody else's), or the file can't be
    read or replaced.
    """
    with _alone(path) as target:
        ring = Keyring.from_file(target)
        chosen = name or _next(ring)
        if chosen in ring.keys:
            raise KeyFileError(f"the key file {path} holds a key {chosen} already")
        if chosen in ring.dropped:
            raise KeyFileError(f"the key file {path} held a key {chosen} before; an id is never given twice")
        _replace(target, replace(ring, keys={**ring.keys, chosen: secrets.token_bytes(KEY_BYTES)}))
    return chosen


def activate_key(path: Union[str, Path], name: str) -> None:
    """Let a key wrap everything that is made from now on. Raises: KeyFileError: there is no such key."""
    with _alone(path) as target:
        ring = Keyring.from_file(target)
        if name not in ring.keys:
            raise KeyFileError(f"the key file {path} holds no key {name}")
        _replace(
            target, replace(ring, active=name, activated=ring.activated if name == ring.active else int(time.time()))
        )


def drop_key(path: Union[str, Path], name: str) -> None:
    """Take a key away for good; the caller knows that nothing needs it.

    Raises: KeyFileError: there is no such key, or it is the active one.
    """
    with _alone(path) as target:
        ring = Keyring.from_file(target)
        if name not in ring.keys:
            raise KeyFileError(f"the key file {path} holds no key {name}")
        if name == ring.active:
            raise KeyFileError(f"the key {name} is the active one of {path}")
        left = {one: key for one, key in ring.keys.items() if one != name}
        _replace(target, replace(ring, keys=left, dropped=(*ring.dropped, name)))


def _next(ring: Keyring) -> str:
    numbers = [
        int(found.group(1)) for found in map(_NUMBERED.fullmatch, (*ring.keys, *ring.dropped)) if found is not None
    ]
    return f"k{max(numbers, default=0) + 1}"


@contextmanager
def _alone(path: Union[str, Path]) -> Iterator[Path]:
    """Hold the folder's lock: two changes at once would lose one of the keys. A link leads to the file that it names."""
    target = Path(path).resolve()
    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError as error:
        raise KeyFileError(f"the folder of the key file {path} can't be opened ({error.strerror})") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield target
        os.fsync(folder)
    except OSError as error:
        raise KeyFileError(f"the key file {path} can't be replaced ({error.strerror})") from None
    finally:
        os.close(folder)


def _replace(target: Path, ring: Keyring) -> None:
    body = {
        "active": ring.active,
        "keys": {name: base64.b64encode(key).decode("ascii") for name, key in ring.keys.items()},
        "lookup": base64.b64encode(ring.lookup).decode("ascii"),
        "dropped": list(ring.dropped),
        "activated": ring.activated,
    }
    former = target.stat()
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(body, indent=1))
            stream.flush()
            if (former.st_uid, former.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(stream.fileno(), former.st_uid, former.st_gid)
            os.fchmod(stream.fileno(), stat.S_IMODE(former.st_mode) & _KEPT_MODE | 0o600)
            os.fsync(stream.fileno())
        if Keyring.from_file(draft) != ring:
            raise KeyFileError(f"the new key file for {target} doesn't read back as it was written")
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
