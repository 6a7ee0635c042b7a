"""Dictionary forms by SudachiPy: 殴られた and なぐられた both hold 殴る."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from typing import Any, NamedTuple

from kernel.text.kana import fold_kana

# SudachiPy refuses more than 49,149 bytes; four bytes are the most that a character takes.
LONGEST_CHUNK = 2_000
#: Characters that one chunk has in common with the next, so that no word is torn.
OVERLAP = 100


class Morpheme(NamedTuple):
    """A word of a text.

    form: its normalised dictionary form; sound: how it is said, in hiragana, so that 踏切 and ふみきり have something in
    common (other signs as they are written); start, end: its place in the text.
    """

    form: str
    sound: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _dictionary() -> Any:
    from sudachipy import Dictionary  # here, because loading takes 50 ms and not every process reads words

    return Dictionary()


_JAPANESE = re.compile("[ぁ-ヺ一-鿿]")
#: What Sudachi's dictionary says where there is nothing to say: a sign, an unknown word.
_NO_SOUND = frozenset({"", "キゴウ"})
_local = threading.local()


def _tokenizer() -> Any:
    # SudachiPy's tokenizers must not be shared between threads.
    tokenizer = getattr(_local, "tokenizer", None)
    if tokenizer is None:
        from sudachipy import SplitMode

        tokenizer = _local.tokenizer = _dictionary().create(SplitMode.C)
    return tokenizer


def morphemes(text: str) -> list[Morpheme]:
    """Give the words of a text of any length, spaces left out; none in a line where no letter is Japanese.

    Each line is read by itself: it was sent, or meant, as one, and its words must not depend on what stands around it.
    """
    found: list[Morpheme] = []
    start = 0
    for line in text.split("\n"):
        found += _line(line, start)
        start += len(line) + 1
    return found


def _line(text: str, offset: int) -> list[Morpheme]:
    if len(text) <= LONGEST_CHUNK:
        return [] if _JAPANESE.search(text) is None else _words(text, offset)
    found: list[Morpheme] = []
    start = done = 0
    while start < len(text):
        piece = text[start : start + LONGEST_CHUNK]
        last = start + LONGEST_CHUNK >= len(text)
        if _JAPANESE.search(piece) is not None:  # a flood of foreign letters must not cost time
            # A word belongs to the chunk in which it lies whole; the overlap is read twice and told once.
            limit = offset + (len(text) if last else start + LONGEST_CHUNK - OVERLAP // 2)
            words = [word for word in _words(piece, offset + start) if word.start >= done and word.end <= limit]
            found += words
            done = words[-1].end if words else done
        if last:
            break
        start += LONGEST_CHUNK - OVERLAP
    return found


def _words(piece: str, offset: int) -> list[Morpheme]:
    # A lone surrogate is nothing that Sudachi takes.
    tokens = _tokenizer().tokenize(piece.encode("utf-8", "replace").decode("utf-8"))
    # In one go: each pass over Sudachi's list makes its words anew.
    told = [(token.normalized_form(), token.reading_form(), token.begin()) for token in tokens]
    # All at once, since a call costs more than a word's few letters; folding keeps every letter's place.
    folded = fold_kana("".join([form if sound in _NO_SOUND else sound for form, sound, _begin in told]))
    found, heard = [], 0
    # The words follow one another without a gap; spaces are words of their own, and left out here.
    ends = [begin for _form, _sound, begin in told[1:]] + [len(piece)]
    for (form, sound, begin), end in zip(told, ends):
        start, heard = heard, heard + len(form if sound in _NO_SOUND else sound)
        if not form.isspace():
            found.append(Morpheme(form, folded[start:heard], offset + begin, offset + end))
    return found
