"""What the page of the cards needs of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from handoff.domain.school import School


@dataclass(frozen=True, slots=True)
class CardParts:
    """Attributes: schools: of the present profile that are open, by their codes; url: what a school's card leads to (None: no school);
    qr: the code of an address as the side of its square and an SVG path; pdf: sheets of cards (it takes a moment).
    """

    schools: Callable[[], Awaitable[Mapping[str, School]]]
    url: Callable[[School | None], str]
    qr: Callable[[str], tuple[int, str]]
    pdf: Callable[[Sequence[School | None]], bytes]
