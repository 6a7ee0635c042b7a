"""Costs of training with Rasa 3.6.21 that only pay where its cache is in use, taken out: almost half of the time.

- After each component Rasa makes a fingerprint of everything that it gave, for a cache of trained components. Ours is
  switched off (bot/environment.py): whether a model is fresh is decided by its content hash.
- Each part of training reads all files of data/nlu anew, five times altogether. Here they are read once, which also means
  that what was checked is what is learnt.
- Each merging of messages drops doubles by a hash, which is made of a fingerprint of everything in the message. The text
  and the intent make as good a hash; whether two messages are the same is still decided by all that they hold.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Text, Tuple

import rasa.engine.training.graph_trainer
from rasa.engine.training.hooks import TrainingHook
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.speedups import check_version

_original_nlu_data = RasaFileImporter.get_nlu_data
_read: Dict[Tuple[Text, ...], TrainingData] = {}


class UncachedTraining(TrainingHook):
    """Rasa's hook around each component, without the fingerprints and without the cache."""

    def on_before_node(self, *arguments: Any, **named: Any) -> Dict[Text, Any]:
        """Give nothing on to what comes after the component."""
        return {}

    def on_after_node(self, *arguments: Any, **named: Any) -> None:
        """Keep nothing."""


def _nlu_data(self: RasaFileImporter, language: Optional[Text] = "en") -> TrainingData:
    """Give the messages of the importer's files; whoever merges them (every importer above) copies them first."""
    files = tuple(self._nlu_files)
    if files not in _read:
        _read[files] = _original_nlu_data(self, language)
    return _read[files]


def _message_hash(self: Message) -> int:
    """Give what equal messages have in common."""
    return hash((self.data.get(TEXT), self.data.get(INTENT)))


def apply() -> None:
    """Put the replacements in place, for the rest of a process that trains once.

    Raises: UnknownRasaVersion.
    """
    check_version()
    rasa.engine.training.graph_trainer.TrainingHook = UncachedTraining
    RasaFileImporter.get_nlu_data = _nlu_data
    Message.__hash__ = _message_hash
