"""``tsunagi retention``: what is due, and its disposal at once. Numbers and random ids, never words."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import create_async_engine

from handoff.adapters.database.audit_cut import cut_audit
from handoff.adapters.database.connection import CONNECT_OPTIONS, named_errors
from handoff.adapters.database.disposals import oldest_held
from handoff.adapters.database.migrate import driver_url
from handoff.bootstrap.core import Core, open_core
from handoff.domain.errors import ConfigurationError
from handoff.domain.hours import ZONE
from handoff.domain.kept import Kept
from handoff.domain.profile_in_words import KIND_WORDS
from handoff.domain.retention import Cause
from handoff.domain.retention_words import CAUSE_WORDS, HELD_WORDS
from handoff.installation import complete
from handoff.services.audit.check_chain import CheckChain
from handoff.services.retention.list_due import ListDue, Outlook
from handoff.services.retention.list_going import Going, ListGoing
from handoff.services.retention.run_retention import RunRetention, SweepSpent
from handoff.settings import Settings


async def show_due(settings: Settings) -> None:
    """What goes with the next run, what within thirty days, and what is held back by what.

    Raises: StoreUnavailable, ConfigurationError.
    """
    async with open_core(complete(settings), pool_size=2) as core:
        found = await ListDue(core.store, core.setting)()
    print("\n".join(told(found)))


def told(found: Mapping[Kept, Outlook]) -> list[str]:
    """The lines of it."""
    lines = []
    for kind, one in found.items():
        name = KIND_WORDS[str(kind)]
        if one.days is None:
            lines.append(f"{name}: 日数が決まっていないので、消えません。")
            continue
        first = "" if one.first_at is None else f"（いちばん早いもの {one.first_at.astimezone(ZONE):%Y-%m-%d %H:%M}）"
        lines.append(f"{name}（{one.days}日）: 次の見回りで消えるもの {one.now}件、30日のうちに {one.soon}件{first}")
        lines += [f"  止まっているもの {one.held_count}件" if one.held_count else ""]
        lines += [f"    {HELD_WORDS[reason]}: {count}件" for reason, count in one.held.most_common()]
    return [line for line in lines if line]


async def show_going(settings: Settings, most: int) -> None:
    """What the next run would take; nothing is changed. Args: most: lines of it.

    Raises: StoreUnavailable, ConfigurationError.
    """
    async with open_core(complete(settings), pool_size=2) as core:
        found = await ListGoing(core.store, core.setting)()
    print("\n".join(told_going(found, most)))


def told_going(found: Sequence[Going], most: int) -> list[str]:
    """The lines of it."""
    if not found:
        return ["次の見回りで消えるものは、ありません。"]
    lines = [f"次の見回りで消えるもの {len(found)}件（いまは、何も消していません）"]
    lines += [_told(one) for one in found[:most]]
    return lines if len(found) <= most else [*lines, f"ほか {len(found) - most}件"]


def _told(one: Going) -> str:
    at = f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    when = f"{CAUSE_WORDS[one.cause]}（{at}）" if one.cause is Cause.ORDER else f"期限 {at}"
    return f"{when}  {'言葉の一つ' if one.single else KIND_WORDS[str(one.kind)]}  {one.id}"


async def run_now(settings: Settings, audit: bool) -> int:
    """Dispose at once; 1 where something couldn't be. Raises: StoreUnavailable, ConfigurationError."""
    if audit and settings.database_url is not None and settings.database_owner_url is None:
        raise ConfigurationError(
            "操作の記録を消せるのは、データベースの持ち主だけです。TSUNAGI_DATABASE_OWNER_URL を設定してください。"
        )
    settings = complete(settings)
    async with open_core(settings, pool_size=4) as core:
        spent = await SweepSpent(core.store, core.setting)()
        run = await RunRetention(core.store, core.setting)("command", at_once=True)
        cut = await _cut_audit(settings, core, core.setting.profile.retention_days.audit) if audit else None
    if run is None:
        print("ほかの見回りが動いています。少し待ってから、もう一度実行してください。", file=sys.stderr)
        return 1
    print(f"消したもの {run.disposed}件、残したもの {run.held}件、できなかったもの {run.failed}件")
    print(f"済んだできごとから消した言葉 {spent.events}件")
    if cut is not None:
        print(cut)
    return 1 if run.failed else 0


async def _cut_audit(settings: Settings, core: Core, days: int | None) -> str:
    """Take the audit's oldest part away by the owner's role; what is left stays a chain that can be checked.

    A hold keeps the audit of its sessions, and with it all that came after: a chain has no holes.
    """
    assert settings.database_owner_url is not None  # noqa: S101 - asked before anything was done
    if days is None:
        return "操作の記録は、日数が決まっていないので消えません。"
    checked = await CheckChain(core.store, core.store.hashed)()
    if checked.fault is not None:
        raise ConfigurationError(
            "操作の記録がつながっていません。消す前に `tsunagi audit verify` で確かめてください。何も消していません。"
        )
    now, clock = core.setting.clock.now(), core.setting.clock
    before = now - timedelta(days=days)
    engine = create_async_engine(
        driver_url(settings.database_owner_url), connect_args=CONNECT_OPTIONS, hide_parameters=True
    )
    try:
        async with named_errors(), engine.begin() as connection:
            held = await oldest_held(connection, now.astimezone(ZONE).date())
            gone = await cut_audit(
                connection, core.store.hashed, before if held is None else min(before, held), clock.real()
            )
    finally:
        await engine.dispose()
    return f"操作の記録 {gone}件を消しました（{days}日より前）。"
