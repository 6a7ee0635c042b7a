"""A hold: records that stay although their days are over, with a reason and an end (KAG-8.4). Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from handoff.domain.errors import InputRefused

#: Without an end of its own a hold lasts so long; nobody may set one that ends later than this.
USUAL: Final = timedelta(days=365)
LONGEST: Final = timedelta(days=5 * 366)
#: So long before its end a hold is shown for review.
REVIEW: Final = timedelta(days=30)


def checked_end(field: str, until: date | None, today: date) -> date:
    """The last day of a hold that is set today. Raises: InputRefused: past, or too far."""
    if until is None:
        return today + USUAL
    if until < today:
        raise InputRefused(field, "終わりの日が過ぎています。これからの日を入れてください。")
    if until - today > LONGEST:
        raise InputRefused(field, "終わりの日は5年先までです。続けるときは、終わる前に見直して延ばしてください。")
    return until
