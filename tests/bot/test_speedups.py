"""The speedups do exactly what Rasa's own code does, only faster."""

from __future__ import annotations

import importlib
from typing import Any

import jsonschema
import pytest
import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.utils.common import all_subclasses

from bot import speedups

GOOD = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": None}], "responses": [{"text": "x"}]},
    {},
]
BAD: Any = [
    {"events": "none"},
    {"events": [{"event": "slot"}], "responses": []},
    {"events": [{"event": "no such event"}]},
    {"responses": [1]},
    {"responses": {}},
    [],
]


@pytest.fixture
def action() -> RemoteAction:
    speedups.apply()
    return RemoteAction("any", None)


def _stock(action: RemoteAction, result: Any) -> Any:
    return jsonschema.validate(result, action.action_response_format_spec())


@pytest.mark.parametrize("result", GOOD)
def test_valid_answers_pass(action: RemoteAction, result: Any) -> None:
    assert _stock(action, result) is None
    assert action._validate_action_result(result) is True


@pytest.mark.parametrize("result", BAD)
def test_invalid_answers_are_refused_with_the_same_error(action: RemoteAction, result: Any) -> None:
    with pytest.raises(jsonschema.ValidationError) as expected:
        _stock(action, result)
    with pytest.raises(jsonschema.ValidationError) as caught:
        action._validate_action_result(result)
    assert caught.value.message.startswith(expected.value.message)
    assert list(caught.value.path) == list(expected.value.path)


def test_every_event_name_gives_the_same_class() -> None:
    speedups.apply()
    names = {event.type_name for event in all_subclasses(Event)} | {"topic"}
    assert len(names) > 15
    for name in names:
        assert Event.resolve_by_type(name) is speedups._original_resolve(name)
    assert Event.resolve_by_type("no such event", UserUttered) is UserUttered
    assert Event.resolve_by_type("no such event", UserUttered) is UserUttered
    with pytest.raises(ValueError, match="no such event"):
        Event.resolve_by_type("no such event")


def test_another_version_of_rasa_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(speedups.UnknownRasaVersion, match="3.7.0"):
        speedups.apply()


def test_the_channel_applies_them() -> None:
    importlib.import_module("bot.channel")
    assert RemoteAction._validate_action_result is speedups._validate_action_result
    assert Event.resolve_by_type is speedups._resolve_by_type
