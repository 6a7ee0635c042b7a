"""Words, names, ids and addresses of a whole evening are in no log, table, file, notice, error or backup (rows 21, 25)."""

from __future__ import annotations

from uuid import uuid4

import aiohttp

from handoff.bootstrap.desk import DEMO_PASSWORD
from handoff.simulator.client import StandIn
from tests.integration.chat_support import Student
from tests.integration.report_support import Reporter
from tests.support.hostile_files import png
from tests.support.needles import Needles
from tests.support.running import OPEN, Running

#: From these, pupils and staff come; no other test does.
PUPIL, STAFF = "127.0.0.78", "127.0.0.79"
AGENT = {"User-Agent": "Kanariya/78.1"}
#: What is said or written, by whom and where.
SAID = {
    "line": "ラインのヒミツカナリア",
    "risk": "もう死にたいですキキカナリア",
    "chat": "チャットのヒミツカナリア",
    "report": "ツウホウノヒミツカナリア",
    "more": "カキタシノヒミツカナリア",
    "counsellor": "ソウダンインノコトバカナリア",
    "note": "メモノヒミツカナリア",
    "draft": "シタガキノヒミツカナリア",
    "unsent": "トリケシノヒミツカナリア",
    "broken": "コワレタヨウキュウカナリア",
}
FILE_NAME = "カナリアノシャシン.png"


class Desk:
    """A counsellor at a browser that says where it comes from."""

    def __init__(self, http: aiohttp.ClientSession, web: str) -> None:
        self._http, self._web, self._token = http, web, ""
        self.errors: list[bytes] = []

    async def enter(self, name: str) -> None:
        fields = {"name": name, "password": DEMO_PASSWORD}
        async with self._http.post(f"{self._web}/desk/sign-in", data=fields) as answer:
            assert answer.status == 200, await answer.text()
        self._token = (await self.get("/desk/api/desk"))["token"]

    async def get(self, path: str) -> dict[str, object]:
        async with self._http.get(self._web + path) as answer:
            assert answer.status == 200, (path, await answer.text())
            told: dict[str, object] = await answer.json()
            return told

    async def post(self, path: str, expected: int = 200, **body: object) -> dict[str, object]:
        headers = {"x-tsunagi-desk": self._token}
        async with self._http.post(f"{self._web}/desk/api/{path}", json=body, headers=headers) as answer:
            said = await answer.read()
            assert answer.status == expected, (path, said)
            if expected != 200:
                self.errors.append(said)
            told: dict[str, object] = await answer.json()
            return told


async def _students(service: Running, line: StandIn) -> tuple[str, set[str]]:
    """Somebody on LINE says things, at risk too; gives their LINE id, and what else tells who they are."""
    user = await line.user()
    await line.text(user, "こんばんは")
    await line.text(user, SAID["line"])
    gone = await line.text(user, SAID["unsent"])
    assert gone.message_id is not None
    await line.unsend(user, gone.message_id)
    await line.text(user, SAID["risk"])
    await service.settled(user)
    return user, {user}


async def _desk_talks(desk: Desk, session: str) -> None:
    """A counsellor takes the talk over, writes, notes something down, begins a line, and is refused a few things."""
    await desk.enter("minato")
    await desk.post(f"talks/{session}/take-over")
    card = (await desk.get(f"/desk/api/talks/{session}"))["card"]
    assert isinstance(card, dict)
    epoch = card["epoch"]
    await desk.post(f"talks/{session}/send", epoch=epoch, text=SAID["counsellor"], key=str(uuid4()))
    await desk.post(f"talks/{session}/note", kind="note", text=SAID["note"], key=str(uuid4()))
    await desk.post(f"talks/{session}/draft", text=SAID["draft"])
    await desk.post(f"talks/{uuid4()}/send", 404, epoch=1, text=SAID["broken"], key=str(uuid4()))
    await desk.post(f"talks/{session}/send", 400, epoch=epoch, text=SAID["broken"] * 1_000, key=str(uuid4()))


async def _broken(http: aiohttp.ClientSession, web: str) -> list[bytes]:
    """What is said to requests that can't be answered, each with a canary in it."""
    word, said = SAID["broken"], []
    for method, path, body in (
        ("GET", f"/{word}", None),
        ("GET", f"/desk/{word}?{word}={word}", None),
        ("POST", f"/report/{word}", {"what": word}),
        ("POST", "/line/webhook", word.encode()),
        ("POST", "/chat/say", word.encode()),
        ("PUT", f"/report/evidence/{uuid4()}", word.encode() * 10),
        ("POST", "/desk/sign-in", {"name": "nobody", "password": word}),
        ("DELETE", f"/alarm/{word}", None),
    ):
        async with http.request(method, web + path, data=body, allow_redirects=False) as answer:
            assert 400 <= answer.status < 500, (method, path, answer.status)
            said.append(str(answer.headers).encode() + await answer.read())
    return said


async def test_row_25_after_an_evening_nothing_tells_who_said_what(service: Running) -> None:
    """Also row 21 of the running whole: every flow at once, then everything that lies anywhere but in memory."""
    await service.choose(profile="demo", clock=OPEN)
    secrets = {*SAID.values(), FILE_NAME, PUPIL, STAFF, AGENT["User-Agent"]}

    def coming(address: str) -> aiohttp.ClientSession:
        way = aiohttp.TCPConnector(local_addr=(address, 0))
        return aiohttp.ClientSession(connector=way, headers=AGENT, cookie_jar=aiohttp.CookieJar(unsafe=True))

    async with (
        service.standin() as line,
        Student.begun(service.web, PUPIL, **AGENT) as student,
        student.socket() as chat,
        coming(PUPIL) as outside,
        coming(STAFF) as inside,
    ):
        user, known = await _students(service, line)
        await chat.say(SAID["chat"])
        reporter = Reporter(service.web, outside)
        await reporter.write(SAID["report"])
        await reporter.upload((FILE_NAME, png()), faces="no")
        await reporter.post("/report/send")
        receipt = reporter.code
        await reporter.post("/report/kept", {"kept": "yes"})
        await reporter.post("/report/mine/add", {"words": SAID["more"], "key": str(uuid4())})
        desk = Desk(inside, service.web)
        await _desk_talks(desk, str(service.session(user)["id"]))
        async with aiohttp.ClientSession() as stranger:
            errors = await _broken(stranger, service.web)
        service.kill("worker")
        await line.text(user, SAID["line"] + "2")
        await service.ready()
        await service.settled()
        cookie = next(cookie.value for cookie in inside.cookie_jar if cookie.key == "tsunagi-desk")
    secrets |= known | {receipt, receipt.replace("-", ""), reporter.token, student.secret, student.token, cookie}

    # It was all kept: whoever holds the key file reads it.
    told = str(service.transcript(user))
    assert all(SAID[one] in told for one in ("line", "risk", "counsellor")) and SAID["unsent"] not in told

    backup = service.tsunagi("backup", "--to", str(service.var / "tmp" / "backup"))
    assert backup.returncode == 0, backup.stderr
    assert service.notices, "nobody was called"
    needles = Needles(secrets)
    for where, data in (
        ("notices", b"\n".join(service.notices)),
        ("errors", b"\n".join((*errors, *desk.errors))),
        ("backup command", backup.stdout + backup.stderr),
    ):
        assert needles.found_in(data) == [], where
    keys = service.var / "keys"
    assert [(path.relative_to(service.var), words) for path, words in needles.found_below(service.var, [keys])] == []
    assert (service.var / "tmp" / "backup").stat().st_size > 100_000
    # The search does find what lies there in the clear: a verb of the record, in the database's own files.
    assert any(Needles(["sign_in_refused"]).found_below(service.var / "postgres"))
