"""Text as both interpreters read it: normalising with offsets back to the original, kana folding, splitting for LINE."""

from __future__ import annotations

from kernel.text.kana import fold_kana
from kernel.text.normalise import Normalised, normalise
from kernel.text.split import split_utf16, utf16_length

__all__ = ["Normalised", "fold_kana", "normalise", "split_utf16", "utf16_length"]
