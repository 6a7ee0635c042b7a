"""Write the board's words, publish a version, and see what has changed since (HOK-8.1, TAJ-6(8), WG-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE
from handoff.domain.policy import (
    BoardWords,
    Difference,
    Draft,
    PolicyText,
    PolicyVersion,
    check_publication,
    differences,
    in_force,
)
from handoff.domain.policy_text import policy_text
from handoff.domain.profile import Profile
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

_STALE = "書いているあいだに、ほかの人が変えました。下の新しい内容を確かめてから、もう一度保存してください。"


@dataclass(frozen=True, slots=True)
class PolicyBoard:
    """What the desk's page shows.

    Attributes: current: the version that holds, None before the first; coming: announced, the next first; versions: all,
    the newest first; draft: the board's words for the next one; next_text: what would be published now; changes: how that
    differs from the version that begins last, empty where nothing does.
    """

    now: datetime
    current: PolicyVersion | None
    coming: Sequence[PolicyVersion]
    versions: Sequence[PolicyVersion]
    draft: Draft
    next_text: PolicyText
    changes: Sequence[Difference]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Publication:
    """What somebody says who publishes. key: the same for a form that is sent again; revision: of the draft that they saw;
    shown: fingerprint of the text that they saw; holds_from: None: from now on.
    """

    key: UUID
    revision: int
    shown: str
    note: str
    approved_by: str
    approved_on: date
    holds_from: datetime | None


class ReadPolicies:
    """The desk's page."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember) -> PolicyBoard:
        """Raises: NotPermitted."""
        member.check(Permission.READ_DOCUMENTS)
        await self._setting.refresh()
        now, profile = self._setting.clock.now(), self._setting.profile
        async with self._store.reading() as tx:
            versions, draft = await tx.policies.of(profile.id), await tx.policies.draft(profile.id)
            people = [*(one.published_by for one in versions), draft.changed_by]
            aliases = await aliases_of(tx, await tx.staff.everybody(), people)
        coming = sorted((one for one in versions if one.holds_from > now), key=lambda one: (one.holds_from, one.number))
        text = _next_text(profile, draft.words, now)
        newest = coming[-1] if coming else in_force(versions, now)
        return PolicyBoard(
            now=now,
            current=in_force(versions, now),
            coming=coming,
            versions=versions,
            draft=draft,
            next_text=text,
            changes=() if newest is None else differences(newest.text, text),
            aliases=aliases,
        )


class KeepWords:
    """Write the board's own words for the next version."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, words: BoardWords, revision: int) -> bool:
        """Give whether anything changed. Args: revision: of the draft that they began from.

        Raises: NotPermitted. InputRefused: too long, a promise nobody can keep, or somebody else wrote meanwhile.
        """
        member.check(Permission.KEEP_POLICY)
        words, now, profile = words.checked(), self._setting.clock.now(), self._setting.profile.id
        async with self._store.transaction() as tx:
            await tx.policies.hold(profile)
            before = await tx.policies.draft(profile)
            if words == before.words:
                return False  # the same form again, too
            if revision != before.revision:
                raise InputRefused("revision", _STALE)
            draft = Draft(words, before.revision + 1, member.id, now)
            await tx.policies.keep_draft(profile, draft)
            await tx.audit.add(now, member.actor, "write_policy", None, profile=profile, revision=draft.revision)
            return True


class PublishPolicy:
    """Publish what the page showed as the next version; from then on it never changes."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, asked: Publication) -> PolicyVersion:
        """Give the version; the same form again gives the same one.

        Raises: NotPermitted. InputRefused: what ``check_publication`` refuses, or not the text that they saw.
        """
        member.check(Permission.KEEP_POLICY)
        await self._setting.refresh(anew=True)
        now, profile = self._setting.clock.now(), self._setting.profile
        note, approved_by = asked.note.strip(), asked.approved_by.strip()
        async with self._store.transaction() as tx:
            await tx.policies.hold(profile.id)
            already = await tx.policies.get(asked.key)
            if already is not None:
                return already
            draft, versions = await tx.policies.draft(profile.id), await tx.policies.of(profile.id)
            text = _next_text(profile, draft.words, now)
            holds_from = asked.holds_from or now
            check_publication(
                text, note, approved_by, asked.approved_on, holds_from, now.astimezone(ZONE), first=not versions
            )
            if draft.revision != asked.revision or text.fingerprint != asked.shown:
                raise InputRefused(
                    "shown",
                    "公開する文が、画面に出ていたものから変わっています。下の文を確かめてから、もう一度公開してください。",
                )
            held = in_force(versions, holds_from)
            if held is not None and held.text == text:
                raise InputRefused("shown", "そのときの版と同じ文です。変わったところがないので、公開しませんでした。")
            version = PolicyVersion(
                id=asked.key,
                profile=profile.id,
                number=versions[0].number + 1 if versions else 1,
                text=text,
                holds_from=holds_from,
                note=note,
                approved_by=approved_by,
                approved_on=asked.approved_on,
                published_by=member.id,
                published_at=now,
            )
            await _add(tx, member, version)
        return version


async def _add(tx: Transaction, member: StaffMember, version: PolicyVersion) -> None:
    await tx.policies.add(version)
    await tx.audit.add(
        version.published_at,
        member.actor,
        "publish_policy",
        None,
        policy=str(version.id),
        profile=version.profile,
        number=version.number,
        holds_from=version.holds_from.isoformat(),
        approved_on=version.approved_on.isoformat(),
    )


def _next_text(profile: Profile, words: BoardWords, now: datetime) -> PolicyText:
    return policy_text(profile, words, now.astimezone(ZONE).date())
