"""What goes out to a student, before any channel has given it its form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched

from kernel.text import split_utf16

#: LINE takes 5,000 UTF-16 units a text, five messages a call and thirteen quick replies (line.md §2).
LONGEST_TEXT = 5000
MESSAGES_PER_CALL = 5
MOST_BUTTONS = 13


@dataclass(frozen=True, slots=True)
class Line:
    """One text of the bot or the service, with the answers it offers as buttons (titles come back as text).

    place: a button is offered, too, with which the student can send where they are; sender: the name shown with the
    bubble, a counsellor's alias, None for the service's own.
    """

    text: str
    buttons: tuple[str, ...] = ()
    place: bool = False
    sender: str | None = None


def calls(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Cut lines into calls that LINE takes: long texts split at sentence ends, at most five messages each.

    LINE shows quick replies only below the very last message, so the last buttons offered move there.
    Empty texts are left out; LINE would refuse the whole call.
    """
    pieces = [
        Line(piece, sender=line.sender)
        for line in lines
        if line.text.strip()
        for piece in split_utf16(line.text, LONGEST_TEXT)
        if piece.strip()
    ]
    offered = [line for line in lines if line.buttons or line.place]
    if pieces and offered:
        buttons, place = offered[-1].buttons, offered[-1].place
        pieces[-1] = replace(pieces[-1], buttons=buttons[: MOST_BUTTONS - place], place=place)
    return batched(pieces, MESSAGES_PER_CALL)
