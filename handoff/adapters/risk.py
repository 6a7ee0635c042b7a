"""The risk screen from the project's own data, or a clear word on what is wrong with it."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from handoff.domain.documents import RulesInForce
from handoff.domain.errors import ConfigurationError
from kernel.risk.lexicon_file import LexiconError, read_lexicon
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


@cache
def rules_in_force(data: Path) -> RulesInForce:
    """Which rules this program screens with, for the documents that say so; read once a process.

    Raises: ConfigurationError: as in ``open_screen``.
    """
    try:
        lexicon = read_lexicon(data / "lexicon")
    except LexiconError as error:
        raise ConfigurationError(f"危険度の判定データが使えません: {error}") from None
    return RulesInForce(lexicon.version, dict(Counter(rule.level for rule in lexicon.rules)))
