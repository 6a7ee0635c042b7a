"""(e) How soon a student's words are seen at the desk, and a counsellor's taken by LINE: 60 live talks, 20 desks."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from bench.children import clean_environment, free_ports, running
from bench.desk_people import PASSWORD, Desk, make_accounts, sat_down
from bench.errors import BenchFailed
from bench.figures import Times
from bench.pace import arrivals, no_pauses, open_loop
from bench.processes import OtherLoad, usage
from bench.service import Service
from bench.standin import new_students
from handoff.simulator.client import StandIn

DESKS = 20
EACH = 3
RATE = 6.0
"""Lines a second in each direction: everybody in 60 talks writes every ten seconds."""
_ASKS = "相談員と話したい"
_LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class AtDesk:
    """What was measured.

    seen: from the stand-in's sending of the webhook to the line at its counsellor's socket; taken: from the counsellor's
    request to LINE's acceptance; peer: from a POST to 20 sockets of an empty Sanic; lost, twice: lines of either way.
    """

    rate: float
    desks: int
    live: int
    seen: Times
    taken: Times
    peer: Times
    lost: int
    twice: int
    cpu_ms_per_line: dict[str, float]
    other_cores: float

    def as_json(self) -> dict[str, object]:
        """With the ratio of ours to the peer's."""
        return asdict(self) | {"ratio_p50": round(self.seen.p50 / self.peer.p50, 2)}


async def measure(service: Service, standin: StandIn, folder: Path, seconds: float) -> AtDesk:
    """Let 60 students ask for somebody and 20 counsellors take them; then both write for ``seconds``."""
    names = await make_accounts(service, DESKS)
    # Students of the parts before may wait as well; one of them at risk would fill a whole desk.
    there = await _waiting(service, 0)
    students = await new_students(standin, DESKS * EACH, friends=True)
    for student in students:
        await standin.text(student, _ASKS)
        await asyncio.sleep(0.05)
    waiting = await _waiting(service, len(students), beside=there)
    peer = await _peer(folder)
    async with sat_down(service, names, waiting) as desks:
        before, others = usage(service.processes()), OtherLoad()
        since = len(await standin.calls())
        wrote, spoke = await _talk(standin, students, desks, seconds)
        seen = await _seen(desks, wrote)
        taken, twice = await _taken(standin, since, spoke)
        after, other_cores = usage(service.processes()), others.cores()
    lines = len(wrote) + len(spoke)
    return AtDesk(
        rate=RATE,
        desks=DESKS,
        live=DESKS * EACH,
        seen=Times.of_seconds(seen),
        taken=Times.of_seconds(taken),
        peer=peer,
        lost=lines - len(seen) - len(taken),
        twice=twice,
        cpu_ms_per_line={
            name: round((after[name].cpu_s - before[name].cpu_s) * 1000 / lines, 2) for name in after if name in before
        },
        other_cores=other_cores,
    )


async def _waiting(service: Service, count: int, beside: Sequence[str] = ()) -> list[str]:
    """Who is in the queue beside those, as soon as they are so many."""
    end = time.monotonic() + 90
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        web = service.addresses.web
        await http.post(f"{web}/desk/sign-in", data={"name": "bench0", "password": PASSWORD})
        while time.monotonic() < end:
            async with http.get(f"{web}/desk/api/desk") as answer:
                cards = (await answer.json())["cards"]
            waiting = [card["id"] for card in cards if card["state"] == "waiting" and card["id"] not in beside]
            if len(waiting) >= count:
                return waiting
            await asyncio.sleep(0.5)
    raise BenchFailed("not everybody came into the queue")


async def _talk(
    standin: StandIn, students: Sequence[str], desks: Sequence[Desk], seconds: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Both sides write; the moments at which their lines left, by their words."""
    wrote: dict[str, float] = {}
    spoke: dict[str, float] = {}
    talks = [(desk, session) for desk in desks for session in desk.sessions]

    async def write(number: int, _due: float) -> None:
        text = f"きょうの出来事の{number}番目です"
        sent = await standin.text(students[number % len(students)], text)
        wrote[text] = sent.monotonic

    async def speak(number: int, _due: float) -> None:
        text = f"{number}番目の返事です。聞いています。"
        desk, session = talks[number % len(talks)]
        spoke[text] = time.monotonic()
        await desk.say(session, text)

    with no_pauses():
        await asyncio.gather(
            open_loop(arrivals(RATE, seconds, seed=5), write), open_loop(arrivals(RATE, seconds, seed=6), speak)
        )
    return wrote, spoke


async def _seen(desks: Sequence[Desk], wrote: dict[str, float]) -> list[float]:
    end = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < end:
        found = {text: desk.shown[text] for desk in desks for text in wrote if text in desk.shown}
        if len(found) == len(wrote):
            break
        await asyncio.sleep(0.25)
    return [found[text] - wrote[text] for text in found]


async def _taken(standin: StandIn, since: int, spoke: dict[str, float]) -> tuple[list[float], int]:
    """How long each line took to LINE, and how many came twice."""
    end = time.monotonic() + _LONGEST_WAIT
    while True:
        arrived: dict[str, list[float]] = {}
        for call in await standin.calls(since=since):
            if call.accepted:
                for message in call.messages:
                    arrived.setdefault(message.get("text", ""), []).append(call.monotonic)
        if all(text in arrived for text in spoke) or time.monotonic() > end:
            break
        await asyncio.sleep(0.25)
    taken = [min(arrived[text]) - at for text, at in spoke.items() if text in arrived]
    return taken, sum(len(arrived[text]) - 1 for text in spoke if text in arrived)


async def _peer(folder: Path) -> Times:
    """The same fan-out without anything behind it, on the machine as it is now."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    argv = (sys.executable, "-m", "bench.live_peer", str(port))
    times: list[float] = []
    async with (
        running("live_peer", argv, clean_environment(), folder, f"{url}/healthz"),
        aiohttp.ClientSession() as http,
    ):
        sockets = [await http.ws_connect(f"{url.replace('http', 'ws', 1)}/socket") for _ in range(DESKS)]
        for number in range(200):
            began = time.monotonic()
            await http.post(f"{url}/say", data=f"{number}番目".encode())
            await asyncio.gather(*(socket.receive() for socket in sockets))
            times.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
        for socket in sockets:
            await socket.close()
    return Times.of_seconds(times)
