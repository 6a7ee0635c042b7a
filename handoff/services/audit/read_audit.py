"""Who did what, for whoever looks after it; that they looked is on record as well."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.audit import AuditEntry
from handoff.domain.audit_words import ACTOR_WORDS, Group, verbs_of
from handoff.domain.errors import InputRefused
from handoff.domain.report_receipt import canonical
from handoff.domain.staff import Permission, StaffMember
from handoff.services.audit_ports import Asked
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Rows on one page.
PAGE: Final = 100
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STAFF: Final = re.compile(rf"staff:({_ID.pattern})")


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """What a form asks; empty for all. who: an actor; group: a code of ``Group``; about: a session's id or the address of
    its page, or a report's receipt; before: only rows older than this sequence.
    """

    who: str = ""
    group: str = ""
    about: str = ""
    first: date | None = None
    last: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Rows, the newest first. further: where older ones begin, None where there are none; people: everybody with an account."""

    now: datetime
    entries: Sequence[AuditEntry]
    further: int | None
    people: Sequence[StaffMember]
    aliases: Mapping[UUID, str]


def staff_id(actor: str) -> UUID | None:
    """Whose id an actor holds; None for anybody who isn't of the team."""
    found = _STAFF.fullmatch(actor)
    return None if found is None else UUID(found[1])


class ReadAudit:
    """The page's read."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, question: AuditQuestion) -> AuditPage:
        """Raises: NotPermitted. InputRefused: what is asked for can't be."""
        member.check(Permission.READ_AUDIT)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            asked = await self._asked(tx, question)
            found = await tx.audit_pages.find(asked, PAGE + 1)
            entries = found[:PAGE]
            people = await tx.staff.everybody()
            aliases = await aliases_of(tx, people, [staff_id(one.actor) for one in entries])
            await tx.audit.add(
                now,
                member.actor,
                "read_audit",
                asked.session_id,
                rows=len(entries),
                who=asked.actor,
                group=question.group or None,
                first=None if asked.first is None else asked.first.isoformat(),
                last=None if asked.last is None else asked.last.isoformat(),
                before=asked.before,
            )
        further = entries[-1].sequence if len(found) > PAGE else None
        return AuditPage(now, entries, further, people, aliases)

    async def _asked(self, tx: Transaction, question: AuditQuestion) -> Asked:
        if question.who and question.who not in ACTOR_WORDS and staff_id(question.who) is None:
            raise InputRefused("who", "だれのことかを、一覧から選んでください。")
        verbs = None
        if question.group:
            try:
                verbs = verbs_of(Group(question.group))
            except ValueError:
                raise InputRefused("group", "何をしたかを、一覧から選んでください。") from None
        if question.first and question.last and question.first > question.last:
            raise InputRefused("last", "終わりの日を、始まりの日よりあとにしてください。")
        return Asked(
            actor=question.who or None,
            verbs=verbs,
            session_id=await self._session(tx, question.about.strip()),
            first=question.first,
            last=question.last,
            before=question.before,
        )

    @staticmethod
    async def _session(tx: Transaction, about: str) -> UUID | None:
        if not about:
            return None
        ids, receipt = _ID.findall(about.lower()), canonical(about)
        if ids:
            return UUID(ids[-1])
        report = None if receipt is None else await tx.reports.by_receipt(receipt)
        if report is None:
            raise InputRefused("about", "見つかりません。相談の番号か、通報の受付番号を、そのまま写してください。")
        return (await tx.reports.find(report)).session_id
