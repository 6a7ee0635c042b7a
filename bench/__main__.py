"""``python -m bench [--only screen,facts,schools,sealing,ack,answer,desk,chat,rasa,start] [--seconds N]``: measures, prints a table, writes the results."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import acknowledge, answers, chat, desk, facts, rasa_alone, schools, screen, sealing
from bench.errors import BenchFailed
from bench.report import Results
from bench.service import Addresses, Service
from bench.standin import line_platform
from bench.starting import Starting
from handoff.domain.errors import TsunagiError
from handoff.settings import ROOT
from handoff.training import model_path, train_if_changed

PARTS: Final = ("screen", "facts", "schools", "sealing", "ack", "answer", "desk", "chat", "rasa", "start")
LONGEST_SECONDS: Final = 900.0
"""After which the whole run is given up, training left out."""
_WIDTH: Final = 125
"""Characters that the table needs."""
_ALONE: Final = frozenset({"screen", "facts", "schools", "sealing"})
"""Parts that need no service."""


def main() -> int:
    """0; 1 with one line when something couldn't be measured; 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures how fast the service is.")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"parts, with commas between: {','.join(PARTS)}")
    parser.add_argument("--seconds", type=_seconds, help="length of the load of ack (default 20) and answer (30)")
    parser.add_argument("--messages", type=int, default=200, help="messages of rasa to each server (default 200)")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "bench.json", help="where the figures go")
    chosen = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    try:
        return asyncio.run(_run(chosen, console))
    except asyncio.CancelledError:
        console.print("止めました。/ stopped")
        return 130
    except (BenchFailed, TsunagiError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _parts(text: str) -> tuple[str, ...]:
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    if not wanted or set(wanted) - set(PARTS):
        raise argparse.ArgumentTypeError(f"choose from {','.join(PARTS)}")
    return wanted


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 300:
        raise argparse.ArgumentTypeError("between 1 and 300")
    return value


async def _run(chosen: argparse.Namespace, console: Console) -> int:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: task.cancel() if task is not None else None)
    results = Results()
    if set(chosen.only) - _ALONE:
        await train_if_changed()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            if "screen" in chosen.only:
                console.print("… 危険度の判定だけ、一つのコアで / the risk screen alone, on one core")
                results.screen = await asyncio.to_thread(screen.measure)
            with tempfile.TemporaryDirectory(prefix="tsunagi-bench-") as folder:
                # PostgreSQL runs as somebody else when we are root, and has to get through to its own folder.
                Path(folder).chmod(0o711)
                if "facts" in chosen.only:
                    console.print("… 統計記録の集計 / counting facts")
                    results.facts = await asyncio.to_thread(facts.measure, Path(folder))
                if "schools" in chosen.only:
                    console.print("… 学校台帳の取り込み / taking schools in")
                    results.schools = await asyncio.to_thread(schools.measure, Path(folder))
                if "sealing" in chosen.only:
                    console.print("… 封印にかかる時間 / what sealing adds")
                    results.sealing = await asyncio.to_thread(sealing.measure, Path(folder))
                if set(chosen.only) - _ALONE:
                    await _measure(chosen, console, Path(folder), results)
    except TimeoutError:
        raise BenchFailed(f"not done after {LONGEST_SECONDS:.0f} s") from None
    results.show(Console(highlight=False, width=max(_WIDTH, console.width)))
    results.write(chosen.out)
    console.print(f"{chosen.out}")
    return 0


async def _measure(chosen: argparse.Namespace, console: Console, folder: Path, results: Results) -> None:
    only: Sequence[str] = chosen.only
    service = Service(folder, Addresses.free())
    try:
        model, stock = model_path(), rasa_alone.stock_model()
        if "rasa" in only and not stock.exists():
            console.print("… 比較のための標準のRasaを学習しています (一度だけ) / training the stock peer, once")
            await rasa_alone.train_stock(stock, folder / "log")
        async with line_platform(service.addresses, folder / "log") as (standin, standin_pid):
            console.print("… 新しいフォルダで起動しています / cold start")
            cold = await service.start()
            if "ack" in only:
                console.print(f"… Webhook {acknowledge.RATE:g}件/秒 / acknowledgement")
                seconds = chosen.seconds or 20.0
                results.acknowledgement = await acknowledge.measure(service, standin, folder / "log", seconds)
            if "answer" in only:
                console.print(f"… メッセージ {answers.RATE:g}件/秒 / answers")
                results.answers = await answers.measure(service, standin, standin_pid, chosen.seconds or 30.0)
            if "desk" in only:
                console.print(f"… 相談員の画面 {desk.DESKS}台、相談 {desk.DESKS * desk.EACH}件 / the desk")
                results.desk = await desk.measure(service, standin, folder / "log", chosen.seconds or 30.0)
            if "chat" in only:
                console.print(f"… ウェブのチャット {chat.CHATS}件 / web chats")
                results.chat = await chat.measure(service, chosen.seconds or 30.0)
            if "rasa" in only:
                console.print("… Rasaだけ、標準のRasaと交互に / Rasa alone")
                results.rasa = await rasa_alone.measure(service, model, stock, folder / "log", chosen.messages)
            if "start" in only:
                console.print("… 止めて、もう一度起動しています / warm start")
                await service.stop()
                results.starting = Starting(cold, await service.start())
    finally:
        with suppress(OSError):
            await asyncio.shield(service.remove())


if __name__ == "__main__":
    sys.exit(main())
