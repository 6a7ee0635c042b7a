"""Write down a request about personal data (個人情報保護法), whom it is about, who asks, and until when it is decided."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from uuid import UUID

from handoff.domain.data_request import Arrival, Asker, DataRequest, Proof, Wish
from handoff.domain.data_request_moves import check_identity, check_received, extend, link, withdraw
from handoff.domain.errors import InputRefused
from handoff.domain.report_receipt import canonical
from handoff.domain.staff import StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.services.desk.read_desk import may_open
from handoff.services.ports import Transaction
from handoff.services.request_ports import RequestStep, StepKind
from handoff.services.requests.data_request_verb import RequestVerb, checked_words
from handoff.services.requests.form_key import act_id

_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class ReceiveRequest(RequestVerb):
    """A request has come in."""

    async def __call__(
        self, member: StaffMember, key: UUID, wish: Wish, asker: Asker, arrival: Arrival, received_on: date, about: str
    ) -> UUID:
        """Give its id. Args: key: the same for a form that is sent again. Raises: NotPermitted, InputRefused."""
        self._check(member)
        now, about = self._setting.clock.now(), checked_words("about", about)
        check_received(received_on, today_of(now))
        made = act_id(key, wish, asker, arrival, received_on, about)
        request = DataRequest(made, self._setting.profile.id, wish, asker, arrival, received_on, about, member.id, now)
        async with self._store.transaction() as tx:
            if await tx.requests.data.add(request):
                await tx.requests.data.add_step(RequestStep(made, made, StepKind.RECEIVE, member.id, now))
                await tx.audit.add(
                    now,
                    member.actor,
                    "data_request_receive",
                    None,
                    request=str(made),
                    wish=wish,
                    asker=asker,
                    received_on=received_on.isoformat(),
                    length=len(about),
                )
        return made


class LinkPerson(RequestVerb):
    """Say whom a request is about: by a session that this person may open, or by a report's receipt; never by an id of LINE."""

    async def __call__(self, request_id: UUID, member: StaffMember, found: str, key: UUID) -> None:
        """Args: found: the address of a session's page, or a receipt. Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)

        async def change(tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            return link(request, await self._contact(tx, member, found), member.actor)

        await self._act(request_id, member, key, StepKind.LINK, change, also=found.strip())

    async def _contact(self, tx: Transaction, member: StaffMember, found: str) -> UUID:
        ids, receipt = _ID.findall(found), canonical(found)
        if ids:
            card = await tx.views.card(UUID(ids[-1]))
            if card is not None and await may_open(tx, member, card):
                return card.contact_id
        elif receipt is not None:
            report = await tx.reports.by_receipt(receipt)
            if report is not None:
                return (await tx.reports.find(report)).contact_id
        raise InputRefused(
            "found",
            "見つかりません。相談の画面（終了記録など）のアドレスか、通報の受付番号を、そのまま写してください。",
        )


class CheckIdentity(RequestVerb):
    """Note by what it is known who asks."""

    async def __call__(self, request_id: UUID, member: StaffMember, proof: Proof, how: str, key: UUID) -> None:
        """Args: how: what was seen, in words. Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)
        how = checked_words("how", how)

        async def change(_tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            return check_identity(request, proof, member.actor)

        await self._act(request_id, member, key, StepKind.CHECK, change, words=how, code=proof)


class ExtendRequest(RequestVerb):
    """Put the decision off by thirty days, once, with a reason that whoever asked is told."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)
        reason = checked_words("extend", reason)

        async def change(_tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            return extend(request, today_of(now), member.actor)

        await self._act(request_id, member, key, StepKind.EXTEND, change, words=reason)


class WithdrawRequest(RequestVerb):
    """Whoever asked takes it back, before a decision."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)
        reason = checked_words("withdraw", reason)

        async def change(_tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            return withdraw(request, now, member.actor)

        await self._act(request_id, member, key, StepKind.WITHDRAW, change, words=reason)
