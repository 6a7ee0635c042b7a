"""Katakana and hiragana as one script."""

from __future__ import annotations

import re

# ァ–ヶ lie exactly 0x60 above ぁ–ゖ; ヽ and ヾ likewise. ヷ–ヺ and ー have no hiragana partner and stay.
_KATAKANA = re.compile("[ァ-ヶヽヾ]")
_TO_HIRAGANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}


def fold_kana(text: str) -> str:
    """Return `text` with katakana written as hiragana.

    One character stays one character, so positions in the result are positions in `text`. Half-width katakana are
    left as they are: normalise first.
    """
    return text if _KATAKANA.search(text) is None else text.translate(_TO_HIRAGANA)
