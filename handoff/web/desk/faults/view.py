"""What the pages of faults and drills show, made from what the services give; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from handoff.domain.drill import Drill, Ending
from handoff.domain.fault import (
    AFFECTED_NAMES,
    EFFECT_NAMES,
    HINTS,
    PROVIDER_NAMES,
    STATE_NAMES,
    WAY_NAMES,
    Fault,
    FaultText,
    Hint,
)
from handoff.domain.hours import ZONE
from handoff.services.faults.read_faults import DrillPage, FaultList, FaultPage
from handoff.web.desk.form_pages import moment_words

_UNREADABLE = "（この記録は開けませんでした。管理者に知らせてください）"


def fault_row(fault: Fault, shown: FaultList) -> dict[str, Any]:
    """A fault in the list."""
    today = shown.now.astimezone(ZONE).date()
    text, told = fault.text, shown.reported.get(fault.id)
    return {
        "id": str(fault.id),
        "state": str(fault.state),
        "state_name": STATE_NAMES[fault.state],
        "began": "" if text is None else moment_words(text.began_at, today),
        "effects": _UNREADABLE if text is None else "、".join(EFFECT_NAMES[one] for one in text.effects),
        "provider": "" if text is None else PROVIDER_NAMES[text.provider],
        "told": "" if told is None else moment_words(told, today),
        "tells": fault.tells,
        "finished": fault.finished is not None,
    }


def hint_row(hint: Hint, now: datetime) -> dict[str, Any]:
    """Something that was noticed."""
    today = now.astimezone(ZONE).date()
    first, last = moment_words(hint.first_at, today), moment_words(hint.last_at, today)
    return {
        "code": str(hint.code),
        "told": HINTS[hint.code].told,
        "count": hint.count,
        "when": first if first == last else f"{first} から {last} まで",
        "through": hint.last_at.isoformat(),
    }


def drill_row(drill: Drill, shown: FaultList) -> dict[str, Any]:
    """A drill in the list."""
    today, script = shown.now.astimezone(ZONE).date(), shown.scripts.get(drill.script)
    return {
        "id": str(drill.id),
        "title": drill.script if script is None else script.title,
        "started": moment_words(drill.started_at, today),
        "by": shown.aliases.get(drill.started_by, ""),
        "state": ending_words(drill),
        "running": drill.ended_at is None,
        "words": bool(drill.words),
    }


def ending_words(drill: Drill) -> str:
    """How far a drill is."""
    if drill.ended_at is None:
        return "進んでいます"
    return "終わりました" if drill.ending is Ending.DONE else "途中で止めました"


def span_words(since: datetime, at: datetime) -> str:
    """A time since the start, in minutes and seconds."""
    minutes, seconds = divmod(max(0, int((at - since).total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}時間{minutes}分" if hours else f"{minutes}分{seconds:02}秒"


def fault_rows(text: FaultText, now: datetime) -> list[tuple[str, str]]:
    """A version as the report has it, headings and texts."""
    today = now.astimezone(ZONE).date()
    sessions = "" if text.sessions is None else f"（およそ{text.sessions}件）"
    guess = "ごろ（推定）" if text.estimated else ""
    return [
        ("始まった日時", moment_words(text.began_at, today) + guess),
        ("気づいた日時", f"{moment_words(text.noticed_at, today)}（{text.noticed_by}）"),
        ("何が起きたか", text.what),
        ("できなかったこと", "、".join(EFFECT_NAMES[one] for one in text.effects)),
        ("子どもへの影響", AFFECTED_NAMES[text.affected] + sessions),
        ("どこの障害か", PROVIDER_NAMES[text.provider]),
        ("とった対応", text.measures or "（まだ書いていません）"),
        ("復旧した日時", "まだ復旧していません" if text.restored_at is None else moment_words(text.restored_at, today)),
        ("原因", text.cause or "（調べています）"),
        ("再発を防ぐこと", text.prevention or "（考えています）"),
    ]


def report_rows(page: FaultPage) -> list[dict[str, Any]]:
    """What the board was told."""
    today = page.now.astimezone(ZONE).date()
    return [
        {
            "at": moment_words(one.at, today),
            "way": WAY_NAMES[one.way],
            "to": one.to,
            "told": one.told,
            "reply": one.reply,
            "version": one.version,
            "by": page.aliases.get(one.by, ""),
        }
        for one in page.reports
    ]


def version_rows(page: FaultPage) -> list[dict[str, Any]]:
    """Who wrote which version when; the newest first, with what it changed."""
    today, rows = page.now.astimezone(ZONE).date(), []
    before: Mapping[str, str] = {}
    for one in page.versions:
        now = {} if one.text is None else dict(fault_rows(one.text, page.now))
        changed = [name for name, text in now.items() if before and before.get(name) != text]
        rows.append(
            {
                "number": one.number,
                "by": page.aliases.get(one.by, ""),
                "at": moment_words(one.at, today),
                "changed": "、".join(changed),
                "finished": one.number == page.fault.finished,
            }
        )
        before = now
    return rows[::-1]


def fault_shown(page: FaultPage) -> dict[str, Any]:
    """One fault."""
    fault, today = page.fault, page.now.astimezone(ZONE).date()
    shown = page.shown
    return {
        "id": str(fault.id),
        "number": fault.id.hex[:8],
        "state": str(fault.state),
        "state_name": STATE_NAMES[fault.state],
        "version": None if shown is None else shown.number,
        "written": "" if shown is None else moment_words(shown.at, today),
        "draft": page.draft,
        "rows": [] if shown is None or shown.text is None else fault_rows(shown.text, page.now),
        "unreadable": shown is not None and shown.text is None,
        "reports": report_rows(page),
        "versions": version_rows(page),
        "notice": fault.notice,
        "tells": fault.tells,
        "closed": "" if fault.closed_at is None else moment_words(fault.closed_at, today),
        "closed_by": _who(page.aliases, fault.closed_by),
    }


def drill_shown(page: DrillPage) -> dict[str, Any]:
    """What a drill came to."""
    drill, script, today = page.drill, page.script, page.now.astimezone(ZONE).date()
    return {
        "id": str(drill.id),
        "title": drill.script if script is None else script.title,
        "aim": "" if script is None else script.aim,
        "lines": drill.step,
        "all_lines": None if script is None else len(script.steps),
        "started": moment_words(drill.started_at, today),
        "by": _who(page.aliases, drill.started_by),
        "ended": "" if drill.ended_at is None else moment_words(drill.ended_at, today),
        "ended_by": _who(page.aliases, drill.ended_by),
        "running": drill.ended_at is None,
        "state": ending_words(drill),
        "paused": page.paused,
        "session": "" if page.session_id is None else str(page.session_id),
        "done": [
            {
                "name": one.expected.name,
                "limit": "" if one.expected.minutes is None else f"{one.expected.minutes}分以内",
                "at": "" if one.at is None else moment_words(one.at, today),
                "after": "" if one.at is None else span_words(drill.started_at, one.at),
                "state": "open" if one.at is None else "late" if one.late else "done",
                "searched": "・".join(one.expected.words),
            }
            for one in page.done
        ],
        "words": drill.words,
        "words_by": _who(page.aliases, drill.words_by),
        "words_at": "" if drill.words_at is None else moment_words(drill.words_at, today),
        "version": drill.version,
    }


def _who(aliases: Mapping[UUID, str], member_id: UUID | None) -> str:
    return "" if member_id is None else aliases.get(member_id, "")
