"""kernel/intake: school types inside longer sentences, out of school, and years told by how long somebody is there."""

from __future__ import annotations

import pytest

from kernel.intake import parse

ATTENDS = [
    ("四大の1年です", "大学"),
    ("高校の昼休みがいちばんきつい", "高校"),
    ("中学の保健室で過ごしてます", "中学校"),
    ("今の高校、落ちて入ったところだから好きになれない", "高校"),
    ("専門の課題が終わらない", "専門学校"),
    ("定時の夜間部です", "高校"),
    ("つうしんせーの こーこーです", "高校"),
    ("県大の2年です", "大学"),
    ("地元の市立中です", "中学校"),
    ("専門通ってます。バイトがきつい", "専門学校"),
    ("美容の専門に行ってます", "専門学校"),
    ("16/通信/女", "高校"),
    ("通信に転校した", "高校"),
    ("定時に通ってます", "高校"),
    ("全日から通信に移りました", "高校"),
    ("大3なんですけど就活が怖い", "大学"),
    ("大学2回生です", "大学"),
    ("県立中等に通ってます", "中等教育学校"),
    ("義務教育学校でずっと同じクラス", "義務教育学校"),
    ("特別支援の高等部に行ってます", "特別支援学校"),
    ("高校生活に疲れました", "高校"),
    ("高校入学後から友達ができません", "高校"),
    ("高校で友達ができない", "高校"),
    ("高校では一人です", "高校"),
    ("高校から帰ると母が怒鳴る", "高校"),
    ("中学不登校です", "中学校"),
    ("中学になってから友達とうまくいかない", "中学校"),
    ("高校休学してます", "高校"),
    ("高校生の分際で", "高校"),
    ("中学生とだけ言っておきます", "中学校"),
    ("高校に通学しております", "高校"),
    ("去年高校を中退し、今は通信に通っています", "高校"),
    ("息子がなかなか高校に行こうとしません", "高校"),
    ("特別支援学校に子どもを通わせています", "特別支援学校"),
    ("小学校高学年の息子がいます", "小学校"),
    ("中学校に勤務しております。生徒のことで", "中学校"),
]
OUT_OF_SCHOOL = [
    "退学届を出しました",
    "高2の冬に辞めてから家にいる",
    "緑高校だったけど一学期でやめて今は家にいます",
    "学校やめて働いてる",
    "もう卒業して働いてます",
    "高卒で就職しました",
    "専門卒です",
    "卒業生なんですが相談できますか",
    "学生じゃないです",
    "どこの学校にも行ってません",
    "高校には進学しませんでした",
    "進学も就職もしてない",
    "高校入ったけどすぐ辞めた",
    "高校やめました。高校でいじめられてたので",
    "高1の途中で中退",
    "高2で辞めました",
    "高2、中退済みです",
    "大学を卒業して就職しましたが病みました",
    "フリーターをしております",
    "社会人一年生です",
    "仕事してます",
    "職場の人間関係がつらいです",
    "作業所に通ってます",
    "高認とって今は何もしてない",
    "フリースクール通いです",
]
NEITHER = [
    # a wish, a doubt, a plan
    "学校やめて働きたい",
    "学校やめてって言われた",
    "高校やめてもいいかな",
    "浪人したらどうしよう",
    "中学卒業したくない",
    "フリースクールに行きたい",
    "専門に入って美容師になりたい",
    "大学行きたくないのに親が行けって言う",
    "高校行く意味あるのかな",
    "それでも行ける高校を探しています",
    "息子は工業高校を希望しています",
    "娘は高校どこにするか迷っています",
    # other people's
    "高校に通う姉がいます",
    "中学に入学した妹がうざい",
    "専門通ってる彼氏がいる",
    "母が工場で働いてて夜いない",
    "会社に勤めてる父",
    "働いてる兄が怖い",
    "先輩が今年卒業した",
    # the past, and words of another meaning
    "中学で不登校だった",
    "昔○○小学校に通ってました",
    "卒業アルバムがいや",
    "心理学が専門です",
    "通信 つながらない",
    "最大2です",
    "マネージャーの仕事がしんどい",
    "吹部のクラパートです",
    "中高一貫校です",
]


@pytest.mark.parametrize(("written", "school_type"), ATTENDS)
def test_the_school_somebody_goes_to(written: str, school_type: str) -> None:
    assert parse(written).school_type == school_type


@pytest.mark.parametrize("written", OUT_OF_SCHOOL)
def test_out_of_school(written: str) -> None:
    intake = parse(written)
    assert (intake.grade, intake.school_type) == (None, "その他")


@pytest.mark.parametrize("written", NEITHER)
def test_a_school_or_work_that_is_not_the_writers(written: str) -> None:
    assert parse(written).school_type is None


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        # how long somebody is there
        ("高校2年目です", "高2"),
        ("高校に入って3年目の春", "高3"),
        ("中学最後の年なのに友達いない", "中3"),
        ("小学校の最高学年です", "小6"),
        ("今年中学に上がったばかりです", "中1"),
        ("中学生になったばかりです", "中1"),
        ("妹が中学に入ったばかり", None),
        # a part of the year that is now, and one that is over
        ("高2の冬なのに進路が決まらない", "高2"),
        ("中1の夏から不登校", None),
        # a year after an earlier grade
        ("高校1年の頃から不登校で、今は2年です", "高2"),
        ("小6のころから死にたくて今2年です", None),
        # compounds that begin as words of another meaning
        ("高2病んでます", "高2"),
        ("中3時々死にたくなる", "中3"),
        ("不登校中3女子です", "中3"),
        ("小中一貫校の8年生です", "中2"),
        ("商業科1年の女です", "高1"),
        ("私立中の1年", "中1"),
        ("高校2の女子です", "高2"),
        ("こうこうにねんせいです", "高2"),
        # beside a school elsewhere, and what became of the grade
        ("中2です。フリースクールに通ってます", "中2"),
        ("部活は高2でやめました", "高2"),
        # a guardian's and a teacher's
        ("うちの小6が学校に行きません", "小6"),
        ("小2を担任しています", "小2"),
        ("担任をしている高1の男子が死にたいと言いました", "高1"),
        ("高校の教員です。2年の生徒がリストカットをしています", "高2"),
        ("先生の娘は小3", None),
        ("高1の男子がうざい", None),
    ],
)
def test_a_grade_in_other_words(written: str, grade: str | None) -> None:
    assert parse(written).grade == grade


def test_who_left_the_school_that_was_asked_for_is_out_of_school() -> None:
    assert parse("もう辞めました", asked="school").school_type == "その他"
    assert parse("やめたいです", asked="school").school_type is None
    assert parse("もう辞めました").school_type is None
