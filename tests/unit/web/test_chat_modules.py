"""The students' scripts run in the browsers of 2018: a school's old tablet reads no newer words (KAG-8.6, row 15)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handoff.domain.wording_rules import must_nots
from handoff.settings import ROOT

STATICS = ROOT / "handoff" / "web" / "static"
STATIC = STATICS / "chat"
TEMPLATES = ROOT / "handoff" / "web" / "templates" / "chat"
MODULES = sorted(STATIC.glob("*.js"))
#: What runs in a student's browser: the chat, the report, and the work that a flood asks, without which nobody gets on.
STUDENTS = [path for part in ("chat", "fair", "report") for path in sorted((STATICS / part).glob("*.js"))]
#: What browsers learned later, by a pattern and the year.
NEWER = {
    r"\?\.[A-Za-z_\[(]": "optional chaining, 2020",
    r"\?\?": "nullish coalescing, 2020",
    r"catch\s*\{": "catch without a name, 2019",
    r"\.(?:replaceChildren|at|flat|flatMap|replaceAll|fromEntries|matchAll|allSettled)\(": "2019 and later",
    r"\(\?<[=!]": "lookbehind, which Safari learned in 2023",
    r"\b\d+n\b": "BigInt, 2020",
    r"^\s+(?:static|#)\w*\s*[=;]": "fields of classes, 2021",
    r"\|\|=|&&=": "logical assignment, 2020",
    r"randomUUID|structuredClone|showModal|<dialog|scrollend": "2021 and later",
    r"localStorage|sessionStorage|indexedDB|caches\.": "nothing is kept in the browser",
    r"\bimport\(|import\.meta": "modules that are asked for later, 2019",
    r"type:\s*[\"']module": "workers that are modules, 2020 to 2023",
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write": "words are text",
}


@pytest.mark.parametrize("path", STUDENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_uses_what_an_old_browser_can_not_read_or_keeps_anything(path: Path) -> None:
    code = re.sub(r"^\s*//[^\n]*$|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = [why for pattern, why in NEWER.items() if re.search(pattern, code, re.MULTILINE)]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    code = "a?.b; x ?? y; try {} catch { }; list.at(-1); /(?<!a)b/; 1n; node.innerHTML = s; import('a')"
    code += "; new Worker(a, { type: 'module' })"
    assert sum(bool(re.search(pattern, code, re.MULTILINE)) for pattern in NEWER) == 9


@pytest.mark.parametrize("path", [*MODULES, *sorted(TEMPLATES.glob("*.html"))], ids=lambda path: path.name)
def test_no_page_says_what_may_not_be_said_to_a_child(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = "\n".join(re.findall(r"[^\n]*[ぁ-ん][^\n]*", text))
    # Templates and code have signs of their own; the rules are about words.
    said = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]+>|\$\{[^}]*\}|^\s*//.*$|!==?|[!]", "", said, flags=re.MULTILINE)
    assert [reason for reason in must_nots(said) if "「～」" not in reason] == []


def test_no_style_is_newer_than_the_scripts() -> None:
    css = (STATIC / "chat.css").read_text(encoding="utf-8")
    for word in ("@layer", "@container", ":has(", ":is(", "inset:", "aspect-ratio", " gap:", "&:hover"):
        assert word not in css, word
