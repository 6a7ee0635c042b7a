"""The key that a page gives a form or a word, so that one that is sent again is the same one."""

from __future__ import annotations

from uuid import UUID


def random_key(told: object) -> UUID:
    """A key as a page tells it. It becomes the id of what is made, so it has to be a random one: whoever chose their own
    could give a thing an id that others guess.

    Raises: ValueError: it is no UUID, or none of version 4.
    """
    key = UUID(str(told))
    if key.version != 4:
        raise ValueError("not a random key")
    return key
