"""Two costs of Rasa 3.6.21 that every message pays, taken out without changing what Rasa does.

- The answer of the action server is checked against a JSON schema that `jsonschema.validate` itself checks and compiles
  again at every call (14 ms). Here it is compiled once.
- Each event read from the tracker store looks for its class among all classes that inherit from Event, by walking that
  tree anew (a fifth of a message's time). Here the tree is walked once; an unknown name still takes Rasa's own way.

Both replace a method of an exact version; another version of Rasa is refused, so that nobody runs on a patch that no
longer fits.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Type

import jsonschema
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.constants import DOCS_BASE_URL
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

RASA_VERSION = "3.6.21"

_original_resolve = Event.resolve_by_type
_schema = RemoteAction.action_response_format_spec()
_validator_class = jsonschema.validators.validator_for(_schema)
_validator_class.check_schema(_schema)
_validator = _validator_class(_schema)
_event_classes: Dict[str, Type[Event]] = {}


class UnknownRasaVersion(RuntimeError):
    """Rasa is another version than the one these replacements were written for."""


def _validate_action_result(self: RemoteAction, result: Dict[str, Any]) -> bool:
    """Give True, or raise jsonschema.ValidationError as Rasa's own method does."""
    error = jsonschema.exceptions.best_match(_validator.iter_errors(result))
    if error is None:
        return True
    error.message += (
        f". Failed to validate Action server response from API, make sure your response from the Action endpoint is "
        f"valid. For more information about the format visit {DOCS_BASE_URL}/custom-actions"
    )
    raise error


def _resolve_by_type(type_name: str, default: Optional[Type[Event]] = None) -> Optional[Type[Event]]:
    """Give the class of events with this name as Rasa's own method does."""
    known = _event_classes.get(type_name)
    if known is not None:
        return known
    found: Optional[Type[Event]] = _original_resolve(type_name, default)
    if found is not None and found.type_name == type_name:
        _event_classes[type_name] = found
    return found


def check_version() -> None:
    """Refuse another version of Rasa than the replaced methods are of. Raises: UnknownRasaVersion."""
    if rasa.__version__ != RASA_VERSION:
        raise UnknownRasaVersion(
            f"bot/speedups.py was written for Rasa {RASA_VERSION}, but {rasa.__version__} is installed: "
            "compare what it and bot/training_speedups.py replace, or remove the speedups"
        )


def apply() -> None:
    """Put the replacements in place; more than once does no harm.

    Raises: UnknownRasaVersion.
    """
    check_version()
    for event_class in all_subclasses(Event):
        _event_classes.setdefault(event_class.type_name, event_class)
    RemoteAction._validate_action_result = _validate_action_result
    Event.resolve_by_type = staticmethod(_resolve_by_type)
