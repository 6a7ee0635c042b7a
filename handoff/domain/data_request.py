"""Requests about personal data (個人情報保護法: 開示、訂正、利用停止、削除), from their arrival to what was done. Pure.

LINE proves nobody: whoever writes from the child's account holds the child's telephone, no more. So nothing is handed out
before somebody checked who asks, decided and said why; whoever may be the one that harms (``escalation.Suspect``) gets
nothing at this desk, and where a child may be in danger a yes takes two people (the law's 78条1項1号; boards verify).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from handoff.domain.escalation import Suspect

#: Days of the calendar to a decision, the day of arrival not counted, and by how many they may be extended once.
DECIDE_WITHIN: Final = timedelta(days=30)
EXTENDED_BY: Final = timedelta(days=30)


class Wish(StrEnum):
    """What is asked for."""

    DISCLOSE = "disclose"  # 開示
    CORRECT = "correct"  # 訂正
    SUSPEND = "suspend"  # 利用停止
    DELETE = "delete"  # 削除


class Asker(StrEnum):
    """Who asks."""

    SELF = "self"
    GUARDIAN = "guardian"  # 法定代理人
    SCHOOL = "school"
    POLICE = "police"
    OTHER = "other"


class Arrival(StrEnum):
    """The way it came."""

    ACCOUNT = "account"  # written in a talk
    PAPER = "paper"
    PHONE = "phone"
    MAIL = "mail"
    IN_PERSON = "in_person"
    BOARD = "board"  # passed on by the board


class Proof(StrEnum):
    """By what it is known who asks."""

    ACCOUNT = "account"  # they write from the account
    RECEIPT = "receipt"  # a report's receipt
    PAPER = "paper"  # papers of identity, and of kinship
    OFFICIAL = "official"  # an office's own letter
    NONE = "none"  # it couldn't be found out


class ChildSaid(StrEnum):
    """What the child says of somebody else's wish."""

    UNKNOWN = "unknown"  # nobody asked yet
    AGREES = "agrees"
    OBJECTS = "objects"
    CANNOT_ASK = "cannot_ask"  # asking is impossible, or would put them in danger


class Decision(StrEnum):
    """What was decided."""

    GRANT = "grant"
    PARTLY = "partly"
    REFUSE = "refuse"


class Ground(StrEnum):
    """Why something is refused, wholly or in part."""

    ABUSE = "abuse"  # a guardian's, where abuse is suspected
    HARM = "harm"  # life, health, living or property of the child could be harmed (78条1項1号)
    INTEREST = "interest"  # against the child's will or interest
    OTHERS = "others"  # other people's data
    WORK = "work"  # counselling couldn't be done properly any more
    INQUIRY = "inquiry"  # an inquiry would be hindered
    NOT_IDENTIFIED = "not_identified"
    NO_RIGHT = "no_right"  # who asks has no right to ask
    NOT_HELD = "not_held"  # there is nothing
    KEPT_BY_LAW = "kept_by_law"  # it has to be kept
    UNSAID = "unsaid"  # whether there is anything can't be said without telling it (81条)


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    CHECKED = "checked"  # somebody looked at who asks
    PROPOSED = "proposed"  # one has decided, a second one has to agree
    DECIDED = "decided"
    TOLD = "told"  # whoever asked has heard the decision
    DONE = "done"
    WITHDRAWN = "withdrawn"


#: From a state to the states that may follow it. Back to received: it is about somebody else; back to checked: a decision
#: that was taken back.
MOVES: Final[dict[RequestState, frozenset[RequestState]]] = {
    RequestState.RECEIVED: frozenset({RequestState.CHECKED, RequestState.WITHDRAWN}),
    RequestState.CHECKED: frozenset(
        {
            RequestState.RECEIVED,
            RequestState.CHECKED,
            RequestState.PROPOSED,
            RequestState.DECIDED,
            RequestState.WITHDRAWN,
        }
    ),
    RequestState.PROPOSED: frozenset({RequestState.CHECKED, RequestState.DECIDED, RequestState.WITHDRAWN}),
    RequestState.DECIDED: frozenset({RequestState.CHECKED, RequestState.TOLD}),
    # What turned up after the telling may still have to be decided anew.
    RequestState.TOLD: frozenset({RequestState.CHECKED, RequestState.DONE}),
    RequestState.DONE: frozenset(),
    RequestState.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Danger:
    """What is known of the person concerned. grave: abuse or sexual harm was ever found; suspects: who may be the one that
    harms. It is for supervisors alone to see."""

    grave: bool = False
    suspects: frozenset[Suspect] = frozenset()

    @property
    def known(self) -> bool:
        return self.grave or bool(self.suspects)


@dataclass(frozen=True, slots=True)
class DataRequest:
    """One request.

    Attributes: received_on: a day in Japan; about: words, empty for who may not read them; contact_id: the person
    concerned, None while nobody knows; session_ids: what is handed out of a partly granted disclosure; extended_on: the
    day to which the decision was put off; decided_by, second_by: two people where two are needed; ended_at: nothing is
    left to do.
    """

    id: UUID
    profile: str
    wish: Wish
    asker: Asker
    arrival: Arrival
    received_on: date
    about: str
    made_by: UUID
    made_at: datetime
    state: RequestState = RequestState.RECEIVED
    contact_id: UUID | None = None
    proof: Proof | None = None
    extended_on: date | None = None
    decision: Decision | None = None
    grounds: frozenset[Ground] = frozenset()
    child: ChildSaid = ChildSaid.UNKNOWN
    session_ids: frozenset[UUID] = frozenset()
    decided_by: UUID | None = None
    second_by: UUID | None = None
    ended_at: datetime | None = None

    @property
    def due_on(self) -> date:
        """The last day for a decision."""
        return self.extended_on or self.received_on + DECIDE_WITHIN

    @property
    def grants(self) -> bool:
        """Whether something is given or done because of the decision as it stands."""
        return self.decision in (Decision.GRANT, Decision.PARTLY)

    @property
    def undecided(self) -> bool:
        return self.state in (RequestState.RECEIVED, RequestState.CHECKED, RequestState.PROPOSED)

    def is_late(self, today: date) -> bool:
        """Whether the day by which it had to be decided is over."""
        return self.undecided and today > self.due_on


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision with what it rests on; see ``DataRequest``."""

    decision: Decision
    grounds: frozenset[Ground] = frozenset()
    child: ChildSaid = ChildSaid.UNKNOWN
    session_ids: frozenset[UUID] = frozenset()
