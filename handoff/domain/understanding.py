"""What a message says, put together from Rasa's intents and the intake parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from kernel.intake import Intake

#: The topics by their intents' names.
TOPICS = (
    "bullying",
    "truancy",
    "friends",
    "study",
    "family",
    "abuse",
    "body",
    "romance",
    "net_trouble",
    "club",
    "teacher",
    "health",
    "chitchat",
    "service",
)
#: How many topics are shown.
TOP = 3


@dataclass(frozen=True, slots=True)
class Understanding:
    """Attributes: intent: what the bot goes by, ``nlu_fallback`` where it is too unsure; best: the best of all intents;
    confidence: of ``intent`` (0 to 1); topics: the best topics with their share of
    what all topics got together; intake: the facts told in passing.
    """

    intent: str
    best: str
    confidence: float
    topics: tuple[tuple[str, float], ...]
    intake: Intake

    def as_json(self) -> dict[str, Any]:
        """The fields of ``tsunagi parse``."""
        return {
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "topic": self.topics[0][0] if self.topics else None,
            "topics": [{"name": name, "confidence": round(share, 4)} for name, share in self.topics],
            **asdict(self.intake),
        }


def understand(parsed: Mapping[str, Any]) -> Understanding:
    """Put together Rasa's parse: ``intent``, ``confidence``, ``ranking``, and ``told``, the facts by name."""
    ranked = [(str(one["name"]), float(one["confidence"])) for one in parsed["ranking"] if one["name"] in TOPICS]
    whole = sum(confidence for _name, confidence in ranked) or 1.0
    topics = sorted(((name, confidence / whole) for name, confidence in ranked), key=lambda topic: -topic[1])
    best = str(parsed["ranking"][0]["name"]) if parsed["ranking"] else str(parsed["intent"])
    return Understanding(
        str(parsed["intent"]), best, float(parsed["confidence"]), tuple(topics[:TOP]), _intake(parsed["told"])
    )


def _intake(told: Mapping[str, Any]) -> Intake:
    """The facts among what was told; the model tells of other things, too."""
    return Intake(**{field.name: told[field.name] for field in fields(Intake) if field.name in told})
