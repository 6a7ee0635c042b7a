"""Age, grade, school, gender, role and refusal as Rasa's entities, read by the parsers of `kernel.intake`.

No model finds them: a grade that is wrong once is a child at the wrong school. What was asked just before helps to read
bare answers (「14」, 「北中」); the channel tells it in the message's metadata as `asked`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from kernel.intake import Asked, Intake, parse

#: The conversation's question (slot `asked`) in the parser's words.
ASKED: Dict[str, Asked] = {"grade": "age_grade", "school_name": "school"}
ENTITY_NAMES = tuple(field.name for field in fields(Intake))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class IntakeEntities(EntityExtractorMixin, GraphComponent):
    """Adds an entity for each fact that a message tells; a fact that isn't told has none."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntakeEntities:
        """Make the component; there is nothing to set."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entities. They span the whole message: a fact is put together from several of its words."""
        for message in messages:
            text = message.get(TEXT) or ""
            asked = _asked(message.get("metadata"))
            told = parse(text, asked=asked)
            if told.empty and asked is not None:
                # The age that comes a question late: 「17」 after the school was asked for.
                told = parse(text, asked="age_grade")
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(entities(told, text)), True)
        return messages


def entities(told: Intake, text: str) -> List[Dict[Text, Any]]:
    """Give the entities of what was told; an unknown role and a refusal that wasn't are none."""
    values = ((name, getattr(told, name)) for name in ENTITY_NAMES)
    return [
        {
            ENTITY_ATTRIBUTE_TYPE: name,
            ENTITY_ATTRIBUTE_VALUE: value,
            ENTITY_ATTRIBUTE_START: 0,
            ENTITY_ATTRIBUTE_END: len(text),
        }
        for name, value in values
        if value not in (None, False, "unknown")
    ]


def _asked(metadata: Any) -> Optional[Asked]:
    return ASKED.get(metadata.get("asked") or "") if isinstance(metadata, dict) else None
