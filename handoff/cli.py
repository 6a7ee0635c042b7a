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
from handoff.domain.staff import StaffRole
from handoff.settings import Settings, load_settings
from kernel.sealing import SealingError

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

keys_app = typer.Typer(no_args_is_help=True, help="封印の鍵を見る、入れ替える。")
app.add_typer(keys_app, name="keys")
audit_app = typer.Typer(no_args_is_help=True, help="監査記録（だれがいつ何をしたか）を確かめます。")
app.add_typer(audit_app, name="audit")
retention_app = typer.Typer(no_args_is_help=True, help="保存期間を見る、過ぎたものを廃棄する。")
app.add_typer(retention_app, name="retention")


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
    from handoff.addresses import port_of
    from handoff.bootstrap.bridge import open_bridge
    from handoff.logs import configure_logs

    configure_logs("actions", logging.INFO)
    _run(lambda settings: run(partial(open_bridge, settings), "127.0.0.1", port_of(settings.actions_url)))


@app.command()
def migrate() -> None:
    """Bring the database to this program's version: whole or not at all."""
    from sqlalchemy.engine import make_url

    from handoff.adapters.database.migrate import upgrade
    from handoff.domain.errors import ConfigurationError
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

    _run(work)


@app.command()
def cards(file: Annotated[Path, typer.Argument(help="書き出すPDF。")]) -> None:
    """Write the QR cards of the profile's schools as a PDF."""
    from handoff.cards_command import write_cards

    _run(lambda settings: asyncio.run(write_cards(settings, file)))


@app.command()
def train() -> None:
    """Train Rasa's model and the risk screen's, each if what it is made of changed since the last one."""
    from handoff.training import train_all

    _run(lambda _settings: asyncio.run(train_all()))


@app.command()
def parse() -> None:
    """Understand messages: JSON lines in, JSON lines out (see the README)."""
    from handoff.parse_command import parse_lines

    _run(lambda settings: asyncio.run(parse_lines(settings, sys.stdin, sys.stdout)))


@app.command()
def risk(
    explained: Annotated[str | None, typer.Option("--explain", help="一つの文の判定を、ことばで説明します。")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="規則と修飾の一覧を出します (docs/risk.md の表)。")] = False,
) -> None:
    """Assess messages for risk: JSON lines in, JSON lines out; or explain one sentence, or list the rules."""
    from handoff.risk_command import assess_lines, explain
    from handoff.risk_document import list_rules

    if rules:
        _run(lambda _settings: list_rules(sys.stdout))
    elif explained is None:
        _run(lambda settings: assess_lines(settings, sys.stdin, sys.stdout))
    else:
        _run(lambda settings: explain(settings, explained, sys.stdout))


@app.command("eval")
def evaluate(
    risk_only: Annotated[bool, typer.Option("--risk", help="危険度の判定だけを測ります。Rasaは要りません。")] = False,
) -> None:
    """Measure how well risk is seen and messages are understood (`make eval`)."""
    from handoff.eval_command import evaluate as measure

    _run(lambda settings: asyncio.run(measure(settings, risk_only)))


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
    _run(lambda settings: asyncio.run(send_test(settings)))


@user_app.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="ログインに使う名前")],
    alias: Annotated[str, typer.Option("--alias", help="生徒に見える名前（20文字まで）")],
    role: Annotated[StaffRole, typer.Option("--role", help="役割")] = StaffRole.COUNSELLOR,
    trainee: Annotated[bool, typer.Option("--trainee", help="研修中の人")] = False,
) -> None:
    """Make an account for the desk; the password is asked for."""
    from handoff.user_command import add_user

    _run(lambda settings: asyncio.run(add_user(settings, name, alias, role, trainee)))


@user_app.command("disable")
def user_disable(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Shut an account, also where it is signed in."""
    from handoff.user_command import disable_user

    _run(lambda settings: asyncio.run(disable_user(settings, name)))


@user_app.command("reset")
def user_reset(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Give an account a new password; every sign-in with the old one ends."""
    from handoff.user_command import reset_user

    _run(lambda settings: asyncio.run(reset_user(settings, name)))


@user_app.command("reset-factor")
def user_reset_factor(name: Annotated[str, typer.Argument(help="ログインに使う名前")]) -> None:
    """Take off a second factor, only where no administrator and supervisor can do it together; a reason is asked for."""
    from handoff.user_command import reset_factor

    _run(lambda settings: asyncio.run(reset_factor(settings, name)))


@schools_app.command("import")
def schools_import(
    file: Annotated[Path, typer.Argument(help="学校台帳 (CSV または XLSX)")],
    close_missing: Annotated[
        bool, typer.Option("--close-missing", help="ファイルにない学校を、きょう閉じたことにします。")
    ] = False,
) -> None:
    """Take schools into the register, all of them or none."""
    from handoff.schools_command import import_schools

    _run(lambda settings: asyncio.run(import_schools(settings, file, close_missing)))


@schools_app.command("export")
def schools_export(file: Annotated[Path, typer.Argument(help="書き出すファイル (.csv または .xlsx)")]) -> None:
    """Write the register of schools to a file, telephone numbers included."""
    from handoff.schools_command import export_schools

    _run(lambda settings: asyncio.run(export_schools(settings, file)))


@app.command()
def backup(
    to: Annotated[
        str | None, typer.Option("--to", help="ファイル、または - (標準出力)。なければ TSUNAGI_BACKUP_DIR です。")
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="ほかのデータベースの、記録の鍵の控えの上にも書きます。")
    ] = False,
) -> None:
    """Make a sealed backup of the whole database, and write the data keys over their former backup."""
    from handoff.backup_command import make_backup
    from handoff.logs import configure_logs

    configure_logs(
        "backup", logging.CRITICAL
    )  # the one line that it prints says it all, and the output may be the backup
    _run(lambda settings: asyncio.run(make_backup(settings, to, anew=anew)))


@app.command()
def backups() -> None:
    """List the backups that are there."""
    from handoff.backup_command import list_backups

    _run(list_backups)


@app.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(help="データの控え。--check だけなら、なければ一番新しいもの。")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="試しに戻して比べるだけで、いまの記録は変えません。")] = False,
    keys: Annotated[Path | None, typer.Option("--keys", help="記録の鍵の控え。なければ TSUNAGI_BACKUP_KEYS。")] = None,
    into: Annotated[
        str | None, typer.Option("--into", help="戻す先の、空のデータベースのURL。embedded は同梱のもの。")
    ] = None,
) -> None:
    """Put a backup back: for a trial (--check), or into an empty database (--into)."""
    from handoff.backup_command import check_restore
    from handoff.backup_command import restore as put_back
    from handoff.domain.errors import ConfigurationError
    from handoff.logs import configure_logs

    configure_logs("restore", logging.CRITICAL)

    def work(settings: Settings) -> None:
        if check:
            asyncio.run(check_restore(settings, file, keys, into))
        elif file is None or into is None:
            raise ConfigurationError("--check、または、控えのファイルと --into が要ります。")
        else:
            asyncio.run(put_back(settings, file, keys, into))

    _run(work)


@keys_app.command("show")
def keys_show() -> None:
    """Say which keys there are, and how much each of them wraps and seals."""
    from handoff.keys_command import show_keys

    _run(lambda settings: asyncio.run(show_keys(settings)))


@keys_app.command("create")
def keys_create() -> None:
    """Make the key file of a new installation; one that is there is never touched."""
    from handoff.keys_command import create_key_file

    _run(create_key_file)


@keys_app.command("add")
def keys_add(name: Annotated[str | None, typer.Argument(help="鍵の名前。なければ次の番号です。")] = None) -> None:
    """Add a fresh key, which nothing uses yet."""
    from handoff.keys_command import add_key

    _run(lambda settings: asyncio.run(add_key(settings, name)))


@keys_app.command("activate")
def keys_activate(name: Annotated[str, typer.Argument(help="鍵の名前")]) -> None:
    """Let a key wrap everything that is made from now on."""
    from handoff.keys_command import activate_key

    _run(lambda settings: asyncio.run(activate_key(settings, name)))


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Add a key, activate it, and wrap all data keys by it, while the service runs."""
    from handoff.keys_command import rotate_keys

    _run(lambda settings: asyncio.run(rotate_keys(settings)))


@keys_app.command("rewrap")
def keys_rewrap() -> None:
    """Wrap by the active key what another one still wraps: goes on with a rotation that was cut off."""
    from handoff.keys_command import rewrap_keys

    _run(lambda settings: asyncio.run(rewrap_keys(settings)))


@keys_app.command("reseal")
def keys_reseal() -> None:
    """Seal under data keys what was sealed by the key file's key itself, as the first version did."""
    from handoff.keys_command import reseal_cells

    _run(lambda settings: asyncio.run(reseal_cells(settings)))


@keys_app.command("drop")
def keys_drop(name: Annotated[str, typer.Argument(help="鍵の名前")]) -> None:
    """Take away a key that nothing needs any more."""
    from handoff.keys_command import drop_key

    _run(lambda settings: asyncio.run(drop_key(settings, name)))


@audit_app.command("verify")
def audit_verify(
    anchor: Annotated[
        list[str] | None, typer.Option("--anchor", help="ほかの場所に控えた終わり（番号:しるし）。いくつでも。")
    ] = None,
) -> None:
    """Check that no audit row was changed, taken away, added or moved."""
    from handoff.audit_command import verify

    _run(lambda settings: asyncio.run(verify(settings, anchor or ())))


@retention_app.command("show")
def retention_show() -> None:
    """Say what is due in the next thirty days, how much of it, and what is held back by what: numbers alone."""
    from handoff.retention_command import show_due

    _run(lambda settings: asyncio.run(show_due(settings)))


@retention_app.command("run")
def retention_run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="何が消えるかを数えるだけで、何も消しません。")] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="日数を過ぎた操作の記録も消します。TSUNAGI_DATABASE_OWNER_URL が要ります。")
    ] = False,
) -> None:
    """Dispose now of what is past its days; the worker does the same by itself, but for the audit."""
    from handoff.retention_command import run_now, show_due

    _run(lambda settings: asyncio.run(show_due(settings) if dry_run else run_now(settings, audit)))


def main() -> None:
    """The entry point of ``tsunagi``."""
    app()


if __name__ == "__main__":
    main()
