"""20,000 requests that no page of ours would send, over every route of the whole web process on a real database: none is
answered with a failure of ours, and whoever has no right leaves no row behind.

Every run sends the same numbers; ids and tokens differ. A request that fails is shown whole.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from handoff.bootstrap.web import ALARM_FORM
from handoff.settings import ROOT
from handoff.web.chat.guard import COOKIE as CHAT_COOKIE
from handoff.web.chat.guard import form_token as chat_token
from handoff.web.desk.guard import COOKIE
from tests.integration.conftest import SEALER, Service
from tests.integration.house_support import PEOPLE, House, open_house, plain, routes
from tests.support.odd_requests import Known, Line, Sender, request

REQUESTS: Final = 20_000
AT_ONCE: Final = 250
LINES: Final = 12
STRANGERS: Final = ("nobody", "foreign", "no token", "broken token", "expired")
#: What a person signed in leaves by reading, and what goes on by itself.
BY_READING: Final = (
    "audit_events", "audit_chain", "audit_heads", "sign_ins", "sign_in_tries", "sign_in_pace", "presence", "desk_alive",
    "desk_events", "duty_spans", "shifts",
)  # fmt: skip
#: Anonymous doors: what is written there belongs there, so only strangers with a foreign origin come to them.
DOORS: Final = ("/report", "/chat", "/alarm", "/line", "/desk/sign-in")
ROUTES: Final = [one for one in routes() if not one[1].endswith(("/stream", "/socket")) and one[1] != "/chat/lines"]
_FIELD: Final = re.compile(r'(?:get|getlist|_in|_of|all)\((?:\w+, )?"(\w+)"')
FIELDS: Final = sorted(
    {name for path in (ROOT / "handoff" / "web").rglob("*.py") for name in _FIELD.findall(path.read_text())}
    | {"key", "text"}
)

type Numbers = Sequence[tuple[int, int, int]]
NUMBERS: Final = st.tuples(st.integers(0, len(ROUTES) - 1), st.integers(0, 31), st.integers(0, 2**32 - 1))
CHUNK: Final = st.lists(NUMBERS, min_size=AT_ONCE, max_size=AT_ONCE)


class Fuzz:
    """The house, those who ask, and how it answered."""

    def __init__(self, house: House, known: Known) -> None:
        self.house, self.known, self.statuses = house, known, Counter[int]()
        self.lines = [Line(house.url) for _ in range(LINES)]
        self.cookies: dict[str, tuple[str, str]] = {}
        self.failures: list[str] = []

    async def sign_in(self) -> None:
        """Everybody, again: a request may have signed somebody out."""
        for name in PEOPLE:
            async with self.house.at(name) as at:
                held = at.http.cookie_jar.filter_cookies(at.root)
                if COOKIE in held:
                    self.cookies[name] = (held[COOKIE].value, at.form_token())

    def sender(self, number: int, *, stranger: bool, path: str) -> Sender:
        name = tuple(PEOPLE)[number % len(PEOPLE)]
        cookie, token = self.cookies.get(name, ("", ""))
        house = self.house
        own = {"desk": token, "chat": chat_token(house.chat), "report": house.report}
        own["alarm"] = SEALER.lookup(ALARM_FORM, house.alarm).hex()
        all_of_it = f"{COOKIE}={cookie}; {CHAT_COOKIE}={house.chat}; tsunagi-alarm-{house.escalation.hex}={house.alarm}"
        if not stranger:
            return Sender(name, all_of_it, own)
        kind = "foreign" if path.startswith(DOORS) else STRANGERS[number % len(STRANGERS)]
        evil = (("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"))
        return {
            "nobody": Sender("nobody", "", own),
            "foreign": Sender("foreign", all_of_it, own, evil),
            "no token": Sender("no token", f"{COOKIE}={cookie}"),
            "broken token": Sender("broken token", f"{COOKIE}={cookie}", {"desk": token[:-1] + "x"}),
            "expired": Sender("expired", f"{COOKIE}={'x' * 43}", own),
        }[kind]

    async def send(self, numbers: Numbers, *, stranger: bool) -> None:
        """Send them, a few at a time; each is answered, and by no failure of ours."""
        waiting = list(numbers)

        async def some(line: Line) -> None:
            while waiting:
                place, who, seed = waiting.pop()
                seed ^= len(waiting) << 32  # the same numbers twice are two requests
                method, path = ROUTES[place]
                sender = self.sender(who, stranger=stranger, path=path)
                raw = request(method, path, sender, self.known, seed)
                status = await line.ask(raw)
                self.statuses[status] += 1
                mine = path.startswith("/simulator/") and status == 502  # there is no stand-in behind it here
                if not (100 < status < 500 or mine):
                    self.failures.append(f"{status} to {sender.name}: {raw[:3000]!r}")

        async with asyncio.TaskGroup() as group:
            for line in self.lines:
                group.create_task(some(line))


@pytest.fixture(scope="module")
def event_loop_policy() -> uvloop.EventLoopPolicy:
    """As the service itself runs; it is quicker."""
    return uvloop.EventLoopPolicy()


@pytest.fixture
async def fuzz(service: Service) -> AsyncIterator[Fuzz]:
    dice = random.Random(1)
    async with open_house(service) as house:
        for name, most in (("supervisor", 45), ("board", 25)):
            await house.walk(name, plain, dice, most=most)
        for table, name in (("sessions", "session_id"), ("evidence", "evidence_id"), ("messages", "line_id")):
            house.known[name] = [str(row.id) for row in await service.rows(f"SELECT id FROM {table} LIMIT 6")]
        house.known |= {
            "escalation_id": [str(house.escalation)],
            "token": [house.alarm],
            "__file_uri__": ["desk.css", ".."],
        }
        house.known["verb"] = ["claim", "send", "note", "draft", "typing", "release", "offer", "end", "second", "open"]
        found = Fuzz(house, Known(house.known, house.forms, FIELDS))
        yield found
        for line in found.lines:
            line.close()


def chunks(number: int) -> settings:
    """So many, without the slow search for a smaller one: what fails is one request, and is shown."""
    return settings(
        max_examples=number // AT_ONCE,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


async def test_no_request_is_answered_with_a_failure_and_strangers_leave_no_row(fuzz: Fuzz) -> None:
    await fuzz.sign_in()
    before = await fuzz.house.digest(*BY_READING)
    loop = asyncio.get_running_loop()

    def all_of(number: int, *, stranger: bool) -> None:
        @chunks(number)
        @given(CHUNK)
        def one(numbers: Numbers) -> None:
            asyncio.run_coroutine_threadsafe(fuzz.send(numbers, stranger=stranger), loop).result()

        one()

    await asyncio.to_thread(all_of, REQUESTS // 2, stranger=True)
    assert fuzz.failures == []
    assert await fuzz.house.digest(*BY_READING) == before
    told = dict(fuzz.statuses)
    await fuzz.sign_in()
    await asyncio.to_thread(all_of, REQUESTS // 2, stranger=False)
    assert fuzz.failures == []
    assert fuzz.statuses.total() >= REQUESTS
    # They got somewhere: strangers were refused, the others read, changed, and were told what was wrong.
    assert told[403] > 500 and told[404] > 500
    assert all(fuzz.statuses[status] > 100 for status in (200, 303, 400, 403, 404, 405)), fuzz.statuses
    assert await fuzz.house.digest(*BY_READING) != before
