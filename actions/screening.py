"""What the risk screen said of a message, as the worker tells it in the turn's metadata.

The screen reads every message before Rasa hears of it, and the worker alone answers what is high or critical. What is
left for the conversation is to keep the form quiet where a question about school would hurt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Levels after which a form question may follow; any other, unknown ones and an unscreened message included, is heavy.
_LIGHT: Final = frozenset({"none", "concern"})


@dataclass(frozen=True, slots=True)
class Screened:
    """Attributes: heavy: no form question may answer this message; interrupted: the screen ended the session's form;
    raised: the words are at concern or above; suspects: who did it, as far as the words say (guardian, teacher);
    returning: the person was here before; uneasy: only the screen's model hears distress in the words; web: they read
    it in the web chat."""

    heavy: bool = False
    interrupted: bool = False
    raised: bool = False
    suspects: frozenset[str] = frozenset()
    returning: bool = False
    uneasy: bool = False
    web: bool = False


def screened(metadata: Mapping[str, Any]) -> Screened:
    """Read a turn's metadata: ``level`` (null: unscreened), ``care`` (distress without a name), ``interrupted``,
    ``suspects``, ``returning``, ``web``.

    Without any of them, as in Rasa's own tools, nothing is known and nothing is heavy.
    """
    heavy = bool(metadata.get("care")) or ("level" in metadata and metadata["level"] not in _LIGHT)
    return Screened(
        heavy,
        bool(metadata.get("interrupted")),
        raised="level" in metadata and metadata["level"] != "none",
        suspects=frozenset(metadata.get("suspects") or ()),
        returning=bool(metadata.get("returning")),
        uneasy=bool(metadata.get("uneasy")),
        web=bool(metadata.get("web")),
    )
