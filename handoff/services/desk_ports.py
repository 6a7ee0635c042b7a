"""What the desk's verbs need of the database; ``handoff/adapters/database`` implements it.

As everywhere: plain texts on this side, rows locked before they change, one transaction a verb. What the desk *shows*
is read by ``desk_view_ports``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from handoff.domain.attention import AtRisk
from handoff.domain.delivery import DeliveryState
from handoff.domain.desk import DeskEvent, NoteKind, ProposalState
from handoff.domain.live_timers import LiveFacts
from handoff.domain.session import Level
from handoff.domain.staff import StaffMember


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of the desk's log. number: grows in the order of commits."""

    number: int
    kind: DeskEvent
    session_id: UUID | None
    subject: UUID | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account as the sign-in needs it. password: argon2's encoding."""

    member: StaffMember
    password: str


class StaffRows(Protocol):
    """People and their presence. Whoever is read comes with what the roster says of them today."""

    async def add(self, member: StaffMember, display: str | None, password: str, at: datetime) -> bool:
        """Add somebody; False where the name or the alias is taken: the team's records go by alias."""

    async def save(self, member: StaffMember, at: datetime) -> None:
        """Write the alias and whether the account is active."""

    async def account(self, name: str) -> Account | None: ...
    async def find(self, member_id: UUID) -> StaffMember:
        """Raises: NotFound."""

    async def lock(self, member_id: UUID) -> StaffMember:
        """The same, and nobody else counts this person's sessions meanwhile. Raises: NotFound."""

    async def everybody(self) -> Sequence[StaffMember]:
        """All with an active account."""

    async def alias(self, member_id: UUID | None) -> str:
        """How the team knows somebody; the on-call person for None."""

    async def wishes(self, member_id: UUID) -> Mapping[str, Any]: ...
    async def set_wishes(self, member_id: UUID, wishes: Mapping[str, Any]) -> None: ...

    async def beat(self, member_ids: Sequence[UUID], at: datetime) -> None:
        """Note that these desks are open (real time), and that a web process is up."""

    async def seen_now(self, member_id: UUID, at: datetime) -> None:
        """Count somebody's desk as open at this moment (real time): they have just done something."""

    async def set_duty(self, member_id: UUID, on_duty: bool, at: datetime) -> None: ...
    async def on_duty(self, since: datetime) -> Sequence[StaffMember]:
        """Who takes sessions, may work today, and was seen since then (real time)."""

    async def web_up_since(self, beat_after: datetime) -> datetime | None:
        """Since when the web processes are up without a break; None where they aren't now (real time)."""

    async def silent_holders(self, before: datetime) -> Sequence[tuple[UUID, UUID]]:
        """Live sessions and their counsellors whose desks were last seen before then (real time), or who may not have them
        any more: their entry of the roster ended, or became one of another role.
        """


@dataclass(frozen=True, slots=True)
class Note:
    """A note beside a talk."""

    id: UUID
    session_id: UUID
    staff_id: UUID
    kind: NoteKind
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trainee's line on its way through approval. remark: the supervisor's, where there was one."""

    id: UUID
    session_id: UUID
    staff_id: UUID
    epoch: int
    text: str
    state: ProposalState
    at: datetime
    decided_by: UUID | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of ours and the call that carries it. delivery: None where it needs none."""

    id: UUID
    session_id: UUID
    author: str
    text: str | None
    call_id: UUID | None
    delivery: DeliveryState | None


class Talks(Protocol):
    """What is written beside the transcript, and what the verbs ask about live sessions."""

    async def live_levels(self, member_id: UUID) -> Sequence[Level | None]:
        """The levels of a counsellor's live sessions."""

    async def add_note(self, note: Note) -> bool:
        """False where its id, the key of the request, is known already."""

    async def add_proposal(self, proposal: Proposal) -> bool:
        """False where its id, the key of the request, is known already."""

    async def proposal(self, proposal_id: UUID) -> Proposal:
        """Not locked. Raises: NotFound."""

    async def lock_proposal(self, proposal_id: UUID) -> Proposal:
        """Raises: NotFound."""

    async def decide(
        self, proposal_id: UUID, state: ProposalState, by: UUID | None, remark: str | None, at: datetime
    ) -> None: ...
    async def waiting_proposals(self, before: datetime) -> Sequence[UUID]: ...
    async def drop_proposals(self, session_id: UUID, at: datetime) -> Sequence[UUID]:
        """Drop what waits for approval in a session that somebody else has by now; their ids."""

    async def set_draft(self, session_id: UUID, member_id: UUID, text: str, at: datetime) -> None:
        """Keep a draft, or forget it where the text is empty."""

    async def spoken(self, line_id: UUID) -> SpokenLine:
        """Raises: NotFound."""

    async def resend(self, line_id: UUID, call_id: UUID) -> None:
        """Bind a line to the new call that carries it."""

    async def hurry(self, call_id: UUID, at: datetime) -> bool:
        """Let a call that pauses be tried now; False where it pends no more."""


@dataclass(frozen=True, slots=True)
class Tended:
    """A live session as the timers see it. last_event: the student's last message, if any."""

    session_id: UUID
    facts: LiveFacts
    last_event: UUID | None


@dataclass(frozen=True, slots=True)
class Watched:
    """A session at risk as the watch sees it. last_event: the student's last message, if any."""

    session_id: UUID
    level: Level | None
    facts: AtRisk
    last_event: UUID | None


class DeskTimers(Protocol):
    """What time does to sessions: which are due, and what was done."""

    async def live(self, limit: int) -> Sequence[Tended]: ...
    async def waiting(self, limit: int) -> Sequence[tuple[UUID, datetime, int]]:
        """Sessions that wait to be talked with: id, since when, words of the rhythm told."""

    async def left_messages(self, limit: int) -> Sequence[UUID]: ...
    async def all_waiting(self, limit: int) -> Sequence[UUID]: ...
    async def tended(self, session_id: UUID) -> Tended | None:
        """One live session again, after its row was locked."""

    async def set_notes_told(self, session_id: UUID, told: int) -> bool:
        """Count the rhythm's words up to ``told``; False where they were told already."""

    async def at_risk(self, limit: int) -> Sequence[Watched]:
        """Sessions at high, critical or unread that people see."""

    async def at_risk_one(self, session_id: UUID) -> Watched | None: ...
    async def set_attention_told(self, session_id: UUID, at: datetime) -> None: ...
    async def begin_anew(self, session_id: UUID) -> None:
        """Forget what was told in an earlier talk: whoever takes the session begins theirs."""

    async def on_call_silent(self, before: datetime) -> Sequence[UUID]:
        """Sessions that the on-call person has, and in which they said nothing since then."""

    async def set_nudged(self, session_id: UUID, at: datetime) -> None: ...
    async def set_silence_told(self, session_id: UUID, at: datetime) -> None: ...
    async def set_last_called(self, session_id: UUID) -> None: ...
    async def set_hours_told(self, session_id: UUID) -> None: ...
