"""Read the policy as the public pages show it: the version that holds, an earlier one, and all there are (HOK-8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.domain.errors import NotFound
from handoff.domain.hours import ZONE
from handoff.domain.policy import BoardWords, PolicyHead, PolicyText, PolicyVersion, in_force
from handoff.domain.policy_text import policy_text
from handoff.services.patience import within
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds; somebody looks at an empty page meanwhile.
PATIENCE = 5.0
#: Earlier versions that a page names; each one is reached by its number.
MOST_FORMER = 20


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """What a page shows. version: None while nothing is published: then the text is what would be; coming: the next
    version that was announced; former: versions that held before, the newest first, of so many (formers); holds: whether
    this one does now.
    """

    now: datetime
    text: PolicyText
    version: PolicyVersion | None
    holds: bool = False
    coming: PolicyHead | None = None
    former: Sequence[PolicyHead] = ()
    formers: int = 0


class ReadPolicy:
    """The public pages."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, number: int | None = None) -> ShownPolicy:
        """Args: number: of a version; None: the one that holds.

        Raises: NotFound: there is no such version. StoreUnavailable.
        """
        setting = self._setting
        await setting.refresh()
        now = setting.clock.now()
        heads, shown = await within(PATIENCE, self._found(number, now))
        current = in_force(heads, now)
        ahead = [one for one in heads if one.holds_from > now]
        coming = min(ahead, key=lambda one: (one.holds_from, -one.number), default=None)
        if shown is None:
            text = policy_text(setting.profile, BoardWords(), now.astimezone(ZONE).date())
            return ShownPolicy(now, text, None, coming=coming)
        former = [one for one in heads if one.holds_from <= now and one.id != shown.id]
        holds = current is not None and current.id == shown.id
        return ShownPolicy(now, shown.text, shown, holds, coming, former[:MOST_FORMER], len(former))

    async def _found(self, number: int | None, now: datetime) -> tuple[Sequence[PolicyHead], PolicyVersion | None]:
        """All versions, and the one that was asked for with its texts: nothing else is opened for whoever asks."""
        async with self._store.reading() as tx:
            heads = await tx.policies.heads(self._setting.profile.id)
            if number is None:
                wanted = in_force(heads, now)
            else:
                wanted = next((one for one in heads if one.number == number), None)
                if wanted is None:
                    raise NotFound("no such version")
            return heads, None if wanted is None else await tx.policies.get(wanted.id)
