"""A counsellor's window for one picture, where the profile lets them open one (HOK-5.1 lets nobody)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from handoff.domain.desk import DeskEvent
from handoff.domain.errors import NotPermitted
from handoff.domain.evidence import WINDOW_OPEN
from handoff.domain.outgoing import Line
from handoff.domain.staff import Permission, StaffMember
from handoff.domain.texts import TextKey
from handoff.services.desk.pass_on import held
from handoff.services.evidence_ports import PictureWindow
from handoff.services.ports import Store
from handoff.services.say import tell
from handoff.services.setting import Setting


class OpenPictureWindow:
    """The verb of whoever has a live session: one picture may come now, and the student hears so."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> PictureWindow:
        """Give the window; while one is open, nothing changes.

        Raises: NotPermitted: also where the profile doesn't allow it. NotFound, SessionTaken, MoveRefused: not theirs.
        """
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        now = self._setting.clock.now()
        if self._setting.profile.media.counsellor_window is not True:
            raise NotPermitted("picture_window")
        async with self._store.transaction() as tx:
            session = await held(tx, session_id, member, now)
            window = await tx.evidence.window(session_id)
            if window is not None and window.is_open(now):
                return window
            window = PictureWindow(session_id, member.id, now, now + WINDOW_OPEN)
            await tx.evidence.set_window(window)
            await tx.audit.add(now, member.actor, "open_picture_window", session_id)
            # As the service's, in its words: it isn't a line that the counsellor wrote.
            line = Line(self._setting.profile.text(TextKey.PICTURE_WINDOW), sender=member.alias)
            await tell(tx, self._setting, session, [line])
            tx.desk.tell(DeskEvent.SESSION, session_id)
            return window


class ClosePictureWindow:
    """The verb that takes it back; the student hears so where no picture came."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, session_id: UUID, member: StaffMember) -> None:
        """Nothing changes where none is open. Raises: NotPermitted, NotFound, SessionTaken, MoveRefused."""
        member.check(Permission.COUNSEL)
        await self._setting.refresh()
        now = self._setting.clock.now()
        async with self._store.transaction() as tx:
            session = await held(tx, session_id, member, now)
            window = await tx.evidence.window(session_id)
            if window is None or not window.is_open(now):
                return
            await tx.evidence.set_window(replace(window, until=now))
            await tx.audit.add(now, member.actor, "close_picture_window", session_id)
            line = Line(self._setting.profile.text(TextKey.PICTURE_WINDOW_OVER), sender=member.alias)
            await tell(tx, self._setting, session, [line])
            tx.desk.tell(DeskEvent.SESSION, session_id)
