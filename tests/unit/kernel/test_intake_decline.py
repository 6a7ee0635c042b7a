"""kernel/intake: who would rather not say is left alone (WG-9c), and secrets of another kind are no refusal."""

from __future__ import annotations

import pytest

from kernel.intake import parse

DECLINED = [
    "答えたくない",
    "答えたくないです",
    "こたえたくありません",
    "言いたくない",
    "ごめんなさい、言いたくないです",
    "ちょっと言えないです",
    "教えたくない",
    "それはちょっと言えません",
    "学校名は言いたくないです",
    "学校は内緒で",
    "ひみつ",
    "秘密です♡",
    "ヒミツ！",
    "ないしょだよ",
    "年齢は秘密",
    "個人情報だから無理",
    "それ個人情報ですよね",
    "プライバシーなので",
    "は？関係ある？",
    "それ関係なくないですか",
    "年齢関係ないでしょ",
    "なんで答えなきゃいけないの",
    "言わないとだめですか",
    "答える必要ありますか",
    "スキップ",
    "スキップします",
    "パス",
    "パスで",
    "skip",
    "とばしてください",
    "ノーコメント",
    "匿名希望です",
    "特定されたくないので",
    "身バレこわい",
    "まだ言いたくない",
    "学年とかは言いたくないけど中学生です",
    "書きたくないです…",
    "教えません",
    "お答えできません",
    "親にばれたら困るので言えません",
    "回答は控えます",
    "非公開で",
    "スキップできますか",
    "名前とか学校とか言わなきゃダメ？",
    "個人情報教えたくないです",
]
ANSWERED = [
    "秘密にしてほしいです",
    "秘密にしてください",
    "秘密は守られますか",
    "親には言えません",
    "親に言えない",
    "誰にも言えない悩みがあります",
    "先生に言いたくない",
    "学校に行きたくない",
    "親に内緒で相談しています",
    "内緒にしてくれますか",
    "友達に秘密をばらされた",
    "個人情報をネットにさらされた",
    "個人情報ばらまかれた",
    "友達関係がない",
    "私には関係ないのに怒られた",
    "嫌と言えない",
    "やめてって言えない",
    "うまく言えないけどつらい",
    "学校の答えがわからない",
    "テストに答えられない",
    "匿名で相談できますか",
    "名前を言わなくてもいいって書いてあったから",
    "中2です",
    "14歳",
    "人間関係がいやだ",
    "部活のパスがうまくできない",
    "母が何も教えてくれない",
    "彼氏にも言えない",
    "いやです",
    "死にたいって言えない",
    "個人情報は守られますか？",
    "答えが見つからない",
    "言いたくないこともある",
]


@pytest.mark.parametrize("written", DECLINED)
def test_declined(written: str) -> None:
    assert parse(written).declined


@pytest.mark.parametrize("written", ANSWERED)
def test_not_declined(written: str) -> None:
    assert not parse(written).declined


@pytest.mark.parametrize("written", ["いやです", "やだ", "無理", "嫌だよ〜"])
def test_a_bare_no_refuses_only_what_was_asked(written: str) -> None:
    assert parse(written, asked="school").declined
    assert not parse(written).declined


def test_a_refusal_and_an_answer_in_one_message() -> None:
    intake = parse("学校名は言えないけど高1です")
    assert intake.declined
    assert intake.grade == "高1"


@pytest.mark.parametrize(
    "written",
    [
        "それはちょっと…",
        "名前とか学校とかはちょっと…",
        "学校名だけは許して",
        "そこまでは言えない",
        "言わないでおきます",
        "言うつもりないです",
        "教えるわけない",
        "誰が言うか",
        "言いたくねー",
        "言わんし",
        "その質問には答えられません",
        "次の質問にしてください",
        "学校のことは聞かないでください",
        "何歳でもよくない？",
        "それ必要？",
        "それ聞いてどうするの",
        "もう少し仲良くなってから言います",
        "知らない人に教えたくない",
        "バレたくないから言わない",
        "身バレ防止で伏せます",
        "プライベートなことなので",
        "想像に任せる",
        "ひ・み・つ",
        "詳しくは言えないですが高校生です",
    ],
)
def test_a_refusal_in_other_words(written: str) -> None:
    assert parse(written).declined


@pytest.mark.parametrize(
    "written",
    [
        "書かないといけないレポートがある",
        "なんで聞いてくれないの",
        "なんで教えてくれないの",
        "話を聞かないで怒る母がつらい",
        "悪口言わないでほしい",
        "いやって言えない",
        "私って必要ですか",
        "生きる必要ある？",
        "もうどうでもよくなった",
        "やめとけって言われた",
        "関係ないことで怒られた",
        "塾は楽しい、学校だけ無理",
        "いとこを好きになりました。こういうのってだめですか",
        "名前を出せないという生徒をどう守るか",
        "詳しくは言えないけど家がつらい",
        "先生に言うのは怖い",
    ],
)
def test_the_same_words_about_something_else(written: str) -> None:
    assert not parse(written).declined
