"""Canned phrases: what one may say, what it is filled with, and where it fits."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.domain.phrase import FIELDS, TOPICS, Phrase, faults, fill, fits
from handoff.domain.profile.procedure import DELETION_WARNING
from handoff.domain.session import Level
from handoff.domain.wording_rules import LONGEST_BUBBLE

GOOD = {"id": "hello_1", "title": "あいさつ", "shortcut": "hello", "text": "相談員の{alias}です。"}


def phrase(text: str = "相談員の{alias}です。", **changes: Any) -> Phrase:
    return Phrase.parse({**GOOD, "text": text, **changes})


def test_what_is_written_is_kept() -> None:
    made = phrase(topics=["net", "abuse"], levels=["none", "critical"])
    assert made == Phrase(
        "hello_1",
        "あいさつ",
        "hello",
        "相談員の{alias}です。",
        ("net", "abuse"),
        (Level.NONE, Level.CRITICAL),
    )
    assert phrase(topics=None, levels=[]) == Phrase("hello_1", "あいさつ", "hello", "相談員の{alias}です。")
    assert Phrase.parse(GOOD, owner="c7").owner == "c7"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "Hello"}, "id は英小文字"),
        ({"id": None}, "id を文字で"),
        ({"title": "  "}, "title を文字で"),
        ({"title": "あ" * 31}, "title は30文字まで"),
        ({"shortcut": "h"}, "shortcut は英小文字2〜8文字"),
        ({"shortcut": "ninelette"}, "shortcut"),
        ({"shortcut": "he1"}, "shortcut"),
        ({"shortcut": "ｈｅ"}, "shortcut"),
        ({"shortcut": 12}, "shortcut を文字で"),
        ({"text": "がんばってください。"}, "励まし"),
        ({"text": "{name}さん、こんにちは。"}, "「{name}」は使えません"),
        ({"text": "相談員の{alias"}, "波かっこ"),
        ({"topics": "net"}, "topics は並び"),
        ({"topics": ["school"]}, "topics の「school」"),
        ({"topics": ["net", "net"]}, "二度"),
        ({"levels": ["low"]}, "levels の「low」"),
        ({"levels": [["none"]]}, "levels の"),
        ({"owner": "c7"}, "「owner」という項目はありません"),
    ],
)
def test_a_fault_is_named_in_japanese(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        Phrase.parse({**GOOD, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "絶対に秘密にします。",
        "10分以内にお返事します。",
        "ほかの人を優先しています。",
        "命を大切にしてください。",
        "どうして休んだのですか。",
        "あ" * (LONGEST_BUBBLE + 1),
        "・" + "あ" * LONGEST_BUBBLE,  # no row of a list escapes
        "{phone_lines!r}",
        "{alias.__class__}",
        "{}",
        "削除依頼のしかたをお伝えします。",
        "サイトに削除を頼むことができます。",
    ],
)
def test_what_may_not_be_a_phrase(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "あ" * LONGEST_BUBBLE,
        "".join(f"{{{name}}}" for name in FIELDS),
        f"削除依頼は、{DELETION_WARNING}ので、いっしょに考えましょう。",
    ],
)
def test_what_may(text: str) -> None:
    assert faults(text) == []


def test_the_fields_are_filled_and_nothing_else() -> None:
    text = "{service_name}の{alias}です。\n{phone_lines}"
    words = fill(phrase(text), alias=" みどり ", service_name="{alias}の窓口", phone_lines="A 0120（24時間）\n")
    assert words == "{alias}の窓口のみどりです。\nA 0120（24時間）"
    assert fill(phrase("ゆっくりで大丈夫です。"), alias="", service_name="", phone_lines="") == "ゆっくりで大丈夫です。"


def test_no_line_is_announced_while_none_is_open() -> None:
    with pytest.raises(ValueError, match="いま使える電話の窓口がないため、この定型文は使えません"):
        fill(phrase("いまこちらも使えます。\n{phone_lines}"), alias="みどり", service_name="窓口", phone_lines=" ")
    with pytest.raises(ValueError, match="名のり"):
        fill(phrase(), alias="", service_name="窓口", phone_lines="")


def test_where_it_fits() -> None:
    anywhere, net = phrase(), phrase(topics=["net"])
    calm, both = phrase(levels=["none", "concern"]), phrase(topics=["net"], levels=["high"])
    for topic in (None, *TOPICS):
        for level in (None, *Level):
            assert fits(anywhere, topic, level)
            assert fits(net, topic, level) == (topic == "net")
            assert fits(calm, topic, level) == (level in {Level.NONE, Level.CONCERN})
            assert fits(both, topic, level) == (topic == "net" and level is Level.HIGH)
