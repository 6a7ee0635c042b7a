"""Read requests about personal data: supervisors all of it, the board what waits for a second person, without the child."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from handoff.domain.data_request import Danger, DataRequest
from handoff.domain.data_request_moves import needs_second, suspected
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.ports import Store
from handoff.services.request_ports import DisposalOrder, HeldSession, LegalHold, RequestStep, StepKind
from handoff.services.requests.data_request_verb import danger_of
from handoff.services.requests.decide_request import check_second, check_shown
from handoff.services.setting import Setting

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class RequestList:
    """One page of requests. total: of all pages; ended: whether these are the ones that are over."""

    today: date
    requests: Sequence[DataRequest]
    total: int
    page: int
    ended: bool

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request for whoever may see it.

    Attributes: danger, sessions, holds: empty for the board; suspected: whoever asks may be the one that harms; second: a
    yes would take, or takes, two people; whole: this person may see and do all; lines: words that alone are to go, 0: all.
    """

    today: date
    request: DataRequest
    steps: Sequence[RequestStep]
    danger: Danger
    suspected: bool
    second: bool
    sessions: Sequence[HeldSession]
    holds: Sequence[LegalHold]
    order: DisposalOrder | None
    aliases: Mapping[UUID, str]
    whole: bool
    lines: int = 0


class ReadDataRequests:
    """The list, and one of it."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def listed(self, member: StaffMember, page: int = 1, *, ended: bool = False) -> RequestList:
        """For the board those alone that wait for a second person, without words. Raises: NotPermitted."""
        check_second(member)
        now, profile = self._setting.clock.now(), self._setting.profile.id
        today = today_of(now)
        async with self._store.transaction() as tx:
            await tx.audit.add(now, member.actor, "open_requests", None)
            if not member.may(Permission.HANDLE_REQUESTS):
                waiting = await tx.requests.data.proposed(profile, PAGE)
                return RequestList(today, [replace(one, about="") for one in waiting], len(waiting), 1, ended=False)
            total = await tx.requests.data.count(profile, ended)
            found = await tx.requests.data.listed(profile, ended, PAGE, (page - 1) * PAGE)
            return RequestList(today, found, total, page, ended)

    async def one(self, member: StaffMember, request_id: UUID) -> RequestView:
        """Its words are about somebody, so opening it is a reading. Raises: NotPermitted, NotFound."""
        check_second(member)
        now, profile = self._setting.clock.now(), self._setting.profile.id
        whole = member.may(Permission.HANDLE_REQUESTS)
        async with self._store.transaction() as tx:
            request = await tx.requests.data.find(profile, request_id)
            check_shown(request, member)
            await tx.audit.add(now, member.actor, "read_data_request", None, request=str(request_id))
            steps, danger = await tx.requests.data.steps(request_id), await danger_of(tx, request)
            contact = request.contact_id if whole else None
            order = await tx.requests.disposals.order_of(request_id)
            view = RequestView(
                today=today_of(now),
                request=request if whole else replace(request, about=""),
                # The board reads why it was decided so, and nothing of what tells who it is about.
                steps=steps if whole else [one for one in steps if one.kind in (StepKind.DECIDE, StepKind.EXTEND)],
                danger=danger if whole else Danger(),
                suspected=suspected(request, danger),
                second=needs_second(request, danger),
                sessions=() if contact is None else await tx.requests.data.sessions_of(contact),
                holds=() if contact is None else await tx.requests.disposals.holds(contact, today_of(now)),
                order=order if whole else None,
                aliases=await aliases_of(
                    tx,
                    await tx.staff.everybody(),
                    [request.made_by, request.decided_by, request.second_by, *(step.by for step in steps)],
                ),
                whole=whole,
                lines=len(await tx.retention.wanted_lines(request_id)),
            )
        return view
