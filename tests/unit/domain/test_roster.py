"""Which version of an entry holds, what follows from what is missing, and what is said ahead (KAG-6.1ア, ウ, オ)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused, NotCleared, NotPermitted
from handoff.domain.pledge import PLEDGE_VERSION, PLEDGES
from handoff.domain.roster import (
    ROSTER_ROLES,
    Entry,
    Pledge,
    Subject,
    Training,
    Way,
    check_announced,
    check_span,
    coming,
    first_day,
    in_force,
    year_after,
)
from handoff.domain.roster_warnings import warnings_of
from handoff.domain.staff import (
    BARRING,
    PERMISSIONS,
    WITHOUT_CLEARANCE,
    Lack,
    Permission,
    StaffMember,
    StaffRole,
    lacks_of,
)

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
STAFF = uuid4()


def entry(start: int = -30, end: int = 300, announced: int | None = -30, **more: Any) -> Entry:
    """A version by days from today."""
    on = None if announced is None else TODAY + timedelta(days=announced)
    made = Entry(
        id=uuid4(),
        staff_id=STAFF,
        role=StaffRole.COUNSELLOR,
        trainee=False,
        real_name="佐藤花子",
        qualification="公認心理師",
        experience="",
        years=3,
        holds_from=TODAY + timedelta(days=start),
        valid_to=TODAY + timedelta(days=end),
        announced_on=on,
        announced_way=None if on is None else Way.MAIL,
        made_by=STAFF,
        made_at=NOW,
    )
    return replace(made, **more)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(-5, 5))
        announced = draw(st.none() | st.integers(-8, start))
        gone = NOW if draw(st.booleans()) and draw(st.booleans()) else None
        found.append(entry(start, start + draw(st.integers(0, 6)), announced, withdrawn_at=gone))
    return found


@given(entries(), st.integers(-8, 12))
def test_what_holds_was_announced_has_begun_and_nothing_later_took_over(found: list[Entry], day: int) -> None:
    at = TODAY + timedelta(days=day)
    holds = in_force(found, at)
    begun = [one for one in found if one.is_announced and not one.withdrawn_at and one.holds_from <= at]
    if holds is not None:
        assert holds in begun and holds.holds_from <= at <= holds.valid_to
        assert holds.announced_on is not None and holds.announced_on <= holds.holds_from
        assert not [one for one in begun if one.holds_from > holds.holds_from]
    elif begun:
        last = max(one.holds_from for one in begun)
        newest = [one for one in begun if one.holds_from == last][-1]
        assert newest.valid_to < at, "an older version never comes back after the one that followed it has ended"
    assert not set(map(id, coming(found, at))) & ({id(holds)} if holds is not None else set())


def test_a_change_takes_effect_on_its_day_and_not_before() -> None:
    now, then = entry(), entry(start=5, announced=-1, role=StaffRole.SUPERVISOR)
    assert in_force([now, then], TODAY + timedelta(days=4)) == now
    assert in_force([now, then], TODAY + timedelta(days=5)) == then
    assert list(coming([now, then], TODAY)) == [then]


def test_an_unannounced_change_never_holds_and_keeps_the_old_one() -> None:
    now, then = entry(), entry(start=-1, announced=None, role=StaffRole.SUPERVISOR)
    assert in_force([now, then], TODAY) == now
    assert list(coming([now, then], TODAY)) == [then], "it is shown as waiting though its day has come"
    assert first_day(then.holds_from, TODAY) == TODAY, "told late, it holds from the day it was told"
    assert first_day(TODAY, TODAY) == TODAY, "an urgent change of the same day is allowed"
    assert first_day(TODAY + timedelta(days=9), TODAY) == TODAY + timedelta(days=9)


def test_a_correction_of_the_same_day_wins_and_a_called_off_one_doesn_t() -> None:
    first, second = entry(real_name="左藤"), entry(real_name="佐藤")
    assert in_force([first, second], TODAY) == second
    assert in_force([first, replace(second, withdrawn_at=NOW)], TODAY) == first
    assert in_force([entry(end=-1)], TODAY) is None and in_force([entry(end=0)], TODAY) is not None


@pytest.mark.parametrize(
    ("announced", "way", "field"),
    [(1, Way.MAIL, "announced_on"), (0, None, "announced_way"), (None, Way.MAIL, "announced_on")],
)
def test_half_an_announcement_is_refused(announced: int | None, way: Way | None, field: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check_announced(None if announced is None else TODAY + timedelta(days=announced), way, TODAY)
    assert refused.value.field == field


def test_spans_that_can_t_be_are_refused() -> None:
    check_announced(None, None, TODAY)
    check_announced(TODAY, Way.PAPER, TODAY)
    check_span(TODAY, TODAY, TODAY)
    for start, end, field in ((TODAY, TODAY - timedelta(days=1), "valid_to"), (TODAY, date(2226, 1, 1), "valid_to"),
                              (date(1926, 4, 1), TODAY, "holds_from")):  # fmt: skip
        with pytest.raises(InputRefused) as refused:
            check_span(start, end, TODAY)
        assert refused.value.field == field


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_training_holds_for_a_year_less_a_day(day: date) -> None:
    assert 364 <= (year_after(day) - day).days <= 365
    assert year_after(date(2024, 2, 29)) == date(2025, 2, 28)


# --- who may what ---------------------------------------------------------------------------------------------------


def member(role: StaffRole, *lacks: Lack, alias: str = "ゆき") -> StaffMember:
    return StaffMember(STAFF, "yuki", alias, role, lacks=frozenset(lacks))


@pytest.mark.parametrize(("role", "lack"), list(product(ROSTER_ROLES, sorted(BARRING))))
def test_without_entry_or_pledge_nothing_opens_but_the_roster(role: StaffRole, lack: Lack) -> None:
    one = member(role, lack)
    assert not one.is_cleared and not one.is_supervisor
    for permission in Permission:
        there = role in PERMISSIONS[permission]
        assert one.may(permission) is (there and permission in WITHOUT_CLEARANCE)
        if not one.may(permission):
            with pytest.raises(NotCleared if there else NotPermitted) as refused:
                one.check(permission)
            assert type(refused.value) is (NotCleared if there else NotPermitted)


def test_a_member_nobody_asked_the_roster_about_may_open_nothing() -> None:
    assert not StaffMember(uuid4(), "x", "x", StaffRole.COUNSELLOR).may(Permission.COUNSEL)


@pytest.mark.parametrize("role", [StaffRole.COUNSELLOR, StaffRole.SUPERVISOR])
def test_a_missing_training_takes_nothing_away_by_itself(role: StaffRole) -> None:
    one = member(role, Lack.EMERGENCY, Lack.SNS_COUNSELLING)
    assert all(one.may(permission) is (role in PERMISSIONS[permission]) for permission in Permission)


def test_each_role_needs_its_own() -> None:
    both = {"sns_counselling", "emergency", "other"}
    for role in StaffRole:
        nothing = lacks_of(role, listed=False, pledged=False, trained=())
        assert lacks_of(role, listed=True, pledged=True, trained=both) == frozenset()
        if role is StaffRole.BOARD:
            assert nothing == frozenset(), "the board isn't on its contractor's roster"
        elif role in (StaffRole.COUNSELLOR, StaffRole.SUPERVISOR):
            assert nothing == frozenset(Lack)
        else:
            assert nothing == BARRING
    assert lacks_of(StaffRole.SUPERVISOR, listed=True, pledged=True, trained={"emergency"}) == {Lack.SNS_COUNSELLING}


def test_the_pledge_s_texts_stand_by_number() -> None:
    assert max(PLEDGES) == PLEDGE_VERSION and sorted(PLEDGES) == list(range(1, PLEDGE_VERSION + 1))


# --- what is said ahead ---------------------------------------------------------------------------------------------


def training(subject: Subject, until: int, held: int = -100) -> Training:
    on, valid = TODAY + timedelta(days=held), TODAY + timedelta(days=until)
    return Training(uuid4(), STAFF, subject, "", "講師", "", 120, on, valid, STAFF, NOW)


def pledge(version: int = PLEDGE_VERSION, whose: UUID = STAFF) -> Pledge:
    return Pledge(uuid4(), whose, version, TODAY, None, whose, NOW)


FINE = [training(Subject.SNS_COUNSELLING, 200), training(Subject.EMERGENCY, 200)]


@pytest.mark.parametrize(
    ("found", "pledges", "trainings", "said"),
    [
        ([entry()], [pledge()], FINE, []),
        ([], [pledge()], FINE, ["名簿にのっていない"]),
        ([entry(announced=None)], [], FINE, ["届け出がまだなので"]),
        ([entry(end=-1)], [], FINE, ["期間が終わっている"]),
        ([entry()], [], FINE, ["誓約がまだ"]),
        ([entry()], [pledge(0)], FINE, ["誓約がまだ"]),
        ([entry()], [pledge(whose=uuid4())], FINE, ["誓約がまだ"]),
        ([entry(end=30)], [pledge()], FINE, ["12月20日で終わります"]),
        ([entry(end=31)], [pledge()], FINE, []),
        ([entry(end=10), entry(start=11, announced=-1)], [pledge()], FINE, []),
        ([entry(end=10), entry(start=11, announced=None)], [pledge()], FINE, ["変更の届け出", "11月30日で終わります"]),
        ([entry(end=10), entry(start=13, announced=-1)], [pledge()], FINE, ["11月30日で終わります"]),
        ([entry()], [pledge()], FINE[:1], ["緊急のときの対応"]),
        ([entry()], [pledge()], [], ["SNS相談の特性をふまえた心理カウンセリング、緊急のときの対応"]),
        ([entry()], [pledge()], [FINE[0], training(Subject.EMERGENCY, -1)], ["切れています。研修中として働きます"]),
        ([entry()], [pledge()], [FINE[0], training(Subject.EMERGENCY, 30)], ["12月20日で切れます"]),
        ([entry()], [pledge()], [*FINE, training(Subject.EMERGENCY, 3)], []),
        ([entry(role=StaffRole.SUPERVISOR)], [pledge()], FINE[:1], ["早めに受けてください"]),
        ([entry(role=StaffRole.ADMINISTRATOR)], [pledge()], [], []),
    ],
)
def test_what_has_to_be_seen_to(
    found: list[Entry], pledges: list[Pledge], trainings: list[Training], said: list[str]
) -> None:
    told = warnings_of([member(StaffRole.COUNSELLOR)], found, pledges, trainings, TODAY)
    assert len(told) == len(said), told
    for text, words in zip(told, said, strict=True):
        assert text.startswith("ゆきさん：") and words in text
        assert "佐藤" not in text, "by alias, never by real name"


def test_the_board_is_not_asked_for_anything() -> None:
    assert warnings_of([member(StaffRole.BOARD)], [], [], [], TODAY) == []
