"""Everybody at the door of a house with a thing behind every address: what the walks over all routes and roles share."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from handoff.domain.profile.vocabulary import Agency
from handoff.domain.staff import StaffMember, StaffRole
from handoff.web.desk.guard import TOKEN_HEADER
from tests.integration.conftest import Service
from tests.integration.corner_support import fill_corners
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import PASSWORD
from tests.integration.house_support import House, Words, open_house, plain

CHANGING: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,}")


#: A form with all that any of them asks for, so that nothing is refused for what is missing in it.
FORM: Final[Mapping[str, str]] = {
    "reason": "確かめるため",
    "note": "家族と話して、無事を確かめた",
    "words": "ことば",
    "text": "ことばです",
    "question": "どうすればよいですか",
    "answer": "そうしてください",
    "kind": "lawyer",
    "agency": "police",
    "result": "reached",
    "whom": "生活安全課",
    "told": "伝えた",
    "remark": "なおしてください",
    "verb": "yes",
    "purpose": "police",
    "title": "題",
    "shortcut": "zy",
    "version": "1",
    "seen": "1",
    "due_on": "2026-12-01",
    "way": "letter",
    "approver": "課長",
    "approved_on": "2026-11-20",
    "announced_on": "2026-11-20",
}
_ALARM: Final = ("reason", "note", "question", "answer", "kind", "agency", "result", "whom", "told", "token", "key")


@dataclass(frozen=True)
class Answer:
    """What is told apart of an answer: not its time, nor ids and tokens that are new in every page. said: all of it."""

    status: int
    kind: str
    cached: str
    said: str = field(compare=False)
    body: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", CHANGING.sub("#", self.said))


@dataclass
class Walk:
    """A house with something in every corner, and everybody at the door."""

    house: House
    places: dict[str, UUID]
    members: dict[str, StaffMember]
    browsers: dict[str, Browser]

    def at(self, address: str, *, there: bool) -> str:
        """An address that leads to what is there, or to nothing."""
        corrected = re.search("<correction_id|/sheet/correct$|/handover$", address) is not None

        def put(found: re.Match[str]) -> str:
            name, kind = found[1], found[2]
            if kind == "uuid":
                if name == "session_id" and corrected:
                    name = "corrected_id"
                if name == "request_id" and "/wishes/" in address:
                    name = "wish_id"
                return str(self.places[name] if there else uuid4())
            return {"ymd": "2026-11-20", "int": "1"}.get(kind) or {"ending": "csv", "code": "futaba1"}.get(name, "x")

        path = re.sub(r"<(\w+):(\w+)>", put, address.partition(" ")[2])
        return f"{path}?to={Agency.MUNICIPAL_BOARD}" if path.endswith("/handover") else path

    async def ask(self, name: str, address: str, *, there: bool, **more: str) -> Answer:
        """What this person gets there, with all that a form or a script of the desk would send along.

        Args: more: fields that only some forms have.
        """
        browser, method, path = self.browsers[name], address.partition(" ")[0], self.at(address, there=there)
        token = "" if name == "nobody" else browser.form_token()
        form: dict[str, Any] = {**FORM, "token": token, "key": str(uuid4()), **more}
        if "/escalations/" in path:  # their forms are small
            form = {field: value for field, value in form.items() if field in _ALARM}
        if "/phrases/" in path:
            form["seen"] = "2026-11-20T18:00:00+09:00"
        sent: dict[str, Any] = {"data": form}
        if path.startswith("/desk/api/"):
            form["kind"] = "note"
            sent = {"json": {**form, "epoch": 1, "on": True}}
            if path.endswith("/close"):
                sent["json"]["reason"] = "withdrawn"
        if method == "GET":
            sent = {}
        asked = browser.http.request(
            method, self.house.url + path, headers={TOKEN_HEADER: token}, allow_redirects=False, **sent
        )
        async with asked as told:
            body = (await told.read()).decode(errors="replace")
            return Answer(told.status, told.content_type, told.headers.get("cache-control", ""), body)


@asynccontextmanager
async def open_walk(service: Service, names: Sequence[str], words: Words = plain) -> AsyncIterator[Walk]:
    """Args: names: who comes, of the house's people and ``uncleared``; words: what people write, wherever they can."""
    async with open_house(service, words) as house, AsyncExitStack() as doors:
        places = await fill_corners(house)
        for name in ("uncleared", "half"):
            await house.bridge.accounts.add(name, f"こ{name[:8]}", StaffRole.COUNSELLOR, PASSWORD)
            house.members[name] = await house.bridge.member(name)
        browsers = {name: await doors.enter_async_context(house.at(name)) for name in (*names, "half")}
        if "counsellor" not in names:
            await doors.enter_async_context(house.at("counsellor"))
        for name, table in (("sign_in_id", "sign_ins"), ("device_id", "known_devices")):
            asked = f"SELECT id FROM {table} WHERE staff_id = :s"
            places[name] = (await service.rows(asked, s=house.members["counsellor"].id))[0].id
        browsers["nobody"] = await doors.enter_async_context(Browser.at(house.url))
        await service.change("UPDATE sign_ins SET half = true WHERE staff_id = :s", s=house.members["half"].id)
        house.bridge.clock.advance(minutes=2)
        yield Walk(house, places, house.members, browsers)
