"""Export what is kept for research: asked for with a purpose, approved by the board, taken once, never below k (KAG-8.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused, MoveRefused
from handoff.domain.research import USUAL_GROUP, ResearchTable, anonymous
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store
from handoff.services.requests.data_request_verb import checked_words
from handoff.services.requests.form_key import act_id
from handoff.services.retention_ports import ResearchExport
from handoff.services.setting import Setting

#: An approval is for now: what is kept changes.
APPROVED_FOR: Final = timedelta(days=30)
HEADERS: Final = ("期間", "入口", "校種", "学年", "性別", "主訴", "危険度", "結果", "やりとりの数")
_PERIODS: Final = {"month": "月", "quarter": "四半期", "year": "年度"}


class AskExport:
    """Ask the board."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, purpose: str) -> UUID:
        """Give its id. Raises: NotPermitted, InputRefused."""
        member.check(Permission.KEEP_RETENTION)
        purpose, now = checked_words("purpose", purpose), self._setting.clock.now()
        made = act_id(key, purpose)
        async with self._store.transaction() as tx:
            if await tx.research.ask(ResearchExport(made, self._setting.profile.id, purpose, member.id, now)):
                await tx.audit.add(now, member.actor, "ask_research", None, export=str(made), length=len(purpose))
        return made


class DecideExport:
    """The board's answer."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, export_id: UUID, remark: str, *, yes: bool) -> None:
        """Raises: NotPermitted, NotFound, InputRefused. MoveRefused: it is decided already."""
        member.check(Permission.INSTRUCT)
        remark, now = checked_words("remark", remark), self._setting.clock.now()
        async with self._store.transaction() as tx:
            export = await tx.research.lock(self._setting.profile.id, export_id)
            if export.approved is not None:
                raise MoveRefused("decided", "decided", member.actor)
            await tx.research.save(replace(export, approved=yes, remark=remark, decided_by=member.id, decided_at=now))
            await tx.audit.add(
                now, member.actor, "decide_research", None, export=str(export_id), yes=yes, length=len(remark)
            )


class TakeExport:
    """Take what was approved, once; no combination of marks stands for fewer than ``k``."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, export_id: UUID) -> list[list[str]]:
        """A table with its headers. Raises: NotPermitted, NotFound. MoveRefused: not approved, or taken. InputRefused: too
        few lines to hide anybody among.
        """
        member.check(Permission.KEEP_RETENTION)
        now = self._setting.clock.now()
        group = self._setting.profile.keeping.research_group or USUAL_GROUP
        async with self._store.transaction() as tx:
            export = await tx.research.lock(self._setting.profile.id, export_id)
            if not may_take(export, now):
                raise MoveRefused("research", "export", member.actor)
            table = anonymous(await tx.research.records(), group)
            if table is None:
                raise InputRefused(
                    "export",
                    f"同じ組み合わせの人が{group}人以上になるまで、書き出せません。同意した人の記録がふえてから、もう一度ためしてください。",
                )
            given, left = len(table.records), table.left_out
            taken = replace(export, taken_by=member.id, taken_at=now, rows_given=given, rows_left_out=left)
            await tx.research.save(taken)
            await tx.audit.add(
                now, member.actor, "export_research", None,
                export=str(export_id), rows=given, left_out=left, group=group, period=table.period,
            )  # fmt: skip
        return table_of(table)


def may_take(export: ResearchExport, now: datetime) -> bool:
    """Whether it was approved, lately, and isn't taken yet."""
    if not export.approved or export.taken_at is not None or export.decided_at is None:
        return False
    return now - export.decided_at <= APPROVED_FOR


def table_of(table: ResearchTable) -> list[list[str]]:
    """The lines as cells, the kind of period in the first header."""
    headers = [f"{HEADERS[0]}（{_PERIODS[table.period]}のはじめの日）", *HEADERS[1:]]
    rows = [
        [
            one.month.isoformat(),
            one.channel,
            one.school_type or "",
            one.grade,
            one.gender,
            one.topic or "",
            one.level or "",
            one.outcome,
            "" if one.exchanges is None else str(one.exchanges),
        ]
        for one in table.records
    ]
    return [headers, *rows]
