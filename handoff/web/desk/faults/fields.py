"""The fields of a fault's form: read from it, and shown in it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from handoff.domain.errors import InputRefused
from handoff.domain.fault import HINTS, Affected, Effect, FaultText, Hint, HintCode, Provider
from handoff.domain.hours import ZONE
from handoff.web.desk.form_pages import Form


def minute_of(form: Form, name: str) -> datetime | None:
    """A minute of a form, in Japan's time; None where it is empty. Raises: InputRefused."""
    told = form.get(name, "").strip()
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise InputRefused(name, "日にちと時刻を「2026-11-20T16:00」の形で入れてください。")
    return at.replace(tzinfo=ZONE)


def field_of(at: datetime | None) -> str:
    """A moment as a field of a form has it."""
    return "" if at is None else at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def needed(form: Form, name: str, what: str) -> datetime:
    """Raises: InputRefused."""
    at = minute_of(form, name)
    if at is None:
        raise InputRefused(name, f"{what}を入れてください。")
    return at


def text_of(form: Form) -> FaultText:
    """What was typed. Raises: InputRefused."""
    sessions = form.get("sessions", "").strip()
    if sessions and not (sessions.isascii() and sessions.isdigit() and len(sessions) < 9):
        raise InputRefused("sessions", "件数は、0以上の数で入れてください。わからないときは、空けてください。")
    try:
        affected, provider = Affected(form.get("affected", "")), Provider(form.get("provider", ""))
    except ValueError:
        raise InputRefused("affected", "子どもへの影響と、どこの障害かを選んでください。") from None
    return FaultText(
        began_at=needed(form, "began_at", "始まった日時"),
        estimated=form.get("estimated") == "yes",
        noticed_at=needed(form, "noticed_at", "気づいた日時"),
        noticed_by=form.get("noticed_by", ""),
        what=form.get("what", ""),
        effects=tuple(one for one in Effect if form.get(f"effect_{one}") == "yes"),
        affected=affected,
        sessions=int(sessions) if sessions else None,
        provider=provider,
        measures=form.get("measures", ""),
        restored_at=minute_of(form, "restored_at"),
        cause=form.get("cause", ""),
        prevention=form.get("prevention", ""),
    )


def typed_of(text: FaultText) -> dict[str, Any]:
    """A version as the form shows it."""
    return {
        "began_at": field_of(text.began_at),
        "estimated": "yes" if text.estimated else "",
        "noticed_at": field_of(text.noticed_at),
        "noticed_by": text.noticed_by,
        "what": text.what,
        **{f"effect_{one}": "yes" for one in text.effects},
        "affected": str(text.affected),
        "sessions": "" if text.sessions is None else str(text.sessions),
        "provider": str(text.provider),
        "measures": text.measures,
        "restored_at": field_of(text.restored_at),
        "cause": text.cause,
        "prevention": text.prevention,
    }


def begun_with(hint: Hint | None, now: datetime) -> dict[str, Any]:
    """What a new fault's form begins with."""
    begun = {"noticed_at": field_of(now), "affected": str(Affected.UNKNOWN), "provider": str(Provider.UNKNOWN)}
    if hint is None:
        return begun
    words = HINTS[hint.code]
    return begun | {
        "hint": str(hint.code),
        "began_at": field_of(hint.first_at - timedelta(seconds=hint.first_at.second)),
        "estimated": "yes",
        "noticed_by": "このサービスの記録",
        "what": words.what,
        f"effect_{words.effect}": "yes",
        "provider": str(words.provider),
    }


def hint_code(told: str) -> HintCode | None:
    """A code of a form or an address; None where there is none."""
    try:
        return HintCode(told)
    except ValueError:
        return None
