"""The record of a model's hash, beside it: ``<model>.sha256``, in the form that ``sha256sum --check`` reads.

An archive is unpacked and its parts are brought to life by whoever loads it. So only what was trained here is loaded:
who trains writes the hash down, and who loads compares. An archive that came from somewhere else, or was changed or cut
since, has no record or another one.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_PIECE = 1 << 20


class ModelUnknown(Exception):
    """An archive without a record, or of another content; the text says what to do."""


def record_path(model: Path) -> Path:
    """Where the record of a model lies."""
    return model.with_name(model.name + ".sha256")


def content_of(path: Path) -> str:
    """Give the SHA-256 of a file as 64 hex digits. Raises: OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for piece in iter(lambda: stream.read(_PIECE), b""):
            digest.update(piece)
    return digest.hexdigest()


def record(trained: Path, model: Path) -> None:
    """Write down the hash of what was just trained, before it is put at its place.

    Args: trained: the archive where it lies now; model: where it goes.
    """
    target = record_path(model)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_text(f"{content_of(trained)}  {model.name}\n", encoding="ascii")
    os.replace(draft, target)


def is_recorded(model: Path) -> bool:
    """Whether there is an archive with a record; whether they fit is seen when it's loaded."""
    return model.is_file() and record_path(model).is_file()


def check(model: Path) -> None:
    """Raises: ModelUnknown: the archive isn't the one that was trained here."""
    try:
        written = record_path(model).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        written = []
    if not written:
        raise ModelUnknown(f"there is no record of the model {model.name}, so it isn't loaded; run `make train`")
    if content_of(model) != written[0]:
        raise ModelUnknown(
            f"the model {model.name} isn't the one that was trained here, so it isn't loaded; "
            "delete it and run `make train`"
        )
