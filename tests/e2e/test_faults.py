"""What goes on when something dies: Rasa, the database, the worker, LINE; and what never reaches a log."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from uuid import uuid4

import aiohttp

from handoff.domain.delivery import DeliveryState
from handoff.simulator.client import StandIn
from kernel.tracker import unpack
from tests.integration.chat_support import Student
from tests.integration.report_support import Reporter
from tests.support.running import Running

#: kill -9, one after the other, while students write.
KILLS = ["worker", "rasa", "postgres", "web", "worker", "postgres", "actions"]


async def test_rasa_that_hangs_gives_the_plain_text_after_five_seconds(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        await line.text(user, "こんばんは")
        await line.wait_for_answers(user, 1)
        await service.settled()
        heard = len(await line.answers(user))
        service.kill("rasa", signal.SIGSTOP)
        try:
            await line.text(user, "聞いてほしいことがある")
            started = time.monotonic()
            await line.wait_for_answers(user, heard + 1, timeout=15)
            waited = time.monotonic() - started
        finally:
            service.kill("rasa", signal.SIGCONT)
        await service.settled()
        answers = await line.answers(user)
        assert 4 < waited < 9
        assert len(answers) == heard + 1
        assert "届い" in answers[-1].text and "0120-0-78310" in answers[-1].text
        assert (await line.calls("loading"))[-1].user == user
        session = service.session(user)
        assert (session["state"], session["human_wanted"]) == ("waiting", "bot_failure")
        # Rasa's late answer must not become a second one, and the next word is answered by the bot again.
        await asyncio.sleep(6)
        await line.text(user, "中2です")
        await service.settled()
        after = await line.answers(user)
        assert len(after) > len(answers)
        assert "届い" not in after[len(answers)].text or service.session(user)["answers"]["grade"] == "中2"


async def test_an_unsend_while_rasa_hangs_is_not_undone_by_its_late_turn(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        service.kill("rasa", signal.SIGSTOP)
        try:
            sent = await line.text(user, "南中の小林といいます")
            await line.wait_for_answers(user, 1, timeout=15)
            assert sent.message_id is not None
            await line.unsend(user, sent.message_id)
            await service.settled()
        finally:
            service.kill("rasa", signal.SIGCONT)
        await asyncio.sleep(3)
        heard = len(await line.answers(user))
        await line.text(user, "中3です")
        await line.wait_for_answers(user, heard + 1)
        await service.settled()
    (row,) = service.rows("SELECT * FROM rasa_trackers WHERE session_id = %s", str(service.session(user)["id"]))
    memory = unpack(service.sealer.open("rasa_trackers", "blob", row["session_id"], row["blob"]))
    assert "小林" not in str(memory)
    assert "小林" not in str(service.transcript(user)) + str(service.session(user)["answers"])
    assert service.session(user)["answers"]["grade"] == "中3"


async def test_line_that_fails_and_drops_gets_each_answer_once(service: Running) -> None:
    async with service.standin() as line:
        for kind in ("drop", "status"):
            user = await line.user()
            await line.fail("reply", kind, times=1, accept=True)  # type: ignore[arg-type]
            await line.text(user, "こんばんは")
            await service.settled(timeout=60)
            accepted = [c for c in await line.calls() if c.user == user and c.accepted and c.messages]
            assert len(accepted) == 1, kind
        await line.heal()


async def test_a_webhook_without_a_database_is_503_and_leaves_no_half_state(service: Running) -> None:
    async with service.standin() as line:
        user = await line.user()
        service.kill("postgres", signal.SIGSTOP)
        try:
            stopped = await line.text(user, "とまっているとき")
        finally:
            service.kill("postgres", signal.SIGCONT)
        await service.ready()
        service.kill("postgres")
        statuses: Counter[int | None] = Counter()
        for _ in range(10):
            statuses[(await line.text(user, "データベースがないとき")).status] += 1
        await service.ready()
        await service.settled()
        assert set(statuses) <= {200, 503, None}, statuses
        # A 503 in time is worth more to LINE than silence; the words may be kept all the same.
        assert stopped.status in (200, 503)
        assert stopped.ms < 2500
    kept = [words for author, words in service.transcript(user) if author == "student"]
    # One whose answer didn't come in time may be kept as well.
    assert statuses[200] <= kept.count("データベースがないとき") <= 10


async def _students_write(line: StandIn, users: list[str], until: asyncio.Event) -> dict[str, list[str]]:
    """Each student writes on and on; gives the texts that were acknowledged with 200."""
    acknowledged: dict[str, list[str]] = {user: [] for user in users}

    async def write(user: str) -> None:
        number = 0
        while not until.is_set():
            number += 1
            words = f"{number}回目に書きます"
            if (await line.text(user, words)).status == 200:
                acknowledged[user].append(words)
            await asyncio.sleep(random.uniform(0.2, 0.6))

    await asyncio.gather(*(write(user) for user in users))
    return acknowledged


async def test_kill_9_anywhere_under_load_loses_nothing_and_answers_once(service: Running) -> None:
    random.seed(20261121)
    async with service.standin() as line:
        users = [await line.user() for _ in range(6)]
        stop = asyncio.Event()
        writing = asyncio.create_task(_students_write(line, users, stop))
        for name in KILLS:
            await asyncio.sleep(random.uniform(1.0, 3.0))
            service.kill(name)
            await asyncio.sleep(1.0)
            await service.ready()
        await asyncio.sleep(1.0)
        stop.set()
        acknowledged = await writing
        await service.settled(timeout=180)
        calls = [call for call in await line.calls() if call.accepted and call.messages]
        for user in users:
            contact = service.contact(user)
            students = [words for author, words in service.transcript(user) if author == "student"]
            # What was acknowledged is there once; what wasn't may be there (its answer got lost), but not twice.
            assert Counter(students).most_common(1)[0][1] == 1
            assert [words for words in students if words in set(acknowledged[user])] == acknowledged[user]
            outbox = service.rows("SELECT event_id, part, state FROM outbox WHERE contact_id = %s", contact)
            events = service.rows("SELECT id FROM line_events WHERE contact_id = %s AND type = 'message'", contact)
            # Who waits is told so by the worker's rounds as well; that belongs to no event.
            answered = {row["event_id"] for row in outbox if row["part"] == 0} - {None}
            assert answered == {row["id"] for row in events}
            states = Counter(row["state"] for row in outbox)
            assert set(states) <= {DeliveryState.SENT, DeliveryState.UNKNOWN}, states
            # Each call that is known to be sent reached LINE once; an unknown one at most once.
            accepted = sum(1 for call in calls if call.user == user)
            assert states["sent"] <= accepted <= states["sent"] + states["unknown"]
            assert len(acknowledged[user]) > 10


async def test_row_2_what_got_no_answer_comes_again_and_is_answered_once(service: Running) -> None:
    """The web process dies while students write, and LINE sends again what got no 200: every word is there once."""
    random.seed(2)
    async with service.standin() as line:
        await line.settings(redelivery=True, redelivery_delays=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0))
        users = [await line.user() for _ in range(3)]
        written: dict[str, list[str]] = {user: [] for user in users}
        missed: Counter[int | None] = Counter()
        stop = asyncio.Event()

        async def write(user: str) -> None:
            while not stop.is_set():
                written[user].append(f"{len(written[user]) + 1}回目に書きます")
                missed[(await line.text(user, written[user][-1])).status] += 1
                await asyncio.sleep(random.uniform(0.15, 0.4))

        async with asyncio.TaskGroup() as students:
            for user in users:
                students.create_task(write(user))
            for _ in range(2):
                await asyncio.sleep(random.uniform(0.5, 1.5))
                service.kill("web")
                await service.ready()
            stop.set()
        async with asyncio.timeout(90):
            for user in users:
                while {words for author, words in service.transcript(user) if author == "student"} != set(
                    written[user]
                ):
                    await asyncio.sleep(0.5)
        await service.settled(timeout=120)
        await line.settings(redelivery=False)
        assert set(missed) > {200}, "the web process was never away while somebody wrote"
        calls = Counter(call.user for call in await line.calls() if call.accepted and call.messages)
        for user in users:
            students = [words for author, words in service.transcript(user) if author == "student"]
            assert sorted(students) == sorted(written[user])
            states = Counter(
                row["state"]
                for row in service.rows("SELECT state FROM outbox WHERE contact_id = %s", service.contact(user))
            )
            assert states["sent"] <= calls[user] <= states["sent"] + states["unknown"]


async def test_no_words_ids_or_addresses_of_students_reach_a_log(service: Running) -> None:
    """Rows 7 and 25: on LINE, in a chat and in a report, while all goes well and while a part is away."""
    secret, address, agent = "ないしょのさくぶんカナリア", "127.0.0.77", {"User-Agent": "Kanaria/7.7"}
    way = aiohttp.TCPConnector(local_addr=(address, 0))
    async with (
        service.standin() as line,
        Student.begun(service.web, address, **agent) as student,
        student.socket() as chat,
        aiohttp.ClientSession(connector=way, headers=agent) as http,
    ):
        user = await line.user()
        reporter = Reporter(service.web, http)
        await line.text(user, secret)
        await chat.say(secret)
        code = await reporter.send(secret)
        secrets = {secret, "カナリア", user, code, code.replace("-", ""), reporter.token, student.secret, student.token}
        await service.settled()
        service.kill("rasa")
        await line.text(user, secret + "2")
        await chat.say(secret + "2")
        await reporter.post("/report/answer", {"receipt": code[::-1]})
        await reporter.post("/report/answer", {"receipt": code})
        assert reporter.status == 200
        secrets.add(reporter.token)
        await reporter.post("/report/mine/add", {"words": secret + "3", "key": str(uuid4())})
        assert (await student.page(f"/chat/{code}"))[0] == 404
        await service.ready()
        await service.settled()
    for log in (service.var / "up.log", *(service.var / "log").glob("*")):
        written = log.read_text(errors="replace")
        for leak in (*secrets, address, "127.0.0.1 -", "python-requests", "aiohttp/", "Kanaria"):
            assert leak not in written, (log.name, leak)
