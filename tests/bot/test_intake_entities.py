"""Facts and roles as Rasa's entities: by the parsers first, by the model where it is sure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.ginza import GinzaFeaturizer, GinzaTokenizer
from bot.components.intake import IntakeEntities
from bot.components.label import LabelClassifier, RoleClassifier
from bot.components.ngrams import MessageNgrams

TEXTS: Dict[Optional[str], List[str]] = {
    None: ["学校がつらい", "部活をやめたい", "勉強がわからない", "先生がこわい", "ねむれない", "テストがいやだ"],
    "friend": ["あの子が泣いてた", "後輩が休んでる", "となりの席の子が心配", "妹が部屋から出ない", "あの子を助けたい"],
    "guardian": [
        "親として心配です",
        "うちの子が学校を休みます",
        "子育てに悩んでいます",
        "家では明るい子です",
        "育て方でしょうか",
    ],
}


def _context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}))


def _read(text: str, asked: Optional[str] = None) -> Dict[str, Any]:
    component = IntakeEntities.create({}, None, None, _context())  # type: ignore[arg-type]
    (message,) = component.process([Message({"text": text, "metadata": {"asked": asked}})])
    return {one["entity"]: one["value"] for one in message.get("entities")}


def test_facts_become_entities_and_nothing_told_is_none() -> None:
    assert _read("中2の女子です、部活のことで") == {
        "grade": "中2",
        "school_type": "中学校",
        "gender": "女",
        "role": "self",
    }
    assert _read("今日は雨です") == {}
    assert _read("答えたくない")["declined"] is True


@pytest.mark.parametrize(
    ("asked", "found"), [("grade", {"age": 14}), ("school_name", {"age": 14}), (None, {}), ("topic", {})]
)
def test_a_bare_answer_is_read_in_the_light_of_the_question(asked: Optional[str], found: Dict[str, Any]) -> None:
    assert {name: value for name, value in _read("14", asked).items() if name == "age"} == found


def _pipeline(folder: Path, texts: Dict[Optional[str], List[str]]) -> Any:
    storage = LocalModelStorage(folder)
    data = TrainingData(
        [
            Message({"text": text, "intent": "talk", "metadata": {"intent": {"role": role}} if role else None})
            for role, lines in texts.items()
            for text in lines
        ]
    )
    tokenizer = GinzaTokenizer(GinzaTokenizer.get_default_config())
    dense = GinzaFeaturizer(GinzaFeaturizer.get_default_config(), "dense")
    ngrams = MessageNgrams.create({"min_messages": 1}, storage, Resource("ngrams"), _context())
    roles = RoleClassifier.create({"default": "self"}, storage, Resource("roles"), _context())
    tokenizer.process_training_data(data)
    dense.process_training_data(data)
    ngrams.train(data)
    ngrams.process_training_data(data)
    roles.train(data)
    loaded = LabelClassifier.load(
        {"default": "self", "sure": 0.4, "sure_against_default": 1.1}, storage, Resource("roles"), _context()
    )
    return [tokenizer, dense, ngrams], loaded


def _role(parts: Any, roles: LabelClassifier, text: str, known: Optional[str] = None) -> Optional[str]:
    messages = [Message({"text": text, "entities": [{"entity": "role", "value": known}] if known else []})]
    for part in parts:
        messages = part.process(messages)
    found = [one["value"] for one in roles.process(messages)[0].get("entities", []) if one["entity"] == "role"]
    return found[0] if found else None


def test_a_role_that_no_word_says_is_found_by_the_model(tmp_path: Path) -> None:
    parts, roles = _pipeline(tmp_path, TEXTS)
    assert _role(parts, roles, "うちの子が心配です") == "guardian"
    assert _role(parts, roles, "勉強がいやだ") is None, "the writer's own needs no entity"


def test_what_the_words_say_outranks_the_model(tmp_path: Path) -> None:
    parts, roles = _pipeline(tmp_path, TEXTS)
    assert _role(parts, roles, "うちの子が心配です", known="teacher") == "teacher"
    assert _role(parts, roles, "うちの子が心配です", known="self") == "self", "and itself only where it is very sure"


def test_data_without_roles_leave_a_component_that_says_nothing(tmp_path: Path) -> None:
    parts, roles = _pipeline(tmp_path, {None: TEXTS[None]})
    assert _role(parts, roles, "うちの子が心配です") is None
    with pytest.raises(RasaException):
        LabelClassifier.load({}, LocalModelStorage(tmp_path / "none"), Resource("nowhere"), _context())


def test_the_model_is_silent_in_messages_of_intents_that_it_has_not_learnt_from(tmp_path: Path) -> None:
    parts, roles = _pipeline(tmp_path, TEXTS)
    for intent, found in (("talk", "guardian"), ("inform", None)):
        message = Message({"text": "うちの子が心配です", "intent": {"name": intent, "confidence": 0.9}})
        for part in parts:
            (message,) = part.process([message])
        entities = roles.process([message])[0].get("entities", [])
        assert next((one["value"] for one in entities), None) == found
