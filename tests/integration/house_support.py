"""The whole web process on a real database: every door of it, people of every role, and words in every corner."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import random
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from unittest.mock import AsyncMock
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sanic import Sanic

from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.bootstrap.chat import open_chat
from handoff.bootstrap.core import Core
from handoff.bootstrap.desk import open_desk
from handoff.bootstrap.evidence import report_evidence_parts
from handoff.bootstrap.report import open_report
from handoff.bootstrap.roster import put_on_roster
from handoff.bootstrap.web import alarm_verbs
from handoff.domain.data_request import Arrival, Asker, Wish
from handoff.domain.desk import NoteKind
from handoff.domain.fair import Allowance, Purpose
from handoff.domain.fault import Affected, Effect, FaultText, Provider
from handoff.domain.report import Answers
from handoff.domain.school_columns import CODE, NAME, TYPE
from handoff.domain.staff import Permission, StaffMember, StaffRole
from handoff.services.chat.start_chat import StartChat
from handoff.services.desk.follow_up import AddFollowUp
from handoff.services.faults.keep_fault import OpenFault
from handoff.services.keep_trace import Visit
from handoff.services.schools.keep_school import KeepSchool
from handoff.web.app import create_app
from handoff.web.desk.requests.parts import request_desk
from handoff.web.fair import Fair
from handoff.web.hosts import Hosts
from handoff.web.parts import WebParts
from handoff.web.policy.parts import policy_parts
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import AT_CRITICAL, PASSWORD, Bridge, address
from tests.integration.evidence_support import ALL, Files
from tests.integration.report_desk_support import Inbox
from tests.support import alarms
from tests.support import hostile_files as hostile
from tests.support.forms import read_page
from tests.support.registers import fill
from tests.support.sites import free_port, serving

SECRET = "secret-of-the-channel"
#: As long are the words that make a school's name: it is public, and sealed nowhere.
SCHOOL_NAME = 50
#: By the names that the tests use: role, and whether in training.
PEOPLE = {
    "counsellor": (StaffRole.COUNSELLOR, False),
    "other": (StaffRole.COUNSELLOR, False),
    "trainee": (StaffRole.COUNSELLOR, True),
    "supervisor": (StaffRole.SUPERVISOR, False),
    "administrator": (StaffRole.ADMINISTRATOR, False),
    "trainer": (StaffRole.TRAINER, False),
    "board": (StaffRole.BOARD, False),
}
#: Forms that would end what the walk stands on, or be the test of others: signs of the way in, one's own account.
_LEFT_ALONE = re.compile(
    r"/sign-|/account|/factor|second-factor|/pledge|/dispose|/remove|/withdraw|/drop|/stop|/rosters"
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DAY = timedelta(days=1)
_FREE = Allowance(10**9, 10**9, timedelta(minutes=10), 16)

type Words = Callable[[int], str]


def routes() -> list[tuple[str, str]]:
    """Method and path of every route of the app, those of files of ours among them; one that is added is there, too."""
    app = create_app(AsyncMock(), "http://127.0.0.1:9")
    Sanic.unregister_app(app)
    return sorted(
        (method, f"/{route.path}") for route in app.router.routes for method in set(route.methods) - {"HEAD", "OPTIONS"}
    )


def sign(raw: bytes) -> str:
    """As LINE signs a webhook."""
    return base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()


def fault_text(bridge: Bridge) -> FaultText:
    now = bridge.clock.now()
    return FaultText(
        began_at=now - timedelta(minutes=30),
        estimated=False,
        noticed_at=now - timedelta(minutes=10),
        noticed_by="相談員",
        what="",
        effects=(Effect.REPLY,),
        affected=Affected.UNKNOWN,
        sessions=None,
        provider=Provider.LINE,
    )


def plain(longest: int) -> str:
    return "ことばを書きました。確認のためです。"[:longest]


@dataclass
class House:
    """Attributes: report: the token of a report that somebody writes; chat: the cookie of a chat; alarm: the token of an
    alarm's link; known: values in addresses, by the routes' names for them; pages: addresses that exist, as walks found
    them, by whom; forms: what those pages would send, by the kind of address.
    """

    bridge: Bridge
    url: str
    members: dict[str, StaffMember]
    escalation: UUID
    report: str
    chat: str
    alarm: str
    known: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, set[str]] = field(default_factory=dict)
    forms: dict[str, list[list[tuple[str, str]]]] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        return self.bridge.service

    async def digest(self, *but: str) -> dict[str, str | None]:
        """As the service's."""
        return await self.service.digest(*but)

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[Browser]:
        """A browser of one of PEOPLE, signed in."""
        async with Browser.at(self.url) as browser:
            await browser.enter(name)
            yield browser

    async def walk(self, name: str, words: Words, dice: random.Random, *, most: int = 80) -> None:
        """Open every page that leads on from another, and fill in each kind of form once, as this person."""
        async with self.at(name) as at:
            seen, kinds, waiting = set[str](), set[str](), ["/desk/service", "/desk"]
            while waiting and len(seen) < most:
                path = waiting.pop(0)
                if path in seen or not path.startswith("/desk") or "/static/" in path:
                    continue
                seen.add(path)
                async with at.http.get(self.url + path, allow_redirects=False) as answer:
                    if answer.status != 200 or answer.content_type != "text/html":
                        continue
                    page = await answer.text()
                self.pages.setdefault(name, set()).add(path)
                forms, links = read_page(path, page)
                waiting += [one for one in links if kind_of(one) not in kinds or one.count("?") == 0]
                kinds.update(map(kind_of, links))
                self.learn([path, *links])
                for form in forms:
                    kind = f"{form.method} {kind_of(form.action)}"
                    self.forms.setdefault(kind_of(form.action), []).append(form.filled(dice, words))
                    self.learn([form.action])
                    if form.method != "post" or kind in kinds or form.files or _LEFT_ALONE.search(form.action):
                        continue
                    for _try in range(8):
                        fields = form.filled(dice, words)
                        sent = at.http.post(self.url + form.action, data=fields, allow_redirects=False)
                        async with sent as answer:
                            await answer.read()
                            if answer.status < 400:
                                kinds.add(kind)
                                waiting.append(urlsplit(answer.headers.get("location", "/desk")).path)
                                break

    def learn(self, paths: Iterable[str]) -> None:
        """Remember which values addresses have in which place, by the routes' own names."""
        for path in paths:
            for shape in _shapes():
                found = shape.fullmatch(urlsplit(path).path)
                for name, value in found.groupdict().items() if found else ():
                    values = self.known.setdefault(name, [])
                    if value not in values:
                        values.append(value)


@functools.cache
def _shapes() -> list[re.Pattern[str]]:
    paths = {path for _method, path in routes() if "<" in path and "__file_uri__" not in path}
    return [re.compile(re.sub(r"<(\w+)(:\w+)?>", r"(?P<\1>[^/]+)", path)) for path in sorted(paths)]


def kind_of(path: str) -> str:
    """Addresses of one kind: whatever is told apart by an id or a number is one."""
    return re.sub(r"\d{4}-\d\d-\d\d|\d+", "#", _ID.sub("#", urlsplit(path).path))


@asynccontextmanager
async def whole_site(
    service: Service, *, hosts: Hosts | None = None, https: bool = False, proxies: int = 0, fair: Fair | None = None
) -> AsyncIterator[str]:
    """Serve all of the web process on a service; give its address. Args: fair: None: nobody is asked for work."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    store, setting = service.store, service.setting
    database = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    core = Core(store, service.jobs, setting)

    @asynccontextmanager
    async def parts() -> AsyncIterator[WebParts]:
        yield WebParts(
            read_webhook=lambda raw, signature: read_webhook(check_signature(SECRET, raw, signature)),
            accept_events=service.accept,
            checks={},
            alarm=alarm_verbs(store, setting, SEALER, url),
            desk=open_desk(core, service.line, database, url, demo=False),
            demo=AsyncMock(get=AsyncMock(return_value={"clock": "now"}), choose=AsyncMock(side_effect=ValueError)),
            fair=fair or Fair(allowances=dict.fromkeys(Purpose, _FREE)),
            report=open_report(core, url),
            evidence=report_evidence_parts(core, url),
            chat=open_chat(core, SEALER, database, url),
            policy=policy_parts(store, setting),
            hosts=hosts,
            https=https,
            proxies=proxies,
        )

    async with serving(parts, port):
        yield url


@asynccontextmanager
async def open_house(service: Service, words: Words = plain) -> AsyncIterator[House]:
    """A service that somebody has worked with. Args: words: what people write, wherever they can."""
    bridge = Bridge(service)
    files = Files(service)
    files.media(consultation=ALL, window=True)
    store, setting = service.store, service.setting
    await fill(store, setting)
    members = {}
    for name, (role, trainee) in PEOPLE.items():
        member = await bridge.accounts.add(name, words(8)[:8] + name[-4:], role, PASSWORD, trainee=trainee)
        members[name] = await put_on_roster(store, setting, member, trainee=trainee)
        if members[name].may(Permission.COUNSEL):
            await bridge.presence.set_duty(members[name], True)
    holder = members["counsellor"]
    session = await bridge.live(holder, 1, words(300))
    await bridge.write_line(session, holder, words(200))
    await bridge.live(members["other"], 2, words(300))
    await bridge.waiting(3, words(300))
    at_risk = await bridge.waiting(4, AT_CRITICAL + words(200))
    await bridge.note(session.id, holder, NoteKind.NOTE, words(100), uuid4())
    await bridge.draft(session.id, holder, words(100))
    due = bridge.clock.now().date() + DAY
    await AddFollowUp(store, setting)(session.id, holder, holder.id, due, words(100), uuid4())
    for number in (5, 6):
        ended = await bridge.live(holder, number, words(100))
        await bridge.end(ended.id, holder)
    picture = await files.send(session.id, hostile.jpeg(), "image/jpeg", words(60) + ".jpg")
    cells = {CODE: "school1", NAME: words(SCHOOL_NAME), TYPE: "中学校"}
    assert not (await KeepSchool(store, setting).add(members["administrator"], cells)).faults
    about = words(200)
    wish = request_desk(store, setting).receive
    asked = await wish(members["supervisor"], uuid4(), Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, due - DAY, about)
    fault = await OpenFault(store, setting)(holder, uuid4(), replace(fault_text(bridge), what=words(200)))
    escalation = await alarms.escalation_of(store, at_risk)
    answers = Answers(what=words(200), people=words(60), school_name=words(40))
    await Inbox(service).from_page(answers)
    token, _session = await files.report()
    chat = await StartChat(store, setting)(Visit("127.0.0.1", words(60)))
    async with whole_site(service) as url:
        link = await alarms.link(store, setting, escalation)
        house = House(bridge, url, members, escalation, token, chat, link)
        there = (f"evidence/{picture.id}", f"requests/data/{asked}", f"faults/{fault}", "schools/school1")
        house.learn([f"/desk/{one}" for one in there])
        yield house


__all__ = ["PASSWORD", "PEOPLE", "SECRET", "House", "address", "kind_of", "open_house", "plain", "routes", "sign"]
