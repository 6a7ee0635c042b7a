"""While nothing can be sealed, nothing is stored, nobody is told that it arrived, and all of it comes later (threat 28)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import aiohttp
import pytest

from handoff.domain.errors import SealUnavailable
from handoff.domain.evidence import PIECE
from handoff.domain.session import SessionView
from handoff.web.report_evidence import TOKEN_HEADER
from kernel.sealing import KeyFile, ensure_key_file
from tests.integration.chat_support import Student
from tests.integration.conftest import SEALER, Service
from tests.integration.desk_browser import Browser
from tests.integration.desk_support import Bridge
from tests.integration.evidence_support import Files, film
from tests.integration.house_support import sign, whole_site
from tests.integration.report_support import Reporter
from tests.support.line_events import arrivals, body, text
from tests.support.registers import fill

#: What other processes and pages write on their own while somebody waits, without a word in it.
BESIDE = ("desk_alive", "presence", "sign_ins", "web_chats")
REPORT = "けられている人がいます"

type Broken = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["cipher", "key_file"])
def broken(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """A way to break sealing for the length of a block: no random numbers any more, or the key file is taken away."""
    path = tmp_path / "seal.key"
    ensure_key_file(path)
    monkeypatch.setattr(SEALER, "_keys", KeyFile(path))

    class NoChance:
        def token_bytes(self, _count: int) -> NoReturn:
            raise OSError("ひみつ")

    @contextmanager
    def cipher() -> Any:
        with monkeypatch.context() as patch:
            patch.setattr("kernel.sealing.bound.secrets", NoChance())
            yield

    @contextmanager
    def key_file() -> Any:
        away = path.rename(path.with_suffix(".away"))
        SEALER._cache.clear()  # what was unwrapped lately would go on for its ten minutes
        yield
        away.rename(path)

    return cipher if request.param == "cipher" else key_file


@dataclass
class Evening:
    """One of each who says something, each at the moment before."""

    bridge: Bridge
    url: str
    child: Student
    reporter: Reporter
    desk: Browser
    talk: SessionView
    file: tuple[str, str]

    async def webhook(self, raw: bytes) -> int:
        headers = {"x-line-signature": sign(raw)}
        async with self.child.http.post(f"{self.url}/line/webhook", data=raw, headers=headers) as answer:
            return answer.status

    async def piece(self, data: bytes) -> tuple[int, Any]:
        token, one = self.file
        at = f"{self.url}/report/evidence/{one}?offset=0"
        headers = {TOKEN_HEADER: token, "accept": "application/json"}
        async with self.child.http.put(at, data=data, headers=headers) as answer:
            return answer.status, await answer.json()

    async def line(self, key: str) -> tuple[int, str]:
        told = {"epoch": self.talk.epoch, "text": "相談員の言葉", "key": key}
        status, answer, _headers = await self.desk.post(f"talks/{self.talk.id}/send", told)
        return status, answer

    async def digest(self) -> dict[str, str | None]:
        """Of every row of every table."""
        service, found = self.bridge.service, {}
        for table in await service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
            if table.tablename not in BESIDE:
                asked = f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table.tablename} t"
                found[table.tablename] = (await service.rows(asked))[0][0]
        return found


@pytest.fixture
async def evening(service: Service, broken: Broken) -> AsyncIterator[Evening]:
    async with _evening(Bridge(service)) as opened:
        yield opened


@asynccontextmanager
async def _evening(bridge: Bridge) -> AsyncIterator[Evening]:
    service, files = bridge.service, Files(bridge.service)
    files.media()
    await fill(service.store, service.setting)
    talk = await bridge.live(await bridge.person("ゆき"))
    token, session = await files.report()
    one = await files.begin(session, name="a.mp4", declared="video/mp4", size=PIECE)
    async with (
        whole_site(service) as url,
        Browser.at(url) as desk,
        Student.begun(url) as child,
        aiohttp.ClientSession() as http,
    ):
        await desk.enter("ゆき")
        reporter = Reporter(url, http)
        await reporter.step("danger", danger="no")
        yield Evening(bridge, url, child, reporter, desk, talk, (token, str(one.id)))


async def test_row_28_nothing_is_stored_open_and_nobody_is_told_that_it_arrived(
    evening: Evening, broken: Broken
) -> None:
    service, raw, keys = evening.bridge.service, body(text("とどいて")).encode(), [str(uuid4()) for _ in range(3)]
    data = film(PIECE)
    async with evening.child.socket() as socket:
        before = await evening.digest()
        with broken():
            # LINE is told to send it again.
            assert await evening.webhook(raw) == 503
            # The chat's page keeps the words and says them again, with and without a socket.
            await socket.socket.send_json({"say": {"id": keys[0], "text": "とどけ"}})
            assert (await socket.until("again"))["again"] == keys[0]
            status, told, _headers = await evening.child.post("say", {"id": keys[1], "text": "これも"})
            assert (status, told["code"]) == (503, "seal_unavailable")
            # The report's words stay on the page, with the telephone's numbers.
            await evening.reporter.step("what", what=REPORT, where_words="廊下")
            assert evening.reporter.status == 503 and "tel:110" in evening.reporter.page
            assert "この画面に残っています" in evening.reporter.page
            assert evening.reporter.value("what") == REPORT
            status, told = await evening.piece(data)
            assert (status, told["code"]) == (503, "seal_unavailable")
            status, answer = await evening.line(keys[2])
            assert (status, json.loads(answer)["code"]) == (503, "seal_unavailable")
            assert "ひみつ" not in answer
        assert await evening.digest() == before
        # Whole again: everything comes, once.
        assert [await evening.webhook(raw) for _ in range(2)] == [200, 200]
        await socket.say("とどけ", keys[0])
        assert (await evening.child.post("say", {"id": keys[1], "text": "これも"}))[0] == 200
        await evening.reporter.step("what", what=REPORT)
        assert evening.reporter.status in (200, 303)
        assert (await evening.piece(data))[0] == 200
        assert [(await evening.line(keys[2]))[0] for _ in range(2)] == [200, 200]
    await service.work()
    said = [words for _author, words in await service.transcript()]
    for words in ("とどいて", "はい：とどいて", "とどけ", "これも", REPORT, "相談員の言葉"):
        assert said.count(words) == 1, words


async def test_row_28_what_came_in_waits_for_the_worker_and_is_not_given_up(service: Service, broken: Broken) -> None:
    bridge = Bridge(service)
    await service.accept(arrivals(text("まってて")))
    (contact,) = [row.id for row in await service.rows("SELECT id FROM contacts")]
    with broken():
        for _round in range(7):
            with pytest.raises(SealUnavailable) as caught:
                await service.drain(contact)
            assert "ひみつ" not in str(caught.value)
    (event,) = await service.rows("SELECT done_at, failures, screen_failed FROM line_events")
    assert (event.done_at, event.failures, event.screen_failed) == (None, 0, False)
    assert await service.rows("SELECT 1 FROM messages") == await service.rows("SELECT 1 FROM outbox") == []
    await service.work()
    assert [author for author, _words in await service.transcript()] == ["student", "bot"]
    assert str(bridge.said).count("はい：まってて") == 1


async def test_row_28_ready_says_so_and_says_when_it_is_over(service: Service, broken: Broken) -> None:
    await service.store.check_seal()
    with broken(), pytest.raises(SealUnavailable) as caught:
        await service.store.check_seal()
    assert caught.value.code == "seal_unavailable" and caught.value.status == 503
    await service.store.check_seal()
