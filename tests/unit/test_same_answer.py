"""The screen answers the same in both interpreters, for every character that both know."""

from __future__ import annotations

import json
import subprocess

from handoff.settings import ROOT
from handoff.training import BOT_PYTHON
from tests.support.risk_screen import real_screen

#: Runs in Rasa's interpreter, whose Unicode is the older one: it chooses the texts.
CHOOSE = """
import json, random, sys, unicodedata
from pathlib import Path
from kernel.risk.screen import load_screen
known = [chr(c) for c in range(0x20, 0x30000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
pieces = ["死にたい", "しにたい", "シニタイ", "手首", "切った", "殴られ", "お父さん", "消えたい", "ない", "。", "友達が", "sinitai"]
chooser = random.Random(7)
screen = load_screen(Path("data"))
for _ in range(1500):
    mixed = [chooser.choice(pieces) if chooser.random() < 0.5 else chooser.choice(known) for _ in range(chooser.randint(1, 20))]
    text = "".join(mixed)
    print(json.dumps([text, screen.assess(text).as_json()]))
"""


def test_both_interpreters_say_the_same() -> None:
    done = subprocess.run(
        [str(BOT_PYTHON), "-c", CHOOSE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    screen = real_screen()
    compared = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(compared) == 1500
    for text, said in compared:
        assert screen.assess(text).as_json() == said
