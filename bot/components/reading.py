"""How a message is brought into one form before it is tokenised.

Half-width kana and full-width digits have no word vector, and invisible characters split words, so both go first.
Offsets of tokens refer to this form; nothing in the pipeline gives offsets to the outside.
"""

from __future__ import annotations

import re

from kernel.text import normalise

MAX_CHARACTERS = 5_000
_HEAD, _TAIL = 4_000, 1_000
_SPACES = re.compile(r"\s+")
# What UTF-8, and with it SudachiPy, can't carry; control characters carry no meaning.
_UNREADABLE = re.compile("[\ud800-\udfff\x00-\x08\x0e-\x1f\x7f]")


def plain(text: str) -> str:
    """Give the normalised text without lone surrogates and control characters, each run of spaces as one.

    Normalising can make a text eighteen times longer. More than 5,000 characters are cut to the first 4,000 and the last
    1,000: the topic shows there, and tokenising 90,000 characters would hold up every other student for a second.
    """
    if len(text) > MAX_CHARACTERS:
        text = text[:_HEAD] + " " + text[-_TAIL:]
    composed = normalise(text).text
    if len(composed) > MAX_CHARACTERS:
        composed = composed[:_HEAD] + " " + composed[-_TAIL:]
    return _SPACES.sub(" ", _UNREADABLE.sub(" ", composed)).strip()
