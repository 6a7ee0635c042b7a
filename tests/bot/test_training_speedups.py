"""Training reads its data once and keeps no cache; what is learnt stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa
import rasa.engine.training.graph_trainer
from rasa.engine.training.hooks import TrainingHook
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import speedups, training_speedups

NLU = """version: "3.1"
nlu:
- intent: club
  examples: |
    - 部活がつらい
    - 先輩がこわい
- intent: family
  examples: |
    - 母とけんかした
"""
CONFIG = "recipe: default.v1\nlanguage: ja\nassistant_id: t\npipeline: []\npolicies: []\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(rasa.engine.training.graph_trainer, "TrainingHook", TrainingHook)
    monkeypatch.setattr(RasaFileImporter, "get_nlu_data", training_speedups._original_nlu_data)
    monkeypatch.setattr(training_speedups, "_read", {})
    monkeypatch.setattr(Message, "__hash__", Message.__hash__)
    (tmp_path / "nlu.yml").write_text(NLU, encoding="utf-8")
    (tmp_path / "config.yml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "domain.yml").write_text('version: "3.1"\nintents: [club, family]\n', encoding="utf-8")
    yield tmp_path


def _learnt(folder: Path, language: str = "en") -> list[tuple[str, str]]:
    importer = TrainingDataImporter.load_from_config(
        str(folder / "config.yml"), str(folder / "domain.yml"), [str(folder / "nlu.yml")]
    )
    examples = importer.get_nlu_data(language).intent_examples
    found = sorted((one.get("intent"), one.get("text")) for one in examples if one.get("text"))
    for one in examples:
        # Components write into what they get; the next reader must not see it.
        one.set("text", "changed")
    return found


def test_what_is_read_once_is_what_rasa_reads(folder: Path) -> None:
    stock = _learnt(folder)
    assert len(stock) == 3
    training_speedups.apply()
    reading = _learnt(folder)
    (folder / "nlu.yml").write_text(NLU.replace("部活がつらい", "部活をやめたい"), encoding="utf-8")
    assert reading == stock == _learnt(folder, "ja")


def test_no_fingerprint_is_made_of_what_components_give(folder: Path) -> None:
    training_speedups.apply()
    hook = rasa.engine.training.graph_trainer.TrainingHook(None, None, None)
    assert hook.on_before_node("n", None, {}, {"never": "looked at"}) == {}
    assert hook.on_after_node("n", None, {}, object(), {}) is None


def test_another_version_of_rasa_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(speedups.UnknownRasaVersion, match=r"3\.7\.0"):
        training_speedups.apply()


def test_doubles_go_and_what_differs_anywhere_stays(folder: Path) -> None:
    def message(role: str) -> Message:
        return Message({"text": "部活がつらい", "intent": "club", "metadata": {"intent": {"role": role}}})

    training_speedups.apply()
    assert len(TrainingData([message("friend"), message("self"), message("friend")]).training_examples) == 2
