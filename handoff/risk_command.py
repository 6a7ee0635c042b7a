"""``tsunagi risk``: what the screen says of each message, as JSON lines or, for people, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from handoff.adapters.profiles import load_profile
from handoff.adapters.risk import open_screen
from handoff.domain.errors import ConfigurationError
from handoff.settings import ROOT, Settings
from kernel.risk.screen import RiskScreen

LEVELS = {"none": "なし", "concern": "気がかり (concern)", "high": "高い (high)", "critical": "緊急 (critical)"}
#: What ``tsunagi risk`` prints of an assessment (design: contracts), in this order.
PRINTED = ("level", "categories", "about", "evidence", "keywords", "version")


def assess_lines(settings: Settings, source: TextIO, target: TextIO) -> int:
    """Read ``{"id", "text"}`` or ``{"id", "messages": [...]}`` a line, write one JSON line for each, in order.

    Several messages are read as sent one after the other; their offsets count in the messages joined by line feeds.
    Raises: ConfigurationError: a line can't be read, the lexicon or the model can't be used.
    """
    screen, keywords = _screen(settings)
    for number, line in enumerate(source, start=1):
        if line.strip():
            item = _item(number, line)
            found = screen.assess(item["text"], keywords).as_json()
            found["evidence"] = [{k: one[k] for k in ("start", "end", "text", "rule")} for one in found["evidence"]]
            answer = {"id": item["id"]} | {key: found[key] for key in PRINTED}
            # A lone surrogate has no UTF-8; everything else is written as it is.
            target.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n")
    return 0


def _screen(settings: Settings) -> tuple[RiskScreen, Sequence[str]]:
    return open_screen(ROOT / "data"), load_profile(settings.profile).keywords or ()


def _item(number: int, line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
        messages = item["messages"] if "messages" in item else [item["text"]]
        if not isinstance(messages, list) or not all(isinstance(one, str) for one in messages):
            raise ValueError("messages")
        return {"id": item.get("id"), "text": "\n".join(messages)}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise ConfigurationError(
            f'{number} 行目: {{"id": …, "text": "…"}} か {{"id": …, "messages": ["…"]}} の形のJSONにしてください。'
        ) from None


def explain(settings: Settings, text: str, target: TextIO) -> int:
    """Say in words how a sentence's level comes about; for whoever wants to try one (docs/risk.md)."""
    screen, keywords = _screen(settings)
    found = screen.assess(text, keywords)
    reading = screen.read(text)
    say = target.write
    say(f"危険度: {LEVELS[found.level]}\n")
    say(f"種類: {'、'.join(found.categories) or 'なし'}   だれのこと: {found.about}\n")
    say(f"事業設定のキーワード: {'、'.join(found.keywords) or 'なし'}\n\n読みかた:\n")
    for view in reading.views:
        say(f"  {view.text!r}\n")
    say("\n規則:\n")
    hits, judged = screen.judge(reading, screen.hits(reading))
    for hit in hits:
        taken = f"  (修飾: {'、'.join(hit.modifiers)})" if hit.modifiers else ""
        was = "" if hit.level == hit.rule.level else f"{hit.rule.level} → "
        say(f"  「{text[hit.start : hit.end]}」 {hit.rule.id}  {was}{hit.level}{taken}\n")
    say("\n統計モデル (文ごと):\n")
    for one in judged:
        say(f"  「{text[one.start : one.end]}」 {one.level}  {one.category}\n")
    say(f"\n版: {found.version}\n")
    return 0
