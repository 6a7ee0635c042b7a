"""The tracker store on a real PostgreSQL: sealed, bound to its row, and back after a restart."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.exceptions import RasaException

from bot.tracker import SealedTrackerStore, TrackerChanged, TrackerDatabaseDown, TrackerSealBroken
from kernel.sealing import Keyring, Sealer, WrappedKey, ensure_key_file, key_id_of
from kernel.tracker import pack, scrub
from tests.bot.conftest import ActionServer, Postgres, open_session
from tests.bot.conversation import Bot, run
from tests.support.first_seal import first_seal

WORDS = "上ばきを隠されたことを先生に言えない"


@pytest.fixture
def bot(model: Path, postgres: Postgres, key_file: Path, actions: ActionServer) -> Bot:
    return Bot(model, postgres.url, key_file, actions.url)


def row(url: str, session: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT blob, updated_at FROM rasa_trackers WHERE session_id = %s", (session,)
        ).fetchone()


def data_key(url: str, session: str) -> WrappedKey:
    with psycopg.connect(url) as connection:
        key = connection.execute("SELECT id, kind, kek, wrapped FROM data_keys WHERE session_id = %s", (session,))
        found = key.fetchone()
        assert found is not None
        return WrappedKey(*found)


def test_no_word_lies_in_the_clear(bot: Bot, postgres: Postgres) -> None:
    session = open_session()
    run(bot, lambda bot: bot.say(session, WORDS))
    blob = bytes(row(postgres.url, session)[0])
    for secret in (WORDS, "bullying", "上ばき"):
        assert secret.encode() not in blob
        assert json.dumps(secret)[1:-1].encode() not in blob


def test_every_event_comes_back_as_it_was(bot: Bot) -> None:
    session = open_session()

    async def talk(bot: Bot) -> Any:
        for text in (WORDS, "こんにちは", "宿題が終わらなくて困っています"):
            await bot.say(session, text)
        await bot.say(session, "", event="sticker")
        first = await bot.store.retrieve(session)
        assert first is not None
        await bot.store.save(first)
        return first, await bot.store.retrieve(session)

    first, again = run(bot, talk)
    assert list(first.events) == list(again.events)
    assert [event.timestamp for event in first.events] == [event.timestamp for event in again.events]
    assert first.current_slot_values() == again.current_slot_values()
    assert first.latest_action_name == again.latest_action_name == "action_listen"
    assert first.current_slot_values()["topic"] == "宿題が終わらなくて困っています"


def test_a_row_moved_to_another_session_does_not_open(bot: Bot, postgres: Postgres) -> None:
    mine, other = open_session(), open_session()
    run(bot, lambda bot: bot.say(mine, WORDS))
    with psycopg.connect(postgres.url) as connection:
        connection.execute(
            "INSERT INTO rasa_trackers SELECT %s, blob, updated_at FROM rasa_trackers WHERE session_id = %s",
            (other, mine),
        )

    async def talk(bot: Bot) -> None:
        with pytest.raises(TrackerSealBroken) as caught:
            await bot.say(other, "こんにちは")
        assert WORDS not in str(caught.value)

    run(bot, talk)


def test_an_unknown_key_is_named_as_such(
    bot: Bot, model: Path, postgres: Postgres, actions: ActionServer, tmp_path: Path
) -> None:
    session = open_session()
    run(bot, lambda bot: bot.say(session, WORDS))
    ensure_key_file(tmp_path / "other.json")
    stranger = Bot(model, postgres.url, tmp_path / "other.json", actions.url)

    async def talk(bot: Bot) -> None:
        with pytest.raises(TrackerSealBroken):
            await bot.store.retrieve(session)

    run(stranger, talk)


def test_a_missing_key_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(RasaException, match="key file"):
        SealedTrackerStore(None, host="postgresql://x", key_file=str(tmp_path / "none.json"))
    with pytest.raises(RasaException, match="url"):
        SealedTrackerStore(None, host=None, key_file=str(tmp_path / "none.json"))


def test_turns_go_on_after_postgresql_was_killed(bot: Bot, postgres: Postgres) -> None:
    session = open_session()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        postgres.stop()
        with pytest.raises(TrackerDatabaseDown):
            await bot.say(session, WORDS, "lost")
        postgres.start()
        outcome = await bot.say(session, WORDS, "lost")
        return outcome, await bot.events(session)

    outcome, events = run(bot, talk)
    assert not outcome.replayed and outcome.replies
    assert [event.text for event in events if isinstance(event, UserUttered)] == ["こんにちは", WORDS]


def test_a_quick_restart_is_not_even_noticed(bot: Bot, postgres: Postgres) -> None:
    session = open_session()

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        postgres.stop()
        postgres.start()
        return await bot.say(session, WORDS)

    assert run(bot, talk).replies


def test_a_write_whose_answer_was_lost_counts_as_written(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_session()
    lost = []

    async def talk(bot: Bot) -> Any:
        await bot.say(session, "こんにちは")
        once = bot.store._with_connection

        async def losing(work: Any) -> Any:
            async def cut(connection: Any) -> Any:
                done = await work(connection)
                if work.__name__ == "write" and not lost:
                    lost.append(done)
                    raise psycopg.OperationalError("connection lost")
                return done

            return await once(cut)

        monkeypatch.setattr(bot.store, "_with_connection", losing)
        return await bot.say(session, WORDS), await bot.events(session)

    outcome, events = run(bot, talk)
    assert lost == [True]
    assert outcome.replies
    assert sum(isinstance(event, UserUttered) for event in events) == 2


def test_an_unsent_message_leaves_the_tracker_and_does_not_come_back(
    bot: Bot, postgres: Postgres, key_file: Path
) -> None:
    session = open_session()
    sealer = Sealer.from_key_file(key_file)

    def unsend(message_id: str) -> None:
        blob, _ = row(postgres.url, session)
        cells = sealer.unwrap(data_key(postgres.url, session))
        packed = scrub(cells.open("rasa_trackers", "blob", session, bytes(blob)), message_id)
        with psycopg.connect(postgres.url) as connection:
            connection.execute(
                "UPDATE rasa_trackers SET blob = %s, updated_at = clock_timestamp() WHERE session_id = %s",
                (cells.seal("rasa_trackers", "blob", session, packed), session),
            )

    async def talk(bot: Bot) -> Any:
        await bot.say(session, WORDS, "m1")
        await bot.say(session, "こんにちは", "m2")
        stale = await bot.store.retrieve(session)
        assert stale is not None
        unsend("m1")
        with pytest.raises(RasaException):
            await bot.store.save(stale)
        await bot.say(session, "宿題が終わらなくて困っています", "m3")
        return await bot.store.retrieve(session), await bot.say(session, WORDS, "m1")

    tracker, again = run(bot, talk)
    body = json.dumps([event.as_dict() for event in tracker.events], ensure_ascii=False)
    assert WORDS not in body
    assert tracker.get_slot("topic") == "宿題が終わらなくて困っています"
    assert again.replayed
    assert any(isinstance(event, BotUttered) for event in tracker.events)
    assert next(e.value for e in tracker.events if isinstance(e, SlotSet) and e.key == "topic") is None


def test_a_closed_session_gets_no_tracker_and_no_key_again(bot: Bot, postgres: Postgres) -> None:
    session, unknown = open_session(), str(uuid.uuid4())

    def close() -> None:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("UPDATE sessions SET state = 'closed' WHERE id = %s", (session,))
            connection.execute("DELETE FROM rasa_trackers WHERE session_id = %s", (session,))
            connection.execute("DELETE FROM data_keys WHERE session_id = %s", (session,))

    async def talk(bot: Bot) -> None:
        await bot.say(session, WORDS)
        stale = await bot.tracker(session)
        close()
        with pytest.raises(TrackerChanged):
            await bot.store.save(stale)
        for gone in (session, unknown, "somebody"):
            with pytest.raises(TrackerChanged):
                await bot.say(gone, WORDS)

    run(bot, talk)
    with psycopg.connect(postgres.url) as connection:
        for table in ("rasa_trackers", "data_keys"):
            left = connection.execute(f"SELECT 1 FROM {table} WHERE session_id::text IN (%s, %s)", (session, unknown))
            assert left.fetchone() is None


def test_without_the_data_key_nothing_opens_also_not_what_was_kept_aside(bot: Bot, postgres: Postgres) -> None:
    session = open_session()

    def destroy() -> None:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("DELETE FROM data_keys WHERE session_id = %s", (session,))

    async def talk(bot: Bot) -> None:
        await bot.say(session, WORDS)
        await bot.tracker(session)
        destroy()
        with pytest.raises(TrackerSealBroken):
            await bot.store.retrieve(session)

    run(bot, talk)


def test_the_first_turn_of_two_processes_makes_one_key(bot: Bot, postgres: Postgres) -> None:
    session = open_session()

    async def talk(bot: Bot) -> Any:
        trackers = [await bot.store.create_tracker(session) for _ in range(4)]
        return await asyncio.gather(*map(bot.store.save, trackers), return_exceptions=True)

    outcomes = run(bot, talk)
    assert sorted(map(type, outcomes), key=str) == sorted([type(None), *[TrackerChanged] * 3], key=str)
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM data_keys WHERE session_id = %s", (session,)).fetchone() == (1,)


def test_a_start_knows_its_key_file_by_several_keys_or_by_rows_of_before(
    bot: Bot, model: Path, postgres: Postgres, actions: ActionServer, key_file: Path, tmp_path: Path
) -> None:
    ensure_key_file(tmp_path / "other.json")

    def change(statement: str, *values: Any) -> None:
        with psycopg.connect(postgres.url) as connection:
            connection.execute(statement, values)

    async def right(bot: Bot) -> None:
        await bot.store.check_keys()

    async def wrong(bot: Bot) -> None:
        with pytest.raises(TrackerSealBroken):
            await bot.store.check_keys()

    for words in ("こんにちは", WORDS):
        session = open_session()
        run(bot, lambda bot, session=session, words=words: bot.say(session, words))
    # It takes the place of the bot's store, which has nothing to say any more.
    stranger = Bot(model, postgres.url, tmp_path / "other.json", actions.url)
    # The newest is damaged; the others tell whose file it is.
    change("UPDATE data_keys SET wrapped = '\\x00' WHERE session_id = %s", session)
    run(bot, right)
    run(stranger, wrong)
    change("DELETE FROM data_keys")
    change("DELETE FROM rasa_trackers")
    run(stranger, right)
    blob = first_seal(Keyring.from_file(key_file), "rasa_trackers", "blob", session, pack([]))
    change("INSERT INTO rasa_trackers VALUES (%s, %s, now())", session, blob)
    run(bot, right)
    run(stranger, wrong)
    change("DELETE FROM rasa_trackers")


def test_a_row_of_before_the_data_keys_gets_its_key_with_the_next_turn(
    bot: Bot, postgres: Postgres, key_file: Path
) -> None:
    session, closed = open_session(), open_session()
    ring, packed = Keyring.from_file(key_file), pack([{"event": "user", "text": WORDS, "timestamp": 1.0}])
    with psycopg.connect(postgres.url) as connection:
        for one in (session, closed):
            blob = first_seal(ring, "rasa_trackers", "blob", one, packed)
            connection.execute("INSERT INTO rasa_trackers VALUES (%s, %s, now())", (one, blob))

    async def talk(bot: Bot) -> Any:
        twice = [await bot.store.retrieve(session) for _ in range(2)]
        outcomes = await asyncio.gather(*(bot.store.save(one) for one in twice if one), return_exceptions=True)
        assert sorted(map(type, outcomes), key=str) == sorted([type(None), TrackerChanged], key=str)
        await bot.say(session, "こんにちは")
        late = await bot.store.retrieve(closed)
        assert late is not None
        with psycopg.connect(postgres.url) as connection:
            connection.execute("UPDATE sessions SET state = 'closed' WHERE id = %s", (closed,))
        with pytest.raises(TrackerChanged):
            await bot.store.save(late)
        return await bot.events(session)

    events = run(bot, talk)
    assert [event.text for event in events if isinstance(event, UserUttered)] == [WORDS, "こんにちは"]
    assert key_id_of(bytes(row(postgres.url, session)[0])) == data_key(postgres.url, session).id
    with psycopg.connect(postgres.url) as connection:
        keys = connection.execute("SELECT count(*) FROM data_keys WHERE session_id = %s", (closed,)).fetchone()
        assert keys == (0,)
