"""kernel/intake: names of schools, without the words around them."""

from __future__ import annotations

import pytest

from kernel.intake import parse

NAMES = [
    ("第一中学校です", "第一中学校", "中学校"),
    ("昨日第一中でいじめられた", "第一中", "中学校"),
    ("○○市立△△小学校に通っています", "○○市立△△小学校", "小学校"),
    ("札幌北高です", "札幌北高", "高校"),
    ("札幌北高の2年です", "札幌北高", "高校"),
    ("Ｎ高です", "N高", "高校"),
    ("S高2年です", "S高", "高校"),
    ("私は青葉中学校の3年生です", "青葉中学校", "中学校"),
    ("学校は緑が丘小学校です", "緑が丘小学校", "小学校"),
    ("ひばりが丘中です", "ひばりが丘中", "中学校"),
    ("さくら中学校です", "さくら中学校", "中学校"),
    ("学校名は、みなみ高校", "みなみ高校", "高校"),
    ("さいたま市立○○中学校", "さいたま市立○○中学校", "中学校"),
    ("県立○○高等学校", "県立○○高等学校", "高校"),
    ("東中の2年です", "東中", "中学校"),
    ("城南小6年", "城南小", "小学校"),
    ("○○高校1年", "○○高校", "高校"),
    ("A中学です", "A中学", "中学校"),
    ("今は第二小学校に行ってます", "第二小学校", "小学校"),
    ("○○特別支援学校です", "○○特別支援学校", "特別支援学校"),
    ("△△中等教育学校の5年", "△△中等教育学校", "中等教育学校"),
    ("□□義務教育学校の8年生", "□□義務教育学校", "義務教育学校"),
    ("●●高専です", "●●高専", "高専"),
    ("○○大学附属中学校に通っています", "○○大学附属中学校", "中学校"),
    ("クラーク高校です", "クラーク高校", "高校"),
    ("①14歳 ②○○中学校", "○○中学校", "中学校"),
    ("灘高です", "灘高", "高校"),
    ("東中出身です。今は北高です", "北高", "高校"),
    ("うちの学校は青葉中です", "青葉中", "中学校"),
    ("弟は第三小で、私は北中です", "北中", "中学校"),
]
NO_NAME = [
    "市立中学です",
    "県立高校に通ってます",
    "通信制高校です",
    "女子高です",
    "地元の中学",
    "普通高校の2年です",
    "学校は市立です",
    "今高校2年です",
    "現在中学生です",
    "中学校です",
    "一日中寝てた",
    "授業中です",
    "電話中だから",
    "テスト勉強中です",
    "不登校中です",
    "世界中の人",
    "最高です",
    "テンション高で",
    "身長高でいじられる",
    "家の中で一人",
    "夏休み中に会いたい",
    "OD中です",
    "14y中2",
    "○○高校に通いたい",
    "志望校は札幌北高です",
    "青葉高校に行きたい",
    "○○高校に落ちた",
    "第一中の人に殴られた",
    "弟は第一小です",
    "学園祭がいや",
    "高校生活がつらい",
    "前の学校は北中でした",
    "高校行けますか",
    "帰宅部中2です",
    "陰キャ中学生です",
    "妹の小学校で",
    "いま中学校です",
    "かよってる中学校が嫌い",
]


@pytest.mark.parametrize(("written", "name", "school_type"), NAMES)
def test_name_and_type(written: str, name: str, school_type: str) -> None:
    intake = parse(written)
    assert (intake.school_name, intake.school_type) == (name, school_type)


@pytest.mark.parametrize("written", NO_NAME)
def test_no_name(written: str) -> None:
    assert parse(written).school_name is None


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("北中3年です", "中3"),
        ("あおば中の2年です、部活のことで", "中2"),
        ("札幌北高 2年", "高2"),
        ("○○小6年1組", "小6"),
        ("青葉中学校3年", "中3"),
    ],
)
def test_name_and_grade_in_one_breath(written: str, grade: str) -> None:
    intake = parse(written)
    assert intake.grade == grade
    assert intake.school_name is not None


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("北中", "北中"),
        ("緑中", "緑中"),
        ("緑中です", "緑中"),
        ("旭丘高", "旭丘高"),
        ("みなみ中です", "みなみ中"),
        ("つつじ台中ってところです", "つつじ台中"),
        ("東川中…まちがえた、西川中です", "西川中"),
        ("桜丘小に通ってます", "桜丘小"),
        ("中学校", None),
        ("私立高校です", None),
        ("ないしょ", None),
        ("今は授業中でした", None),
    ],
)
def test_a_short_answer_to_the_question_for_the_school(answer: str, name: str | None) -> None:
    assert parse(answer, asked="school").school_name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("S高通ってます", "S高"),
        ("日の出学園に通ってます", "日の出学園"),
        ("娘はつばめ台小学校です", "つばめ台小学校"),
        ("おやすみ中の2年です", None),
        ("昔○○小学校に通ってました", None),
        ("前は北高校に通ってた", None),
    ],
)
def test_a_name_is_the_school_of_today(written: str, name: str | None) -> None:
    assert parse(written).school_name == name
