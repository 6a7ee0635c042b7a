"""Splitting a long text for a channel that counts UTF-16 units, where a reader would split it.

LINE takes 5,000 UTF-16 units a message. A part ends at a sentence end if there is one, else after 、 or a space, else
anywhere between two graphemes: an emoji family or a letter with its marks is never torn.
"""

from __future__ import annotations

import unicodedata

_SENTENCE_ENDS = frozenset("。！？!?\n")
# Closing brackets and quotes stay with the sentence that they close.
_CLOSERS = frozenset("」』）)】〉》”’")
_PAUSES = frozenset("、，, \u3000\t")
_ZERO_WIDTH_JOINER = "\u200d"


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 units, as LINE counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def split_utf16(text: str, limit: int) -> list[str]:
    """Cut `text` into parts of at most `limit` UTF-16 units; joined they are `text` again.

    Args:
        text: any text; an empty one gives no part.
        limit: UTF-16 units a part may have, at least 2 (one emoji is two units).

    Raises:
        ValueError: if `limit` is less than 2.

    A single grapheme longer than `limit` (only an attack is) is cut between its code points.
    """
    if limit < 2:
        raise ValueError("limit must be at least 2 UTF-16 units")
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _reach(text, start, limit)
        if end < len(text):
            end = _best_cut(text, start, end)
        parts.append(text[start:end])
        start = end
    return parts


def _reach(text: str, start: int, limit: int) -> int:
    """Return the furthest index that `limit` units from `start` allow, never between two halves of a character."""
    units = 0
    for index in range(start, len(text)):
        units += 2 if text[index] > "\uffff" else 1
        if units > limit:
            return index
    return len(text)


def _best_cut(text: str, start: int, end: int) -> int:
    """Return where to cut text[start:end]: after a sentence, else after a pause, else between two graphemes."""
    pause = grapheme = 0
    for cut in range(end, start, -1):
        # Cheap test first: the breaks that a reader sees are rare, and only they need the look at the grapheme.
        before = text[cut - 1]
        sentence = before in _SENTENCE_ENDS or (before in _CLOSERS and _closes_sentence(text, start, cut - 1))
        if sentence and text[cut] not in _SENTENCE_ENDS | _CLOSERS and not _joined(text, start, cut):
            return cut
        if not pause and before in _PAUSES and not _joined(text, start, cut):
            pause = cut
        if not grapheme and not _joined(text, start, cut):
            grapheme = cut
    return pause or grapheme or end


def _closes_sentence(text: str, start: int, index: int) -> bool:
    """Say whether the bracket at `index` directly follows a sentence end."""
    return index > start and text[index - 1] in _SENTENCE_ENDS


def _joined(text: str, start: int, cut: int) -> bool:
    """Say whether text[cut - 1] and text[cut] belong to one grapheme (Unicode annex 29, as far as people type)."""
    before, after = text[cut - 1], text[cut]
    if after < "\u0300":
        # Nothing below extends what stands before it, but for the line feed of a line end.
        return before == "\r" and after == "\n"
    if after == _ZERO_WIDTH_JOINER or before == _ZERO_WIDTH_JOINER:
        return True
    if unicodedata.category(after) in ("Mn", "Me", "Mc") or after in "\u200c\uff9e\uff9f":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # skin tones; the tags that make the flag of a region
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, start, cut) % 2 == 1
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return True  # half characters that a broken decoder left
    return _is_hangul_join(before, after)


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, start: int, cut: int) -> int:
    """Return how many flag halves stand directly before `cut` in this part; two make a flag."""
    count = 0
    while count < cut - start and _is_flag_half(text[cut - 1 - count]):
        count += 1
    return count


def _is_hangul_join(before: str, after: str) -> bool:
    """Say whether two Hangul characters are parts of one syllable."""
    if "\u1160" <= after <= "\u11ff":
        return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return "\u1100" <= before <= "\u115f" and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")
