"""Deliver what is said to whoever reads it on a page of ours: there is nobody to call, the page reads the outbox.

A line on a page goes the way of every other one (planned with its epoch, refused when it comes late, on record), so
that the session machine knows no second way out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from handoff.domain.delivery import Outcome
from handoff.domain.incoming import PAGES, Channel
from handoff.domain.other_ways import PREFIX
from handoff.domain.outgoing import Line
from handoff.services.outside import LineSender, Sending

#: How the address of a contact on a page begins; LINE's begin with a capital letter.
PREFIXES: Final = tuple(f"{channel}:" for channel in sorted(PAGES))


class PageSender:
    """Implements ``services.outside.LineSender``: pages by themselves, everybody else by LINE."""

    def __init__(self, line: LineSender, writing: Callable[[str], Awaitable[None]] | None = None) -> None:
        """Args: writing: shows at a page that somebody of ours writes, by the contact's address."""
        self._line = line
        self._writing = writing

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending:
        return await self._line.reply(token, lines)

    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending:
        if address.startswith(PREFIXES):
            return Sending(Outcome.ACCEPTED)
        if address.startswith(PREFIX):
            return Sending(Outcome.REJECTED)  # nothing is ever planned for them; should it be, it goes nowhere
        return await self._line.push(address, lines, retry_key)

    async def show_loading(self, address: str) -> None:
        if not address.startswith((*PREFIXES, PREFIX)):
            await self._line.show_loading(address)
        elif self._writing is not None and address.startswith(f"{Channel.WEB}:"):
            await self._writing(address)
