"""``tsunagi``'s commands for what is kept: backups, keys, the audit, and what is disposed of."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from handoff.cli_run import with_settings
from handoff.settings import Settings

#: Added to the rest without a name of its own: `tsunagi backup`, `tsunagi keys …`.
keeping = typer.Typer()
keys_app = typer.Typer(no_args_is_help=True, help="封印の鍵を見る、入れ替える。")
keeping.add_typer(keys_app, name="keys")
audit_app = typer.Typer(no_args_is_help=True, help="監査記録（だれがいつ何をしたか）を確かめます。")
keeping.add_typer(audit_app, name="audit")
retention_app = typer.Typer(no_args_is_help=True, help="保存期間を見る、過ぎたものを廃棄する。")
keeping.add_typer(retention_app, name="retention")


@keeping.command()
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
    with_settings(lambda settings: asyncio.run(make_backup(settings, to, anew=anew)))


@keeping.command()
def backups() -> None:
    """List the backups that are there."""
    from handoff.backup_command import list_backups

    with_settings(list_backups)


@keeping.command()
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

    with_settings(work)


@keys_app.command("show")
def keys_show() -> None:
    """Say which keys there are, and how much each of them wraps and seals."""
    from handoff.keys_command import show_keys

    with_settings(lambda settings: asyncio.run(show_keys(settings)))


@keys_app.command("create")
def keys_create() -> None:
    """Make the key file of a new installation; one that is there is never touched."""
    from handoff.keys_command import create_key_file

    with_settings(create_key_file)


@keys_app.command("add")
def keys_add(name: Annotated[str | None, typer.Argument(help="鍵の名前。なければ次の番号です。")] = None) -> None:
    """Add a fresh key, which nothing uses yet."""
    from handoff.keys_command import add_key

    with_settings(lambda settings: asyncio.run(add_key(settings, name)))


@keys_app.command("activate")
def keys_activate(name: Annotated[str, typer.Argument(help="鍵の名前")]) -> None:
    """Let a key wrap everything that is made from now on."""
    from handoff.keys_command import activate_key

    with_settings(lambda settings: asyncio.run(activate_key(settings, name)))


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Add a key, activate it, and wrap all data keys by it, while the service runs."""
    from handoff.keys_command import rotate_keys

    with_settings(lambda settings: asyncio.run(rotate_keys(settings)))


@keys_app.command("rewrap")
def keys_rewrap() -> None:
    """Wrap by the active key what another one still wraps: goes on with a rotation that was cut off."""
    from handoff.keys_command import rewrap_keys

    with_settings(lambda settings: asyncio.run(rewrap_keys(settings)))


@keys_app.command("reseal")
def keys_reseal() -> None:
    """Seal under data keys what was sealed by the key file's key itself, as the first version did."""
    from handoff.keys_command import reseal_cells

    with_settings(lambda settings: asyncio.run(reseal_cells(settings)))


@keys_app.command("drop")
def keys_drop(name: Annotated[str, typer.Argument(help="鍵の名前")]) -> None:
    """Take away a key that nothing needs any more."""
    from handoff.keys_command import drop_key

    with_settings(lambda settings: asyncio.run(drop_key(settings, name)))


@audit_app.command("verify")
def audit_verify(
    anchor: Annotated[
        list[str] | None, typer.Option("--anchor", help="ほかの場所に控えた終わり（番号:しるし）。いくつでも。")
    ] = None,
) -> None:
    """Check that no audit row was changed, taken away, added or moved."""
    from handoff.audit_command import verify

    with_settings(lambda settings: asyncio.run(verify(settings, anchor or ())))


@retention_app.command("show")
def retention_show() -> None:
    """Say what is due in the next thirty days, how much of it, and what is held back by what: numbers alone."""
    from handoff.retention_command import show_due

    with_settings(lambda settings: asyncio.run(show_due(settings)))


@retention_app.command("run")
def retention_run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="消えるものを一つずつ、期限と番号で見せます。何も消しません。")
    ] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="--dry-run で見せる数。")] = 50,
    audit: Annotated[
        bool, typer.Option("--audit", help="日数を過ぎた操作の記録も消します。TSUNAGI_DATABASE_OWNER_URL が要ります。")
    ] = False,
) -> None:
    """Dispose now of what is past its days; the worker does the same by itself, but for the audit."""
    from handoff.retention_command import run_now, show_going

    with_settings(lambda settings: asyncio.run(show_going(settings, most) if dry_run else run_now(settings, audit)))
