"""The must-nots, and the length of a bubble."""

from __future__ import annotations

import pytest

from handoff.domain.wording_rules import LONGEST_BUBBLE, bubble_length, faults_of_wording

BAD = [
    "絶対に秘密にします。",
    "あなたは3番目です。",
    "ほかの人を優先しています。",
    "順番にお返事します。",
    "10分以内にお返事します。",
    "５分ほどお待ちください。",
    "すぐに返事します。",
    "命を大切にしてください。",
    "がんばってください。",
    "元気を出してください。",
    "なぜ学校に行かないのですか。",
    "どうして言わなかったのですか。",
    "それは大変だわ。",
    "君はどう思いますか。",
    "ぼくは自動の案内です。",
    "つらいですね…",
    "こんにちは！",
    "そうなんですね〜",
    "それはうつ病です。",
    "あ" * (LONGEST_BUBBLE + 1),
]


@pytest.mark.parametrize("text", BAD)
def test_what_may_not_be_said(text: str) -> None:
    assert faults_of_wording(text)


@pytest.mark.parametrize(
    "text",
    [
        "書いてくれてありがとうございます。",
        "189（児童相談所、24時間、お金はかかりません）にも話せます。",
        "返事まで時間がかかることがあります。",
        "あなたが伝えたことが知られないよう、できるだけ気をつけます。",
        "あ" * LONGEST_BUBBLE,
    ],
)
def test_what_may(text: str) -> None:
    assert faults_of_wording(text) == []


def test_lists_do_not_count() -> None:
    text = "いまこちらも使えます。\n24時間子供SOS 0120-0-78310（24時間）\nチャイルドライン 0120-99-7777（21:00まで）\n・学年: 中2"
    assert bubble_length(text) == len("いまこちらも使えます。")
