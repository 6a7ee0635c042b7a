"""The outbox against every answer that LINE can give (line.md §2), on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from handoff.domain.delivery import Outcome
from handoff.domain.outgoing import Line
from tests.integration.conftest import Service
from tests.support.line_events import arrivals, text

Rows = list[Any]


async def _send(service: Service, *outcomes: Outcome, words: str = "きいて") -> None:
    service.line.outcomes = list(outcomes)
    await service.accept(arrivals(text(words)))
    await service.work()


async def _time_passes(service: Service, seconds: int = 0) -> None:
    """Let pauses end, and age what the outbox knows of by some seconds."""
    await service.change(
        "UPDATE outbox SET real_next_at = now() - interval '1 second', "
        "real_token_since = real_token_since - make_interval(secs => :s), "
        "real_created_at = real_created_at - make_interval(secs => :s)",
        s=seconds,
    )
    await service.lose_wake_ups()
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.deliver(contact.id)


async def _outbox(service: Service) -> Rows:
    return await service.rows("SELECT state, reason, attempts FROM outbox ORDER BY sequence")


async def test_every_attempt_is_written_down_with_lines_request_id(service: Service) -> None:
    await _send(service)
    (attempt,) = await service.rows("SELECT * FROM delivery_attempts")
    assert (attempt.method, attempt.outcome, attempt.status, attempt.line_request_id) == (
        "reply",
        "accepted",
        200,
        "request",
    )


async def test_a_token_that_is_too_old_is_not_tried(service: Service) -> None:
    await service.accept(arrivals(text("ながく待った")))
    await service.change("UPDATE line_events SET real_received_at = now() - interval '55 seconds'")
    await service.work()
    assert [method for method, _to, _texts in service.line.calls] == ["push"]


async def test_a_spent_token_becomes_a_push(service: Service) -> None:
    await _send(service, Outcome.INVALID_TOKEN)
    assert [method for method, _to, _texts in service.line.calls] == ["reply", "push"]
    assert [row.state for row in await _outbox(service)] == ["sent"]


async def test_a_reply_of_unknown_outcome_is_tried_with_the_same_token_and_invalid_means_delivered(
    service: Service,
) -> None:
    await _send(service, Outcome.UNCERTAIN, Outcome.INVALID_TOKEN)
    await _time_passes(service)
    assert [method for method, _to, _texts in service.line.calls] == ["reply", "reply"]
    assert service.line.calls[0][1] == service.line.calls[1][1]
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("sent", "accepted_earlier")]


async def test_a_reply_whose_outcome_cant_be_known_any_more_is_unknown_and_never_pushed(service: Service) -> None:
    await _send(service, Outcome.UNCERTAIN)
    await _time_passes(service, seconds=51)
    assert [method for method, _to, _texts in service.line.calls] == ["reply"]
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("unknown", "reply_outcome_unknown")]


async def test_a_worker_that_died_while_replying_counts_as_unknown_outcome(service: Service) -> None:
    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    reply, service.line.reply = service.line.reply, die  # type: ignore[assignment, method-assign]
    await service.accept(arrivals(text("とちゅう")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.drain(contact.id)
    with pytest.raises(asyncio.CancelledError):
        await service.deliver(contact.id)
    service.line.reply = reply  # type: ignore[method-assign]
    await _time_passes(service, seconds=51)
    assert service.line.calls == []
    assert [row.state for row in await _outbox(service)] == ["unknown"]


async def test_a_push_is_repeated_with_its_first_retry_key_and_409_is_success(service: Service) -> None:
    await _send(service, Outcome.INVALID_TOKEN, Outcome.UNCERTAIN, Outcome.ALREADY_ACCEPTED)
    await _time_passes(service)
    assert [method for method, _to, _texts in service.line.calls] == ["reply", "push", "push"]
    assert len(set(service.line.keys)) == 1
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("sent", "already_accepted")]


async def test_no_connection_is_no_unknown_outcome(service: Service) -> None:
    await _send(service, Outcome.NOT_SENT)
    await _time_passes(service, seconds=55)
    assert [method for method, _to, _texts in service.line.calls] == ["reply", "push"]


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.MONTHLY_LIMIT])
async def test_both_429s_wait_and_are_told_apart(service: Service, outcome: Outcome) -> None:
    await _send(service, Outcome.INVALID_TOKEN, outcome)
    (row,) = await service.rows("SELECT state, reason, real_next_at - now() AS pause FROM outbox")
    assert (row.state, row.reason) == ("pending", outcome)
    assert (row.pause.total_seconds() > 60) is (outcome is Outcome.MONTHLY_LIMIT)


async def test_a_push_that_waits_for_the_month_does_not_hold_back_a_free_reply(service: Service) -> None:
    await _send(service, Outcome.INVALID_TOKEN, Outcome.MONTHLY_LIMIT)
    await service.accept(arrivals(text("つぎ")))
    await service.work()
    assert service.line.calls[-1][0] == "reply"
    assert [row.state for row in await _outbox(service)] == ["pending", "sent"]


async def test_a_line_that_pauses_holds_back_the_next_so_that_order_is_kept(service: Service) -> None:
    await _send(service, Outcome.RATE_LIMITED, words="いち")
    await service.accept(arrivals(text("に")))
    await service.work()
    assert service.line.said == ["はい：いち"]
    await _time_passes(service)
    assert service.line.said == ["はい：いち", "はい：いち", "はい：に"]


async def test_what_line_will_never_take_is_a_dead_letter_with_its_reason(service: Service) -> None:
    await _send(service, Outcome.REJECTED)
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("dead", "rejected")]
    assert (await service.transcript())[-1] == ("bot", "はい：きいて")


async def test_a_push_is_given_up_when_its_retry_key_runs_out(service: Service) -> None:
    await _send(service, Outcome.INVALID_TOKEN, Outcome.RATE_LIMITED)
    await _time_passes(service, seconds=24 * 3600)
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("dead", "rate_limited")]


async def test_a_line_under_a_stale_epoch_is_refused_at_delivery(service: Service) -> None:
    await service.accept(arrivals(text("こんばんは")))
    (contact,) = await service.rows("SELECT id FROM contacts")
    await service.drain(contact.id)
    await service.change("UPDATE sessions SET epoch = epoch + 1")
    await service.deliver(contact.id)
    assert service.line.calls == []
    assert [(row.state, row.reason) for row in await _outbox(service)] == [("refused", "stale_epoch")]


async def test_more_than_five_messages_go_by_one_reply_and_a_push(service: Service) -> None:
    service.bot.lines = [Line(f"{n}") for n in range(7)]
    await _send(service)
    assert [(method, texts) for method, _to, texts in service.line.calls] == [
        ("reply", ("0", "1", "2", "3", "4")),
        ("push", ("5", "6")),
    ]


async def test_a_paused_call_is_woken_again_by_its_own_job(service: Service) -> None:
    await _send(service, Outcome.RATE_LIMITED)
    await asyncio.sleep(1.1)
    await service.work()
    assert [row.state for row in await _outbox(service)] == ["sent"]


async def test_the_loading_animation_comes_only_after_a_second(service: Service) -> None:
    await _send(service)
    assert service.line.loadings == 0
    service.bot.pause = 1.2
    await _send(service)
    assert service.line.loadings == 1
