"""The roster on a real database (KAG-6.1ア, ウ, オ): what follows from it for who may do what, from its day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from handoff.domain.capacity import counselling
from handoff.domain.errors import InputRefused, NotCleared, NotFound, NotPermitted, TraineeRefused
from handoff.domain.hours import ZONE
from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import Entry, Subject, Way, in_force
from handoff.domain.session import State
from handoff.domain.staff import BARRING, Lack, Permission, StaffMember, StaffRole
from tests.integration.conftest import Service
from tests.integration.desk_care_support import HOSTILE, LONG, entries
from tests.integration.desk_support import AT_HIGH, PASSWORD, Bridge
from tests.integration.roster_support import ON, TODAY, RosterVerbs, held, newcomer, written


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def kaede(bridge: Bridge) -> StaffMember:
    return await bridge.person("かえで", StaffRole.ADMINISTRATOR)


@pytest.fixture
def desk(bridge: Bridge) -> RosterVerbs:
    return RosterVerbs(bridge)


async def test_from_account_to_first_talk_step_by_step(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    one = await newcomer(bridge)
    waiting = await bridge.waiting(1, AT_HIGH)
    assert one.lacks == frozenset(Lack) and not one.is_cleared
    with pytest.raises(NotCleared):
        await bridge.claim(waiting, one)
    key = uuid4()
    for _ in range(2):  # the same form again
        await desk.add(kaede, key, one.id, written())
    one = await bridge.member(one.name)
    assert Lack.ENTRY not in one.lacks and Lack.PLEDGE in one.lacks
    with pytest.raises(NotCleared):
        await bridge.claim(waiting, one)
    assert one.id not in {there.id for there in await on_duty(bridge)}, "who isn't cleared isn't counted as there"

    pledge = uuid4()
    for _ in range(2):
        await desk.pledge(one, pledge, PLEDGE_VERSION, PASSWORD, agreed=True)
    one = await bridge.member(one.name)
    assert one.is_cleared and one.trainee, "both trainings are missing: they work as one in training (KAG-6.1オ)"
    assert one.id in {there.id for there in await on_duty(bridge)}
    with pytest.raises(TraineeRefused):
        await bridge.claim(waiting, one)

    await desk.both(kaede, one.id)
    one = await bridge.member(one.name)
    assert not one.trainee and not one.lacks
    assert (await bridge.claim(waiting, one)).state is State.LIVE

    rows = await bridge.service.rows("SELECT * FROM roster_entries WHERE staff_id = :s", s=one.id)
    assert len(rows) == 1 and rows[0].id == key
    assert len(await bridge.service.rows("SELECT 1 FROM pledges WHERE staff_id = :s", s=one.id)) == 1
    found = await bridge.everything()
    for words in ("佐藤花子", "公認心理師", "県の電話相談", "県の講師", "修了証"):
        assert words.encode() not in found, "sealed in the tables, and never in audit or log"
    assert [len(await entries(bridge.service, verb)) for verb in ("add_roster_entry", "pledge_secrecy")] == [1, 1]


async def on_duty(bridge: Bridge) -> list[StaffMember]:
    async with bridge.service.store.reading() as tx:
        return list(await tx.staff.on_duty(bridge.clock.real() - ON))


async def test_a_change_of_role_takes_effect_on_its_day_without_anybody(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    (yuki,) = await bridge.people("ゆき")
    later = TODAY + timedelta(days=7)
    await desk.add(kaede, uuid4(), yuki.id, written(role=StaffRole.SUPERVISOR, holds_from=later))
    assert (await bridge.member("ゆき")).role is StaffRole.COUNSELLOR
    assert [one.alias for one in (await desk.print(kaede, None)).changes] == ["ゆき"], "shown and printed ahead"
    async with bridge.service.store.transaction() as tx:
        token = "t" * 30
        await tx.sign_ins.begin(uuid4(), token, yuki.id, bridge.clock.real(), "", "m")
    for days, role in ((6, StaffRole.COUNSELLOR), (1, StaffRole.SUPERVISOR)):
        bridge.clock.advance(days=days)
        assert (await bridge.member("ゆき")).role is role
        async with bridge.service.store.reading() as tx:
            found = await tx.sign_ins.by_token(token)
            assert found is not None and found.member.role is role, "the sign-in that is open now has the role of today"
            assert {one.id: one.role for one in await tx.staff.everybody()}[yuki.id] is role
            people = {one.member.id: one.member.role for one in await bridge.read.people()}
            assert people[yuki.id] is role
            assert (await tx.staff.lock(yuki.id)).role is role
    staff = bridge.service.setting.profile.staff
    assert yuki.id not in {one.id for one in counselling(await on_duty(bridge), staff)}


async def test_the_day_is_japan_s(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    one = await newcomer(bridge)
    await desk.add(kaede, uuid4(), one.id, written(holds_from=TODAY + ON))
    bridge.clock.advance(hours=5, minutes=59)  # 23:59 in Japan, 14:59 in UTC
    assert Lack.ENTRY in (await bridge.member(one.name)).lacks
    bridge.clock.advance(minutes=1)
    assert bridge.clock.now().date() == TODAY, "the 20th in UTC still"
    assert Lack.ENTRY not in (await bridge.member(one.name)).lacks


async def test_no_change_holds_before_the_board_was_told(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    one = await newcomer(bridge)
    with pytest.raises(InputRefused) as refused:
        await desk.add(kaede, uuid4(), one.id, written(holds_from=TODAY - ON))
    assert refused.value.field == "holds_from"
    key = uuid4()
    await desk.add(kaede, key, one.id, written(announced_on=None, way=None))
    bridge.clock.advance(days=3)
    assert Lack.ENTRY in (await bridge.member(one.name)).lacks, "its day has come, and nobody was told"
    with pytest.raises(InputRefused):
        await desk.announce(kaede, one.id, key, None, Way.PHONE)
    with pytest.raises(InputRefused):
        await desk.announce(kaede, one.id, key, TODAY + timedelta(days=4), Way.PHONE)
    await desk.announce(kaede, one.id, key, TODAY + timedelta(days=3), Way.PHONE)
    await desk.announce(kaede, one.id, key, TODAY, Way.MAIL)  # told is told
    (row,) = await bridge.service.rows("SELECT * FROM roster_entries WHERE id = :k", k=key)
    assert row.announced_on == row.holds_from == TODAY + timedelta(days=3), "not back to the day that was planned"
    assert row.announced_way == "phone"
    assert Lack.ENTRY not in (await bridge.member(one.name)).lacks
    with pytest.raises(InputRefused):
        await desk.withdraw(kaede, one.id, key)  # it holds
    with pytest.raises(IntegrityError):
        await bridge.service.change("UPDATE roster_entries SET holds_from = :d WHERE id = :k", d=TODAY, k=key)
    late = uuid4()
    await desk.add(kaede, late, one.id, written(announced_on=None, way=None, holds_from=TODAY, valid_to=TODAY))
    with pytest.raises(InputRefused, match="announced_on"):
        await desk.announce(kaede, one.id, late, TODAY + timedelta(days=3), Way.PHONE)
    for _ in range(2):
        await desk.withdraw(kaede, one.id, late)
    assert len(await entries(bridge.service, "withdraw_roster_entry")) == 1


async def test_a_talk_of_somebody_whose_entry_ends_waits_for_the_next_person(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    yuki, sora = await bridge.people("ゆき", "そら")
    session, other = await bridge.live(yuki, 1), await bridge.live(sora, 2)
    bridge.clock.advance(hours=1)
    real = bridge.clock.real()
    await bridge.presence.beat([yuki.id, sora.id])
    await bridge.service.change("UPDATE desk_alive SET real_up_since = :at", at=real - ON)
    await bridge.tend()
    assert (await bridge.card(session.id)).state is State.LIVE, "nothing happens while the entry holds"
    # Both desks stay open all the while: it isn't presence that is lost.
    await desk.add(kaede, uuid4(), yuki.id, written(role=StaffRole.ADMINISTRATOR))
    await bridge.tend()
    card = await bridge.card(session.id)
    assert card.state is State.WAITING and card.counsellor_id is None
    assert (await bridge.card(other.id)).state is State.LIVE
    assert [one.detail for one in await bridge.feed("alarm")][-1] == {"code": "presence_lost"}
    with pytest.raises(NotPermitted):
        await bridge.send(session.id, await bridge.member("ゆき"), card.epoch, "もしもし", uuid4())
    assert (await bridge.claim(session.id, sora)).counsellor_id == sora.id


async def test_training_that_runs_out_makes_a_trainee_and_leaves_the_supervisor(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    yuki, minato = await newcomer(bridge), await newcomer(bridge, StaffRole.SUPERVISOR)
    for one, role in ((yuki, StaffRole.COUNSELLOR), (minato, StaffRole.SUPERVISOR)):
        await desk.add(kaede, uuid4(), one.id, written(role=role))
        await desk.pledge(await bridge.member(one.name), uuid4(), PLEDGE_VERSION, PASSWORD, agreed=True)
        await desk.both(kaede, one.id, valid_until=TODAY + timedelta(days=3))
    assert not (await bridge.member(yuki.name)).trainee
    said = (await desk.read(kaede)).warnings
    assert [text.partition("：")[0] for text in said] == sorted([f"{yuki.name}さん"] * 2 + [f"{minato.name}さん"] * 2)
    assert all("期限が11月23日で切れます" in text for text in said)
    bridge.clock.advance(days=4)
    assert (await bridge.member(yuki.name)).trainee
    supervisor = await bridge.member(minato.name)
    assert supervisor.is_supervisor and not supervisor.trainee and supervisor.may(Permission.SUPERVISE)
    async with bridge.service.store.reading() as tx:
        said = await tx.rosters.warnings(TODAY + timedelta(days=4))
    assert [text.partition("。")[2] for text in said] == ["研修中として働きます。", "早めに受けてください。"]
    await desk.train(kaede, key := uuid4(), yuki.id, replace(held(Subject.SNS_COUNSELLING), held_on=TODAY))
    await desk.train(kaede, uuid4(), yuki.id, replace(held(), held_on=TODAY))
    assert not (await bridge.member(yuki.name)).trainee
    with pytest.raises(NotFound):
        await desk.untrain(kaede, minato.id, key)
    for _ in range(2):
        await desk.untrain(kaede, yuki.id, key)
    assert (await bridge.member(yuki.name)).trainee and len(await entries(bridge.service, "remove_training")) == 1
    (row,) = await bridge.service.rows("SELECT * FROM trainings WHERE id = :k", k=key)
    assert row.valid_until == date(2027, 11, 19) and row.withdrawn_by == kaede.id, "a year; and it stays on record"


async def test_the_first_administrator_can_begin_and_nobody_raises_themselves(
    bridge: Bridge, desk: RosterVerbs
) -> None:
    first = await newcomer(bridge, StaffRole.ADMINISTRATOR)
    assert not first.is_cleared and first.may(Permission.KEEP_ROSTER)
    with pytest.raises(InputRefused):
        await desk.add(first, uuid4(), first.id, written(role=StaffRole.SUPERVISOR))
    await desk.add(first, uuid4(), first.id, written(role=StaffRole.ADMINISTRATOR, announced_on=None, way=None))
    (row,) = await bridge.service.rows("SELECT id FROM roster_entries")
    await desk.announce(first, first.id, row.id, TODAY, Way.MEETING)
    first = await bridge.member(first.name)
    assert first.lacks == {Lack.PLEDGE}
    with pytest.raises(InputRefused, match="role"):  # nor more time for oneself
        await desk.add(first, uuid4(), first.id, written(role=StaffRole.ADMINISTRATOR, valid_to=date(2030, 3, 31)))
    second = await newcomer(bridge, StaffRole.SUPERVISOR)
    await desk.add(first, uuid4(), second.id, written(role=StaffRole.SUPERVISOR))
    await desk.add(second, uuid4(), first.id, written(role=StaffRole.ADMINISTRATOR, valid_to=date(2030, 3, 31)))


async def test_nobody_keeps_a_role_by_taking_back_what_would_end_it(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    minato = await bridge.supervisor()
    await desk.add(kaede, uuid4(), minato.id, written(holds_from=TODAY + 5 * ON))
    (change,) = await bridge.service.rows("SELECT id FROM roster_entries WHERE holds_from = :d", d=TODAY + 5 * ON)
    with pytest.raises(InputRefused, match="entry"):
        await desk.withdraw(minato, minato.id, change.id)
    await desk.withdraw(kaede, minato.id, change.id)
    assert len(await entries(bridge.service, "withdraw_roster_entry")) == 1


async def test_who_begins_tomorrow_is_said_to_begin_tomorrow(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    one = await newcomer(bridge)
    await desk.add(kaede, uuid4(), one.id, written(holds_from=TODAY + ON))
    (told,) = [text for text in (await desk.read(kaede)).warnings if one.alias in text]
    assert "11月21日から始まります" in told and "届け出" not in told


async def test_the_board_reads_and_is_not_on_it_and_others_do_neither(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    board = await newcomer(bridge, StaffRole.BOARD)
    (yuki,) = await bridge.people("ゆき")
    assert not board.lacks and board.may(Permission.READ_ROSTER) and not board.may(Permission.COUNSEL)
    printed = await desk.print(board, None)
    assert [one.real_name for one in printed.people] == ["ゆき（見本）", "かえで（見本）"]
    assert len(await entries(bridge.service, "print_roster")) == 1
    with pytest.raises(InputRefused):
        await desk.add(kaede, uuid4(), board.id, written())
    with pytest.raises(IntegrityError):
        await bridge.service.change("UPDATE roster_entries SET role = 'board'")
    for work in (
        desk.add(board, uuid4(), yuki.id, written()),
        desk.announce(board, yuki.id, uuid4(), TODAY, Way.MAIL),
        desk.withdraw(board, yuki.id, uuid4()),
        desk.train(board, uuid4(), yuki.id, held()),
        desk.untrain(board, yuki.id, uuid4()),
        desk.person(board, yuki.id),
        desk.read(yuki),
        desk.print(yuki, None),
        desk.add(yuki, uuid4(), yuki.id, written()),
    ):
        with pytest.raises(NotPermitted):
            await work
    with pytest.raises(NotFound):
        await desk.announce(kaede, yuki.id, uuid4(), TODAY, Way.MAIL)
    (entry,) = await bridge.service.rows("SELECT id FROM roster_entries WHERE staff_id = :s", s=kaede.id)
    with pytest.raises(NotFound):  # by the address of another person
        await desk.withdraw(await bridge.supervisor(), yuki.id, entry.id)
    with pytest.raises(NotFound):
        await desk.add(kaede, uuid4(), uuid4(), written())


async def test_the_list_of_a_day_has_those_of_that_day(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    one = await newcomer(bridge)
    await desk.add(kaede, uuid4(), one.id, written(valid_to=TODAY + ON))
    await desk.both(kaede, one.id)
    bridge.clock.advance(days=10)
    await bridge.accounts.disable(one.name)
    names = [[x.real_name for x in (await desk.print(kaede, day)).people] for day in (TODAY - ON, TODAY, None)]
    assert names == [["かえで（見本）"], ["佐藤花子", "かえで（見本）"], ["かえで（見本）"]], "also who has left since"
    (shown, _) = (await desk.print(kaede, TODAY)).people
    assert sorted(shown.trained) == ["emergency", "sns_counselling"] and shown.pledge is None
    assert one.id not in {x.staff_id for x in (await desk.read(kaede)).others}, "an account that ended isn't waited for"


async def test_what_the_contract_asks_for_is_counted(bridge: Bridge, kaede: StaffMember, desk: RosterVerbs) -> None:
    roster = await desk.read(kaede)
    assert [(one.role, one.least, one.there, one.met) for one in roster.needed] == [
        (StaffRole.SUPERVISOR, 1, 0, False),
        (StaffRole.ADMINISTRATOR, 1, 1, True),
    ]
    assert roster.qualification == bridge.service.setting.profile.staff.qualification
    unpledged = await newcomer(bridge, StaffRole.SUPERVISOR)
    await desk.add(kaede, uuid4(), unpledged.id, written(role=StaffRole.SUPERVISOR))
    assert (await desk.read(kaede)).needed[0].there == 0, "who may not work isn't there"
    await bridge.supervisor()
    assert (await desk.read(kaede)).needed[0].met


async def test_words_that_don_t_fit_are_refused_and_strange_ones_kept_as_they_are(
    bridge: Bridge, kaede: StaffMember, desk: RosterVerbs
) -> None:
    one = await newcomer(bridge)
    entry_changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"real_name": " "}, "real_name"),
        ({"real_name": LONG}, "real_name"),
        ({"qualification": ""}, "qualification"),
        ({"experience": LONG}, "experience"),
        ({"years": -1}, "years"),
        ({"years": 99}, "years"),
        ({"valid_to": TODAY - ON}, "valid_to"),
        ({"announced_on": TODAY + ON, "holds_from": TODAY + ON}, "announced_on"),
        ({"way": None}, "announced_way"),
        ({"role": StaffRole.BOARD}, "role"),
    )
    for change, field in entry_changes:
        with pytest.raises(InputRefused) as refused:
            await desk.add(kaede, uuid4(), one.id, written(**change))
        assert refused.value.field == field, change
    training: tuple[tuple[dict[str, Any], str], ...] = (
        ({"held_on": TODAY + ON}, "held_on"),
        ({"held_on": None}, "held_on"),
        ({"valid_until": TODAY - ON - ON}, "valid_until"),
        ({"minutes": 0}, "hours"),
        ({"minutes": 9999}, "hours"),
        ({"by": ""}, "by"),
        ({"subject": Subject.OTHER}, "title"),
        ({"evidence": LONG}, "evidence"),
    )
    for change, field in training:
        with pytest.raises(InputRefused) as refused:
            await desk.train(kaede, uuid4(), one.id, replace(held(), **change))
        assert refused.value.field == field, change
    await desk.add(kaede, uuid4(), one.id, written(experience=HOSTILE))
    entry = (await desk.person(kaede, one.id)).now.entry
    assert entry is not None and entry.experience == HOSTILE.strip()


async def test_the_statement_and_the_rule_agree(bridge: Bridge, kaede: StaffMember) -> None:
    """``standing.select_staff`` says as a statement what ``in_force`` says; here over every shape of two versions."""
    now = bridge.clock.now()
    spans = [(-3, -1), (-2, 2), (0, 0), (1, 4)]
    shapes = [(span, told, gone) for span in spans for told in (True, False) for gone in (True, False)]
    async with bridge.service.store.transaction() as tx:
        people = {}
        for number, (first, second) in enumerate((a, b) for a in shapes for b in shapes):
            member = StaffMember(uuid4(), f"m{number}", f"m{number}", StaffRole.TRAINER)
            await tx.staff.add(member, None, "x", now)
            for (start, end), told, gone in (first, second):
                begins = TODAY + timedelta(days=start)
                entry = Entry(
                    uuid4(), member.id, StaffRole.COUNSELLOR, False, "", "", "", None, begins,
                    TODAY + timedelta(days=end), begins if told else None, Way.MAIL if told else None, kaede.id, now,
                )  # fmt: skip
                await tx.rosters.add_entry(entry)
                if gone:
                    await tx.rosters.withdraw_entry(entry.id, kaede.id, now)
            people[member.id] = member
    async with bridge.service.store.reading() as tx:
        kept = await tx.rosters.kept()
        read = {one.id: one for one in await tx.staff.everybody()}
    assert bridge.clock.now().astimezone(ZONE).date() == TODAY
    agreed = 0
    for member_id in people:
        holds = in_force([one for one in kept.entries if one.staff_id == member_id], TODAY)
        assert (Lack.ENTRY not in read[member_id].lacks) is (holds is not None)
        assert read[member_id].role is (StaffRole.TRAINER if holds is None else StaffRole.COUNSELLOR)
        assert not BARRING <= read[member_id].lacks or holds is None
        agreed += holds is not None
    assert 0 < agreed < len(people)
