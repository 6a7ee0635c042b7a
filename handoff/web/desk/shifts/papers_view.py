"""What the duty log, the daily report and the handover show, made from what the service gives; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from handoff.domain.coding import CLASS_NAMES, KIND_NAMES, OUTCOME_NAMES, TOPIC_NAMES
from handoff.domain.fact import Hours
from handoff.domain.other_ways import CHANNEL_NAMES
from handoff.domain.profile.vocabulary import AGENCY_NAMES
from handoff.domain.session import State
from handoff.domain.shift import STEP_NAMES
from handoff.domain.shift_papers import NONE, DailyReport
from handoff.domain.staff import ROLE_NAMES
from handoff.services.setting import Setting
from handoff.services.shifts.read_shift import DutyPage
from handoff.services.shifts.write_papers import DailyPage, HandoverPage
from handoff.web.desk.care import LEVELS
from handoff.web.desk.form_pages import day_words, moment_words, near_words
from handoff.web.desk.shifts.words import (
    LEVEL_ORDER,
    clock,
    duration,
    open_rows,
    opened_words,
    seconds_words,
    span_words,
)

_STATES: Final = {
    State.WAITING: "待っています",
    State.LEFT_MESSAGE: "伝言を残しました",
    State.LIVE: "話しています",
    State.WRAP_UP: "記録の前です",
}
_ALARM_STATES: Final = {
    "raised": "まだだれも受けていません",
    "acknowledged": "受けています",
    "in_contact": "連絡をとっています",
}
_LEVEL_NAMES: Final = {**LEVELS, NONE: "未判定"}
_HOURS: Final = {Hours.OPEN: "開いている時間", Hours.RECEPTION_OVER: "最終受付のあと", Hours.CLOSED: "閉まっている時間"}
#: A side of the daily report: its title, and its codes in words; None: as they are, in hours.
_SIDES: Final[tuple[tuple[str, str, Mapping[Any, str] | None], ...]] = (
    ("kind", "種類", KIND_NAMES),
    ("channel", "届いた方法", CHANNEL_NAMES),
    ("hours", "はじめの言葉が届いた時間", _HOURS),
    ("hour", "時間帯", None),
    ("outcome", "結果", OUTCOME_NAMES),
    ("level", "危険度", _LEVEL_NAMES),
    ("topic", "内容（主なもの）", {**TOPIC_NAMES, NONE: "わからない"}),
    ("reporting_class", "報告区分", {**CLASS_NAMES, NONE: "報告なし"}),
    ("agency", "連絡した機関", AGENCY_NAMES),
)


def duty_view(page: DutyPage, setting: Setting) -> dict[str, Any]:
    """The duty log."""
    day, staff = page.shift.day, setting.profile.staff
    corrected = {note.corrects for note in page.notes}
    return {
        "title_day": day_words(day),
        "people": [(one.alias, ROLE_NAMES[one.role], duration(one.minutes)) for one in page.people],
        "spans": [(alias, [span_words(one) for one in stretches]) for alias, stretches in page.spans],
        "least": staff.min_counsellors,
        "shortages": [
            (span_words((one.begins_at, one.ends_at)), one.missing, duration(one.minutes)) for one in page.shortages
        ],
        "short": duration(sum(one.minutes for one in page.shortages)),
        "missing": 0 if page.shift.closed_at is not None else page.staffing.missing,
        "over": page.shift.closed_at is not None,
        "steps": [(str(step), name) for step, name in STEP_NAMES.items()],
        "taken": [
            {
                "at": clock(one.at),
                "by": page.aliases[one.by],
                "step": "" if one.step is None else STEP_NAMES[one.step],
                "words": one.words,
            }
            for one in page.steps
        ],
        "notes": [
            {
                "id": str(note.id),
                "at": clock(note.at),
                "words": note.words or "（この文は開けませんでした）",
                "by": page.aliases[note.by],
                "made": moment_words(note.made_at, day),
                "corrects": next((clock(one.at) for one in page.notes if one.id == note.corrects), None),
                "corrected": note.id in corrected,
            }
            for note in page.notes
        ],
        "now": clock(page.now),
    }


def daily_view(page: DailyPage, typed: Mapping[str, str], *, writes: bool, again: bool) -> dict[str, Any]:
    """The daily report. again: a next version of a finished one is to be written."""
    found, paper = page.shown, page.paper
    return {
        "title_day": day_words(found.day),
        "found": found,
        "opened": opened_words(found.opened),
        "sides": _sides(found),
        "waits": [
            (_LEVEL_NAMES[one.level], one.count, seconds_words(one.median), seconds_words(one.longest))
            for one in found.waits
        ],
        "people": [(one.alias, ROLE_NAMES[one.role], duration(one.minutes)) for one in found.people],
        "shortages": [
            (span_words((one.begins_at, one.ends_at)), one.missing, duration(one.minutes)) for one in found.shortages
        ],
        "short": duration(found.short_minutes),
        "alarms": [(LEVELS[level], found.alarms[level]) for level in LEVEL_ORDER if level in found.alarms],
        "closures": [
            (moment_words(one.begins_at, found.day), moment_words(one.ends_at, found.day), one.announced)
            for one in found.closures
        ],
        "words": typed.get("words", page.words),
        "saved_words": page.words,
        "uncounted": page.uncounted,
        "stands": page.stands,
        "writes": writes and (not page.stands or again),
        "may_write": writes,
        "seen": typed.get("seen", "0" if paper is None else str(paper.version)),
        "made": moment_words(found.made_at, found.day),
        "by": page.by,
        "version": 0 if paper is None else paper.version,
        "versions": [(one.version, moment_words(one.at, found.day)) for one in page.versions],
    }


def _sides(found: DailyReport) -> list[tuple[str, list[tuple[str, int]]]]:
    sides = []
    for side, title, names in _SIDES:
        codes = found.counts.get(side, {})
        # In the order of the vocabulary; what it doesn't know any more comes last, as it was kept.
        order = [*(str(code) for code in names or ()), *sorted(codes)]
        rows = {
            code: (f"{int(code)}時台" if names is None else names.get(code, code), codes[code])
            for code in order
            if code in codes
        }
        if rows:
            sides.append((title, list(rows.values())))
    return sides


def handover_view(page: HandoverPage, typed: Mapping[str, str], *, writes: bool, again: bool) -> dict[str, Any]:
    """The handover."""
    found, paper, day = page.shown, page.paper, page.shift.day
    return {
        "title_day": day_words(day),
        "open": open_rows(found),
        "at_risk": [
            {
                "level": LEVELS["unscreened" if one.level is None else str(one.level)],
                "code": "unscreened" if one.level is None else str(one.level),
                "state": _STATES.get(one.state, ""),
                "to": f"/desk/?open={one.session_id}" if one.session_id in page.may_open else None,
            }
            for one in found.at_risk
        ],
        "tasks": [
            {
                "due": day_words(one.due_on, day),
                "near": near_words(one.due_on, day),
                "owner": one.owner,
                "to": f"/desk/talks/{one.session_id}/care" if one.session_id in page.may_open else None,
            }
            for one in found.tasks
        ],
        "alarms": [
            {
                "level": LEVELS[str(one.level)],
                "code": str(one.level),
                "state": _ALARM_STATES.get(one.state, ""),
                "at": moment_words(one.raised_at, day),
                "holder": one.holder,
                "to": f"/desk/escalations/{one.escalation_id}",
            }
            for one in found.alarms
        ],
        "words": typed.get("words", page.words),
        "saved_words": page.words,
        "stands": page.stands,
        "writes": writes and (not page.stands or again),
        "may_write": writes,
        "versions": [(one.version, moment_words(one.at, day)) for one in page.versions],
        "seen": typed.get("seen", "0" if paper is None else str(paper.version)),
        "made": moment_words(found.made_at, day),
        "by": page.by,
        "version": 0 if paper is None else paper.version,
        "readers": [(alias, moment_words(at, day)) for alias, at in page.readers],
        "gone": page.gone,
    }
