"""What an escalation's page shows of what people did and know: calls, looks at an id, what the student told; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.domain.escalation import EscalationState, Suspect
from handoff.domain.escalation_steps import GRANT_LIFE, GlassState
from handoff.domain.hours import spoken_moment
from handoff.domain.incoming import MessageKind
from handoff.domain.notice import is_phone_number
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency
from handoff.domain.staff import StaffMember
from handoff.services.desk.read_escalations import EscalationPage
from handoff.services.escalation_ports import GlassOpening
from handoff.services.escalation_step_ports import GlassRequest
from handoff.web.alarm_words import PUBLIC_NUMBERS, moment
from handoff.web.desk.escalations_view import LineView, full
from handoff.web.desk.escalations_words import FACT_WORDS, FACTS, RESULTS, WISHES


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the order of calls. dial: digits for ``tel:``, None where the profile has no number."""

    agency: Agency
    name: str
    number: str | None
    dial: str | None
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """A call that was made."""

    at: str
    full: str
    who: str
    agency: str
    result: str
    whom: str
    told: str


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish to see the id. decide, take: whether the reader may say yes or no, or see the id now."""

    id: UUID
    told: str
    decide: bool
    take: bool


@dataclass(frozen=True, slots=True)
class OpeningView:
    """An id that was seen. late: nobody looked at it in time."""

    id: UUID
    escalation_id: UUID
    told: str
    reviewable: bool
    late: bool


def places(page: EscalationPage) -> tuple[Place, ...]:
    """Whom a person calls, in this order."""
    return tuple(
        Place(
            contact.agency,
            contact.name or AGENCY_NAMES[contact.agency],
            number := contact.phone or PUBLIC_NUMBERS.get(contact.agency),
            re.sub(r"[^0-9+]", "", number) if number is not None and is_phone_number(number) else None,
            tuple(
                f"{moment(call.at, page.at)} {call.who}" + (f"（{RESULTS[call.result]}）" if call.result else "")
                for call in page.calls
                if call.agency is contact.agency
            ),
        )
        for contact in page.call_order
    )


def agencies(page: EscalationPage) -> dict[str, str]:
    """What a call may be noted for: the order's own places first, then the others; no school where a teacher is
    suspected, no operator: that isn't outside.
    """
    found: dict[str, str] = {}
    for contact in page.call_order:
        name = contact.name or AGENCY_NAMES[contact.agency]
        found[contact.agency] = f"{found[contact.agency]}・{name}" if contact.agency in found else name
    left = {Agency.OPERATOR} | ({Agency.SCHOOL} if Suspect.TEACHER in page.escalation.suspects else set())
    boards = {Agency.PREFECTURAL_BOARD: "都道府県の教育委員会", Agency.MUNICIPAL_BOARD: "市町村の教育委員会"}
    for agency in Agency:
        if agency not in left:
            found.setdefault(agency, boards.get(agency) or AGENCY_NAMES[agency])
    return found


def calls(page: EscalationPage) -> tuple[CallView, ...]:
    """The log of calls."""
    names = {agency: name for agency, name in agencies(page).items()}
    return tuple(
        CallView(
            moment(call.at, page.at),
            full(call.at),
            call.who,
            names.get(call.agency, AGENCY_NAMES[call.agency]),
            "" if call.result is None else RESULTS[call.result],
            call.whom,
            call.told,
        )
        for call in page.calls
    )


def wishes(page: EscalationPage, me: StaffMember) -> Iterator[WishView]:
    """Who wanted to see the id, and what became of it."""
    now, over = page.at, page.escalation.state is EscalationState.CLOSED
    for wish in page.requests:
        asked = wish.state is GlassState.ASKED
        take = wish.state is GlassState.GRANTED and wish.asked_by == me.id and not over and not _stale(wish, now)
        yield WishView(
            wish.id, _wish_told(wish, page.people, now, over), asked and wish.asked_by != me.id and not over, take
        )


def _stale(wish: GlassRequest, now: datetime) -> bool:
    return wish.decided_at is not None and now - wish.decided_at >= GRANT_LIFE


def _wish_told(wish: GlassRequest, people: Mapping[UUID, str], now: datetime, over: bool) -> str:
    told = f"{moment(wish.asked_at, now)} {people[wish.asked_by]}が、IDを見たいと頼みました。"
    if wish.decided_by is not None and wish.decided_at is not None:
        word = "断りました" if wish.state is GlassState.REFUSED else "許可しました"
        told += f"{moment(wish.decided_at, now)} {people[wish.decided_by]}が{word}。"
    if wish.state is GlassState.GRANTED and (over or _stale(wish, now)):
        return told + "見ないまま、期限が過ぎました。"
    return told if wish.state is GlassState.REFUSED else f"{told}{WISHES[wish.state]}。"


def opening(one: GlassOpening, me: StaffMember, now: datetime) -> OpeningView:
    """An id that was seen, and who looked at that."""
    told = f"{moment(one.at, now)} {one.who}がIDを見ました。"
    late = one.reviewed_at is None and now > one.review_due_at
    if one.reviewed_at is not None:
        told += f"{moment(one.reviewed_at, now)} {one.reviewed_by}が確認しました。"
    elif late:
        told += f"確認の期限（{moment(one.review_due_at, now)}）を過ぎています。"
    else:
        told += f"{spoken_moment(one.review_due_at, now)}までに、ほかの人が確認します。"
    return OpeningView(one.id, one.escalation_id, told, one.reviewed_at is None and one.who != me.alias, late)


def facts(page: EscalationPage) -> list[tuple[str, str]]:
    """What the student told at the beginning, as far as they did."""
    told = {} if page.card is None else page.card.intake
    found = []
    for name, label in FACTS.items():
        value = told.get(name)
        if value:
            value = FACT_WORDS.get(name, {}).get(value, value)
            found.append((label, f"{value}歳" if name == "age" and value.isdigit() else value))
    return found


def locations(shown: Sequence[LineView], page: EscalationPage) -> list[LineView]:
    """The places that the student sent."""
    kinds = {number for number, line in enumerate(page.lines) if line.kind is MessageKind.LOCATION}
    return [line for number, line in enumerate(shown) if number in kinds and line.author == "student"]
