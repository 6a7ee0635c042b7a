"""Asks for work where a flood comes, and sees that it was done.

A challenge is signed and kept nowhere; any web process with the same key takes its answer. Each counts once: the spent
ones are remembered until they expire, in the memory of one process, so that with several processes one challenge can be
spent once at each. Counters are of one process as well: with several, so many times more goes without work.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from sanic import Request

from handoff.domain.errors import WorkRequired
from handoff.domain.fair import (
    ALLOWANCES,
    CHALLENGE_LIFE,
    Allowance,
    Challenge,
    Purpose,
    bits_for,
    read_challenge,
    solves,
)
from handoff.web.fair.counters import Counters

#: The two fields of a form that carry work that was done.
CHALLENGE_FIELD: Final = "work"
NONCE_FIELD: Final = "work_nonce"
#: The header in which a script sends the same: the challenge, a space, the nonce.
HEADER: Final = "x-tsunagi-work"
PLAIN_FORM: Final = "application/x-www-form-urlencoded"
_LONGEST: Final = 256
_MOST_FIELDS: Final = 256

type Sign = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Work:
    """Work that was done: the signed challenge as it was given, and the number that was found; empty where somebody waited."""

    challenge: str
    nonce: str


class Fair:
    """Counts what comes, and asks for work beyond the allowance.

    Args: sign: a keyed hash (32 bytes) by a key that all web processes share; None: a key of this process alone.
    """

    def __init__(
        self,
        sign: Sign | None = None,
        allowances: Mapping[Purpose, Allowance] = ALLOWANCES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        own = secrets.token_bytes(32)
        self._sign = sign or (lambda text: hmac.digest(own, text.encode(), "sha256"))
        self._allowances = allowances
        self._clock = clock
        self._counters = Counters(allowances)
        self._spent: dict[str, int] = {}

    async def check(self, request: Request[Any, Any], purpose: Purpose, work: Work | None = None) -> None:
        """Let somebody do something once, and count it.

        Where work is asked it has to come with the request: in the header, in the two fields of a plain form, or as
        ``work`` where a route reads its own body. Wrong receipts alone aren't counted here but by ``wrong_receipt``.

        Raises: WorkRequired.
        """
        bits = await self.bits(request, purpose)
        if bits and not self.spend(purpose, work := work or work_of(request)):
            raise self._asked(purpose, bits, work)
        if purpose is not Purpose.RECEIPT_WRONG:
            await self._counters.count(purpose, request.client_ip)

    async def wrong_receipt(self, request: Request[Any, Any]) -> None:
        """Somebody tried a receipt code that belongs to no report."""
        await self._counters.count(Purpose.RECEIPT_WRONG, request.client_ip)

    async def wrong_sign_in(self, request: Request[Any, Any]) -> None:
        """Somebody tried a name and a password that don't belong together."""
        await self._counters.count(Purpose.SIGN_IN_WRONG, request.client_ip)

    async def bits(self, request: Request[Any, Any], purpose: Purpose) -> int:
        """How much work would be asked now; 0: none."""
        return bits_for(self._allowances[purpose], *await self._counters.counted(purpose, request.client_ip))

    def challenge(self, purpose: Purpose, bits: int) -> str:
        """A new signed challenge."""
        return self._signed(self._made(purpose, bits).text)

    def spend(self, purpose: Purpose, work: Work | None) -> bool:
        """Whether this work was asked by us for this purpose, is done or waited for, in time, and counts for the first time.

        Who did what was asked then isn't asked for more because the flood has grown since.
        """
        if work is None or (challenge := self._open(purpose, work)) is None:
            return False
        now = int(self._clock())
        done = solves(work.challenge, work.nonce, challenge.bits) if work.nonce else challenge.ripe <= now
        if not done:
            return False
        # In the order in which they were spent, which is nearly that of their end.
        while self._spent and (oldest := next(iter(self._spent.items())))[1] < now:
            del self._spent[oldest[0]]
        self._spent[challenge.salt] = now + CHALLENGE_LIFE
        return True

    def _made(self, purpose: Purpose, bits: int) -> Challenge:
        return Challenge(purpose, bits, int(self._clock()) + CHALLENGE_LIFE, secrets.token_hex(16))

    def _open(self, purpose: Purpose, work: Work) -> Challenge | None:
        """The challenge that came back; None where it isn't ours, or is for something else, over, or spent."""
        if len(work.challenge) > _LONGEST:
            return None
        text, _dot, _signature = work.challenge.rpartition(".")
        challenge = read_challenge(text)
        if challenge is None or challenge.purpose is not purpose or challenge.expires < int(self._clock()):
            return None
        if not hmac.compare_digest(self._signed(text).encode(), work.challenge.encode("utf-8", "surrogatepass")):
            return None
        return None if challenge.salt in self._spent else challenge

    def _asked(self, purpose: Purpose, bits: int, work: Work | None) -> WorkRequired:
        """Who waits and presses too early waits on with what they were asked: it doesn't begin anew."""
        now = int(self._clock())
        challenge = self._open(purpose, work) if work is not None and not work.nonce else None
        challenge = challenge or self._made(purpose, bits)
        signed = self._signed(challenge.text)
        return WorkRequired(signed, challenge.bits, challenge.ripe - now, challenge.expires - now)

    def _signed(self, text: str) -> str:
        return f"{text}.{self._sign(text).hex()}"


def fair_of(request: Request[Any, Any]) -> Fair:
    """The one of this web process."""
    fair: Fair = request.app.ctx.parts.fair
    return fair


def work_of(request: Request[Any, Any]) -> Work | None:
    """The work that came with a request, None where there is none."""
    challenge, _space, nonce = request.headers.get(HEADER, "").partition(" ")
    return Work(challenge, nonce) if challenge else work_in(dict(fields_of(request)))


def work_in(fields: Mapping[str, str]) -> Work | None:
    """The work that a form's fields hold, None where there is none."""
    challenge, nonce = fields.get(CHALLENGE_FIELD, ""), fields.get(NONCE_FIELD, "")
    return Work(challenge, nonce) if challenge else None


def fields_of(request: Request[Any, Any]) -> list[tuple[str, str]]:
    """The fields of a plain form, in their order; none where the body is no such form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN_FORM:
        return []
    try:
        return parse_qsl((request.body or b"").decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []
