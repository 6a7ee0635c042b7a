"""One turn: a student's message in, the bot's replies out, the tracker saved once at the end.

Rasa's own `handle_message` does the same steps but carries on when an action fails, falls back to memory when the
database is gone, and answers a repeated message a second time. Here a turn happens wholly or not at all: whatever fails
before the save leaves the tracker as it was, and the same message id can simply come again. After the save it is replayed.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Dict, List, Mapping, Optional, Sequence, Tuple

from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.events import ActionExecutionRejected, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

CHANNEL = "bridge"
# The worker's risk screen interrupts: the form is dropped and nothing is said.
INTERRUPT = "interrupt"
EVENTS = frozenset(
    (
        *("follow", "sticker", "image", "video", "audio", "file", "location"),
        *("postback_talk", "postback_message", "unknown", INTERRUPT),
    )
)
# Rasa always knows these intents and acts on them; no student's words may ever become one of them.
COMMANDS = frozenset({"restart", "back", "session_start"})
FALLBACK = "nlu_fallback"
SLASH, FULL_WIDTH_SLASH = "/", "／"

# The bridge waits five seconds. A turn that hangs on an action must not keep the student's next words waiting for minutes.
TURN_SECONDS = 10.0

Reply = Dict[str, Any]

_failed_actions: contextvars.ContextVar[Optional[List[str]]] = contextvars.ContextVar("failed_actions", default=None)


class TurnFailed(Exception):
    """The turn was not taken and may be tried again; `code` says why (`no_model`, `action_failed`, `too_slow`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Incoming:
    """A message of a session. `event` is `text` or one of EVENTS; `text` counts only for `text`.

    Attributes: metadata: what the worker's risk screen said, for the actions: `level` (`none`, `concern`, `high`,
    `critical`, null for unscreened), `care` (no form question) and `interrupted` (the session's form was ended).
    """

    sender: str
    message_id: str
    event: str
    text: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What the bot answers, and whether that is the stored answer to an earlier delivery of the same message."""

    replies: Tuple[Reply, ...]
    replayed: bool


class _Silent(OutputChannel):
    """Rasa sends here while it works; the replies are read from the tracker, so that a replay gives the same ones."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        return None


class SessionLocks:
    """One lock a session: turns of one student queue in the order they came, those of others don't wait."""

    def __init__(self) -> None:
        self._locks: Dict[str, Tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def hold(self, session: str) -> AsyncIterator[None]:
        """Hold the session's lock; it is forgotten with its last holder."""
        lock, waiting = self._locks.get(session, (asyncio.Lock(), 0))
        self._locks[session] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(session)
            if waiting > 1:
                self._locks[session] = (lock, waiting - 1)


def as_words(text: str) -> str:
    """Give the text for Rasa's NLU so that it can't be read as a command.

    Rasa takes `/intent{"entity": …}` for a prediction whenever the stripped text begins with a slash. The full-width slash
    it gets instead is the same character to our normalisation, so the words are understood as before.
    """
    stripped = text.strip()
    return FULL_WIDTH_SLASH + stripped[1:] if stripped.startswith(SLASH) else stripped


def readable(text: str) -> str:
    """Give the text with lone surrogates replaced; they can't be sent to the action server."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


async def understand(
    processor: MessageProcessor,
    text: str,
    tracker: Optional[DialogueStateTracker] = None,
    asked: Optional[str] = None,
) -> Any:
    """Give Rasa's parse data of a student's text: never a command, always the text as it was written.

    Args: asked: the conversation's question that waits, which helps to read a bare answer.
    """
    text = readable(text)
    message = UserMessage(as_words(text), metadata={"asked": asked})
    parsed: Dict[str, Any] = await processor.parse_message(message, tracker)
    parsed.pop("text_tokens", None)
    parsed["text"] = text
    name = (parsed.get("intent") or {}).get("name")
    if name is None or name in COMMANDS:
        parsed["intent"] = {"name": FALLBACK, "confidence": 0.0}
        parsed["intent_ranking"] = [one for one in parsed.get("intent_ranking", []) if one["name"] not in COMMANDS]
        parsed["entities"] = []
    return parsed


def stored_replies(tracker: DialogueStateTracker, message_id: str) -> Optional[Tuple[Reply, ...]]:
    """Give what the bot said to this message, or None if the tracker doesn't know the message."""
    replies: Optional[List[Reply]] = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if replies is not None:
                break
            if event.message_id == message_id:
                replies = []
        elif replies is not None and isinstance(event, BotUttered):
            replies.append(_reply(event))
    return None if replies is None else tuple(reply for reply in replies if reply)


def _reply(event: BotUttered) -> Reply:
    reply: Reply = {"text": event.text} if event.text else {}
    data = event.data or {}
    buttons: Sequence[Mapping[str, Any]] = data.get("buttons") or data.get("quick_replies") or ()
    if buttons:
        reply["buttons"] = [{"title": b.get("title", ""), "payload": b.get("payload", "")} for b in buttons]
    for name in ("custom", "image", "attachment"):
        if data.get(name):
            reply[name] = data[name]
    return reply


def processor_of(agent: Any) -> MessageProcessor:
    """Give the agent's processor, with its own tracker store instead of the one that falls back to memory.

    A conversation that goes on in memory while the database is away would be lost with the process, and answered twice
    after it. Raises: TurnFailed: no model is loaded.
    """
    if not isinstance(agent, Agent) or agent.processor is None:
        raise TurnFailed("no_model")
    if isinstance(agent.tracker_store, FailSafeTrackerStore):
        agent.tracker_store = agent.processor.tracker_store = agent.tracker_store._tracker_store
    return agent.processor


async def take(agent: Any, locks: SessionLocks, incoming: Incoming) -> Outcome:
    """Take the turn, or replay it if this message was answered before.

    Raises: TurnFailed; TrackerStoreError of bot.tracker. In both cases nothing was saved.
    """
    processor = processor_of(agent)
    async with locks.hold(incoming.sender):
        tracker = await processor.get_tracker(incoming.sender)
        stored = stored_replies(tracker, incoming.message_id)
        if stored is not None:
            return Outcome(stored, replayed=True)
        try:
            await asyncio.wait_for(_step(processor, tracker, incoming), TURN_SECONDS)
        except asyncio.TimeoutError:
            raise TurnFailed("too_slow") from None
        await processor.save_tracker(tracker)
    return Outcome(stored_replies(tracker, incoming.message_id) or (), replayed=False)


async def _step(processor: MessageProcessor, tracker: DialogueStateTracker, incoming: Incoming) -> None:
    """Do what Rasa's handle_message does, without its save; fail if an action failed."""
    output = _Silent()
    metadata = {**incoming.metadata, "message_id": incoming.message_id}
    if incoming.event == "text":
        interrupted = incoming.metadata.get("interrupted") and not tracker.get_slot("resumed")
        asked = None if interrupted or "asked" not in tracker.slots else tracker.get_slot("asked")
        parsed = await understand(processor, incoming.text, tracker, asked)
    else:
        intent = {"name": f"event_{incoming.event}", "confidence": 1.0}
        parsed = {"text": "", "intent": intent, "entities": [], "intent_ranking": [intent]}
    message = UserMessage(
        text=parsed["text"],
        output_channel=output,
        sender_id=incoming.sender,
        parse_data=parsed,
        input_channel=CHANNEL,
        message_id=incoming.message_id,
        metadata=metadata,
    )
    failed: List[str] = []
    token = _failed_actions.set(failed)
    try:
        await processor._update_tracker_session(tracker, output, None)
        await processor._handle_message_with_tracker(message, tracker)
        tracker = await processor.run_action_extract_slots(output, tracker)
        if incoming.event == INTERRUPT and tracker.active_loop_name is not None:
            # Rasa asks an open form before any rule. A refusal in the form's name lets the rule for the interrupt win,
            # and spares the call to the action server, which may be down just then.
            tracker.update(ActionExecutionRejected(tracker.active_loop_name))
        await processor._run_prediction_loop(output, tracker)
    finally:
        _failed_actions.reset(token)
    if failed:
        raise TurnFailed("action_failed")


_original_run = RemoteAction.run


async def _watched_run(self: RemoteAction, *arguments: Any, **named: Any) -> Any:
    """Run the action as Rasa does, and note a failure: Rasa catches it and goes on without the action's events."""
    try:
        return await _original_run(self, *arguments, **named)
    except ActionExecutionRejection:
        raise
    except Exception:
        failed = _failed_actions.get()
        if failed is not None:
            failed.append(self.name())
        raise


def watch_actions() -> None:
    """Have failures of remote actions noticed; more than once does no harm."""
    RemoteAction.run = _watched_run
