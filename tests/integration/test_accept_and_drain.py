"""From webhook events to transcript and outbox, on a real PostgreSQL with real jobs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from handoff.adapters.jobs import TransactionJobs
from handoff.adapters.wake_ups import DRAIN, WakeUps
from handoff.domain.clock import Clock
from handoff.domain.errors import StoreUnavailable
from handoff.domain.incoming import StoredEvent
from handoff.domain.outgoing import Line
from handoff.services.outside import Answer, Reading
from handoff.services.ports import LockedContact, Transaction
from tests.integration.conftest import CLOSED, OPEN, Service
from tests.support.line_events import arrivals, event, text, unsend


async def test_a_message_is_kept_sealed_answered_and_sent_by_its_reply_token(service: Service) -> None:
    message = text("友だちとけんかした")
    assert await service.accept(arrivals(message)) == 1
    await service.work()
    assert await service.transcript() == [("student", "友だちとけんかした"), ("bot", "はい：友だちとけんかした")]
    assert service.line.calls == [("reply", message["replyToken"], ("はい：友だちとけんかした",))]
    assert [row.state for row in await service.rows("SELECT state FROM outbox")] == ["sent"]
    assert await service.rows("SELECT id FROM procrastinate_jobs") == []


async def test_nothing_readable_lies_in_any_table(service: Service) -> None:
    words, user = "ひみつのことば", "U" + "c" * 32
    location = {"type": "location", "id": "loc1", "latitude": 35.6543, "longitude": 139.1234, "address": "ひみつの町"}
    await service.accept(arrivals(text(words, user), event("message", user, message=location)))
    await service.work()
    tables = await service.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        dump = str(await service.rows(f'SELECT t::text FROM "{table}" t'))
        for secret in (words, user, "35.6543", "ひみつの町", words.encode().hex(), user.encode().hex()):
            assert secret not in dump, table


async def test_the_same_event_twenty_times_in_parallel_is_one_message_and_one_answer(service: Service) -> None:
    same = arrivals(text("一度だけ"))
    added = await asyncio.gather(*(service.accept(same) for _ in range(20)))
    assert sum(added) == 1
    await asyncio.gather(service.work(), service.work())
    assert await service.transcript() == [("student", "一度だけ"), ("bot", "はい：一度だけ")]
    assert len(service.line.calls) == 1


async def test_a_redelivery_an_hour_later_changes_nothing(service: Service) -> None:
    message = text("もしもし")
    await service.accept(arrivals(message))
    await service.work()
    again = message | {"deliveryContext": {"isRedelivery": True}, "timestamp": message["timestamp"] + 3_600_000}
    assert await service.accept(arrivals(again)) == 0
    await service.work()
    assert len(await service.transcript()) == 2
    assert len(service.line.calls) == 1


async def test_thirty_messages_of_one_second_are_kept_and_answered_in_order(service: Service) -> None:
    now = int(time.time() * 1000)
    messages = [text(f"{number}ばん", timestamp=now + number) for number in range(30)]
    # All are there before the first is taken up: one that comes after a later one was answered can't stand before it.
    await asyncio.gather(*(service.accept(arrivals(message)) for message in messages))
    await service.work()
    students = [words for author, words in await service.transcript() if author == "student"]
    assert students == [f"{number}ばん" for number in range(30)]
    assert service.line.said == [f"はい：{number}ばん" for number in range(30)]


async def test_event_time_decides_not_arrival(service: Service) -> None:
    late, early = text("あと", timestamp=2_000_000_000_000), text("さき", timestamp=1_999_999_999_999)
    await service.accept(arrivals(late))
    await service.accept(arrivals(early))
    await service.work()
    assert [words for _id, _event, words in service.bot.heard] == ["さき", "あと"]


async def test_two_drains_at_once_do_the_work_once(service: Service) -> None:
    service.bot.pause = 0.05
    await service.accept(arrivals(*(text(f"{n}") for n in range(5))))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await asyncio.gather(*(service.drain(contact.id) for _ in range(4)))
    assert [words for _s, _e, words in service.bot.heard] == ["0", "1", "2", "3", "4"]


async def test_a_step_done_again_after_a_crash_answers_once(service: Service) -> None:
    """The worker dies between Rasa's answer and its own commit; Rasa hears the same id again."""
    await service.accept(arrivals(text("とちゅう")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    drain = service.drain

    async def die(*_: object) -> list[Line]:
        raise asyncio.CancelledError

    steady, service.bot.converse = service.bot.converse, die  # type: ignore[assignment, method-assign]
    with pytest.raises(asyncio.CancelledError):
        await drain(contact.id)
    service.bot.converse = steady  # type: ignore[method-assign]
    assert await service.transcript() == [("student", "とちゅう")]
    await service.work()
    await service.work()
    assert await service.transcript() == [("student", "とちゅう"), ("bot", "はい：とちゅう")]
    assert len(service.line.calls) == 1


async def test_every_event_is_screened_before_the_first_is_answered(service: Service) -> None:
    order: list[str] = []

    class Watching:
        async def __call__(self, tx: Transaction, stored: StoredEvent, reading: Reading) -> StoredEvent:
            order.append("screen " + (reading.message.text if reading.message else "-"))
            await tx.events.mark_screened(stored.id, OPEN)
            return replace(stored, screened=True)

        async def failed(self, tx: Transaction, stored: StoredEvent) -> None:
            raise AssertionError("it doesn't fail")

    service.screen = Watching()
    heard = service.bot.converse

    async def converse(*told: Any) -> Answer:
        order.append("answer")
        return await heard(*told)

    service.bot.converse = converse  # type: ignore[method-assign, assignment]
    await service.accept(arrivals(text("a"), text("b"), text("c")))
    await service.work()
    assert order == ["screen a", "screen b", "screen c", "answer", "answer", "answer"]


async def test_rasa_down_gives_the_plain_text_once_and_asks_for_a_human(service: Service) -> None:
    service.bot.down = True
    await service.accept(arrivals(text("つらい")))
    await service.work()
    await service.accept(arrivals(text("きいてる？")))
    await service.work()
    first, second = service.line.said
    assert service.setting.profile.service_name in first
    assert "0120-0-78310" in first
    assert second != first
    (session,) = await service.rows("SELECT state, human_wanted FROM sessions")
    assert (session.state, session.human_wanted) == ("waiting", "bot_failure")
    service.bot.down = False
    await service.work()
    assert len(service.line.said) == 2


async def test_rasa_down_at_night_leaves_the_message_for_the_next_opening(service: Service) -> None:
    service.setting.clock = Clock.starting_at(CLOSED)
    service.bot.down = True
    await service.accept(arrivals(text("ねむれない")))
    await service.work()
    (session,) = await service.rows("SELECT state FROM sessions")
    assert session.state == "left_message"


async def test_a_bot_with_nothing_to_say_counts_as_failing(service: Service) -> None:
    service.bot.lines = [Line(" ")]
    await service.accept(arrivals(text("。")))
    await service.work()
    assert len(service.line.said) == 1
    assert [row.human_wanted for row in await service.rows("SELECT human_wanted FROM sessions")] == ["bot_failure"]


async def test_a_bot_line_that_comes_after_a_counsellor_took_over_is_refused(service: Service) -> None:
    async def converse(*_: object) -> Answer:
        await service.change("UPDATE sessions SET owner = 'counsellor', epoch = epoch + 1, state = 'live'")
        return Answer([Line("おそい返事")])

    service.bot.converse = converse  # type: ignore[method-assign, assignment]
    await service.accept(arrivals(text("こんばんは")))
    await service.work()
    assert service.line.calls == []
    assert [row.verb for row in await service.rows("SELECT verb FROM audit_events ORDER BY sequence")] == [
        "open_session",
        "late_bot_line_refused",
    ]


async def test_standby_and_account_events_are_kept_and_not_answered(service: Service) -> None:
    account = event("botSuspended")
    del account["source"], account["replyToken"]
    standby = text("ほかの窓口", mode="standby")
    beacon = event("beacon", beacon={"hwid": "x"})
    assert await service.accept(arrivals(account, standby, beacon)) == 3
    await service.work()
    assert service.line.calls == []
    assert {row.type: row.result for row in await service.rows("SELECT type, result FROM line_events")} == {
        "other": "kept",
        "message": "kept",
    }
    assert await service.transcript() == [("student", "ほかの窓口")]


@pytest.mark.parametrize("kind", ["sticker", "image", "video", "audio", "file", "location", "hologram"])
async def test_every_message_type_is_kept_as_a_typed_placeholder(service: Service, kind: str) -> None:
    message = {"type": kind, "id": "x1", "fileName": "a.txt", "fileSize": 3, "packageId": "1", "stickerId": "2"}
    await service.accept(arrivals(event("message", message=message)))
    await service.work()
    (row,) = await service.rows("SELECT kind FROM messages WHERE author = 'student'")
    assert row.kind == (kind if kind != "hologram" else "unknown")
    assert len(service.line.calls) == 1


async def test_follow_is_greeted_and_unfollow_is_kept_silently(service: Service) -> None:
    await service.accept(arrivals(event("follow", follow={"isUnblocked": False})))
    await service.work()
    assert len(service.line.calls) == 1
    await service.accept(arrivals(event("unfollow")))
    await service.work()
    assert len(service.line.calls) == 1
    assert [row.following for row in await service.rows("SELECT following FROM contacts")] == [False]


async def test_a_group_gets_one_polite_line_and_no_session(service: Service) -> None:
    group = {"type": "group", "groupId": "C" + "1" * 32, "userId": "U" + "1" * 32}
    await service.accept(arrivals(text("みんなで相談", source=group), text("ねえ", source=group)))
    await service.work()
    assert len(service.line.calls) == 1
    assert await service.rows("SELECT id FROM sessions") == []


async def test_unsend_removes_the_words_everywhere_and_leaves_a_mark(service: Service) -> None:
    await service.accept(arrivals(text("いわなきゃよかった", message_id="m-gone")))
    await service.work()
    await service.accept(arrivals(unsend("m-gone")))
    await service.work()
    assert (await service.transcript())[0] == ("student", None)
    (message,) = await service.rows("SELECT removed_at, hidden_at FROM messages WHERE author = 'student'")
    assert message.removed_at is not None and message.hidden_at is None
    payloads = await service.rows("SELECT payload FROM line_events WHERE type = 'message'")
    assert [row.payload for row in payloads] == [None]
    assert len(service.line.calls) == 1


async def test_unsend_takes_the_answers_along_that_repeat_the_words(service: Service) -> None:
    await service.accept(arrivals(text("北中の2年です", message_id="m-school")))
    await service.work()
    (session,) = await service.rows("SELECT id FROM sessions")
    async with service.store.transaction() as tx:
        await tx.sessions.set_intake(session.id, {"school_name": "北中", "topic": "friends"})
    await service.accept(arrivals(unsend("m-school")))
    await service.work()
    async with service.store.transaction() as tx:
        assert await tx.sessions.intake(session.id) == {"school_name": None, "topic": "friends"}


async def test_unsend_of_words_at_high_only_hides_them(service: Service) -> None:
    await service.accept(arrivals(text("しにたい", message_id="m-high")))
    await service.work()
    await service.change("UPDATE messages SET level = 'high' WHERE author = 'student'")
    await service.accept(arrivals(unsend("m-high")))
    await service.work()
    assert (await service.transcript())[0] == ("student", "しにたい")
    (message,) = await service.rows("SELECT removed_at, hidden_at FROM messages WHERE author = 'student'")
    assert message.removed_at is None and message.hidden_at is not None


async def test_an_unsend_that_overtakes_its_message_still_counts(service: Service) -> None:
    await service.accept(arrivals(unsend("m-late", timestamp=2_000)))
    await service.work()
    await service.accept(arrivals(text("おそい", message_id="m-late", timestamp=1_000)))
    await service.work()
    assert await service.transcript() == [("student", None)]
    assert service.line.calls == []


async def test_an_edit_replaces_the_words_and_the_latest_edit_wins(service: Service) -> None:
    await service.accept(arrivals(text("まちがい", message_id="m-e")))
    await service.work()

    def edited(words: str, at: int) -> dict[str, object]:
        return event("messageEdited", timestamp=at, message={"type": "text", "id": "m-e", "text": words})

    await service.accept(arrivals(edited("なおした", 2_000_000_000_002)))
    await service.work()
    await service.accept(arrivals(edited("古いなおし", 2_000_000_000_001)))
    await service.work()
    assert (await service.transcript())[0] == ("student", "なおした")


async def test_after_a_closed_session_a_new_word_opens_a_linked_one(service: Service) -> None:
    await service.accept(arrivals(text("前の相談")))
    await service.work()
    await service.change("UPDATE sessions SET state = 'closed'")
    await service.accept(arrivals(text("また来ました")))
    await service.work()
    old, new = await service.rows("SELECT id, previous_id FROM sessions ORDER BY opened_at")
    assert new.previous_id == old.id


async def test_a_step_that_always_fails_is_given_up_and_handed_to_a_person(service: Service) -> None:
    async def explode(*_: object) -> list[Line]:
        raise RuntimeError("わたしの秘密")

    service.bot.converse = explode  # type: ignore[method-assign, assignment]
    await service.accept(arrivals(text("こわれる"), text("つぎ")))
    for _ in range(12):
        await service.work()
        await service.change("UPDATE line_events SET real_received_at = now() - interval '1 minute'")
        await service.sweep()
    assert [row.result for row in await service.rows("SELECT result FROM line_events")] == ["given_up", "given_up"]
    assert [row.state for row in await service.rows("SELECT state FROM sessions")] == ["waiting"]
    assert len(service.line.said) == 2


async def test_the_sweep_wakes_what_a_lost_wake_up_left_undone(service: Service) -> None:
    await service.accept(arrivals(text("わすれないで")))
    await service.lose_wake_ups()
    assert await service.sweep() == 0
    await service.change("UPDATE line_events SET real_received_at = now() - interval '3 seconds'")
    assert await service.sweep() == 1
    await service.work()
    assert len(service.line.calls) == 1


async def test_a_database_that_is_away_is_named_so(service: Service) -> None:
    await service.store.engine.dispose()
    service.store.engine.url  # noqa: B018
    broken = type(service.store)("postgresql://nobody@127.0.0.1:1/none", service.store._sealer, service.jobs)
    with pytest.raises(StoreUnavailable):
        await type(service.accept)(broken, service.setting)(arrivals(text("x")))


async def test_an_event_that_comes_while_the_lock_is_let_go_is_not_left_to_the_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its wake-up comes while the work for its contact is under way, and finds the lock taken."""
    await service.accept(arrivals(text("いち")))
    drain, wake_ups = service.drain, WakeUps(concurrency=2)
    wake_ups.handle(DRAIN, drain)
    inner, rounds = drain._go_on, 0

    async def then_one_more(contact: LockedContact, contact_id: UUID) -> bool:
        nonlocal rounds
        goes_on, rounds = await inner(contact, contact_id), rounds + 1
        if rounds == 1:
            await service.accept(arrivals(text("に")))
            for told in await service.heard():
                wake_ups.take(told)
        return goes_on

    monkeypatch.setattr(drain, "_go_on", then_one_more)
    for told in await service.heard():
        wake_ups.take(told)
    await wake_ups.idle()
    assert [words for _session, _event, words in service.bot.heard] == ["いち", "に"]


async def test_row_2_an_event_whose_wake_up_fails_is_not_kept_and_its_redelivery_is(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks between the event's row and its wake-up leaves neither: LINE sends it again, and nothing is lost."""
    broken = arrivals(text("とちゅうで落ちた"))

    async def fail(*_: object) -> bool:
        raise StoreUnavailable("the wake-up can't be stored")

    with monkeypatch.context() as patch:
        patch.setattr(TransactionJobs, "wake_drain", fail)
        with pytest.raises(StoreUnavailable):
            await service.accept(broken)
    assert await service.rows("SELECT id FROM line_events") == []
    assert await service.rows("SELECT id FROM procrastinate_jobs") == []
    assert await service.accept(broken) == 1
    await service.work()
    assert await service.transcript() == [("student", "とちゅうで落ちた"), ("bot", "はい：とちゅうで落ちた")]
    assert len(service.line.calls) == 1
