"""kernel/intake: who is writing, and whose age and grade it is then."""

from __future__ import annotations

import pytest

from kernel.intake import parse
from kernel.intake.role import names_another

FRIEND = [
    "友達がリスカしてる",
    "友だちのことで相談があります",
    "親友が死にたいって言ってて心配",
    "友達から消えたいってLINEがきた",
    "クラスの子がいじめられてる",
    "同じ部活の子がハブられていて見ていられない",
    "後輩が手首切ってるのを見ちゃった",
    "友人が学校に来なくなりました",
    "友達に自傷してるって打ち明けられた",
    "友達の腕に傷がいっぱいある",
    "彼女が家出してるんだけどどうしよう",
    "ネッ友が薬いっぱい飲んだって",
    "幼なじみが親に殴られてるみたい",
    "友達を助けたい",
    "友達が最近元気なくて心配です",
    "クラスメイトがカツアゲされてる",
    "クラスでハブられてる子がいる",
    "友達が家に帰りたくないと言っています",
    "姉がリストカットをしています",
    "いじめを見てしまいました",
]
GUARDIAN = [
    "中2の娘が学校に行けません",
    "息子のことで相談です",
    "うちの子がいじめられているようです",
    "母です。子どもの様子がおかしいです",
    "高1男子の母です",
    "小6の子を持つ親です",
    "子どもがスマホばかり見ています",
    "長男が部屋から出てきません",
    "孫が心配です",
    "不登校の中2の子がいます",
    "PTA役員をしています",
    "主人が息子に手を上げます",
    "子供が学校でからかわれていると言うのですが",
    "保護者です。担任の先生の対応に納得がいきません",
]
TEACHER = [
    "中学校で担任をしています",
    "高校の教員です。生徒の自傷について相談です",
    "生徒の件で相談があります",
    "養護教諭です。保健室に毎日来る生徒がいます",
    "生徒から死にたいと相談されました",
    "受け持ちの児童が虐待されているかもしれません",
    "顧問をしています。部員同士のトラブルで悩んでいます",
    "不登校の生徒への対応を教えてください",
    "うちのクラスの生徒が不登校です",
    "教師です",
    "学校の先生をしています",
    "担任を持つことになりました",
]
SELF = [
    "私はいじめられてます",
    "もう学校に行きたくない",
    "友達がいない",
    "友達に無視される",
    "友達が私の悪口を言ってる",
    "友達とけんかした",
    "友達が冷たくなった気がしてつらい",
    "友達関係で悩んでいます",
    "親がうざい",
    "お母さんがすぐ怒る",
    "担任がうざい",
    "担任の先生に怒られた",
    "先生が生徒を殴る",
    "生徒会の仕事がしんどい",
    "子ども扱いされるのが嫌",
    "子どもの頃から死にたい",
    "長女だから我慢しなさいって言われる",
    "子どもがほしくない",
    "顧問がこわい",
    "先輩がこわくて部活に行けない",
    "親に産まなきゃよかったって言われた",
    "隣の席の人がうるさくて集中できない",
    "中3です",
    "親友に裏切られた",
    "彼氏に殴られる",
    "友達が助けてくれた",
    "友達に裏切られて死にたい",
    "友達にリスカのこと相談したら引かれた",
    "友達に仲間はずれにされています",
    "母が教師です",
    "兄が引きこもりで家の空気が悪い",
    "先輩に助けてもらってうれしかった",
    "親の子どもに生まれたくなかった",
]
UNKNOWN = ["こんばんは", "りんご", "！？", "今日は雨"]


@pytest.mark.parametrize(
    ("written", "role"),
    [
        *((text, "friend") for text in FRIEND),
        *((text, "guardian") for text in GUARDIAN),
        *((text, "teacher") for text in TEACHER),
        *((text, "unknown") for text in UNKNOWN),
    ],
)
def test_role(written: str, role: str) -> None:
    assert parse(written).role == role


@pytest.mark.parametrize("written", SELF)
def test_whoever_speaks_of_themself_is_no_friend_guardian_or_teacher(written: str) -> None:
    assert parse(written).role in ("self", "unknown")


@pytest.mark.parametrize(
    ("written", "age", "grade"),
    [
        ("15歳の息子が引きこもっています", 15, None),
        ("娘は中3です", None, "中3"),
        ("42歳、中2男子の母です", None, "中2"),
        ("父です。50歳です。娘は17歳です", 17, None),
        ("高2の娘の母です", None, "高2"),
        ("息子（小5）がゲームばかりします", None, "小5"),
        ("小4の娘のことです。私は40歳です", None, "小4"),
        ("うちの子は13歳で中1です", 13, "中1"),
        ("中学2年生の長女が学校に行きません", None, "中2"),
        ("担任をしている中1の生徒のことです", None, "中1"),
        ("友達は14歳で中2です。リスカしてます", None, None),
        ("中3の友達が死にたいって言ってる", None, None),
        ("友達がいじめられてます。私も同じ中2です", None, "中2"),
    ],
)
def test_with_guardian_and_teacher_the_child_is_described_with_a_friend_the_writer(
    written: str, age: int | None, grade: str | None
) -> None:
    intake = parse(written)
    assert (intake.age, intake.grade) == (age, grade)


@pytest.mark.parametrize(
    ("written", "gender"),
    [
        ("中3女子です", "女"),
        ("高1男", "男"),
        ("16/高1/女", "女"),
        ("16♀", "女"),
        ("男です", "男"),
        ("性別は女です", "女"),
        ("性別：男", "男"),
        ("JK2です", "女"),
        ("DC1", "男"),
        ("女の子です", "女"),
        ("男子高校生です", "男"),
        ("Xジェンダーです", "その他"),
        ("ノンバイナリーです", "その他"),
        ("中2の息子が不登校です", "男"),
        ("男子に無視される", None),
        ("女の先輩がこわい", None),
        ("友達がトランスジェンダーだって", None),
        ("男の人についてこられた", None),
        ("彼女がいます", None),
        ("中2です", None),
    ],
)
def test_gender_only_as_the_writer_states_it(written: str, gender: str | None) -> None:
    assert parse(written).gender == gender


@pytest.mark.parametrize(
    "text", ["クラスの子が休んでる", "後輩が来ない", "ともだちがしんぱい", "Aさんが泣いてた", "妹のことで"]
)
def test_another_young_person_is_named(text: str) -> None:
    assert names_another(text)


@pytest.mark.parametrize(
    "text", ["がっこうに いきたくない", "様子を見たい", "子どもの頃から", "もう無理", "中2女の子です"]
)
def test_nobody_else_is_named(text: str) -> None:
    assert not names_another(text)
