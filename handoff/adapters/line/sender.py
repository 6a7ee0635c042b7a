"""Replies and pushes through LINE's SDK: one client per process, five seconds at most (line.md §2 and §5)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import aiohttp
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    LocationAction,
    MessageAction,
    PushMessageRequest,
    QuickReply,
    QuickReplyItem,
    ReplyMessageRequest,
    Sender,
    ShowLoadingAnimationRequest,
    TextMessage,
)

from handoff.domain.delivery import Outcome
from handoff.domain.outgoing import Line
from handoff.services.outside import Sending

#: Seconds; the SDK's own default is 300.
TIMEOUT = 5
#: Seconds that the loading animation stays at most; the answer ends it.
LOADING_SECONDS = 20
#: LINE's limit for a quick reply's label.
LONGEST_LABEL = 20
PLACE_LABEL = "位置を送る"


def _messages(lines: Sequence[Line]) -> list[TextMessage]:
    messages = []
    for line in lines:
        items = [
            QuickReplyItem(action=MessageAction(label=title[:LONGEST_LABEL], text=title)) for title in line.buttons
        ]
        if line.place:
            items.append(QuickReplyItem(action=LocationAction(label=PLACE_LABEL)))
        messages.append(
            TextMessage(
                text=line.text,
                quick_reply=QuickReply(items=items) if items else None,
                sender=None if line.sender is None else Sender(name=line.sender),
            )
        )
    return messages


def _error_text(body: Any) -> str:
    try:
        return str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        return ""


def classify(status: int, body: Any, *, reply: bool) -> Outcome:
    """Say what LINE's error status means for a call."""
    text = _error_text(body).lower()
    if status == 429:
        # One status for two things: the month's quota can last for weeks, the rate limit for seconds.
        return Outcome.MONTHLY_LIMIT if "monthly limit" in text else Outcome.RATE_LIMITED
    if status == 409 and not reply:
        return Outcome.ALREADY_ACCEPTED
    if status == 400 and reply and "reply token" in text:
        return Outcome.INVALID_TOKEN
    if status in (401, 403):
        return Outcome.NOT_AUTHORISED
    return Outcome.UNCERTAIN if status >= 500 or status == 408 else Outcome.REJECTED


class LineMessaging:
    """Implements ``services.ports.LineSender``. Make it inside the running loop (``async with``)."""

    def __init__(self, access_token: str, api_url: str | None) -> None:
        # Only a stand-in is named: with LINE's own address as host, media would be asked of the wrong domain.
        settings = {"access_token": access_token} | ({} if api_url is None else {"host": api_url})
        self._configuration = Configuration(**settings)
        self._client: AsyncApiClient | None = None

    async def __aenter__(self) -> Self:
        self._client = AsyncApiClient(self._configuration)
        self._api = AsyncMessagingApi(self._client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def reply(self, token: str, lines: Sequence[Line]) -> Sending:
        try:
            request = ReplyMessageRequest(reply_token=token, messages=_messages(lines))
        except ValueError:
            return Sending(Outcome.REJECTED)
        call = self._api.reply_message_with_http_info(request, _request_timeout=TIMEOUT)
        return await _outcome(call, reply=True)

    async def push(self, address: str, lines: Sequence[Line], retry_key: UUID) -> Sending:
        try:
            request = PushMessageRequest(to=address, messages=_messages(lines))
        except ValueError:
            return Sending(Outcome.REJECTED)
        call = self._api.push_message_with_http_info(request, str(retry_key), _request_timeout=TIMEOUT)
        return await _outcome(call, reply=False)

    async def show_loading(self, address: str) -> None:
        request = ShowLoadingAnimationRequest(chat_id=address, loading_seconds=LOADING_SECONDS)
        await _outcome(self._api.show_loading_animation_with_http_info(request, _request_timeout=TIMEOUT), reply=False)


async def _outcome(call: Awaitable[Any], *, reply: bool) -> Sending:
    try:
        answer = await call
    except ApiException as error:
        status = int(error.status or 0)
        return Sending(classify(status, error.body, reply=reply), status, _request_id(error.headers))
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorDNSError):
        return Sending(Outcome.NOT_SENT)
    except (TimeoutError, aiohttp.ClientError, OSError):
        return Sending(Outcome.UNCERTAIN)
    except (ValueError, LookupError, TypeError):
        # An answer that isn't LINE's (a gateway's page, an odd charset): nobody knows what became of the call.
        return Sending(Outcome.UNCERTAIN)
    return Sending(Outcome.ACCEPTED, answer.status_code, _request_id(answer.headers))


def _request_id(headers: Any) -> str | None:
    if headers is None:
        return None
    found = {str(name).lower(): value for name, value in dict(headers).items()}.get("x-line-request-id")
    return None if found is None else str(found)[:64]
