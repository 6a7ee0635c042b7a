"""The forms of a page as a browser sees them, and filled in as somebody could who writes what they like."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: What a field of this kind takes, where words wouldn't get past it.
_VALUES = {"date": "2026-11-20", "time": "18:30", "datetime-local": "2026-11-20T18:30", "month": "2026-11"}


@dataclass
class Field:
    """One field. options: what can be chosen; told: what stands there."""

    name: str
    kind: str
    told: str = ""
    options: list[str] = field(default_factory=list)
    longest: int = 200
    required: bool = False


@dataclass
class Form:
    """One form of a page."""

    action: str
    method: str
    files: bool
    fields: list[Field] = field(default_factory=list)

    def filled(self, dice: random.Random, words: Callable[[int], str]) -> list[tuple[str, str]]:
        """What is sent. Args: words: for a field that takes so many letters."""
        pairs, radios = [], dict[str, list[str]]()
        for one in self.fields:
            if one.kind == "radio":
                radios.setdefault(one.name, []).append(one.told)
            elif one.kind == "checkbox":
                pairs += [(one.name, one.told)] if dice.random() < 0.6 else []
            elif one.options:
                pairs.append((one.name, dice.choice(one.options)))
            elif one.name == "shortcut":
                pairs.append((one.name, "".join(dice.choices("abcdefgh", k=6))))
            elif one.kind in ("text", "textarea", "search"):
                left = not one.required and dice.random() < 0.3  # what has a form of its own is mostly not asked for
                pairs.append((one.name, one.told if left else words(one.longest)))
            elif one.kind == "number":
                pairs.append((one.name, one.told or "1"))
            elif one.kind in ("hidden", "submit"):
                pairs.append((one.name, one.told))
            elif one.kind != "file":
                pairs.append((one.name, one.told or _VALUES.get(one.kind, "090-0000-0000")))
        return [*pairs, *((name, dice.choice(told)) for name, told in radios.items())]


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.forms, self.links = path, list[Form](), list[str]()
        self._form: Form | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href", "").startswith("/"):
            self.links.append(told["href"].partition("#")[0])
        elif tag == "form":
            files = "multipart" in told.get("enctype", "")
            self._form = Form(told.get("action") or self.path, told.get("method", "get").lower(), files)
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._form.fields and self._form.fields[-1].kind == "select":
            self._form.fields[-1].options += [told["value"]] if told.get("value") else []
        elif tag in ("input", "textarea", "select", "button") and told.get("name"):
            kind = {"textarea": "textarea", "select": "select", "button": "submit"}.get(tag, told.get("type", "text"))
            longest = int(told.get("maxlength", 200))
            self._form.fields.append(
                Field(told["name"], kind, told.get("value", ""), [], min(longest, 400), "required" in told)
            )

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def read_page(path: str, page: str) -> tuple[list[Form], list[str]]:
    """The forms and the links of a page at this path."""
    reader = _Reader(path)
    reader.feed(page)
    return reader.forms, reader.links


class _Untouched(HTMLParser):
    """What a browser would send of the form for one address, as the page came."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.fields = action, False, list[tuple[str, str]]()
        self.select: list[tuple[str, bool]] | None = None
        self.name = ""
        self.words: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = told.get("action") == self.action
        if not self.inside:
            return
        if tag == "input" and (told.get("type") not in ("radio", "checkbox") or "checked" in told):
            self.fields.append((told["name"], told.get("value", "on")))
        elif tag == "select":
            self.name, self.select = told["name"], []
        elif tag == "option" and self.select is not None:
            self.select.append((told["value"], "selected" in told))
        elif tag == "textarea":
            self.name, self.words = told["name"], ""

    def handle_data(self, data: str) -> None:
        if self.words is not None:
            self.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select is not None:
            value = next((value for value, chosen in self.select if chosen), self.select[0][0])
            self.fields.append((self.name, value))
            self.select = None
        elif tag == "textarea" and self.words is not None:
            # A textarea's first line end isn't part of it.
            self.fields.append((self.name, self.words.removeprefix("\n")))
            self.words = None
        elif tag == "form":
            self.inside = False


def untouched(page: str, action: str) -> list[tuple[str, str]]:
    """The fields of the form for an address, as a browser would send them of the page as it came."""
    parser = _Untouched(action)
    parser.feed(page)
    assert parser.fields, f"there is no form for {action}"
    return parser.fields
