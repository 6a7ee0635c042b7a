"""Understand texts without a server: ``python -m bot.parse --model models/<hash>.tar.gz``.

JSON lines ``{"text": …}`` on standard input, one JSON line ``{"intent", "confidence", "ranking", "told"}`` for each on standard
output, in order.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import TextIO

from bot.environment import prepare
from kernel.model_record import ModelUnknown, check


async def _parse(model: Path, results: TextIO) -> None:
    from rasa.core.agent import Agent

    from bot.channel import summary
    from bot.logs import configure
    from bot.turn import processor_of, understand

    processor = processor_of(Agent.load(str(model)))
    configure("train")  # importing Rasa brought its own handlers
    for line in sys.stdin:
        parsed = await understand(processor, json.loads(line)["text"])
        print(json.dumps(summary(parsed), ensure_ascii=False), file=results, flush=True)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()
    try:
        check(arguments.model)
    except (ModelUnknown, OSError) as error:
        sys.exit(f"nothing was understood: {error}")
    prepare()
    from bot.logs import configure

    # Before the model is loaded: at its own level Rasa would write what it is asked to understand.
    configure("train")
    # Rasa's libraries speak on standard output as well; what is asked for must come alone.
    with contextlib.redirect_stdout(sys.stderr):
        asyncio.run(_parse(arguments.model, sys.__stdout__ or sys.stderr))


if __name__ == "__main__":
    main()
