"""What can be done with one report, by the last word of its form's address: which fields each form has, and its verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from handoff.domain.coding import TopicCode, Way
from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.profile.vocabulary import Agency, ReportingClass
from handoff.domain.staff import StaffMember
from handoff.domain.wrap_up import WithoutConsent
from handoff.services.desk.reports.hand_over_report import Telling
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form, id_of
from handoff.web.desk.report_parts import ReportDesk

#: Takes the report's id, who does it, the form and its key; gives another word for what is said than the address's.
type Act = Callable[[ReportDesk, UUID, StaffMember, Form, UUID], Awaitable[str | None]]


class _WithWords(Protocol):
    """A verb that needs nothing but words."""

    def __call__(self, report_id: UUID, member: StaffMember, words: str, key: UUID) -> Awaitable[object]: ...


def _words(field: str, verb: Callable[[ReportDesk], _WithWords]) -> Act:
    """The act whose form has one field, and ``key``."""

    async def act(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
        await verb(reports)(report_id, member, form.get(field, ""), key)

    return act


async def _take(reports: ReportDesk, report_id: UUID, member: StaffMember, _form: Form, key: UUID) -> None:
    """Be the one who works on it."""
    await reports.take(report_id, member, key)


async def _triage(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``reporting_class``, ``topic``."""
    decided = chosen(ReportingClass, form, "reporting_class", "報告区分を選んでください。")
    topic = chosen(TopicCode, form, "topic", "内容を選んでください。")
    await reports.triage(report_id, member, decided, topic, key)


async def _hand_over(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``to``, ``way``, ``at``, ``words``, ``agreed``, ``decided`` with ``supervisor``, ``board``, ``reason``,
    ``source_protected``.
    """
    decision = None
    if form.get("decided"):
        decision = WithoutConsent(
            form.get("supervisor", ""),
            form.get("board", ""),
            form.get("reason", ""),
            source_protected=bool(form.get("source_protected")),
        )
    telling = Telling(
        chosen(Agency, form, "to", "渡す相手を選んでください。"),
        chosen(Way, form, "way", "どうやって伝えたかを選んでください。"),
        form.get("words", ""),
        _moment(form),
        agreed=bool(form.get("agreed")),
        decision=decision,
    )
    await reports.hand_over(report_id, member, telling, key)


def _moment(form: Form) -> datetime | None:
    """When it was told, in Japan's time; None where the field is empty. Raises: InputRefused."""
    told = form.get("at", "").strip()
    if not told:
        return None
    try:
        return datetime.fromisoformat(told).replace(tzinfo=ZONE)
    except ValueError:
        raise InputRefused("at", "日時を「2026-11-20T18:30」の形で入れてください。") from None


async def _school(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``school``: a code of the register, empty for none of them; ``was``: what was chosen on that page."""
    if "school" not in form:
        raise InputRefused("school", "候補の中から選ぶか、「どれでもない」を選んでください。")
    await reports.school(report_id, member, form.get("school", ""), form.get("was", ""), key)


async def _link(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``other``: a report on the same matter."""
    await reports.link(report_id, id_of(form, "other"), member, key)


async def _unlink(reports: ReportDesk, report_id: UUID, member: StaffMember, _form: Form, key: UUID) -> None:
    """It stands alone from now on."""
    await reports.link.unlink(report_id, member, key)


async def _close(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> str | None:
    """``close``: what came of it; ``seen``. At risk the first person asks and the second one finishes."""
    after = await reports.close(report_id, member, form.get("close", ""), key, form.get("seen", ""))
    return None if after.closed_at is not None else "asked"


async def _prank(reports: ReportDesk, report_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``prank``: why; ``seen``."""
    await reports.prank(report_id, member, form.get("prank", ""), key, form.get("seen", ""))


ACTS: Final[dict[str, Act]] = {
    "take": _take,
    "triage": _triage,
    "check": _words("check", lambda reports: reports.check),
    "answer": _words("answer", lambda reports: reports.answer),
    "hand-over": _hand_over,
    "note": _words("note", lambda reports: reports.note),
    "school": _school,
    "link": _link,
    "unlink": _unlink,
    "prank": _prank,
    "close": _close,
    "send-back": _words("returned", lambda reports: reports.close.send_back),
    "reopen": _words("reopen", lambda reports: reports.reopen),
}
