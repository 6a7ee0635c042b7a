"""Retention's values as its pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.profile_in_words import KIND_WORDS
from handoff.domain.retention import Due
from handoff.domain.retention_hold import REVIEW
from handoff.domain.retention_words import CAUSE_WORDS, HELD_WORDS, HOLD_WORDS
from handoff.services.request_ports import LegalHold
from handoff.services.retention.export_research import may_take
from handoff.services.retention.list_due import Outlook
from handoff.services.retention_ports import Disposal, Hold, ResearchExport, Run
from handoff.web.desk.form_pages import day_words, moment_words

#: Who started a run.
_BY: Final = {"worker": "自動", "command": "手で"}


def outlook_view(one: Outlook, today: date) -> dict[str, Any]:
    """A row of what is due."""
    return {
        "kind": KIND_WORDS[str(one.kind)],
        "days": one.days,
        "now": one.now,
        "soon": one.soon,
        "held": one.held_count,
        "first": "" if one.first_at is None else day_words(one.first_at.astimezone(ZONE).date(), today),
        "reasons": [(HELD_WORDS[reason], count) for reason, count in one.held.most_common()],
    }


def due_view(one: Due, today: date, now: datetime) -> dict[str, Any]:
    """When one kind of a talk's records goes, and why not yet."""
    day = one.at.astimezone(ZONE).date()
    return {
        "kind": KIND_WORDS[str(one.kind)],
        "day": f"{day.year}年{day_words(day)}",
        "goes": one.goes(now),
        "reasons": [HELD_WORDS[reason] for reason in sorted(one.held)],
    }


def hold_view(one: Hold | LegalHold, today: date, by: str) -> dict[str, Any]:
    """A hold; its reason is empty for who may not read it."""
    until = one.until
    session = one.session_id if isinstance(one, Hold) else None
    return {
        "id": str(one.id),
        "kind": HOLD_WORDS[one.kind],
        "until": "終わりの日なし（見直してください）" if until is None else f"{until.year}年{day_words(until)}まで",
        "soon": until is None or until - today <= REVIEW,
        "reason": one.reason,
        "by": by,
        "at": moment_words(one.placed_at, today),
        "session": "" if session is None else str(session),
    }


def disposal_view(one: Disposal, aliases: Mapping[UUID, str], today: date) -> dict[str, Any]:
    """A row of a proof."""
    return {
        "day": day_words(one.day, today),
        "iso": one.day.isoformat(),
        "kind": KIND_WORDS[str(Kept(one.kind))],
        "cause": CAUSE_WORDS[one.cause],
        "count": one.count,
        "by": "・".join(aliases[who] for who in (one.decided_by, one.second_by) if who is not None),
    }


def run_view(one: Run, today: date) -> dict[str, Any]:
    """A row of the runs."""
    return {
        "at": moment_words(one.at, today),
        "by": _BY.get(one.by, one.by),
        "ended": one.ended,
        "disposed": one.disposed,
        "held": one.held,
        "failed": one.failed,
    }


def export_view(one: ResearchExport, aliases: Mapping[UUID, str], today: date, now: datetime) -> dict[str, Any]:
    """A wish to export, and what became of it."""
    if one.approved is None:
        state = "教育委員会の承認を待っています"
    elif not one.approved:
        state = "認められませんでした"
    elif one.taken_at is not None:
        state = "書き出しました"
    else:
        state = "承認されました" if may_take(one, now) else "承認から30日たちました（もう一度たずねてください）"
    return {
        "id": str(one.id),
        "purpose": one.purpose,
        "by": aliases[one.made_by],
        "at": moment_words(one.made_at, today),
        "state": state,
        "remark": one.remark,
        "decided": "" if one.decided_by is None else aliases[one.decided_by],
        "waits": one.approved is None,
        "takes": may_take(one, now),
        "given": one.rows_given,
        "left_out": one.rows_left_out,
    }
