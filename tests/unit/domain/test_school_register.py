"""The register's rows: what is read, what is named by its line, and that a file taken out comes in as it was (KAG-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handoff.domain.coding import GRADES
from handoff.domain.profile.vocabulary import Founder, SchoolType
from handoff.domain.school import (
    NO_GRADE,
    RESERVED,
    ContactPerson,
    Course,
    Department,
    Enrolment,
    School,
    SchoolEntry,
    SchoolKind,
    is_school_code,
    pupils_by_type,
)
from handoff.domain.school_columns import (
    COLUMNS,
    LONGEST_NAME,
    MOST_NAMES,
    Draft,
    cells_of,
    clean,
    read_entry,
)
from handoff.domain.school_register import (
    MOST_SCHOOLS,
    SHOWN_FAULTS,
    BadLine,
    Line,
    RegisterFile,
    further_lines,
    guarded,
    plan_of,
    read_register,
    table_of,
    unguarded,
)

TODAY = date(2026, 11, 20)
ROW = {"コード": "ab12", "正式名称": "みなも市立第一中学校", "校種": "中学校"}


def read(*rows: Mapping[str, str], columns: tuple[str, ...] = COLUMNS) -> RegisterFile:
    lines = [columns, *(tuple(row.get(column, "") for column in columns) for row in rows)]
    return read_register([Line(number, cells) for number, cells in enumerate(lines, start=1)])


def wrong(**cells: str) -> list[tuple[str, str]]:
    """Columns and texts of what is wrong with one row."""
    file = read(ROW | cells)
    assert all(fault.line == 2 for fault in file.faults)
    assert bool(file.drafts) is not bool(file.faults)
    return [(fault.column, fault.text) for fault in file.faults]


# --- one row --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("コード", "", "空いています"),
        ("コード", "学校1", "英小文字と数字とハイフン"),
        ("コード", "answer", "使えません"),
        ("正式名称", "　", "空いています"),
        ("正式名称", "あ" * 61, "長すぎます（61文字）"),
        ("校種", "", "空いています"),
        ("校種", "大きい学校", "「大きい学校」は使えません。小学校・中学校"),
        ("設置者", "だれか", "県立・市町村立"),
        ("区分", "会社", "学校・学校ではない機関"),
        ("課程", "夜間", "全日制・定時制・通信制"),
        ("部", "中等部", "中学部"),
        ("別名", "、".join("abcdefghijk"), "10個まで"),
        ("対象年齢から", "十二", "数ではありません"),
        ("対象年齢まで", "150", "多すぎます"),
        ("閉校日", "来年", "「2026-05-01」の形"),
        ("閉校日", "2026-02-30", "「2026-05-01」の形"),
        ("閉校日", "0026-02-03", "「2026-05-01」の形"),
        ("連絡先1の電話", "でんわ", "電話番号として読めません"),
        ("連絡先2の氏名", "あ" * 41, "長すぎます"),
        ("人数の基準日", "2026-05-01", "人数が入っていません"),
        ("中1", "30", "いつの人数かを"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(column: str, text: str, told: str) -> None:
    ((where, what),) = wrong(**{column: text}) if column != "中1" else [*wrong(**{column: text})]
    assert where == ("人数の基準日" if column == "中1" else column) and told in what


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-3", "「-3」は負の数です。0以上"),
        ("－３", "負の数"),
        ("▲3", "負の数"),
        ("△ 3", "負の数"),
        ("−3.5", "負の数"),
        ("12.5", "小数"),
        ("５００１", "5,000まで"),
        ("99999999999999999999", "多すぎます"),
        ("三十", "数ではありません"),
        ("1e3", "数ではありません"),
        ("30人くらい", "数ではありません"),
    ],
)
@pytest.mark.parametrize("column", ["小1", "高3", "その他の学年", "合計"])
def test_numbers_that_no_school_has(column: str, text: str, told: str) -> None:
    found = wrong(**{column: text, "人数の基準日": "2026-05-01"})
    if column in ("その他の学年", "合計") and text == "５００１":
        assert found == []
        return
    if column in ("その他の学年", "合計"):
        told = told.replace("5,000", "50,000")
    assert found[0][0] == column and told in found[0][1]


@pytest.mark.parametrize(
    ("text", "number"),
    [("30", 30), ("３０", 30), (" 30 ", 30), ("30人", 30), ("1,234", 1234), ("30.0", 30), ("0", 0), ("5000", 5000)],
)
def test_numbers_as_people_write_them(text: str, number: int) -> None:
    draft, faults = read_entry(ROW | {"中1": text, "人数の基準日": "2026/5/1"})
    assert faults == () and draft.enrolment == Enrolment(date(2026, 5, 1), (("中1", number),))


@pytest.mark.parametrize("text", ["2026-05-01", "2026/5/1", "2026年5月1日", "２０２６．５．１", "2026-05-01 00:00:00"])
def test_days_as_people_write_them(text: str) -> None:
    draft, faults = read_entry(ROW | {"閉校日": text})
    assert faults == () and draft.told["retired_on"] == date(2026, 5, 1)


def test_a_total_alone_counts_and_one_that_differs_is_named() -> None:
    draft, faults = read_entry(ROW | {"人数の基準日": "2026-05-01", "合計": "812"})
    assert faults == () and draft.enrolment == Enrolment(date(2026, 5, 1), ((NO_GRADE, 812),))
    assert wrong(人数の基準日="2026-05-01", 中1="30", 中2="28", 合計="60") == [
        ("合計", "学年ごとの数を足すと58人です。どちらかを直してください。")
    ]
    assert wrong(人数の基準日="2026-05-01", 中1="30", その他の学年="2", 合計="32") == []


def test_words_of_boards_are_understood() -> None:
    for text, founder in (("市立", Founder.MUNICIPAL), ("道立", Founder.PREFECTURAL), ("国立", Founder.NATIONAL)):
        draft, faults = read_entry(ROW | {"設置者": text, "校種": "高等学校", "コード": "Ｂ１０１２１０００００１３"})
        assert faults == () and draft.told["founder"] is founder
        assert (draft.code, draft.told["school_type"]) == ("b101210000013", "高校")
    body, faults = read_entry(
        {"コード": "w1", "正式名称": "若者総合相談センター", "校種": "", "区分": "学校ではない機関"}
    )
    school = body.onto(None).school
    assert faults == () and (school.kind, school.school_type) == (SchoolKind.BODY, "その他")
    assert [one.column for one in read_entry(ROW | {"対象年齢から": "17", "対象年齢まで": "12"})[1]] == ["対象年齢まで"]


# --- the file -------------------------------------------------------------------------------------------------------


def test_every_bad_line_is_named_at_once() -> None:
    file = read(
        ROW,
        ROW | {"コード": "cd34", "小1": "-1", "人数の基準日": "2026-05-01"},
        ROW | {"コード": "ＡＢ１２"},
        ROW | {"コード": "ef56", "校種": ""},
        ROW | {"コード": "AB12 "},
    )
    assert [(one.line, one.column) for one in file.faults] == [
        (3, "小1"),
        (4, "コード"),
        (5, "校種"),
        (6, "コード"),
    ]
    assert "2行目にもあります" in file.faults[1].text and file.faults[1].place == "4行目「コード」"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("コード", "正式名称"), "校種"),
        (("コード", "正式名称", "校種", "備考"), "備考"),
        (("コード", "正式名称", "校種", "コード"), "コード"),
        (("code", "name", "school_type"), "code"),
    ],
)
def test_headings_that_are_missing_unknown_or_double(columns: tuple[str, ...], told: str) -> None:
    file = read(ROW, columns=columns)
    assert file.drafts == () and told in [one.column for one in file.faults]
    assert all(one.line == 1 for one in file.faults)


def test_headings_in_wide_letters_and_other_words_and_lines_that_are_empty() -> None:
    lines = [
        Line(1, ("", "")),
        Line(2, ("学校コード", " 学校名 ", "校種", "")),
        Line(3, ("", "", "", "")),
        Line(4, ("ab12", "みなも中学校", "中学校")),
        Line(9, ("cd34", "うみ中学校", "中学校", "", "余り")),
    ]
    file = read_register(lines)
    assert [one.code for one in file.drafts] == ["ab12"]
    assert [(one.line, one.column) for one in file.faults] == [(9, "5列目")]


@pytest.mark.parametrize("lines", [[], [Line(1, ("", " "))], [Line(1, COLUMNS)]])
def test_a_file_with_nothing_in_it(lines: list[Line]) -> None:
    (fault,) = read_register(lines).faults
    assert fault.line == 0 and fault.place == "ファイル全体"


def test_too_many_schools_and_a_cell_that_is_too_long() -> None:
    columns = ("コード", "正式名称", "校種")
    file = read(*(ROW | {"コード": f"s{n}"} for n in range(10_000)), columns=columns)
    assert [one.line for one in file.faults] == [MOST_SCHOOLS + 2] and len(file.drafts) == MOST_SCHOOLS
    (fault,) = read(ROW | {"別名": "あ" * 100_000}).faults
    assert fault.column == "別名" and "100,000文字" in fault.text


# --- what it does ---------------------------------------------------------------------------------------------------


def test_of_many_faults_every_line_is_named() -> None:
    """The first are told one by one, and of the others the lines: a report of every bad line (KAG-6.1キ)."""
    lines = [*range(2, 2 + SHOWN_FAULTS), 300, 301, 301, 302, 400]
    faults = [BadLine(line, "小1", "x") for line in lines]
    assert further_lines(faults) == "300–302、400行目"
    assert further_lines(faults[:SHOWN_FAULTS]) == "" == further_lines([BadLine(0, "", "x")])
    assert further_lines([BadLine(2 * n, "", "x") for n in range(1, 100_000)]).endswith("ほか")


def test_columns_that_aren_t_there_leave_what_is_known() -> None:
    entry = (
        read(
            ROW
            | {"別名": "一中", "中1": "30", "人数の基準日": "2026-05-01", "連絡先1の職名": "教頭", "市町村": "みなも市"}
        )
        .drafts[0]
        .onto(None)
    )
    known = {"ab12": entry}
    same = plan_of(known, read(ROW, columns=("コード", "正式名称", "校種")).drafts, TODAY)
    assert (same.added, same.changed, same.same) == ((), (), 1)
    (changed,) = plan_of(
        known, read(ROW | {"別名": ""}, columns=("コード", "正式名称", "校種", "別名")).drafts, TODAY
    ).changed
    assert changed == replace(entry, school=replace(entry.school, aliases=()))
    later = read(
        ROW | {"中1": "31", "人数の基準日": "2027-05-01"}, columns=("コード", "正式名称", "校種", "人数の基準日", "中1")
    )
    (changed,) = plan_of(known, later.drafts, TODAY).changed
    assert [one.as_of.year for one in changed.enrolments] == [2027, 2026]
    assert changed.enrolled(TODAY) == entry.enrolments[0] and changed.enrolled(date(2026, 4, 30)) is None


def test_what_is_left_out_is_closed_only_on_purpose() -> None:
    entries = {code: Draft(code, {"name": code, "school_type": "中学校"}).onto(None) for code in ("a", "b", "c")}
    gone = entries["c"]
    entries["c"] = replace(gone, school=replace(gone.school, retired_on=TODAY))
    drafts = [Draft("a", {"name": "a", "school_type": "中学校"})]
    assert plan_of(entries, drafts, TODAY).missing == ("b",) and plan_of(entries, drafts, TODAY).closed == ()
    (closed,) = plan_of(entries, drafts, TODAY, close_missing=True).closed
    assert closed.school.retired_on == TODAY and not closed.school.is_offered(TODAY)
    assert plan_of(entries, drafts, TODAY).digest == plan_of(entries, drafts, TODAY, close_missing=True).digest
    assert plan_of(entries, [], TODAY).digest != plan_of(entries, drafts, TODAY).digest


def test_the_same_school_under_another_code_is_noticed_before_it_counts_twice() -> None:
    known = read(ROW | {"市町村": "みなも市"}).drafts[0].onto(None)
    rows = [ROW | {"コード": "b1310000", "市町村": "みなも市"}, ROW | {"コード": "cd34", "市町村": "こだま町"}]
    assert plan_of({"ab12": known}, read(*rows).drafts, TODAY).namesakes == 1, "another town has one of that name, too"
    closed = replace(known, school=replace(known.school, retired_on=TODAY))
    assert plan_of({"ab12": closed}, read(*rows).drafts, TODAY).namesakes == 0


def test_pupils_are_counted_by_type_without_bodies_and_closed_schools() -> None:
    def entry(code: str, number: int, **fields: Any) -> SchoolEntry:
        return SchoolEntry(School(code, code, "中学校", **fields), (Enrolment.on(date(2026, 5, 1), {"中1": number}),))

    entries = [entry("a", 5), entry("b", 7), entry("c", 9, retired_on=TODAY), entry("d", 11, kind=SchoolKind.BODY)]
    assert pupils_by_type([*entries, SchoolEntry(School("e", "e", "高校"))], TODAY) == {
        "中学校": (2, 12),
        "高校": (1, 0),
    }
    assert pupils_by_type(entries, date(2026, 11, 19)) == {"中学校": (3, 21)}


# --- out and in again -----------------------------------------------------------------------------------------------

_LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("=+-@＝'第一中学校ヶ\""),
    min_size=1,
    max_size=20,
)
_WORDS = _LETTERS.map(clean).filter(bool)
_NAMES = _WORDS.map(lambda text: clean("".join(c for c in text if c not in "、，,;；"))).filter(bool)
_LISTS = st.lists(_NAMES, max_size=MOST_NAMES, unique=True).map(tuple)
_TELEPHONES = st.from_regex(r"[0-9+][0-9-]{3,12}", fullmatch=True)
_DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
_PUPILS = st.dictionaries(st.sampled_from([*GRADES, NO_GRADE]), st.integers(0, 2_000), min_size=1, max_size=8)
_PEOPLE = st.builds(ContactPerson, st.just("") | _WORDS, st.just("") | _WORDS, _TELEPHONES)


@st.composite
def entries(draw: st.DrawFn) -> SchoolEntry:
    """Any entry that can be in the register."""
    code = draw(st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(is_school_code))
    low, high = sorted(draw(st.tuples(st.integers(0, 120), st.integers(0, 120))))
    school = School(
        code,
        draw(_WORDS),
        str(draw(st.sampled_from(SchoolType))),
        draw(st.sampled_from(SchoolKind)),
        draw(_LISTS),
        draw(_LISTS),
        draw(st.just("") | _WORDS),
        draw(st.none() | st.sampled_from(Founder)),
        tuple(one for one in Course if draw(st.booleans())),
        tuple(one for one in Department if draw(st.booleans())),
        draw(st.none() | st.just(low)),
        draw(st.none() | st.just(high)),
        draw(st.none() | _DAYS),
    )
    days = draw(st.lists(_DAYS, max_size=2, unique=True))
    enrolments = tuple(Enrolment.on(day, draw(_PUPILS)) for day in sorted(days, reverse=True))
    return SchoolEntry(school, enrolments, tuple(draw(st.lists(_PEOPLE, max_size=3))))


# The first draw of a process reads Unicode's tables, which takes over a second where other work goes on beside it.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries(), min_size=1, max_size=4, unique_by=lambda one: one.school.code))
def test_a_table_that_is_read_again_changes_nothing(told: list[SchoolEntry]) -> None:
    table = table_of(told)
    file = read_register([Line(number, row) for number, row in enumerate(table, start=1)])
    assert file.faults == ()
    plan = plan_of({one.school.code: one for one in told}, file.drafts, TODAY)
    assert (plan.added, plan.changed, plan.missing) == ((), (), ())
    fresh = plan_of({}, file.drafts, TODAY).added
    assert [replace(one, enrolments=one.enrolments[:1]) for one in told] == list(fresh)
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in table for cell in row)


@given(st.text(max_size=6) | st.text("'=+-@", max_size=5))
def test_a_guarded_cell_is_no_formula_and_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text and guarded(text)[:1] not in tuple("=+-@\t\r＝＋－＠")


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=70), max_size=12))
def test_whatever_stands_in_the_cells_is_read_or_named(cells: dict[str, str]) -> None:
    draft, faults = read_entry(ROW | cells)
    if not faults:
        entry = draft.onto(None)
        assert is_school_code(entry.school.code) and len(entry.school.name) <= LONGEST_NAME
        assert all(number >= 0 for one in entry.enrolments for _grade, number in one.pupils)
        again, none = read_entry(cells_of(entry))
        assert none == () and again.onto(None) == entry
    assert all(fault.column in COLUMNS and fault.text.endswith("。") for fault in faults)


def test_no_address_of_a_page_is_a_code() -> None:
    assert not any(is_school_code(word) for word in RESERVED) and {"new", "import", "export", "empty"} <= RESERVED
    assert BadLine(0, "", "x").place == "ファイル全体" and BadLine(4, "", "x").place == "4行目"
