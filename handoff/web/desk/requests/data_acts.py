"""What can be done with one request, by the last word of its form's address: which fields each form has, and its verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol
from uuid import UUID

from handoff.domain.data_request import ChildSaid, Decision, Ground, Proof, Ruling
from handoff.domain.staff import StaffMember
from handoff.web.desk.escalations_forms import chosen
from handoff.web.desk.form_pages import Form
from handoff.web.desk.requests.parts import RequestDesk

type Step = Callable[[RequestDesk, UUID, StaffMember, Form, UUID], Awaitable[object]]


class _WithWords(Protocol):
    """A verb that needs nothing but words."""

    def __call__(self, request_id: UUID, member: StaffMember, words: str, key: UUID, /) -> Awaitable[object]: ...


def _words(field: str, verb: Callable[[RequestDesk], _WithWords]) -> Step:
    """The step whose form has one field, and ``key``."""

    async def step(desk: RequestDesk, request_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
        await verb(desk)(request_id, member, form.get(field, ""), key)

    return step


async def _check(desk: RequestDesk, request_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``proof``, ``how``."""
    proof = chosen(Proof, form, "proof", "何で確かめたかをえらんでください。")
    await desk.check(request_id, member, proof, form.get("how", ""), key)


async def _decide(desk: RequestDesk, request_id: UUID, member: StaffMember, form: Form, key: UUID) -> None:
    """``decision``, ``ground-…`` and ``session-…`` (boxes), ``child``, ``reason``."""
    ruling = Ruling(
        chosen(Decision, form, "decision", "決定をえらんでください。"),
        frozenset(ground for ground in Ground if f"ground-{ground}" in form),
        chosen(ChildSaid, form, "child", "子ども本人にたずねたかどうかを、えらんでください。"),
        frozenset(_ids(form, "session-")),
    )
    await desk.decide(request_id, member, ruling, form.get("reason", ""), key)


def _ids(form: Form, prefix: str) -> list[UUID]:
    found = []
    for name in form:
        if name.startswith(prefix):
            try:
                found.append(UUID(name.removeprefix(prefix)))
            except ValueError:
                continue
    return found


async def _dispose(desk: RequestDesk, request_id: UUID, member: StaffMember, _form: Form, key: UUID) -> None:
    """No fields: the decision says it all."""
    await desk.order(request_id, member, key)


STEPS: Final[dict[str, Step]] = {
    "link": _words("found", lambda desk: desk.link),
    "check": _check,
    "extend": _words("extend", lambda desk: desk.extend),
    "decide": _decide,
    "agree": _words("second", lambda desk: desk.agree),
    "reconsider": _words("reconsider", lambda desk: desk.reconsider),
    "tell": _words("told", lambda desk: desk.tell),
    "dispose": _dispose,
    "carry-out": _words("done", lambda desk: desk.carry_out),
    "withdraw": _words("withdraw", lambda desk: desk.withdraw),
    "hold": _words("hold", lambda desk: desk.hold),
    "lift": _words("lift", lambda desk: desk.lift),
}
