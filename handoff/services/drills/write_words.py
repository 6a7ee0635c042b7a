"""Write down what the team made of a drill."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.drill import checked_words
from handoff.domain.errors import InputRefused, NotFound
from handoff.domain.staff import Permission, StaffMember
from handoff.services.ports import Store
from handoff.services.setting import Setting


class WriteDrillWords:
    """The team's words, one text for all; whoever had an older one is asked to look first."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, member: StaffMember, drill_id: UUID, words: str, seen: int) -> None:
        """Args: seen: the version that the form began with.

        Raises: NotPermitted, NotFound. InputRefused: the drill isn't over, or a colleague wrote meanwhile.
        """
        member.check(Permission.RUN_SHIFT)
        words, now = checked_words(words), self._setting.clock.now()
        async with self._store.transaction() as tx:
            drill = await tx.drills.lock(drill_id)
            if drill.profile != self._setting.profile.id:
                raise NotFound("another service's drill")
            if drill.words == words:
                return
            if drill.ended_at is None:
                raise InputRefused("words", "訓練が終わってから書いてください。")
            if drill.version != seen:
                raise InputRefused("words", "ほかの人が先に書きました。下の文に足して、もう一度保存してください。")
            after = replace(drill, words=words, words_by=member.id, words_at=now, version=drill.version + 1)
            await tx.drills.save(after)
            await tx.audit.add(
                now,
                member.actor,
                "write_drill_words",
                None,
                drill=str(drill_id),
                length=len(words),
                version=after.version,
            )
