"""Operators find every field and every choice of the schema in docs/profiles.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from handoff.domain.closures import HolidayRule
from handoff.domain.hours import HoursVersion, OpeningHours, Weekday
from handoff.domain.profile import Profile, vocabulary
from handoff.domain.profile.access import Channel, Channels
from handoff.domain.profile.vocabulary import Flow
from handoff.domain.texts import TextKey

PAGE = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", PAGE))
#: Parts whose fields are told once for all places where they occur.
TOLD_ELSEWHERE = {"media.report", "media.net_trouble", "lines_by_text", "emergency.patrol_life_post"}
SHARED = set(Channel.model_fields)


def paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        part = next(_models(field.annotation), None)
        many = "tuple" in str(field.annotation)
        if issubclass(model, Channel) and name in SHARED:
            yield name
        elif part is OpeningHours:
            yield path
            if path == "hours":
                yield from paths(HoursVersion, "hours[].")
        elif part is None:
            yield path
        else:
            if many:
                yield path
            told_with_monday = path.startswith("hours[].") and name in Weekday and name != Weekday.MON
            if path not in TOLD_ELSEWHERE and not told_with_monday:
                yield from paths(part, f"{path}[]." if many else f"{path}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


CHOICES: list[type[StrEnum]] = [
    HolidayRule,
    *(
        kind
        for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
        if issubclass(kind, StrEnum) and kind not in (StrEnum, Flow)
    ),
]


def test_the_walk_sees_the_schema() -> None:
    found = set(paths(Profile))
    assert {"on_call.acknowledge_minutes.high", "hours[].mon[].last_reception", "lines[].verified"} <= found
    assert len(found) > 120


@pytest.mark.parametrize("path", sorted(set(paths(Profile))))
def test_every_field_is_told(path: str) -> None:
    assert path in NAMED


@pytest.mark.parametrize("choice", sorted({str(value) for kind in CHOICES for value in kind}))
def test_every_choice_is_told(choice: str) -> None:
    assert choice in NAMED


def test_the_page_tells_of_no_field_that_is_gone() -> None:
    dotted = {name for name in NAMED if re.fullmatch(r"[a-z_]+(\[\])?(\.[a-z_]+(\[\])?)+", name)}
    fields = set(paths(Profile)) | TOLD_ELSEWHERE | {f"channels.{name}.use" for name in Channels.model_fields}
    fields |= {f"texts.{key}" for key in TextKey}
    parts = {path.rsplit(".", 1)[0] for path in fields}
    assert dotted <= fields | parts
