"""What is done with a call to LINE, for every order of outcomes (line.md: reply tokens, retry keys)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.delivery import (
    MONTHLY_LIMIT_PAUSE,
    REPLY_TOKEN_LIFE,
    RETRY_KEY_LIFE,
    UNCERTAIN,
    DeliveryState,
    Method,
    OutboxFacts,
    Outcome,
    Pause,
    Settle,
    Try,
    after,
    next_step,
)

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FRESH = OutboxFacts(START, START, 0, uncertain_reply=False, method=None, outcome=None)


def _line_says(method: Method, outcome: Outcome) -> bool:
    """Whether LINE can answer so to this method."""
    replies_only = {Outcome.INVALID_TOKEN}
    pushes_only = {Outcome.ALREADY_ACCEPTED, Outcome.MONTHLY_LIMIT}
    return outcome not in (pushes_only if method is Method.REPLY else replies_only)


@given(
    st.lists(st.tuples(st.sampled_from(Outcome), st.floats(0, 40_000)), min_size=1, max_size=30),
    st.booleans(),
    st.integers(0, 90),
)
def test_no_order_of_outcomes_sends_twice_or_loses_a_call_in_silence(
    story: list[tuple[Outcome, float]], has_token: bool, age: int
) -> None:
    """Play a row's life: LINE's true state is followed beside what the row believes."""
    now = START + timedelta(seconds=age)
    facts = replace(FRESH, token_since=START if has_token else None)
    maybe_replied = pushed = arrived = False
    for outcome, wait in story:
        step = next_step(facts, now)
        if isinstance(step, Settle):
            assert step.state is not DeliveryState.SENT
            assert step.state is DeliveryState.UNKNOWN or not arrived
            return
        assert isinstance(step, Try)
        if step.method is Method.REPLY:
            assert not pushed, "a reply after a push"
            assert facts.token_since is not None
            assert now - facts.token_since < REPLY_TOKEN_LIFE
        else:
            assert not maybe_replied, "a push although a reply may have arrived"
        if not _line_says(step.method, outcome) or (outcome is Outcome.ALREADY_ACCEPTED and not pushed):
            outcome = Outcome.ACCEPTED
        pushed = pushed or step.method is Method.PUSH
        uncertain = facts.uncertain_reply or (step.method is Method.REPLY and outcome in UNCERTAIN)
        maybe_replied = maybe_replied or uncertain
        facts = replace(
            facts,
            attempts=facts.attempts + 1,
            uncertain_reply=uncertain,
            method=step.method,
            outcome=outcome,
            token_since=None if outcome is Outcome.INVALID_TOKEN and not uncertain else facts.token_since,
        )
        arrived = arrived or outcome in {Outcome.ACCEPTED, Outcome.ALREADY_ACCEPTED}
        verdict = after(facts, random.Random(0))
        if isinstance(verdict, Settle):
            assert (verdict.state is DeliveryState.SENT) == (
                arrived or (outcome is Outcome.INVALID_TOKEN and uncertain)
            )
            assert verdict.reason
            return
        assert verdict.delay >= timedelta()
        now += verdict.delay + timedelta(seconds=wait)


def test_a_fresh_token_is_used_and_an_old_one_is_not() -> None:
    assert next_step(FRESH, START) == Try(Method.REPLY)
    assert next_step(FRESH, START + REPLY_TOKEN_LIFE) == Try(Method.PUSH)
    assert next_step(replace(FRESH, token_since=None), START) == Try(Method.PUSH)


def test_a_retry_key_is_never_used_past_its_life() -> None:
    pushed = replace(FRESH, token_since=None, attempts=1, method=Method.PUSH, outcome=Outcome.UNCERTAIN)
    assert next_step(pushed, START + RETRY_KEY_LIFE - timedelta(seconds=1)) == Try(Method.PUSH)
    assert next_step(pushed, START + RETRY_KEY_LIFE) == Settle(DeliveryState.UNKNOWN, "push_outcome_unknown")
    limited = replace(pushed, outcome=Outcome.RATE_LIMITED)
    assert next_step(limited, START + RETRY_KEY_LIFE) == Settle(DeliveryState.DEAD, "rate_limited")


@pytest.mark.parametrize("attempts", range(1, 40))
def test_pauses_grow_with_jitter_and_have_an_end(attempts: int) -> None:
    facts = replace(FRESH, attempts=attempts, method=Method.PUSH, outcome=Outcome.UNCERTAIN)
    pauses = {after(facts, random.Random(seed)).delay for seed in range(20)}  # type: ignore[union-attr]
    assert len(pauses) > 1
    assert min(pauses) >= timedelta(seconds=0.5)
    assert max(pauses) <= timedelta(minutes=5)


def test_the_months_limit_waits_longer_than_the_rate_limit() -> None:
    facts = replace(FRESH, attempts=1, method=Method.PUSH)
    monthly = after(replace(facts, outcome=Outcome.MONTHLY_LIMIT), random.Random(0))
    rate = after(replace(facts, outcome=Outcome.RATE_LIMITED), random.Random(0))
    assert monthly == Pause(MONTHLY_LIMIT_PAUSE, Outcome.MONTHLY_LIMIT)
    assert isinstance(rate, Pause)
    assert rate.delay < timedelta(seconds=2)
