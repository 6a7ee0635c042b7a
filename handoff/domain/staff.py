"""The people of a service: five roles, and what each of them may do (design: "Words").

One table says it; routes, services and pages ask the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import NotPermitted

#: Letters of a name that a student sees: LINE's limit for a sender.
LONGEST_ALIAS: Final = 20


class StaffRole(StrEnum):
    """The five roles; who else works with them has no account."""

    COUNSELLOR = "counsellor"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    TRAINER = "trainer"
    BOARD = "board"


ROLE_NAMES: Final[dict[StaffRole, str]] = {
    StaffRole.COUNSELLOR: "相談員",
    StaffRole.SUPERVISOR: "業務責任者",
    StaffRole.ADMINISTRATOR: "業務管理担当者",
    StaffRole.TRAINER: "学習担当",
    StaffRole.BOARD: "教育委員会",
}


class Permission(StrEnum):
    """What somebody may do."""

    COUNSEL = "counsel"  # read the queue, claim, write, end, fill in the sheet
    SUPERVISE = "supervise"  # look in, whisper, take over, approve, review phrases, sign off as the second
    ESCALATE = "escalate"  # act on escalations
    SHARE = "share"  # notes for the team, phrases
    PRINT_CARDS = "print_cards"  # the cards that lead to the report's page


_TALKING: Final = frozenset({StaffRole.COUNSELLOR, StaffRole.SUPERVISOR})
PERMISSIONS: Final[dict[Permission, frozenset[StaffRole]]] = {
    Permission.COUNSEL: _TALKING,
    Permission.SUPERVISE: frozenset({StaffRole.SUPERVISOR}),
    Permission.ESCALATE: _TALKING,
    Permission.SHARE: _TALKING,
    Permission.PRINT_CARDS: frozenset({StaffRole.SUPERVISOR, StaffRole.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person with an account.

    Attributes: name: what they sign in with; alias: how students know them, at most 20 letters; trainee: gets no high
    or critical, and their lines wait for a supervisor where the profile says so (WG-8); demo: made by ``make run`` for
    trying things out, refused while LINE is the real one.
    """

    id: UUID
    name: str
    alias: str
    role: StaffRole
    trainee: bool = False
    active: bool = True
    demo: bool = False

    @property
    def actor(self) -> str:
        """How the audit names them: by id, never by name."""
        return f"staff:{self.id}"

    @property
    def is_supervisor(self) -> bool:
        return self.role is StaffRole.SUPERVISOR

    def may(self, permission: Permission) -> bool:
        return self.role in PERMISSIONS[permission]

    def check(self, permission: Permission) -> None:
        """Raises: NotPermitted."""
        if not self.may(permission):
            raise NotPermitted(permission)


def alias_fault(alias: str) -> str | None:
    """What is wrong with a name that students would see, in Japanese; None where it is fine."""
    if not alias.strip() or len(alias) > LONGEST_ALIAS:
        return f"表示名は1文字から{LONGEST_ALIAS}文字までにしてください。"
    if "LINE" in alias.upper():
        return "表示名に「LINE」は使えません（LINEの決まりです）。"
    return None
