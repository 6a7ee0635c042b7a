"""The page docs/quality.md and the table of ``tsunagi eval --risk``: the risk screen's figures beside its goals.

The page has no date and no time: the same data and code give the same page, and a test holds it to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from handoff.adapters.risk import open_screen
from handoff.risk_eval import SEEN, Figure, Judged, Row, Share, by_category, figures, judge, peer_keywords, read_sets
from handoff.settings import ROOT
from kernel.risk.fingerprint import LINES
from kernel.risk.screen import RiskScreen

PAGE = ROOT / "docs" / "quality.md"
TOGETHER = "held out, together"
_GOALS = ("seen", "ranked", "critical", "calm_high", "calm_raised")
_CALM = ("word_high", "word_raised", "plain_high", "plain_raised")
_OTHER = ("concern", "concern_high", "high_critical")
_ABOUT = {
    "risk_dev": "written for this project; those who write the rules have read it",
    "risk_people": "held out: in the words that people use",
    "risk_hard": "held out: harder on purpose",
}


def measure(screen: RiskScreen) -> dict[str, list[Judged]]:
    """All sets, and at last the held-out ones together."""
    keywords = peer_keywords()
    judged = {name: judge(screen, lines, keywords) for name, lines in read_sets().items()}
    held_out = [one for name, lines in judged.items() if name != SEEN for one in lines]
    return judged | {TOGETHER: held_out}


def run(console: Console) -> int:
    """Measure, print the table, write the page. Raises: ConfigurationError: lexicon or model can't be used."""
    screen = open_screen(ROOT / "data")
    judged = measure(screen)
    show(judged, console)
    PAGE.write_text(page(screen, judged), encoding="utf-8")
    console.print(f"{screen.version} → {PAGE.relative_to(ROOT)}")
    return 0


def show(judged: Mapping[str, Sequence[Judged]], console: Console) -> None:
    """The table for the terminal: every set beside the goals, then the categories of the held-out lines."""
    table = Table(title="危険の見つけかた / the risk screen", title_justify="left")
    table.add_column("")
    for name in ("goal", *judged):
        table.add_column(name, justify="right", no_wrap=True)
    found = {name: figures(lines) for name, lines in judged.items()}
    for key in (*_GOALS, *_OTHER, *_CALM):
        first = found[TOGETHER][key]
        table.add_row(first.name, _goal(first), *(_mark(one[key]) for one in found.values()))
        table.add_row("  14 keywords", "", *(_percent(one[key].words) for one in found.values()), style="dim")
    console.print(table)
    table = Table(title=f"urgent lines by category ({TOGETHER})", title_justify="left")
    for name in ("", "n", "seen", "high or critical", "critical as critical", "named", "14 keywords"):
        table.add_column(name, justify="right")
    for row in by_category(judged[TOGETHER]):
        table.add_row(*_cells(row))
    console.print(table)


def page(screen: RiskScreen, judged: Mapping[str, Sequence[Judged]]) -> str:
    """The content of docs/quality.md."""
    together = figures(judged[TOGETHER])
    parts = [
        _head(screen),
        "## 目標と結果 / Goals and figures\n",
        "On the held-out lines together. An `also` level of a line counts as right; *strict* counts it as wrong.\n",
        _figures([together[key] for key in _GOALS]),
        _verdict(together),
        "## それぞれのセット / Each set\n",
        _sets(judged),
    ]
    for name, lines in judged.items():
        if name != TOGETHER:
            parts += [f"### {name}\n", _figures([figures(lines)[key] for key in (*_GOALS, *_OTHER)])]
    parts += [
        "## 種類ごと / By category\n",
        "Urgent lines alone. *named*: the category is among those that the screen gives. On the held-out lines together:\n",
        _categories(by_category(judged[TOGETHER])),
        f"On `{SEEN}`:\n",
        _categories(by_category(judged[SEEN])),
        "## まちがった知らせ / False alarms\n",
        _FALSE_ALARMS,
        _figures([together[key] for key in (*_CALM, *_OTHER)]),
        _FOOT,
    ]
    return "\n".join(parts)


def _verdict(found: Mapping[str, Figure]) -> str:
    missed = [
        f"- {one.name}: {_percent(one.screen)}, the goal is {_goal(one)}" for one in found.values() if one.met is False
    ]
    said = (
        "**Missed on the held-out lines:**\n\n" + "\n".join(missed)
        if missed
        else "All goals are met on the held-out lines."
    )
    seen, raised = _percent(found["seen"].words), _percent(found["calm_high"].words)
    return f"{said}\n\nThe 14 keywords see {seen} of the urgent lines, and raise {raised} of the calm lines to high.\n"


def _head(screen: RiskScreen) -> str:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / LINES).glob("*.jsonl"))
    return (
        "# 見つける力 / How well the risk screen finds what it is for\n\n"
        "This page is written by `make eval` and `make docs`; a test fails when it is not what the code would write now.\n"
        "How the screen works, in Japanese: [risk.md](risk.md).\n\n"
        "| 版 / version | rules | modifiers | training lines |\n|---|---|---|---|\n"
        f"| {screen.version} | {len(screen.lexicon.rules)} | {len(screen.lexicon.modifiers)} | {lines:,} |\n"
    )


def _sets(judged: Mapping[str, Sequence[Judged]]) -> str:
    rows = ["| set | lines | critical | high | concern | calm | what it is |", "|---|---|---|---|---|---|---|"]
    for name, lines in judged.items():
        if name == TOGETHER:
            continue
        counts = [sum(one.level == level for one in lines) for level in (3, 2, 1, 0)]
        rows.append(f"| `{name}` | {len(lines)} | {' | '.join(map(str, counts))} | {_ABOUT.get(name, 'held out')} |")
    return "\n".join(rows) + "\n"


def _figures(found: Sequence[Figure]) -> str:
    rows = ["| | goal | screen | | strict | 14 keywords |", "|---|---|---|---|---|---|"]
    for one in found:
        verdict = {True: "met", False: "**missed**", None: ""}[one.met]
        screen = f"{_percent(one.screen)} ({one.screen.right}/{one.screen.total})"
        rows.append(
            f"| {one.name} | {_goal(one)} | {screen} | {verdict} | {_percent(one.strict)} | {_percent(one.words)} |"
        )
    return "\n".join(rows) + "\n"


def _categories(found: Sequence[Row]) -> str:
    rows = [
        "| category | urgent lines | seen | high or critical | critical as critical | named | 14 keywords see |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [f"| {' | '.join(_cells(row))} |" for row in found]
    return "\n".join(rows) + "\n"


def _cells(row: Row) -> list[str]:
    shares = (row.seen, row.ranked, row.critical, row.named, row.words)
    return [row.category, str(row.seen.total), *map(_percent, shares)]


def _percent(share: Share) -> str:
    return "–" if share.value is None else f"{100 * share.value:.1f} %"


def _goal(one: Figure) -> str:
    return "" if one.goal is None else f"{'≥' if one.wanted else '≤'} {100 * one.goal:g} %"


def _mark(one: Figure) -> str:
    return _percent(one.screen) + {True: " ✓", False: " ✗", None: ""}[one.met]


_FALSE_ALARMS = """Calm lines that hold one of the 14 keywords look dangerous; those without one are ordinary. On the held-out lines together,
with what is raised too far among the others:
"""

_FOOT = """## 読みかた / How to read this

- The held-out sets were written by somebody who saw neither the rules nor the training lines. Their lines are only counted
  here: nobody who writes rules or training lines reads them, and `make lint` refuses a line of any evaluation set, or a near
  copy of one, among the training lines and the rules' examples. Short words that everybody says (しにたい) are the exception.
- A line counts once, whatever its length; a message of several lines is read as sent at once. The levels are those of
  [risk.md](risk.md); who wrote a line gave it its level, and another careful reader may disagree with some.
- The peer is the plain match of the 14 keywords of 北海道's procedure (HOK-5.4), each match counted as high. It can't rank
  anything critical, and what it raises it raises whatever the sentence says.
- A few hundred lines tell a difference of several points, not of one. They are not a sample of what students write, so the
  figures compare versions and methods; they promise nothing for one person.
- A miss or a false alarm that you meet: [how to report it](risk.md#見逃し誤検知を知らせる).
"""


def write_page(screen: RiskScreen, path: Path = PAGE) -> None:
    """Write docs/quality.md."""
    path.write_text(page(screen, measure(screen)), encoding="utf-8")
