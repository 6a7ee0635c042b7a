"""20,000 requests that no page of ours would send, over every route of the whole web process on a real database: none is
answered with a failure of ours, and whoever has no right leaves no row behind.

Every run sends the same requests but for ids and tokens. One that fails is shown whole. (Sockets: ``test_fuzz_sockets``.)
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import pytest
import uvloop

from handoff.bootstrap.web import ALARM_FORM
from handoff.domain.audit_words import Group, verbs_of
from handoff.settings import ROOT
from handoff.web.chat.guard import COOKIE as CHAT_COOKIE
from handoff.web.chat.guard import form_token as chat_token
from handoff.web.desk.guard import COOKIE
from tests.integration.conftest import SEALER, Service
from tests.integration.house_support import PEOPLE, House, open_house, plain, routes
from tests.integration.test_views_on_record import newest
from tests.support.odd_requests import Known, Line, Sender, request

REQUESTS: Final = 20_000
#: Of each route.
LEAST: Final = 20
LINES: Final = 12
#: Requests of them all that a busy machine may have told to come again.
MOST_WAITED: Final = 20
#: Who has nothing of anybody's, and who has it all but for what only our own pages have.
STRANGERS: Final = ("nobody", "expired")
THIEVES: Final = ("foreign", "no token", "broken token")
#: Anonymous doors: what is written there belongs there, so only strangers with a foreign origin come to them.
DOORS: Final = ("/report", "/chat", "/alarm", "/line", "/desk/sign-in")
ROUTES: Final = [one for one in routes() if not one[1].endswith(("/stream", "/socket")) and one[1] != "/chat/lines"]
_FIELD: Final = re.compile(r'(?:get|getlist|_in|_of|all)\((?:\w+, )?"(\w+)"')
FIELDS: Final = sorted(
    {name for path in (ROOT / "handoff" / "web").rglob("*.py") for name in _FIELD.findall(path.read_text())}
    | {"key", "text"}
)

#: What only a worker, LINE or an operator writes, whoever asks for what.
NOBODYS: Final = (
    "alembic_version", "audit_cuts", "audit_links", "backup_runs", "delivery_attempts", "demo_choice", "disposal_batches",
    "disposals", "facts", "followings", "procrastinate_periodic_defers", "procrastinate_workers", "rasa_trackers",
    "retention_runs",
)  # fmt: skip
#: As what a session is on record from its first moment on.
BEGINNINGS: Final = frozenset({"start_report", "call_back", "record_other_way"})
#: So many requests later everybody signs in anew: some of them sign somebody out.
SIGNED_IN_FOR: Final = 500

type Route = tuple[str, str]
#: Of whom, and the number that the rest is made from.
type Asked = tuple[Route, str, int]


class Fuzz:
    """The house, those who ask, and how it answered."""

    def __init__(self, house: House, known: Known) -> None:
        self.house, self.known, self.statuses = house, known, Counter[int]()
        self.lines = [Line(house.url) for _ in range(LINES)]
        self.asked = Counter[Route]()
        self.waited = 0
        self.cookies: dict[str, tuple[str, str]] = {}
        self.failures: list[str] = []

    async def sign_in(self) -> None:
        """Everybody, again: a request may have signed somebody out."""
        for name in PEOPLE:
            async with self.house.at(name) as at:
                held = at.http.cookie_jar.filter_cookies(at.root)
                if COOKIE in held:
                    self.cookies[name] = (held[COOKIE].value, at.form_token())

    def sender(self, kind: str, number: int, path: str) -> Sender:
        """kind: one of STRANGERS or THIEVES, or of PEOPLE: who has all that our pages have."""
        house = self.house
        name = kind if kind in PEOPLE else tuple(PEOPLE)[number % len(PEOPLE)]
        cookie, token = self.cookies.get(name, ("", ""))
        own = {"desk": token, "chat": chat_token(house.chat), "report": house.report}
        own["alarm"] = SEALER.lookup(ALARM_FORM, house.alarm).hex()
        all_of_it = f"{COOKIE}={cookie}; {CHAT_COOKIE}={house.chat}; tsunagi-alarm-{house.escalation.hex}={house.alarm}"
        evil = (("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"))
        if kind in THIEVES and path.startswith(DOORS):
            kind = "foreign"
        if kind == "nobody" and path.startswith(DOORS):
            return Sender(kind, "", own, evil)
        return {
            "nobody": Sender(kind, "", own),
            "expired": Sender(kind, f"{COOKIE}={'x' * 43}", own, evil if path.startswith(DOORS) else ()),
            "foreign": Sender(kind, all_of_it, own, evil),
            "no token": Sender(kind, f"{COOKIE}={cookie}"),
            "broken token": Sender(kind, f"{COOKIE}={cookie}", {"desk": token[:-1] + "x"}),
        }.get(kind) or Sender(kind, all_of_it, own)

    def plan(self, number: int, kinds: Sequence[str]) -> list[Asked]:
        """So many requests, as many to each route, in any order."""
        dice = random.Random(f"{number} {kinds}")
        places = [ROUTES[place % len(ROUTES)] for place in range(number)]
        dice.shuffle(places)
        return [(route, dice.choice(kinds), dice.getrandbits(64)) for route in places]

    async def send(self, asked: Sequence[Asked]) -> None:
        """Send them, a few at a time; each is answered, and by no failure of ours."""
        waiting = list(asked)

        async def some(line: Line) -> None:
            while waiting:
                (method, path), kind, seed = waiting.pop()
                sender = self.sender(kind, seed, path)
                raw = request(method, path, sender, self.known, seed)
                status = await line.ask(raw)
                if status == 503:  # a machine with too much to do; what is wrong with a request is wrong again
                    self.waited += 1
                    status = await line.ask(raw)
                self.statuses[status] += 1
                self.asked[method, path] += 1
                mine = path.startswith("/simulator/") and status == 502  # there is no stand-in behind it here
                if not (100 < status < 500 or mine):
                    self.failures.append(f"{status} to {sender.name}: {raw[:3000]!r}")

        async with asyncio.TaskGroup() as group:
            for line in self.lines:
                group.create_task(some(line))
        assert self.failures == []

    async def ids(self, table: str) -> list[str]:
        return [str(row.id) for row in await self.house.service.rows(f"SELECT id FROM {table}")]

    async def noted(self, last: int) -> list[tuple[str, str]]:
        """Who is on record for what, after so many rows."""
        asked = "SELECT DISTINCT actor, verb FROM audit_events WHERE sequence > :n"
        return [(row.actor, row.verb) for row in await self.house.service.rows(asked, n=last)]


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


def changed(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> set[str]:
    return {table for table, rows in after.items() if before[table] != rows}


async def test_no_request_is_answered_with_a_failure_and_strangers_leave_no_row(fuzz: Fuzz) -> None:
    house, rows = fuzz.house, fuzz.house.service.rows
    await fuzz.sign_in()
    before, last = await house.digest(), await newest(house.service)
    await fuzz.send(fuzz.plan(REQUESTS // 4, STRANGERS))
    assert changed(before, await house.digest()) == set(), "not one row of one table"
    # Who has somebody's cookie reads as that person, on record with it, and changes nothing.
    await fuzz.send(fuzz.plan(REQUESTS // 4, THIEVES))
    assert changed(before, await house.digest()) == {"audit_events"}
    noted = await fuzz.noted(last)
    assert {verb for _, verb in noted} <= verbs_of(Group.READING) | verbs_of(Group.EXPORT)
    on_call = (house.service.setting.profile.on_call.ladder or ())[0].who
    assert {actor for actor, _ in noted} <= {member.actor for member in house.members.values()} | {on_call}
    told = dict(fuzz.statuses)

    before = {name: rows for name, rows in (await house.digest()).items() if name in NOBODYS}
    assert set(before) == set(NOBODYS), "these are tables"
    staff, sessions, contacts = [await fuzz.ids(table) for table in ("staff", "sessions", "contacts")]
    theirs = fuzz.plan(REQUESTS // 2, tuple(PEOPLE))
    for place in range(0, len(theirs), SIGNED_IN_FOR):
        await fuzz.sign_in()
        await fuzz.send(theirs[place : place + SIGNED_IN_FOR])
    after = await house.digest()
    assert {name: after[name] for name in NOBODYS} == before
    assert await fuzz.ids("staff") == staff, "no page adds an account"
    # What began, began by a door, and is on record as that.
    began = await rows(
        "SELECT id, ARRAY(SELECT verb FROM audit_events a WHERE a.session_id = s.id) AS verbs"
        " FROM sessions s WHERE id::text <> ALL(:known)",
        known=sessions,
    )
    assert began and [one.verbs for one in began if BEGINNINGS.isdisjoint(one.verbs)] == []
    came = await rows("SELECT channel FROM contacts WHERE id::text <> ALL(:known)", known=contacts)
    assert came and "line" not in {one.channel for one in came}, "nobody came by LINE"
    assert fuzz.waited <= MOST_WAITED
    assert fuzz.statuses.total() == REQUESTS and min(fuzz.asked[one] for one in ROUTES) >= LEAST
    # They got somewhere: strangers were refused, the others read, changed, and were told what was wrong.
    assert told[403] > 500 and told[404] > 500
    assert all(fuzz.statuses[status] > 100 for status in (200, 303, 400, 403, 404, 405)), fuzz.statuses
