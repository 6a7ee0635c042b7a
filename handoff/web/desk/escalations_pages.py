"""The escalations' pages as HTML: the board, one of them, and its sheet; the routes are in ``escalations``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sanic import Request
from sanic.response import HTTPResponse

from handoff.domain.errors import EscalationTaken, InputRefused, MoveRefused, OwnReview
from handoff.domain.hours import spoken_moment
from handoff.domain.staff import StaffMember
from handoff.services.acknowledge_escalation import LONGEST_TOLD, LONGEST_WHOM
from handoff.services.break_glass import LONGEST_REASON, SHORTEST_REASON, Revealed
from handoff.services.close_escalation import LONGEST_NOTE
from handoff.services.desk.act_on_escalation import SHORTEST_NOTE
from handoff.services.desk.ask_instruction import LONGEST_WORDS, SHORTEST_WORDS
from handoff.services.desk.read_escalations import EscalationPage
from handoff.web.alarm_words import CHOICES, CLOSE_REASONS, moment
from handoff.web.desk import escalations_record as record
from handoff.web.desk import escalations_view as view
from handoff.web.desk.escalations_words import ADVICE, CHANNELS, RESULTS, SAID, STEPS
from handoff.web.desk.guard import ROOT, parts_of
from handoff.web.desk.pages import page_of

type Form = Mapping[str, str]
type Refusal = EscalationTaken | InputRefused | MoveRefused | OwnReview

_LIMITS = {
    "shortest_reason": SHORTEST_REASON,
    "longest_reason": LONGEST_REASON,
    "shortest_note": SHORTEST_NOTE,
    "longest_note": LONGEST_NOTE,
    "shortest_words": SHORTEST_WORDS,
    "longest_words": LONGEST_WORDS,
    "longest_whom": LONGEST_WHOM,
    "longest_told": LONGEST_TOLD,
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was sent in vain. verb: of the form; field: what is wrong in it; typed: what was written."""

    verb: str
    error: Refusal
    typed: Form

    @property
    def field(self) -> str | None:
        return self.error.field if isinstance(self.error, InputRefused) else None


async def board_page(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The board."""
    board = await parts_of(request).read_escalations.board(member)
    return await page_of(
        request,
        member,
        "escalations.html",
        here="escalations",
        said=SAID.get(str(request.args.get("said", ""))),
        rows=[view.row(entry, board.at, member) for entry in board.open],
        closed=[view.head(one, None, board.at, member) for one in board.closed],
        asked=[(escalation_id, STEPS[kind], moment(at, board.at)) for escalation_id, kind, at in board.asked],
        wishes=[
            (wish.escalation_id, alias, moment(wish.asked_at, board.at), wish.asked_by == member.id)
            for wish, alias in board.wishes
        ],
        openings=[record.opening(one, member, board.at) for one in board.unreviewed],
        version=board.version,
    )


async def one_page(
    request: Request[Any, Any],
    member: StaffMember,
    escalation_id: UUID,
    *,
    said: str | None = None,
    tried: Tried | None = None,
) -> HTTPResponse:
    """One escalation. Args: tried: the form that was sent in vain; what was written in it isn't lost."""
    page = await parts_of(request).read_escalations.page(escalation_id, member)
    shown = view.lines(page)
    earlier, later = view.fold(shown)
    fault = None if tried is None else f"{tried.error.text}{ADVICE[tried.error.code]}"
    return await page_of(
        request,
        member,
        "escalations_one.html",
        status=200 if tried is None else tried.error.status,
        here="escalations",
        said=said,
        fault=fault,
        at=f"{ROOT}/escalations/{escalation_id}",
        page=page,
        head=view.head(page.escalation, page.next_who, page.at, member),
        may=view.allowed(page, member),
        rings=view.rings(page.notices, page.at),
        places=record.places(page),
        agencies=record.agencies(page),
        calls=record.calls(page),
        facts=record.facts(page),
        speaker=view.speaker(page),
        earlier=earlier,
        lines=later,
        evidence=[line for line in shown if line.evidence],
        steps=[(step, moment(step.at, page.at), _answered(step.answered_at, page)) for step in page.steps],
        step_names=STEPS,
        wishes=list(record.wishes(page, member)),
        openings=[record.opening(one, member, page.at) for one in page.openings],
        results=RESULTS,
        close_reasons={reason: CLOSE_REASONS[reason] for reason in CHOICES},
        key=uuid4(),
        tried=tried.verb if tried else None,
        wrong=tried.field if tried else None,
        wrong_text=tried.error.text if tried else "",
        typed=tried.typed if tried else {},
        **_LIMITS,
    )


def _answered(at: Any, page: EscalationPage) -> str:
    return "" if at is None else moment(at, page.at)


async def sheet_page(
    request: Request[Any, Any],
    member: StaffMember,
    escalation_id: UUID,
    revealed: Revealed | None,
    *,
    by_two: bool = False,
) -> HTTPResponse:
    """The sheet. Args: revealed: the id, in the one answer that shows it; by_two: a second person has said yes."""
    page = await parts_of(request).read_escalations.sheet(escalation_id, member)
    shown = view.lines(page)
    return await page_of(
        request,
        member,
        "escalations_sheet.html",
        here="escalations",
        at=f"{ROOT}/escalations/{escalation_id}",
        page=page,
        head=view.head(page.escalation, None, page.at, member),
        raised=view.full(page.escalation.raised_at),
        made=view.full(page.at),
        opened=None if page.card is None else view.full(page.card.opened_at),
        wrote=None if page.card is None or page.card.wrote_at is None else view.full(page.card.wrote_at),
        channel=None if page.channel is None else CHANNELS[page.channel],
        urgent=[line for line in shown if line.author == "student" and line.urgent],
        places=record.locations(shown, page),
        facts=record.facts(page),
        calls=record.calls(page),
        address=None if revealed is None else revealed.address,
        due=None if revealed is None or by_two else spoken_moment(revealed.review_due_at, page.at),
    )
