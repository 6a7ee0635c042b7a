"""Let the records of somebody stay although their days are over: a serious case, a dispute; with a reason and an end."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.retention import HoldKind
from handoff.domain.retention_hold import checked_end
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.services.desk.read_desk import may_open
from handoff.services.desk_view_ports import Card
from handoff.services.ports import Store, Transaction
from handoff.services.request_ports import LegalHold
from handoff.services.requests.data_request_verb import checked_words
from handoff.services.requests.form_key import act_id
from handoff.services.setting import Setting


async def opened(tx: Transaction, member: StaffMember, session_id: UUID) -> Card:
    """The card of a talk that somebody may open. Raises: NotFound: there is none, or they may not; both look the same."""
    card = await tx.views.card(session_id)
    if card is None or not await may_open(tx, member, card):
        raise NotFound("no such session")
    return card


class HoldRecords:
    """Set a hold, or a longer one; it holds for all of the person's records."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(
        self, session_id: UUID, member: StaffMember, key: UUID, kind: HoldKind, until: date | None, reason: str
    ) -> None:
        """Args: key: the same for a form that is sent again. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.HANDLE_REQUESTS)
        now = self._setting.clock.now()
        if until is None:
            raise InputRefused("until", "いつまで残すかを、日にちで入れてください。")
        last, reason = checked_end("until", until, today_of(now)), checked_words("reason", reason)
        async with self._store.transaction() as tx:
            card = await opened(tx, member, session_id)
            disposals = tx.requests.disposals
            await disposals.lock_contact(card.contact_id)
            made = act_id(key, kind, last, reason)
            if any(one.id == made for one in await disposals.holds(card.contact_id, today_of(now))):
                return
            await disposals.place_hold(LegalHold(made, card.contact_id, reason, member.id, now, kind, last))
            await tx.audit.add(
                now,
                member.actor,
                "hold_records",
                session_id,
                hold=str(made),
                kind=kind,
                until=last.isoformat(),
                length=len(reason),
            )


class EndHold:
    """Lift one hold before its end, with a reason."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, hold_id: UUID, reason: str) -> None:
        """Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.HANDLE_REQUESTS)
        now, reason = self._setting.clock.now(), checked_words("reason", reason)
        async with self._store.transaction() as tx:
            card = await opened(tx, member, session_id)
            await tx.requests.disposals.lock_contact(card.contact_id)
            if not await tx.retention.end_hold(hold_id, card.contact_id, member.id, now, reason):
                raise InputRefused("reason", "その保全は、もう終わっています。画面を読み込み直してください。")
            await tx.audit.add(now, member.actor, "end_hold", session_id, hold=str(hold_id), length=len(reason))
