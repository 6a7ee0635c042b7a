"""The shared phrases of the counsellors: the real file, and what is said about a broken one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from handoff.adapters.phrases import load_phrases
from handoff.domain.errors import ConfigurationError
from handoff.domain.phrase import TOPICS, Phrase, fill, fits
from handoff.domain.session import Level
from handoff.domain.wording_rules import LONGEST_BUBBLE, faults_of_wording, must_nots

FILE = Path(__file__).resolve().parents[3] / "data" / "desk" / "phrases.yml"
ALL = load_phrases(FILE)
LINES = "24時間子供SOSダイヤル 0120-0-78310（24時間）\nチャイルドライン 0120-99-7777（21:00まで）"


def filled(phrase: Phrase) -> str:
    return fill(phrase, alias="みどり", service_name="こころのそうだん", phone_lines=LINES)


def test_there_are_enough_and_each_is_found_by_its_name() -> None:
    assert 60 <= len(ALL) <= 80
    for name in ("id", "shortcut", "title", "text"):
        assert [one for one, times in Counter(getattr(phrase, name) for phrase in ALL).items() if times > 1] == []
    assert {phrase.owner for phrase in ALL} == {None}


@pytest.mark.parametrize("phrase", ALL, ids=lambda phrase: phrase.id)
def test_each_may_be_said_as_it_is_sent(phrase: Phrase) -> None:
    words = filled(phrase)
    assert must_nots(words) == []
    assert faults_of_wording(words) == []
    assert len(phrase.text) <= LONGEST_BUBBLE
    assert words.endswith(("。", "）"))
    assert words.count("か。") - words.count("そうですか。") <= 1, "one question at a time"
    # LINE isn't anonymous to the service; a promise of silence isn't ours to give.
    assert not re.search(r"匿名|だれにも言い|秘密にします|秘密は守", words)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_words_of_its_own(topic: str) -> None:
    assert [phrase for phrase in ALL if topic in phrase.topics]


@pytest.mark.parametrize("level", list(Level))
def test_each_level_has_words_of_its_own(level: Level) -> None:
    assert [phrase for phrase in ALL if level in phrase.levels]
    assert sum(fits(phrase, None, level) for phrase in ALL) >= 20


def test_where_somebody_is_at_risk_nobody_is_sent_away_or_asked_to_wait_for_the_next_opening() -> None:
    for phrase in ALL:
        if re.search("ここまでに|次に開いた", phrase.text):
            assert set(phrase.levels) == {Level.NONE, Level.CONCERN}, phrase.id


def test_whoever_may_be_the_one_who_harms_is_not_advised() -> None:
    for phrase in ALL:
        if not phrase.topics or {"abuse", "family"} & set(phrase.topics):
            assert not re.search("(?:保護者|お?家の人|親|お母さん|お父さん)に(?:相談|話|伝え|知らせ)", phrase.text), (
                phrase.id
            )
        if fits(phrase, "abuse", Level.HIGH):
            assert "学校" not in phrase.text, phrase.id
        if fits(phrase, "staff", Level.HIGH):
            assert "学校に伝え" not in phrase.text, phrase.id


def test_the_wish_to_die_is_asked_about_plainly() -> None:
    """Ask, keep safe: whatever the topic, from the first concern on."""
    for topic in (None, *TOPICS):
        for level in (Level.CONCERN, Level.HIGH, Level.CRITICAL):
            words = "".join(phrase.text for phrase in ALL if fits(phrase, topic, level))
            assert "死にたい気持ちがありますか" in words
            assert "安全な場所にいますか" in words
            assert LINES.splitlines()[0] not in words, "numbers are the profile's"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "項目がありません"),
        ("- id: a", "項目がありません"),
        ("phrases: []", "phrases"),
        ("phrases: {a: b}", "phrases"),
        ("phrases: [{}]\nmore: 1", "phrases"),
        ("phrases:\n  - あいさつ", "2行目 phrases[0]: 「項目名: 値」"),
        (
            "phrases:\n  - {id: one, title: あ, shortcut: aa, text: がんばって。}",
            "2行目 phrases[0]: 「one」: text は使えません",
        ),
        ("phrases:\n  - {title: あ, shortcut: aa, text: はい。}", "「1番目」: id を文字で"),
        (
            "phrases:\n  - {id: one, title: あ, shortcut: aa, text: はい。}\n  - {id: one, title: い, shortcut: ab, text: はい。}",
            "3行目 phrases[1].id: 「one」: 同じ id",
        ),
        (
            "phrases:\n  - {id: one, title: あ, shortcut: aa, text: はい。}\n  - {id: two, title: い, shortcut: aa, text: はい。}",
            "3行目 phrases[1].shortcut: 「two」: 「/aa」はほかの",
        ),
    ],
)
def test_a_fault_names_file_and_entry(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "phrases.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_phrases(file)
    assert str(file) in str(refused.value)
    assert said in str(refused.value)
    assert refused.value.code == "configuration"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "phrases.yml"
    file.write_text("phrases:\n  - {id: A}\n  - {id: b}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_phrases(file)
    assert len(str(refused.value).splitlines()) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="読めません"):
        load_phrases(tmp_path / "none.yml")
