"""The second factor of a sign-in: a number of six digits that an app makes anew every half minute (RFC 6238), and codes
on paper for the day on which the device with the app is gone.

Pure: which number belongs to which step of time is asked of whoever knows the secret.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import FactorRefused, InputRefused, MoveRefused, OwnReview
from handoff.domain.report_receipt import canonical, receipt_of
from handoff.domain.staff import StaffMember, StaffRole

DIGITS: Final = 6
#: How long a number holds, and how many steps a clock may go before or behind.
STEP: Final = timedelta(seconds=30)
DRIFT: Final = 1
#: Wrong numbers by which one sign-in ends. Guessing on wants the password again each time.
TRIES: Final = 5
#: How long a secret that was shown waits to be confirmed.
BEGUN_FOR: Final = timedelta(minutes=30)
#: Codes on paper, and their signs of chance, of 5 bits each: enough that a keyed hash is all they need.
CODES: Final = 10
CODE_SIGNS: Final = 24
#: How long a request to take somebody's factor off waits for the other's yes.
RESET_WAITS: Final = timedelta(hours=24)
LONGEST_REASON: Final = 500
#: Whoever lost their device needs one of each, so that nobody talks one person alone into it.
RESETTING: Final = (StaffRole.SUPERVISOR, StaffRole.ADMINISTRATOR)


class FactorState(StrEnum):
    """Where somebody's second factor stands. BEGUN: a secret was shown, and no number has proved that it arrived."""

    NONE = "none"
    BEGUN = "begun"
    ON = "on"


class ResetState(StrEnum):
    """Where a request to take a factor off stands."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


def step_of(real_at: datetime) -> int:
    """The number of the half minute since 1970, as every app counts it."""
    return int(real_at.timestamp()) // int(STEP.total_seconds())


def typed_number(typed: str) -> str | None:
    """The six digits that were typed, in full width or with spaces between them; None where they aren't six."""
    if len(typed) > 50:
        return None
    digits = "".join(
        sign for sign in unicodedata.normalize("NFKC", typed) if not sign.isspace() and sign not in "-‐‑–ー−"
    )
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def step_of_number(typed: str, real_at: datetime, number_at: Callable[[int], str]) -> int | None:
    """The step of time to which a number belongs that an app may show now; None where there is none.

    Args: number_at: the number of a step, for who knows the secret.
    """
    number = typed_number(typed)
    if number is None:
        return None
    now = step_of(real_at)
    return next((step for step in range(now + DRIFT, now - DRIFT - 1, -1) if number_at(step) == number), None)


def is_spent(step: int, last_step: int | None) -> bool:
    """Whether a step's number was used, or a newer one was (RFC 6238, 5.2: each counts once)."""
    return last_step is not None and step <= last_step


def recovery_code(seed: bytes) -> str:
    """A code of a seed of 32 bytes of chance: 24 signs of chance and one that tells a slip of the pen."""
    return receipt_of(seed, CODE_SIGNS)


def typed_recovery_code(typed: str) -> str | None:
    """The code that was typed, in whatever form; None where it can't be one."""
    return canonical(typed, CODE_SIGNS)


@dataclass(frozen=True, slots=True)
class Reset:
    """A request to take somebody's factor off, because their device is gone. Times are real.

    Attributes: asked_by: None for whoever runs the machine; role: in which whoever asked did so; reason: in their words;
    answered_by: who said yes or no.
    """

    id: UUID
    staff_id: UUID
    asked_by: UUID | None
    role: StaffRole | None
    reason: str
    real_asked_at: datetime
    real_ends_at: datetime
    state: ResetState = ResetState.ASKED
    answered_by: UUID | None = None
    real_answered_at: datetime | None = None

    def state_at(self, real_now: datetime) -> ResetState:
        """Where it stands, its time considered."""
        over = self.state is ResetState.ASKED and real_now >= self.real_ends_at
        return ResetState.EXPIRED if over else self.state


def check_asking(asker: StaffMember, person: StaffMember, reason: str) -> str:
    """What is wanted, with its reason in good order. Raises: OwnReview: for oneself. InputRefused: no reason."""
    if asker.id == person.id:
        raise OwnReview("nobody takes their own factor off by this way")
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InputRefused("reason", f"どうやって本人と確かめたかを、{LONGEST_REASON}文字までで書いてください。")
    return reason


def check_answering(reset: Reset, member: StaffMember, real_now: datetime) -> None:
    """Whether this person may say yes or no.

    Raises: MoveRefused: it was answered, or its day is over. OwnReview: they asked themselves, it is about them, or the one
    who asked works in the same role.
    """
    state = reset.state_at(real_now)
    if state is not ResetState.ASKED:
        raise MoveRefused(state, ResetState.CONFIRMED, member.actor)
    if member.id in (reset.staff_id, reset.asked_by) or member.role is reset.role:
        raise OwnReview("an administrator and a supervisor decide it together")


def may_answer(reset: Reset, member: StaffMember, real_now: datetime) -> bool:
    """Whether this person is one who can say yes."""
    try:
        check_answering(reset, member, real_now)
    except (MoveRefused, OwnReview):
        return False
    return True


def nobody_together(person: StaffMember, others: Collection[StaffMember]) -> bool:
    """Whether the two who would have to decide aren't there: then whoever runs the machine is the last way.

    Args: others: all with an account that may work today.
    """
    roles = {one.role for one in others if one.id != person.id and one.is_cleared}
    return not set(RESETTING) <= roles


def refused_after(tries: int) -> FactorRefused:
    """What is said of a wrong number. Args: tries: those of this sign-in, this one with it."""
    return FactorRefused(max(0, TRIES - tries))
