"""What the statistical model sees of a text: stretches of letters and dictionary forms of words."""

from __future__ import annotations

import itertools
import re
from typing import Iterable, List, Sequence, Tuple

from kernel.text.morphemes import Morpheme

#: Lengths of the letter stretches.
SHORTEST, LONGEST = 2, 3
#: Letters of one window at most; longer sentences are read in overlapping pieces.
WINDOW = 160
_END = re.compile(
    r"[。．.!?！？\n]+[」』）)]*"
    r"|(?<=[ぁ-ゖ一-鿿])(?<![笑w])(?:w{2,400}|笑{1,400})(?=[\s。、.,!?！？)）]|$)"
    r"|(?<=[ぁ-ゖ一-鿿])[😂🤣]"
)


def sentences(text: str) -> List[Tuple[int, int]]:
    """Give the places of the sentences of a text, ends included in them; long ones in overlapping pieces."""
    places = []
    start = 0
    for match in _END.finditer(text):
        if text[start : match.start()].strip():
            places.append((start, match.end()))
            start = match.end()
    if text[start:].strip():
        places.append((start, len(text)))
    pieces = []
    for first, last in places:
        while last - first > WINDOW:
            pieces.append((first, first + WINDOW))
            first += WINDOW // 2
        pieces.append((first, last))
    return pieces


def windows(text: str) -> List[Tuple[int, int]]:
    """Give what is judged at once: each sentence, each with the one before, and a short message whole."""
    single = sentences(text)
    whole = [(single[0][0], single[-1][1])] if len(single) > 2 and single[-1][1] - single[0][0] <= WINDOW else []
    pairs = [(a[0], b[1]) for a, b in itertools.pairwise(single) if b[1] - a[0] <= 2 * WINDOW]
    return [*single, *pairs, *whole]


def features(
    text: str, words: Sequence[Morpheme], start: int, end: int, taken: Iterable[str] = ()
) -> Tuple[List[str], List[str]]:
    """Give what the model looks up for text[start:end]: its features, and the forms of its words in their order.

    Args: words: of the whole text, in its order; taken: the modifiers that took a rule's hit away in this stretch, so
    that 死にたくない isn't read like 死にたい.
    """
    piece = "^" + text[start:end].strip().replace("\n", "^") + "$"
    size = len(piece)
    seen = {
        piece[index : index + length] for length in range(SHORTEST, LONGEST + 1) for index in range(size - length + 1)
    }
    forms = [word.form for word in words if word.start >= start and word.end <= end]
    seen.update("w:" + form for form in forms)
    seen.update(f"w:{first} {second}" for first, second in zip(["^", *forms], forms))
    seen.update("x:" + name for name in taken)
    return list(seen), forms
