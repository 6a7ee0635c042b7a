"""What can go wrong with keys and sealed values.

::

    SealingError
    ├── KeyFileError   the key file is missing, unreadable or of an unknown form
    └── SealBroken     a sealed value was changed, moved to another row, or sealed by an unknown key
"""

from __future__ import annotations


class SealingError(Exception):
    """Base of the errors of this package; the message never holds a key or a text."""


class KeyFileError(SealingError):
    """The key file is missing, unreadable or of an unknown form."""


class SealBroken(SealingError):
    """A sealed value can't be opened: changed, moved to another row, or sealed by an unknown key."""
