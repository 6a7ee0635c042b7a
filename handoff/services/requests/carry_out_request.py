"""Do what was decided on a request: tell it, open the copy that is handed out, order a disposal, and end it.

Nothing is disposed of here: an order stays until retention carries it out, and says by whom it was decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from handoff.domain.data_request import DataRequest, Decision, Wish
from handoff.domain.data_request_moves import carry_out, check_grant, check_telling, tell
from handoff.domain.delivery import DeliveryState
from handoff.domain.errors import InputRefused, MoveRefused, NotFound
from handoff.domain.incoming import MessageKind
from handoff.domain.retention import HoldKind
from handoff.domain.retention_hold import checked_end
from handoff.domain.session import State
from handoff.domain.staff import StaffMember
from handoff.services.desk.follow_up import today_of
from handoff.services.ports import Transaction
from handoff.services.request_ports import DisposalOrder, HeldSession, LegalHold, RequestStep, StepKind
from handoff.services.requests.data_request_verb import RequestVerb, checked_words, danger_of, step_id
from handoff.services.transcript_line import TranscriptLine

#: So long the page of a copy may be loaded again with its own form.
COPY_LIFE: Final = timedelta(minutes=10)
_NOT_HEARD: Final = frozenset({DeliveryState.REFUSED, DeliveryState.DEAD})
#: Stands for the name of somebody of the service.
BLACKENED: Final = "■■"
#: What is nobody's word.
_SILENT: Final = frozenset({MessageKind.FOLLOW, MessageKind.UNFOLLOW})


@dataclass(frozen=True, slots=True)
class Copy:
    """What is handed out. until: the moment of the decision: nobody decided on what came later; sessions: in order, each
    with the lines of both sides that arrived; without notes, signs of risk and staff names."""

    request: DataRequest
    until: datetime
    sessions: tuple[tuple[HeldSession, tuple[TranscriptLine, ...]], ...]
    at: datetime


class TellDecision(RequestVerb):
    """Note that whoever asked has heard the decision, and how."""

    async def __call__(self, request_id: UUID, member: StaffMember, how: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, InputRefused, MoveRefused."""
        self._check(member)
        how = checked_words("told", how)

        async def change(tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            check_telling(request, await danger_of(tx, request))
            return tell(request, now, member.actor)

        await self._act(request_id, member, key, StepKind.TELL, change, words=how)


class OpenCopy(RequestVerb):
    """Open what a granted disclosure hands out; a reading with a reason, on record."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> Copy:
        """Raises: NotPermitted, NotFound, InputRefused. MoveRefused: no disclosure was granted."""
        self._check(member)
        reason = checked_words("copy", reason)

        async def change(tx: Transaction, request: DataRequest, _now: datetime) -> DataRequest:
            await _check_disclosure(tx, request, member)
            return request

        request = await self._act(request_id, member, key, StepKind.OPEN_COPY, change, words=reason)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            await _check_disclosure(tx, request, member)
            steps = await tx.requests.data.steps(request_id)
            opened = step_id(key, request_id, StepKind.OPEN_COPY, reason)
            step, until = next((one for one in steps if one.id == opened), None), _decided_at(steps)
            if step is None or (step.kind, step.by) != (StepKind.OPEN_COPY, member.id):
                raise NotFound("another form's key")
            if now - step.at > COPY_LIFE:
                raise InputRefused("copy", "開いてから時間がたちました。もう一度、理由を書いて開いてください。")
            if request.contact_id is None or until is None:
                raise NotFound("about nobody")
            sessions, names = [], [person.alias for person in await tx.staff.everybody()]
            for session in reversed(await _granted(tx, request, request.contact_id, until)):
                lines = await _heard(tx, session.id, names)
                sessions.append((session, tuple(line for line in lines if line.at <= until)))
                await tx.audit.add(now, member.actor, "open_disclosure", session.id, request=str(request_id))
            return Copy(request, until, tuple(sessions), now)


async def _check_disclosure(tx: Transaction, request: DataRequest, member: StaffMember) -> None:
    check_grant(request, await danger_of(tx, request), member.actor)
    if request.wish is not Wish.DISCLOSE:
        raise MoveRefused(request.state, "copy", member.actor)


def _decided_at(steps: Sequence[RequestStep]) -> datetime | None:
    """The moment of the decision as it stands."""
    return next((step.at for step in reversed(steps) if step.kind is StepKind.DECIDE), None)


async def _granted(tx: Transaction, request: DataRequest, contact_id: UUID, until: datetime) -> Sequence[HeldSession]:
    """What was decided on, the newest first: never a talk that began after it."""
    return [
        session
        for session in await tx.requests.data.sessions_of(contact_id)
        if session.opened_at <= until and (request.decision is Decision.GRANT or session.id in request.session_ids)
    ]


async def _heard(tx: Transaction, session_id: UUID, names: Sequence[str]) -> tuple[TranscriptLine, ...]:
    card = await tx.views.card(session_id)
    if card is not None:
        # Whoever has no account any more isn't among the names.
        had = [one for one in (card.counsellor_id, card.second_id) if one is not None]
        names = [*names, *[await tx.staff.alias(one) for one in had]]
    lost = {line for line, state in (await tx.transcript.not_arrived(session_id)).items() if state in _NOT_HEARD}
    return tuple(
        line if line.author == "student" else replace(line, text=_nameless(line.text, names))
        for line in await tx.transcript.read(session_id)
        if line.author in ("student", "bot", "counsellor") and line.kind not in _SILENT and line.id not in lost
    )


def _nameless(text: str | None, names: Sequence[str]) -> str | None:
    """What the service said, with its people's names blackened; too much of it harms nobody."""
    for name in sorted(names, key=len, reverse=True):
        text = text and text.replace(name, BLACKENED)
    return text


class OrderDisposal(RequestVerb):
    """Order that what is kept of somebody is disposed of, once two have decided so and nothing speaks against it now."""

    async def __call__(self, request_id: UUID, member: StaffMember, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, MoveRefused. InputRefused: something has to stay for now."""
        self._check(member)

        async def change(tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            check_grant(request, await danger_of(tx, request), member.actor)
            first, second, contact = request.decided_by, request.second_by, request.contact_id
            if request.wish is not Wish.DELETE or first is None or second is None or contact is None:
                raise MoveRefused(request.state, "disposal", member.actor)
            await tx.requests.disposals.lock_contact(contact)
            if await tx.requests.disposals.holds(contact, today_of(now)):
                raise InputRefused("disposal", "法的に残すことになっています。保全を解くまで、消去は指示できません。")
            if await tx.requests.disposals.has_open_escalation(contact):
                raise InputRefused(
                    "disposal", "終わっていない緊急対応があります。終わってから、もう一度指示してください。"
                )
            until = _decided_at(await tx.requests.data.steps(request_id))
            chosen = [] if until is None else await _granted(tx, request, contact, until)
            lines = await tx.retention.wanted_lines(request_id)
            # Single words may go while the talk goes on.
            if not lines and any(session.state is not State.CLOSED for session in chosen):
                raise InputRefused("disposal", "続いている相談があります。終わってから、もう一度指示してください。")
            if await tx.requests.disposals.order_of(request_id) is not None:
                raise MoveRefused("ordered", "ordered", member.actor)
            ids = tuple(session.id for session in chosen)
            await tx.requests.disposals.order(
                DisposalOrder(uuid4(), request_id, contact, ids, first, second, member.id, now, line_ids=lines)
            )
            return request

        await self._act(request_id, member, key, StepKind.ORDER_DISPOSAL, change)


class CarryOutRequest(RequestVerb):
    """End a granted request: what was granted is done."""

    async def __call__(self, request_id: UUID, member: StaffMember, what: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, MoveRefused. InputRefused: it isn't done yet."""
        self._check(member)
        what = checked_words("done", what)

        async def change(tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            after = carry_out(request, await danger_of(tx, request), now, member.actor)
            if request.wish is Wish.DISCLOSE and not await _copied(tx, request_id):
                raise InputRefused("done", "写しが、まだ開かれていません。写しを渡してから、終わりにしてください。")
            if request.wish is Wish.DELETE:
                order = await tx.requests.disposals.order_of(request_id)
                if order is None or order.done_at is None:
                    raise InputRefused("done", "消去が、まだ行われていません。行われたあとで、終わりにできます。")
            return after

        await self._act(request_id, member, key, StepKind.CARRY_OUT, change, words=what)


async def _copied(tx: Transaction, request_id: UUID) -> bool:
    """Whether the copy was opened since the decision as it stands."""
    kinds = [step.kind for step in await tx.requests.data.steps(request_id)]
    after = kinds[len(kinds) - kinds[::-1].index(StepKind.DECIDE) :] if StepKind.DECIDE in kinds else []
    return StepKind.OPEN_COPY in after


class PlaceHold(RequestVerb):
    """Say that what is kept of the person has to stay, whatever is decided: a trial, an inquiry."""

    async def __call__(
        self, request_id: UUID, member: StaffMember, reason: str, key: UUID, until: date | None = None
    ) -> None:
        """Orders that weren't carried out wait for it, too: whoever disposes asks for holds first.

        Args: until: the last day; None: a year from today. Raises: NotPermitted, NotFound. InputRefused: about nobody who
        is known, or an end that is past or too far.
        """
        self._check(member)
        reason = checked_words("hold", reason)
        last = checked_end("until", until, today_of(self._setting.clock.now()))

        async def change(tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            if request.contact_id is None:
                raise InputRefused("hold", "だれについての請求かがわかりません。先に、相談とつないでください。")
            await tx.requests.disposals.lock_contact(request.contact_id)
            await tx.requests.disposals.place_hold(
                LegalHold(uuid4(), request.contact_id, reason, member.id, now, HoldKind.ORDER, last)
            )
            return request

        await self._act(request_id, member, key, StepKind.HOLD, change, words=reason)


class LiftHold(RequestVerb):
    """It needn't stay any more; all holds of the person end."""

    async def __call__(self, request_id: UUID, member: StaffMember, reason: str, key: UUID) -> None:
        """Raises: NotPermitted, NotFound, InputRefused: nothing is held."""
        self._check(member)
        reason = checked_words("lift", reason)

        async def change(tx: Transaction, request: DataRequest, now: datetime) -> DataRequest:
            if request.contact_id is None or not await tx.requests.disposals.holds(request.contact_id, today_of(now)):
                raise InputRefused("lift", "保全は、いまありません。画面を読み込み直してください。")
            await tx.requests.disposals.lock_contact(request.contact_id)
            await tx.requests.disposals.lift_holds(request.contact_id, member.id, now, reason)
            return request

        await self._act(request_id, member, key, StepKind.LIFT_HOLD, change, words=reason)
