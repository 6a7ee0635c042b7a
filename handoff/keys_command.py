"""``tsunagi keys``: the keys of the key file, and what hangs on each of them. The service may run meanwhile."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from handoff.bootstrap.keys import KeyParts, open_keys
from handoff.domain.errors import ConfigurationError
from handoff.installation import complete
from handoff.services.keys.rotate_keys import RewrappedKeys
from handoff.settings import Settings
from kernel.sealing import ensure_key_file


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[KeyParts]:
    async with open_keys(complete(settings)) as parts:
        yield parts


def _progress(done: int, left: int) -> None:
    print(f"記録の鍵: {done} を包み直しました。残り {left}", file=sys.stderr)


def _tell_left(wrapped: RewrappedKeys) -> None:
    if not wrapped.cleared:
        print(
            "前の鍵で包んだものが、データベースのファイルにまだ残っています。バックアップなどが終わってから、"
            "もう一度 `tsunagi keys rewrap` を実行してください。",
            file=sys.stderr,
        )
    if wrapped.broken:
        print(f"記録の鍵 {wrapped.broken}個は壊れていて開けないため、そのままです。", file=sys.stderr)


def create_key_file(settings: Settings) -> None:
    """Make the key file where none is. Raises: ConfigurationError: there is one; KeyFileError: it can't be written."""
    path = settings.sealing_key_file
    if not ensure_key_file(path):
        raise ConfigurationError(f"鍵のファイル {path} は、もうあります。そのままにしました。")
    print(f"鍵を作りました: {path} — なくすと記録が読めなくなります。控えを別の場所に置いてください。")


async def show_keys(settings: Settings) -> None:
    """Say what each key does. Raises: KeyFileError, StoreUnavailable, as all of these."""
    async with _open(settings) as parts:
        async with parts.store.reading() as tx:
            wrapped, sealed = await tx.key_work.wrapped_by(), await tx.key_work.sealed_by()
        active = parts.files.active()
        for name in [*parts.files.names(), *sorted((wrapped.keys() | sealed.keys()) - set(parts.files.names()))]:
            mark = (
                "（使用中）"
                if name == active
                else ""
                if name in parts.files.names()
                else "（鍵のファイルにありません）"
            )
            print(
                f"{name}{mark}: 包んでいる記録の鍵 {wrapped.get(name, 0)}、前の版の封印 {sealed.get(name, 0)}、"
                f"バックアップ {parts.backups.backups_under(name)}"
            )


async def add_key(settings: Settings, name: str | None) -> None:
    """Add one."""
    async with _open(settings) as parts:
        print(f"鍵 {await parts.add(name)} を足しました。鍵のファイルの控えを、取り直してください。")


async def activate_key(settings: Settings, name: str) -> None:
    """Let it wrap what is made from now on."""
    async with _open(settings) as parts:
        await parts.activate(name)
        print(f"これからの記録の鍵は、{name} で包みます。")


async def rotate_keys(settings: Settings) -> None:
    """Add, activate, wrap anew."""
    async with _open(settings) as parts:
        name, wrapped = await parts.rotate(_progress)
        print(f"鍵 {name} に入れ替えました（記録の鍵 {wrapped.done}）。鍵のファイルの控えを、取り直してください。")
        _tell_left(wrapped)


async def rewrap_keys(settings: Settings) -> None:
    """Go on with it."""
    async with _open(settings) as parts:
        wrapped = await parts.rewrap(_progress)
        print(f"記録の鍵 {wrapped.done} を包み直しました。残りはありません。")
        _tell_left(wrapped)


async def reseal_cells(settings: Settings) -> int:
    """Seal what the first version sealed under data keys; 1 where some of it doesn't open."""
    async with _open(settings) as parts:
        found = await parts.reseal(lambda place, done: print(f"{place}: {done}", file=sys.stderr))
    print(f"{found.resealed}か所を封印し直しました。")
    if found.broken:
        print(f"{found.broken}か所は開けないため、そのままです。", file=sys.stderr)
    return int(found.broken > 0)


async def drop_key(settings: Settings, name: str) -> None:
    """Take one away. Raises: KeyInUse."""
    async with _open(settings) as parts:
        await parts.drop(name)
        print(f"鍵 {name} を捨てました。")
