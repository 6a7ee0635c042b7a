"""What the pipeline's intake component gives for a text, without Rasa."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from actions.reading import Told, told_in
from kernel.intake import Asked, parse

ASKED: Final[dict[str, Asked]] = {"grade": "age_grade", "school_name": "school"}


def entities(text: str, asked: str | None = None) -> list[dict[str, Any]]:
    """The entities of a message, read in the light of the question that was asked."""
    told = asdict(parse(text, asked=ASKED.get(asked or "")))
    return [{"entity": name, "value": value} for name, value in told.items() if value not in (None, False, "unknown")]


def told(text: str, asked: str | None = None) -> Told:
    """The facts as the actions take them from the entities."""
    return told_in(entities(text, asked))
