"""The session's table of moves is the only way from state to state."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import MoveRefused
from handoff.domain.session import MOVES, State, check_move, state_for_handoff

ALLOWED = {
    "intake": "waiting live left_message closed",
    "left_message": "waiting live closed",
    "waiting": "left_message live closed",
    "live": "waiting live wrap_up",
    "wrap_up": "live closed",
    "closed": "",
}


@pytest.mark.parametrize(("current", "target"), list(product(State, State)))
def test_every_pair_is_allowed_or_refused_as_the_design_says(current: State, target: State) -> None:
    if target in ALLOWED[current].split():
        check_move(current, target, "test")
    else:
        with pytest.raises(MoveRefused) as caught:
            check_move(current, target, "test")
        assert (caught.value.from_state, caught.value.to_state, caught.value.actor) == (current, target, "test")


@given(st.lists(st.sampled_from(State), max_size=12))
def test_no_order_of_moves_leaves_closed_or_skips_the_wrap_up_of_a_live_session(targets: list[State]) -> None:
    state, was_live = State.INTAKE, False
    for target in targets:
        if target not in MOVES[state]:
            continue
        if state is State.LIVE and target is State.CLOSED:
            pytest.fail("a live session closed without a wrap-up")
        assert state is not State.CLOSED
        was_live = was_live or target is State.LIVE
        state = target
    if was_live:
        assert state is not State.LEFT_MESSAGE or State.WAITING in targets


def test_a_hand_off_goes_where_somebody_will_see_it() -> None:
    assert state_for_handoff(True) is State.WAITING
    assert state_for_handoff(False) is State.LEFT_MESSAGE
