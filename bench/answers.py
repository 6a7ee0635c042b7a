"""(b) How soon a student's message is answered at LINE, what that costs, and whether each is answered once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict, dataclass

from bench.figures import Times
from bench.pace import arrivals, no_pauses, open_loop
from bench.processes import OtherLoad, Usage, usage
from bench.service import Service
from bench.standin import new_students, settle
from bench.students import crowd
from handoff.simulator.client import Sent, StandIn

RATE = 10.0
"""Messages a second."""
_STUDENTS_AT_ONCE = 40
_DRAIN_SECONDS = 60.0
_STANDIN = "standin"


@dataclass(frozen=True)
class Answers:
    """What was measured.

    answer: from the stand-in's sending of the webhook to the arrival of the reply's call; from_due: from the moment at
    which the message was due; cpu_ms_per_message: of each process, the stand-in's apart; memory_mb: at the end; other_cores: what other
    programs used meanwhile.
    """

    rate: float
    sent: int
    students: int
    answer: Times
    from_due: Times
    acknowledgement: Times
    lost: int
    twice: int
    pushed: int
    statuses: dict[str, int]
    restarts: dict[str, int]
    cpu_ms_per_message: dict[str, float]
    cpu_ms_per_message_all: float
    standin_cpu_ms_per_message: float
    memory_mb: dict[str, float]
    memory_mb_all: float
    other_cores: float

    def as_json(self) -> dict[str, object]:
        """Everything."""
        return asdict(self)


async def measure(service: Service, standin: StandIn, standin_pid: int, seconds: float) -> Answers:
    """Students write ``RATE`` messages a second for ``seconds``, each waiting for nobody."""
    said = crowd(round(RATE * seconds), _STUDENTS_AT_ONCE)
    # They add the bot as a friend and are greeted: that also warms everything up.
    students = await new_students(standin, max(one.student for one in said) + 1, friends=True)
    await asyncio.sleep(1)
    since = len(await standin.calls())
    roots = service.processes() | {_STANDIN: standin_pid}
    before, others = usage(roots), OtherLoad()

    async def say(number: int, due: float) -> tuple[Sent, float]:
        one = said[number]
        return await standin.text(students[one.student], one.text), due

    with no_pauses():
        sent = await open_loop(arrivals(RATE, seconds, seed=4), say)
    account = await settle(standin, [one.reply_token for one, _ in sent if one.reply_token], since, _DRAIN_SECONDS)
    other_cores = others.cores()
    after = usage(service.processes() | {_STANDIN: standin_pid})
    times = [(account.arrived[one.reply_token], one, due) for one, due in sent if one.reply_token in account.arrived]
    cpu = {name: round(ms, 2) for name, ms in _cpu_ms(before, after, len(sent)).items()}
    memory = {name: one.memory_mb for name, one in after.items() if name != _STANDIN}
    standin_cpu = cpu.pop(_STANDIN)
    return Answers(
        rate=RATE,
        sent=len(sent),
        students=len(students),
        answer=Times.of_seconds([arrived - one.monotonic for arrived, one, _ in times]),
        from_due=Times.of_seconds([arrived - due for arrived, _, due in times]),
        acknowledgement=Times.of_seconds([one.ms / 1000 for one, _ in sent]),
        lost=account.lost,
        twice=account.twice,
        pushed=account.pushed,
        statuses=dict(Counter(str(one.status) for one, _ in sent)),
        restarts=service.restarts(),
        cpu_ms_per_message=cpu,
        cpu_ms_per_message_all=round(sum(cpu.values()), 2),
        standin_cpu_ms_per_message=standin_cpu,
        memory_mb=memory,
        memory_mb_all=round(sum(memory.values()), 1),
        other_cores=other_cores,
    )


def _cpu_ms(before: dict[str, Usage], after: dict[str, Usage], messages: int) -> dict[str, float]:
    """Milliseconds of CPU a message, by process; what they use when nobody writes is in it."""
    return {name: (after[name].cpu_s - before[name].cpu_s) * 1000 / messages for name in after if name in before}
