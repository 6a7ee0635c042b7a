"""(a) How soon a webhook is acknowledged, next to an empty Sanic handler at the same time on the same machine."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from bench.children import clean_environment, free_ports, running
from bench.figures import Times
from bench.pace import arrivals, no_pauses, open_loop
from bench.processes import OtherLoad
from bench.service import Service
from bench.standin import new_students, settle
from bench.students import crowd
from handoff.simulator.client import Prepared, StandIn

RATE = 50.0
"""Webhooks a second."""
_STUDENTS_AT_ONCE = 200
_PREPARE_AT_ONCE = 200
_QUIET_SECONDS = 5.0
_DRAIN_SECONDS = 90.0


@dataclass(frozen=True)
class _Answer:
    status: int | None
    seconds: float
    late: float


@dataclass(frozen=True)
class Acknowledgement:
    """What was measured. ours, peer: at the same time; quiet_peer: alone on the machine; late: of our own sending."""

    rate: float
    ours: Times
    peer: Times
    quiet_peer: Times
    late: Times
    statuses: dict[str, int]
    all_answered_after_s: float
    lost: int
    twice: int
    other_cores: float

    def as_json(self) -> dict[str, object]:
        """With the ratio of ours to the peer's at the same time."""
        ratios = {"ratio_p50": self.ours.p50 / self.peer.p50, "ratio_p99": self.ours.p99 / self.peer.p99}
        return asdict(self) | {name: round(value, 2) for name, value in ratios.items()}


async def measure(service: Service, standin: StandIn, folder: Path, seconds: float) -> Acknowledgement:
    """Posts ``RATE`` webhooks a second for ``seconds``, as many to the peer, and waits for the answers at LINE.

    Raises: BenchFailed: the peer didn't start.
    """
    webhooks = await _prepare(standin, round(RATE * seconds))
    port = free_ports(1)[0]
    argv = (sys.executable, "-m", "bench.empty_peer", str(port))
    peer_url = f"http://127.0.0.1:{port}"
    ours_url = f"{service.addresses.web}/line/webhook"
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=10)
    async with (
        running("empty_peer", argv, clean_environment(), folder, f"{peer_url}/healthz"),
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
    ):
        peer_url += "/line/webhook"
        few = arrivals(RATE, _QUIET_SECONDS, seed=3)
        # First one connection each and a few messages that don't count.
        await asyncio.gather(*(_post(session, peer_url, webhooks[n], time.monotonic()) for n in range(5)))
        quiet = await open_loop(few, lambda n, due: _post(session, peer_url, webhooks[n % len(webhooks)], due))
        since = len(await standin.calls())
        began, others = time.monotonic(), OtherLoad()
        with no_pauses():
            ours, peer = await asyncio.gather(
                open_loop(arrivals(RATE, seconds, seed=1), lambda n, due: _post(session, ours_url, webhooks[n], due)),
                open_loop(arrivals(RATE, seconds, seed=2), lambda n, due: _post(session, peer_url, webhooks[n], due)),
            )
    other_cores = others.cores()
    tokens = [one.reply_token for one in webhooks if one.reply_token is not None]
    account = await settle(standin, tokens, since, _DRAIN_SECONDS)
    last = max(account.arrived.values(), default=time.monotonic())
    return Acknowledgement(
        RATE,
        Times.of_seconds([one.seconds for one in ours]),
        Times.of_seconds([one.seconds for one in peer]),
        Times.of_seconds([one.seconds for one in quiet]),
        Times.of_seconds([one.late for one in ours]),
        dict(Counter(str(one.status) for one in ours)),
        round(last - began - seconds, 1),
        account.lost,
        account.twice,
        other_cores,
    )


async def _prepare(standin: StandIn, count: int) -> list[Prepared]:
    """Signed webhooks, one text each, of many students who write in turns."""
    said = crowd(count, min(count, _STUDENTS_AT_ONCE))
    students = await new_students(standin, max(one.student for one in said) + 1, friends=False)
    acts = [{"user": students[one.student], "kind": "text", "text": one.text} for one in said]
    prepared: list[Prepared] = []
    for start in range(0, count, _PREPARE_AT_ONCE):
        prepared += await standin.prepare(acts[start : start + _PREPARE_AT_ONCE], token_seconds=600)
    return prepared


async def _post(session: aiohttp.ClientSession, url: str, webhook: Prepared, due: float) -> _Answer:
    late = time.monotonic() - due
    headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": webhook.signature}
    status: int | None = None
    try:
        async with session.post(url, data=webhook.body.encode(), headers=headers) as answer:
            await answer.read()
            status = answer.status
    except (aiohttp.ClientError, TimeoutError):
        pass  # no status is counted as such
    return _Answer(status, time.monotonic() - due, late)
