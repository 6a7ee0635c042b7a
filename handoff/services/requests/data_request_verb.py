"""What the verbs of one request about personal data share: its row, the step that stays, and the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.data_request import Danger, DataRequest
from handoff.domain.errors import InputRefused
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store, Transaction
from handoff.services.request_ports import RequestStep, StepKind
from handoff.services.requests.form_key import act_id
from handoff.services.setting import Setting

#: Letters of a reason, and of what was done.
SHORTEST: Final = 5
LONGEST: Final = 2000

type Change = Callable[[Transaction, DataRequest, datetime], Awaitable[DataRequest]]


def checked_words(field: str, words: str, optional: bool = False) -> str:
    """Raises: InputRefused: too few letters, or too many."""
    words = words.strip()
    if optional and not words:
        return words
    if not SHORTEST <= len(words) <= LONGEST:
        raise InputRefused(field, f"{SHORTEST}文字から{LONGEST}文字までで書いてください（いま{len(words)}文字）。")
    return words


async def danger_of(tx: Transaction, request: DataRequest) -> Danger:
    """What is known of the person concerned; of nobody, nothing."""
    return Danger() if request.contact_id is None else await tx.requests.data.danger(request.contact_id)


def step_id(
    key: UUID, request_id: UUID, kind: StepKind, words: str = "", code: str | None = None, also: str = ""
) -> UUID:
    """The id of the step that a form leaves."""
    return act_id(key, request_id, kind, words, code, also)


class RequestVerb:
    """A change of one request: lock, check, write, a step that stays, audit."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def _act(
        self,
        request_id: UUID,
        member: StaffMember,
        key: UUID,
        kind: StepKind,
        change: Change,
        *,
        words: str = "",
        code: str | None = None,
        also: str = "",
    ) -> DataRequest:
        """Args: key: of the form; the same one again with the same words changes nothing; also: what else it says. The
        caller has checked the permission.

        Raises: NotFound, and whatever ``change`` raises; then nothing stays.
        """
        now, profile = self._setting.clock.now(), self._setting.profile.id
        async with self._store.transaction() as tx:
            request = await tx.requests.data.lock(profile, request_id)
            step = RequestStep(
                step_id(key, request_id, kind, words, code, also), request_id, kind, member.id, now, code, words
            )
            if not await tx.requests.data.add_step(step):
                return request
            after = await change(tx, request, now)
            await tx.requests.data.save(after)
            await tx.audit.add(
                now,
                member.actor,
                f"data_request_{kind}",
                None,
                request=str(request_id),
                state=after.state,
                decision=after.decision,
                length=len(words),
            )
            return after

    @staticmethod
    def _check(member: StaffMember) -> None:
        member.check(Permission.HANDLE_REQUESTS)
