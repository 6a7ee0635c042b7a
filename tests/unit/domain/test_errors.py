"""Every error has a code of its own, a status and a Japanese text, and stands in the family's picture."""

from __future__ import annotations

import re

from handoff.domain import errors
from handoff.domain.errors import TsunagiError


def _family(base: type[TsunagiError] = TsunagiError) -> list[type[TsunagiError]]:
    return [base, *(member for child in base.__subclasses__() for member in _family(child))]


def test_the_family_is_complete() -> None:
    family = [member for member in _family() if member.__module__ == errors.__name__]
    assert len(family) > 8
    codes = [member.code for member in family]
    assert len(set(codes)) == len(codes)
    for member in family:
        assert member.__name__ in (errors.__doc__ or "")
        assert 400 <= member.status < 600
        assert re.search(r"(です|ます|ません|ください|ました|ませんでした)。$", member.text), member.text
        assert member.__doc__
