"""Who follows since when, and who wants no broadcasts: as LINE tells it, as they write it, as they tell a counsellor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import UUID

from handoff.domain.block import Block
from handoff.domain.broadcast import Following, WishWay, wish_of
from handoff.domain.desk import DeskEvent
from handoff.domain.errors import InputRefused
from handoff.domain.incoming import Channel, MessageKind, StoredEvent, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.session import SessionView
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.services.broadcast_ports import Since, Wish
from handoff.services.desk.follow_up import card_for
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting


async def note_following(tx: Transaction, setting: Setting, event: StoredEvent, message: StudentMessage) -> None:
    """Keep that somebody begins or ceases to follow, once for each event; nothing where the message says neither."""
    if message.kind not in (MessageKind.FOLLOW, MessageKind.UNFOLLOW):
        return
    follows = message.kind is MessageKind.FOLLOW
    await tx.contacts.set_following(event.contact_id, follows)
    if event.channel is Channel.LINE:
        at = setting.clock.from_line(event.line_timestamp)
        await tx.broadcasts.note_following(event.id, event.contact_id, _kind(message, follows=follows), at)


def _kind(message: StudentMessage, *, follows: bool) -> Following:
    if not follows:
        return Following.UNFOLLOW
    again = message.detail is not None and json.loads(message.detail).get("isUnblocked") is True
    return Following.REFOLLOW if again else Following.FOLLOW


def wish_told(event: StoredEvent, message: StudentMessage) -> bool | None:
    """What a message on LINE says of broadcasts, where it says nothing else; only there they are sent."""
    return wish_of(message) if event.channel is Channel.LINE else None


async def take_wish(
    tx: Transaction, setting: Setting, session: SessionView, event: StoredEvent, wanted: bool
) -> list[Line]:
    """Keep what somebody wrote of broadcasts, within the transaction that finishes the event; give the answer."""
    now = setting.clock.now()
    await tx.broadcasts.add_wish(event.id, session.contact_id, Wish(wanted, WishWay.WORDS, None, now))
    await tx.audit.add(now, "student", "wish_broadcasts", session.id, wanted=wanted, way=WishWay.WORDS)
    tx.desk.tell(DeskEvent.CARE, session.id, session.contact_id)
    key = TextKey.BROADCASTS_WANTED if wanted else TextKey.BROADCASTS_STOPPED
    return [Line(setting.profile.text(key))]


@dataclass(frozen=True, slots=True)
class Registered:
    """What the page beside a talk shows of the contact. since: None for whoever isn't on LINE; block: the one in force."""

    since: Since | None
    wish: Wish | None
    block: Block | None


class ReadRegistered:
    """For whoever may open the care page."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> Registered:
        """Raises: NotPermitted, NotFound."""
        async with self._store.reading() as tx:
            contact_id = (await card_for(tx, session_id, member)).contact_id
            return Registered(
                await tx.broadcasts.since(contact_id),
                await tx.broadcasts.wish(contact_id),
                await tx.blocks.running(contact_id, self._setting.clock.now()),
            )


class KeepWish:
    """Write down what somebody told a counsellor of broadcasts."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, key: UUID, wanted: bool) -> None:
        """Args: key: the same for a request that is sent again. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await tx.sessions.lock(session_id)
            card = await card_for(tx, session_id, member)
            if card.channel is not Channel.LINE:
                raise InputRefused("wanted", "お知らせは、LINEの友だちにだけ送ります。この人には届きません。")
            if not await tx.broadcasts.add_wish(key, session.contact_id, Wish(wanted, WishWay.DESK, member.id, now)):
                return
            await tx.audit.add(now, member.actor, "wish_broadcasts", session_id, wanted=wanted, way=WishWay.DESK)
            tx.desk.tell(DeskEvent.CARE, session_id, session.contact_id)
