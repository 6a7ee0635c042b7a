"""What the tests of the pages beside the talks share: sessions on a real database, and browsers of signed-in people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp

from handoff.adapters.passwords import ArgonPasswords
from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.bootstrap.roster import put_on_roster
from handoff.domain.incoming import Channel
from handoff.domain.session import HumanWanted
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.desk.accounts import Accounts
from handoff.services.desk.claim_session import ClaimSession
from handoff.services.want_human import want_human
from tests.integration.conftest import OPEN, SEALER, Service
from tests.support.fakes import FrozenClock
from tests.support.sites import desk_site

STUDENT = "U" + "1" * 32
#: What no page may take for anything but letters, and what has to fit or be refused.
HOSTILE = "<script>alert(1)</script>\u202eあいうえお\u202c\"'><b>&amp;"
LONG = "あ" * 5000
EMOJI = "😀" * 1000


async def waiting(service: Service, user: str = STUDENT, **intake: str) -> UUID:
    """A session that waits for a person."""
    now = service.setting.clock.now()
    async with service.store.transaction() as tx:
        contact = await tx.contacts.find_or_add(Channel.LINE, user, now)
        session = await tx.sessions.start(contact, service.setting.profile.id, now)
        if intake:
            await tx.sessions.set_intake(session.id, intake)
        await want_human(tx, service.setting, session, HumanWanted.STUDENT, "test")
    return session.id


async def member(service: Service, name: str) -> StaffMember:
    """Somebody of the demo, by their name."""
    async with service.store.reading() as tx:
        account = await tx.staff.account(name)
    assert account is not None
    return account.member


async def claimed(service: Service, by: str, user: str = STUDENT, **intake: str) -> UUID:
    """A session that somebody of the demo has."""
    session_id = await waiting(service, user, **intake)
    await ClaimSession(service.store, service.setting)(session_id, await member(service, by))
    return session_id


def later(service: Service, **by: float) -> None:
    """Let the service's time pass; the real one, by which people are signed in, stands still."""
    service.setting.clock.offset += timedelta(**by)


async def account(service: Service, name: str, role: StaffRole) -> StaffMember:
    """Somebody of another role, with the demo's password."""
    accounts = Accounts(service.store, service.setting, ArgonPasswords())
    added = await accounts.add(name, name, role, DEMO_PASSWORD, demo=True)
    return await put_on_roster(service.store, service.setting, added)


async def entries(service: Service, verb: str) -> list[Any]:
    """The audit's entries of a verb, in order."""
    return await service.rows("SELECT * FROM audit_events WHERE verb = :verb ORDER BY sequence", verb=verb)


async def told(service: Service, kind: str) -> list[Any]:
    """What the desk's log says of a kind."""
    return await service.rows("SELECT * FROM desk_events WHERE kind = :kind ORDER BY sequence", kind=kind)


@dataclass
class Browser:
    """A browser at the desk: its cookie, and the fields that the forms of a page hold."""

    url: str
    http: aiohttp.ClientSession

    async def sign_in(self, name: str, password: str = DEMO_PASSWORD) -> None:
        async with self.http.post(
            f"{self.url}/desk/sign-in", data={"name": name, "password": password}, allow_redirects=False
        ) as answer:
            assert answer.status == 303, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def page(self, path: str) -> str:
        status, page = await self.get(path)
        assert status == 200, page
        return page

    async def json(self, path: str) -> Any:
        async with self.http.get(self.url + path, headers={"accept": "application/json"}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Status, page, and where it leads."""
        async with self.http.post(self.url + path, data=dict(fields), headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers.get("location", "")

    async def send(self, page: str, path: str, **fields: str) -> tuple[int, str, str]:
        """Fill in a form of this page and send it."""
        return await self.post(path, hidden(await self.page(page), path) | fields)


def hidden(page: str, action: str) -> dict[str, str]:
    """The fields that the form for an address carries along."""
    form = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, f"no form for {action}"
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0]))


def browser(url: str) -> Browser:
    """One that keeps cookies, also of an address without a name."""
    return Browser(url, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))


@asynccontextmanager
async def at_the_desk(service: Service, name: str) -> AsyncIterator[Browser]:
    """The demo's desk with its window open on a clock that stands still, and somebody of it signed in."""
    service.setting.clock = FrozenClock(OPEN)
    async with desk_site(service.store, service.jobs, service.setting, SEALER, service.line) as url:
        at = browser(url)
        await at.sign_in(name)
        yield at
        await at.http.close()
