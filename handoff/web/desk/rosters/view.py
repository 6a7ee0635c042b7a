"""How the roster's records are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from handoff.domain.roster import (
    REQUIRED,
    SUBJECT_NAMES,
    TOLD_AHEAD,
    WAY_NAMES,
    Entry,
    Pledge,
    Subject,
    Training,
    in_force,
)
from handoff.domain.staff import ROLE_NAMES, Lack, lacks_of
from handoff.services.rosters.read_roster import Listed

#: Words that no key of this installation opens any more.
UNREADABLE: Final = "（開けませんでした）"


def day_of_year(day: date) -> str:
    """A day with its year: a list outlives the year in which it was printed."""
    return f"{day.year}年{day.month}月{day.day}日"


def role_words(entry: Entry) -> str:
    return ROLE_NAMES[entry.role] + ("（研修中）" if entry.trainee else "")


def entry_view(entry: Entry) -> dict[str, Any]:
    """One version."""
    return {
        "id": str(entry.id),
        "name": entry.real_name if entry.real_name is not None else UNREADABLE,
        "role": role_words(entry),
        "qualification": entry.qualification if entry.qualification is not None else UNREADABLE,
        "experience": entry.experience if entry.experience is not None else UNREADABLE,
        "years": entry.years,
        "from": day_of_year(entry.holds_from),
        "to": day_of_year(entry.valid_to),
        "announced": None if entry.announced_on is None else day_of_year(entry.announced_on),
        "way": None if entry.announced_way is None else WAY_NAMES[entry.announced_way],
    }


def versions_view(entries: Sequence[Entry], today: date) -> list[dict[str, Any]]:
    """All versions of one person, newest first, each with what it is today. entries: newest first."""
    holds = in_force(entries[::-1], today)
    return [entry_view(one) | _state(one, holds, today) for one in entries]


def _state(entry: Entry, holds: Entry | None, today: date) -> dict[str, Any]:
    waits = entry.withdrawn_at is None and not entry.is_announced
    ahead = entry.withdrawn_at is None and entry.is_announced and entry.holds_from > today
    if entry.withdrawn_at is not None:
        words = "取りやめ"
    elif waits:
        words = "届け出を待っています（まだ有効ではありません）"
    elif ahead:
        words = "届け出ずみ・これから始まります"
    elif holds is not None and holds.id == entry.id:
        words = "いま有効"
    else:
        words = "終わり"
    return {"state": words, "waits": waits, "open": waits or ahead, "now": holds is not None and holds.id == entry.id}


def training_view(training: Training, today: date) -> dict[str, Any]:
    """One training."""
    subject = SUBJECT_NAMES[training.subject]
    return {
        "id": str(training.id),
        "subject": f"{subject}：{training.title}" if training.title else subject,
        "on": day_of_year(training.held_on),
        "until": day_of_year(training.valid_until),
        "over": training.valid_until < today,
        "hours": f"{training.minutes / 60:.1f}".removesuffix(".0"),
        "by": training.by,
        "evidence": training.evidence,
    }


def pledge_view(pledge: Pledge) -> dict[str, Any]:
    """One pledge."""
    return {
        "on": day_of_year(pledge.on),
        "version": pledge.version,
        "place": None if pledge.on_screen else pledge.place or UNREADABLE,
    }


def subjects_view(trained: Mapping[Subject, date], role_needs: bool, today: date) -> list[dict[str, Any]]:
    """The required subjects: until when each holds, and whether that has to be said."""
    found = []
    for subject in REQUIRED:
        until = trained.get(subject)
        found.append(
            {
                "name": SUBJECT_NAMES[subject],
                "until": None if until is None else day_of_year(until),
                "soon": until is not None and until - today <= TOLD_AHEAD,
                "missing": until is None and role_needs,
            }
        )
    return found


def listed_view(one: Listed, day: date) -> dict[str, Any]:
    """One row of the list."""
    entry = one.entry or one.past
    shown = one.entry or next(iter(one.coming), None) or one.past
    needs = entry is not None and Lack.EMERGENCY in lacks_of(entry.role, listed=True, pledged=True, trained=())
    return {
        "id": str(one.staff_id),
        "alias": one.alias,
        "entry": None if shown is None else entry_view(shown),
        "holds": one.entry is not None,
        "soon": one.entry is not None and one.entry.valid_to - day <= TOLD_AHEAD,
        "why": _why(one, day),
        "changes": [entry_view(change) | {"waits": not change.is_announced} for change in one.coming],
        "pledge": None if one.pledge is None else pledge_view(one.pledge),
        "subjects": subjects_view(one.trained, needs, day),
        "trainings": [training_view(training, day) for training in one.trainings],
    }


def _why(one: Listed, day: date) -> str:
    """Why no entry holds."""
    if one.entry is not None:
        return ""
    if any(change.is_announced for change in one.coming):
        return "これから始まります"
    if one.coming:
        return "届け出を待っています"
    return "期間が終わりました" if one.past is not None else "まだ書かれていません"
