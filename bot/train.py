"""Trains Rasa's model: ``python -m bot.train --out models/<content hash>.tar.gz``.

The file appears only after the model was loaded again and understood two sentences; a training run that quietly gave an
untrained component, which Rasa's own command reports as success, ends here with exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from bot.environment import prepare
from kernel.model_record import record

# Rasa's own commands: a student's words must never be able to mean one of them.
COMMAND_INTENTS = ("restart", "back", "session_start")


class TrainingRefused(Exception):
    """The data can't be trained on, or the trained model is of no use; the text says what to do."""


def _say(text: str) -> None:
    print(text, flush=True)


def check_domain(domain: Any, intents_with_examples: Sequence[str]) -> None:
    """Refuse what would break a promise of the channel.

    Raises: TrainingRefused: sessions that expire, a response whose button is a command, an intent named like a command,
    training messages for an intent that the domain doesn't know.
    """
    if domain.session_config.session_expiration_time > 0:
        raise TrainingRefused("domain.yml: set session_config.session_expiration_time to 0; the service ends sessions")
    for name, variations in domain.responses.items():
        for variation in variations:
            for button in variation.get("buttons") or []:
                if str(button.get("payload", "")).lstrip().startswith("/"):
                    raise TrainingRefused(f"domain.yml: a button of {name} has a command as payload; use plain text")
    for intent in intents_with_examples:
        if intent in COMMAND_INTENTS:
            raise TrainingRefused(f"data/nlu: the intent {intent} is a command of Rasa; rename it")
        if intent not in domain.intents:
            raise TrainingRefused(f"data/nlu: domain.yml doesn't list the intent {intent}")


def examples_by_intent(nlu: Any) -> Dict[str, List[str]]:
    """Give the training messages by intent."""
    found: Dict[str, List[str]] = {}
    for example in nlu.intent_examples:
        found.setdefault(example.get("intent"), []).append(example.get("text"))
    return found


async def prove(model: Path, sentences: Sequence[Tuple[str, str]]) -> None:
    """Load the model and let it read sentences (text, intent) that it was trained on.

    Raises: TrainingRefused: it doesn't load, or doesn't rank the sentence's own intent first.
    """
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    try:
        agent = Agent.load(str(model))
    except Exception as error:  # whatever a component raises while loading means the same to the caller
        raise TrainingRefused(f"the trained model doesn't load ({type(error).__name__}: {error})") from error
    if agent.processor is None:
        raise TrainingRefused("the trained model doesn't load")
    for text, intent in sentences:
        parsed = await agent.processor.parse_message(UserMessage(text))
        ranking = [one["name"] for one in parsed.get("intent_ranking", []) if one["name"] != "nlu_fallback"]
        if not ranking or ranking[0] != intent:
            raise TrainingRefused(
                f"the trained model takes a training message of {intent} for {ranking[0] if ranking else 'nothing'}; "
                "it looks untrained"
            )


def train(out: Path, config: Path, domain: Path, data: Sequence[Path]) -> None:
    """Train, prove and put the model at its place, whole or not at all.

    Raises: TrainingRefused.
    """
    import rasa.model_training
    from rasa.shared.importers.importer import TrainingDataImporter

    from bot import training_speedups

    training_speedups.apply()
    started = time.monotonic()
    _say("[1/4] reading config, domain and training data")
    importer = TrainingDataImporter.load_from_config(str(config), str(domain), [str(path) for path in data])
    try:
        examples = examples_by_intent(importer.get_nlu_data())
        check_domain(importer.get_domain(), sorted(examples))
    except (TypeError, KeyError, AttributeError) as error:
        # Rasa takes a domain apart in place: a slot written as a YAML alias has lost its type by the second use.
        raise TrainingRefused(
            f"domain.yml or the data can't be read ({type(error).__name__}: {error}); YAML aliases don't work there"
        ) from error
    _say(f"  {sum(map(len, examples.values()))} messages of {len(examples)} intents")
    if len(examples) < 2:
        raise TrainingRefused("data/nlu holds fewer than two intents")

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".training-") as folder:
        _say("[2/4] training")
        result = rasa.model_training.train(
            domain=str(domain),
            config=str(config),
            training_files=[str(path) for path in data],
            output=folder,
            force_training=True,
            fixed_model_name=out.name,
        )
        if result.code != 0 or not result.model:
            raise TrainingRefused("Rasa gave no model; its messages above say why")
        _say(f"[3/4] loading the model again and reading two messages with it ({time.monotonic() - started:.0f} s)")
        longest = sorted(examples, key=lambda intent: -len(examples[intent]))[:2]
        asyncio.run(prove(Path(result.model), [(max(examples[intent], key=len), intent) for intent in longest]))
        # The record first: an archive without one is never loaded.
        record(Path(result.model), out)
        os.replace(result.model, out)
    _say(f"[4/4] {out.name}: {out.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started:.0f} s")


def main() -> int:
    """Run the command; give 0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m bot.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the model goes, models/<name>.tar.gz")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="folder of config.yml, domain.yml and data/")
    parser.add_argument("--config", type=Path, help="another config.yml")
    parser.add_argument("--domain", type=Path, help="another domain.yml")
    parser.add_argument("--data", type=Path, action="append", help="training data; may be repeated")
    chosen = parser.parse_args()
    if not chosen.out.name.endswith(".tar.gz"):
        parser.error("--out has to end with .tar.gz")
    root: Path = chosen.root.resolve()
    data = chosen.data or [
        path for path in (root / "data" / name for name in ("nlu", "rules", "stories")) if path.exists()
    ]
    prepare()
    sys.path.insert(0, str(root))
    from bot.logs import configure

    configure("train")
    from rasa.shared.exceptions import RasaException

    try:
        train(chosen.out.resolve(), chosen.config or root / "config.yml", chosen.domain or root / "domain.yml", data)
    except (TrainingRefused, RasaException) as error:
        print(f"training stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
