"""How much one person carries, who is refused what, and whether enough are there (KAG-6.1ア, WG-9d)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.capacity import Staffing, check_claim, load, staffing
from handoff.domain.errors import CapacityReached, TraineeRefused
from handoff.domain.profile.access import Staff
from handoff.domain.session import Level
from handoff.domain.staff import StaffMember, StaffRole

LEVELS = [None, *Level]
#: Who asks, the session's level, whether something of it is unread, the levels of what they have, and their limit.
type Asked = tuple[StaffMember, Level | None, bool, Sequence[Level | None], int]
LIVE = st.lists(st.sampled_from(LEVELS), max_size=6)


def member(role: StaffRole = StaffRole.COUNSELLOR, trainee: bool = False) -> StaffMember:
    return StaffMember(uuid4(), "sato", "さとう", role, trainee=trainee, lacks=frozenset())


def refuses(error: type[Exception], *asked: *Asked) -> bool:
    try:
        check_claim(*asked)
    except error:
        return True
    return False


# --- limits ---------------------------------------------------------------------------------------------------------


def test_one_each_and_a_critical_one_as_much_as_all() -> None:
    assert load([], 3) == 0
    assert load([None, Level.NONE, Level.HIGH], 3) == 3
    assert load([Level.CRITICAL], 3) == 3
    assert load([Level.CONCERN, Level.CRITICAL], 2) == 3


@given(LIVE, st.integers(1, 5), st.sampled_from(LEVELS), st.booleans())
def test_a_claim_is_refused_exactly_when_the_hands_are_full(
    live: list[Level | None], limit: int, level: Level | None, unscreened: bool
) -> None:
    full = Level.CRITICAL in live or len(live) >= limit
    assert refuses(CapacityReached, member(), level, unscreened, live, limit) is full


def test_the_refusal_says_how_many_there_are_and_may_be() -> None:
    with pytest.raises(CapacityReached) as caught:
        check_claim(member(), Level.HIGH, False, [Level.CRITICAL], 3)
    assert (caught.value.live, caught.value.limit) == (1, 3)
    assert "1件" in caught.value.text
    assert "3件" in caught.value.text


@pytest.mark.parametrize("live", [[], [None], [Level.HIGH, Level.HIGH]])
def test_a_critical_session_may_be_added_to_what_somebody_has(live: list[Level | None]) -> None:
    check_claim(member(), Level.CRITICAL, False, live, 3)  # life first; nothing more fits after it
    with pytest.raises(CapacityReached):
        check_claim(member(), Level.NONE, False, [*live, Level.CRITICAL], 3)


# --- trainees -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("unscreened", [True, False])
@pytest.mark.parametrize("trainee", [True, False])
def test_nobody_in_training_takes_what_is_high_critical_or_unread(
    level: Level | None, unscreened: bool, trainee: bool
) -> None:
    expected = trainee and (unscreened or level in (Level.HIGH, Level.CRITICAL))
    assert refuses(TraineeRefused, member(trainee=trainee), level, unscreened, [], 3) is expected


def test_a_trainee_with_full_hands_hears_first_that_this_one_is_not_for_them() -> None:
    assert refuses(TraineeRefused, member(trainee=True), Level.HIGH, False, [None] * 3, 3)
    assert refuses(CapacityReached, member(trainee=True), Level.CONCERN, False, [None] * 3, 3)


@pytest.mark.parametrize(
    ("level", "unscreened", "named"),
    [(Level.HIGH, True, "high"), (Level.CRITICAL, False, "critical"), (Level.NONE, True, "unscreened")]
    + [(None, True, "unscreened")],
)
def test_the_refusal_names_what_kept_them_out(level: Level | None, unscreened: bool, named: str) -> None:
    with pytest.raises(TraineeRefused, match=f"at {named}$"):
        check_claim(member(trainee=True), level, unscreened, [], 3)


# --- staffing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("excluded", "missing"),
    [
        (True, 1),  # KAG-6.1ア(イ): 二人以上, the supervisor not counted
        (None, 1),
        (False, 0),
    ],
)
def test_the_supervisor_is_one_of_the_two_only_where_the_profile_says_so(excluded: bool | None, missing: int) -> None:
    there = [member(), member(StaffRole.SUPERVISOR)]
    rule = Staff(min_counsellors=2, supervisor_excluded=excluded)
    assert staffing(there, rule) == Staffing(counsellors=1, supervisors=1, missing=missing)


def test_where_no_number_is_told_nobody_is_missing() -> None:
    assert staffing([], Staff()) == Staffing(0, 0, 0)


ROLES = st.lists(st.sampled_from(StaffRole), max_size=8)


@given(ROLES, st.integers(1, 6), st.sampled_from([True, False, None]))
def test_each_counsellor_who_comes_makes_one_less_missing(
    roles: list[StaffRole], least: int, excluded: bool | None
) -> None:
    rule = Staff(min_counsellors=least, supervisor_excluded=excluded)
    there = [member(role) for role in roles]
    now, then = staffing(iter(there), rule), staffing([*there, member()], rule)
    assert now.counsellors == roles.count(StaffRole.COUNSELLOR)
    assert now.supervisors == roles.count(StaffRole.SUPERVISOR)
    assert then.missing == max(0, now.missing - 1)
    talking = now.counsellors + (now.supervisors if excluded is False else 0)
    assert (now.missing == 0) is (talking >= least)


@given(ROLES)
def test_who_talks_with_nobody_is_never_counted(roles: list[StaffRole]) -> None:
    rule = Staff(min_counsellors=3, supervisor_excluded=False)
    others = [member(role) for role in (StaffRole.ADMINISTRATOR, StaffRole.TRAINER, StaffRole.BOARD)]
    there = [member(role) for role in roles]
    assert staffing([*there, *others], rule) == staffing(there, rule)
