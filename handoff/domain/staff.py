"""The people of a service: five roles, and what each of them may do (design: "Words").

One table says it; routes, services and pages ask the same table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.errors import NotCleared, NotPermitted

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
    READ_REGISTER = "read_register"  # the school register without its telephone numbers
    KEEP_REGISTER = "keep_register"
    COUNT = "count"  # facts, which lead back to nobody
    RUN_SHIFT = "run_shift"  # start check, duty log, handover, drills
    READ_SHIFTS = "read_shifts"  # daily reports and faults
    READ_ROSTER = "read_roster"
    KEEP_ROSTER = "keep_roster"
    KEEP_POLICY = "keep_policy"  # policy, terms and the documents for the board
    READ_DOCUMENTS = "read_documents"
    HANDLE_REQUESTS = "handle_requests"  # disclosure, deletion, leaks, blocks
    INSTRUCT = "instruct"  # answer as the board, approve its texts
    READ_RETENTION = "read_retention"  # what is kept until when, and the proofs of disposal
    KEEP_RETENTION = "keep_retention"  # ask the board for an export for research, and take it
    READ_AUDIT = "read_audit"  # who did what: not for those whose work it shows
    CONFIRM_SECURITY = "confirm_security"  # the monthly confirmation
    RESET_FACTOR = "reset_factor"  # with one of the other role: take off the second factor of a lost device


_TALKING: Final = frozenset({StaffRole.COUNSELLOR, StaffRole.SUPERVISOR})
_RUNNING: Final = frozenset({StaffRole.SUPERVISOR, StaffRole.ADMINISTRATOR})
_BOARD: Final = frozenset({StaffRole.BOARD})
PERMISSIONS: Final[dict[Permission, frozenset[StaffRole]]] = {
    Permission.COUNSEL: _TALKING,
    Permission.SUPERVISE: frozenset({StaffRole.SUPERVISOR}),
    Permission.ESCALATE: _TALKING,
    Permission.SHARE: _TALKING,
    Permission.PRINT_CARDS: _RUNNING,
    Permission.READ_REGISTER: frozenset(StaffRole) - {StaffRole.TRAINER},
    Permission.KEEP_REGISTER: _RUNNING,
    Permission.COUNT: _RUNNING | _BOARD,
    Permission.RUN_SHIFT: _TALKING,
    Permission.READ_SHIFTS: _TALKING | _RUNNING | _BOARD,
    Permission.READ_ROSTER: _RUNNING | _BOARD,
    Permission.KEEP_ROSTER: _RUNNING,
    Permission.KEEP_POLICY: _RUNNING,
    Permission.READ_DOCUMENTS: _TALKING | _RUNNING | _BOARD,
    Permission.HANDLE_REQUESTS: frozenset({StaffRole.SUPERVISOR}),
    Permission.INSTRUCT: _BOARD,
    Permission.READ_RETENTION: _RUNNING | _BOARD,
    Permission.KEEP_RETENTION: _RUNNING,
    Permission.READ_AUDIT: frozenset({StaffRole.ADMINISTRATOR}),
    Permission.CONFIRM_SECURITY: _RUNNING,
    Permission.RESET_FACTOR: _RUNNING,
}


class Lack(StrEnum):
    """What somebody of the contractor's needs for their work and hasn't got today (KAG-6.1ア, ウ, オ)."""

    ENTRY = "entry"  # an entry of the roster that was announced and holds
    PLEDGE = "pledge"  # the pledge of secrecy, in its text of today
    SNS_COUNSELLING = "sns_counselling"  # the two trainings, of those who talk with children
    EMERGENCY = "emergency"


#: Without these nobody opens anything. A training that is missing makes a counsellor one in training, and of a supervisor
#: it is said aloud: a service must not lose its only one at midnight, with a child waiting.
BARRING: Final = frozenset({Lack.ENTRY, Lack.PLEDGE})
#: What is left then, or nobody could ever begin to keep the roster. All else fails closed.
WITHOUT_CLEARANCE: Final = frozenset({Permission.READ_ROSTER, Permission.KEEP_ROSTER})


def lacks_of(role: StaffRole, *, listed: bool, pledged: bool, trained: Collection[str]) -> frozenset[Lack]:
    """What somebody of this role lacks; the board isn't on its contractor's roster, so that its people lack nothing.

    Args: listed: an entry of the roster holds; trained: codes of the trainings that hold.
    """
    if role is StaffRole.BOARD:
        return frozenset()
    found = {Lack.ENTRY: listed, Lack.PLEDGE: pledged}
    if role in _TALKING:
        found |= {subject: subject in trained for subject in (Lack.SNS_COUNSELLING, Lack.EMERGENCY)}
    return frozenset(lack for lack, there in found.items() if not there)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person with an account.

    Attributes: name: what they sign in with; alias: how students know them, at most 20 letters; role: of the entry of the
    roster that holds today, else of the account; trainee: gets no high or critical, and their lines wait for a supervisor
    where the profile says so (WG-8); demo: made by ``make run`` for trying things out, refused while LINE is the real one;
    lacks: what the roster says today, read with the account each time; whoever makes a member without asking it may
    open nothing.
    """

    id: UUID
    name: str
    alias: str
    role: StaffRole
    trainee: bool = False
    active: bool = True
    demo: bool = False
    lacks: frozenset[Lack] = BARRING

    @property
    def actor(self) -> str:
        """How the audit names them: by id, never by name."""
        return f"staff:{self.id}"

    @property
    def is_supervisor(self) -> bool:
        """Whether they do a supervisor's work: the table says who."""
        return self.may(Permission.SUPERVISE)

    @property
    def is_cleared(self) -> bool:
        """Whether roster and pledge let them work."""
        return not self.lacks & BARRING

    def may(self, permission: Permission) -> bool:
        return self.role in PERMISSIONS[permission] and (self.is_cleared or permission in WITHOUT_CLEARANCE)

    def check(self, permission: Permission) -> None:
        """Raises: NotPermitted; NotCleared where the role alone would do."""
        if self.may(permission):
            return
        raise (NotCleared if self.role in PERMISSIONS[permission] else NotPermitted)(permission)


def alias_fault(alias: str) -> str | None:
    """What is wrong with a name that students would see, in Japanese; None where it is fine."""
    if not alias.strip() or len(alias) > LONGEST_ALIAS:
        return f"表示名は1文字から{LONGEST_ALIAS}文字までにしてください。"
    if "LINE" in alias.upper():
        return "表示名に「LINE」は使えません（LINEの決まりです）。"
    return None
