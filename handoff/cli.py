"""``tsunagi``: the command line. Every command says in one line what is wrong and ends with a code ≠ 0."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from handoff.domain.errors import TsunagiError
from handoff.settings import Settings, load_settings
from kernel.sealing import SealingError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="つなぎ — LINEの相談を受けとめ、相談員につなぎます。"
)
profile_app = typer.Typer(no_args_is_help=True, help="事業設定を確かめます。")
app.add_typer(profile_app, name="profile")


def _run(work: Callable[[Settings], int | None]) -> None:
    try:
        code = work(load_settings())
    except (TsunagiError, SealingError) as error:
        print(f"{error}", file=sys.stderr)
        raise typer.Exit(1) from None
    raise typer.Exit(code or 0)


@app.command()
def up() -> None:
    """Set up what is missing and start everything (`make run`)."""
    from handoff.up import up as start

    _run(lambda settings: asyncio.run(start(settings)))


@app.command()
def serve() -> None:
    """Run the web process."""
    from handoff.bootstrap.web import open_web
    from handoff.logs import configure_logs
    from handoff.web.app import run_web

    configure_logs("web", logging.INFO)
    _run(lambda s: run_web(partial(open_web, s), s.simulator_url, s.host, s.port))


@app.command()
def worker() -> None:
    """Run the worker process."""
    import uvloop

    from handoff.logs import configure_logs
    from handoff.worker import run_worker

    configure_logs("worker", logging.INFO)
    # The loop that the web process runs on as well, by way of Sanic.
    _run(lambda settings: uvloop.run(run_worker(settings)))


@app.command()
def actions() -> None:
    """Run Rasa's action server."""
    from actions.server import run
    from handoff.bootstrap.bridge import open_bridge
    from handoff.logs import configure_logs
    from handoff.settings import port_of

    configure_logs("actions", logging.INFO)
    _run(lambda settings: run(partial(open_bridge, settings), "127.0.0.1", port_of(settings.actions_url)))


@app.command()
def migrate() -> None:
    """Bring the database to this program's version: whole or not at all."""
    from sqlalchemy.engine import make_url

    from handoff.adapters.database.migrate import upgrade
    from handoff.domain.errors import ConfigurationError

    def work(settings: Settings) -> None:
        application = settings.database_url
        owner = settings.database_owner_url or application
        if owner is None or application is None:
            raise ConfigurationError("TSUNAGI_DATABASE_URL が設定されていません。")
        role = make_url(application).username
        before, after = upgrade(owner, role if role != make_url(owner).username else None)
        print(f"データベース: {before or 'なし'} → {after}")

    _run(work)


@app.command()
def train() -> None:
    """Train Rasa's model if data or configuration changed since the last one."""
    from handoff.training import train_if_changed

    _run(lambda _settings: asyncio.run(train_if_changed()))


@app.command()
def parse() -> None:
    """Understand messages: JSON lines in, JSON lines out (see the README)."""
    from handoff.parse_command import parse_lines

    _run(lambda settings: asyncio.run(parse_lines(settings, sys.stdin, sys.stdout)))


@app.command("eval")
def evaluate() -> None:
    """Measure how well messages are understood (`make eval`)."""
    from handoff.eval_command import evaluate as measure

    _run(lambda settings: asyncio.run(measure(settings)))


@profile_app.command("check")
def profile_check(file: Annotated[Path, typer.Argument(help="事業設定 (YAML)")]) -> None:
    """Say whether a profile is valid, and which gaps keep it from going live."""
    from handoff.profile_command import check

    raise typer.Exit(check(file))


def main() -> None:
    """The entry point of ``tsunagi``."""
    app()


if __name__ == "__main__":
    main()
