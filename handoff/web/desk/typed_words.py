"""What somebody had typed into a form that wasn't taken, because the sign-in of its page had ended: to be shown to them again.

It goes back to the browser that sent it and is kept nowhere; a page with a script asks before it sends (static/desk/keep.js).
"""

from __future__ import annotations

import re
from typing import Any, Final

from sanic import Request
from sanic.exceptions import SanicException

from handoff.web.desk.guard import belongs, parts_of
from handoff.web.our_pages import check_origin, form_pairs, is_form

#: Bytes of a form, and its fields: the largest of the desk, a sheet.
_LARGEST: Final = 1024 * 1024
_MOST_FIELDS: Final = 1000
#: Codes of choices, days with or without a time, times, ids, and numbers that are no telephone's.
_CHOSEN: Final = re.compile(
    r"[a-z_]{0,40}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{5,8})?|[0-9]{1,2}:[0-9]{2}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{1,6}"
)
#: Fields in which somebody proves who they are.
SECRET: Final = frozenset({"password", "before", "again", "code", "paper", "token", "key"})


def typed_words(request: Request[Any, Any]) -> list[str]:
    """The words of the form that was sent, each field for itself, the longest first; nothing where another site's page
    sent them.
    """
    words = [value for name, value in _fields(request) or () if _is_words(name, value)]
    return sorted(words, key=len, reverse=True)


def is_of_other_sign_in(request: Request[Any, Any]) -> bool:
    """Whether a page of ours sent this that was opened in another sign-in than the one that stands now."""
    told = dict(_fields(request) or ()).get("token")
    return told is not None and not belongs(request, told)


def _fields(request: Request[Any, Any]) -> list[tuple[str, str]] | None:
    if request.method != "POST" or not is_form(request):
        return None
    try:
        check_origin(request, parts_of(request).origin)
        return form_pairs(request, largest=_LARGEST, most_fields=_MOST_FIELDS)
    except SanicException:
        return None


def _is_words(name: str, value: str) -> bool:
    """Not what was chosen: codes, days and times, ids and small numbers."""
    return name not in SECRET and _CHOSEN.fullmatch(value) is None
