"""Which passwords are taken: long ones that nobody guesses. No signs are asked for (OWASP ASVS 6.2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
#: Powers of ten of the guesses that a thief of the database would need at least; argon2 makes each of them dear.
LEAST_GUESSES: Final = 8.0
#: Letters from which a name inside a password counts; a shorter one is in many words.
_SHORTEST_OWN_WORD: Final = 3


def normalised(password: str) -> str:
    """Full-width signs and their like as the plain ones: two keyboards write the same password."""
    return unicodedata.normalize("NFKC", password)


def password_fault(password: str, own_words: Iterable[str], guesses: float) -> str | None:
    """What is wrong with a new password, in Japanese; None where it is fine.

    Args: password: normalised; own_words: names of the person and the service; guesses: the power of ten of the guesses
    that it takes.
    """
    if len(password) < SHORTEST_PASSWORD:
        return (
            f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。言葉をいくつか続けると、長くて覚えやすくなります。"
        )
    if len(password) > LONGEST_PASSWORD:
        return f"パスワードは{LONGEST_PASSWORD}文字までにしてください。"
    plain = password.casefold()
    words = (normalised(word).casefold().strip() for word in own_words)
    if any(len(word) >= _SHORTEST_OWN_WORD and word in plain for word in words):
        return "自分の名前や、この窓口の名前が入っているパスワードは使えません。"
    if guesses < LEAST_GUESSES:
        return (
            "このパスワードは、よく使われる言葉や並びなので、当てられてしまいます。"
            "関係のない言葉を三つか四つ続けたものにしてください。"
        )
    return None
