"""The page of a talk that says when its records go, what holds them, and what the person wants done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from handoff.domain.data_request import Arrival, Asker, DataRequest, Wish
from handoff.domain.errors import InputRefused
from handoff.domain.retention import Due, dues
from handoff.domain.staff import Permission, StaffMember
from handoff.services.desk.follow_up import aliases_of, today_of
from handoff.services.desk_view_ports import Card
from handoff.services.ports import Store
from handoff.services.request_ports import LegalHold, RequestStep, StepKind
from handoff.services.requests.form_key import act_id
from handoff.services.retention.hold_records import opened
from handoff.services.retention.list_due import rule_of
from handoff.services.retention.words_gone import check_words
from handoff.services.setting import Setting
from handoff.services.transcript_line import TranscriptLine

#: Lines among which one is chosen: a form holds no more boxes.
MOST_LINES: Final = 40
ABOUT_ALL: Final = "相談の中で、本人が、自分の記録を消してほしいと話しました。"
ABOUT_SOME: Final = "相談の中で、本人が、自分の言葉の一部（{count}件）を消してほしいと話しました。"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the page shows. dues: of this session and the person; holds: their reasons for supervisors alone; lines: the
    person's newest ones; consent: since when they let the session be used for research, without its words.
    """

    now: datetime
    card: Card
    dues: Sequence[Due]
    holds: Sequence[LegalHold]
    aliases: Mapping[UUID, str]
    lines: Sequence[TranscriptLine]
    consent: datetime | None
    counts: bool


class ShowKeeping:
    """The page's read."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> Keeping:
        """Words are on it, so opening it is a reading. Raises: NotPermitted, NotFound."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            card = await opened(tx, member, session_id)
            await tx.audit.add(now, member.actor, "read_keeping", session_id)
            contact = await tx.retention.contact(card.contact_id, now)
            found = () if contact is None else dues(contact, rule_of(self._setting), now)
            holds = await tx.requests.disposals.holds(card.contact_id, today_of(now))
            lines = [line for line in await tx.transcript.read(session_id) if line.author == "student" and line.text]
            return Keeping(
                now=now,
                card=card,
                dues=[one for one in found if one.session_id in (None, session_id)],
                holds=holds,
                aliases=await aliases_of(tx, await tx.staff.everybody(), [one.placed_by for one in holds]),
                lines=lines[-MOST_LINES:],
                consent=await tx.research.consent(session_id),
                counts=member.may(Permission.HANDLE_REQUESTS),
            )


class PassOnWish:
    """The person wants words removed: a request of theirs, which two people decide on. One click from the talk."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, key: UUID, line_ids: Sequence[UUID] = ()) -> UUID:
        """Give the request's id. Args: line_ids: these words alone; empty: all. Raises: NotPermitted, NotFound, InputRefused."""
        member.check(Permission.COUNSEL)
        now, profile = self._setting.clock.now(), self._setting.profile.id
        today = today_of(now)
        async with self._store.transaction() as tx:
            card = await opened(tx, member, session_id)
            theirs = {line.id for line in await tx.transcript.read(session_id) if line.author == "student"}
            if not theirs.issuperset(line_ids):
                raise InputRefused("lines", "この相談にない言葉がえらばれています。画面を読み込み直してください。")
            made = act_id(key, session_id, *sorted(map(str, line_ids)))
            about = ABOUT_SOME.format(count=len(line_ids)) if line_ids else ABOUT_ALL
            request = DataRequest(
                made, profile, Wish.DELETE, Asker.SELF, Arrival.ACCOUNT, today, about, member.id, now,
                contact_id=card.contact_id,
            )  # fmt: skip
            if await tx.requests.data.add(request):
                await tx.requests.data.add_step(RequestStep(made, made, StepKind.RECEIVE, member.id, now))
                await tx.retention.want_lines(made, line_ids)
                await tx.audit.add(
                    now, member.actor, "data_request_receive", session_id, request=str(made), wish=Wish.DELETE,
                    lines=len(line_ids),
                )  # fmt: skip
        return made


class NoteConsent:
    """The person says yes, or no more, to their session being used for research, without its words (KAG-8.2)."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember, *, yes: bool) -> None:
        """Raises: NotPermitted, NotFound. InputRefused: nothing is left that could be used."""
        member.check(Permission.COUNSEL)
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            await opened(tx, member, session_id)
            if yes:
                await tx.sessions.lock(session_id)
                await check_words(tx, session_id, "yes")
                await tx.research.note_consent(session_id, member.id, now)
            else:
                await tx.research.drop_consent(session_id)
            await tx.audit.add(now, member.actor, "research_consent", session_id, yes=yes)
