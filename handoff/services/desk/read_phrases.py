"""The phrases for a counsellor: all of them for the page, and those for one talk, filled, for the composer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from handoff.domain.coding import coded
from handoff.domain.errors import NotFound
from handoff.domain.phrase import Phrase, PhraseState, fill, fits
from handoff.domain.staff import Permission, StaffMember
from handoff.services.care_ports import OwnPhrase
from handoff.services.desk.follow_up import aliases_of
from handoff.services.desk.read_desk import may_open
from handoff.services.desk_view_ports import Card
from handoff.services.ports import Store
from handoff.services.setting import Setting


@dataclass(frozen=True, slots=True)
class PhrasePage:
    """The page's parts. given: come with the service; ours: made by counsellors and shared; offered: a supervisor's to
    review, empty for others.
    """

    given: Sequence[Phrase]
    ours: Sequence[OwnPhrase]
    own: Sequence[OwnPhrase]
    offered: Sequence[OwnPhrase]
    aliases: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A phrase for the composer. text: filled; fits: whether it is for this talk."""

    phrase: Phrase
    text: str
    mine: bool
    fits: bool


class ReadPhrases:
    """Reads of phrases; nobody sees another's that weren't offered."""

    def __init__(self, store: Store, setting: Setting, shared: Sequence[Phrase]) -> None:
        """Args: shared: the phrases that come with the service."""
        self._store = store
        self._setting = setting
        self._shared = shared

    async def page(self, member: StaffMember) -> PhrasePage:
        """Raises: NotPermitted."""
        member.check(Permission.SHARE)
        async with self._store.reading() as tx:
            ours, own = await tx.phrases.in_state(PhraseState.SHARED), await tx.phrases.of(member.id)
            offered = await tx.phrases.in_state(PhraseState.OFFERED) if member.is_supervisor else ()
            named = [person for one in (*ours, *own, *offered) for person in (one.owner_id, one.reviewed_by)]
            return PhrasePage(self._shared, ours, own, offered, await aliases_of(tx, (), named))

    async def for_talk(self, member: StaffMember, session_id: UUID | None) -> Sequence[Ready]:
        """The phrases for the composer: what fits the talk first, one's own before those of all, then the rest. One that
        has nothing to fill it with (no telephone line open now) is left out.

        Args: session_id: None for no talk in particular.

        Raises: NotPermitted. NotFound: there is no such talk, or this person may not read it.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        async with self._store.reading() as tx:
            card = None
            if session_id is not None:
                card = await tx.views.card(session_id)
                if card is None or not await may_open(tx, member, card):
                    raise NotFound("no such session")
            own, ours = await tx.phrases.of(member.id), await tx.phrases.in_state(PhraseState.SHARED)
        mine = [(one.phrase, True) for one in own]
        of_all = [(phrase, False) for phrase in self._shared]
        of_all += [(one.phrase, False) for one in ours if one.owner_id != member.id]
        ready = [found for phrase, is_mine in (*mine, *of_all) if (found := self._ready(phrase, is_mine, member, card))]
        return sorted(ready, key=lambda one: not one.fits)

    def _ready(self, phrase: Phrase, mine: bool, member: StaffMember, card: Card | None) -> Ready | None:
        profile = self._setting.profile
        # Where the board hasn't named its lines, what stands in for them is nothing to tell a student.
        phones = "" if profile.lines is None else profile.phone_lines(self._setting.clock.now())
        try:
            text = fill(phrase, alias=member.alias, service_name=profile.service_name, phone_lines=phones)
        except ValueError:
            return None
        level = None if card is None else card.level
        topics = () if card is None else coded(card.intake.get("topic"), _categories(card))
        return Ready(phrase, text, mine, any(fits(phrase, topic, level) for topic in (topics or (None,))))


def _categories(card: Card) -> Sequence[str]:
    """What the screen saw in the gravest message."""
    assessment = None if card.worst is None else card.worst[1]
    try:
        read: Any = {} if assessment is None else json.loads(assessment)
    except ValueError:
        return ()
    return tuple(str(one) for one in read.get("categories", ()))
