"""Row 3: every route × every role × somebody else's thing. Whoever has no right to it is answered as where there is none.

What lies behind the addresses is in ``corner_support``; an address that is added without a rule, or a thing that nobody
put there, fails here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import aiohttp
import pytest

from handoff.domain.access import Door, Reach, Rule
from handoff.web.access import RULES
from handoff.web.desk import guard
from tests.integration.conftest import Service
from tests.integration.evidence_support import Files
from tests.integration.walk_support import CHANGING, Walk, open_walk
from tests.support import hostile_files as hostile

#: Of a colleague's talk nothing may be told, nor of what belongs to it; the report isn't sent, the question the board's.
_COLLEAGUES: Final = frozenset(
    {
        Reach.TALK_OPEN,
        Reach.TALK_HELD,
        Reach.TALK_CARE,
        Reach.SHEET,
        Reach.CORRECTION,
        Reach.FILE,
        Reach.ESCALATION,
        Reach.OPENING,
        Reach.WISH,
        Reach.PHRASE,
        Reach.REPORT,
        Reach.INSTRUCTION,
    }
)
#: What is out of reach for somebody who has the right, by who they are.
BEYOND: Final[Mapping[str, frozenset[Reach]]] = {
    "other": _COLLEAGUES,
    "trainee": _COLLEAGUES,
    "supervisor": frozenset({Reach.PHRASE, Reach.REPORT}),
    "administrator": frozenset({Reach.OWN, Reach.PAPER}),
    "trainer": frozenset(),
    "board": frozenset({Reach.REQUEST, Reach.PAPER}),
    "uncleared": frozenset(),
}
#: Without a person behind it.
STRANGERS: Final = ("half", "nobody")
#: What isn't asked here: files of ours, the live line (test_desk_socket), and the way out, which ends the walk.
_LEFT_OUT: Final = re.compile(r"static/|/socket$|/sign-")
#: What goes on by itself, and that somebody is there.
MOVING: Final = ("sign_ins", "presence", "desk_alive", "desk_events", "duty_spans")
#: Where the page reads its form before the verb is asked: the form of this walk is refused as a form.
FORM_FIRST: Final = frozenset(
    {
        "POST /desk/faults/new",
        "POST /desk/faults/hints/<code:str>/dismiss",
        "POST /desk/policies/words",
        "POST /desk/policies/publish",
        "POST /desk/requests/data",
        "POST /desk/requests/leaks",
        "POST /desk/requests/leaks/<leak_id:uuid>/save",
    }
)


@pytest.fixture
async def walk(service: Service) -> AsyncIterator[Walk]:
    async with open_walk(service, tuple(BEYOND)) as opened:
        yield opened


def is_beyond(name: str, rule: Rule) -> bool:
    """Whether the thing behind an address is out of reach for somebody who has the right to come."""
    return rule.reach in BEYOND[name] or not rule.needs


def desk_rules() -> dict[str, Rule]:
    return {
        address: rule
        for address, rule in RULES.items()
        if rule.door is Door.SIGNED_IN and not _LEFT_OUT.search(address) and (rule.needs or ":uuid>" in address)
    }


async def test_row_3_every_route_every_role_and_somebody_else_s_thing(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, wrong, asked = desk_rules(), list[str](), 0
    before = await walk.house.digest(*MOVING)
    for address, rule in rules.items():
        thing = ":uuid>" in address
        for name in (*BEYOND, *STRANGERS):
            admitted = name in BEYOND and rule.admits(walk.members[name])
            if admitted and not (thing and is_beyond(name, rule)):
                continue  # theirs to ask; what comes of it is the matter of other tests
            there = await walk.ask(name, address, there=True)
            asked += 1
            if thing and there != (missing := await walk.ask(name, address, there=False)):
                wrong.append(f"{name}: {address}: {there.status} is told apart from {missing.status}")
            told = there.status
            trained = name == "trainee" and rule.trained and told == 403
            right = (303, 401) if name in STRANGERS else (404,) if thing else (403,)
            if told not in right and not trained:
                wrong.append(f"{name}: {address}: {told}")
    assert not wrong, "\n".join(wrong)
    assert asked > 1000
    assert await walk.house.digest(*MOVING) == before, "nothing was changed, and nothing noted as done"
    (last,) = await walk.house.service.rows("SELECT max(sequence) AS sequence FROM audit_events")
    # The verbs hold by themselves: without the table at the door whoever lacks the right comes no further.
    with monkeypatch.context() as patched:
        patched.setattr(guard, "admit", lambda _request, member: member)
        for address, rule in rules.items():
            for name in BEYOND:
                if rule.admits(walk.members[name]):
                    continue
                told = (await walk.ask(name, address, there=True)).status
                if told not in (403, 404) and not (told == 400 and address in FORM_FIRST):
                    wrong.append(f"{name}: {address}: {told} of the verb itself")
    assert not wrong, "\n".join(wrong)
    asked_for = "SELECT DISTINCT verb FROM audit_events WHERE sequence > :last"
    noted = {row.verb for row in await walk.house.service.rows(asked_for, last=last.sequence)}
    # A form that is refused shows its page again, to those who may read that.
    assert noted <= {"open_leak", "open_leaks", "open_requests"}
    before.pop("audit_events")
    assert await walk.house.digest(*MOVING, "audit_events") == before, "nor by the verbs alone"
    wrong = await _by_other_doors(walk)
    assert not wrong, "\n".join(wrong)
    # Or it would show nothing: whoever has the right gets every page, and none that isn't there.
    for address, rule in rules.items():
        if not address.startswith("GET ") or ":uuid>" not in address:
            continue
        name = next(one for one in ("supervisor", "administrator") if rule.admits(walk.members[one]))
        if not is_beyond(name, rule):
            found = [(await walk.ask(name, address, there=there)).status for there in (True, False)]
            assert found == [200, 404], (name, address)

    # A database that serves two boards: what is another service's isn't there, whoever asks.
    for table, thing in (("faults", "<fault_id:"), ("drills", "<drill_id:"), ("broadcast_texts", "<text_id:")):
        await walk.house.service.change(f"UPDATE {table} SET profile = 'elsewhere'")
        for address, rule in rules.items():
            for name in BEYOND if thing in address else ():
                if rule.admits(walk.members[name]):
                    assert (await walk.ask(name, address, there=True)).status == 404, (name, address)


async def _by_other_doors(walk: Walk) -> list[str]:
    """The holder of an alarm's link, and of a report's token, at what another one holds."""
    house, wrong = walk.house, []
    files = Files(house.service)
    _token, theirs = await files.report()
    walk.places["evidence_id"] = (await files.send(theirs, hostile.jpeg(), "image/jpeg", "a.jpg")).id
    alarm = {"cookie": f"tsunagi-alarm-{walk.places['escalation_id'].hex}={house.alarm}"}
    report = {"x-tsunagi-report": house.report}
    before = await house.digest(*MOVING)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        for address, rule in RULES.items():
            if ":uuid>" not in address or rule.door not in (Door.ALARM, Door.REPORT):
                continue
            told = []
            for there in (True, False):
                path = walk.at(address, there=there)
                async with http.request(
                    address.partition(" ")[0], house.url + path, headers=alarm if rule.door is Door.ALARM else report
                ) as answer:
                    told.append((answer.status, CHANGING.sub("#", await answer.text())))
            if told[0] != told[1] or told[0][0] != 404:
                wrong.append(f"{address}: {[status for status, _body in told]}")
    assert await house.digest(*MOVING, "report_visits") == {
        name: rows for name, rows in before.items() if name != "report_visits"
    }
    return wrong
