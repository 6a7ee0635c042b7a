"""kernel/intake: ages, and the many numbers that are none."""

from __future__ import annotations

import pytest

from kernel.intake import parse

AGES = [
    ("12歳です", 12),
    ("１６才です", 16),
    ("十五歳", 15),
    ("十歳です", 10),
    ("じゅうさんさい", 13),
    ("じゅうよんさいです", 14),
    ("１４さいです", 14),
    ("きゅうさいです", 9),
    ("はたちになりました", 20),
    ("20歳の大学生です", 20),
    ("私は15歳です", 15),
    ("ぼくは11歳", 11),
    ("いま17歳なんですが", 17),
    ("まだ13歳だけどいいですか", 13),
    ("14歳になりました", 14),
    ("15歳女", 15),
    ("16歳♂", 16),
    ("17さいおんなです", 17),
    ("年齢 14", 14),
    ("年齢：15歳", 15),
    ("歳は13です", 13),
    ("13/女/中1", 13),
    ("14 中2 女", 14),
    ("中3 15 男", 15),
    ("16、高1です", 16),
    ("高2(17)", 17),
    ("中2の14です", 14),
    ("17♀", 17),
    ("15女", 15),
    ("16の女です", 16),
    ("13 years old", 13),
    ("今14です", 14),
    ("15だよ", 15),
    ("14歳 2年", 14),
    ("高校やめて今16", 16),
    ("14歳、いや15歳です", 15),
    ("13歳じゃなくて14歳です", 14),
    ("弟は10歳でわたしは13歳です", 13),
    ("35歳です", 35),
    ("①14歳 ②中2", 14),
    ("1.13歳 2.中1", 13),
    ("一五歳", 15),
    ("私は15です。中3です。", 15),
    ("大学1年の19です", 19),
    ("誕生日きて16になりました", 16),
    ("12なんですけど", 12),
    ("今14で来月15です", 14),
    ("10さいのこどもです", 10),
]

NO_AGE = [
    ("14", None),
    ("17時に帰る", None),
    ("12時半まで起きてた", None),
    ("15:30に塾がある", None),
    ("クラスは35人です", None),
    ("出席番号は14番です", None),
    ("5月12日に引っ越した", None),
    ("テスト13点だった", None),
    ("体重が38kgになった", None),
    ("2年15組", None),
    ("中2 3組 15番", None),
    ("16日から学校", None),
    ("10回くらい言われた", None),
    ("2016年生まれ", None),
    ("3歳からピアノをしてる", None),
    ("5歳のとき母が出ていった", None),
    ("10歳まで施設にいました", None),
    ("18歳になったら家を出る", None),
    ("18歳以上ですか", None),
    ("20歳まで生きたくない", None),
    ("精神年齢5歳って言われる", None),
    ("永遠の17歳です", None),
    ("3歳上の姉がいる", None),
    ("5歳差の彼氏", None),
    ("もうすぐ15歳", None),
    ("来月14歳になります", None),
    ("弟は10歳です", None),
    ("妹（8歳）をたたいてしまう", None),
    ("25歳の人とつきあってる", None),
    ("30歳の男の人から連絡がくる", None),
    ("彼氏は20歳", None),
    ("お母さんは45歳です", None),
    ("犬が13歳で死んだ", None),
    ("100歳です", None),
    ("祖母80歳", None),
    ("飼い犬14歳", None),
    ("25歳の先生が好き", None),
    ("15でピアスあけた", None),
    ("薬14錠", None),
    ("999才", None),
    ("何歳まで相談できますか", None),
    ("それはめんどくさい", None),
    ("いっさい話したくない", None),
    ("18禁のサイトを見てしまった", None),
    ("R18の動画", None),
    ("マスク50枚", None),
    ("偏差値40です", None),
]


@pytest.mark.parametrize(("written", "age"), [*AGES, *NO_AGE])
def test_age(written: str, age: int | None) -> None:
    assert parse(written).age == age


@pytest.mark.parametrize(
    ("answer", "age"),
    [
        ("14", 14),
        ("１４", 14),
        ("14です", 14),
        ("14！", 14),
        ("十四", 14),
        ("じゅうさん", 13),
        ("じゅうご", 15),
        ("えっと、13", 13),
        ("もう16", 16),
        ("9", 9),
        ("22", 22),
        ("5", None),
        ("23", None),
        ("3年", None),
        ("14人", None),
        ("1", None),
    ],
)
def test_a_bare_number_answers_the_question_for_the_age(answer: str, age: int | None) -> None:
    assert parse(answer, asked="age_grade").age == age


def test_a_bare_number_does_not_answer_the_question_for_the_school() -> None:
    assert parse("14", asked="school").age is None


@pytest.mark.parametrize("written", ["14歳", "十四歳", "小6", "2年生です", "16です"])
def test_an_age_never_implies_a_grade_nor_the_reverse(written: str) -> None:
    intake = parse(written)
    assert intake.age is None or intake.grade is None


@pytest.mark.parametrize(
    ("written", "age"),
    [
        # no unit, but words that make it an age
        ("16なんだけど大丈夫？", 16),
        ("もう18なのに親が全部決める", 18),
        ("17にもなって友達がいない", 17),
        ("先月15になったばっか", 15),
        ("今年で17になりました", 17),
        ("もうすぐ14になる13です", 13),
        ("自分、15っす", 15),
        ("16 です", 16),
        ("16でも相談できますか", 16),
        ("働いてるけど17です", 17),
        ("無職の18です", 18),
        ("本当は15だけど18って嘘ついてる", 15),
        ("18歳って偽ってるけど本当は15です", 15),
        ("年は14ね", 14),
        ("年齢？16", 16),
        ("16、高校行ってない", 16),
        ("私が16で彼が20です", 16),
        ("娘（15）が薬をたくさん飲みました", 15),
        ("17の息子がいます", 17),
        ("私は42で娘は13です", 13),
        ("にじゅっさい", 20),
        # the same shapes: to come, past, other people's, counts
        ("今年18になる", None),
        ("今年15歳になります", None),
        ("今年で18です", None),
        ("来年18です", None),
        ("あと1年で18", None),
        ("16のとき家出した", None),
        ("16で結婚した母", None),
        ("付き合ってる人は20歳です", None),
        ("彼氏が16です", None),
        ("背番号は15です", None),
        ("体重は15です", None),
        ("15個薬飲んだ", None),
        ("もう5月です", None),
    ],
)
def test_an_age_without_a_unit_is_told_by_the_words_beside_it(written: str, age: int | None) -> None:
    assert parse(written).age == age
