"""Show the policy to people, and write down which version each of them saw and when (HOK-8.1, WG-10, TAJ-6(8)).

On LINE its address goes out with the notice on secrecy, wherever the bot says that: at the beginning of a consultation, and
when somebody asks. It is never added for somebody at risk, never pushed by itself, and costs no call. A line that LINE refused isn't
counted as seen. The pages of the web name the version that they link to, so it is noted where a talk is begun or a report
is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from handoff.domain.incoming import Channel, StoredEvent
from handoff.domain.outgoing import Line, calls
from handoff.domain.policy import PolicySeen, PolicyVersion, SeenBy
from handoff.domain.session import SessionView
from handoff.domain.texts import TextKey
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Below the service's address: the short page.
PATH: Final = "/policy"


async def with_policy(
    tx: Transaction, setting: Setting, event: StoredEvent, session: SessionView, lines: Sequence[Line]
) -> Sequence[Line]:
    """The bot's lines, with the policy's address behind the notice on secrecy where there is one to tell.

    Who saw an earlier version hears once that the rules changed; who asks again gets the address again.
    """
    notice = setting.profile.disclosure_notice()
    place = next((number for number, line in enumerate(lines, 1) if notice in line.text), None)
    if place is None or event.channel is not Channel.LINE or session.is_urgent or not setting.public_url:
        return lines
    now = setting.clock.now()
    version = await tx.policies.in_force(setting.profile.id, now)
    if version is None or await tx.requests.disposals.has_open_escalation(event.contact_id):
        return lines
    changed = is_new_to(version, await tx.policies.seen(event.contact_id))
    key = TextKey.POLICY_CHANGED if changed else TextKey.POLICY_LINK
    await tx.policies.mark_seen(event.contact_id, version.id, now, SeenBy.LINE, event.id)
    return _behind(lines, place, setting.profile.text(key, policy_url=setting.public_url + PATH))


def _behind(lines: Sequence[Line], place: int, told: str) -> Sequence[Line]:
    """The lines with one more behind so many; in the bubble before it where a message of its own would cost a call, which
    no free reply takes.
    """
    grown = [*lines[:place], Line(told), *lines[place:]]
    if len(tuple(calls(grown))) == len(tuple(calls(lines))):
        return grown
    before = lines[place - 1]
    return [*lines[: place - 1], replace(before, text=f"{before.text}\n{told}"), *lines[place:]]


def is_new_to(version: PolicyVersion, seen: Sequence[PolicySeen]) -> bool:
    """Whether somebody knows an earlier version of this profile and not this one."""
    known = {one.policy_id for one in seen if one.arrived is not False}
    return bool(known) and version.id not in known


async def note_shown(tx: Transaction, setting: Setting, contact_id: UUID, way: SeenBy) -> None:
    """Note that the pages on which this contact just wrote named the version that holds now, if any does."""
    now = setting.clock.now()
    version = await tx.policies.in_force(setting.profile.id, now)
    if version is not None:
        await tx.policies.mark_seen(contact_id, version.id, now, way, None)


class SeenPolicies:
    """What the page beside a talk says of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, contact_id: UUID) -> Sequence[PolicySeen]:
        """The newest first. The caller may open this contact's talk."""
        async with self._store.reading() as tx:
            return await tx.policies.seen(contact_id)
