"""The screen as a whole: any text, bounded time, evidence in the original, and evidence that only adds."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.risk.assessment import Assessment
from kernel.risk.levels import CATEGORIES, LEVELS, RANK
from kernel.risk.model import Model, Numbers, Thresholds
from kernel.risk.screen import RiskScreen
from tests.support.risk_screen import real_screen

SCREEN = real_screen()
ANYTHING = st.text(st.characters(), max_size=200)
WORDS = st.lists(
    st.sampled_from(
        [
            "死",
            "にたい",
            "自殺",
            "したい",
            "消えたい",
            "切",
            "手首",
            "薬",
            "飲んだ",
            "父",
            "殴",
            "られ",
            "いじめ",
            "。",
            "\n",
            "ない",
            "屋上",
            "○",
        ]
    ),
    max_size=30,
).map("".join)


def check(text: str) -> Assessment:
    found = SCREEN.assess(text, ("死にたい", "助けて"))
    assert found.level in LEVELS
    assert set(found.categories) <= set(CATEGORIES)
    assert bool(found.categories) == (found.level != "none")
    for one in found.evidence:
        assert 0 <= one.start < one.end <= len(text)
        assert one.text == text[one.start : one.end]
    assert Assessment.from_json(found.as_json()) == found
    return found


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING | WORDS)
def test_any_text_gives_an_answer(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=150)
@given(WORDS, WORDS)
def test_another_message_never_lowers_the_level(text: str, more: str) -> None:
    """Monotone: what is added as a message of its own takes nothing from what was there."""
    before = SCREEN.assess(text)
    after = SCREEN.assess(text + "\n\n" + "きょうはカレーでした。" + more)
    strong = max((RANK[one.level] for one in before.evidence if one.rule != "model"), default=0)
    assert RANK[after.level] >= strong or RANK[after.level] >= RANK[before.level]


@pytest.mark.parametrize(
    "text",
    [
        "死にたい",
        "しにたい",
        "シニタイ",
        "ｼﾆﾀｲ",
        "し に た い",
        "し。に。た。い",
        "しにたーーい",
        "しにたいいいい",
        "死\u200bに\ufe0fたい",
        "タヒにたい",
        "ﾀﾋにたい",
        "氏にたい",
        "4にたい",
        "４にたい",
        "死○たい",
        "sinitai",
        "shinitai",
        "しにたｓい",
        "死にたぃ",
        "し\nに\nた\nい",
        "死にてえ",
        "消えたい",
        "kietai",
        "キエタイ",
    ],
)
def test_a_wish_is_seen_however_it_is_written(text: str) -> None:
    found = check(text)
    assert RANK[found.level] >= RANK["high"]
    assert "suicide" in found.categories


@pytest.mark.parametrize(
    "text",
    [
        "必死に勉強してます",
        "死角に入った",
        "眠すぎて死ぬ",
        "死ぬほどおもしろい",
        "氏名を書いてください",
        "田中氏に会う",
        "あと4日",
        "人狼ゲームで殺された",
        "わたしにたいして怒ってる",
        "殺虫剤をまいた",
        "電池が切れた",
        "OD色の服",
        "タヒチに行きたい",
    ],
)
def test_calm_words_are_left_alone(text: str) -> None:
    assert check(text).level == "none"


@pytest.mark.parametrize("text", ["死にたくない", "死にたくなるほどじゃない", "リスカはしてません"])
def test_a_denial_is_never_high(text: str) -> None:
    assert RANK[check(text).level] < RANK["high"]


def test_evidence_lies_in_the_original_words() -> None:
    found = check("きょうは、し に た い です")
    assert "し に た い" in {one.text for one in found.evidence}


def test_the_profiles_keywords_are_marked_whatever_the_level() -> None:
    """HOK-5.4."""
    found = SCREEN.assess("数学わからん、たすけて笑", ("たすけて", "死"))
    assert found.keywords == ("たすけて",)


def test_another_person_is_told_from_the_writer() -> None:
    """WG-13."""
    found = check("友達が死にたいって言ってます")
    assert (found.about, found.categories[0]) == ("other", "third_party")
    assert RANK[found.level] >= RANK["high"]


def test_who_said_the_wish_and_whom_they_suspect_is_told() -> None:
    assert "wish" in check("死にたい").signs
    assert "guardian" in check("お父さんに殴られてる").suspects


def test_messages_are_read_together() -> None:
    assert SCREEN.assess("たい").level == "none"
    found = SCREEN.assess_after(["死に"], "たい")
    assert RANK[found.level] >= RANK["high"]
    assert {(one.start, one.end, one.text) for one in found.evidence} == {(0, 2, "たい")}


def test_what_was_said_before_is_not_said_again_by_the_next_message() -> None:
    assert SCREEN.assess_after(["死にたい"], "うん").level in ("none", "concern")


@pytest.mark.parametrize(
    "messages",
    [
        "もうやめる/また来ちゃいました",
        "恋愛のことで相談したいです/もうやめる/また来ちゃいました/はじめからやりたい",
        "キャンセル/もういちど",
        "メニュー/ちがう/戻る/もう一回",
        "さっきの消しといて/はじめからやり直す",
        "やめます/ありがとう/ばいばい",
        "もういいです/続けてください",
    ],
)
def test_calm_messages_in_a_row_are_no_concern(messages: str) -> None:
    *earlier, last = messages.split("/")
    assert SCREEN.assess_after(earlier, last).level == "none"


def test_a_meaning_that_only_stands_in_the_whole_is_seen() -> None:
    assert (
        RANK[SCREEN.assess_after(["部屋は片づけた", "手紙も机に置いてきた"], "これから橋に行く").level] >= RANK["high"]
    )


HOSTILE = {
    "one letter": "死",
    "spaced letters": "し。",
    "ligatures": "ﷺ",
    "marks": "e\u0301\u0323",
    "rule words": "父に殴られて死にたい手首切った薬飲んだ屋上",
    "masks": "死○",
    "long vowels": "しー",
    "spaces": "し ",
    "romaji": "shi ni ",
    "brackets": "「死にたい」と",
    "no end": "ない",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    """Twice the text may cost twice the time, not four times: seen over a span in which a square would be 64 times."""

    def cost(length: int) -> float:
        text = (unit * length)[:length]
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            SCREEN.assess(text)
            best = min(best, time.process_time() - started)
        return best

    cost(500)
    short, long = cost(1_000), cost(8_000)
    assert long < 30 * max(short, 0.001)


def test_text_beyond_the_dictionarys_limit_is_read_to_its_end() -> None:
    found = check("きょうはいい天気でした。" * 6_000 + "もう死にたい")
    assert RANK[found.level] >= RANK["high"]
    assert found.evidence[-1].end >= 72_000


def doubting(bias: float) -> RiskScreen:
    """The real rules with a model that thinks the same of every text."""
    none = {"features": {}, "words": {}, "marks": {}, "kinds": {}}
    thresholds = Thresholds(raised=1.0, high=2.0, critical=3.0, doubted=-1.0, refuted=-3.0)
    numbers = Numbers(**none, bias=[bias] * 12, thresholds=thresholds, scale=1.0, version="0")
    return RiskScreen(SCREEN.lexicon, Model(numbers))


@pytest.mark.parametrize(
    ("bias", "level"),
    [(0.0, "high"), (-0.9, "high"), (-2.0, "concern"), (-4.0, "none"), (2.5, "high"), (4.0, "critical")],
)
def test_the_model_doubts_a_hit_only_where_it_is_nearly_sure(bias: float, level: str) -> None:
    assert doubting(bias).assess("死にたい").level == level


@pytest.mark.parametrize(("bias", "level"), [(0.0, "critical"), (-2.0, "high"), (-4.0, "concern")])
def test_a_critical_hit_is_never_made_nothing(bias: float, level: str) -> None:
    assert doubting(bias).assess("ロープ買った").level == level


@pytest.mark.parametrize(
    "calm", ["きょうはカレーでした", "落語きいたら面白かった", "あ つ い", "お弁当忘れた、購買いく", "ゲームしてた"]
)
@pytest.mark.parametrize("urgent", ["おにいちゃんよるへやくる やだ", "父に毎日殴られてる", "いま屋上にいる もういい"])
def test_a_calm_message_behind_it_takes_nothing_away(urgent: str, calm: str) -> None:
    """Neither its words nor its hits nor the model's opinion of it."""
    assert RANK[check(f"{urgent}\n\n{calm}").level] >= RANK[check(urgent).level]


def test_a_doubt_is_told_as_a_modifier() -> None:
    screen = doubting(-2.0)
    reading = screen.read("死にたい")
    hits, verdicts = screen.judge(reading, screen.hits(reading))
    assert [(hit.level, hit.modifiers[-1]) for hit in hits] == [("concern", "model")]
    assert verdicts == []


def test_a_calm_sentence_beside_it_makes_no_hit_doubtful() -> None:
    """Each hit is believed by the window that believes it most."""
    for text in ("死にたい。", "死にたい。今日はカレーでした。", "今日はカレーでした。死にたい。宿題をします。"):
        assert check(text).level == "high"


def test_what_a_rule_is_for_comes_out_of_the_whole_screen() -> None:
    """The model may doubt a hit, but of the rules' own examples hardly any."""
    examples = [(text, rule.level) for rule in SCREEN.lexicon.rules for text in rule.hits]
    lowered = [text for text, level in examples if RANK[SCREEN.assess(text).level] < RANK[level]]
    assert len(lowered) <= 0.02 * len(examples)
