"""What the pages of a shift share in words: times, stretches, tabs, and what isn't done; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from handoff.domain.hours import ZONE
from handoff.domain.shift import Stretch
from handoff.domain.shift_papers import Handover
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.care import LEVELS

#: The gravest first.
LEVEL_ORDER: Final = ("critical", "high", "unscreened", "concern", "none")


def tabs_of(member: StaffMember, day: date, here: str) -> list[dict[str, Any]]:
    """The pages of a shift that somebody may open."""
    pages = (
        ("start", "", "始まり", True),
        ("duty", "/duty", "勤務", False),
        ("daily", "/daily", "日報", False),
        ("handover", "/handover", "引継ぎ", True),
        ("end", "/end", "終わり", True),
    )
    runs = member.may(Permission.RUN_SHIFT)
    return [
        {"to": f"/desk/shifts/{day}{path}", "name": name, "here": code == here}
        for code, path, name, running in pages
        if runs or not running
    ]


def clock(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M}"


def span_words(stretch: Stretch) -> str:
    begins, ends = stretch
    over = ends.astimezone(ZONE).date() > begins.astimezone(ZONE).date()
    return f"{clock(begins)}から{'次の日の' if over and clock(ends) != '00:00' else ''}{'24:00' if over and clock(ends) == '00:00' else clock(ends)}まで"


def duration(minutes: int) -> str:
    """Minutes for people: 「3時間05分」."""
    return f"{minutes // 60}時間{minutes % 60:02}分" if minutes >= 60 else f"{minutes}分"


def seconds_words(told: int) -> str:
    return f"{told // 60}分{told % 60:02}秒" if told >= 60 else f"{told}秒"


def opened_words(opened: Sequence[Stretch]) -> str:
    return "、".join(span_words(one) for one in opened)


def open_rows(found: Handover) -> list[dict[str, Any]]:
    """The numbers of what isn't done, with the page where it is seen to."""
    left = "、".join(f"{LEVELS[level]} {found.left[level]}件" for level in LEVEL_ORDER if level in found.left)
    rows = (
        ("終わっていない緊急対応", len(found.alarms), "/desk/escalations", ""),
        ("答えを待っている指示の相談", found.unanswered, "/desk/escalations", ""),
        ("残された伝言", sum(found.left.values()), "/desk/", left),
        ("待っている相談", found.waiting, "/desk/", ""),
        ("話している相談", found.live, "/desk/", ""),
        ("まだ書いていない終了記録", found.unfilled, "/desk/sheets", ""),
        ("二人めの確認を待つ終了記録", found.unsigned, "/desk/sheets", ""),
        ("だれも見ていない通報", found.reports, "/desk/reports", ""),
        ("直っていない不具合", found.faults, "/desk/faults", ""),
        ("終わっていない請求・照会", found.requests, "/desk/requests", ""),
    )
    return [{"name": name, "count": count, "to": to, "more": more} for name, count, to, more in rows]
