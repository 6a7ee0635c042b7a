"""Who is there on the evening of the canaries: pupils, a reporter, and people at their desks, each at an address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.simulator.client import StandIn
from tests.browser.desk_people import clear_desk
from tests.e2e.canary.desk import Desk, Telephone
from tests.e2e.canary.places import opened
from tests.integration.chat_support import Socket, Student
from tests.integration.report_support import Reporter
from tests.support.hostile_files import CANARY
from tests.support.running import OPEN, Running

#: From these pupils and staff come, to the proxy and to us; no other test does.
PUPIL, STAFF = "127.0.0.78", "127.0.0.79"
PUPIL_AT_HOME, STAFF_AT_HOME = "203.0.113.78", "2001:db8:78::79"
AGENT: Final = "Kanariya/78.1"
#: The days of this evening's forms.
TODAY, SOON, LATER = "2026-11-20", "2026-11-27", "2027-03-31"


@dataclass
class Evening:
    """What flows share.

    Attributes: calm, at_risk: LINE ids; words: the word of each flow, by its name; places: what one flow made and
    another goes on with.
    """

    service: Running
    line: StandIn
    student: Student
    chat: Socket
    reporter: Reporter
    desks: Mapping[str, Desk]
    telephone: Telephone
    calm: str
    at_risk: str
    words: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def yuki(self) -> Desk:
        """A counsellor."""
        return self.desks["yuki"]

    @property
    def hikari(self) -> Desk:
        """A counsellor in training."""
        return self.desks["hikari"]

    @property
    def minato(self) -> Desk:
        """The supervisor."""
        return self.desks["minato"]

    @property
    def kaede(self) -> Desk:
        """The administrator."""
        return self.desks["kaede"]

    @property
    def board(self) -> Desk:
        return self.desks["iinkai"]

    @property
    def talk(self) -> str:
        """The session of the calm pupil."""
        return str(self.service.session(self.calm)["id"])

    @property
    def grave(self) -> str:
        """The session of the pupil at risk."""
        return str(self.service.session(self.at_risk)["id"])

    def told(self, user: str) -> str:
        """The transcript of a LINE user, opened with the key file."""
        return str(self.service.transcript(user))

    def opened(self, table: str, column: str) -> str:
        """All of a sealed column, opened with the key file."""
        return opened(self.service)[table, column].decode(errors="replace")

    @property
    def escalation(self) -> str:
        """The id of the alarm about the pupil at risk."""
        (found,) = self.service.rows("SELECT id FROM escalations WHERE session_id = %s", self.grave)
        return str(found["id"])

    @property
    def report(self) -> str:
        """The desk's page of this evening's report."""
        # Not the newest by its time: other tests have other clocks.
        (found,) = self.service.rows(
            "SELECT r.id FROM reports r JOIN line_events l ON l.contact_id = r.contact_id ORDER BY l.sequence DESC LIMIT 1"
        )
        return f"/desk/reports/{found['id']}"

    @property
    def secrets(self) -> set[str]:
        """What tells who somebody is, or opens what is theirs."""
        codes = self.places.get("receipt", "")
        cookies = {cookie.value for desk in self.desks.values() for cookie in desk.http.cookie_jar}
        found = {self.calm, self.at_risk, codes, codes.replace("-", ""), self.reporter.token, CANARY}
        found |= {self.places.get("secret", ""), *self.places.get("codes", "").split()}
        found |= {self.student.secret, self.student.token, *cookies}
        return (found - {""}) | {PUPIL, STAFF, PUPIL_AT_HOME, STAFF_AT_HOME, AGENT}


@asynccontextmanager
async def evening(service: Running) -> AsyncIterator[Evening]:
    """Everybody comes, and nothing is open that other tests left."""
    await service.choose(profile="demo", clock=OPEN)
    clear_desk(service)
    async with AsyncExitStack() as stack:

        def coming(address: str, home: str) -> aiohttp.ClientSession:
            way = aiohttp.TCPConnector(local_addr=(address, 0))
            headers = {"User-Agent": AGENT, "X-Forwarded-For": home}
            return aiohttp.ClientSession(connector=way, headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True))

        line = await stack.enter_async_context(service.standin())
        pupil = {"User-Agent": AGENT, "X-Forwarded-For": PUPIL_AT_HOME}
        student = await stack.enter_async_context(Student.begun(service.web, PUPIL, **pupil))
        chat = await stack.enter_async_context(student.socket())
        outside = await stack.enter_async_context(coming(PUPIL, PUPIL_AT_HOME))
        desks = {}
        for name in ("yuki", "hikari", "minato", "kaede", "iinkai"):
            http = await stack.enter_async_context(coming(STAFF, STAFF_AT_HOME))
            desks[name] = Desk(service.web, http)
            await desks[name].enter(name, DEMO_PASSWORD)
        telephone = Telephone(service.web, await stack.enter_async_context(coming(STAFF, STAFF_AT_HOME)))
        calm, at_risk = await line.user(), await line.user()
        reporter = Reporter(service.web, outside)
        yield Evening(service, line, student, chat, reporter, desks, telephone, calm, at_risk)
