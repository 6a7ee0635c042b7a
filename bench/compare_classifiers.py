"""Compare classifiers on phrase families that they haven't seen: ``make compare`` (docs/adr/0006-classifier.md).

Runs under Rasa's interpreter, each configuration in a process of its own, so that its memory is its own. A family, one block
of examples in data/nlu, is either learnt or asked, never both; the sets of data/eval are asked besides. Measured: training
(s), right first intents and topics, expected calibration error of the topics, a message's time (ms), memory while serving.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = Path(__file__).resolve().parent / "classifiers"
NAMES = ("svm", "logistic", "diet")
TOPICS = (
    *("bullying", "truancy", "friends", "study", "family", "abuse", "body", "romance", "net_trouble", "club"),
    *("teacher", "health", "chitchat", "service"),
)
#: One family in so many is asked, and so many of its messages at most altogether.
HELD_OUT, MOST_ASKED = 5, 1500
Asked = list[tuple[str, list[str]]]


def split(folder: Path, share: int = 1) -> tuple[dict[str, list[str]], Asked]:
    """Give what is learnt (by intent) and what is asked (text, right intents), by families; of those one in ``share``."""
    learnt: dict[str, list[str]] = {}
    asked: Asked = []
    chance = random.Random(7)
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for family in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            intent = family["intent"]
            texts = [line.strip()[2:] for line in family["examples"].splitlines() if line.strip()]
            if chance.randrange(HELD_OUT) or intent not in learnt:
                if intent in learnt and chance.randrange(share):
                    continue
                learnt.setdefault(intent, []).extend(texts)
            else:
                asked += [(text, [intent]) for text in texts]
    chance.shuffle(asked)
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)} for intent, texts in learnt.items()
    ]
    (folder / "nlu.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8"
    )
    return learnt, asked[:MOST_ASKED]


def evaluation() -> Asked:
    """Give the messages of data/eval with their topics; the sets name them in Japanese."""
    labels = dict(
        zip(
            *(
                [
                    "いじめ",
                    "不登校",
                    "友人関係",
                    "学習・進路",
                    "家庭",
                    "虐待",
                    "性・からだ",
                    "恋愛",
                    "ネットトラブル",
                    "部活",
                    "先生",
                    "心身の不調",
                    "雑談・いたずら",
                    "サービスへの質問",
                ],
                TOPICS,
            )
        )
    )
    found: Asked = []
    for name in ("intents_dev", "intents_people"):
        for line in (ROOT / "data" / "eval" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            found.append((item["text"], [labels[topic] for topic in (item["topic"], *item.get("also", ()))]))
    return found


async def ask(processor: Any, asked: Asked) -> dict[str, float]:
    """Ask every message; give the figures."""
    from bot.turn import understand

    right, topics_right, times = 0, [], []
    for text, wanted in asked:
        started = time.perf_counter()
        parsed = await understand(processor, text)
        times.append(time.perf_counter() - started)
        ranking = [(one["name"], float(one["confidence"])) for one in parsed["intent_ranking"]]
        right += ranking[0][0] in wanted
        topics = [(name, chance) for name, chance in ranking if name in TOPICS]
        if set(wanted) & set(TOPICS) and topics:
            share = topics[0][1] / (sum(chance for _, chance in topics) or 1.0)
            topics_right.append((share, topics[0][0] in wanted))
    return {
        "right": right / len(asked),
        "topics": sum(hit for _, hit in topics_right) / len(topics_right),
        "calibration": _calibration(topics_right),
        "p50_ms": 1000 * statistics.median(times),
    }


def _calibration(pairs: list[tuple[float, bool]], bins: int = 10) -> float:
    error = 0.0
    for place in range(bins):
        inside = [(share, hit) for share, hit in pairs if min(int(share * bins), bins - 1) == place]
        if inside:
            gap = sum(share for share, _ in inside) - sum(hit for _, hit in inside)
            error += abs(gap) / len(pairs)
    return error


def measure(name: str, share: int) -> dict[str, Any]:
    """Train and ask one configuration; in its own process."""
    if name == "diet":
        # The one that needs TensorFlow, which the others start without (bot/light_import.py).
        os.environ.update(RASA_TELEMETRY_ENABLED="false", RASA_MAX_CACHE_SIZE="0", LOG_LEVEL="ERROR")
    else:
        from bot.environment import prepare

        prepare()
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _, asked = split(folder, share)
        started = time.monotonic()
        model = train_nlu(str(CONFIGS / f"{name}.yml"), str(folder / "nlu.yml"), str(folder), fixed_model_name=name)
        took = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        processor = Agent.load(str(model)).processor
        found = {"families": asyncio.run(ask(processor, asked)), "eval": asyncio.run(ask(processor, evaluation()))}
        size = Path(str(model)).stat().st_size / 1e6
    memory = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return {
        "train_s": took,
        "train_peak_mb": peak,
        "rss_mb": int(memory.split()[1]) / 1024,
        "model_mb": size,
        **found,
    }


def main() -> None:
    """Measure every configuration and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument(
        "--share", type=int, default=1, help="learn one family in so many: a neural network takes hours"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print("RESULT " + json.dumps(measure(chosen.one, chosen.share)))
        return
    print(
        "| configuration | training | peak | unseen families: intents / topics | calibration | data/eval topics | calibration | a message, p50 | memory | model |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in chosen.names:
        done = subprocess.run(
            [sys.executable, "-m", "bench.compare_classifiers", "--one", name, "--share", str(chosen.share)],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
        if not lines:
            print(f"| {name} | failed: {done.stderr.strip().splitlines()[-1:]} |")
            continue
        figures = json.loads(lines[0][7:])
        families, people = figures["families"], figures["eval"]
        print(
            f"| {name} | {figures['train_s']:.0f} s | {figures['train_peak_mb']:.0f} MB "
            f"| {families['right']:.1%} / {families['topics']:.1%} | {families['calibration']:.3f} "
            f"| {people['topics']:.1%} | {people['calibration']:.3f} | {people['p50_ms']:.1f} ms "
            f"| {figures['rss_mb']:.0f} MB | {figures['model_mb']:.1f} MB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
