"""Files on the report's page whose way breaks off: they go on where they stopped, or say so and leave nothing (KAG-2)."""

from __future__ import annotations

import asyncio
import hashlib

from playwright.async_api import FilePayload, Route, expect

from handoff.domain.evidence import SLICE, Part
from tests.browser.conftest import TOGETHER
from tests.browser.report_page import ReportPage
from tests.browser.test_report import FILES, SCHOOL, SEND, WHAT, OpenReport, pages  # noqa: F401 - the fixture
from tests.support import hostile_files as hostile

pytestmark = TOGETHER

#: A film of three slices, and a sound.
FILM = hostile.MP4 + bytes(range(256)) * (2 * SLICE // 256) + b"end"
SOUND = hostile.MP3
SLICES = "**/report/evidence/*offset=*"


class Way:
    """What becomes of each slice on its way, in order: it arrives, is lost, or its answer is; then the last for ever."""

    def __init__(self, *then: str) -> None:
        self._then = list(then)
        self.offsets: list[int] = []

    async def __call__(self, route: Route) -> None:
        self.offsets.append(int(route.request.url.rpartition("=")[2]))
        now = self._then.pop(0) if len(self._then) > 1 else self._then[0]
        if now == "arrives":
            await route.continue_()
            return
        if now == "unanswered":
            await route.fetch()
        await route.abort("connectionreset")


async def at_files(me: ReportPage, words: str) -> str:
    """Go to the page of files with words that are kept, this test's own; the session's id."""
    await me.page.clock.install()  # pauses between tries are long
    await me.open()
    await me.go_on(WHAT)
    await me.page.get_by_label("何が起きていますか").fill(words)
    for heading in (SCHOOL, FILES):
        await me.go_on(heading)
    return await me.holds(words)


async def send(me: ReportPage, name: str, mime: str, data: bytes) -> None:
    await me.choose("うつっていない")
    await me.page.get_by_label("送るもの").set_input_files([FilePayload(name=name, mimeType=mime, buffer=data)])
    await me.button("えらんだものを送る").click()


async def until(me: ReportPage, words: str) -> None:
    """Let the page's own time go on until it says this beside the last file."""
    deadline = asyncio.get_running_loop().time() + 30
    while asyncio.get_running_loop().time() < deadline:
        await me.page.clock.run_for(2_000)
        if words in await me.page.locator("[data-files] li").last.inner_text():
            return
        await asyncio.sleep(0.05)  # what is asked over the real network takes real time
    await expect(me.page.locator("[data-files] li").last).to_contain_text(words)


def stored(me: ReportPage, session: str) -> list[tuple[str, str, bytes]]:
    """What there is of a session's files: state, type and bytes."""
    found = []
    for one in me.service.rows("SELECT id, state, mime FROM evidence WHERE session_id = %s ORDER BY made_at", session):
        pieces = me.service.rows(
            "SELECT number, body FROM evidence_pieces WHERE evidence_id = %s AND part = 'original' ORDER BY 1",
            one["id"],
        )
        opened, place = me.service.sealer.open_bytes, f"{one['id']}:{Part.ORIGINAL}"
        data = [opened("evidence_pieces", "body", f"{place}:{row['number']}", row["body"]) for row in pieces]
        found.append((one["state"], one["mime"], b"".join(data)))
    return found


def forgive(me: ReportPage) -> None:
    """What the browser says of connections that the test broke."""
    me.trouble[:] = [one for one in me.trouble if "ERR_CONNECTION_RESET" not in one and "409" not in one]


async def test_a_film_whose_slice_is_lost_goes_on_where_it_stopped(pages: OpenReport) -> None:  # noqa: F811
    """The second slice never arrives, the answer to the third does not: all bytes are there, each once."""
    me = await pages()
    session = await at_files(me, "録画を送ります。とちゅうで切れます")
    way = Way("arrives", "lost", "arrives", "unanswered", "arrives")
    await me.page.route(SLICES, way)
    await send(me, "録画.mp4", "video/mp4", FILM)
    await expect(me.page.locator("[data-files] li").last).to_contain_text("続きから送ります")
    await until(me, "届きました")
    await expect(me.page.get_by_text("ぜんぶ届きました。")).to_be_visible()
    assert way.offsets[:3] == [0, SLICE, SLICE] and way.offsets[3] == 2 * SLICE
    ((state, mime, data),) = stored(me, session)
    assert (state, mime) == ("stored", "video/mp4")
    assert hashlib.sha256(data).digest() == hashlib.sha256(FILM).digest()
    forgive(me)


async def test_a_film_that_never_gets_through_says_so_and_leaves_nothing(pages: OpenReport) -> None:  # noqa: F811
    me, words = await pages(), "録画を送ります。どうしても届きません"
    session = await at_files(me, words)
    await me.page.route(SLICES, Way("arrives", "lost"))
    await send(me, "録画.mp4", "video/mp4", FILM)
    await until(me, "つながらないので、送れませんでした。")
    await expect(me.page.get_by_text("書いたことは、そのまま残っています。")).to_be_visible()
    assert stored(me, session) == []  # what had come took room, and is gone
    # The next one is chosen and sent as ever, and the words are there.
    await me.page.unroute(SLICES)
    await expect(me.button("えらんだものを送る")).to_be_enabled()
    await send(me, "声.mp3", "audio/mpeg", SOUND)
    await until(me, "届きました")
    assert stored(me, session) == [("stored", "audio/mpeg", SOUND)]
    await me.go_on(SEND)
    await expect(me.page.get_by_text(words)).to_be_visible()
    await expect(me.page.locator(".files li")).to_have_text("声.mp3音声・届きました")
    forgive(me)


async def test_what_nobody_could_take_away_goes_before_the_next_file(pages: OpenReport) -> None:  # noqa: F811
    """Nothing gets through any more, not even that it should go; a few such tries must not use up what one may send."""
    me = await pages()
    session = await at_files(me, "録画を送ります。取り消しも届きません")
    gone = False

    async def broken(route: Route) -> None:
        if gone and not route.request.url.endswith("/begin"):
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await me.page.route("**/report/evidence/**", broken)
    gone = True
    await send(me, "録画.mp4", "video/mp4", FILM)
    await until(me, "つながらないので、送れませんでした。")
    await expect(me.page.get_by_text("書いたことは、そのまま残っています。")).to_be_visible()
    assert [one[0] for one in stored(me, session)] == ["receiving"]
    gone = False
    await send(me, "録画.mp4", "video/mp4", FILM)
    await until(me, "届きました")
    assert [one[0] for one in stored(me, session)] == ["stored"]
    forgive(me)
