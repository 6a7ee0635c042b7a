"""Sets a process up for Rasa: no telemetry, no unused packages, no noise. To be called before Rasa is imported."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

from bot.light_import import leave_out_packages


def _quietly(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
    """Show what concerns our own data, one line each; the deprecations inside Rasa's old dependencies are not news."""
    if issubclass(category, UserWarning) and f"{os.sep}rasa{os.sep}" in filename and "auto-fill" not in str(message):
        print(f"  warning: {str(message).splitlines()[0]}", file=sys.stderr)


def prepare() -> None:
    """Set what Rasa reads from the environment, and leave out what we don't use (see light_import)."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    # Rasa would keep every trained component in ./.rasa; whether a model is fresh is decided by the content hash instead.
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    # Rasa shows its progress bars by this level; our own progress lines are enough.
    os.environ["LOG_LEVEL"] = "ERROR"
    # One message's features times the classifier's weights is no work for two: the second thread only waits, busily, and
    # took as much of the processor as Rasa did. Training takes as long with one (70 s).
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # Two dependencies reset Python's warning filters while they are imported, so filters alone don't hold.
    warnings.showwarning = _quietly
    leave_out_packages()
