"""A key goes for good, once nothing hangs on it: no data key, no cell of the first version, no backup that is kept here."""

from __future__ import annotations

from handoff.domain.clock import Clock
from handoff.domain.errors import KeyInUse
from handoff.services.key_work_ports import KeptBackups, KeyFileChanges
from handoff.services.keys.rotate_keys import ACTOR
from handoff.services.ports import Store


class DropKey:
    """The verb."""

    def __init__(self, store: Store, files: KeyFileChanges, backups: KeptBackups, clock: Clock) -> None:
        self._store, self._files, self._backups, self._clock = store, files, backups, clock

    async def __call__(self, name: str) -> None:
        """Raises: KeyInUse: something hangs on it. KeyFileError: there is no such key."""
        if name == self._files.active():
            raise KeyInUse(f"鍵 {name} は、いま使っている鍵です。先に `tsunagi keys rotate` で入れ替えてください。")
        async with self._store.reading() as tx:
            wrapped = (await tx.key_work.wrapped_by()).get(name, 0)
            sealed = (await tx.key_work.sealed_by()).get(name, 0)
        if wrapped:
            raise KeyInUse(f"鍵 {name} は、記録の鍵 {wrapped}個を包んでいます。`tsunagi keys rewrap` が先です。")
        if sealed:
            raise KeyInUse(f"鍵 {name} は、記録 {sealed}か所を封印しています。`tsunagi keys reseal` が先です。")
        backups = self._backups.backups_under(name)
        if backups:
            raise KeyInUse(
                f"鍵 {name} は、バックアップ {backups}個を開くのに要ります。それが消えてから捨ててください。"
            )
        self._files.drop(name)
        async with self._store.transaction() as tx:
            await tx.audit.add(self._clock.now(), ACTOR, "drop_key", None, key=name)
