"""The school register on a real database (KAG-5): taken in whole or not at all, changed by hand, found, taken out again."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import uuid4

import pytest

from handoff.adapters.register_files import csv_bytes, read_file
from handoff.bootstrap.core import Core
from handoff.bootstrap.schools import ensure_demo_schools
from handoff.domain.errors import InputRefused, NotFound, NotPermitted, StoreUnavailable
from handoff.domain.school import NO_GRADE, pupils_by_type
from handoff.domain.school_columns import AS_OF, COLUMNS, RETIRED
from handoff.domain.school_register import plan_of
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.schools.import_register import CheckFile, ImportFile, take_in
from handoff.services.schools.keep_school import KeepSchool
from handoff.services.schools.read_register import Asked, FindSchools, OfferedSchools, ReadRegister
from tests.integration.conftest import Service
from tests.integration.desk_care_support import entries
from tests.integration.desk_support import Bridge
from tests.support.registers import fill, whole

TELEPHONE, PERSON = "0000-11-2222", "ひみつ花子"
ONE = {
    "コード": "ab12",
    "正式名称": "みなも市立第一中学校",
    "校種": "中学校",
    "市町村": "みなも市",
    "別名": "一中",
    "人数の基準日": "2026-05-01",
    "中1": "30",
    "中2": "28",
    "連絡先1の職名": "教頭",
    "連絡先1の氏名": PERSON,
    "連絡先1の電話": TELEPHONE,
}


def file_of(*rows: dict[str, str]) -> bytes:
    columns = [column for column in COLUMNS if any(column in row for row in rows)]
    return csv_bytes([columns, *([row.get(column, "") for column in columns] for row in rows)])


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


@pytest.fixture
async def minato(bridge: Bridge) -> StaffMember:
    return await bridge.supervisor()


def verbs(bridge: Bridge) -> tuple[CheckFile, ImportFile, KeepSchool, ReadRegister]:
    store, setting = bridge.service.store, bridge.service.setting
    return (
        CheckFile(store, setting, read_file),
        ImportFile(store, setting, read_file),
        KeepSchool(store, setting),
        ReadRegister(store, setting),
    )


async def count(bridge: Bridge, table: str) -> int:
    (row,) = await bridge.service.rows(f"SELECT count(*) AS n FROM {table}")
    return int(row.n)


async def test_a_prefecture_is_taken_in_and_counted_by_type_and_day(bridge: Bridge) -> None:
    """500 schools and 71,400 pupils; of dated numbers the newest that isn't ahead counts."""
    store, setting = bridge.service.store, bridge.service.setting
    plan = await take_in(store, setting, whole(), "administrator")
    assert plan is not None and len(plan.added) == 501
    async with store.reading() as tx:
        known = await tx.schools.entries(setting.profile.id)
        assert await tx.schools.entries("nobody") == {} and await tx.schools.find("nobody", "cgmzgd") is None
        school = await tx.schools.find(setting.profile.id, "cgmzgd")
    assert school is not None and (school.name, school.municipality) == ("つなぎ市立みなと中学校", "つなぎ市")
    counted = pupils_by_type(known.values(), date(2026, 11, 20))
    assert sum(schools for schools, _pupils in counted.values()) == 500
    assert sum(pupils for _schools, pupils in counted.values()) == 71_400
    assert sum(pupils for _schools, pupils in pupils_by_type(known.values(), date(2026, 4, 30)).values()) == 0
    assert plan_of(known, whole().drafts, date(2026, 11, 20)).changed == (), "what was read is what was written"
    (entry,) = await entries(bridge.service, "import_register")
    assert entry.detail["added"] == 501 and entry.actor == "administrator"


async def test_a_file_is_looked_through_and_then_taken_in_once(bridge: Bridge, minato: StaffMember) -> None:
    check, take, _keep, _read = verbs(bridge)
    key = uuid4()
    first = await check(minato, key, file_of(ONE))
    again = await check(minato, key, file_of(ONE))
    assert first.plan is not None and again.plan is not None and first.plan.digest == again.plan.digest
    assert await count(bridge, "schools") == 0, "looking through changes nothing"
    everything = await bridge.everything()
    assert PERSON.encode() not in everything and TELEPHONE.encode() not in everything, "the file is sealed"
    assert await take(minato, key, first.plan.digest) is None
    assert await take(minato, key, first.plan.digest) is None, "the same request again"
    assert (await count(bridge, "schools"), len(await entries(bridge.service, "import_register"))) == (1, 1)
    (row,) = await bridge.service.rows("SELECT file, imported_at FROM school_uploads")
    assert row.file is None and row.imported_at == bridge.clock.now()
    everything = await bridge.everything()
    assert PERSON.encode() not in everything and TELEPHONE.encode() not in everything, "contacts are sealed"


async def test_one_bad_line_keeps_all_of_a_file_out(bridge: Bridge, minato: StaffMember) -> None:
    check, _take, _keep, _read = verbs(bridge)
    bad = {**ONE, "コード": "cd34", "中1": "-3"}
    checked = await check(minato, uuid4(), file_of(ONE, bad, {**ONE, "コード": "ＡＢ１２"}))
    assert checked.plan is None
    assert [(one.line, one.column) for one in checked.faults] == [(3, "中1"), (4, "コード")]
    assert (await count(bridge, "schools"), await count(bridge, "school_uploads")) == (0, 0)


async def test_what_the_file_leaves_out_stays_unless_it_is_to_be_closed(bridge: Bridge, minato: StaffMember) -> None:
    check, take, _keep, read = verbs(bridge)
    await fill(bridge.service.store, bridge.service.setting)
    for close, offered in ((False, 24), (True, 1)):
        key = uuid4()
        checked = await check(minato, key, file_of({**ONE, "別名": str(close)}))
        assert checked.plan is not None and len(checked.plan.missing) == 23
        assert await take(minato, key, checked.plan.digest, close_missing=close) is None
        register = await read(minato, Asked())
        assert register.all == offered
    everything = await read(minato, Asked(closed=True))
    assert everything.count == 24, "closed schools stay for what was recorded of them"
    async with bridge.service.store.reading() as tx:
        gone = await tx.schools.find(bridge.service.setting.profile.id, "cgmzgd")
    assert gone is not None and gone.retired_on == date(2026, 11, 20)
    assert "cgmzgd" not in await OfferedSchools(bridge.service.store, bridge.service.setting)()


async def test_a_register_that_changed_meanwhile_is_shown_again(bridge: Bridge, minato: StaffMember) -> None:
    check, take, keep, _read = verbs(bridge)
    key = uuid4()
    checked = await check(minato, key, file_of(ONE))
    assert checked.plan is not None
    await keep.add(minato, {**ONE, "別名": "いっちゅう"})
    again = await take(minato, key, checked.plan.digest)
    assert again is not None and again.plan is not None and len(again.plan.changed) == 1
    assert await take(minato, key, again.plan.digest) is None
    # Somebody else's file isn't theirs to take in, and one that lay there for an hour is chosen anew.
    key = uuid4()
    checked = await check(minato, key, file_of({**ONE, "中1": "31"}))
    assert checked.plan is not None
    with pytest.raises(NotFound):
        await take(await bridge.supervisor("あおい"), key, checked.plan.digest)
    bridge.clock.advance(hours=2)
    with pytest.raises(InputRefused, match="file"):
        await take(minato, key, checked.plan.digest)
    bridge.clock.advance(days=2)
    await check(minato, uuid4(), file_of(ONE))
    assert await count(bridge, "school_uploads WHERE file IS NOT NULL") == 1, "old files don't lie about"


async def test_two_imports_at_once_leave_one_of_them_whole(bridge: Bridge) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    files = [read_file(file_of(*({**ONE, "コード": f"s{n}", "別名": who} for n in range(40)))) for who in ("甲", "乙")]
    await asyncio.gather(*(take_in(store, setting, one, "administrator") for one in files))
    async with store.reading() as tx:
        names = {one.aliases for one in await tx.schools.names(setting.profile.id)}
    assert names in ({("甲",)}, {("乙",)})


async def test_a_school_is_added_changed_and_closed_by_hand(bridge: Bridge, minato: StaffMember) -> None:
    _check, _take, keep, read = verbs(bridge)
    assert (await keep.add(minato, ONE)).faults == () and (await keep.add(minato, ONE)).faults == ()
    assert len(await entries(bridge.service, "add_school")) == 1, "the same form again adds nothing"
    (taken,) = (await keep.add(minato, {**ONE, "別名": "ほかの学校"})).faults
    assert taken.column == "コード" and "みなも市立第一中学校が使っています" in taken.text

    known, today = await read.one(minato, "AB12")
    assert known.entry.contacts[0].telephone == TELEPHONE and known.version == 1
    (fault,) = (await keep.change(minato, "ab12", 1, {"正式名称": ""})).faults
    assert fault.column == "正式名称"
    assert not (await keep.change(minato, "ab12", 1, {"別名": "一中、いっちゅう"})).faults
    assert not (await keep.change(minato, "ab12", 1, {"別名": "一中、いっちゅう"})).faults  # the same form again
    with pytest.raises(InputRefused, match="version"):
        await keep.change(minato, "ab12", 1, {"別名": "ほか"})

    # Numbers of another day stand beside the first; a day ahead isn't counted yet.
    assert not (await keep.change(minato, "ab12", 2, {AS_OF: "2027-05-01", "中1": "40", "その他の学年": "2"})).faults
    known, today = await read.one(minato, "ab12")
    assert [one.as_of.year for one in known.entry.enrolments] == [2027, 2026]
    counted = known.entry.enrolled(today)
    assert counted is not None and counted.total == 58
    ahead = known.entry.enrolled(date(2027, 5, 1))
    assert ahead is not None and ahead.pupils == (("中1", 40), (NO_GRADE, 2))
    await keep.drop_enrolment(minato, "ab12", 3, date(2027, 5, 1))
    assert not (await keep.change(minato, "ab12", 4, {RETIRED: "2026-11-21"})).faults
    register = await read(minato, Asked())
    assert register.all == 1, "open for one more day"
    bridge.clock.advance(days=1)
    assert (await read(minato, Asked())).all == 0
    audit = await entries(bridge.service, "change_school")
    assert len(audit) == 4 and all(row.detail["school"] == "ab12" for row in audit)
    assert PERSON not in str([row.detail for row in audit]) and "一中" not in str([row.detail for row in audit])


async def test_who_may_do_what(bridge: Bridge, minato: StaffMember) -> None:
    check, take, keep, read = verbs(bridge)
    await keep.add(minato, ONE)
    people = {role: await bridge.person(f"{role}さん"[:20], role) for role in StaffRole}
    for role in (StaffRole.COUNSELLOR, StaffRole.BOARD):
        known, _today = await read.one(people[role], "ab12")
        assert known.entry.contacts[0].telephone == "" and known.entry.contacts[0].name == PERSON
        for verb in (
            check(people[role], uuid4(), b"x"),
            take(people[role], uuid4(), ""),
            keep.add(people[role], ONE),
            keep.change(people[role], "ab12", 1, {}),
            keep.drop_enrolment(people[role], "ab12", 1, date(2026, 5, 1)),
            read.table(people[role]),
        ):
            with pytest.raises(NotPermitted):
                await verb
    with pytest.raises(NotPermitted):
        await read(people[StaffRole.TRAINER], Asked())
    known, _today = await read.one(people[StaffRole.ADMINISTRATOR], "ab12")
    assert known.entry.contacts[0].telephone == TELEPHONE
    with pytest.raises(NotFound):
        await read.one(minato, "nobody")


async def test_what_is_taken_out_is_what_comes_in_again(bridge: Bridge, minato: StaffMember) -> None:
    check, _take, keep, read = verbs(bridge)
    await fill(bridge.service.store, bridge.service.setting, whole())
    await keep.add(minato, {**ONE, "別名": "=1+1、＠一中", "連絡先1の電話": "+81-00-1"})
    table = await read.table(minato)
    assert len(table) == 503 and any("'=1+1、＠一中" in row for row in table)
    checked = await check(minato, uuid4(), csv_bytes(table))
    assert checked.faults == () and checked.plan is not None
    assert (checked.plan.added, checked.plan.changed, checked.plan.missing) == ((), (), ())
    assert checked.plan.same == 502
    assert len(await entries(bridge.service, "export_register")) == 1


async def test_schools_are_found_by_name_alias_reading_and_place(bridge: Bridge, minato: StaffMember) -> None:
    _check, _take, _keep, read = verbs(bridge)
    await fill(bridge.service.store, bridge.service.setting, whole())
    register = await read(minato, Asked())
    assert (register.all, register.pages, len(register.entries), register.bodies) == (501, 11, 50, 1)
    assert (await read(minato, Asked(), 99)).page == 11
    told = {one.school.name for one in (await read(minato, Asked("みなと中"))).entries}
    assert "つなぎ市立みなと中学校" in told and all("みなと" in name or "港中" in name for name in told)
    assert (await read(minato, Asked("いっちゅう"))).count == 20, "a 第一中 in twenty places"
    assert (await read(minato, Asked("いっちゅう", municipality="汐ノ浦市"))).count == 1
    assert (await read(minato, Asked("CGMZGD"))).count == 1
    found = await read(minato, Asked(school_type="高校", municipality="つなぎ市"))
    assert found.count == 4 and all(one.contacts == () for one in found.entries)
    assert (await read(minato, Asked("ありえない名前の学校"))).count == 0

    find = FindSchools(OfferedSchools(bridge.service.store, bridge.service.setting))
    many = await find("第一中")
    assert many.count == 20 and len(many.candidates) == 8
    (one,) = (await find("第一中", "中学校", "汐ノ浦市")).candidates
    assert one.school.name == "汐ノ浦市立第一中学校"


async def test_the_names_hold_for_a_moment_and_a_database_that_is_away_shuts_no_page(
    bridge: Bridge, minato: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    offered = OfferedSchools(store, setting, hold=3600)
    fresh = OfferedSchools(store, setting, hold=3600)
    await fill(store, setting)
    assert len(await offered()) == 23
    await KeepSchool(store, setting).add(minato, ONE)
    assert len(await offered()) == 23 and len(await offered(anew=True)) == 24

    class Away:
        def reading(self) -> None:
            raise StoreUnavailable("away")

    for one, known in ((offered, 24), (fresh, 0)):
        monkeypatch.setattr(one, "_store", Away())
        assert len(await one(anew=True)) == known
    setting.profile = setting.profile.model_copy(update={"id": "other"})
    assert await offered() == {}, "never the schools of another profile"


async def test_the_demo_begins_with_its_register_and_never_fills_another(bridge: Bridge, minato: StaffMember) -> None:
    service = bridge.service
    core = Core(service.store, service.jobs, service.setting)
    await asyncio.gather(ensure_demo_schools(core), ensure_demo_schools(core))
    assert await count(bridge, "schools") == 501 and len(await entries(service, "import_register")) == 1
    service.setting.profile = service.setting.profile.model_copy(update={"id": "board"})
    await ensure_demo_schools(core)
    assert await count(bridge, "schools WHERE profile = 'board'") == 0
    await KeepSchool(service.store, service.setting).add(minato, ONE)
    assert await count(bridge, "schools WHERE profile = 'board'") == 1, "one code may stand in two profiles"
