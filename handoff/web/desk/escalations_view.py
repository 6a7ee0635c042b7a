"""What the escalations' pages show, made from what the service gives; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from handoff.domain.delivery import DeliveryState
from handoff.domain.drill import MARK
from handoff.domain.escalation import Cause, EscalationState
from handoff.domain.escalation_steps import GlassState
from handoff.domain.hours import ZONE
from handoff.domain.session import URGENT, Owner, State
from handoff.domain.staff import StaffMember
from handoff.services.desk.read_escalations import Entry, EscalationPage
from handoff.services.escalation_ports import Escalation, PlannedNotice
from handoff.services.transcript_line import TranscriptLine
from handoff.web.alarm_marks import Piece, facts_of, marked
from handoff.web.alarm_words import (
    AUTHORS,
    CATEGORIES,
    CAUSES,
    CLOSE_REASONS,
    MEDIA,
    NOT_ARRIVED,
    SUSPECTS,
    ago,
    moment,
    notice_words,
)
from handoff.web.desk.escalations_words import LEVELS

#: Lines that stay before the first one that raised the alarm, and how many others it takes to fold them away.
LINES_BEFORE = 2
FEWEST_FOLDED = 3


def full(at: datetime) -> str:
    """A moment for paper: ``2026年11月21日 2:05``."""
    there = at.astimezone(ZONE)
    return f"{there.year}年{there.month}月{there.day}日 {there.hour}:{there.minute:02}"


def minutes(span: timedelta) -> str:
    """A span in words, in whole minutes."""
    hours, rest = divmod(max(1, int(span.total_seconds() // 60)), 60)
    return f"{rest}分" if not hours else f"{hours}時間{rest}分" if rest else f"{hours}時間"


@dataclass(frozen=True, slots=True)
class Head:
    """Where an escalation stands. drill: it is played; late: nobody took it in time, and nobody has it yet."""

    id: UUID
    test: bool
    drill: bool
    level: str
    level_name: str
    state: EscalationState
    holding: str
    holder: str | None
    cause: str
    categories: str
    since: str
    ago: str
    deadline: str
    late: str
    next_alarm: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """One alarm to one person of the ladder."""

    at: str
    who: str
    ways: tuple[str, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the board. last: the newest alarm; waiting: names of what was asked."""

    head: Head
    rings: int
    last: Ring | None
    waiting: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the talk. note: what stands in place of words that are gone."""

    author: str
    by: str
    at: str
    full: str
    pieces: tuple[Piece, ...]
    facts: tuple[str, ...]
    note: str | None
    evidence: bool
    urgent: bool
    unscreened: bool
    delivery: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the reader may do now, as far as the page knows; the services decide."""

    acknowledge: bool
    take_over: bool
    contact: bool
    call: bool
    ask: bool
    close: bool
    reveal: bool
    wish: bool


def head(escalation: Escalation, next_who: str | None, now: datetime, me: StaffMember) -> Head:
    """The head of one escalation."""
    raised = escalation.state is EscalationState.RAISED
    next_alarm = None
    if escalation.next_alarm_at is not None and next_who is not None:
        soon = escalation.next_alarm_at <= now
        next_alarm = f"{'まもなく' if soon else moment(escalation.next_alarm_at, now) + 'に'}、{next_who}へ"
    late = ""
    if raised and now > escalation.deadline_at and not escalation.test:
        late = f"期限を{minutes(now - escalation.deadline_at)}過ぎています"
    return Head(
        id=escalation.id,
        test=escalation.test,
        drill=escalation.drill,
        level=escalation.level,
        level_name="試験" if escalation.test else level_name(escalation),
        state=escalation.state,
        holding=_holding(escalation, me, now),
        holder=escalation.acknowledged_by,
        # What was found says more than that something was.
        cause="" if escalation.cause is Cause.RISK and escalation.categories else CAUSES[escalation.cause],
        categories="" if escalation.test else "、".join(CATEGORIES.get(name, name) for name in escalation.categories),
        since=moment(escalation.raised_at, now),
        ago=ago(escalation.raised_at, now),
        deadline=moment(escalation.deadline_at, now),
        late=late,
        next_alarm=next_alarm,
        warnings=() if escalation.test else tuple(SUSPECTS[one] for one in sorted(escalation.suspects)),
    )


def level_name(escalation: Escalation) -> str:
    """The level in words; a drill is marked with it, wherever it stands."""
    return f"{MARK}・{LEVELS[escalation.level]}" if escalation.drill else LEVELS[escalation.level]


def _holding(escalation: Escalation, me: StaffMember, now: datetime) -> str:
    if escalation.state is EscalationState.CLOSED:
        reason = "" if escalation.closed_reason is None else CLOSE_REASONS[escalation.closed_reason]
        at = "" if escalation.closed_at is None else moment(escalation.closed_at, now)
        return f"{at} {escalation.closed_by or ''}が終えました（{reason}）"
    holder = escalation.acknowledged_by
    if holder is None:
        return "まだ、だれも受けていません"
    who = f"あなた（{holder}）" if holder == me.alias else holder
    return f"{who}が連絡をとっています" if escalation.state is EscalationState.IN_CONTACT else f"{who}が受けました"


def rings(notices: Sequence[PlannedNotice], now: datetime) -> tuple[Ring, ...]:
    """Who was called, when, by which media; the newest last."""
    found = []
    for _number, group in groupby(notices, key=lambda notice: notice.number):
        together = list(group)
        ways = tuple(f"{MEDIA[one.medium]}＝{notice_words(one)}" for one in together)
        failed = all(one.state == "failed" for one in together)
        found.append(Ring(moment(together[0].at, now), together[0].who, ways, failed))
    return tuple(found)


def row(entry: Entry, now: datetime, me: StaffMember) -> Row:
    """One line of the board."""
    rang = rings(entry.notices, now)
    return Row(
        head(entry.escalation, entry.next_who, now, me), len(rang), rang[-1] if rang else None, len(entry.waiting)
    )


def allowed(page: EscalationPage, me: StaffMember) -> Allowed:
    """What the buttons are shown for."""
    escalation = page.escalation
    real, over = page.card is not None, escalation.state is EscalationState.CLOSED
    raised = escalation.state is EscalationState.RAISED
    other = escalation.acknowledged_by not in (None, me.alias)
    waits = any(wish.asked_by == me.id and wish.state is GlassState.ASKED for wish in page.requests)
    return Allowed(
        acknowledge=raised,
        take_over=not over and other,
        contact=real and escalation.state is EscalationState.ACKNOWLEDGED and not other,
        call=real and not over,
        ask=real,
        close=real and not over and not other,
        reveal=real and not over and not raised and me.is_supervisor,
        wish=real and not over and not raised and not other and not me.is_supervisor and not waits,
    )


def lines(page: EscalationPage) -> tuple[LineView, ...]:
    """The talk."""
    evidence = {one.event_id for one in page.evidence}
    return tuple(_line(line, line.id in evidence, page) for line in page.lines)


def fold(shown: tuple[LineView, ...]) -> tuple[tuple[LineView, ...], tuple[LineView, ...]]:
    """Part what was said long before the first line that raised the alarm from the rest."""
    first = next((number for number, line in enumerate(shown) if line.evidence), 0)
    cut = first - LINES_BEFORE
    return (shown[:cut], shown[cut:]) if cut >= FEWEST_FOLDED else ((), shown)


def _line(line: TranscriptLine, evidence: bool, page: EscalationPage) -> LineView:
    note = None
    if line.hidden:
        note = "相手が、送信を取り消しました（内容は業務責任者が確認できます）。"
    elif line.removed:
        note = "相手が、送信を取り消しました。"
    elif line.text is None:
        note = "この言葉は、開けませんでした。"
    arrived = page.not_arrived.get(line.id)
    return LineView(
        author=line.author,
        by=AUTHORS.get(line.author, line.author),
        at=moment(line.at, page.at),
        full=full(line.at),
        pieces=() if line.text is None else marked(line.text, line.assessment),
        facts=facts_of(line),
        note=note,
        evidence=evidence,
        urgent=line.level in URGENT or evidence,
        unscreened=line.unscreened,
        delivery="" if arrived is None else NOT_ARRIVED.get(arrived, ""),
        failed=arrived not in (None, DeliveryState.PENDING),
    )


def speaker(page: EscalationPage) -> str:
    """Who speaks with the student now."""
    card = page.card
    if card is None:
        return ""
    if card.state is State.CLOSED:
        return "会話は終わっています"
    if card.owner is Owner.ON_CALL:
        return "当番の人（お知らせのリンクから）"
    if card.owner is Owner.COUNSELLOR and page.speaker:
        return page.speaker
    return "自動の案内（まだ、だれも会話を担当していません）"
