"""What the alarm's page shows, made from what the service gives; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from handoff.domain.drill import MARK
from handoff.domain.escalation import Cause, EscalationState
from handoff.domain.hours import spoken_moment
from handoff.domain.incoming import OTHER_WAYS
from handoff.domain.notice import is_phone_number
from handoff.domain.other_ways import CHANNEL_NAMES
from handoff.domain.profile.duty import EmergencyContact
from handoff.domain.profile.vocabulary import AGENCY_NAMES, Agency
from handoff.domain.session import State
from handoff.services.escalation_ports import GlassOpening
from handoff.services.read_alarm import AlarmPage
from handoff.services.transcript_line import TranscriptLine
from handoff.web.alarm_marks import Piece, facts_of, marked
from handoff.web.alarm_words import (
    AUTHORS,
    CATEGORIES,
    CAUSES,
    CLOSE_REASONS,
    LEVELS,
    MEDIA,
    NOT_ARRIVED,
    PUBLIC_NUMBERS,
    SUSPECTS,
    ago,
    moment,
    notice_words,
)

#: Lines that stay before the first one that raised the alarm, and how many others it takes to fold them away.
LINES_BEFORE: Final = 2
FEWEST_FOLDED: Final = 3


@dataclass(frozen=True, slots=True)
class LineView:
    """A line. note: what stands in place of words that are gone; evidence: it raised the alarm or was added to it."""

    id: UUID
    sequence: int
    author: str
    by: str
    at: str
    pieces: tuple[Piece, ...]
    facts: tuple[str, ...]
    note: str | None
    evidence: bool
    unscreened: bool
    delivery: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """The head. taken_by: None while nobody has it; next_alarm: None when the ladder has stopped."""

    test: bool
    closed: bool
    urgent: bool
    level: str
    since: str
    ago: str
    holding: str
    next_alarm: str | None
    cause: str
    categories: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallView:
    """One place in the order of calls. dial: digits for ``tel:``, None where the profile has no number."""

    agency: Agency
    name: str
    number: str | None
    dial: str | None
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpeningView:
    """A revealed id. reviewable: the reader may be the other person who looks at it."""

    id: UUID
    told: str
    reviewable: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the reader may do now, as far as the page knows; the services decide."""

    acknowledge: bool
    take_over: bool
    contact: bool
    answer: bool
    glass: bool
    close: bool
    calls: bool


@dataclass(frozen=True, slots=True)
class View:
    """The whole page but for its lines."""

    service_name: str
    who: str
    status: StatusView
    may: Allowed
    taken_by_other: str | None
    session_closed: bool
    came_by: str | None
    calls: tuple[CallView, ...]
    call_note: str | None
    openings: tuple[OpeningView, ...]
    record: tuple[str, ...]


def view(page: AlarmPage) -> View:
    """Make the page for its reader."""
    escalation, me = page.escalation, page.holder.who
    state, holder = escalation.state, escalation.acknowledged_by
    over = state is EscalationState.CLOSED
    other = holder if not over and holder is not None and holder != me else None
    real = page.session is not None and not over
    mine = real and other is None
    session_closed = page.session is not None and page.session.state is State.CLOSED
    raised = state is EscalationState.RAISED
    return View(
        service_name=page.service_name,
        who=me,
        status=_status(page),
        may=Allowed(
            acknowledge=raised and not over,
            take_over=other is not None,
            contact=mine and state is EscalationState.ACKNOWLEDGED,
            answer=mine and not session_closed and page.channel not in OTHER_WAYS,
            glass=mine and not raised,
            close=mine,
            calls=real,
        ),
        taken_by_other=other,
        session_closed=session_closed,
        came_by=CHANNEL_NAMES[page.channel] if page.channel is not None and page.channel in OTHER_WAYS else None,
        calls=tuple(_call(page, contact) for contact in page.call_order) if page.session is not None else (),
        call_note=page.call_note,
        openings=tuple(_opening(opening, me, page.at) for opening in page.openings),
        record=tuple(_record(page)),
    )


def _status(page: AlarmPage) -> StatusView:
    escalation, now = page.escalation, page.at
    warnings = [SUSPECTS[suspect] for suspect in sorted(escalation.suspects)] if not escalation.test else []
    return StatusView(
        test=escalation.test,
        closed=escalation.state is EscalationState.CLOSED,
        urgent=escalation.state is EscalationState.RAISED and not escalation.test,
        level="試験"
        if escalation.test
        else f"{MARK}・{LEVELS[escalation.level]}"
        if escalation.drill
        else LEVELS[escalation.level],
        since=moment(escalation.raised_at, now),
        ago=ago(escalation.raised_at, now),
        holding=_holding(page),
        next_alarm=_next_alarm(page),
        # What was found says more than that something was.
        cause="" if escalation.cause is Cause.RISK and escalation.categories else CAUSES[escalation.cause],
        categories="、".join(CATEGORIES.get(name, name) for name in escalation.categories),
        warnings=tuple(warnings),
    )


def _holding(page: AlarmPage) -> str:
    escalation, now = page.escalation, page.at
    if escalation.state is EscalationState.CLOSED:
        reason = "" if escalation.closed_reason is None else f"（{CLOSE_REASONS[escalation.closed_reason]}）"
        at = "" if escalation.closed_at is None else moment(escalation.closed_at, now)
        return f"終わりました {at}{reason}"
    holder = escalation.acknowledged_by
    if holder is None:
        return "まだ、だれも受けていません"
    who = f"あなた（{holder}）" if holder == page.holder.who else holder
    if escalation.state is EscalationState.IN_CONTACT:
        return f"{who}が、連絡をとっています"
    return f"{who}が受けました"


def _next_alarm(page: AlarmPage) -> str | None:
    at, now = page.escalation.next_alarm_at, page.at
    if at is None or page.next_who is None:
        return None
    return f"{'まもなく' if at <= now else moment(at, now) + 'に'}、{page.next_who}へ"


def _call(page: AlarmPage, contact: EmergencyContact) -> CallView:
    number = contact.phone or PUBLIC_NUMBERS.get(contact.agency)
    dial = re.sub(r"[^0-9+]", "", number) if number is not None and is_phone_number(number) else None
    made = tuple(f"{moment(call.at, page.at)} {call.who}" for call in page.calls if call.agency is contact.agency)
    return CallView(contact.agency, contact.name or AGENCY_NAMES[contact.agency], number, dial, made)


def _opening(opening: GlassOpening, me: str, now: datetime) -> OpeningView:
    told = f"{moment(opening.at, now)} {opening.who}がIDを見ました。"
    if opening.reviewed_at is not None:
        told += f"{moment(opening.reviewed_at, now)} {opening.reviewed_by}が確認しました。"
    else:
        told += f"{spoken_moment(opening.review_due_at, now)}までに、ほかの人が確認します。"
    return OpeningView(opening.id, told, opening.reviewed_at is None and opening.who != me)


def _record(page: AlarmPage) -> Iterable[str]:
    now = page.at
    for _number, notices in groupby(page.notices, key=lambda notice: notice.number):
        group = list(notices)
        ways = "、".join(f"{MEDIA[one.medium]}＝{notice_words(one)}" for one in group)
        yield f"{moment(group[0].at, now)} {group[0].who}へのお知らせ（{ways}）"
    escalation = page.escalation
    if escalation.acknowledged_at is not None:
        yield f"{moment(escalation.acknowledged_at, now)} 受けました（いまの担当 {escalation.acknowledged_by}）"
    if escalation.contacted_at is not None:
        yield f"{moment(escalation.contacted_at, now)} 連絡がとれました"
    if escalation.closed_at is not None:
        yield f"{moment(escalation.closed_at, now)} 終わりました（{escalation.closed_by}）"


def lines(page: AlarmPage) -> tuple[LineView, ...]:
    """The transcript's lines that the page was given."""
    evidence = {one.event_id for one in page.evidence}
    labels = deliveries(page)
    return tuple(_line(line, line.id in evidence, labels, page.at) for line in page.lines)


def fold(shown: tuple[LineView, ...]) -> tuple[tuple[LineView, ...], tuple[LineView, ...]]:
    """Part what was said long before the first line that raised the alarm from the rest: a person who was woken reads
    that line first. Few lines stay together."""
    first = next((number for number, line in enumerate(shown) if line.evidence), 0)
    cut = first - LINES_BEFORE
    return (shown[:cut], shown[cut:]) if cut >= FEWEST_FOLDED else ((), shown)


def deliveries(page: AlarmPage) -> Mapping[UUID, str]:
    """What to say of lines that LINE hasn't taken, by their ids."""
    return {line: NOT_ARRIVED[state] for line, state in page.not_arrived.items() if state in NOT_ARRIVED}


def _line(line: TranscriptLine, evidence: bool, labels: Mapping[UUID, str], now: datetime) -> LineView:
    note = None
    if line.hidden or line.removed:
        note = "相手が、送信を取り消しました。"
    elif line.text is None:
        note = "この言葉は、開けませんでした。業務責任者に連絡してください。"
    return LineView(
        id=line.id,
        sequence=line.sequence,
        author=line.author,
        by=AUTHORS.get(line.author, line.author),
        at=moment(line.at, now),
        pieces=() if line.text is None else marked(line.text, line.assessment),
        facts=facts_of(line),
        note=note,
        evidence=evidence,
        unscreened=line.unscreened,
        delivery=labels.get(line.id, ""),
    )
