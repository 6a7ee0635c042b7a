"""The standard wording: complete, and by the rules of the wording."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from handoff.domain.texts import FIELDS, TextKey, fields_of
from tests.conversations.runner import FORBIDDEN

STANDARD = Path(__file__).resolve().parents[3] / "data" / "responses" / "standard.yml"
TEXTS: dict[str, str] = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
# What a school or a parent would say, and what a program can't know.
UNFIT = (*FORBIDDEN, "なぜ", "どうして", "だめですよ", "君", "うつ", "病気", "必ず", "絶対", "匿名", "すぐに返事します")


def test_there_is_one_text_for_every_key() -> None:
    assert set(TEXTS) == set(TextKey)


@pytest.mark.parametrize("key", list(TextKey))
def test_the_wording_keeps_the_rules(key: TextKey) -> None:
    text = TEXTS[key]
    assert not [word for word in UNFIT if word in text]
    assert len(text) <= 120
    assert text.replace("{phone_lines}", "").replace("{lines}", "").strip().endswith(("。", "です。"))
    assert not re.search(r"[〜~…!！]|[^ぁ-ん]ー{2}", text)
    assert re.search(r"(です|ます|ました|ません|ください|ですか|ますか|ますね|ですね|ましょう)。", text)


@pytest.mark.parametrize("key", list(TextKey))
def test_the_fields_are_the_declared_ones(key: TextKey) -> None:
    assert set(re.findall(r"\{(\w+)\}", TEXTS[key])) <= fields_of(key)
    assert set(FIELDS.get(key, ())) <= set(re.findall(r"\{(\w+)\}", TEXTS[key]))
