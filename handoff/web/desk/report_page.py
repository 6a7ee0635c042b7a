"""One report as a page, also after a form on it that was sent in vain; the routes are in ``reports``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sanic import Request
from sanic.response import HTTPResponse

from handoff.domain.hours import ZONE
from handoff.domain.report_telling import HANDOVER_LETTERS
from handoff.domain.report_triage import seen_of
from handoff.domain.school_names import LONGEST
from handoff.domain.staff import StaffMember
from handoff.services.desk.reports.answer_report import LONGEST_ANSWER
from handoff.services.desk.reports.choose_school import chosen_school
from handoff.services.desk.reports.hand_over_report import LONGEST_NAME, LONGEST_REASON
from handoff.services.desk.reports.read_reports import ReportPage
from handoff.services.desk.reports.step import LONGEST_WORDS
from handoff.web.desk import report_view as view
from handoff.web.desk.evidence_view import file_views
from handoff.web.desk.form_pages import Form, moment_words, new_key
from handoff.web.desk.guard import ROOT, parts_of
from handoff.web.desk.pages import page_of
from handoff.web.desk.sheet_view import school_choices

PAGE: Final = f"{ROOT}/reports"


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was sent in vain: its name, what was wrong in which field, and what was typed."""

    verb: str
    text: str
    field: str
    status: int
    typed: Form


async def one_page(
    request: Request[Any, Any],
    member: StaffMember,
    report_id: UUID,
    *,
    said: str | None = None,
    tried: Tried | None = None,
) -> HTTPResponse:
    """One report. Args: tried: the form that was sent in vain."""
    parts = parts_of(request)
    page = await parts.reports.read.page(report_id, member)
    report, profile = page.report, parts.setting.profile
    owner = None if report.owner_id is None else page.aliases.get(report.owner_id)
    here = page.at.astimezone(ZONE)
    can = view.can(page, member)
    return await page_of(
        request,
        member,
        "report_one.html",
        status=200 if tried is None else tried.status,
        here="reports",
        said=said,
        fault=None if tried is None else tried.text,
        at=f"{PAGE}/{report_id}",
        report=report,
        head=view.head(report, page.late, owner, member, page.at),
        due=view.due_words(report, profile, page.at, told=page.told),
        warnings=view.warnings(page),
        rows=view.answer_rows(report.answers),
        school=await _school(request, page, None if tried is None else tried.typed) if can["school"] else None,
        lines=[view.line(one, page.at) for one in page.lines],
        evidence=file_views(page.files),
        steps=[view.step(one, page) for one in page.steps],
        together=[(str(one.id), view.short(one, member, page.at)) for one in page.together],
        others=view.linkable(page, member),
        can=can,
        asked=None if page.asked is None else view.step(page.asked, page),
        escalation=page.escalation_id,
        apart=page.apart,
        seen=seen_of(report),
        wants_talk=page.card is not None and page.card.state in ("waiting", "live"),
        session=None if page.card is None else str(page.card.id),
        decided=None if report.decided_at is None else moment_words(report.decided_at, here.date()),
        version=page.version,
        key=new_key(),
        now=here.strftime("%Y-%m-%dT%H:%M"),
        tried=None if tried is None else tried.verb,
        wrong=None if tried is None else tried.field,
        typed={} if tried is None else tried.typed,
        longest={
            "words": LONGEST_WORDS,
            "answer": LONGEST_ANSWER,
            "handover": HANDOVER_LETTERS,
            "name": LONGEST_NAME,
            "reason": LONGEST_REASON,
        },
        **view.choices(profile),
    )


async def _school(request: Request[Any, Any], page: ReportPage, typed: Form | None) -> dict[str, Any]:
    """Schools to choose from, by ``?school=`` or by the words of the report; none is ever chosen for anybody (KAG-6.1キ)."""
    find = parts_of(request).schools.find
    looked_for = str(request.args.get("school", "")).strip()[:LONGEST]
    found = await find(looked_for or page.report.answers.school_name)
    kept = chosen_school(page.steps) or ""
    choices = school_choices(found, page.schools.get(kept), kept)
    told = kept if typed is None else typed.get("school", kept)
    return {
        "choices": choices,
        "kept": kept,
        "chosen": told if told in dict(choices) else kept,
        "looked_for": looked_for,
        "more": found.count - len(found.candidates),
    }
