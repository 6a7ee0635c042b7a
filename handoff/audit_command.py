"""``tsunagi audit verify``: is the record of who did what whole?"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from handoff.adapters.audit_anchor import AnchorNote
from handoff.adapters.database.store import SqlStore
from handoff.adapters.jobs import JobQueue
from handoff.domain.audit import Anchor
from handoff.domain.errors import ConfigurationError
from handoff.installation import with_database
from handoff.services.audit.check_chain import CheckChain
from handoff.settings import Settings
from kernel.sealing import Sealer

WHOLE, FAULTY = 0, 1
#: Seconds between two lines of a long check.
_TELL_EVERY = 5.0


async def verify(settings: Settings, noted: Sequence[str] = ()) -> int:
    """Go over the whole chain; say one line, and 0 where it is whole, 1 where it isn't.

    Args: noted: ends of the chain as they were written down elsewhere, ``number:digest``.
    Raises: ConfigurationError: one of them can't be read, or there is no database. StoreUnavailable. SealingError.
    """
    anchors = [_anchor(one) for one in noted]
    settings = with_database(settings)
    sealer = Sealer.from_key_file(settings.sealing_key_file)
    note = AnchorNote(settings.var, sealer.lookup)
    try:
        kept = note.newest()
    except (OSError, ValueError) as error:
        print(f"{note.path} を使えません（{type(error).__name__}）。書きかえられたおそれがあります。", file=sys.stderr)
        return FAULTY
    if kept is None and not anchors:
        print("注意: 控えた終わりがないため、終わりが切り取られていても見つけられません。", file=sys.stderr)
    store = SqlStore(str(settings.database_url), sealer, JobQueue(str(settings.database_url)), pool_size=1)
    told = time.monotonic()

    def progress(links: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY:
            told = time.monotonic()
            print(f"… {links:,}件", file=sys.stderr)

    try:
        await store.check()
        found = await CheckChain(store, sealer.lookup)([*anchors, *([] if kept is None else [kept])], progress)
    finally:
        await store.close()
    if found.fault is not None:
        print(f"監査記録に誤りがあります: {found.fault}", file=sys.stderr)
        return FAULTY
    print(
        f"監査記録は壊れていません: {found.links:,}件を確かめました"
        f"（これから鎖に入る記録 {found.unlinked:,}件）。終わり {found.end}"
    )
    return WHOLE


def _anchor(text: str) -> Anchor:
    found = Anchor.read(text)
    if found is None:
        raise ConfigurationError("--anchor は「番号:しるし」の形で入れてください。記録 (audit_anchor) にあります。")
    return found
