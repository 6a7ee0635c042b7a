"""Reading `data/lexicon/*.yml`. Whatever is wrong is said with file, line and rule, and nothing is used by halves."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

import re2
import yaml

from kernel.risk.levels import CATEGORIES, LEVELS, SIGNS, SUSPECTS
from kernel.risk.lexicon import ON_TEXT, ON_WORDS, Lexicon, Modifier, Rule
from kernel.risk.matcher import compiled
from kernel.text import fold_kana

WORDS_FILE, MODIFIERS_FILE = "words.yml", "modifiers.yml"
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_UPPER = re.compile(r"(?<!\\)[A-Z]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_PLACES = ("before", "after", "within", "sentence", "message")
_RULE_KEYS = frozenset(
    [
        "id",
        "category",
        "level",
        "on",
        "pattern",
        "unless",
        "needs",
        "obeys",
        "also_obeys",
        "about",
        "signs",
        "suspects",
        "hits",
        "misses",
        "source",
    ]
)


class LexiconError(ValueError):
    """A lexicon file that can't be used: `file:line: rule: reason`."""


class _Loader(yaml.CSafeLoader):
    """The safe loader, in C for a start half as long, whose mappings know their line and refuse a key that stands twice."""

    def mapping(self, node: yaml.MappingNode) -> Dict[Any, Any]:
        found: Dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in found:
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", key_node.start_mark)
            found[key] = self.construct_object(value_node, deep=True)
        found["__line__"] = node.start_mark.line + 1
        return found


# YAML 1.1 reads the bare word `on` as true, which nobody means who writes a rule.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> Dict[Any, Any]:
    return loader.mapping(node)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def fold_pattern(pattern: str) -> str:
    """Fold a pattern's own letters as a text's are folded; its syntax (ASCII) stays."""
    return fold_kana(_NOT_ASCII.sub(_fold_letters, pattern))


@lru_cache(maxsize=1 << 14)
def _folded_letter(letter: str) -> str:
    folded = unicodedata.normalize("NFKC", letter).casefold()
    return "".join(re.escape(one) if one < "\x80" else one for one in folded)


def _fold_letters(match: re.Match[str]) -> str:
    return "".join(map(_folded_letter, match[0]))


class _File:
    """One file being read, so that every fault can be placed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def content(self) -> Dict[str, Any]:
        try:
            value = yaml.load(self.path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            raise LexiconError(f"{self.path.name}:{line}: {error.problem}") from None
        except (OSError, UnicodeError, yaml.YAMLError) as error:
            raise LexiconError(f"{self.path.name}: {type(error).__name__}") from None
        if not isinstance(value, dict):
            raise LexiconError(f"{self.path.name}:1: a mapping is expected")
        return value

    def fault(self, entry: Mapping[str, Any], reason: str) -> LexiconError:
        return LexiconError(f"{self.path.name}:{entry.get('__line__', 1)}: {entry.get('id', '?')}: {reason}")

    def texts(self, entry: Mapping[str, Any], key: str) -> Tuple[str, ...]:
        value = entry.get(key)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
            raise self.fault(entry, f"{key} must be a text or a list of texts")
        return tuple(values)

    def chosen(self, entry: Mapping[str, Any], key: str, allowed: Sequence[str], default: Optional[str]) -> str:
        value = entry.get(key, default)
        if value not in allowed:
            raise self.fault(entry, f"{key} must be one of {', '.join(allowed)}")
        return str(value)

    def several(self, entry: Mapping[str, Any], key: str, allowed: Sequence[str]) -> FrozenSet[str]:
        values = self.texts(entry, key)
        for value in values:
            if value not in allowed:
                raise self.fault(entry, f"{key}: {value} is none of {', '.join(allowed)}")
        return frozenset(values)

    def pattern(self, entry: Mapping[str, Any], key: str, words: Mapping[str, str]) -> Optional[str]:
        pieces = self.texts(entry, key)
        joined = "|".join(self._piece(entry, key, piece, words) for piece in pieces)
        if not joined or key in ("before", "after"):
            return joined or None
        # ^ and $ are a line's: what stands alone in a message stays found when another message follows.
        return "(?m)" + joined

    def _piece(self, entry: Mapping[str, Any], key: str, piece: str, words: Mapping[str, str]) -> str:
        if _UPPER.search(piece):
            raise self.fault(entry, f"{key}: write Latin letters small, as the text is read")

        def named(match: re.Match[str]) -> str:
            if match[1] not in words:
                raise self.fault(entry, f"{key}: no words are called {match[1]}")
            return words[match[1]]

        folded = fold_pattern(_NAME.sub(named, piece))
        try:
            found = compiled(folded)
        except re2.error as error:
            raise self.fault(entry, f"{key}: {error}") from None
        if found.search("") is not None:
            raise self.fault(entry, f"{key}: matches the empty text")
        return folded


def read_lexicon(folder: Path) -> Lexicon:
    """Read every file of a folder: `words.yml`, `modifiers.yml`, and one file of rules a category.

    Raises: LexiconError: with file, line and rule.
    """
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise LexiconError(f"{folder}: no lexicon there")
    digest = hashlib.sha256(b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in paths))
    words = _read_words(_File(folder / WORDS_FILE))
    modifiers = _read_modifiers(_File(folder / MODIFIERS_FILE), words)
    rules: List[Rule] = []
    seen: Dict[str, str] = {}
    for path in paths:
        if path.name in (WORDS_FILE, MODIFIERS_FILE):
            continue
        file = _File(path)
        for entry, rule in _read_rules(file, words, modifiers):
            if rule.id in seen:
                raise file.fault(entry, f"the id stands in {seen[rule.id]} already")
            seen[rule.id] = path.name
            rules.append(rule)
    return Lexicon(tuple(rules), modifiers, digest.hexdigest()[:8])


def _read_words(file: _File) -> Dict[str, str]:
    """Named lists of words: `{family}` in a pattern stands for any one of them."""
    found: Dict[str, str] = {}
    content = file.content()
    for name, value in content.items():
        if name == "__line__":
            continue
        entry = {"__line__": content["__line__"], "id": name, "words": value}
        pieces = [file._piece(entry, "words", piece, found) for piece in file.texts(entry, "words")]
        found[name] = "(?:" + "|".join(pieces) + ")"
    return found


def _read_modifiers(file: _File, words: Mapping[str, str]) -> Dict[str, Modifier]:
    found: Dict[str, Modifier] = {}
    for entry in _entries(file, file.content(), "modifiers"):
        name = entry.get("id")
        if not isinstance(name, str) or name in found:
            raise file.fault(entry, "id is missing or stands twice")
        unknown = set(entry) - {"id", "cap", "other", "but", "why", "__line__", *_PLACES}
        if unknown:
            raise file.fault(entry, f"unknown: {', '.join(sorted(unknown))}")
        patterns = {place: file.pattern(entry, place, words) for place in (*_PLACES, "but")}
        if not any(patterns[place] for place in _PLACES):
            raise file.fault(entry, f"needs one of {', '.join(_PLACES)}")
        cap = entry.get("cap")
        if cap is not None and cap not in LEVELS:
            raise file.fault(entry, f"cap must be one of {', '.join(LEVELS)}")
        found[name] = Modifier(name, cap, bool(entry.get("other", False)), **patterns)
    return found


def _read_rules(
    file: _File, words: Mapping[str, str], modifiers: Mapping[str, Modifier]
) -> List[Tuple[Mapping[str, Any], Rule]]:
    content = file.content()
    default_obeys = file.texts(content, "obeys")
    default_category = content.get("category")
    found: List[Tuple[Mapping[str, Any], Rule]] = []
    for entry in _entries(file, content, "rules"):
        unknown = set(entry) - _RULE_KEYS - {"__line__"}
        if unknown:
            raise file.fault(entry, f"unknown: {', '.join(sorted(unknown))}")
        if not isinstance(entry.get("id"), str) or not _ID.fullmatch(entry["id"]):
            raise file.fault(entry, "id must look like suicide.wish.die")
        obeys = (file.texts(entry, "obeys") if "obeys" in entry else default_obeys) + file.texts(entry, "also_obeys")
        for name in obeys:
            if name not in modifiers:
                raise file.fault(entry, f"obeys: no modifier is called {name}")
        pattern = file.pattern(entry, "pattern", words)
        if pattern is None:
            raise file.fault(entry, "pattern is missing")
        rule = Rule(
            id=entry["id"],
            category=file.chosen(entry, "category", CATEGORIES, default_category),
            level=file.chosen(entry, "level", LEVELS[1:], None),
            on=file.chosen(entry, "on", (ON_TEXT, ON_WORDS), ON_TEXT),
            pattern=pattern,
            unless=file.pattern(entry, "unless", words),
            needs=tuple(file._piece(entry, "needs", one, words) for one in file.texts(entry, "needs")),
            obeys=tuple(dict.fromkeys(obeys)),
            about=file.chosen(entry, "about", ("self", "other"), "self"),
            signs=file.several(entry, "signs", SIGNS),
            suspects=file.several(entry, "suspects", SUSPECTS),
            hits=file.texts(entry, "hits"),
            misses=file.texts(entry, "misses"),
            source=str(entry.get("source") or ""),
        )
        if not rule.hits or not rule.misses:
            raise file.fault(entry, "needs hits and misses: examples that must and that must not be found")
        if not rule.source:
            raise file.fault(entry, "source is missing: where the rule comes from, or why it is there")
        found.append((entry, rule))
    return found


def _entries(file: _File, content: Mapping[str, Any], key: str) -> List[Mapping[str, Any]]:
    entries = content.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise LexiconError(f"{file.path.name}:1: {key} must be a list of mappings")
    return entries
