"""The numbers of the database's advisory locks on a contact."""

from __future__ import annotations

import hashlib
from uuid import UUID


def lock_key(space: str, contact_id: UUID) -> int:
    """The number of a lock of this kind; the same for a lock of a connection and one of a transaction."""
    digest = hashlib.blake2b(contact_id.bytes, digest_size=8, person=space.encode("ascii")).digest()
    return int.from_bytes(digest, "big", signed=True)
