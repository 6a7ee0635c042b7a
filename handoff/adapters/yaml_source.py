"""Reading YAML that people write: no surprises of YAML 1.1, no duplicate keys, and the line of every value.

Only null, true, false and whole numbers are more than text here: ``17:00``, ``0120``, ``no`` and ``2026-04-01`` stay
what they look like, and the schema decides what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from handoff.domain.errors import ProfileError

type YamlPath = tuple[str | int, ...]
MAX_BYTES: Final = 1 << 20
#: Mappings and lists within each other. The parser in C goes down without looking how far; Python's own stops later.
DEEPEST: Final = 200


class _Loader(yaml.CSafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


@dataclass(frozen=True, slots=True)
class Source:
    """A read file: its data, and the line (from 1) on which each path stands."""

    file: Path
    data: Mapping[str, Any]
    lines: Mapping[YamlPath, int]

    def fault(self, path: YamlPath, problem: str) -> str:
        """One line for people: file, line, path within the YAML, what is wrong and how to mend it."""
        near = path
        while near and near not in self.lines:
            near = near[:-1]
        line = f"{self.file} {self.lines.get(near, 1)}行目 {path_text(path) or '全体'}: {problem}"
        # A quoted value may hold line ends or terminal codes: a fault stays one line of print.
        return "".join(letter if letter.isprintable() else "?" for letter in line)


def path_text(path: YamlPath) -> str:
    """``("hours", 0, "mon")`` as ``hours[0].mon``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_yaml(file: Path) -> Source:
    """Read one mapping; ProfileError, in Japanese, when the file can't be read or isn't clean YAML."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ProfileError(
            f"{file}: ファイルを読めません（{error.strerror}）。場所と権限を確かめてください。"
        ) from error
    if len(raw) > MAX_BYTES:
        raise ProfileError(f"{file}: ファイルが大きすぎます。1 MiB までにしてください。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProfileError(f"{file}: 文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。") from error
    try:
        return _parse(file, text)
    except RecursionError as error:
        raise ProfileError(f"{file}: 入れ子が深すぎます。見本に合わせて書き直してください。") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" {mark.line + 1}行目 {mark.column + 1}文字目" if mark else ""
        raise ProfileError(
            f"{file}{where}: YAML として読めません。字下げ、コロンの後の空白、引用符を確かめてください。"
        ) from error


def _check_depth(text: str) -> None:
    """Raises: RecursionError: it is nested deeper than any file of ours. yaml.YAMLError."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _parse(file: Path, text: str) -> Source:
    _check_depth(text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[YamlPath, int] = {}
        doubles: list[YamlPath] = []
        if node is not None:
            _walk(node, (), lines, doubles, set())
        data = None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()
    source = Source(file, data if isinstance(data, dict) else {}, lines)
    if not isinstance(data, dict):
        raise ProfileError(source.fault((), "項目がありません。「項目名: 値」の形で書いてください。"))
    if doubles:
        raise ProfileError(
            "\n".join(source.fault(path, "同じ項目が二度書かれています。一つにしてください。") for path in doubles)
        )
    return source


def _walk(
    node: yaml.Node, path: YamlPath, lines: dict[YamlPath, int], doubles: list[YamlPath], above: set[int]
) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in above:  # an alias to a part that it lies in; the schema refuses it
        return
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            here = (*path, name)
            if name in seen:
                doubles.append(here)
                lines[here] = key.start_mark.line + 1
            seen.add(name)
            lines.setdefault(here, key.start_mark.line + 1)
            _walk(value, here, lines, doubles, above)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _walk(value, (*path, number), lines, doubles, above)
