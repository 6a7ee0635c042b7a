"""A key goes for good, once nothing hangs on it: no data key, no cell of the first version, no backup that is kept here."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from handoff.domain.clock import Clock
from handoff.domain.errors import KeyInUse
from handoff.services.key_work_ports import KeptBackups, KeyFileChanges
from handoff.services.keys.rotate_keys import ACTOR, PAUSE
from handoff.services.ports import Store

#: Whoever took the keys before the change has written by then what it wrapped by the old one, or given up.
REST: Final = timedelta(minutes=2)
_TRIES: Final = 25


class DropKey:
    """The verb."""

    def __init__(
        self, store: Store, files: KeyFileChanges, backups: KeptBackups, clock: Clock, rest: timedelta = REST
    ) -> None:
        """Args: rest: so long must another key have been the active one."""
        self._store, self._files, self._backups, self._clock, self._rest = store, files, backups, clock, rest

    async def __call__(self, name: str) -> None:
        """Raises: KeyInUse: something hangs on it. KeyFileError: there is no such key."""
        if name == self._files.active():
            raise KeyInUse(f"鍵 {name} は、いま使っている鍵です。先に `tsunagi keys rotate` で入れ替えてください。")
        await self._check_wraps_nothing(name)
        async with self._store.reading() as tx:
            sealed = (await tx.key_work.sealed_by()).get(name, 0)
        if sealed:
            raise KeyInUse(f"鍵 {name} は、記録 {sealed}か所を封印しています。`tsunagi keys reseal` が先です。")
        backups = self._backups.backups_under(name)
        if backups:
            raise KeyInUse(
                f"鍵 {name} は、バックアップ {backups}個を開くのに要ります。それが消えてから捨ててください。"
            )
        if self._clock.real() - self._files.activated() < self._rest:
            raise KeyInUse(f"鍵 {name} は、替えたばかりです。数分たってから、もう一度実行してください。")
        await self._wait_for_others()
        await self._check_wraps_nothing(name)
        self._files.drop(name)
        async with self._store.transaction() as tx:
            await tx.audit.add(self._clock.now(), ACTOR, "drop_key", None, key=name)

    async def _check_wraps_nothing(self, name: str) -> None:
        async with self._store.reading() as tx:
            wrapped = (await tx.key_work.wrapped_by()).get(name, 0)
            # What it doesn't open is lost with it or without it.
            used = wrapped > 0 and name in self._files.names() and await tx.key_work.opens_any(name)
        if used:
            raise KeyInUse(f"鍵 {name} は、記録の鍵 {wrapped}個を包んでいます。`tsunagi keys rewrap` が先です。")

    async def _wait_for_others(self) -> None:
        """What a transaction wraps that isn't through can't be seen yet."""
        async with self._store.reading() as tx:
            begun = await tx.key_work.begun()
        for _ in range(_TRIES):
            async with self._store.reading() as tx:
                if await tx.key_work.running() >= begun:
                    return
            await asyncio.sleep(PAUSE)
        raise KeyInUse("まだ終わっていない書き込みがあります。しばらくしてから、もう一度実行してください。")
