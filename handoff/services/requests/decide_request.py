"""Decide on a request about personal data: alone, or as one of two where a child may be in danger or nothing could be undone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from handoff.domain.data_request import DataRequest, RequestState, Ruling
from handoff.domain.data_request_moves import agree, decide, reconsider
from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Transaction
from handoff.services.request_ports import StepKind
from handoff.services.requests.data_request_verb import RequestVerb, checked_words, danger_of


class DecideRequest(RequestVerb):
    """Grant it, grant a part, or refuse; with a reason that a second person and the board may read."""

    async def __call__(
        self, request_id: UUID, member: StaffMember, ruling: Ruling, reason: str, key: UUID
    ) -> DataRequest:
        """Give the request: decided, or waiting for a second person. Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)
        reason = checked_words("reason", reason)

        async def change(tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            held = () if request.contact_id is None else await tx.requests.data.sessions_of(request.contact_id)
            if not ruling.session_ids <= {session.id for session in held}:
                raise InputRefused("sessions", "画面が古くなっています。読み込み直して、もう一度えらんでください。")
            return decide(request, ruling, await danger_of(tx, request), member.id, member.actor)

        also = repr((sorted(ruling.grounds), ruling.child, sorted(map(str, ruling.session_ids))))
        return await self._act(
            request_id, member, key, StepKind.DECIDE, change, words=reason, code=ruling.decision, also=also
        )


class AgreeToRequest(RequestVerb):
    """A second person, of the team or the board, agrees with a decision."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, InputRefused, MoveRefused. OwnReview: they are the first."""
        check_second(member)
        reason = checked_words("second", reason)

        async def change(tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            check_shown(request, member)
            return agree(request, await danger_of(tx, request), member.id, member.actor)

        await self._act(request_id, member, key, StepKind.AGREE, change, words=reason)


class ReconsiderRequest(RequestVerb):
    """Take a decision back: the second person doesn't agree, or something new is known."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """An order to dispose that wasn't carried out goes with it.

        Raises: NotPermitted, NotFound, InputRefused. MoveRefused: there is none, or it was carried out.
        """
        check_second(member)
        reason = checked_words("reconsider", reason)

        async def change(tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            check_shown(request, member)
            order = await tx.requests.disposals.order_of(request_id)
            if order is not None and order.done_at is not None:
                raise MoveRefused(request.state, RequestState.CHECKED, member.actor)
            await tx.requests.disposals.drop_order(request_id)
            return reconsider(request, member.actor)

        await self._act(request_id, member, key, StepKind.RECONSIDER, change, words=reason)


def check_second(member: StaffMember) -> None:
    """Raises: NotPermitted: neither of the team's supervisors nor of the board."""
    if not member.may(Permission.INSTRUCT):
        member.check(Permission.HANDLE_REQUESTS)


def check_shown(request: DataRequest, member: StaffMember) -> None:
    """The board sees what waits for a second person's word, and nothing else. Raises: NotFound."""
    waits = request.state is RequestState.PROPOSED
    if not member.may(Permission.HANDLE_REQUESTS) and not waits:
        raise NotFound("not for this person")
