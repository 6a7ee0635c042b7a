"""LINE's platform as a state machine: users, events, reply tokens, retry keys and limits; no I/O, no event loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handoff.simulator import acts, events, identifiers
from handoff.simulator.conversation import Chat, Entry, User, entry_of
from handoff.simulator.limits import Quota, RateLimit
from handoff.simulator.messages import defects, shown_quick_replies
from handoff.simulator.outcome import (
    Outcome,
    invalid_body,
    monthly_limit,
    refused,
    too_many_requests,
    unauthorized,
)
from handoff.simulator.retry_keys import RetryKeys, is_retry_key
from handoff.simulator.tokens import ReplyTokens

LOADING_SECONDS = range(5, 61, 5)
CLOCK_SET_BACK_MS = 5000


class UnknownUser(KeyError):
    """The control API was asked for a user, group, event or message that doesn't exist."""


@dataclass(frozen=True)
class Made:
    """One event that a student caused; ``message_id`` and ``reply_token`` only where the event has them."""

    event_id: str
    chat_id: str
    event: events.Event
    message_id: str | None
    reply_token: str | None
    seq: int | None


class Platform:
    """Everything that LINE remembers.

    ``now``: seconds that only run forward; ``wall_ms``: the date of events, ms since 1970; ``phone_ms``: the date that
    the chat shows beside a bubble, where a demo wants another one.
    """

    def __init__(
        self,
        now: Callable[[], float],
        wall_ms: Callable[[], int],
        *,
        access_token: str = "",
        reply_token_seconds: float = 60.0,
        monthly_limit: int | None = None,
        message_rate: float = 2000.0,
        loading_rate: float = 100.0,
        phone_ms: Callable[[], int] | None = None,
    ) -> None:
        self._now = now
        self._wall_ms = wall_ms
        self._phone_ms = phone_ms or wall_ms
        self._access_token = access_token
        self.bot_id = identifiers.user_id()
        self.users: dict[str, User] = {}
        self.chats: dict[str, Chat] = {}
        self.made: dict[str, Made] = {}
        self.contents: dict[str, tuple[str, bytes]] = {}
        self._content_of: dict[str, str] = {}
        self._unsent: set[str] = set()
        self.tokens = ReplyTokens(now, reply_token_seconds)
        self.retry_keys = RetryKeys(now)
        self.quota = Quota(monthly_limit)
        self._rates = {
            endpoint: RateLimit(now, loading_rate if endpoint == "loading" else message_rate)
            for endpoint in ("reply", "push", "loading")
        }
        self.deliveries: Counter[str] = Counter()

    # --- what students do -------------------------------------------------------------------------------------------

    def create_user(self, name: str = "") -> User:
        """A new LINE account that has not added the bot yet."""
        user = User(identifiers.user_id(), name)
        self.users[user.user_id] = user
        self.chats[user.user_id] = Chat(user.user_id, name)
        return user

    def create_group(self, name: str = "") -> Chat:
        """A group chat that the bot is a member of."""
        chat = Chat(identifiers.group_id(), name)
        self.chats[chat.chat_id] = chat
        return chat

    def chat(self, chat_id: str) -> Chat:
        """The chat of a user or group; raises UnknownUser."""
        try:
            return self.chats[chat_id]
        except KeyError as missing:
            raise UnknownUser(chat_id) from missing

    def act(self, act: acts.Act, *, token_seconds: float | None = None) -> Made:
        """Let a student do something; the event that LINE would post comes back, its reply token is good from now.

        Raises UnknownUser when user, group or message are not known.
        """
        if act.user not in self.users:
            raise UnknownUser(act.user)
        user = self.users[act.user]
        chat = self.chat(act.group or act.user)
        at_ms = self._event_time(chat, act)
        message_id, token = identifiers.message_id(), identifiers.reply_token()
        event = events.build(
            act, at_ms=at_ms, message_id=message_id, reply_token=token, was_friend=user.friend is not None
        )
        event_id = str(event.get("webhookEventId", ""))
        self._change_state(act, user, chat, message_id)
        entry = entry_of(
            act, at_ms=self._shown_ms(act), monotonic=self._now(), message_id=message_id, event_id=event_id
        )
        shown = chat.add(entry) if entry is not None else None
        has_token = event.get("replyToken") == token
        if has_token:
            self.tokens.issue(token, chat.chat_id, token_seconds)
        message = event.get("message")
        made = Made(
            event_id, chat.chat_id, event,
            str(message["id"]) if isinstance(message, dict) and "id" in message else None,
            token if has_token else None,
            shown.seq if shown is not None else None,
        )  # fmt: skip
        self.made[event_id] = made
        return made

    def redeliver(self, event_id: str) -> Made:
        """The same event again: LINE marks it and gives an unused reply token a new minute. Raises UnknownUser."""
        if event_id not in self.made:
            raise UnknownUser(event_id)
        made = self.made[event_id]
        if made.reply_token is not None:
            self.tokens.renew(made.reply_token)
        return Made(
            made.event_id, made.chat_id, events.redelivered(made.event), made.message_id, made.reply_token, made.seq
        )

    def webhook(self, made: Sequence[Made]) -> dict[str, object]:
        """One webhook's body for some events."""
        return events.webhook(self.bot_id, [one.event for one in made])

    def note_delivery(self, made: Made, *, ok: bool) -> None:
        """The webhook was answered: shown beside the bubble. A delivered event never turns into a failed one."""
        self.deliveries[made.event_id] += 1
        if made.seq is None:
            return
        chat = self.chats[made.chat_id]
        state = "delivered" if ok else "failed"
        if chat.entries[made.seq].delivery not in (state, "delivered"):
            chat.change(made.seq, delivery=state)

    def add_content(self, content_type: str, data: bytes) -> str:
        """Keep an uploaded file; its id goes into an act."""
        content_id = identifiers.request_id()
        self.contents[content_id] = (content_type, data)
        return content_id

    def _event_time(self, chat: Chat, act: acts.Act) -> int:
        if act.at_ms is not None:
            return act.at_ms
        # Two events of one chat never share a millisecond, so that their order can be told. A clock that a demo set
        # back is followed.
        at_ms, after = self._wall_ms(), chat.last_event_ms + 1
        chat.last_event_ms = at_ms if after - at_ms > CLOCK_SET_BACK_MS else max(at_ms, after)
        return chat.last_event_ms

    def _shown_ms(self, act: acts.Act) -> int:
        return self._phone_ms() if act.at_ms is None else act.at_ms

    def _change_state(self, act: acts.Act, user: User, chat: Chat, message_id: str) -> None:
        match act:
            case acts.Follow():
                user.friend = True
            case acts.Unfollow():
                user.friend = False
                chat.stop_loading()
            case acts.Unsend():
                self._own_message(chat, act.message, unsent=True, text="", detail={})
                self._unsent.add(act.message)
            case acts.Edit():
                self._own_message(chat, act.message, edited=True, text=act.text)
            case acts.Media(content=str(content)) | acts.File(content=str(content)):
                self._content_of[message_id] = content
        if not isinstance(act, acts.Follow | acts.Unfollow | acts.Unsend):
            user.wrote_at = self._now()

    def _own_message(self, chat: Chat, message_id: str, **change: object) -> None:
        entry = chat.find(message_id)
        if entry is None or entry.author != "student":
            raise UnknownUser(message_id)
        chat.change(entry.seq, **change)

    # --- what the bot calls -----------------------------------------------------------------------------------------

    def authorised(self, header: str | None) -> Outcome | None:
        """The 401 for a wrong or missing bearer token, or None."""
        return None if header == f"Bearer {self._access_token}" else unauthorized()

    def rate_limited(self, endpoint: str) -> Outcome | None:
        """The 429 of the rate limit, or None; counts the call."""
        rate = self._rates.get(endpoint)
        if rate is None or rate.take():
            return None
        return too_many_requests()

    def reply(self, body: Mapping[str, object], *, request_id: str, retry_key: str | None) -> Outcome:
        """``POST /v2/bot/message/reply``: free, once per token, without a retry key."""
        if retry_key is not None:
            return refused(400, "The 'X-Line-Retry-Key' header is not supported for this endpoint", "retry_key_refused")
        messages = body.get("messages")
        found = defects(messages)
        if found or not isinstance(messages, list):
            return invalid_body(found)
        token = body.get("replyToken")
        chat_id = self.tokens.chat_of(token) if isinstance(token, str) else None
        if chat_id is None or not isinstance(token, str):
            return refused(400, "Invalid reply token", "invalid_reply_token")
        self.tokens.spend(token)
        sent, delivered = self._accept(chat_id, messages, request_id, by_push=False)
        return Outcome(200, {"sentMessages": sent}, "accepted", chat_id=chat_id, delivered=delivered)

    def push(self, body: Mapping[str, object], *, request_id: str, retry_key: str | None) -> Outcome:
        """``POST /v2/bot/message/push``: counted against the month; a retry key is accepted once."""
        if retry_key is not None:
            if not is_retry_key(retry_key):
                return refused(400, "The 'X-Line-Retry-Key' header is invalid", "invalid_retry_key")
            before = self.retry_keys.attempt(retry_key)
            if before is not None:
                return Outcome(
                    409,
                    {"message": "The retry key is already accepted", "sentMessages": list(before.sent_messages)},
                    "already_accepted",
                    {"x-line-accepted-request-id": before.request_id},
                )
        messages = body.get("messages")
        found = defects(messages)
        if found or not isinstance(messages, list):
            return invalid_body(found)
        chat_id = body.get("to")
        if not isinstance(chat_id, str) or chat_id not in self.chats:
            return refused(400, "Failed to send messages", "unknown_user")
        if not self.quota.has_room():
            return monthly_limit()
        sent, delivered = self._accept(chat_id, messages, request_id, by_push=True)
        if delivered:
            self.quota.used += 1
        if retry_key is not None:
            self.retry_keys.accept(retry_key, request_id, sent)
        return Outcome(200, {"sentMessages": sent}, "accepted", chat_id=chat_id, delivered=delivered)

    def start_loading(self, body: Mapping[str, object]) -> Outcome:
        """``POST /v2/bot/chat/loading/start``: one-to-one only, 5 to 60 seconds in steps of five."""
        chat_id, seconds = body.get("chatId"), body.get("loadingSeconds", 20)
        if not isinstance(chat_id, str) or chat_id not in self.users:
            return refused(400, "The value for the 'chatId' parameter is invalid", "unknown_user")
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds not in LOADING_SECONDS:
            return refused(400, "The value for the 'loadingSeconds' parameter is invalid", "invalid_body")
        user = self.users[chat_id]
        shown = user.reachable(self._now(), by_push=False)
        if shown:
            self.chats[chat_id].start_loading(self._now(), seconds)
        return Outcome(202, {}, "accepted", chat_id=chat_id, delivered=shown)

    def content(self, message_id: str) -> tuple[str, bytes] | Outcome:
        """The file of a message; 410 once the student took the message back, 404 when there is none."""
        if message_id in self._unsent:
            return refused(410, "The content is gone", "gone")
        content = self.contents.get(self._content_of.get(message_id, ""))
        return content if content is not None else refused(404, "Not found", "not_found")

    def _accept(
        self, chat_id: str, messages: list[Mapping[str, object]], request_id: str, *, by_push: bool
    ) -> tuple[list[dict[str, str]], bool]:
        user, chat = self.users.get(chat_id), self.chats[chat_id]
        delivered = user is None or user.reachable(self._now(), by_push=by_push)
        sent: list[dict[str, str]] = []
        if delivered:
            chat.stop_loading()
        for index, message in enumerate(messages):
            message_id = identifiers.message_id()
            sent.append({"id": message_id, "quoteToken": identifiers.quote_token()})
            if not delivered:
                continue
            quick = shown_quick_replies(messages) if index == len(messages) - 1 else []
            sender = message.get("sender")
            chat.add(
                Entry(
                    0, self._phone_ms(), self._now(), "bot", str(message["type"]),
                    str(message.get("text") or message.get("altText") or message.get("title") or ""),
                    message_id=message_id, via="push" if by_push else "reply", request_id=request_id,
                    sender=str(sender["name"]) if isinstance(sender, dict) and sender.get("name") else None,
                    quick_replies=tuple(quick),
                )
            )  # fmt: skip
        return sent, delivered
