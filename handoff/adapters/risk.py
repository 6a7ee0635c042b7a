"""The risk screen from the project's own data, or a clear word on what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from handoff.domain.errors import ConfigurationError
from kernel.risk.lexicon_file import LexiconError
from kernel.risk.model import ModelError
from kernel.risk.screen import RiskScreen, load_screen


def open_screen(data: Path) -> RiskScreen:
    """Load lexicon and model from the folder ``data``, and read one message with them.

    Raises: ConfigurationError: with file, line and rule; no service starts with half a screen.
    """
    try:
        screen = load_screen(data)
    except (LexiconError, ModelError) as error:
        raise ConfigurationError(f"危険度の判定データが使えません: {error}") from None
    screen.assess("はじめの一通を待たせないために、辞書をここで読み込みます。")
    return screen
