"""Facts counted by any two dimensions, as a page and as CSV, and what the board sees of small numbers (KAG-6.1キ)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.coding import Outcome, SheetKind, TopicCode, Writer
from handoff.domain.errors import InputRefused, NotPermitted
from handoff.domain.fact import Concerned, Fact, Place, SurveyAnswers
from handoff.domain.fact_count import NOTHING, SEVERAL, Counts, Dimension, FactQuery, Tally
from handoff.domain.fact_hiding import Hidden
from handoff.domain.hours import HoursStatus
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import Agency, Founder, ReportingClass, SchoolType
from handoff.domain.session import Level
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.facts.count_facts import CountFacts, FactTable, table_for
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import account, at_the_desk
from tests.integration.fact_support import school

DAY = OPEN.date()
PLAIN = Fact(
    id=UUID(int=0),
    version=1,
    coding_version=1,
    profile="demo",
    kind=SheetKind.CONSULTATION,
    channel=Channel.LINE,
    day=DAY,
    hour=18,
    hours=HoursStatus.OPEN,
    user_key=b"u" * 16,
)
FULL = replace(
    PLAIN,
    kind=SheetKind.REPORT,
    channel=Channel.WEB,
    day=DAY - timedelta(days=32),
    hour=3,
    hours=HoursStatus.CLOSED,
    user_key=b"v" * 16,
    place=Place(SchoolType.JUNIOR_HIGH, "futaba1", Founder.MUNICIPAL, "ふたば市"),
    grade="中2",
    gender="女",
    writer=Writer.FRIEND,
    concerned=Concerned.OTHER_PUPIL,
    primary=TopicCode.BULLYING,
    secondaries=(TopicCode.NET, TopicCode.FRIENDS),
    level=Level.CRITICAL,
    reporting_class=ReportingClass.PHONE_AT_ONCE,
    outcome=Outcome.ESTABLISHED,
    waited=300,
    worked=3600,
    closed_reason="established",
    agencies=(Agency.POLICE, Agency.SCHOOL),
    call_transfer=True,
    survey=SurveyAnswers("yes", "lighter", None),
)
#: What the two are, in words, by every dimension.
WORDS: dict[Dimension, tuple[list[str], list[str]]] = {
    Dimension.KIND: (["SNS相談"], ["通報"]),
    Dimension.CHANNEL: (["LINE"], ["ウェブのチャット"]),
    Dimension.SCHOOL_TYPE: (["未聴取"], ["中学校"]),
    Dimension.SCHOOL: (["学校を記録しない・不明"], ["ふたば市立futaba1校"]),
    Dimension.AREA: (["市町村を記録しない・不明"], ["ふたば市"]),
    Dimension.FOUNDER: (["不明"], ["市町村立"]),
    Dimension.GRADE: (["未聴取"], ["中2"]),
    Dimension.GENDER: (["未聴取"], ["女"]),
    Dimension.WRITER: (["不明"], ["友人"]),
    Dimension.CONCERNED: (["不明"], ["ほかの児童生徒"]),
    Dimension.PRIMARY: (["なし"], ["いじめ"]),
    Dimension.TOPIC: (["なし"], ["いじめ", "友人", "ネット"]),
    Dimension.LEVEL: (["未判定"], ["緊急"]),
    Dimension.REPORTING_CLASS: (["報告なし"], ["ア 電話で直ちに"]),
    Dimension.MONTH: (["2026年11月"], ["2026年10月"]),
    Dimension.WEEKDAY: (["金曜"], ["月曜"]),
    Dimension.HOUR: (["18時台"], ["3時台"]),
    Dimension.HOURS: (["受付時間の内"], ["受付時間の外"]),
    Dimension.OUTCOME: (["無応答"], ["成立"]),
    Dimension.WAIT: (["相談員につながらなかった"], ["5分以内"]),
    Dimension.WORK: (["相談員と話していない"], ["60〜90分"]),
    Dimension.CLOSED_REASON: (["なし"], ["記録：成立"]),
    Dimension.AGENCY: (["なし"], ["警察", "学校"]),
    Dimension.CALL_TRANSFER: (["移行していない"], ["移行した"]),
    Dimension.SURVEY_HEARD: (["答えなし"], ["はい"]),
    Dimension.SURVEY_EASE: (["答えなし"], ["軽くなった"]),
    Dimension.SURVEY_AGAIN: (["答えなし"], ["答えなし"]),
}


async def keep(service: Service, *found: Fact, times: int = 1) -> None:
    """These facts, of sessions that never were."""
    async with service.store.transaction() as tx:
        for fact in found:
            for _ in range(times):
                kept = replace(fact, id=uuid4(), profile=service.setting.profile.id)
                await tx.facts.add(uuid4(), kept)


async def table(service: Service, member: StaffMember, rows: Dimension, columns: Dimension, **more: Any) -> FactTable:
    return await CountFacts(service.store, service.setting)(member, date(2026, 4, 1), DAY, rows, columns, **more)


def numbers(found: FactTable) -> list[list[int | Hidden]]:
    assert found.numbers is not None
    return [[one.facts for one in line] for line in found.numbers]


@pytest.fixture
async def minato(service: Service) -> StaffMember:
    return await account(service, "minato", StaffRole.SUPERVISOR)


@pytest.fixture
async def board(service: Service) -> StaffMember:
    return await account(service, "kyoiku", StaffRole.BOARD)


async def test_any_two_dimensions_can_be_asked_and_every_value_has_its_words(
    service: Service, minato: StaffMember
) -> None:
    assert set(WORDS) == set(Dimension)
    await school(service, "futaba1", {"中2": 120})
    await keep(service, PLAIN, FULL)
    every = list(Dimension)
    # Each beside its neighbour and beside both lists, either way round: more pairs would ask the same statements.
    beside = [(one, other) for one, following in pairwise([*every, every[0]]) for other in (following, *SEVERAL)]
    for rows, columns in {pair for one, other in beside if one is not other for pair in ((one, other), (other, one))}:
        found = await table(service, minato, rows, columns)
        plain, full = WORDS[rows]
        assert set(found.rows) == {*plain, *full}, (rows, columns)
        assert set(found.columns) == {*WORDS[columns][0], *WORDS[columns][1]}, (rows, columns)
        at = lambda row, column, found=found: numbers(found)[found.rows.index(row)][found.columns.index(column)]  # noqa: E731
        assert all(at(row, column) >= 1 for row in full for column in WORDS[columns][1]), (rows, columns)
        assert found.total.facts == 2 and numbers(found)[-1][-1] == 2, "each is counted once, whatever it is of"


async def test_versions_drills_other_days_and_other_services_are_not_counted(
    service: Service, minato: StaffMember
) -> None:
    await keep(
        service,
        replace(PLAIN, test=True),
        replace(PLAIN, day=date(2026, 3, 31)),
        replace(PLAIN, day=DAY + timedelta(days=1)),
    )
    session_id = uuid4()
    async with service.store.transaction() as tx:
        await tx.facts.add(uuid4(), replace(PLAIN, id=uuid4(), profile="kagoshima"))
        for version, topic in ((1, TopicCode.NET), (2, TopicCode.STUDY)):
            fact = replace(PLAIN, id=uuid4(), version=version, primary=topic, profile=service.setting.profile.id)
            await tx.facts.add(session_id, fact)
    found = await table(service, minato, Dimension.PRIMARY, Dimension.KIND)
    assert (found.rows, numbers(found)) == (["学業・進路"], [[1, 1], [1, 1]])
    drills = await table(service, minato, Dimension.PRIMARY, Dimension.KIND, test=True)
    assert (drills.rows, drills.total.facts) == (["なし"], 1)


async def test_people_are_counted_once_a_year_beside_their_sessions(service: Service, minato: StaffMember) -> None:
    await keep(service, PLAIN, times=3)
    await keep(service, replace(PLAIN, user_key=b"w" * 16, grade="中1"))
    async with service.store.reading() as tx:
        counts = await tx.facts.count(FactQuery(service.setting.profile.id, DAY, DAY, Dimension.GRADE, Dimension.KIND))
    assert counts.total == Tally(4, 2)
    assert counts.cells == {("not_asked", "consultation"): Tally(3, 1), ("中1", "consultation"): Tally(1, 1)}
    assert counts.columns == {"consultation": Tally(4, 2)} and NOTHING not in counts.rows


async def test_the_board_sees_no_small_number_and_none_that_tells_one(service: Service, board: StaffMember) -> None:
    """domain: "Suppression": 1–4 → 「5未満」, and a second cell with it."""
    spread = {
        ("中1", "女"): 3,
        ("中1", "男"): 9,
        ("中2", "女"): 8,
        ("中2", "男"): 30,
        ("中3", "その他"): 6,
        ("中3", "男"): 7,
    }
    for (grade, gender), times in spread.items():
        await keep(service, replace(PLAIN, grade=grade, gender=gender), times=times)
    found = await table(service, board, Dimension.GRADE, Dimension.GENDER)
    assert (found.rows, found.columns) == (["中1", "中2", "中3"], ["女", "男", "その他"])
    small, beside = Hidden.SMALL, Hidden.BESIDE
    assert numbers(found) == [
        [small, beside, 0, 12],
        [beside, beside, 0, 38],
        [0, 7, 6, 13],
        [11, 46, 6, 63],
    ]
    assert found.numbers is not None and all(one.users is None for line in found.numbers for one in line)
    several = await table(service, board, Dimension.TOPIC, Dimension.GENDER)
    assert not several.totals and all(len(line) == len(several.columns) for line in several.numbers or ())
    inside = await table(
        service, await account(service, "kaede", StaffRole.ADMINISTRATOR), Dimension.GRADE, Dimension.GENDER
    )
    assert numbers(inside)[0] == [3, 9, 0, 12]


async def test_the_number_of_all_tells_no_hidden_one_either(service: Service) -> None:
    """7 and two more are 9: where the table hides its total, the line above it and the file do."""
    await keep(service, PLAIN, times=7)
    await keep(service, FULL, times=2)
    async with at_the_desk(service, "iinkai") as at:
        for pair in ("rows=grade&columns=kind", "rows=topic&columns=kind", "rows=school_type&columns=grade"):
            page = await at.page(f"/desk/facts?first=2026-10-01&last=2026-11-30&{pair}")
            assert "合わせた件数は「非表示」です" in page and ">9<" not in page, pair
    async with at_the_desk(service, "minato") as at:
        assert ">9</strong>件" in await at.page("/desk/facts?first=2026-10-01&last=2026-11-30&rows=grade&columns=kind")


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=4)
    ),
    st.booleans(),
)
def test_whatever_the_table_the_number_of_all_is_what_its_corner_says(cells: list[list[int]], several: bool) -> None:
    board = StaffMember(uuid4(), "b", "b", StaffRole.BOARD, lacks=frozenset())
    rows, columns = [f"r{n}" for n in range(len(cells))], [f"c{n}" for n in range(len(cells[0]))]
    dimension = Dimension.TOPIC if several else Dimension.GRADE
    query = FactQuery("demo", DAY, DAY, dimension, Dimension.KIND)
    counts = Counts(
        {(r, c): Tally(n, n) for r, line in zip(rows, cells, strict=True) for c, n in zip(columns, line, strict=True)},
        {r: Tally(sum(line)) for r, line in zip(rows, cells, strict=True)},
        {c: Tally(sum(line[n] for line in cells)) for n, c in enumerate(columns)},
        Tally(sum(map(sum, cells)), sum(map(sum, cells))),
    )
    found = table_for(board, query, counts, {})
    if found.numbers is None or several:
        hides = found.numbers is None or any(isinstance(one.facts, Hidden) for line in found.numbers for one in line)
        assert isinstance(found.total.facts, Hidden) or not hides or counts.total.facts == 0
    else:
        assert found.total.facts == found.numbers[-1][-1].facts
    assert not isinstance(found.total.facts, Hidden) or found.total.users is None


async def test_who_may_count_and_what_is_refused(service: Service, minato: StaffMember) -> None:
    for role in (StaffRole.COUNSELLOR, StaffRole.TRAINER):
        with pytest.raises(NotPermitted):
            await table(service, await account(service, f"n{role}", role), Dimension.GRADE, Dimension.KIND)
    count = CountFacts(service.store, service.setting)
    asked: Sequence[tuple[str, date, Dimension]] = (
        ("last", DAY - timedelta(days=1), Dimension.KIND),
        ("last", date(2040, 1, 1), Dimension.KIND),
        ("columns", DAY, Dimension.GRADE),
    )
    for field, last, columns in asked:
        with pytest.raises(InputRefused) as refused:
            await count(minato, DAY, last, Dimension.GRADE, columns)
        assert refused.value.field == field


async def test_the_page_says_so_when_there_is_nothing_and_what_to_mend(service: Service) -> None:
    async with at_the_desk(service, "minato") as at:
        page = await at.page("/desk/facts")
        assert "この期間に終わった相談は、まだありません" in page
        status, page = await at.get("/desk/facts?first=2026-11-20&last=2026-11-01")
        assert (
            status == 400
            and "終わりの日を、始まりの日かそれより後に" in page
            and 'aria-describedby="facts-fault"' in page
        )
        for bad in ("rows=secret", "first=きのう", "rows=grade&columns=grade"):
            status, page = await at.get(f"/desk/facts?{bad}")
            assert status == 400 and 'id="facts-fault"' in page, bad
        await keep(service, PLAIN, FULL)
        page = await at.page("/desk/facts?first=2026-04-01&last=2026-11-30&rows=grade&columns=kind")
        assert (
            "学年 × 相談の種類" in page and '<th scope="row">中2</th>' in page and '<th scope="col">通報</th>' in page
        )
        assert "/desk/facts.csv?first=2026-04-01" in page


async def test_the_csv_is_the_same_table_and_no_name_becomes_a_formula(service: Service) -> None:
    await school(service, "evil", {"中2": 120}, town="=1+1市")
    async with at_the_desk(service, "minato") as at:
        await keep(service, replace(FULL, place=replace(FULL.place, school_code="evil")), PLAIN)
        query = "first=2026-04-01&last=2026-11-30&rows=school&columns=kind"
        async with at.http.get(f"{at.url}/desk/facts.csv?{query}") as answer:
            assert answer.status == 200 and answer.headers["content-type"] == "text/csv; charset=utf-8"
            text = (await answer.read()).decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(text))) == [
            ["期間", "2026-04-01", "2026-11-30"],
            ["学校 / 相談の種類", "SNS相談", "通報", "合計"],
            ["'=1+1市立evil校", "0", "1", "1"],
            ["学校を記録しない・不明", "1", "0", "1"],
            ["合計", "1", "1", "2"],
        ]
    async with at_the_desk(service, "iinkai") as at:
        async with at.http.get(f"{at.url}/desk/facts.csv?{query}") as answer:
            text = (await answer.read()).decode("utf-8-sig")
        assert "5未満" in text and ",1" not in text
        page = await at.page(f"/desk/facts?{query}")
        assert "5未満" in page and "だれのことか" in page
    async with at_the_desk(service, "yuki") as at:
        status, _ = await at.get("/desk/facts")
        assert status == 403
