"""Our Rasa against a stock one: the same messages, one at a time, alternating, both servers already running.

Alternating message by message makes both share whatever else the machine does meanwhile. Ours does more: it seals and
commits every turn to PostgreSQL, the stock one keeps its trackers in memory.
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

#: What a student might say to a bot that asks four questions; median 30 characters. Written for this measurement.
MESSAGES: Final = (
    "こんにちは、はじめてなんですけど、ここで相談してもいいですか",
    "中学2年で、秋から新しいクラスになったばかりの者です",
    "学校の名前はちょっと言いたくないです、すみませんがごめんなさい",
    "最近クラスの子たちに話しかけても返事をしてもらえなくてつらいです",
    "自分のことです",
    "朝になると頭が痛くなって、どうしても家を出られない日があります",
    "お母さんには心配かけたくないから、まだ何も話せていません",
    "誰かに聞いてもらえるだけでもちょっと気持ちが楽になる気がします",
    "部活の先輩がこわくて、毎日の練習に行くのがしんどくなってきました",
    "ありがとうございます、もう少し自分で考えてみようと思います",
)


class PeerFailed(Exception):
    """A server refused a message or answered something else than replies; the text names which and how."""


@dataclass(frozen=True)
class Series:
    """Times of one server: milliseconds a message, in the order they were sent."""

    name: str
    milliseconds: tuple[float, ...]
    replies: int

    def percentile(self, share: float) -> float:
        """Give the time that `share` (0–1) of the messages stayed within."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def p50(self) -> float:
        """Median, ms."""
        return self.percentile(0.50)

    @property
    def p95(self) -> float:
        """95 % of the messages, ms."""
        return self.percentile(0.95)


@dataclass(frozen=True)
class Comparison:
    """Both series over the same messages; ratios below 1 mean that ours is faster."""

    ours: Series
    stock: Series

    @property
    def ratio_p50(self) -> float:
        """Ours ÷ stock at the median."""
        return self.ours.p50 / self.stock.p50

    @property
    def ratio_p95(self) -> float:
        """Ours ÷ stock at the 95th percentile."""
        return self.ours.p95 / self.stock.p95


class _Server:
    def __init__(self, name: str, url: str, path: str, headers: Mapping[str, str]) -> None:
        address = urlsplit(url)
        self.name = name
        self._connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port or 80, timeout=30)
        self._path = path
        self._headers = {"Content-Type": "application/json", **headers}

    def send(self, body: Mapping[str, Any]) -> tuple[float, Any]:
        """Send a message; give milliseconds and the answer. Raises: PeerFailed."""
        payload = json.dumps(body).encode()
        began = time.perf_counter()
        self._connection.request("POST", self._path, payload, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise PeerFailed(f"{self.name} answered {answer.status}")
        return took, json.loads(content)

    def close(self) -> None:
        self._connection.close()


def compare(
    ours_url: str,
    stock_url: str,
    token: str,
    open_session: Callable[[], str],
    sessions: int = 20,
    messages: Sequence[str] = MESSAGES,
    warm_up: int = 2,
) -> Comparison:
    """Send every message of every session to both servers, alternating who comes first.

    Args: open_session: gives the id of a session that ours may remember; sessions: conversations that count, each with
    all messages in order; warm_up: conversations before them that don't. Raises: PeerFailed: an answer isn't 200, or a server stays silent over a whole conversation.
    """
    ours = _Server("ours", ours_url, "/webhooks/bridge/webhook", {"Authorization": f"Bearer {token}"})
    stock = _Server("stock", stock_url, "/webhooks/rest/webhook", {})
    times: dict[str, list[float]] = {"ours": [], "stock": []}
    replies = {"ours": 0, "stock": 0}
    try:
        for session in range(warm_up + sessions):
            ids = {"ours": open_session(), "stock": str(uuid.uuid4())}
            said = {"ours": 0, "stock": 0}
            for place, text in enumerate(messages):
                for server in (ours, stock) if (session + place) % 2 == 0 else (stock, ours):
                    message_id = str(uuid.uuid4())
                    if server is ours:
                        body: dict[str, Any] = {"event": "text", "text": text, "metadata": {}, "message_id": message_id}
                    else:
                        body = {"message": text, "metadata": {"message_id": message_id}}
                    took, answer = server.send({"sender": ids[server.name], **body})
                    said[server.name] += len(answer["replies"] if server is ours else answer)
                    if session >= warm_up:
                        times[server.name].append(took)
            for name, count in said.items():
                if count == 0:
                    raise PeerFailed(f"{name} said nothing in a whole conversation")
                replies[name] += count
    finally:
        ours.close()
        stock.close()
    return Comparison(
        *(Series(name, tuple(times[name]), replies[name]) for name in ("ours", "stock")),
    )


def median_length(messages: Sequence[str] = MESSAGES) -> float:
    """Median number of characters of the messages."""
    return statistics.median(len(message) for message in messages)
