"""What a decision has to know of the service around it: whom it is for, and the board's procedures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actions.buttons import Role, Topic
from actions.memory import Memory
from handoff.domain.profile.access import Eligibility
from handoff.domain.profile.procedure import Asker, Kind, Procedure
from handoff.domain.profile.standing import Standing, standing

_ASKERS: Final = {Role.GUARDIAN: Asker.GUARDIAN, Role.TEACHER: Asker.SCHOOL}


ANYBODY: Final = Eligibility()


@dataclass(frozen=True, slots=True)
class Frame:
    """The profile's part of a decision. returning: the person was here before; reports: the service takes them in a talk;
    report_media: with pictures; report_sounds: with recorded words.
    """

    eligible: Eligibility = ANYBODY
    procedures: tuple[Procedure, ...] = ()
    returning: bool = False
    reports: bool = False
    report_media: bool = False
    report_sounds: bool = False

    def standing(self, memory: Memory) -> Standing:
        """How who writes stands to the circle that the service is for, by what was told."""
        told = memory.answers
        return standing(
            self.eligible,
            role=told.role,
            age=told.age,
            grade=told.grade,
            school_type=told.school_type,
            school_name=told.school_name,
        )

    def has_procedure(self, memory: Memory) -> bool:
        """Whether the board has procedures for this trouble and they weren't gone through yet."""
        return bool(self.procedures) and memory.answers.topic is Topic.NET_TROUBLE and memory.progress is None

    def procedure(self, memory: Memory, kind: Kind) -> Procedure | None:
        """The board's procedure for who asks and this kind of trouble."""
        asker = _ASKERS.get(memory.answers.role or Role.SELF, Asker.STUDENT)
        return next((one for one in self.procedures if (one.asker, one.kind) == (asker, kind)), None)

    def by_id(self, procedure: str | None) -> Procedure | None:
        """The procedure of an id, None where the board has taken it out meanwhile."""
        return next((one for one in self.procedures if one.id == procedure), None)


NO_FRAME: Final = Frame()
