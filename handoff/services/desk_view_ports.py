"""What the desk shows, as it is read from the database: cards of sessions, lines, and all that belongs to one talk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.escalation import EscalationState
from handoff.domain.evidence import Evidence
from handoff.domain.incoming import Channel
from handoff.domain.session import HumanWanted, Level, Owner, State
from handoff.domain.staff import StaffMember
from handoff.services.desk_ports import FeedEntry, Note, Proposal
from handoff.services.transcript_line import TranscriptLine


@dataclass(frozen=True, slots=True)
class Card:
    """One session as the queue and the tabs show it.

    Attributes: one_way: left a message and went; called_back_at: when they were told that they can talk now; queued_at: when
    what they left became a place in the queue; intake: what the student told the bot; worst: the words of the gravest message with the screen's result
    as JSON; wrote_at, wrote_number: the student's last line; heard_at: the last one of a person of ours; lines: how many
    the student wrote; escalation, deadline_at: of the open escalation; sheet: whether a sheet was begun, filled, signed;
    approvals: a trainee's lines that wait; earlier: how many sessions the contact had before; channel: by which way it came;
    here: the student has the web chat's page open; report: a report, which lies in an inbox of its own; drill: it is played
    (訓練), is marked wherever it stands, and counts nowhere; blocked_until: the end of a block that nobody lifted (TAJ-5),
    which may be over.
    """

    id: UUID
    contact_id: UUID
    state: State
    owner: Owner
    epoch: int
    level: Level | None
    unscreened: bool
    human_wanted: HumanWanted | None
    one_way: bool
    called_back_at: datetime | None
    queued_at: datetime | None
    returning: bool
    opened_at: datetime
    waiting_since: datetime | None
    claimed_at: datetime | None
    taken_at: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    counsellor_id: UUID | None
    second_id: UUID | None
    offered_to: UUID | None
    intake: Mapping[str, str | None]
    worst: tuple[str, str | None] | None
    wrote_at: datetime | None
    wrote_number: int
    heard_at: datetime | None
    lines: int
    escalation_id: UUID | None
    escalation: EscalationState | None
    deadline_at: datetime | None
    frequent: bool
    impersonation: bool
    planned: bool
    sheet_filled: bool
    sheet_filled_by: UUID | None
    sheet_signed: bool
    approvals: int
    earlier: int
    channel: Channel = Channel.LINE
    here: bool = False
    report: bool = False
    drill: bool = False
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A line of the transcript with what became of it on its way.

    Attributes: call_id: None for a student's; delivery, reason: of that call; next_at: real time of its next attempt;
    evidence: the file that came with it.
    """

    session_id: UUID
    line: TranscriptLine
    edited: bool
    call_id: UUID | None
    delivery: DeliveryState | None
    reason: str | None
    next_at: datetime | None
    attempts: int
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class EarlierSession:
    """A session of the same person before this one; its sheet, sealed JSON opened, None where there is none."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None
    state: State
    level: Level | None
    counsellor_id: UUID | None
    closed_reason: str | None
    sheet: str | None
    channel: Channel = Channel.LINE


@dataclass(frozen=True, slots=True)
class Care:
    """What the team agreed about a contact. plan, way: empty where nothing was."""

    plan: str
    way: str
    frequent: bool
    impersonation: bool
    updated_by: UUID | None
    updated_at: datetime | None


class DeskViews(Protocol):
    """Reads for the desk; nothing here locks or changes a row."""

    async def cursor(self) -> int:
        """How far the log has grown."""

    async def entries_after(self, cursor: int, limit: int) -> Sequence[FeedEntry]: ...
    async def alarms(self, since: datetime) -> Sequence[FeedEntry]:
        """What supervisors had to look at since then (real time), each once, of sessions that aren't closed."""

    async def cards(self) -> Sequence[Card]:
        """Every session that is neither the bot's alone nor closed."""

    async def intakes(self) -> Sequence[Card]:
        """The sessions in which the bot speaks and nobody is asked for yet, the newest first, a hundred at most."""

    async def card(self, session_id: UUID) -> Card | None: ...
    async def cards_named(self, session_ids: Collection[UUID]) -> Sequence[Card]:
        """Those of these sessions that there are, in no order; read at once."""

    async def open_card(self, contact_id: UUID) -> Card | None:
        """The one session of a contact that isn't closed."""

    async def carried(self) -> Mapping[UUID, tuple[int, datetime | None]]:
        """By counsellor: how many live sessions they have, and their last word in them."""

    async def lines(self, session_id: UUID) -> Sequence[DeskLine]: ...
    async def line(self, line_id: UUID) -> DeskLine | None: ...
    async def lines_of_call(self, call_id: UUID) -> Sequence[DeskLine]: ...
    async def notes(self, session_id: UUID) -> Sequence[Note]: ...
    async def note(self, note_id: UUID) -> Note | None: ...
    async def proposals(self, session_id: UUID) -> Sequence[Proposal]:
        """All of a session, the decided ones too."""

    async def waiting_proposals(self) -> Sequence[Proposal]:
        """Every line that waits for a supervisor's yes, the oldest first."""

    async def was_let_in(self, session_id: UUID, actor: str, since: datetime) -> bool:
        """Whether the record says that somebody opened a session, or did something in it, since then (service clock)."""

    async def draft(self, session_id: UUID, member_id: UUID) -> str: ...
    async def earlier(self, session_id: UUID, contact_id: UUID) -> Sequence[EarlierSession]: ...
    async def care(self, contact_id: UUID) -> Care: ...
    async def present(self, since: datetime) -> Sequence[tuple[StaffMember, bool, datetime]]:
        """Everybody with an account who counsels or supervises, whether they take sessions, and when their desk was last
        seen (real time; long ago where never)."""
