"""(e) The risk screen: how long one message takes on one core, beside a plain match of keywords and hostile texts."""

from __future__ import annotations

import gc
import itertools
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from bench.errors import BenchFailed
from bench.figures import Times
from handoff.adapters.risk import open_screen
from handoff.risk_eval import peer_keywords
from handoff.settings import ROOT
from kernel.risk.fingerprint import LINES
from kernel.risk.screen import RiskScreen

#: Characters of an ordinary message: about 40.
SHORTEST, LONGEST = 30, 50
MESSAGES = 3_000
#: Messages before the first that counts, other ones than those.
WARMING = 500
HOSTILE_CHARACTERS = 5_000
HOSTILE_ROUNDS = 7


@dataclass(frozen=True)
class Screened:
    """All times in microseconds, but for the hostile texts: milliseconds, the median of a few rounds each."""

    characters: float
    ours: Times
    peer: Times
    hostile_ms: dict[str, float]
    load_s: float

    @property
    def slowest_ms(self) -> float:
        """The slowest of the hostile texts."""
        return max(self.hostile_ms.values())

    def as_json(self) -> dict[str, object]:
        """Everything; the names say the units."""
        return {
            "characters": self.characters,
            "ours_us": asdict(self.ours),
            "keywords_us": asdict(self.peer),
            "hostile_ms": self.hostile_ms,
            "load_s": self.load_s,
        }


def measure() -> Screened:
    """Measure on one core; takes some ten seconds. Raises: BenchFailed: there are too few lines to measure with."""
    with _one_core():
        began = time.perf_counter()
        screen = open_screen(ROOT / "data")
        load_s = round(time.perf_counter() - began, 2)
        warming, messages = _messages()
        keywords = peer_keywords()
        for text in warming:
            screen.assess(text, keywords)
        ours, peer = [], []
        gc.collect()
        gc.freeze()  # as the worker does
        for text in messages:
            # In turns, so that both suffer the same machine.
            ours.append(_seconds(lambda one: screen.assess(one, keywords), text))
            peer.append(_seconds(lambda one: [word for word in keywords if word in one], text))
        hostile = {name: _rounds(screen, text) for name, text in hostile_texts(screen).items()}
    characters = statistics.median(map(len, messages))
    return Screened(characters, _microseconds(ours), _microseconds(peer), hostile, load_s)


def hostile_texts(screen: RiskScreen) -> dict[str, str]:
    """Texts of 5,000 characters that cost as much as somebody could make them cost."""
    letters = itertools.cycle("死に殺し切り消え")
    examples = [text for rule in screen.lexicon.rules for text in (*rule.hits, *rule.misses)]
    random.Random(7).shuffle(examples)
    texts = {
        "U+FDFA": "\ufdfa",
        "combining marks": "か" + "\u3099\u0301\u0316" * 33,
        "one letter repeated": "し",
        "し。 repeated": "し。",
        "a heavy word repeated": "死にたい",
        "spaced letters": "し に た い ",
        "letters of heavy words": "".join(next(letters) for _ in range(64)) + "た",
        "romaji": "shinitai ",
        "all examples of all rules": "".join(examples),
        "the same, a line each": "\n".join(examples),
    }
    return {name: (text * (HOSTILE_CHARACTERS // len(text) + 1))[:HOSTILE_CHARACTERS] for name, text in texts.items()}


def _messages() -> tuple[list[str], list[str]]:
    """Training lines of ordinary length, and pairs of shorter ones, in an order that is the same in every run."""
    lines = (line for path in sorted((ROOT / LINES).glob("*.jsonl")) for line in path.open(encoding="utf-8"))
    texts: list[str] = [json.loads(line)["text"] for line in lines]
    random.Random(7).shuffle(texts)
    short = [text for text in texts if SHORTEST <= 2 * len(text) + 1 <= LONGEST]
    whole = [text for text in texts if SHORTEST <= len(text) <= LONGEST]
    whole += [f"{first}。{second}" for first, second in zip(short[::2], short[1::2], strict=False)]
    random.Random(7).shuffle(whole)
    if len(whole) < 2 * WARMING:
        raise BenchFailed(f"only {len(whole)} messages of {SHORTEST} to {LONGEST} characters")
    return whole[:WARMING], whole[WARMING : WARMING + MESSAGES]


def _rounds(screen: RiskScreen, text: str) -> float:
    screen.assess(text)
    return round(statistics.median(_seconds(screen.assess, text) for _ in range(HOSTILE_ROUNDS)) * 1000, 1)


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = time.perf_counter()
    work(text)
    return time.perf_counter() - began


def _microseconds(seconds: Sequence[float]) -> Times:
    """The figures of a series in microseconds; ``Times`` counts in thousandths of what it is given."""
    return Times.of_seconds([value * 1000 for value in seconds])


@contextmanager
def _one_core() -> Iterator[None]:
    """This thread alone on one core, where the system lets it be."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def main() -> int:
    """``python -m bench.screen``: the figures as JSON; ``profile N`` instead says where the time goes."""
    if sys.argv[1:2] == ["profile"]:
        _profile(int(sys.argv[2]) if len(sys.argv) > 2 else 30)
    else:
        print(json.dumps(measure().as_json(), ensure_ascii=False, indent=1))
    return 0


def _profile(rows: int) -> None:
    import cProfile
    import pstats

    screen, keywords = open_screen(ROOT / "data"), peer_keywords()
    warming, messages = _messages()
    for text in warming:
        screen.assess(text, keywords)
    profile = cProfile.Profile()
    profile.enable()
    for text in messages:
        screen.assess(text, keywords)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(rows)


if __name__ == "__main__":
    sys.exit(main())
