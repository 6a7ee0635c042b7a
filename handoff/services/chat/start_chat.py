"""Start a chat on the web: a secret for this browser, a contact, and the same greeting as on LINE."""

from __future__ import annotations

import json
import secrets

from handoff.domain.chat import address_of, event_id_of
from handoff.domain.errors import ChatClosed, NotFound
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Arrival, Channel, EventType
from handoff.domain.policy import SeenBy
from handoff.domain.profile.vocabulary import Availability
from handoff.services.keep_trace import Visit, keep_trace
from handoff.services.patience import within
from handoff.services.policies.show_policy import note_shown
from handoff.services.ports import Store
from handoff.services.setting import Setting

#: Seconds; somebody looks at a button meanwhile.
PATIENCE = 5.0


def takes_now(setting: Setting) -> bool:
    """Whether the web chat may be begun at this moment. Raises: NotFound: this service has none."""
    web = setting.profile.channels.web
    if not web.offered:
        raise NotFound("no web chat")
    if web.availability is not Availability.SERVICE_HOURS:
        return True
    return setting.profile.hours.status(setting.clock.now()) is HoursStatus.OPEN


class StartChat:
    """The verb of ``POST /chat/start``."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting

    async def __call__(self, visit: Visit) -> str:
        """Give the secret by which this browser, and nobody else, goes on with the chat.

        Raises: NotFound: no web chat here. ChatClosed: not at this hour. StoreUnavailable: nothing was begun.
        """
        await self._setting.refresh()
        if not takes_now(self._setting):
            raise ChatClosed("outside the hours")
        token = secrets.token_urlsafe(32)
        await within(PATIENCE, self._start(token, visit))
        return token

    async def _start(self, token: str, visit: Visit) -> None:
        clock, address = self._setting.clock, address_of(token)
        async with self._store.transaction() as tx:
            contact_id = await tx.contacts.find_or_add(Channel.WEB, address, clock.now())
            await tx.chats.start(contact_id, clock.real())
            await keep_trace(tx, self._setting, contact_id, visit)
            await note_shown(tx, self._setting, contact_id, SeenBy.CHAT)
            arrival = Arrival(
                event_id=event_id_of(contact_id, "start"),
                type=EventType.FOLLOW,
                channel=Channel.WEB,
                address=address,
                line_timestamp=int(clock.real().timestamp() * 1000),
                standby=False,
                target=None,
                payload=json.dumps({"type": EventType.FOLLOW, "source": {"type": Channel.WEB}}),
            )
            await tx.events.add(arrival, contact_id, clock.real())
            await tx.jobs.wake_drain(contact_id)
            await tx.audit.add(clock.now(), "student", "start_chat", None, contact=str(contact_id))
