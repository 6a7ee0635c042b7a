"""What the desk's scripts get: plain JSON, made in one place; texts are cut into pieces and never into HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from handoff.domain.hours import ZONE, spoken_moment
from handoff.domain.profile import Profile
from handoff.domain.queue import band_of
from handoff.domain.session import Owner
from handoff.services.desk.read_desk import Person
from handoff.services.desk_ports import FeedEntry, Note, Proposal
from handoff.services.desk_view_ports import Card, Care, DeskLine, EarlierSession
from handoff.web.alarm_marks import facts_of, marked
from handoff.web.desk.evidence_view import evidence_json

type Json = dict[str, Any]

#: Letters of the words that made a level, as the queue shows them.
LONGEST_EXCERPT = 80
_AROUND = 12


def when(at: datetime | None) -> str | None:
    """A moment for the scripts: ISO in Japan's time."""
    return None if at is None else at.astimezone(ZONE).isoformat(timespec="milliseconds")


def pieces(text: str, assessment: str | None) -> list[list[Any]]:
    """A text in pieces ``[words, marked]``: what the screen or the keywords found is marked."""
    return [[piece.text, piece.marked] for piece in marked(text, assessment)]


def excerpt(text: str, assessment: str | None) -> list[list[Any]]:
    """The marked words of a message with a little around them."""
    cut = pieces(text, assessment)
    found = [number for number, (_words, is_marked) in enumerate(cut) if is_marked]
    if not found:
        return [[text[:LONGEST_EXCERPT], False]]
    shown: list[list[Any]] = []
    for number in range(found[0] - 1, found[-1] + 2):
        if not 0 <= number < len(cut):
            continue
        words, is_marked = cut[number]
        if not is_marked and len(words) > 2 * _AROUND:
            words = (
                f"…{words[-_AROUND:]}"
                if number < found[0]
                else f"{words[:_AROUND]}…"
                if number > found[-1]
                else f"{words[:_AROUND]}…{words[-_AROUND:]}"
            )
        shown.append([words, is_marked])
    return shown


def categories_of(assessment: str | None) -> list[str]:
    """What kind of risk the screen saw."""
    try:
        read = json.loads(assessment) if assessment is not None else {}
    except ValueError:
        return []
    return [str(one) for one in read.get("categories", ())]


def age_band(intake: Mapping[str, str | None]) -> str:
    """Whom one talks with, as far as they told: a word for the queue."""
    grade, school, age = intake.get("grade"), intake.get("school_type"), intake.get("age")
    if intake.get("role") in ("guardian", "teacher"):
        return "保護者" if intake.get("role") == "guardian" else "教職員"
    if grade:
        return grade
    if school:
        return school
    return f"{age}歳" if age and age.isdigit() else "不明"


def alarm_json(entry: FeedEntry) -> Json:
    """Why somebody has to look, and at what."""
    told: Json = {"code": entry.detail.get("code"), "session": str(entry.session_id or "")}
    return told | ({"report": str(entry.detail["report"])} if "report" in entry.detail else {})


def card_json(card: Card, aliases: Mapping[UUID, str]) -> Json:
    """One session in the queue or a tab."""

    def person(member_id: UUID | None) -> Json | None:
        return None if member_id is None else {"id": str(member_id), "alias": aliases.get(member_id, "相談員")}

    return {
        "id": str(card.id),
        "state": card.state,
        "owner": card.owner,
        "epoch": card.epoch,
        "level": card.level,
        "unscreened": card.unscreened,
        "band": band_of(card.level, card.unscreened),
        "wanted": card.human_wanted,
        "one_way": card.one_way,
        "queued_at": when(card.queued_at),
        "called": card.called_back_at is not None,
        "returning": card.returning,
        "topic": card.intake.get("topic"),
        "intake": {name: value for name, value in card.intake.items() if name != "procedure"},
        "who": age_band(card.intake),
        "role": card.intake.get("role"),
        "opened_at": when(card.opened_at),
        "since": when(card.waiting_since or card.opened_at),
        "claimed_at": when(card.claimed_at),
        "taken_at": when(card.taken_at),
        "ended_at": when(card.ended_at),
        "ended_reason": card.ended_reason,
        "counsellor": {"id": None, "alias": "当番の人"} if card.owner is Owner.ON_CALL else person(card.counsellor_id),
        "second": person(card.second_id),
        "offered_to": person(card.offered_to),
        "evidence": [] if card.worst is None or card.level in (None, "none") else excerpt(*card.worst),
        "categories": [] if card.worst is None else categories_of(card.worst[1]),
        "wrote_at": when(card.wrote_at),
        "wrote_number": card.wrote_number,
        "heard_at": when(card.heard_at),
        "lines": card.lines,
        "escalation": None
        if card.escalation_id is None
        else {"id": str(card.escalation_id), "state": card.escalation, "deadline_at": when(card.deadline_at)},
        "frequent": card.frequent,
        "impersonation": card.impersonation,
        "planned": card.planned,
        "sheet": "signed" if card.sheet_signed else "filled" if card.sheet_filled else "open",
        "sheet_by": person(card.sheet_filled_by),
        "approvals": card.approvals,
        "earlier": card.earlier,
        "channel": card.channel,
        "drill": card.drill,
        "here": card.here,
        "blocked_until": when(card.blocked_until),
    }


def window_json(profile: Profile, now: datetime) -> Json:
    """The closure that holds now, for a line above the queue; nulls where none does."""
    closure = profile.hours.closure_at(now)
    until = None if closure is None else profile.hours.next_opening(now) or closure.ends_at
    return {"closed_until": when(until), "until_words": None if until is None else spoken_moment(until, now)}


def line_json(one: DeskLine) -> Json:
    """One line of a transcript. note: what stands in the place of words that are gone."""
    line = one.line
    note = None
    if line.hidden:
        note = "送信が取り消されました（内容は業務責任者が確認できます）。"
    elif line.removed:
        note = "送信が取り消されました。"
    elif line.text is None:
        note = "この行は開けませんでした。"
    return {
        "id": str(line.id),
        "session": str(one.session_id),
        "number": line.sequence,
        "author": line.author,
        "kind": line.kind,
        "pieces": [] if line.text is None else pieces(line.text, line.assessment),
        "note": note,
        "facts": list(facts_of(line)),
        "level": line.level,
        "categories": categories_of(line.assessment),
        "unscreened": line.unscreened,
        "edited": one.edited,
        "at": when(line.at),
        "delivery": one.delivery,
        "reason": one.reason,
        "next_at": when(one.next_at),
        "attempts": one.attempts,
        "evidence": None if one.evidence is None else evidence_json(one.evidence),
    }


def note_json(note: Note, aliases: Mapping[UUID, str]) -> Json:
    return {
        "id": str(note.id),
        "session": str(note.session_id),
        "kind": note.kind,
        "by": aliases.get(note.staff_id, "相談員"),
        "text": note.text,
        "at": when(note.at),
    }


def proposal_json(proposal: Proposal, aliases: Mapping[UUID, str]) -> Json:
    return {
        "id": str(proposal.id),
        "session": str(proposal.session_id),
        "by": aliases.get(proposal.staff_id, "相談員"),
        "by_id": str(proposal.staff_id),
        "text": proposal.text,
        "state": proposal.state,
        "remark": proposal.remark,
        "decided_by": None if proposal.decided_by is None else aliases.get(proposal.decided_by, "業務責任者"),
        "at": when(proposal.at),
    }


def person_json(person: Person) -> Json:
    member = person.member
    return {
        "id": str(member.id),
        "alias": member.alias,
        "role": member.role,
        "trainee": member.trainee,
        "on_duty": person.on_duty,
        "live": person.live,
        "spoke_at": when(person.spoke_at),
    }


def people_json(people: Sequence[Person]) -> list[Json]:
    return [person_json(person) for person in people]


def care_json(care: Care, aliases: Mapping[UUID, str]) -> Json:
    return {
        "plan": care.plan,
        "way": care.way,
        "frequent": care.frequent,
        "impersonation": care.impersonation,
        "by": None if care.updated_by is None else aliases.get(care.updated_by, "相談員"),
        "at": when(care.updated_at),
    }


def earlier_json(session: EarlierSession, aliases: Mapping[UUID, str]) -> Json:
    summary = ""
    if session.sheet is not None:
        summary = str(json.loads(session.sheet).get("summary", ""))
    return {
        "id": str(session.id),
        "opened_at": when(session.opened_at),
        "closed_at": when(session.closed_at),
        "state": session.state,
        "level": session.level,
        "by": None if session.counsellor_id is None else aliases.get(session.counsellor_id, "相談員"),
        "summary": summary,
        "has_sheet": session.sheet is not None,
        "channel": session.channel,
    }
