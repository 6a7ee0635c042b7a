"""Rasa behind its channel (``bot/channel.py``): one HTTP call a message, repeated safely by the message's id."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import aiohttp
import structlog

from handoff.domain.errors import BotUnavailable
from handoff.domain.incoming import MessageKind, StudentMessage
from handoff.domain.outgoing import Line
from handoff.domain.safety import TurnContext
from handoff.services.outside import Answer

log = structlog.get_logger(__name__)

CHANNEL = "/webhooks/bridge/webhook"
PARSE = "/webhooks/bridge/parse"
READY = "/webhooks/bridge/ready"
#: Seconds that a student may wait for Rasa before the plain text comes instead.
DEADLINE = 5.0
#: Seconds between tries within that time.
RETRY_PAUSE = 0.25
#: After time-outs in so many sessions Rasa is left alone for a while: a hanging one must not hold up a whole queue,
#: but one student's failing turn must not take the bot from everybody.
SESSIONS_TO_REST = 2
REST = 5.0
#: Seconds that reading a short answer may take; its own words say enough without it.
ANSWER_DEADLINE = 1.0
#: Confidence from which an intent counts as an answer to what was asked.
SURE = 0.6


class RasaBot:
    """Implements ``services.ports.Bot``. Make it inside the running loop (``async with``)."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session: aiohttp.ClientSession | None = None
        self._hanging: set[UUID] = set()
        self._rest_until = 0.0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def converse(self, session_id: UUID, event_id: UUID, message: StudentMessage, context: TurnContext) -> Answer:
        is_text = message.kind is MessageKind.TEXT
        return await self._turn(session_id, event_id, message.bot_event, message.text if is_text else "", context)

    async def interrupt(self, session_id: UUID, event_id: UUID) -> None:
        await self._turn(session_id, event_id, "interrupt", "", TurnContext(interrupted=True))

    async def intent(self, text: str) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_DEADLINE):
                (found,) = await self.parse([text])
        except (BotUnavailable, TimeoutError, ValueError):
            return None
        return str(found["intent"]) if found["confidence"] >= SURE else None

    async def _turn(self, session_id: UUID, event_id: UUID, event: str, text: str, context: TurnContext) -> Answer:
        if time.monotonic() < self._rest_until:
            raise BotUnavailable("left alone after time-outs")
        body = {
            "sender": str(session_id),
            "message_id": str(event_id),
            "event": event,
            "text": text,
            "metadata": {
                "level": context.level,
                "care": context.care,
                "uneasy": context.uneasy,
                "interrupted": context.interrupted,
                "suspects": sorted(context.suspects),
                "returning": context.returning,
                "web": context.web,
            },
        }
        failures: list[int] = []
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._ask(body, failures)
        except TimeoutError:
            if failures:
                raise BotUnavailable(f"failed with status {failures[-1]} for {DEADLINE:g} s") from None
            self._hanging.add(session_id)
            if len(self._hanging) >= SESSIONS_TO_REST:
                self._hanging.clear()
                self._rest_until = time.monotonic() + REST
            raise BotUnavailable(f"no answer within {DEADLINE:g} s") from None
        self._hanging.clear()
        return answer

    async def _ask(self, body: dict[str, Any], failures: list[int]) -> Answer:
        """Ask until there is an answer; the statuses of failed tries are noted in ``failures``."""
        while True:
            try:
                async with self._open.post(self._url + CHANNEL, json=body) as answer:
                    if answer.status == 200:
                        return _answer(await answer.json())
                    if answer.status < 500 and answer.status != 409:
                        raise BotUnavailable(f"refused with status {answer.status}")
                    failures.append(answer.status)
            except aiohttp.ClientConnectorError:
                raise BotUnavailable("not listening") from None
            except (aiohttp.ClientError, ValueError) as error:
                # Broken midway. Asking again is safe: Rasa knows the message by its id.
                log.info("rasa_asked_again", event_id=body["message_id"], error=type(error).__name__)
            await asyncio.sleep(RETRY_PAUSE)

    async def ready(self) -> None:
        """Raises: BotUnavailable: Rasa has no model, can't reach its trackers, or isn't there."""
        try:
            async with self._open.get(self._url + READY, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                if answer.status != 200:
                    raise BotUnavailable(f"status {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BotUnavailable(type(error).__name__) from None

    async def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Understand texts without a conversation; one ``{"intent", "confidence", "ranking", "told"}`` a text.

        Raises: BotUnavailable.
        """
        try:
            async with self._open.post(self._url + PARSE, json={"texts": list(texts)}) as answer:
                if answer.status != 200:
                    raise BotUnavailable(f"status {answer.status}")
                return list((await answer.json())["results"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
            raise BotUnavailable(type(error).__name__) from None

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise BotUnavailable("not opened: use RasaBot with `async with`")
        return self._session


def _answer(answer: Any) -> Answer:
    """Read the channel's replies; what goes with them as JSON (actions/forms.py) is about the whole turn."""
    if not isinstance(answer, dict) or not isinstance(answer.get("replies"), list):
        raise BotUnavailable("answer of an unknown form")
    lines: list[Line] = []
    about: dict[str, Any] = {}
    for reply in answer["replies"]:
        text = reply.get("text") if isinstance(reply, dict) else None
        if isinstance(text, str):
            buttons = reply.get("buttons") or []
            lines.append(Line(text, tuple(str(button["title"]) for button in buttons)))
        if isinstance(reply, dict) and isinstance(reply.get("custom"), dict):
            about |= reply["custom"]
    return Answer(lines, silent=not lines and about.get("silent") is True, waits=about.get("waits") is True)
