"""What can go wrong with keys and sealed values.

::

    SealingError
    ├── KeyFileError   the key file is missing, unreadable, of an unknown form, or another one than before
    ├── SealFailed     nothing can be sealed or opened now: the cipher fails, or the key file lacks a wrapping key
    └── SealBroken     a sealed value was changed, moved to another row, or its key is unknown or destroyed
"""

from __future__ import annotations


class SealingError(Exception):
    """Base of the errors of this package; the message never holds a key or a text."""


class KeyFileError(SealingError):
    """The key file is missing, unreadable, of an unknown form, or another one than the process began with."""


class SealFailed(SealingError):
    """Nothing can be sealed or opened now: the cipher fails, or the key file lacks the key that wraps a data key."""


class SealBroken(SealingError):
    """A sealed value can't be opened: changed, moved to another row, or its key is unknown or destroyed."""
