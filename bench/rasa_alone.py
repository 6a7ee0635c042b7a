"""(c) Our Rasa by itself next to a stock one: both servers running, the same messages in turns (bench/rasa_peer.py)."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg

from bench.children import clean_environment, free_ports, running
from bench.errors import BenchFailed
from bench.figures import Times
from bench.processes import OtherLoad
from bench.rasa_peer import MESSAGES, Comparison, PeerFailed, compare, median_length
from bench.service import CLOCK, Service
from handoff.settings import ROOT
from handoff.supervisor.logfile import RotatingLog
from handoff.supervisor.process import Child, ProcessSpec
from handoff.training import bot_environment, bot_python, content_hash

STOCK: Final = ROOT / "bench" / "stock"
# Ten minutes were too few on a slow machine; how long the peer trains is no figure of ours.
_TRAINING_SECONDS: Final = 1_800.0


@dataclass(frozen=True)
class RasaAlone:
    """What was measured; replies: how many lines each said to the same messages."""

    messages: int
    median_characters: float
    ours: Times
    stock: Times
    ours_replies: int
    stock_replies: int
    other_cores: float

    def as_json(self) -> dict[str, object]:
        """With how many times faster ours is."""
        ratios = {
            "times_faster_p50": self.stock.p50 / self.ours.p50,
            "times_faster_p95": self.stock.p95 / self.ours.p95,
        }
        return asdict(self) | {name: round(value, 2) for name, value in ratios.items()}


def stock_model() -> Path:
    """Where the stock model for the present data lies, whether it is there or not."""
    digest = hashlib.sha256(content_hash().encode())
    digest.update((STOCK / "config.yml").read_bytes())
    return ROOT / "models" / f"stock-{digest.hexdigest()[:16]}.tar.gz"


async def train_stock(model: Path, folder: Path) -> None:
    """The stock model, trained by Rasa's own command. Raises: BenchFailed."""
    argv = (
        *(str(bot_python()), "-m", "rasa", "train", "--config", str(STOCK / "config.yml"), "--domain", "domain.yml"),
        *("--data", *(f"data/{part}" for part in ("nlu", "rules", "stories") if (ROOT / "data" / part).is_dir())),
        *("--out", str(folder / "stock"), "--fixed-model-name", model.name.removesuffix(".tar.gz")),
    )
    log = RotatingLog(folder / "stock-training.log")
    # Nothing of Rasa's is left in the repository: its cache is switched off.
    child = Child(ProcessSpec("stock-training", argv, _stock_environment(""), ROOT), log)
    try:
        async with asyncio.timeout(_TRAINING_SECONDS):
            code = await child.wait()
    except TimeoutError:
        raise BenchFailed(f"the stock model wasn't trained within {_TRAINING_SECONDS:.0f} s") from None
    finally:
        await child.stop()
        last = log.last_line()
        log.close()
    trained = folder / "stock" / model.name
    if code != 0 or not trained.exists():
        raise BenchFailed(f"the stock model wasn't trained: {last}")
    model.parent.mkdir(exist_ok=True)
    shutil.move(trained, model.with_suffix(".new"))
    model.with_suffix(".new").replace(model)


async def measure(service: Service, model: Path, stock: Path, folder: Path, messages: int) -> RasaAlone:
    """About ``messages`` to each, one at a time, alternating; the trackers of ours go to the service's PostgreSQL.

    Raises: BenchFailed: a server didn't start, or refused a message.
    """
    actions, ours, theirs = free_ports(3)
    action_url = f"http://127.0.0.1:{actions}"
    ours_url, stock_url = f"http://127.0.0.1:{ours}", f"http://127.0.0.1:{theirs}"
    token = {"TSUNAGI_RASA_TOKEN": service.addresses.rasa_token}
    async with AsyncExitStack() as stack:
        python = str(bot_python())
        await stack.enter_async_context(
            running(
                "action_peer",
                (sys.executable, "-m", "bench.action_peer", str(actions)),
                clean_environment() | token,
                folder,
                f"{action_url}/health",
            )
        )
        start_ours = running(
            "rasa_ours",
            (python, "-m", "bot.serve", "--model", str(model), "--port", str(ours)),
            bot_environment(
                service.environment
                | {"TSUNAGI_DATABASE_URL": service.database_url, "TSUNAGI_ACTIONS_URL": f"{action_url}/webhook"}
            ),
            folder,
            f"{ours_url}/",
        )
        start_stock = running(
            "rasa_stock",
            (
                *(python, "-m", "rasa", "run", "--model", str(stock), "--interface", "127.0.0.1"),
                *("--port", str(theirs), "--endpoints", str(STOCK / "endpoints.yml")),
                *("--credentials", str(STOCK / "credentials.yml")),
            ),
            _stock_environment(f"{action_url}/webhook") | token,
            folder,
            f"{stock_url}/",
        )
        await asyncio.gather(stack.enter_async_context(start_ours), stack.enter_async_context(start_stock))
        others, sessions = OtherLoad(), max(1, round(messages / len(MESSAGES)))
        try:
            opened = partial(_open_session, service.database_url)
            found = await asyncio.to_thread(
                compare, ours_url, stock_url, service.addresses.rasa_token, opened, sessions=sessions
            )
        except (PeerFailed, OSError) as error:
            raise BenchFailed(f"Rasa alone: {error}") from error
        return _result(found, others.cores())


def _open_session(database_url: str) -> str:
    """A session as the service opens it; ours remembers nothing of any other."""
    contact, session = uuid4(), uuid4()
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO contacts (id, channel, lookup, address, created_at) VALUES (%s, 'line', %s, '', now())",
            (contact, contact.bytes * 2),
        )
        connection.execute(
            "INSERT INTO sessions (id, contact_id, profile, state, owner, epoch, opened_at) "
            "VALUES (%s, %s, 'demo', 'intake', 'bot', 1, %s)",
            # By the service's own clock: what is older has been silent for long, and its worker closes it.
            (session, contact, CLOCK),
        )
    return str(session)


def _result(found: Comparison, other_cores: float) -> RasaAlone:
    ours, stock = ([ms / 1000 for ms in series.milliseconds] for series in (found.ours, found.stock))
    return RasaAlone(
        len(ours),
        median_length(),
        Times.of_seconds(ours),
        Times.of_seconds(stock),
        found.ours.replies,
        found.stock.replies,
        other_cores,
    )


def _stock_environment(action_url: str) -> dict[str, str]:
    """Nothing of ours but where the actions are; Rasa's cache is off, so that the repository stays as it is."""
    return bot_environment(clean_environment()) | {"RASA_MAX_CACHE_SIZE": "0", "TSUNAGI_ACTIONS_URL": action_url}
