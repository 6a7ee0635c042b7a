"""What the statistical model sees of a text: stretches of letters and of sounds, and dictionary forms of words."""

from __future__ import annotations

import itertools
import re
from typing import List, Sequence, Tuple

from kernel.text.morphemes import Morpheme

#: Lengths of the stretches of letters, and of sounds.
LETTERS, SOUNDS = (2,), (3, 4)
#: What begins and ends a window.
BEGIN, END = "^", "$"
_PAUSE_WORDS = frozenset("。、.,．，･・\n")
_PAUSES = str.maketrans(dict.fromkeys(_PAUSE_WORDS, BEGIN))
#: What may stand around a window and isn't part of it, in a bare text.
AROUND = BEGIN + " \t\r\u3000"
#: What a feature begins with that isn't a stretch of letters.
SOUND, WORD = "k:", "w:"
#: Letters of one window at most; longer sentences are read in overlapping pieces.
WINDOW = 160
#: What makes no sentence by itself.
_NO_WORDS = "。．.!?！？ \t\r\n\u3000"
_BREAKS = re.compile(
    r"[。．.!?！？\n]+[」』）)]*"
    r"|(?<=[ぁ-ゖ一-鿿])(?<![笑w])(?:w{2,400}|笑{1,400})(?=[\s。、.,!?！？)）]|$)"
    r"|(?<=[ぁ-ゖ一-鿿])[😂🤣]"
)


def sentences(text: str) -> List[Tuple[int, int]]:
    """Give the places of the sentences of a text, ends included in them; long ones in overlapping pieces."""
    places = []
    start = 0
    for match in _BREAKS.finditer(text):
        if text[start : match.start()].strip(_NO_WORDS):
            places.append((start, match.end()))
            start = match.end()
    if text[start:].strip(_NO_WORDS):
        places.append((start, len(text)))
    pieces = []
    for first, last in places:
        while _length(text, first, last) > WINDOW:
            pieces.append((first, first + WINDOW))
            first += WINDOW // 2
        pieces.append((first, last))
    return pieces


def _length(text: str, start: int, end: int) -> int:
    """Give how long a window is without what ends it: that grows when a sentence follows."""
    return len(text[start:end].rstrip(_NO_WORDS))


def windows(text: str) -> List[Tuple[int, int]]:
    """Give what is judged at once: each sentence, each with the one before, each with the two before it.

    A sentence more adds windows and takes none away.
    """
    single = sentences(text)
    pairs = [(a[0], b[1]) for a, b in itertools.pairwise(single) if _length(text, a[0], b[1]) <= 2 * WINDOW]
    threes = [(a[0], b[1]) for a, b in zip(single, single[2:]) if _length(text, a[0], b[1]) <= WINDOW]
    return [*single, *pairs, *threes]


def stretches(text: str, lengths: Sequence[int]) -> List[str]:
    """Give every stretch of a text of these lengths."""
    return [text[at : at + length] for length in lengths for at in range(len(text) - length + 1)]


def bare(text: str) -> str:
    """Give a text with one sign for every pause, as long as it was: who ends a message with 。 and who doesn't says
    something of age and manners, nothing of danger."""
    return text.translate(_PAUSES)


def spoken(words: Sequence[Morpheme]) -> List[Morpheme]:
    """Give the words without those that are pauses."""
    return [word for word in words if word.form not in _PAUSE_WORDS]


def features(text: str, words: Sequence[Morpheme]) -> List[str]:
    """Give what the model looks up for a window, each feature as often as it is there.

    Args: text: of the window; words: those that lie wholly in it, in their order.
    """
    words = spoken(words)
    return [
        *stretches(BEGIN + bare(text).strip(AROUND) + END, LETTERS),
        *(SOUND + sound for sound in stretches(BEGIN + "".join([word.sound for word in words]) + END, SOUNDS)),
        *(WORD + word.form for word in words),
    ]
