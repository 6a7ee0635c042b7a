"""``tsunagi backup``, ``backups`` and ``restore``: sealed copies of the database, and the way back."""

from __future__ import annotations

import sys
from pathlib import Path

from handoff.adapters.database.embedded import EmbeddedPostgres
from handoff.bootstrap.backups import BackupParts
from handoff.bootstrap.keys import open_keys
from handoff.domain.backup import BackupFailed, BackupFault
from handoff.domain.errors import ConfigurationError, TsunagiError
from handoff.domain.hours import ZONE
from handoff.installation import with_owner
from handoff.services.backup.check_backup import CheckedBackup
from handoff.services.backup_ports import BackupTold
from handoff.settings import Settings
from handoff.supervisor.lock import RunLock
from kernel.sealing import SealingError

#: As ``--to``: the standard output; as ``--into``: the embedded server of this installation.
STREAM = "-"
EMBEDDED = "embedded"


async def make_backup(settings: Settings, to: str | None, *, anew: bool = False) -> None:
    """Make a backup, and say where. Args: to: a file, ``-``, or None for the folder; anew: over whatever data keys were
    kept before. Raises: BackupFailed.
    """
    given = with_owner(settings)
    await _reseal(given)
    parts = BackupParts(given)
    target = None if to is None else sys.stdout.buffer if to == STREAM else Path(to).resolve()
    made = await parts.make(target, anew=anew)()
    where = {None: str(settings.backup_folder), STREAM: "標準出力"}.get(to, str(to))
    print(
        f"控えを取りました: {where}（{_size(made.size)}、{made.rows}行）。"
        f"記録の鍵 {made.keys}個: {settings.backup_keys_file}。消した古い控え: {made.expired}",
        file=sys.stderr if to == STREAM else sys.stdout,
    )


async def _reseal(settings: Settings) -> None:
    """Let no cell into a data file that the key file alone opens: there it would outlive its disposal.

    Whatever goes wrong with it, a backup is better than none.
    """
    try:
        async with open_keys(settings) as keys:
            found = await keys.reseal()
    except (TsunagiError, SealingError) as error:
        print(f"前の版の封印を調べられませんでした: {error}", file=sys.stderr)
        return
    if found.resealed:
        print(f"前の版の封印 {found.resealed}か所を、記録の鍵に移しました。", file=sys.stderr)
    if found.broken:
        print(f"前の版の封印 {found.broken}か所は開けないため、そのままです。", file=sys.stderr)


def list_backups(settings: Settings) -> None:
    """Name the data files and the file of the keys, the newest first. Raises: BackupFailed."""
    vault = BackupParts(settings).vault
    for one in vault.backups():
        print(f"{one.path}  {'読めません' if one.told is None else _told(one.told)}  {_size(one.size)}")
    told, keys = vault.read_keys()
    print(f"記録の鍵: {settings.backup_keys_file}  {_told(told)}  {len(keys)}個")


async def check_restore(settings: Settings, file: Path | None, keys: Path | None, into: str | None) -> None:
    """Put a backup back for a trial. Args: file: None for the newest one. Raises: BackupFailed.

    A file that is named is looked at also where there is no database any more to write that down in.
    """
    parts, recorded = BackupParts(with_owner(settings)), True
    if file is not None and not await parts.database_answers():
        recorded = False
        print("データベースが動いていないので、確かめたことは記録に残りません。", file=sys.stderr)
    if file is None:
        newest = next(iter(parts.vault.backups()), None)
        if newest is None:
            raise BackupFailed(BackupFault.BROKEN, f"{settings.backup_folder} に控えがありません")
        file = newest.path
    checked = await parts.check(keys, into, recorded=recorded)(file)
    print(f"試しに戻して、同じものが戻ることを確かめました: {file}。{_found(checked)}")


async def restore(settings: Settings, file: Path, keys: Path | None, into: str) -> None:
    """Put a backup back in earnest, into an empty database.

    Raises: BackupFailed. ConfigurationError: the embedded server runs, or holds records.
    """
    if into != EMBEDDED:
        restored = await BackupParts(settings).restore(into, keys)(file)
    else:
        lock = RunLock(settings.var)
        try:
            if (settings.var / "postgres").exists():
                raise ConfigurationError(
                    f"{settings.var / 'postgres'} があります。ほかの場所に移してから、もう一度実行してください。"
                )
            async with EmbeddedPostgres(settings.var).running() as server:
                restored = await BackupParts(settings).restore(server.owner_url, keys)(file)
        finally:
            lock.close()
    print(f"戻しました: {file}。{_found(restored)}記録の鍵 {restored.keys}個。")
    for trouble in restored.troubles:
        print(f"戻しましたが、控えを取ったときとちがうところがあります: {trouble}", file=sys.stderr)


def _found(checked: CheckedBackup) -> str:
    gone = f"（あとで廃棄した分 {checked.disposed}）" if checked.disposed else ""
    return f"{checked.tables}表、{checked.rows}行、開いた封印 {checked.opened}{gone}。"


def _told(told: BackupTold) -> str:
    return f"{told.made.astimezone(ZONE):%Y-%m-%d %H:%M}  鍵 {told.key}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f}MB"
