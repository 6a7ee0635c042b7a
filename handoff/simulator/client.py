"""A typed client of the stand-in's control API, for tests and benches.

::

    async with StandIn("http://127.0.0.1:8090") as standin:
        student = await standin.user()
        await standin.follow(student)
        await standin.text(student, "こんにちは")
        answers = await standin.wait_for_answers(student, 2, timeout=5)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self, Unpack

import aiohttp

from handoff.simulator.reports import (
    ActFields,
    Answer,
    CallMade,
    FaultFields,
    Line,
    Prepared,
    Sent,
    SettingFields,
    read,
)
from handoff.simulator.signing import sign

_Kind = Literal["status", "timeout", "drop", "delay"]


class StandIn:
    """One session to one stand-in; use it with ``async with``. Raises ``aiohttp.ClientResponseError`` on refusals.

    Acts return ``Sent`` after the bot's webhook answered (or failed to): look at ``sent.status``. Every act takes
    ``group``, ``mode`` ("standby") and ``at_ms`` as keyword arguments.
    """

    def __init__(self, base_url: str) -> None:
        self._base = f"{base_url.rstrip('/')}/_control"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # --- people -----------------------------------------------------------------------------------------------------

    async def user(self, name: str = "", *, friend: bool = False) -> str:
        """A new student's LINE id; with ``friend`` the follow event is sent as well."""
        user = str((await self._post("/users", {"name": name}))["user"])
        if friend:
            await self.follow(user)
        return user

    async def group(self) -> str:
        """The id of a new group chat."""
        return str((await self._post("/groups", {}))["group"])

    # --- acts -------------------------------------------------------------------------------------------------------

    async def text(self, user: str, text: str, **more: Unpack[ActFields]) -> Sent:
        """A text message."""
        return await self.act(user, "text", text=text, **more)

    async def sticker(self, user: str, **more: Unpack[ActFields]) -> Sent:
        """A sticker."""
        return await self.act(user, "sticker", **more)

    async def image(self, user: str, data: bytes | None = None, **more: Unpack[ActFields]) -> Sent:
        """An image; without ``data`` the event comes, and its content is a 404."""
        content = await self._upload(data, "image/png")
        return await self.act(user, "image", content=content, **more)

    async def video(self, user: str, data: bytes | None = None, **more: Unpack[ActFields]) -> Sent:
        """A video of five seconds."""
        return await self.act(user, "video", content=await self._upload(data, "video/mp4"), **more)

    async def audio(self, user: str, data: bytes | None = None, **more: Unpack[ActFields]) -> Sent:
        """A voice message of five seconds."""
        return await self.act(user, "audio", content=await self._upload(data, "audio/mp4"), **more)

    async def file(self, user: str, name: str, data: bytes = b"", **more: Unpack[ActFields]) -> Sent:
        """A file."""
        content = await self._upload(data or None, "application/octet-stream")
        return await self.act(user, "file", name=name, size=len(data), content=content, **more)

    async def location(self, user: str, latitude: float, longitude: float, **more: Unpack[ActFields]) -> Sent:
        """A place, degrees."""
        return await self.act(user, "location", latitude=latitude, longitude=longitude, **more)

    async def postback(self, user: str, data: str, **more: Unpack[ActFields]) -> Sent:
        """A tap on a postback action."""
        return await self.act(user, "postback", data=data, **more)

    async def follow(self, user: str, **more: Unpack[ActFields]) -> Sent:
        """Add the bot as a friend, or unblock it."""
        return await self.act(user, "follow", **more)

    async def unfollow(self, user: str, **more: Unpack[ActFields]) -> Sent:
        """Block the bot."""
        return await self.act(user, "unfollow", **more)

    async def unsend(self, user: str, message_id: str, **more: Unpack[ActFields]) -> Sent:
        """Take a message back."""
        return await self.act(user, "unsend", message=message_id, **more)

    async def edit(self, user: str, message_id: str, text: str, **more: Unpack[ActFields]) -> Sent:
        """Change a message (``messageEdited``)."""
        return await self.act(user, "edit", message=message_id, text=text, **more)

    async def unknown(self, user: str, **more: Unpack[ActFields]) -> Sent:
        """An event of a type that nobody knows yet."""
        return await self.act(user, "unknown", **more)

    async def unknown_message(self, user: str, **more: Unpack[ActFields]) -> Sent:
        """A message of a type that nobody knows yet."""
        return await self.act(user, "unknown_message", **more)

    async def raw(self, user: str, event: Mapping[str, object], **more: Unpack[ActFields]) -> Sent:
        """Any event: its fields are laid over the common ones, null takes a field away."""
        return await self.act(user, "raw", event=dict(event), **more)

    async def act(self, user: str, kind: str, **fields: object) -> Sent:
        """One act in one webhook; ``fields`` as in ``handoff.simulator.acts``."""
        return (await self.acts([{"user": user, "kind": kind, **fields}]))[0]

    async def acts(self, acts: Sequence[Mapping[str, object]]) -> list[Sent]:
        """Several acts, of several users too, in one webhook. An empty list is LINE's connectivity check."""
        answer = await self._post("/acts", {"acts": [dict(act) for act in acts]})
        webhook = answer["webhook"]
        return [read(Sent, {**one, **webhook}) for one in answer["made"]] or [read(Sent, webhook)]

    async def redeliver(self, event_id: str, copies: int = 1) -> list[int | None]:
        """The same event again, ``copies`` times at once; the webhook's statuses (None: no answer)."""
        answer = await self._post(f"/events/{event_id}/redeliver", {"copies": copies})
        return [one["status"] for one in answer["webhooks"]]

    async def prepare(self, acts: Sequence[Mapping[str, object]], *, token_seconds: float = 600) -> list[Prepared]:
        """Signed bodies that are not sent, one for each act: a bench posts them itself.

        Their reply tokens are good for ``token_seconds`` from now.
        """
        body = {"acts": [dict(act) for act in acts], "token_seconds": token_seconds}
        return [read(Prepared, one) for one in (await self._post("/prepared", body))["prepared"]]

    # --- what came of it --------------------------------------------------------------------------------------------

    async def timeline(self, user: str) -> list[Line]:
        """Everything that this student's phone shows."""
        return [read(Line, one) for one in (await self._get(f"/users/{user}"))["entries"]]

    async def answers(self, user: str) -> list[Answer]:
        """What the bot said to this student (or group), oldest first."""
        return [read(Answer, one) for one in (await self._get(f"/users/{user}/answers"))["answers"]]

    async def wait_for_answers(self, user: str, n: int, timeout: float = 10.0) -> list[Answer]:
        """All answers, as soon as there are ``n``; raises TimeoutError with the number that came."""
        found = await self._get(f"/users/{user}/answers", at_least=n, timeout=timeout)
        if len(found["answers"]) < n:
            raise TimeoutError(f"{len(found['answers'])} of {n} answers after {timeout} s")
        return [read(Answer, one) for one in found["answers"]]

    async def calls(self, endpoint: str | None = None, since: int = 0) -> list[CallMade]:
        """The ledger of API calls: "reply", "push", "loading", "quota", "consumption", "info" or "content"."""
        query: dict[str, str | int] = {"since": since} | ({"endpoint": endpoint} if endpoint else {})
        return [read(CallMade, one) for one in (await self._get("/calls", **query))["calls"]]

    # --- faults and settings ----------------------------------------------------------------------------------------

    async def fail(self, endpoint: str, kind: _Kind = "status", **more: Unpack[FaultFields]) -> None:
        """Let the next calls to an endpoint fail; see ``handoff.simulator.faults.Fault``."""
        await self._post("/faults", {"endpoint": endpoint, "kind": kind, **more})

    async def heal(self) -> None:
        """Forget the faults that still wait."""
        await self._request("DELETE", "/faults")

    async def settings(self, **changes: Unpack[SettingFields]) -> None:
        """Change settings while it runs, for example ``redelivery=True`` or ``monthly_limit=0``."""
        await self._request("PATCH", "/settings", dict(changes))

    async def reset(self) -> None:
        """Forget every user, message and call."""
        await self._post("/reset", {})

    async def _upload(self, data: bytes | None, content_type: str) -> str | None:
        if data is None:
            return None
        headers = {"content-type": content_type}
        async with self._open.post(
            f"{self._base}/contents", data=data, headers=headers, raise_for_status=True
        ) as answer:
            return str((await answer.json())["content"])

    async def _get(self, path: str, **query: str | float) -> Any:
        return await self._request("GET", path, query=query)

    async def _post(self, path: str, body: Mapping[str, object]) -> Any:
        return await self._request("POST", path, body)

    async def _request(
        self, method: str, path: str, body: Mapping[str, object] | None = None, query: Mapping[str, str | float] = {}
    ) -> Any:
        async with self._open.request(
            method, self._base + path, json=body, params=dict(query), raise_for_status=True
        ) as answer:
            return await answer.json()

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use 'async with StandIn(...)'")
        return self._session


__all__ = ["Answer", "CallMade", "Line", "Prepared", "Sent", "StandIn", "sign"]
