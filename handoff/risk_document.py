"""The generated parts of docs/risk.md: the reply table, every rule, every modifier; ``make docs`` writes them.

Each part stands between two comments in the page. A rule is told with one example that it hits and one that it doesn't;
examples that quote a line of the evaluation sets are passed over, since no page may do that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import yaml

from handoff import permissions_document, security_document
from handoff.adapters.risk import open_screen
from handoff.domain.errors import ConfigurationError
from handoff.domain.safety import Safety, Situation
from handoff.domain.safety_reply import Heard, Reader, Say, next_turn
from handoff.domain.texts import TextKey
from handoff.risk_eval import read_sets
from handoff.risk_quality import write_page
from handoff.risk_words import CATEGORIES, LEVELS, MODIFIERS, READERS, SITUATIONS
from handoff.settings import ROOT
from kernel.risk.levels import RANK
from kernel.risk.lexicon import Lexicon, Rule
from kernel.risk.lexicon_file import MODIFIERS_FILE, LexiconError, read_lexicon

PAGE: Final = ROOT / "docs" / "risk.md"
LEXICON: Final = ROOT / "data" / "lexicon"
STANDARD: Final = ROOT / "data" / "responses" / "standard.yml"
#: Shorter lines of the evaluation sets are words that anybody says.
_QUOTED: Final = 6
_SPECIAL: Final = re.compile(r"([\\|*_<>\[\]`~#])")
_PLACES: Final = {"before": "前", "after": "後", "within": "重なり", "sentence": "同じ文", "message": "同じ文章"}


def parts() -> dict[str, str]:
    """The generated parts by name, each ending with a line feed.

    Raises: LexiconError: the lexicon can't be read.
    """
    lexicon = read_lexicon(LEXICON)
    return {"replies": _replies(), "texts": _texts(), "rules": _rules(lexicon), "modifiers": _modifiers(lexicon)}


def list_rules(target: TextIO) -> None:
    """Print the tables of rules and modifiers (``tsunagi risk --rules``).

    Raises: ConfigurationError: the lexicon can't be read.
    """
    try:
        found = parts()
    except LexiconError as error:
        raise ConfigurationError(f"危険度の判定データが使えません: {error}") from None
    target.write(f"{found['rules']}\n{found['modifiers']}")


def filled(page: str, found: Mapping[str, str]) -> str:
    """The page with its generated parts as they are now. Raises: ValueError: the page lacks the comments of a part."""
    for name, content in found.items():
        first, last = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->\n"
        if page.count(first) != 1 or page.count(last) != 1:
            raise ValueError(f"{PAGE.name} needs the comments of «{name}», once each")
        before, _, rest = page.partition(first)
        page = f"{before}{first}{content}{last}{rest.partition(last)[2]}"
    return page


def _table(*heads: str) -> list[str]:
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]


def _cell(text: str) -> str:
    """A text in a cell of a table: nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " ⏎ "))


def _code(names: Sequence[str]) -> str:
    return "、".join(f"`{name}`" for name in names)


def _rules(lexicon: Lexicon) -> str:
    avoid = [
        text for lines in read_sets().values() for text in (line["text"] for line in lines) if len(text) >= _QUOTED
    ]
    out = [f"規則は {len(lexicon.rules)}、修飾は {len(lexicon.modifiers)} あります。\n"]
    for category, name in CATEGORIES.items():
        rules = [rule for rule in lexicon.rules if rule.category == category]
        if not rules:
            continue
        out.append(f"### {name} `{category}`（{len(rules)}）\n")
        out += _table("規則", "度合い", "見つける例", "見つけない例", "従う修飾", "出どころ、理由")
        rules.sort(key=lambda rule: (-RANK[rule.level], rule.id))
        out += [_rule(rule, avoid) for rule in rules]
        out[-1] += "\n"
    return "\n".join(out)


def _rule(rule: Rule, avoid: Sequence[str]) -> str:
    cells = (
        f"`{rule.id}`",
        LEVELS[rule.level],
        _example(rule.hits, avoid),
        _example(rule.misses, avoid),
        _code(rule.obeys),
        _cell(_without(rule.source, avoid)),
    )
    return f"| {' | '.join(cells)} |"


def _without(text: str, avoid: Sequence[str]) -> str:
    for quoted in avoid:
        text = text.replace(quoted, "…")
    return text


def _example(examples: Sequence[str], avoid: Sequence[str]) -> str:
    chosen = next((one for one in examples if not any(text in one for text in avoid)), None)
    return "（略）" if chosen is None else _cell(chosen)


def _modifiers(lexicon: Lexicon) -> str:
    content: Any = yaml.safe_load((LEXICON / MODIFIERS_FILE).read_text(encoding="utf-8"))
    reasons = {one["id"]: str(one.get("why") or "") for one in content["modifiers"]}
    out = _table("修飾", "すること", "見るところ", "何を、なぜ", "従う規則の数")
    for name, modifier in lexicon.modifiers.items():
        does = [] if modifier.cap is None else [_CAPS[modifier.cap]]
        does += ["ほかの人のこととする"] if modifier.other else []
        places = [told for place, told in _PLACES.items() if getattr(modifier, place) is not None]
        obeying = sum(name in rule.obeys for rule in lexicon.rules)
        cells = (f"`{name}`", "、".join(does), "、".join(places), _reason(name, reasons), str(obeying))
        out.append(f"| {' | '.join(cells)} |")
    return "\n".join(out) + "\n"


_CAPS: Final = {"none": "取り消す", "concern": "「気がかり」まで下げる", "high": "「高い」まで下げる"}


def _reason(name: str, reasons: Mapping[str, str]) -> str:
    return MODIFIERS.get(name) or _cell(reasons.get(name, ""))


def _replies() -> str:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def says(situation: Situation, reader: Reader) -> tuple[Say, ...]:
        turn = next_turn(Safety(situation), Heard(situation), reader, now)
        if turn is None:
            raise ValueError(f"nothing is said at {situation}")
        return turn.says

    out = _table("場面", "はじめに言うこと", "人が応じたあとに聞くこと", "人が応じる前に聞くこと")
    for situation, name in SITUATIONS.items():
        read, unread = says(situation, Reader.ACKNOWLEDGED), says(situation, Reader.NOBODY)
        cells = (name, _keys(read[0]), _asked(read), _asked(unread))
        out.append(f"| {' | '.join(cells)} |")
    out.append("\nそのあとに、だれが読むかを言います。\n")
    out += _table("いま", "言うこと")
    for reader, name in READERS.items():
        out.append(f"| {name} | {_keys(says(Situation.STATED, reader)[1])} |")
    return "\n".join(out) + "\n"


def _keys(say: Say) -> str:
    return _code([key.value for key in say.texts])


def _asked(says: Sequence[Say]) -> str:
    return "、".join(_keys(one) for one in says[2:]) or "なし"


def _texts() -> str:
    standard: Any = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    out = _table("名前", "標準の文")
    out += [f"| `{key.value}` | {_cell(str(standard[key.value]))} |" for key in _at_risk()]
    return "\n".join(out) + "\n"


def _at_risk() -> Iterator[TextKey]:
    return (key for key in TextKey if key.value.startswith(("safety_", "cannot_phone_")))


def write(target: Callable[[str], object] = print) -> None:
    """Write docs/risk.md, docs/quality.md, the tables of docs/security.md and docs/permissions.md. Raises: LexiconError, ConfigurationError, ValueError: see above."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), parts()), encoding="utf-8")
    target(str(PAGE.relative_to(ROOT)))
    write_page(open_screen(ROOT / "data"))
    target("docs/quality.md")
    security_document.write()
    target("docs/security.md")
    permissions_document.write()
    target("docs/permissions.md")


def main(page: Path = PAGE) -> int:
    """``make docs``: 0; 1 with one line where something can't be read."""
    try:
        write()
    except (LexiconError, ConfigurationError, ValueError) as error:
        print(f"{page.name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
