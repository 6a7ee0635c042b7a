"""The standard wording: complete, and by the rules of the wording."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from handoff.domain.texts import FIELDS, Band, TextKey, fields_of
from handoff.domain.wording_rules import faults_of_wording

STANDARD = Path(__file__).resolve().parents[3] / "data" / "responses" / "standard.yml"
TEXTS: dict[str, str] = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
# What a school or a parent would say, and what a program can't know.
UNFIT = ("だめですよ", "君", "うつ", "病気", "必ず", "絶対", "匿名")


def test_there_is_one_text_for_every_key() -> None:
    assert set(TEXTS) == set(TextKey)


@pytest.mark.parametrize("key", list(TextKey))
def test_the_wording_keeps_the_rules(key: TextKey) -> None:
    text = TEXTS[key]
    assert not [word for word in UNFIT if word in text]
    assert faults_of_wording(text) == []
    assert text.replace("{phone_lines}", "").replace("{lines}", "").strip().endswith(("。", "です。"))
    assert not re.search(r"[〜~…!！]|[^ぁ-ん]ー{2}", text)
    assert re.search(r"(です|ます|ました|ません|ください|ですか|ますか|ますね|ですね|ましょう)。", text)


@pytest.mark.parametrize("band", list(Band))
def test_what_is_worded_for_some_readers_keeps_the_rules_too(band: Band) -> None:
    texts = yaml.safe_load((STANDARD.parent / f"{band}.yml").read_text(encoding="utf-8"))
    assert set(texts) <= {key.value for key in TextKey}
    assert {key: faults for key, text in texts.items() if (faults := faults_of_wording(text))} == {}
    assert {key for key in texts if texts[key] == TEXTS[key]} == set(), "a text that is the same needs no row"
    if band is Band.ELEMENTARY:
        kanji = re.compile("[一-鿿]")
        ours, standard = (sum(len(kanji.findall(of[key])) for key in texts) for of in (texts, TEXTS))
        assert ours < standard, "for primary pupils there are fewer kanji"


@pytest.mark.parametrize("key", list(TextKey))
def test_the_fields_are_the_declared_ones(key: TextKey) -> None:
    assert set(re.findall(r"\{(\w+)\}", TEXTS[key])) <= fields_of(key)
    assert set(FIELDS.get(key, ())) <= set(re.findall(r"\{(\w+)\}", TEXTS[key]))
