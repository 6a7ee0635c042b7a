"""Pydantic's errors as Japanese lines that say what is wrong and how to mend it."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from handoff.adapters.yaml_source import Source, YamlPath
from handoff.domain.profile import Profile


@cache
def schema_names() -> frozenset[str]:
    """Every field name of the profile's schema."""
    return frozenset(name for model in _models(Profile) for name in model.model_fields if name != "root")


def _models(top: type[BaseModel]) -> Iterator[type[BaseModel]]:
    todo, seen = [top], set()
    while todo:
        model = todo.pop()
        if model in seen:
            continue
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            todo += _models_in(field.annotation)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, BaseModel | RootModel) else []
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _shown(error: ErrorDetails) -> str:
    value = error["input"]
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return "null" if value is None else text if len(text) <= 40 else f"{text[:40]}…"


def _unknown(error: ErrorDetails) -> str:
    name = str(error["loc"][-1])
    near = get_close_matches(name, schema_names(), 1)
    hint = f"「{near[0]}」ではありませんか。" if near else "名前を確かめるか、この行を消してください。"
    return f"「{name}」という項目はありません。{hint}"


def _choice(error: ErrorDetails) -> str:
    allowed = str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").replace(", ", "、")
    if error["loc"][-1] == "[key]":
        near = get_close_matches(_shown(error), allowed.split("、"), 1)
        hint = (
            f"「{near[0]}」ではありませんか。" if near else "data/responses/standard.yml にある名前から選んでください。"
        )
        return f"「{_shown(error)}」という文はありません。{hint}"
    return f"「{_shown(error)}」は選べません。次から選んでください: {allowed}。"


def _at_least(error: ErrorDetails) -> str:
    return f"「{_shown(error)}」は小さすぎます。{error['ctx']['ge']} 以上の整数にしてください。"


def _at_most(error: ErrorDetails) -> str:
    return f"「{_shown(error)}」は大きすぎます。{error['ctx']['le']} 以下の整数にしてください。"


def _whole(error: ErrorDetails) -> str:
    return f"「{_shown(error)}」は整数ではありません。引用符のない整数で書いてください。"


def _words(error: ErrorDetails) -> str:
    return f'「{_shown(error)}」は文字ではありません。引用符で囲んでください（例 "110"）。'


def _too_short(error: ErrorDetails) -> str:
    return "空の並びは書けません。中身を書くか、未定なら null にしてください。"


_SAYINGS: Final[Mapping[str, Callable[[ErrorDetails], str]]] = {
    "missing": lambda error: "必要な項目がありません。書き足してください。",
    "extra_forbidden": _unknown,
    "enum": _choice,
    "int_type": _whole,
    "bool_type": lambda error: f"「{_shown(error)}」は選べません。true か false を書いてください。",
    "string_type": _words,
    "string_too_short": lambda error: "空の文字は書けません。中身を書くか、未定なら null にしてください。",
    "string_too_long": lambda error: f"長すぎます。{error['ctx']['max_length']}文字までにしてください。",
    "string_pattern_mismatch": lambda error: (
        f"「{_shown(error)}」は使えません。空白だけにせず、識別名は英小文字・数字・_ で書いてください。"
    ),
    "greater_than_equal": _at_least,
    "less_than_equal": _at_most,
    "tuple_type": lambda error: "並び（- で始まる行、または [ ]）で書いてください。",
    "too_short": _too_short,
    "dict_type": lambda error: "「項目名: 値」の組で書いてください。",
    "model_type": lambda error: "「項目名: 値」の組で書いてください。",
    "invalid_key": lambda error: (
        f"「{_shown(error)}」という項目はありません。名前を確かめるか、この行を消してください。"
    ),
    "recursion_loop": lambda error: "自分自身を指す別名（*）は使えません。中身を書いてください。",
}


def faults_of(error: ValidationError, source: Source, prefix: YamlPath = ()) -> list[str]:
    """One line per fault, in the order of the file."""
    found: list[tuple[YamlPath, str]] = []
    for detail in error.errors(include_url=False):
        path: YamlPath = (*prefix, *(part for part in detail["loc"] if part != "[key]"))
        if detail["type"] == "value_error":
            found += _own(path, str(detail["ctx"]["error"]))
        else:
            saying = _SAYINGS.get(detail["type"])
            found.append(
                (path, saying(detail) if saying else f"「{_shown(detail)}」は使えません。値を直してください。")
            )
    return [source.fault(path, problem) for path, problem in found]


def _own(path: YamlPath, message: str) -> Iterator[tuple[YamlPath, str]]:
    if path != ("texts",):
        yield path, f"{message}。"
        return
    for line in message.split("\n"):  # the texts are checked together and name their key themselves
        key, _, rest = line.partition(": ")
        yield (*path, key), f"{rest}。"
