"""``make eval``: how well risk is seen and messages are understood, on the sets in ``data/eval/``.

Those lines are never trained on. The figures are for comparing two versions, not for promising anything. The risk
screen's part (``handoff.risk_quality``) needs no Rasa, and comes first.
"""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.markdown import Markdown

from handoff import risk_quality
from handoff.data_lint import read_utterances
from handoff.domain.understanding import Understanding
from handoff.parse_command import understand_all
from handoff.settings import ROOT, Settings
from handoff.understanding_document import document
from handoff.understanding_eval import read, slot_figures, topic_figures, turn_figures

EVAL: Final = ROOT / "data" / "eval"
PAGE: Final = ROOT / "docs" / "understanding.md"
#: The last of each is the one that nobody who writes rules or data has read.
TOPIC_SETS: Final = ("intents_dev", "intents_people")
SLOT_SETS: Final = ("slots_dev", "slots_people")
TURN_SETS: Final = ("turns_people",)

#: Characters that the risk screen's table needs.
_WIDTH: Final = 125


async def evaluate(settings: Settings, risk_only: bool = False) -> int:
    """Print the figures, write docs/quality.md and docs/understanding.md; the exit code is 0 (a figure is no test)."""
    terminal = Console(highlight=False)
    wide = terminal if terminal.width >= _WIDTH else Console(highlight=False, width=_WIDTH)
    risk_quality.run(wide)
    if not risk_only:
        PAGE.write_text(await _understanding(settings), encoding="utf-8")
        wide.print(Markdown(PAGE.read_text(encoding="utf-8")))
    return 0


async def _understanding(settings: Settings) -> str:
    sets = {name: read(EVAL / f"{name}.jsonl") for name in (*TOPIC_SETS, *SLOT_SETS, *TURN_SETS)}
    texts = [str(item["text"]) for items in sets.values() for item in items]
    answers = iter(await understand_all(settings, texts))
    found: dict[str, list[Understanding]] = {name: [next(answers) for _ in items] for name, items in sets.items()}
    return document(
        {name: topic_figures(sets[name], found[name]) for name in TOPIC_SETS},
        {name: slot_figures(sets[name], found[name]) for name in SLOT_SETS},
        {name: turn_figures(sets[name], found[name]) for name in TURN_SETS},
        sum(1 for _ in read_utterances(ROOT / "data" / "nlu")),
    )
