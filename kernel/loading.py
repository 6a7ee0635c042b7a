"""Loading a process that stays: nearly nothing of what is made then is ever garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def loading() -> Iterator[None]:
    """Let the garbage collector rest meanwhile, and leave what was loaded out of every later look.

    Looking through it over and over while it grew took a sixth of a start, and later looks cost milliseconds.
    """
    rests = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if not rests:
            gc.enable()
