"""Keep what may help to find a child in danger who writes on a page of ours (TAJ-S2): as the profile says, and no more.

Without a word of the board nothing is kept at all, and the page then says that we can't know where somebody is. What is
kept is shown to nobody but by breaking the glass, and is gone when its days are over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.hours import ZONE
from handoff.domain.profile.privacy import Trace as TraceRule
from handoff.domain.profile.vocabulary import TraceItem
from handoff.services.ports import Store, Transaction
from handoff.services.setting import Setting

#: Characters of a browser's own word on itself.
LONGEST_AGENT: Final = 400
#: Between looks at what has to go (real time).
FORGET_EVERY: Final = timedelta(minutes=10)
_NAMES: Final[Mapping[TraceItem, str]] = {
    TraceItem.IP_ADDRESS: "IPアドレス",
    TraceItem.ACCESS_TIME: "つながった時刻",
    TraceItem.USER_AGENT: "ブラウザの種類",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says of where it comes from; the profile decides whether any of it is kept."""

    ip_address: str
    user_agent: str


async def keep_trace(tx: Transaction, setting: Setting, contact_id: UUID, visit: Visit) -> None:
    """Keep of a visit what the profile names, in the transaction in which the contact came to be."""
    rule, now = setting.profile.trace, setting.clock.now()
    if not rule.keep or rule.days is None:
        return
    known = {
        TraceItem.IP_ADDRESS: visit.ip_address,
        TraceItem.ACCESS_TIME: now.astimezone(ZONE).isoformat(timespec="seconds"),
        TraceItem.USER_AGENT: visit.user_agent[:LONGEST_AGENT],
    }
    facts = {str(item): known[item] for item in rule.keep if known[item]}
    await tx.traces.add(contact_id, facts, now, now + timedelta(days=rule.days))


async def told_of_visitor(tx: Transaction, setting: Setting, contact_id: UUID) -> str:
    """What is known of where somebody wrote from, in words, for whoever broke the glass."""
    traces = await tx.traces.of(contact_id, setting.clock.now())
    if not traces:
        return "ウェブからの相談です。LINEのIDはなく、つながった場所の記録もありません。"
    rows = ["ウェブからの相談です。LINEのIDはありません。残してある記録:"]
    for trace in traces:
        told = [f"{_NAMES[item]} {trace.facts[item]}" for item in TraceItem if item in trace.facts]
        rows.append(f"{trace.at.astimezone(ZONE):%Y年%m月%d日 %H:%M} — {'、'.join(told)}")
    return "\n".join(rows)


def kept_in_words(rule: TraceRule) -> str:
    """What a page has to say before somebody writes: what of their visit is kept, and for how long."""
    if not rule.keep or rule.days is None:
        return "IPアドレスなど、つないだ場所がわかる記録は残しません。こちらからあなたの場所はわかりません。"
    names = "、".join(_NAMES[item] for item in TraceItem if item in rule.keep)
    if TraceItem.IP_ADDRESS not in rule.keep:
        return f"つないだときの記録（{names}）を{rule.days}日のあいだ残します。こちらからあなたの場所はわかりません。"
    return (
        f"つないだときの記録（{names}）を{rule.days}日のあいだ残します。"
        "命や体の危険があるときに、助けるためだけに使います。ふだんは、だれも見ません。"
    )


class ForgetTraces:
    """The worker's verb: what was kept of visitors goes when its days are over."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self._store = store
        self._setting = setting
        self._looked_at: datetime | None = None

    async def __call__(self) -> int:
        """How many were deleted; asked again within ten minutes, nothing is looked at. Raises: StoreUnavailable."""
        looked_at, self._looked_at = self._looked_at, self._setting.clock.real()
        if looked_at is not None and self._looked_at - looked_at < FORGET_EVERY:
            self._looked_at = looked_at
            return 0
        async with self._store.transaction() as tx:
            now = self._setting.clock.now()
            gone = await tx.traces.forget(now)
            if gone:
                await tx.audit.add(now, "worker", "forget_traces", None, count=gone)
        return gone
