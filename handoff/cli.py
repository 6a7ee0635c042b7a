"""``tsunagi``: the command line. Every command says in one line what is wrong and ends with a code ≠ 0."""

from __future__ import annotations

import asyncio
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from handoff.cli_run import with_key_file, with_settings
from handoff.domain.errors import ConfigurationError, TsunagiError
from handoff.domain.staff import StaffRole
from handoff.keeping_cli import keeping
from handoff.settings import Settings, load_settings
from kernel.loading import loading

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="つなぎ — LINEの相談を受けとめ、相談員につなぎます。"
)
profile_app = typer.Typer(no_args_is_help=True, help="事業設定を確かめます。")
app.add_typer(profile_app, name="profile")
alarm_app = typer.Typer(no_args_is_help=True, help="緊急のお知らせを確かめます。")
app.add_typer(alarm_app, name="alarm")
user_app = typer.Typer(no_args_is_help=True, help="相談の画面に入る人を加える、止める、パスワードを変える。")
app.add_typer(user_app, name="user")
schools_app = typer.Typer(no_args_is_help=True, help="学校台帳を取り込む、書き出す。")
app.add_typer(schools_app, name="schools")

app.add_typer(keeping)


@app.command()
def up() -> None:
    """Set up what is missing and start everything (`make run`)."""
    with loading():
        from handoff.up import up as start

    with_settings(lambda settings: asyncio.run(start(settings)))


@app.command()
def serve() -> None:
    """Run the web process."""
    from handoff.logs import configure_logs

    def work(settings: Settings) -> None:
        with loading():
            from handoff.bootstrap.web import open_web
            from handoff.web.app import run_web

        run_web(partial(open_web, settings), settings.simulator_url, settings.host, settings.port)

    configure_logs("web", logging.INFO)
    with_key_file(work)


@app.command()
def worker() -> None:
    """Run the worker process."""
    from handoff.logs import configure_logs

    def work(settings: Settings) -> int:
        with loading():
            import uvloop

            from handoff.worker import run_worker

        # The loop that the web process runs on as well, by way of Sanic.
        return uvloop.run(run_worker(settings))

    configure_logs("worker", logging.INFO)
    with_key_file(work)


@app.command()
def actions() -> None:
    """Run Rasa's action server."""
    with loading():
        from actions.server import run
        from handoff.addresses import port_of
        from handoff.bootstrap.bridge import open_bridge
        from handoff.logs import configure_logs

    configure_logs("actions", logging.INFO)

    def work(settings: Settings) -> None:
        if settings.rasa_token is None:
            raise ConfigurationError("TSUNAGI_RASA_TOKEN must be set for the action server")
        token = settings.rasa_token.get_secret_value()
        run(partial(open_bridge, settings), "127.0.0.1", port_of(settings.actions_url), token)

    with_settings(work)


@app.command()
def migrate() -> None:
    """Bring the database to this program's version: whole or not at all."""
    from sqlalchemy.engine import make_url

    from handoff.adapters.database.migrate import upgrade
    from handoff.installation import check_owner

    def work(settings: Settings) -> None:
        application = settings.database_url
        owner = settings.database_owner_url or application
        if owner is None or application is None:
            raise ConfigurationError("TSUNAGI_DATABASE_URL が設定されていません。")
        check_owner(settings)
        role = make_url(application).username
        before, after = upgrade(owner, role if role != make_url(owner).username else None)
        print(f"データベース: {before or 'なし'} → {after}")

    with_settings(work)


@app.command()
def cards(file: Annotated[Path, typer.Argument(help="書き出すPDF。")]) -> None:
    """Write the QR cards of the profile's schools as a PDF."""
    from handoff.cards_command import write_cards

    with_settings(lambda settings: asyncio.run(write_cards(settings, file)))


@app.command()
def train() -> None:
    """Train Rasa's model and the risk screen's, each if what it is made of changed since the last one."""
    from handoff.training import train_all

    with_settings(lambda _settings: asyncio.run(train_all()))


@app.command()
def parse() -> None:
    """Understand messages: JSON lines in, JSON lines out (see the README)."""
    from handoff.parse_command import parse_lines

    with_settings(lambda settings: asyncio.run(parse_lines(settings, sys.stdin, sys.stdout)))


@app.command()
def risk(
    explained: Annotated[str | None, typer.Option("--explain", help="一つの文の判定を、ことばで説明します。")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="規則と修飾の一覧を出します (docs/risk.md の表)。")] = False,
) -> None:
    """Assess messages for risk: JSON lines in, JSON lines out; or explain one sentence, or list the rules."""
    from handoff.risk_command import assess_lines, explain
    from handoff.risk_document import list_rules

    if rules:
        with_settings(lambda _settings: list_rules(sys.stdout))
    elif explained is None:
        with_settings(lambda settings: assess_lines(settings, sys.stdin, sys.stdout))
    else:
        with_settings(lambda settings: explain(settings, explained, sys.stdout))


@app.command("eval")
def evaluate(
    risk_only: Annotated[bool, typer.Option("--risk", help="危険度の判定だけを測ります。Rasaは要りません。")] = False,
) -> None:
    """Measure how well risk is seen and messages are understood (`make eval`)."""
    from handoff.eval_command import evaluate as measure

    with_settings(lambda settings: asyncio.run(measure(settings, risk_only)))


@profile_app.command("check")
def profile_check(file: Annotated[Path, typer.Argument(help="事業設定 (YAML)")]) -> None:
    """Say whether a profile is valid, and which gaps keep it from going live."""
    from handoff.profile_command import check

    try:
        media = load_settings().alarm_media
    except TsunagiError:
        media = None  # a profile may be checked on a machine that is not set up
    raise typer.Exit(check(file, media=media))


@alarm_app.command("test")
def alarm_test() -> None:
    """Send a test notice to everybody on the ladder, over every medium that is set up."""
    from handoff.alarm_command import send_test
    from handoff.logs import configure_logs

    configure_logs("alarm", logging.CRITICAL)  # what the log would say is printed in words
    with_settings(lambda settings: asyncio.run(send_test(settings)))


@user_app.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="ログインに使う名前")],
    alias: Annotated[str, typer.Option("--alias", help="生徒に見える名前（20文字まで）")],
    role: Annotated[StaffRole, typer.Option("--role", help="役割")] = StaffRole.COUNSELLOR,
    trainee: Annotated[bool, typer.Option("--trainee", help="研修中の人")] = False,
) -> None:
    """Make an account for the desk; the password is asked for."""
    from handoff.user_command import add_user

    with_settings(lambda settings: asyncio.run(add_user(settings, name, alias, role, trainee)))


@user_app.command("disable")
def user_disable(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Shut an account, also where it is signed in."""
    from handoff.user_command import disable_user

    with_settings(lambda settings: asyncio.run(disable_user(settings, name)))


@user_app.command("reset")
def user_reset(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Give an account a new password; every sign-in with the old one ends."""
    from handoff.user_command import reset_user

    with_settings(lambda settings: asyncio.run(reset_user(settings, name)))


@user_app.command("reset-factor")
def user_reset_factor(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Take off a second factor, only where no administrator and supervisor can do it together; a reason is asked for."""
    from handoff.user_command import reset_factor

    with_settings(lambda settings: asyncio.run(reset_factor(settings, name)))


@schools_app.command("import")
def schools_import(
    file: Annotated[Path, typer.Argument(help="学校台帳 (CSV または XLSX)")],
    close_missing: Annotated[
        bool, typer.Option("--close-missing", help="ファイルにない学校を、きょう閉じたことにします。")
    ] = False,
) -> None:
    """Take schools into the register, all of them or none."""
    from handoff.schools_command import import_schools

    with_settings(lambda settings: asyncio.run(import_schools(settings, file, close_missing)))


@schools_app.command("export")
def schools_export(file: Annotated[Path, typer.Argument(help="書き出すファイル (.csv または .xlsx)")]) -> None:
    """Write the register of schools to a file, telephone numbers included."""
    from handoff.schools_command import export_schools

    with_settings(lambda settings: asyncio.run(export_schools(settings, file)))


def main() -> None:
    """The entry point of ``tsunagi``."""
    app()


if __name__ == "__main__":
    main()
