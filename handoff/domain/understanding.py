"""What a message says, put together from Rasa's intents and the intake parsers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kernel.intake import Intake, parse

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
    """Attributes: intent: of all intents, with its confidence (0 to 1); topics: the best topics with their share of
    what all topics got together; intake: the facts told in passing.
    """

    intent: str
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


def understand(text: str, parsed: Mapping[str, Any]) -> Understanding:
    """Put together Rasa's parse (``intent``, ``confidence``, ``ranking``) and the parsers of ``kernel.intake``."""
    ranked = [(str(one["name"]), float(one["confidence"])) for one in parsed["ranking"] if one["name"] in TOPICS]
    whole = sum(confidence for _name, confidence in ranked) or 1.0
    topics = sorted(((name, confidence / whole) for name, confidence in ranked), key=lambda topic: -topic[1])
    return Understanding(str(parsed["intent"]), float(parsed["confidence"]), tuple(topics[:TOP]), parse(text))
