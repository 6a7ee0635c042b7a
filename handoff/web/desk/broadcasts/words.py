"""Codes of blocks and broadcasts as people read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from handoff.domain.block import Block, Lifted, last_day_of
from handoff.domain.broadcast import BroadcastText, Following, Standing, Way, WishWay, day_of
from handoff.domain.profile.vocabulary import BroadcastKind
from handoff.domain.profile_in_words import PROHIBITED_WORDS
from handoff.services.broadcast_ports import Meanwhile
from handoff.services.broadcasts.wishes import Registered
from handoff.web.desk.form_pages import day_words, moment_words

LIFTED: Final = {
    Lifted.SUPERVISOR: "解除しました",
    Lifted.RISK: "危険度の高い書きこみ（または読み取れない書きこみ）があり、自動で終わりました",
    Lifted.RENEWED: "新しい決定に替わりました",
}
KINDS: Final = {BroadcastKind.PERIOD_AND_HOURS: "期間と時間のお知らせ", BroadcastKind.OPENING: "相談開始のお知らせ"}
STANDINGS: Final = {
    Standing.PROPOSED: "承認待ち",
    Standing.REFUSED: "認められませんでした",
    Standing.WITHDRAWN: "取り下げました",
    Standing.COMING: "承認済み（これから使う）",
    Standing.IN_USE: "承認済み（いま使える）",
    Standing.REPLACED: "新しい文に替わりました",
    Standing.OVER: "期間が終わりました",
    Standing.RETIRED: "使うのをやめました",
}
WAYS: Final = {Way.ACCOUNT: "この画面", Way.LETTER: "文書", Way.MAIL: "メール", Way.MEETING: "打合せ"}
FOLLOWINGS: Final = {
    Following.FOLLOW: "友だちに追加",
    Following.REFOLLOW: "ブロックを解除",
    Following.UNFOLLOW: "この窓口をブロック",
}
WISH_WAYS: Final = {WishWay.WORDS: "本人がLINEに書いて", WishWay.DESK: "本人の希望を聞いて"}


def block_view(
    block: Block, now: datetime, today: date, by: str, lifted_by: str | None, meanwhile: Meanwhile | None = None
) -> dict[str, Any]:
    """One block for a page. Args: meanwhile: what was written while it ran, None where it isn't shown or there is nothing."""
    return {
        "id": str(block.id),
        "session": str(block.session_id),
        "reason": PROHIBITED_WORDS[block.reason],
        "why": block.why or "（この文は開けませんでした）",
        "compared": block.compared,
        "by": by,
        "at": moment_words(block.made_at, today),
        "until": day_words(last_day_of(block), today),
        "told": None if block.told_at is None else moment_words(block.told_at, today),
        "runs": block.runs(now),
        "lifted": None if block.lifted_for is None else LIFTED[block.lifted_for],
        "lifted_at": None if block.lifted_at is None else moment_words(block.lifted_at, today),
        "lifted_by": lifted_by,
        "written": None if meanwhile is None else meanwhile.count,
        "written_in": None if meanwhile is None else str(meanwhile.session_id),
        "written_at": None if meanwhile is None else moment_words(meanwhile.at, today),
    }


def registered_view(one: Registered, today: date) -> dict[str, Any]:
    """What the page beside a talk shows of who follows, wants broadcasts, and is blocked."""
    changed = None if one.since is None else one.since.changed
    return {
        "on_line": one.since is not None,
        "following": one.since is not None and one.since.following,
        "since": None if one.since is None else day_words(day_of(one.since.known_since), today),
        "changed": None if changed is None else f"{FOLLOWINGS[changed[0]]}（{moment_words(changed[1], today)}）",
        "wanted": one.wish is None or one.wish.wanted,
        "wish": None if one.wish is None else f"{WISH_WAYS[one.wish.way]}（{moment_words(one.wish.at, today)}）",
        "blocked_until": None if one.block is None else day_words(last_day_of(one.block), today),
    }


def text_view(text: BroadcastText, standing: Standing, today: date, aliases: dict[Any, str]) -> dict[str, Any]:
    """One text for a page."""
    until = "終わりは決めていない" if text.ends_on is None else f"{day_words(text.ends_on, today)}まで"
    return {
        "id": str(text.id),
        "kind": KINDS[text.kind],
        "words": text.words or "（この文は開けませんでした）",
        "standing": STANDINGS[standing],
        "code": str(standing),
        "days": f"{day_words(text.begins_on, today)}から・{until}",
        "proposed": f"{aliases[text.proposed_by]}・{moment_words(text.proposed_at, today)}",
        "decided_by": None if text.decided_by is None else aliases[text.decided_by],
        "decided_at": None if text.decided_at is None else moment_words(text.decided_at, today),
        "way": None if text.way is None else WAYS[text.way],
        "on_paper": text.way is not None and text.way is not Way.ACCOUNT,
        "approver": text.approver,
        "approved_on": None if text.approved_on is None else day_words(text.approved_on, today),
        "remark": text.remark,
        "retired": None
        if text.retired_at is None
        else f"{aliases.get(text.retired_by, '')}・{moment_words(text.retired_at, today)}",
    }
