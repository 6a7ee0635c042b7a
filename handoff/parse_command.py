"""``tsunagi parse``: what the bot understands of each message, as JSON lines."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any, TextIO

from handoff.adapters.rasa import RasaBot
from handoff.domain.errors import BotUnavailable, ConfigurationError
from handoff.domain.understanding import Understanding, understand
from handoff.installation import complete
from handoff.settings import ROOT, Settings
from handoff.training import bot_environment, bot_python, model_path, train_if_changed

#: Texts sent to Rasa in one call.
BATCH = 64


async def parse_lines(settings: Settings, source: TextIO, target: TextIO) -> int:
    """Read ``{"id", "text"}`` a line (other keys ignored), write one JSON line for each, in order.

    Uses the Rasa at ``TSUNAGI_RASA_URL``; where none answers, a model is loaded for this run.
    Raises: ConfigurationError: a line can't be read.
    """
    items = [_item(number, line) for number, line in enumerate(source, start=1) if line.strip()]
    target.writelines(
        json.dumps({"id": item["id"], **found.as_json()}, ensure_ascii=False) + "\n"
        for item, found in zip(items, await understand_all(settings, [item["text"] for item in items]), strict=True)
    )
    return 0


def _item(number: int, line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
        return {"id": item.get("id"), "text": str(item["text"])}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise ConfigurationError(f'{number} 行目: {{"id": …, "text": "…"}} の形のJSONにしてください。') from None


async def understand_all(settings: Settings, texts: Sequence[str]) -> list[Understanding]:
    """Understand texts, in order. Raises: ConfigurationError, BotUnavailable."""
    parsed = await _parse_by_server(complete(settings), texts)
    if parsed is None:
        parsed = await _parse_alone(texts)
    return [understand(one) for one in parsed]


async def _parse_by_server(settings: Settings, texts: Sequence[str]) -> list[dict[str, Any]] | None:
    """None where no Rasa answers."""
    if settings.rasa_token is None:
        return None
    async with RasaBot(settings.rasa_url, settings.rasa_token.get_secret_value()) as bot:
        try:
            await bot.ready()
        except BotUnavailable:
            return None
        return [one for batch in batched(texts, BATCH) for one in await bot.parse(batch)]


async def _parse_alone(texts: Iterable[str]) -> list[dict[str, Any]]:
    await train_if_changed()
    process = await asyncio.create_subprocess_exec(
        bot_python(),
        "-m",
        "bot.parse",
        "--model",
        str(model_path()),
        cwd=ROOT,
        env=bot_environment(os.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    output, _ = await process.communicate(lines.encode())
    if process.returncode != 0:
        raise BotUnavailable(f"bot.parse ended with code {process.returncode}")
    return [json.loads(line) for line in output.decode().splitlines()]
