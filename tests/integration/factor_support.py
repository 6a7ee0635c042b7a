"""What the tests of the second factor share: a browser with its forms, and what lies in the database."""

from __future__ import annotations

import html
import re

from handoff.domain.staff import StaffMember
from handoff.web.desk.guard import COOKIE
from tests.integration.desk_browser import Answered, Browser
from tests.integration.desk_support import PASSWORD, Bridge
from tests.support.factors import App, give_factor

PAGE = "/desk/second-factor"


class Seat(Browser):
    """A browser with the forms of the second factor."""

    async def give_password(self, name: str) -> Answered:
        return await self.form("/desk/sign-in", {"name": name, "password": PASSWORD})

    async def send(self, step: str, **fields: str) -> Answered:
        return await self.form(f"{PAGE}/{step}", {"token": self.form_token()} | fields)

    async def come_in(self, name: str, number: str) -> Answered:
        await self.give_password(name)
        return await self.send("pass", code=number)

    async def page(self) -> str:
        return html.unescape((await self.get(PAGE, accept="text/html"))[1])

    async def is_in(self) -> bool:
        return (await self.get("/desk/service"))[0] == 200

    def cookie(self) -> str:
        return self.http.cookie_jar.filter_cookies(self.root)[COOKIE].value

    async def begun(self) -> str:
        """The secret that the page shows for typing."""
        found = re.search(r'id="secret">([A-Z2-7 ]+)<', await self.page())
        assert found is not None
        return found.group(1).replace(" ", "")


async def app_of(bridge: Bridge, member: StaffMember) -> tuple[App, list[str]]:
    return await give_factor(bridge.service.store, bridge.service.setting, member, bridge.clock)


async def factors(bridge: Bridge, member: StaffMember) -> list[str]:
    """All that lies there of a person's second factor."""
    rows = bridge.service.rows
    kept = await rows("SELECT * FROM staff_factors WHERE staff_id = :s", s=member.id)
    codes = await rows("SELECT * FROM recovery_codes WHERE staff_id = :s ORDER BY lookup", s=member.id)
    return [str(row) for row in (*kept, *codes)]


async def verbs(bridge: Bridge, member: StaffMember) -> list[str]:
    found = await bridge.service.rows(
        "SELECT verb FROM audit_events WHERE actor = :a ORDER BY sequence", a=member.actor
    )
    return [row.verb for row in found]
