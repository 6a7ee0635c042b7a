"""The monthly confirmation of information security for the statement (HOK-7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Point(StrEnum):
    """What is confirmed each month, besides the audit, which the page checks itself."""

    BACKUPS = "backups"
    ACCOUNTS = "accounts"
    PASSWORDS = "passwords"
    LEAKS = "leaks"
    KEYS = "keys"
    UPDATES = "updates"


class Answer(StrEnum):
    """What somebody found."""

    FINE = "fine"
    OPEN = "open"


POINT_WORDS: Final[Mapping[Point, str]] = {
    Point.BACKUPS: "控え（バックアップ）が毎日とれていて、戻せることを確かめた",
    Point.ACCOUNTS: "アカウントと名簿を見直し、使わない人のものを止めた",
    Point.PASSWORDS: "パスワードと二段階の確認が、決めたとおりに使われている",
    Point.LEAKS: "漏えいや紛失、その疑いはなかった（あれば、報告した）",
    Point.KEYS: "封印の鍵とその控えが、決めた場所に別々にある",
    Point.UPDATES: "つなぎと、動かしている機械に、更新を入れた",
}
ANSWER_WORDS: Final[Mapping[Answer, str]] = {
    Answer.FINE: "確認した",
    Answer.OPEN: "まだできていない",
}
#: From this day of a month on the month before should have been confirmed.
DUE_FROM_DAY: Final = 5


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_before(day: date) -> date:
    return month_of(month_of(day) - timedelta(days=1))


def month_words(month: date) -> str:
    return f"{month.year}年{month.month}月"


def month_due(today: date, confirmed: frozenset[date], begun: date | None) -> date | None:
    """The month whose confirmation is missing now; None where all is well.

    Args: confirmed: first days of the months that were; begun: a day on which the service ran, None where it never did.
    """
    last = month_before(today)
    if today.day < DUE_FROM_DAY or begun is None or month_of(begun) > last or last in confirmed:
        return None
    return last
