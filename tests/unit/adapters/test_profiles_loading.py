"""Reading profiles: every fault is one Japanese line with file, line, path and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handoff.adapters.profiles import DATA, load_lines, load_profile, load_standard_texts
from handoff.domain.errors import ProfileError
from handoff.domain.texts import TextKey

HEAD = "id: test\nservice_name: ためし相談\nowner: ためし市\n"


def faults(tmp_path: Path, body: str, head: str = HEAD) -> list[str]:
    path = tmp_path / "test.yml"
    path.write_text(head + body, encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("body", "line", "path", "says"),
    [
        ("colour: red\n", 4, "colour", "項目はありません"),
        ("hour: null\n", 4, "hour", "「hours」ではありませんか"),
        ("on_call:\n  whom: x\n", 5, "on_call.whom", "項目はありません"),
        ("eligible: {roles: [pupil]}\n", 4, "eligible.roles[0]", "student、child"),
        ("staff:\n  rule: null\n  min_counsellors: 0\n", 6, "staff.min_counsellors", "1 以上"),
        ("staff: {min_counsellors: two}\n", 4, "staff.min_counsellors", "整数"),
        ('staff: {min_counsellors: "2"}\n', 4, "staff.min_counsellors", "整数"),
        ("statements: {due_day: 31}\n", 4, "statements.due_day", "28 以下"),
        ("media: {evidence_report: yes}\n", 4, "media.evidence_report", "true か false"),
        ("keywords: 死ぬ\n", 4, "keywords", "並び"),
        ("keywords: [110]\n", 4, "keywords[0]", "引用符で囲んで"),
        ('keywords: [""]\n', 4, "keywords[0]", "空の文字"),
        ("security: strict\n", 4, "security", "項目名: 値"),
        ("disclosure: {legal_duty: []}\n", 4, "disclosure.legal_duty", "null"),
        ("procedures: Hyogo v1\n", 4, "procedures", "英小文字"),
        ("valid_from: 2026-02-30\n", 4, "valid_from", "YYYY-MM-DD"),
        ('owner_: "\\e[2J\\n"\n', 4, "owner_", "項目はありません"),
        ('keywords: ["\\n"]\n', 4, "keywords[0]", "空白だけ"),
        ('cards: "\\e\\n1"\n', 4, "cards", "「??1」"),
        ("valid_from: 20260401\n", 4, "valid_from", "YYYY-MM-DD"),
        ("texts:\n  welcom: x\n", 5, "texts.welcom", "「welcome」ではありませんか"),
        ("texts:\n  offer: よ\n  welcome: '{x}'\n", 6, "texts.welcome", "{service_name}"),
        ("texts: [a]\n", 4, "texts", "項目名: 値"),
        ("lines: [kodomo]\n", 4, "lines[0]", "kodomo_sos"),
        ("lines_by_text: [anata]\n", 4, "lines_by_text[0]", "anata_no_ibasho"),
        ("lines: kodomo_sos\n", 4, "lines", "並び"),
        ("lines: [anata_no_ibasho]\n", 1, "全体", "lines_by_text"),
    ],
)
def test_a_fault_names_its_place_and_its_remedy(tmp_path: Path, body: str, line: int, path: str, says: str) -> None:
    (fault,) = faults(tmp_path, body)
    assert fault.startswith(f"{tmp_path / 'test.yml'} {line}行目 {path}: ")
    assert says in fault
    assert fault.endswith("。")


def test_the_place_of_a_wrong_time(tmp_path: Path) -> None:
    body = 'hours:\n  - valid_from: 2026-04-01\n    mon:\n      - start: "17:00"\n        end: "25:99"\n'
    (fault,) = faults(tmp_path, body)
    assert "8行目 hours[0].mon[0].end: 「25:99」" in fault


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    body = "colour: red\nstaff: {rule: sometimes}\nlines: [nobody]\nretention_days: {media: -1}\n"
    assert [re.search(r"行目 (\S+):", fault)[1] for fault in faults(tmp_path, body)] == [  # type: ignore[index]
        "lines[0]",
        "staff.rule",
        "retention_days.media",
        "colour",
    ]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert [fault.split(" ", 2)[2] for fault in faults(tmp_path, "id: test\n", head="")] == [
        "service_name: 必要な項目がありません。書き足してください。",
        "owner: 必要な項目がありません。書き足してください。",
    ]


def test_the_same_key_twice_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "cards: 1\nstaff:\n  rule: always\n  rule: null\ncards: 2\n") == [
        f"{tmp_path / 'test.yml'} 7行目 staff.rule: 同じ項目が二度書かれています。一つにしてください。",
        f"{tmp_path / 'test.yml'} 8行目 cards: 同じ項目が二度書かれています。一つにしてください。",
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "項目がありません"),
        (b"- a\n", "項目がありません"),
        (b"id: [a\n", "2行目"),
        (b"id: a\n\tx: b\n", "YAML として読めません"),
        (b"id: !!python/object/apply:os.getcwd []\n", "YAML として読めません"),
        (b"a: 1\n---\nb: 2\n", "YAML として読めません"),
        ("名前: つなぎ".encode("cp932"), "UTF-8"),
        (b"id: " + b"[" * 3000, "入れ子"),
        (b"#" * (1 << 20) + b"#", "大きすぎます"),
    ],
)
def test_what_is_not_clean_yaml(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "broken.yml"
    path.write_bytes(raw)
    with pytest.raises(ProfileError, match=says) as caught:
        load_profile(path)
    assert str(path) in str(caught.value)


def test_an_alias_to_itself_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "keywords: &k [*k]\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="ファイルを読めません"):
        load_profile(tmp_path / "nowhere.yml")
    with pytest.raises(ProfileError, match="ファイルを読めません"):
        load_profile(tmp_path)


def test_values_stay_what_they_look_like(tmp_path: Path) -> None:
    """YAML 1.1 would make 1020, 80, false and a date of these."""
    path = tmp_path / "plain.yml"
    path.write_text(
        HEAD + "hours:\n  - {valid_from: 2026-04-01, mon: [{start: 17:00, end: 22:00}], closed: [02-29]}\n"
        "keywords: [no, on, 0120]\n",
        encoding="utf-8",
    )
    profile = load_profile(path)
    assert profile.hours.root[0].mon[0].start == 17 * 60
    assert profile.keywords == ("no", "on", "0120")


def test_the_standard_wording_is_attached_and_complete() -> None:
    profile = load_profile(DATA / "profiles" / "demo.yml")
    assert profile.text(TextKey.WELCOME) == "つなぎ市こどもLINE相談です。"
    assert set(load_standard_texts(DATA / "responses" / "standard.yml")) == set(TextKey)


def test_faults_of_the_standard_wording(tmp_path: Path) -> None:
    path = tmp_path / "standard.yml"
    path.write_text("welcome: '{x}'\noffer: 1\nextra: y\n", encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_standard_texts(path)
    message = str(caught.value)
    assert "welcome: 「{x}」" in message
    assert "offer: 文字ではありません" in message
    assert "extra: 「extra」という文はありません" in message
    assert "receipt: 標準の文がありません" in message


def test_faults_of_the_standard_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines.yml"
    path.write_text("a: 1\nb: {name: B, medium: phone, hours: null, valid_from: 2020-01-01}\n", encoding="utf-8")
    with pytest.raises(ProfileError) as caught:
        load_lines(path)
    assert [line.split(" ", 1)[1].split(":")[0] for line in str(caught.value).splitlines()] == ["1行目 a", "2行目 b"]


def test_the_numbers_of_the_national_lines() -> None:
    """One public page has been seen with a misprinted number, so the numbers are pinned here."""
    lines = load_lines(DATA / "lines.yml")
    assert {name: line.number for name, line in lines.items() if line.number} == {
        "kodomo_sos": "0120-0-78310",
        "childline": "0120-99-7777",
        "child_guidance": "189",
        "inochi": "0120-783-556",
        "yorisoi": "0120-279-338",
        "jinken_110": "0120-007-110",
        "police": "110",
        "ambulance": "119",
    }
    assert lines["anata_no_ibasho"].url == "https://talkme.jp/"
