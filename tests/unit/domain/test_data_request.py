"""Requests about personal data (個人情報保護法; guardians refused in abuse, 78条1項1号): no way around identity, decision and two."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.domain.data_request import (
    MOVES,
    Arrival,
    Asker,
    ChildSaid,
    Danger,
    DataRequest,
    Decision,
    Ground,
    Proof,
    RequestState,
    Ruling,
    Wish,
)
from handoff.domain.data_request_moves import (
    agree,
    carry_out,
    check_grant,
    check_identity,
    check_received,
    decide,
    extend,
    link,
    needs_second,
    reconsider,
    suspected,
    tell,
    withdraw,
)
from handoff.domain.errors import InputRefused, MoveRefused, OwnReview, TsunagiError
from handoff.domain.escalation import Suspect

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FIRST, SECOND = uuid4(), uuid4()
GRAVE = Danger(grave=True)


def request(**changes: Any) -> DataRequest:
    made = DataRequest(uuid4(), "demo", Wish.DISCLOSE, Asker.GUARDIAN, Arrival.PAPER, TODAY, "…", FIRST, NOW)
    return replace(made, **changes)


def checked(**changes: object) -> DataRequest:
    return request(**({"state": RequestState.CHECKED, "proof": Proof.PAPER, "contact_id": uuid4()} | changes))


YES = Ruling(Decision.GRANT, child=ChildSaid.AGREES)
NO = Ruling(Decision.REFUSE, frozenset({Ground.HARM}))


def refused(field: str, act: Callable[[], object]) -> None:
    with pytest.raises(InputRefused) as error:
        act()
    assert error.value.field == field


def test_thirty_days_of_the_calendar_the_first_not_counted_and_thirty_more_once() -> None:
    made = request(received_on=date(2027, 1, 30))
    assert made.due_on == date(2027, 3, 1), "no day is left out, and none is moved for a Sunday"
    assert not made.is_late(date(2027, 3, 1)) and made.is_late(date(2027, 3, 2))
    longer = extend(made, date(2027, 3, 1), "x")
    assert longer.due_on == date(2027, 3, 31) and not longer.is_late(date(2027, 3, 31))
    refused("extend", lambda: extend(longer, date(2027, 3, 2), "x"))
    refused("extend", lambda: extend(made, date(2027, 3, 2), "x"))
    with pytest.raises(MoveRefused):
        extend(replace(made, state=RequestState.DECIDED), TODAY, "x")


def test_a_day_to_come_or_of_last_year_is_a_slip() -> None:
    check_received(TODAY, TODAY)
    check_received(TODAY - timedelta(days=365), TODAY)
    refused("received_on", lambda: check_received(TODAY + timedelta(days=1), TODAY))
    refused("received_on", lambda: check_received(TODAY - timedelta(days=366), TODAY))


@pytest.mark.parametrize("asker", [one for one in Asker if one is not Asker.SELF])
def test_line_identifies_nobody_but_whoever_holds_the_account(asker: Asker) -> None:
    for proof in (Proof.ACCOUNT, Proof.RECEIPT):
        refused("proof", partial(check_identity, request(asker=asker), proof, "x"))
    assert check_identity(request(asker=asker), Proof.PAPER, "x").state is RequestState.CHECKED
    assert check_identity(request(asker=Asker.SELF), Proof.ACCOUNT, "x").proof is Proof.ACCOUNT


def test_a_yes_wants_the_person_the_proof_and_the_child_s_voice() -> None:
    refused("decision", lambda: decide(checked(contact_id=None), YES, Danger(), FIRST, "x"))
    refused("decision", lambda: decide(replace(checked(), proof=Proof.NONE), YES, Danger(), FIRST, "x"))
    refused("child", lambda: decide(checked(), Ruling(Decision.GRANT), Danger(), FIRST, "x"))
    refused("grounds", lambda: decide(checked(), Ruling(Decision.REFUSE), Danger(), FIRST, "x"))
    partly = Ruling(Decision.PARTLY, frozenset({Ground.OTHERS}), ChildSaid.AGREES)
    refused("sessions", lambda: decide(checked(), partly, Danger(), FIRST, "x"))
    refused(
        "grounds",
        lambda: decide(
            checked(asker=Asker.POLICE), Ruling(Decision.REFUSE, frozenset({Ground.ABUSE})), Danger(), FIRST, "x"
        ),
    )
    # Refusing needs neither the person nor a proof.
    no = decide(request(state=RequestState.CHECKED, proof=Proof.NONE), NO, GRAVE, FIRST, "x")
    assert no.state is RequestState.DECIDED and tell(no, NOW, "x").ended_at == NOW


def test_where_abuse_was_found_a_guardian_s_yes_takes_two_people() -> None:
    one = decide(checked(), YES, GRAVE, FIRST, "x")
    assert one.state is RequestState.PROPOSED
    with pytest.raises(OwnReview):
        agree(one, GRAVE, FIRST, "x")
    with pytest.raises(MoveRefused):
        check_grant(one, GRAVE, "x")
    two = agree(one, GRAVE, SECOND, "x")
    assert (two.state, two.second_by) == (RequestState.DECIDED, SECOND)
    check_grant(two, GRAVE, "x")


@pytest.mark.parametrize(("asker", "suspect"), [(Asker.GUARDIAN, Suspect.GUARDIAN), (Asker.SCHOOL, Suspect.TEACHER)])
@pytest.mark.parametrize("wish", Wish)
def test_who_may_be_the_one_that_harms_gets_nothing_and_erases_nothing(
    asker: Asker, suspect: Suspect, wish: Wish
) -> None:
    harmful = Danger(suspects=frozenset({suspect}))
    refused("decision", lambda: decide(checked(asker=asker, wish=wish), YES, harmful, FIRST, "x"))
    # Also when it turns up between the first and the second, or before the handing out.
    proposed = decide(checked(asker=asker, wish=wish), YES, GRAVE, FIRST, "x")
    refused("second", lambda: agree(proposed, harmful, SECOND, "x"))
    refused("grant", lambda: check_grant(agree(proposed, GRAVE, SECOND, "x"), harmful, "x"))
    assert decide(checked(asker=asker, wish=wish), NO, harmful, FIRST, "x").state is RequestState.DECIDED


def test_what_turns_up_after_one_person_s_yes_stops_the_handing_out_until_two_decide() -> None:
    alone = decide(checked(), YES, Danger(), FIRST, "x")
    assert alone.state is RequestState.DECIDED
    refused("grant", lambda: check_grant(alone, GRAVE, "x"))
    told = tell(alone, NOW, "x")
    again = decide(reconsider(told, "x"), YES, GRAVE, FIRST, "x")
    assert again.state is RequestState.PROPOSED and again.second_by is None


def test_deleting_and_what_the_child_doesn_t_want_take_two() -> None:
    assert needs_second(checked(wish=Wish.DELETE, decision=Decision.GRANT), Danger())
    assert needs_second(checked(decision=Decision.GRANT, child=ChildSaid.OBJECTS), Danger())
    assert not needs_second(checked(decision=Decision.GRANT), Danger())
    assert not needs_second(checked(wish=Wish.DELETE, decision=Decision.REFUSE), GRAVE)


def test_only_before_a_decision_is_it_linked_or_withdrawn() -> None:
    contact = uuid4()
    assert link(checked(), contact, "x").contact_id == contact
    assert withdraw(checked(), NOW, "x").ended_at == NOW
    decided = decide(checked(), NO, Danger(), FIRST, "x")
    for act in (partial(link, decided, contact, "x"), partial(withdraw, decided, NOW, "x")):
        with pytest.raises(MoveRefused):
            act()
    with pytest.raises(MoveRefused):
        reconsider(tell(decided, NOW, "x"), "x")


def test_nothing_moves_out_of_an_end() -> None:
    assert not MOVES[RequestState.DONE] and not MOVES[RequestState.WITHDRAWN] and set(MOVES) == set(RequestState)


type Act = Callable[[DataRequest, Danger], DataRequest]


def _ruled(decision: Decision, grounds: frozenset[Ground], child: ChildSaid, by: UUID) -> Act:
    return lambda r, d: decide(r, Ruling(decision, grounds, child, frozenset({UUID(int=9)})), d, by, "x")


BY = st.sampled_from([FIRST, SECOND])
LINK: st.SearchStrategy[Act] = st.just(lambda r, _d: link(r, UUID(int=7), "x"))
CHECK: st.SearchStrategy[Act] = st.sampled_from(Proof).map(lambda proof: lambda r, _d: check_identity(r, proof, "x"))
DECIDE = st.builds(
    _ruled, st.sampled_from(Decision), st.frozensets(st.sampled_from(Ground)), st.sampled_from(ChildSaid), BY
)
AGREE: st.SearchStrategy[Act] = BY.map(lambda by: lambda r, d: agree(r, d, by, "x"))
TELL: st.SearchStrategy[Act] = st.just(lambda r, _d: tell(r, NOW, "x"))
OTHERS: st.SearchStrategy[Act] = st.sampled_from(
    [
        lambda r, _d: reconsider(r, "x"),
        lambda r, _d: withdraw(r, NOW, "x"),
        lambda r, d: carry_out(r, d, NOW, "x"),
    ]
)
#: The way to the end, from which any step may be missing and between whose steps anything may be pressed.
WAY = (LINK, CHECK, DECIDE, AGREE, TELL)
ANY = st.one_of(*WAY, OTHERS)
DANGERS = st.builds(Danger, st.booleans(), st.frozensets(st.sampled_from(Suspect), max_size=1))


@st.composite
def presses(draw: st.DrawFn) -> list[tuple[Act, Danger]]:
    """Mostly the way to the end; what is known of the person changes seldom."""
    danger, pressed = draw(DANGERS), []
    for step in WAY:
        if draw(st.integers(0, 5)):
            pressed.append((draw(step), danger))
        if not draw(st.integers(0, 5)):
            pressed.append((draw(ANY), danger))
        if not draw(st.integers(0, 5)):
            danger = draw(DANGERS)
    return pressed


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(Wish), st.sampled_from(Asker), presses(), st.none() | DANGERS)
def test_whatever_is_pressed_nothing_is_granted_without_identity_decision_and_two(
    wish: Wish, asker: Asker, pressed: list[tuple[Act, Danger]], last: Danger | None
) -> None:
    now = request(wish=wish, asker=asker)
    for act, danger in pressed:
        before = now
        with contextlib.suppress(TsunagiError):
            now = act(now, danger)
        if now.state is RequestState.DONE is not before.state:
            _sound(before, danger)
    last = last or (pressed[-1][1] if pressed else Danger())
    with contextlib.suppress(TsunagiError):
        check_grant(now, last, "x")
        _sound(now, last)


def _sound(granted: DataRequest, danger: Danger) -> None:
    assert granted.proof not in (None, Proof.NONE) and granted.contact_id is not None
    assert granted.decision in (Decision.GRANT, Decision.PARTLY) and granted.decided_by is not None
    assert not suspected(granted, danger)
    if danger.known or granted.wish is Wish.DELETE:
        assert granted.second_by not in (None, granted.decided_by), "never by one person alone"
