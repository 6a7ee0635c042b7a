"""How second factors are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handoff.domain.second_factor import FactorState, Reset, ResetState
from handoff.domain.staff import ROLE_NAMES, StaffMember
from handoff.services.desk.lost_device import Waiting
from handoff.web.desk.form_pages import moment_words

STATE_NAMES = {
    FactorState.NONE: "まだ",
    FactorState.BEGUN: "設定の途中",
    FactorState.ON: "あり",
}
ANSWER_NAMES = {ResetState.CONFIRMED: "はずしました", ResetState.REFUSED: "ことわりました"}


def secret_blocks(secret: str) -> str:
    """A secret as a person types it: in groups of four signs."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def taken_off_words(reset: Reset, names: Sequence[str]) -> str:
    """Who took a factor off, and when: for the one whose it was."""
    when = "" if reset.real_answered_at is None else moment_words(reset.real_answered_at)
    who = "と".join(f"{name}さん" for name in names) or "この機械を運用している人"
    return f"{when}に、{who}が、あなたの二段階の確認をはずしました。"


def person_view(member: StaffMember, state: FactorState, own: StaffMember) -> dict[str, Any]:
    """One line of the list."""
    return {
        "id": member.id,
        "alias": member.alias,
        "name": member.name,
        "role": ROLE_NAMES[member.role],
        "state": STATE_NAMES[state],
        "on": state is FactorState.ON,
        "own": member.id == own.id,
        "demo": member.demo,
    }


def waiting_view(one: Waiting, own: StaffMember) -> dict[str, Any]:
    """A request, open or answered."""
    reset = one.reset
    return {
        "id": reset.id,
        "person": one.person,
        "reason": reset.reason,
        "asked_by": one.asked_by or "この機械を運用している人（一人で）",
        "role": "" if reset.role is None else ROLE_NAMES[reset.role],
        "asked_at": moment_words(reset.real_asked_at),
        "until": moment_words(reset.real_ends_at),
        "may_answer": one.may_answer,
        "mine": reset.asked_by == own.id,
        "about_me": reset.staff_id == own.id,
        "answered_by": one.answered_by,
        "answer": ANSWER_NAMES.get(reset.state, ""),
        "answered_at": "" if reset.real_answered_at is None else moment_words(reset.real_answered_at),
        "alone": reset.asked_by is None,
    }
