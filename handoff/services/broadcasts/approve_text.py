"""Texts that may go to everybody: proposed by us, approved by the board (HOK-5.3). Nothing is sent here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.broadcast import (
    LONGEST_NAME,
    LONGEST_REMARK,
    ON_PAPER,
    BroadcastText,
    Decision,
    Standing,
    Way,
    check_days,
    checked_kind,
    checked_words,
    day_of,
    in_use,
    standing_of,
)
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.hours import ZONE
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import BroadcastKind
from handoff.domain.staff import Permission, StaffMember
from handoff.services.broadcast_ports import Registration
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Texts on one page, beside those that hold.
MOST: Final = 50
#: Months that the page counts, this one among them.
MONTHS: Final = 12


async def approved(tx: Transaction, profile: Profile, kind: BroadcastKind, at: datetime) -> BroadcastText | None:
    """The text of a kind that may be sent at this moment; None where the board approved none, or allows no such text."""
    if kind not in (profile.broadcast.allowed or ()):
        return None
    return in_use(tuple(await tx.broadcasts.texts(profile.id, MOST)), kind, day_of(at))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of people, never anybody. recipients: who would get a broadcast now."""

    followers: int
    opted_out: int
    recipients: int
    months: Sequence[Registration]


@dataclass(frozen=True, slots=True)
class BroadcastPage:
    """What the page shows. allowed: the kinds that the board lets go to everybody; given: its words in the profile, to begin
    with; ever: how many texts there were, of which ``texts`` may be the newest; blocks: how many are in force.
    """

    now: datetime
    texts: Sequence[tuple[BroadcastText, Standing]]
    ever: int
    allowed: Sequence[BroadcastKind]
    given: Mapping[BroadcastKind, str]
    numbers: Numbers
    blocks: int
    aliases: Mapping[UUID, str]


def first_of(now: datetime) -> datetime:
    """The midnight in Japan with which the first of MONTHS begins."""
    months = now.astimezone(ZONE).year * 12 + now.astimezone(ZONE).month - MONTHS
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=ZONE)


class ReadBroadcasts:
    """The page of texts and numbers."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> BroadcastPage:
        """Raises: NotPermitted."""
        member.check(Permission.READ_DOCUMENTS)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.reading() as tx:
            texts = tuple(await tx.broadcasts.texts(profile.id, MOST))
            ever = await tx.broadcasts.count_texts(profile.id)
            numbers = Numbers(
                await tx.broadcasts.followers(),
                await tx.broadcasts.opted_out(),
                await tx.broadcasts.recipients_count(now),
                await tx.broadcasts.registrations(first_of(now)),
            )
            blocks, _ = await tx.blocks.counts(now)
            named = [person for one in texts for person in (one.proposed_by, one.decided_by, one.retired_by)]
            aliases = await aliases_of(tx, await tx.staff.everybody(), named)
        given = {
            BroadcastKind.PERIOD_AND_HOURS: profile.broadcast.period_and_hours_text or "",
            BroadcastKind.OPENING: profile.broadcast.opening_text or "",
        }
        standings = [(one, standing_of(one, texts, day_of(now))) for one in texts]
        return BroadcastPage(now, standings, ever, profile.broadcast.allowed or (), given, numbers, blocks, aliases)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody entered."""

    kind: str
    words: str
    begins_on: date | None
    ends_on: date | None


class ProposeText:
    """Put words before the board."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, key: UUID, proposal: Proposal) -> None:
        """Args: key: the same for a request that is sent again. Raises: NotPermitted, InputRefused."""
        member.check(Permission.KEEP_POLICY)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        kind = checked_kind(proposal.kind, profile.broadcast.allowed)
        words = checked_words(proposal.words)
        begins_on = check_days(proposal.begins_on, proposal.ends_on, day_of(now))
        text = BroadcastText(key, profile.id, kind, words, begins_on, proposal.ends_on, member.id, now)
        async with self._store.transaction() as tx:
            if await tx.broadcasts.add_text(text):
                await tx.audit.add(now, member.actor, "propose_text", None, text=str(key), kind=kind, length=len(words))


@dataclass(frozen=True, slots=True)
class Paper:
    """An approval that came another way: how, who of the board gave it, and on which day."""

    way: str
    approver: str
    approved_on: date | None

    def checked(self, today: date) -> tuple[Way, str, date]:
        """Raises: InputRefused."""
        way = next((one for one in ON_PAPER if one == self.way), None)
        if way is None:
            raise InputRefused("way", "どのように承認されたかを、一覧から選んでください。")
        approver = self.approver.strip()
        if not approver or len(approver) > LONGEST_NAME:
            raise InputRefused("approver", f"教育委員会のだれが承認したかを、{LONGEST_NAME}文字までで書いてください。")
        if self.approved_on is None or self.approved_on > today:
            raise InputRefused("approved_on", "承認された日を入れてください。先の日は入れられません。")
        return way, approver, self.approved_on


async def _ours(tx: Transaction, setting: Setting, text_id: UUID) -> BroadcastText:
    """A text of this service, locked. Raises: NotFound: there is none, or it is another service's."""
    text = await tx.broadcasts.lock_text(text_id)
    if text.profile != setting.profile.id:
        raise NotFound("another service's text")
    return text


class DecideText:
    """The board's word on a proposal, given on this page or written down for it; and taking a text out of use."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def approve(self, member: StaffMember, text_id: UUID) -> None:
        """By the board's own account. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.INSTRUCT)
        now = self._setting.clock.now()
        await self._decide(member, text_id, "approve_text", Decision.APPROVED, way=Way.ACCOUNT, approved_on=day_of(now))

    async def note_approval(self, member: StaffMember, text_id: UUID, paper: Paper) -> None:
        """Written down by us: who of the board, when and how. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.KEEP_POLICY)
        way, approver, approved_on = paper.checked(day_of(self._setting.clock.now()))
        await self._decide(
            member, text_id, "note_approval", Decision.APPROVED, way=way, approver=approver, approved_on=approved_on
        )

    async def refuse(self, member: StaffMember, text_id: UUID, remark: str) -> None:
        """By the board's own account, with what has to change. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.INSTRUCT)
        remark = remark.strip()
        if not remark or len(remark) > LONGEST_REMARK:
            raise InputRefused("remark", f"直してほしいところを、{LONGEST_REMARK}文字までで書いてください。")
        await self._decide(member, text_id, "refuse_text", Decision.REFUSED, remark=remark)

    async def withdraw(self, member: StaffMember, text_id: UUID) -> None:
        """By us, before the board has said anything. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.KEEP_POLICY)
        await self._decide(member, text_id, "withdraw_text", Decision.WITHDRAWN)

    async def retire(self, member: StaffMember, text_id: UUID) -> None:
        """Take an approved text out of use, by us or the board; asked again, nothing changes. Raises: NotPermitted, NotFound."""
        if not member.may(Permission.INSTRUCT):
            member.check(Permission.KEEP_POLICY)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            text = await _ours(tx, self._setting, text_id)
            if text.decision is not Decision.APPROVED or text.retired_at is not None:
                return
            await tx.broadcasts.decide_text(replace(text, retired_at=now, retired_by=member.id))
            await tx.audit.add(now, member.actor, "retire_text", None, text=str(text_id))

    async def _decide(
        self,
        member: StaffMember,
        text_id: UUID,
        verb: str,
        decision: Decision,
        *,
        way: Way | None = None,
        approver: str = "",
        approved_on: date | None = None,
        remark: str = "",
    ) -> None:
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.transaction() as tx:
            text = await _ours(tx, self._setting, text_id)
            if (text.decision, text.decided_by) == (decision, member.id):
                return  # the same press again
            if text.decision is not None:
                raise InputRefused("text", "この文は、もう決まっています。画面を読み込み直してください。")
            if decision is Decision.APPROVED:
                # What the profile allows, or forbids to say, may have changed since.
                checked_kind(text.kind, profile.broadcast.allowed)
                checked_words(text.words)
            decided = replace(
                text,
                decision=decision,
                decided_at=now,
                decided_by=member.id,
                way=way,
                approver=approver,
                approved_on=approved_on,
                remark=remark,
            )
            await tx.broadcasts.decide_text(decided)
            await tx.audit.add(
                now,
                member.actor,
                verb,
                None,
                text=str(text_id),
                kind=text.kind,
                way=way,
                proposed_by=str(text.proposed_by),
            )
