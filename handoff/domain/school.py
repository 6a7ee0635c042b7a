"""A school of the profile's list: what a card's link names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: A school's public code, short enough to be read out: small letters, digits and hyphens.
CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", re.ASCII)
#: Words that are addresses of their own below ``/report`` and so no school's code.
RESERVED: Final = frozenset({"answer", "mine", "keep", "send", "kept", "add", "withdraw", "evidence", "static"})


@dataclass(frozen=True, slots=True)
class School:
    """Attributes: code: of the card's link, no secret; school_type: in the words of the register (中学校)."""

    code: str
    name: str
    school_type: str


def is_school_code(text: str) -> bool:
    """Whether a text can be a school's code."""
    return CODE.fullmatch(text) is not None and text not in RESERVED
