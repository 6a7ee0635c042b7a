"""The schema of a board's procedure: what a file may say, and what no file may (HYO-4.1②, HYO-Ⅰ to Ⅲ × 1 to 4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from handoff.adapters.procedures import load_procedures
from handoff.domain.errors import ProfileError
from handoff.domain.profile.procedure import DELETION_WARNING, Asker, Contact, Kind, Procedure, Stage, stage_of
from handoff.domain.wording_rules import faults_of_wording
from tests.support.risk_screen import real_screen

ROOT = Path(__file__).resolve().parents[3]
HYOGO = ROOT / "data" / "procedures" / "hyogo_netbullying_v1"
ALL = load_procedures(HYOGO)
ASK = {"id": "a", "source": "HYO", "ask": "どうしましたか。", "record": "こと", "choices": ["はい", "いいえ"]}


def procedure(*steps: dict[str, Any], **changes: Any) -> Procedure:
    whole = {"id": "I-1", "version": 1, "title": "掲載", "asker": "student", "kind": "post", "steps": list(steps)}
    return Procedure.model_validate(whole | changes)


def test_there_are_all_twelve() -> None:
    assert {(one.asker, one.kind) for one in ALL} == {(asker, kind) for asker in Asker for kind in Kind}
    numerals, kinds = ("I", "II", "III"), list(Kind)
    assert {one.id for one in ALL} == {f"{numeral}-{place}" for numeral in numerals for place in (1, 2, 3, 4)}
    for one in ALL:
        numeral, place = one.id.split("-")
        assert (one.asker, one.kind) == (list(Asker)[numerals.index(numeral)], kinds[int(place) - 1])


#: The numbered steps of the 取扱要領, by procedure: how many there are.
NUMBERED = {
    "I-1": 7,
    "I-2": 6,
    "I-3": 0,
    "I-4": 4,
    "II-1": 7,
    "II-2": 6,
    "II-3": 0,
    "II-4": 4,
    "III-1": 8,
    "III-2": 6,
    "III-3": 0,
    "III-4": 4,
}
_ROMAN = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ"}


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_every_numbered_step_of_the_document_is_there(one: Procedure) -> None:
    numeral, place = one.id.split("-")
    sources = " ".join(step.source for step in one.steps)
    for number in range(1, NUMBERED[one.id] + 1):
        assert f"HYO-{_ROMAN[numeral]}-{place}({number})" in sources
    assert f"HYO-{_ROMAN[numeral]}" in sources


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_what_is_said_keeps_the_rules_of_wording(one: Procedure) -> None:
    assert {text: faults for text in one.texts() if (faults := faults_of_wording(text))} == {}


def test_no_tap_raises_the_risk_screen() -> None:
    screen = real_screen()
    choices = {choice for one in ALL for step in one.steps for choice in step.choices}
    assert {choice: level for choice in choices if (level := screen.assess(choice).level) in ("high", "critical")} == {}


def test_deletion_is_advised_from_high_school_on_and_never_without_the_warning() -> None:
    by_id = {one.id: one for one in ALL}
    for name in ("I-1", "II-1", "III-1"):
        steps = [step for step in by_id[name].steps if step.deletion]
        assert steps, name
        assert all(DELETION_WARNING in (step.say or "") for step in steps)
        assert all(step.when.stage == ((Stage.HIGH,) if name == "I-1" else None) for step in steps)


def test_the_school_is_asked_for_and_told_only_with_consent() -> None:
    by_id = {one.id: one for one in ALL}
    for name in ("I-1", "I-2", "II-1", "II-2"):
        consent = next(step for step in by_id[name].steps if step.consent)
        place = by_id[name].step(consent.id)
        assert place is not None
        for step in by_id[name].steps[place + 1 :]:
            if step.ask:
                assert step.when.answered == {consent.id: ("はい",)}, step.id


def test_school_staff_are_asked_for_school_and_name() -> None:
    for one in ALL:
        asked = " ".join(step.record or "" for step in one.steps[:6])
        assert ("学校" in asked and "名前" in asked) is (one.asker is Asker.SCHOOL), one.id


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ask": None}, "どれか一つ"),
        ({"say": "もう一つ。"}, "どれか一つ"),
        ({"record": None}, "record"),
        ({"choices": ["あ" * 21]}, "長すぎ"),
        ({"choices": ["はい", "はい"]}, "同じもの"),
        ({"ask": "どうして相談しなかったのですか。"}, "責める"),
        ({"ask": "命を大切にしてください。"}, "命を大切"),
        ({"ask": "下着の写真を送ってください。"}, "性的"),
        ({"ask": "どんな画像ですか。裸ですか。どんな写真ですか。"}, "性的"),
        ({"suspects": {"先生": "teacher"}}, "choices"),
        ({"advises": ["police"]}, "say"),
        ({"ask": "あ" * 121}, "120文字"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_step_that_no_file_may_hold(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        procedure(ASK | changes)


def test_a_deletion_without_the_warning_is_refused() -> None:
    step = {"id": "d", "source": "HYO", "say": "削除依頼のフォームから頼めます。", "deletion": True}
    with pytest.raises(ValidationError, match="一字も変えずに"):
        procedure(step)


@pytest.mark.parametrize(
    "answered", [{"later": ["はい"]}, {"a": ["たぶん"]}, {"b": ["はい"]}], ids=["unknown", "no choice", "itself"]
)
def test_a_condition_points_to_an_earlier_choice(answered: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError, match="前にある手順"):
        procedure(ASK, ASK | {"id": "b", "when": {"answered": answered}})


def test_two_steps_of_one_name_and_too_many_sentences_are_refused() -> None:
    with pytest.raises(ValidationError, match="二つ"):
        procedure(ASK, ASK)
    says = [{"id": f"s{n}", "source": "HYO", "say": "そうですか。"} for n in range(4)]
    with pytest.raises(ValidationError, match="3つより多く"):
        procedure(*says)


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "I-1.yml").write_text((HYOGO / "I-1.yml").read_text(encoding="utf-8") + "  - id: x\n", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"I-1\.yml \d+行目"):
        load_procedures(tmp_path)
    (tmp_path / "I-1.yml").write_text((HYOGO / "I-1.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "I-1b.yml").write_text((HYOGO / "I-1.yml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ProfileError, match="同じ相談者と種類"):
        load_procedures(tmp_path)


def test_a_deletion_that_is_not_marked_is_found(tmp_path: Path) -> None:
    text = (HYOGO / "II-1.yml").read_text(encoding="utf-8").replace("    deletion: true\n", "")
    (tmp_path / "II-1.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match="deletion: true"):
        load_procedures(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="一つもありません"):
        load_procedures(tmp_path)


@pytest.mark.parametrize(
    ("told", "stage"),
    [
        (("小6", "小学校", None), Stage.ELEMENTARY),
        (("中3", "中学校", None), Stage.JUNIOR_HIGH),
        (("高1", "高校", None), Stage.HIGH),
        (("高専2", "高専", None), Stage.HIGH),
        ((None, "高校", None), Stage.HIGH),
        ((None, "中学校", None), Stage.JUNIOR_HIGH),
        ((None, None, 11), Stage.ELEMENTARY),
        ((None, None, 15), Stage.JUNIOR_HIGH),
        ((None, None, 16), Stage.HIGH),
        ((None, "特別支援学校", None), None),
        ((None, None, None), None),
    ],
)
def test_stages(told: tuple[str | None, str | None, int | None], stage: Stage | None) -> None:
    assert stage_of(*told) is stage


def test_who_may_be_suspected_can_be_advised() -> None:
    assert {contact for one in ALL for step in one.steps for contact in step.advises} == set(Contact)
