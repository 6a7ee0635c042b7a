"""Counsellors' own phrases: kept for oneself, offered to all, and shared when a supervisor has read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.phrase import LONGEST_TITLE, Phrase, PhraseState, faults
from handoff.domain.staff import Permission, StaffMember
from handoff.services.care_ports import OwnPhrase
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

LONGEST_REMARK: Final = 300
#: Own phrases of one counsellor.
MOST: Final = 200
_SHORTCUT: Final = re.compile(r"[a-z]{2,8}")


@dataclass(frozen=True, slots=True)
class Written:
    """A phrase as somebody wrote it. topics, levels: codes; empty for any."""

    title: str
    shortcut: str
    text: str
    topics: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def parsed(self, phrase_id: UUID, owner_id: UUID) -> Phrase:
        """Raises: InputRefused: it names the field and what is wrong with it."""
        title, shortcut = " ".join(self.title.split()), self.shortcut.strip().removeprefix("/")
        if not title or len(title) > LONGEST_TITLE:
            raise InputRefused("title", f"題は1文字から{LONGEST_TITLE}文字までで書いてください。")
        if not _SHORTCUT.fullmatch(shortcut):
            raise InputRefused("shortcut", "ショートカットは、英小文字2〜8文字にしてください（例 omatase）。")
        wrong = faults(self.text)
        if wrong:
            raise InputRefused("text", f"この文は使えません。{'。'.join(wrong)}。")
        fields = {"id": f"own_{phrase_id.hex}", "title": title, "shortcut": shortcut, "text": self.text}
        try:
            return Phrase.parse(fields | {"topics": self.topics, "levels": self.levels}, owner=str(owner_id))
        except ValueError:
            raise InputRefused("topics", "相談の内容と危険度を、選び直してください。") from None


class KeepPhrase:
    """Write an own phrase, change it, drop it."""

    def __init__(self, store: Store, setting: Setting, shared: Sequence[Phrase]) -> None:
        """Args: shared: the phrases that come with the service."""
        self._store = store
        self._setting = setting
        self._shared = shared

    async def __call__(self, member: StaffMember, key: UUID, written: Written) -> None:
        """Keep a new one. Args: key: the same for a request that is sent again. Raises: NotPermitted, InputRefused."""
        member.check(Permission.SHARE)
        phrase, now = written.parsed(key, member.id), self._setting.clock.now()
        async with self._store.transaction() as tx:
            # One after the other for one person, so that no shortcut is given twice.
            await tx.staff.lock(member.id)
            own = await tx.phrases.of(member.id)
            if any(one.id == key for one in own):
                return
            if len(own) >= MOST:
                raise InputRefused("title", f"自分の定型文は{MOST}個までです。使わないものを消してください。")
            await check_shortcut(tx, self._shared, phrase, own)
            if await tx.phrases.add(OwnPhrase(key, phrase, member.id, PhraseState.PRIVATE, now)):
                await _note(tx, now, member, "keep_phrase", key, length=len(phrase.text))

    async def change(self, phrase_id: UUID, member: StaffMember, written: Written) -> None:
        """Change an own one; it has to be offered again. Raises: NotPermitted, NotFound, InputRefused.
        MoveRefused: all share it.
        """
        member.check(Permission.SHARE)
        phrase, now = written.parsed(phrase_id, member.id), self._setting.clock.now()
        async with self._store.transaction() as tx:
            await tx.staff.lock(member.id)
            own = await _own(tx, phrase_id, member)
            if own.state is PhraseState.SHARED:
                raise MoveRefused(own.state, PhraseState.PRIVATE, member.actor)
            if own.phrase == phrase:
                return
            await check_shortcut(tx, self._shared, phrase, await tx.phrases.of(member.id))
            await tx.phrases.save(OwnPhrase(phrase_id, phrase, member.id, PhraseState.PRIVATE, now))
            await _note(tx, now, member, "change_phrase", phrase_id, length=len(phrase.text))

    async def remove(self, phrase_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, NotFound. MoveRefused: all share it."""
        member.check(Permission.SHARE)
        async with self._store.transaction() as tx:
            own = await _own(tx, phrase_id, member)
            if own.state is PhraseState.SHARED:
                raise MoveRefused(own.state, "removed", member.actor)
            await tx.phrases.remove(phrase_id)
            await _note(tx, self._setting.clock.now(), member, "remove_phrase", phrase_id)


class OfferPhrase:
    """Offer an own phrase to all, or take the offer back."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, phrase_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, NotFound. MoveRefused: all share it already."""
        await self._move(phrase_id, member, PhraseState.OFFERED, "offer_phrase")

    async def withdraw(self, phrase_id: UUID, member: StaffMember) -> None:
        """Raises: NotPermitted, NotFound. MoveRefused: all share it."""
        await self._move(phrase_id, member, PhraseState.PRIVATE, "withdraw_phrase")

    async def _move(self, phrase_id: UUID, member: StaffMember, to: PhraseState, verb: str) -> None:
        member.check(Permission.SHARE)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            own = await _own(tx, phrase_id, member)
            if own.state is to:
                return
            if own.state is PhraseState.SHARED:
                raise MoveRefused(own.state, to, member.actor)
            await tx.phrases.save(OwnPhrase(phrase_id, own.phrase, member.id, to, now))
            await _note(tx, now, member, verb, phrase_id)


class ReviewPhrase:
    """The supervisor's verb: share a phrase that was offered, refuse it, or take a shared one back."""

    def __init__(self, store: Store, setting: Setting, shared: Sequence[Phrase]) -> None:
        """Args: shared: the phrases that come with the service."""
        self._store = store
        self._setting = setting
        self._shared = shared

    async def share(self, phrase_id: UUID, member: StaffMember, seen: datetime) -> None:
        """Args: seen: when what the supervisor read had been offered.

        Raises: NotPermitted, NotFound, OwnReview. MoveRefused: it isn't what they read, or isn't offered any more.
            InputRefused: its words or its shortcut can't be shared.
        """
        member.check(Permission.SUPERVISE)
        async with self._store.transaction() as tx:
            own = await _others(tx, phrase_id, member)
            if own.state is PhraseState.SHARED and own.reviewed_by == member.id:
                return
            self._check_offered(own, member, seen)
            wrong = faults(own.phrase.text)
            if wrong:
                raise InputRefused("text", f"この文は共有できません。{'。'.join(wrong)}。")
            await check_shortcut(tx, self._shared, own.phrase, ())
            await self._decide(tx, own, member, PhraseState.SHARED, "share_phrase")

    async def refuse(self, phrase_id: UUID, member: StaffMember, seen: datetime, remark: str) -> None:
        """Raises: NotPermitted, NotFound, OwnReview, MoveRefused as for ``share``. InputRefused: there is no remark."""
        member.check(Permission.SUPERVISE)
        async with self._store.transaction() as tx:
            own = await _others(tx, phrase_id, member)
            if own.state is PhraseState.REFUSED and own.reviewed_by == member.id:
                return
            self._check_offered(own, member, seen)
            await self._decide(tx, own, member, PhraseState.REFUSED, "refuse_phrase", _checked_remark(remark))

    async def take_back(self, phrase_id: UUID, member: StaffMember, remark: str) -> None:
        """Raises: NotPermitted, NotFound, InputRefused. MoveRefused: it isn't shared."""
        member.check(Permission.SUPERVISE)
        async with self._store.transaction() as tx:
            own = await _others(tx, phrase_id, member)
            if own.state is not PhraseState.SHARED:
                raise MoveRefused(own.state, PhraseState.REFUSED, member.actor)
            await self._decide(tx, own, member, PhraseState.REFUSED, "take_back_phrase", _checked_remark(remark))

    @staticmethod
    def _check_offered(own: OwnPhrase, member: StaffMember, seen: datetime) -> None:
        if own.state is not PhraseState.OFFERED or own.updated_at != seen:
            raise MoveRefused(own.state, PhraseState.SHARED, member.actor)
        if own.owner_id == member.id:
            error = OwnReview("own phrase")
            error.text = "自分の定型文は、ほかの業務責任者に確認してもらってください。"
            raise error

    async def _decide(
        self, tx: Transaction, own: OwnPhrase, member: StaffMember, to: PhraseState, verb: str, remark: str = ""
    ) -> None:
        now = self._setting.clock.now()
        await tx.phrases.save(
            replace(own, state=to, updated_at=now, reviewed_by=member.id, reviewed_at=now, remark=remark)
        )
        await _note(tx, now, member, verb, own.id, owner=str(own.owner_id))


async def check_shortcut(tx: Transaction, shared: Sequence[Phrase], phrase: Phrase, own: Sequence[OwnPhrase]) -> None:
    """Raises: InputRefused: the shortcut belongs to another phrase, one of all or one of these own ones."""
    ours = await tx.phrases.in_state(PhraseState.SHARED)
    for other in (*shared, *(one.phrase for one in (*ours, *own))):
        if other.shortcut == phrase.shortcut and other.id != phrase.id:
            raise InputRefused(
                "shortcut", f"「/{phrase.shortcut}」は「{other.title}」で使われています。ほかの文字にしてください。"
            )


def _checked_remark(remark: str) -> str:
    remark = remark.strip()
    if not remark or len(remark) > LONGEST_REMARK:
        raise InputRefused("remark", f"理由を、1文字から{LONGEST_REMARK}文字までで書いてください。書いた人が読みます。")
    return remark


async def _own(tx: Transaction, phrase_id: UUID, member: StaffMember) -> OwnPhrase:
    """An own phrase, locked; somebody else's looks like none. Raises: NotFound."""
    own = await tx.phrases.lock(phrase_id)
    if own.owner_id != member.id:
        raise NotFound("no such phrase")
    return own


async def _others(tx: Transaction, phrase_id: UUID, member: StaffMember) -> OwnPhrase:
    """A phrase that a supervisor may know of, locked: it was offered, or is shared; or it came to that before.

    Raises: NotFound: what somebody keeps for themselves looks like none.
    """
    own = await tx.phrases.lock(phrase_id)
    if (
        own.state in (PhraseState.OFFERED, PhraseState.SHARED)
        or own.reviewed_at is not None
        or own.owner_id == member.id
    ):
        return own
    raise NotFound("no such phrase")


async def _note(
    tx: Transaction, now: datetime, member: StaffMember, verb: str, phrase_id: UUID, **detail: object
) -> None:
    await tx.audit.add(now, member.actor, verb, None, phrase=str(phrase_id), **detail)
    tx.desk.tell(DeskEvent.PHRASE, None, phrase_id)
